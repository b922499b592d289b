import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { journeys } from "../api/clients";
import { writeQuery } from "../comments/query";
import { COMMENTS_KEY } from "../comments/useComments";
import { Period } from "../gen/klartext/v1/comment_pb";
import type { JourneyDimension } from "../gen/klartext/v1/journey_pb";
import { figuresRequest } from "./range";
import type { CountedQuery } from "./useFiguresQuery";

/** The figures of each value of a dimension; divided by the query's period, or not at all. */
export function figuresQuery({ query, range, period }: CountedQuery, dimension: JourneyDimension, isDivided: boolean) {
  const asked = isDivided ? period : Period.UNSPECIFIED;
  return queryOptions({
    queryKey: [COMMENTS_KEY, "figures", dimension, asked, range, writeQuery(query).toString()],
    queryFn: ({ signal }) =>
      journeys.getJourneyInsights({ ...figuresRequest(query, range), dimension, period: asked }, { signal }),
    enabled: range !== undefined,
  });
}

export function useFigures(asked: CountedQuery, dimension: JourneyDimension, isDivided: boolean) {
  return useQuery({ ...figuresQuery(asked, dimension, isDivided), placeholderData: keepPreviousData });
}
