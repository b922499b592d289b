import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { journeys } from "../api/clients";
import { writeQuery } from "../comments/query";
import { COMMENTS_KEY } from "../comments/useComments";
import { figuresRequest } from "../figures/range";
import type { CountedQuery } from "../figures/useFiguresQuery";
import type { DriverKind, Outcome } from "../gen/klartext/v1/journey_pb";

const EXAMPLES = 3;

/** What moves a score; `kind` alone, or all kinds held apart. */
export function driversQuery({ query, range }: CountedQuery, outcome: Outcome, kind: DriverKind | undefined) {
  const kinds = kind === undefined ? [] : [kind];
  return queryOptions({
    queryKey: [COMMENTS_KEY, "drivers", outcome, kind, range, writeQuery(query).toString()],
    queryFn: ({ signal }) => journeys.getDrivers({ ...figuresRequest(query, range), outcome, kinds }, { signal }),
    enabled: range !== undefined,
    retry: false,
  });
}

export function useDrivers(asked: CountedQuery, outcome: Outcome, kind: DriverKind | undefined) {
  return useQuery({ ...driversQuery(asked, outcome, kind), placeholderData: keepPreviousData });
}

/** What good scores hide; `isNext` once it is their turn: two such questions at once would hold each other up. */
export function useGaps({ query, range }: CountedQuery, isNext: boolean) {
  return useQuery({
    queryKey: [COMMENTS_KEY, "gaps", range, writeQuery(query).toString()],
    queryFn: ({ signal }) => journeys.getGaps({ ...figuresRequest(query, range), examples: EXAMPLES }, { signal }),
    enabled: range !== undefined && isNext,
    placeholderData: keepPreviousData,
  });
}
