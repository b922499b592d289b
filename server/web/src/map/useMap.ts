import { create } from "@bufbuild/protobuf";
import { queryOptions, useQuery } from "@tanstack/react-query";

import { comments, painPoints } from "../api/clients";
import { queryClient } from "../api/queryClient";
import { COMMENTS_KEY } from "../comments/useComments";
import { MentionRefSchema, SearchUnit, type MentionRef, type SearchCommentsRequest } from "../gen/klartext/v1/comment_pb";
import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import { PAIN_POINTS_KEY } from "../painpoints/usePainPoints";

const FOUND = 60;
/** Points with which the map is first drawn while it is read, and how many times as many until it is drawn again. */
const FIRST_DRAWN = 4_000;
const DRAWN_AGAIN_AFTER = 4;

export interface FoundMention {
  commentId: string;
  index: number;
  text: string;
}

export function keyOf({ commentId, index }: { commentId: string; index: number }): string {
  return `${commentId}.${index}`;
}

/** The mention of a key; nothing when it is none. */
export function refOf(key: string): MentionRef | undefined {
  const [commentId = "", index] = key.split(".");
  return index === undefined ? undefined : create(MentionRefSchema, { commentId, index: Number(index) });
}

/** Mentions that have a place. */
export interface MapPoints {
  points: MapPoint[];
  /** More are being read. */
  isPart: boolean;
}

/**
 * Every mention that has a place. The service sends them in the order of ids, which are as good as random: what has come
 * first already shows the shape of the whole, and is drawn.
 */
export const mapQuery = queryOptions<MapPoints>({
  queryKey: [PAIN_POINTS_KEY, "map"],
  queryFn: async ({ queryKey, signal }) => {
    // A whole map that is read anew stays until the new one is whole.
    const drawsParts = queryClient.getQueryData<MapPoints>(queryKey)?.isPart !== false;
    let nextDrawn = FIRST_DRAWN;
    const points: MapPoint[] = [];
    for await (const page of painPoints.map({}, { signal })) {
      points.push(...page.points);
      if (drawsParts && points.length >= nextDrawn) {
        queryClient.setQueryData<MapPoints>(queryKey, { points: [...points], isPart: true });
        nextDrawn = points.length * DRAWN_AGAIN_AFTER;
      }
    }
    return { points, isPart: false };
  },
  // A part is left when the reader goes to another view meanwhile.
  staleTime: ({ state }) => (state.data?.isPart ? 0 : Infinity),
});

export function useMapPoints() {
  return useQuery(mapQuery);
}

/** Mentions that are like a text or like another mention; nothing for neither. */
export function useFound(query: SearchCommentsRequest["query"]) {
  const key = query.case === "mention" ? keyOf(query.value) : query.case === "text" ? query.value : "";
  return useQuery({
    queryKey: [COMMENTS_KEY, "on the map", query.case, key],
    queryFn: ({ signal }) => comments.search({ query, unit: SearchUnit.MENTION, pageSize: FOUND }, { signal }),
    enabled: key !== "",
    select: (page) =>
      page.hits.flatMap((hit) => {
        const commentId = hit.comment?.insight?.commentId;
        const index = hit.mention ?? 0;
        const text = hit.comment?.insight?.mentions[index]?.text ?? "";
        return commentId ? [{ commentId, index, text }] : [];
      }),
  });
}

/** The words of some mentions, read when they are looked at. */
export function useTexts(refs: { commentId: string; index: number }[]) {
  return useQuery({
    queryKey: [COMMENTS_KEY, "texts", refs.map(keyOf).join(" ")],
    queryFn: ({ signal }) =>
      Promise.all(
        refs.map(async ({ commentId, index }) => {
          const stored = await comments.get({ by: { case: "commentId", value: commentId } }, { signal });
          return { commentId, index, text: stored.insight?.mentions[index]?.text ?? "" };
        }),
      ),
    enabled: refs.length > 0,
  });
}
