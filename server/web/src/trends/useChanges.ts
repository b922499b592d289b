import { useQuery } from "@tanstack/react-query";

import { journeys } from "../api/clients";
import { ofAllMentions, writeQuery } from "../comments/query";
import { COMMENTS_KEY } from "../comments/useComments";
import { figuresRequest } from "../figures/range";
import type { FiguresQuery } from "../figures/useFiguresQuery";

// The call is dear: its answer is kept while a reader goes to and fro.
const FRESH_MS = 600_000;

/**
 * Which figures have changed, since when: looked for in all mentions, so that conditions on mentions do not count. Nothing is
 * asked before `isAsked`.
 */
export function useChanges({ query, range }: FiguresQuery, significance: number, isAsked: boolean) {
  const whole = ofAllMentions(query);
  return useQuery({
    queryKey: [COMMENTS_KEY, "changes", significance, range, writeQuery(whole).toString()],
    queryFn: ({ signal }) => journeys.listChanges({ ...figuresRequest(whole, range), significance }, { signal }),
    enabled: isAsked && range !== undefined,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
}
