import { useMemo } from "react";

import { journeyOf, useInfo } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import { readQuery } from "../comments/query";
import { figuresQuery, useFigures } from "../figures/useFigures";
import { askForFigures, type FiguresQuery } from "../figures/useFiguresQuery";
import { JourneyDimension } from "../gen/klartext/v1/journey_pb";
import { connectionsOf } from "./connections";
import { layoutOf } from "./layout";
import { passagesOf, placeOf } from "./passages";
import { hiddenQuery, useHidden } from "./useHidden";

/** Asks for what the journey shows before it is drawn. */
export function askForJourney(parameters: URLSearchParams): void {
  void queryClient.prefetchQuery(hiddenQuery(readQuery(parameters)));
  void askForFigures(parameters, (counted) => {
    void queryClient.prefetchQuery(figuresQuery(counted, JourneyDimension.TOUCHPOINT, true));
    void queryClient.prefetchQuery(figuresQuery(counted, JourneyDimension.HANDOVER, false));
  });
}

/** What the journey shows, and where; `width` is that of its drawing in pixels, 0 as long as it is not known. */
export function useJourneyFigures(asked: FiguresQuery, width: number) {
  const { data: info } = useInfo();
  const touchpoints = useFigures(asked, JourneyDimension.TOUCHPOINT, true);
  const handovers = useFigures(asked, JourneyDimension.HANDOVER, false);
  const hidden = useHidden(asked.query);

  const journey = journeyOf(info, asked.query.facets.journey[0]);
  const layout = useMemo(() => (journey && width > 0 ? layoutOf(journey.touchpoints, width) : undefined), [journey, width]);
  const passages = useMemo(() => (journey ? passagesOf(journey, handovers.data?.rows ?? []) : []), [journey, handovers.data]);
  const connections = useMemo(() => {
    if (!layout || !journey) return undefined;
    const placed = (hidden.data ?? []).map((painPoint) => ({
      painPoint,
      place: placeOf(journey, painPoint.measures?.handover, painPoint.measures?.touchpoints ?? []),
    }));
    return connectionsOf(layout, passages, placed);
  }, [layout, journey, passages, hidden.data]);

  return {
    journey,
    layout,
    connections,
    touchpoints: touchpoints.data,
    handovers: handovers.data,
    /** Handovers that customers tell of. */
    told: passages.flatMap(({ row }) => row ?? []),
    hasNoHidden: hidden.data?.length === 0,
    isStale: touchpoints.isPlaceholderData,
    error: touchpoints.error ?? handovers.error ?? hidden.error,
    retry: () => void Promise.all([touchpoints.refetch(), handovers.refetch(), hidden.refetch()]),
  };
}
