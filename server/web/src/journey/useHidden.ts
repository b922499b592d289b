import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { painPoints } from "../api/clients";
import { toFilter, type CommentQuery } from "../comments/query";
import { SortPainPointsBy } from "../gen/klartext/v1/painpoint_pb";
import { PAIN_POINTS_KEY } from "../painpoints/usePainPoints";

const SHOWN = 8;
const LEAST_HIDDENNESS = 0.4;

/** The most hidden pain points that conditions admit, as far as pain points know them. */
export function hiddenQuery(query: CommentQuery) {
  const { channel, owner, journey: journeys } = query.facets;
  const [journey = ""] = journeys;
  return queryOptions({
    queryKey: [PAIN_POINTS_KEY, "hidden", journey, channel, owner],
    queryFn: ({ signal }) => {
      const { channels } = toFilter(query);
      const filter = { journey, channels, owners: owner, minHiddenness: LEAST_HIDDENNESS };
      return painPoints.list({ filter, sortBy: SortPainPointsBy.HIDDENNESS, pageSize: SHOWN }, { signal });
    },
    select: (page) => page.painPoints,
  });
}

export function useHidden(query: CommentQuery) {
  return useQuery({ ...hiddenQuery(query), placeholderData: keepPreviousData });
}
