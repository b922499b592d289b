import { QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { BrowserRouter, Route, Routes, useHref, useNavigate } from "react-router";

import { queryClient } from "../api/queryClient";
import { NotFoundPage } from "./NotFoundPage";
import { usePreferences } from "./preferences";
import { Shell } from "./Shell";
import { views } from "./views";

const OverviewPage = lazy(async () => ({ default: (await views.overview()).OverviewPage }));
const JourneyPage = lazy(async () => ({ default: (await views.journey()).JourneyPage }));
const InboxPage = lazy(async () => ({ default: (await views.inbox()).InboxPage }));
const InboxPanel = lazy(async () => ({ default: (await views.inboxItem()).InboxPanel }));
const CommentsPage = lazy(async () => ({ default: (await views.comments()).CommentsPage }));
const CommentPanel = lazy(async () => ({ default: (await views.comment()).CommentPanel }));
const PainPointsPage = lazy(async () => ({ default: (await views.painPoints()).PainPointsPage }));
const PainPointPage = lazy(async () => ({ default: (await views.painPoint()).PainPointPage }));
const TrendsPage = lazy(async () => ({ default: (await views.trends()).TrendsPage }));
const DriversPage = lazy(async () => ({ default: (await views.drivers()).DriversPage }));
const MeasuresPage = lazy(async () => ({ default: (await views.measures()).MeasuresPage }));
const MeasurePage = lazy(async () => ({ default: (await views.measure()).MeasurePage }));
const MapPage = lazy(async () => ({ default: (await views.map()).MapPage }));
const OperationsPage = lazy(async () => ({ default: (await views.operations()).OperationsPage }));
const ImportPage = lazy(async () => ({ default: (await views.import()).ImportPage }));

export function App() {
  const { language } = usePreferences();
  return (
    <QueryClientProvider client={queryClient}>
      <I18nProvider locale={language}>
        <BrowserRouter>
          <Views />
        </BrowserRouter>
      </I18nProvider>
    </QueryClientProvider>
  );
}

function Views() {
  const navigate = useNavigate();
  return (
    <RouterProvider navigate={(path) => void navigate(path)} useHref={useHref}>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<OverviewPage />} />
          <Route path="inbox" element={<InboxPage />}>
            <Route path=":itemId" element={<InboxPanel />} />
          </Route>
          <Route path="comments" element={<CommentsPage />}>
            <Route path=":commentId" element={<CommentPanel />} />
          </Route>
          <Route path="import" element={<ImportPage />} />
          <Route path="pain-points" element={<PainPointsPage />} />
          <Route path="pain-points/:painPointId" element={<PainPointPage />} />
          <Route path="journey" element={<JourneyPage />} />
          <Route path="trends" element={<TrendsPage />} />
          <Route path="drivers" element={<DriversPage />} />
          <Route path="measures" element={<MeasuresPage />} />
          <Route path="measures/:measureId" element={<MeasurePage />} />
          <Route path="map" element={<MapPage />} />
          <Route path="operations" element={<OperationsPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </RouterProvider>
  );
}
