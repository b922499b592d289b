import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { BrowserRouter, Route, Routes, useHref, useNavigate } from "react-router";

import { isPassing } from "../api/problems";
import { CommentPanel } from "../comments/CommentPanel";
import { CommentsPage } from "../comments/CommentsPage";
import { OverviewPage } from "../overview/OverviewPage";
import { NotFoundPage } from "./NotFoundPage";
import { usePreferences } from "./preferences";
import { Shell } from "./Shell";

// Read when they are opened, so that the first view is there sooner.
const ImportPage = lazy(async () => ({ default: (await import("../import/ImportPage")).ImportPage }));
const PainPointsPage = lazy(async () => ({ default: (await import("../painpoints/PainPointsPage")).PainPointsPage }));
const PainPointPage = lazy(async () => ({ default: (await import("../painpoints/PainPointPage")).PainPointPage }));
const OperationsPage = lazy(async () => ({ default: (await import("../operations/OperationsPage")).OperationsPage }));

const MAX_RETRIES = 2;
const FRESH_MS = 15_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < MAX_RETRIES && isPassing(error),
    },
  },
});

export function App() {
  const { language } = usePreferences();
  return (
    <QueryClientProvider client={client}>
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
          <Route path="comments" element={<CommentsPage />}>
            <Route path=":commentId" element={<CommentPanel />} />
          </Route>
          <Route path="import" element={<ImportPage />} />
          <Route path="pain-points" element={<PainPointsPage />} />
          <Route path="pain-points/:painPointId" element={<PainPointPage />} />
          <Route path="operations" element={<OperationsPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </RouterProvider>
  );
}
