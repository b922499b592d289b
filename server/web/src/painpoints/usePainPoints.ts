import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { painPoints } from "../api/clients";
import type { PainPointState, SortPainPointsBy, TrendPeriod } from "../gen/klartext/v1/painpoint_pb";

export const PAIN_POINTS_KEY = "pain points";

const PAGE_SIZE = 50;
const SIMILAR = 5;

export interface PainPointQuery {
  text: string;
  state: PainPointState;
  sortBy: SortPainPointsBy;
}

export function usePainPoints({ text, state, sortBy }: PainPointQuery) {
  return useInfiniteQuery({
    queryKey: [PAIN_POINTS_KEY, "list", text, state, sortBy],
    queryFn: ({ pageParam, signal }) =>
      painPoints.list({ filter: { text, states: [state] }, sortBy, pageSize: PAGE_SIZE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
  });
}

export function usePainPoint(painPointId: string) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "one", painPointId],
    queryFn: ({ signal }) => painPoints.get({ painPointId }, { signal }),
  });
}

export function useTrend(painPointId: string, period: TrendPeriod) {
  return useQuery({
    queryKey: [PAIN_POINTS_KEY, "trend", painPointId, period],
    queryFn: ({ signal }) => painPoints.trend({ painPointId, period }, { signal }),
    select: (trend) => trend.points,
    placeholderData: keepPreviousData,
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
