import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { painPoints } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import type { Period } from "../gen/klartext/v1/comment_pb";
import { SortPainPointsBy, type PainPointMention, type PainPointState } from "../gen/klartext/v1/painpoint_pb";

export const PAIN_POINTS_KEY = "pain points";

const PAGE_SIZE = 50;
const SIMILAR = 5;
const NAMED = 200;

export interface PainPointQuery {
  text: string;
  state: PainPointState;
  sortBy: SortPainPointsBy;
}

export function painPointsQuery({ text, state, sortBy }: PainPointQuery) {
  return infiniteQueryOptions({
    queryKey: [PAIN_POINTS_KEY, "list", text, state, sortBy],
    queryFn: ({ pageParam, signal }) =>
      painPoints.list({ filter: { text, states: [state] }, sortBy, pageSize: PAGE_SIZE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function usePainPoints(query: PainPointQuery) {
  return useInfiniteQuery({ ...painPointsQuery(query), placeholderData: keepPreviousData });
}

/** The pain points with the most mentions, for names and colours. */
export const namedQuery = queryOptions({
  queryKey: [PAIN_POINTS_KEY, "named"],
  queryFn: ({ signal }) => painPoints.list({ sortBy: SortPainPointsBy.MENTIONS, pageSize: NAMED }, { signal }),
  select: (page) => page.painPoints,
});

export function useNamed() {
  return useQuery(namedQuery);
}

export function usePainPoint(painPointId: string) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "one", painPointId],
    queryFn: ({ signal }) => painPoints.get({ painPointId }, { signal }),
  });
}

export function useTrend(painPointId: string, period: Period) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "trend", painPointId, period],
    queryFn: ({ signal }) => painPoints.trend({ painPointId, period }, { signal }),
    select: (trend) => trend.points,
    placeholderData: keepPreviousData,
  });
}

export function useEvents(painPointId: string) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "events", painPointId],
    queryFn: ({ signal }) => painPoints.listEvents({ painPointId, pageSize: PAGE_SIZE }, { signal }),
    select: (page) => page.events,
  });
}

export function useSimilar(painPointId: string) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "similar", painPointId],
    queryFn: ({ signal }) => painPoints.similar({ painPointId, pageSize: SIMILAR }, { signal }),
    select: (found) => found.painPoints,
  });
}

export function useMentions(painPointId: string, weakMembers: boolean) {
  return useInfiniteQuery({
    queryKey: [PAIN_POINTS_KEY, "mentions", painPointId, weakMembers],
    queryFn: ({ pageParam, signal }) =>
      painPoints.listMentions({ painPointId, weakMembers, pageSize: PAGE_SIZE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** All of them, page after page. */
export async function readAllMentions(painPointId: string, weakMembers: boolean): Promise<PainPointMention[]> {
  const mentions: PainPointMention[] = [];
  let pageToken = "";
  do {
    const page = await painPoints.listMentions({ painPointId, weakMembers, pageSize: PAGE_SIZE, pageToken });
    mentions.push(...page.mentions);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return mentions;
}

/** What a person does with a pain point. */
export type Curation =
  | { kind: "rename"; name: string }
  | { kind: "merge"; others: string[] }
  | { kind: "split" | "dismiss" | "restore" | "undo" };

export function useCuration(painPointId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ curation, by }: { curation: Curation; by: string }) => {
      switch (curation.kind) {
        case "rename":
          return painPoints.rename({ painPointId, name: curation.name, by });
        case "merge":
          return painPoints.merge({ painPointId, others: curation.others, by });
        default:
          return painPoints[curation.kind]({ painPointId, by });
      }
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [PAIN_POINTS_KEY] });
      void client.invalidateQueries({ queryKey: [COMMENTS_KEY] });
    },
  });
}
