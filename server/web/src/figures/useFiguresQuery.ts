import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

import { comments } from "../api/clients";
import { nameOf, valueOf } from "../api/enums";
import { infoQuery } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import { dateOf } from "../api/times";
import { FACETS, readQuery, writeQuery, type CommentQuery, type Facet } from "../comments/query";
import { COMMENTS_KEY } from "../comments/useComments";
import { Period, PeriodSchema, SortBy } from "../gen/klartext/v1/comment_pb";
import { chosenDays, daysOf, lastMonths, periodFor, type Range } from "./range";

/** How many months back a reader can look with one choice. */
export const SPANS = [3, 6, 12, 24];
const DEFAULT_SPAN = 12;

/** What is counted: which comments, of which time, in which periods. */
export interface CountedQuery {
  /** Its conditions have the names that they have in addresses of comments. */
  query: CommentQuery;
  /** Nothing until the newest comment is known. */
  range: Range | undefined;
  period: Period;
}

/** Which figures a reader asked for; its only home is the page's address. */
export interface FiguresQuery extends CountedQuery {
  /** Months, or "own" for days that the reader chose. */
  span: string;
  /** There is no comment at all. */
  isEmpty: boolean;
  error: unknown;
  retry(): void;
  /** Other conditions, and what else the view keeps in the address: an empty value takes it out. */
  change(part: Partial<CommentQuery>, own?: Record<string, string>): void;
  /** Where the comments behind a figure are. */
  address(facets: Partial<Record<Facet, string[]>>, part?: Partial<CommentQuery>): string;
}

/** When the newest comment was made: the figures' time ends with its month, so that a view of old data is not empty. */
const newestQuery = queryOptions({
  queryKey: [COMMENTS_KEY, "newest"],
  queryFn: async ({ signal }) => {
    const page = await comments.list({ pageSize: 1, sorting: { by: SortBy.TIME } }, { signal });
    return dateOf(page.comments[0]?.comment?.time) ?? null;
  },
});

function spanOf(parameters: URLSearchParams): number {
  return SPANS.find((span) => String(span) === parameters.get("months")) ?? DEFAULT_SPAN;
}

/** What the address asks for, when the newest comment is of that time. */
function countedQuery(parameters: URLSearchParams, newest: Date | null | undefined): CountedQuery {
  const query = readQuery(parameters);
  const last = newest && lastMonths(newest, spanOf(parameters));
  const range = last ? chosenDays(query, last) : undefined;
  const named = valueOf<Period>(PeriodSchema, parameters.get("period") ?? "");
  return { query, range, period: named ?? (range ? periodFor(range) : Period.MONTH) };
}

/** Asks, before a view of figures is drawn, for what it stands on; `askFor` asks for its own figures. */
export async function askForFigures(parameters: URLSearchParams, askFor: (counted: CountedQuery) => void): Promise<void> {
  void queryClient.prefetchQuery(infoQuery);
  await queryClient.prefetchQuery(newestQuery);
  const newest = queryClient.getQueryData(newestQuery.queryKey);
  if (newest) askFor(countedQuery(parameters, newest));
}

export function useFiguresQuery(): FiguresQuery {
  const [parameters, setParameters] = useSearchParams();
  const { data: newest, error, refetch } = useQuery(newestQuery);
  const counted = useMemo(() => countedQuery(parameters, newest), [parameters, newest]);
  const { query, range } = counted;
  const hasOwnDays = query.from !== "" || query.until !== "";

  const change = useCallback(
    (part: Partial<CommentQuery>, own: Record<string, string> = {}) =>
      setParameters(
        (before) => {
          const after = writeQuery({ ...readQuery(before), ...part });
          before.forEach((value, name) => isOwn(name) && after.set(name, value));
          Object.entries(own).forEach(([name, value]) => (value === "" ? after.delete(name) : after.set(name, value)));
          return after;
        },
        { replace: true },
      ),
    [setParameters],
  );
  const address = (facets: Partial<Record<Facet, string[]>>, part: Partial<CommentQuery> = {}) => {
    const days = range ? daysOf(range) : {};
    const asked = { ...query, ...days, facets: { ...query.facets, ...facets }, ...part };
    return `/comments?${writeQuery(asked)}`;
  };
  return {
    ...counted,
    span: hasOwnDays ? "own" : String(spanOf(parameters)),
    isEmpty: newest === null,
    error,
    retry: () => void refetch(),
    change,
    address,
  };
}

const OF_COMMENTS = new Set<string>([...FACETS, "q", "like", "from", "until", "sort", "order"]);

/** Whether something in the address belongs to the view and not to the comments. */
function isOwn(name: string): boolean {
  return !(OF_COMMENTS.has(name) || name.startsWith("score."));
}

/** The small name of a period, as in addresses. */
export function periodName(period: Period): string {
  return nameOf(PeriodSchema, period);
}
