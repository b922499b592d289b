import { create } from "@bufbuild/protobuf";
import { queryOptions, useQuery } from "@tanstack/react-query";

import { comments, painPoints } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import { MentionRefSchema, SearchUnit, type MentionRef, type SearchCommentsRequest } from "../gen/klartext/v1/comment_pb";
import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import { PAIN_POINTS_KEY } from "../painpoints/usePainPoints";

const FOUND = 60;

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

/** Every mention that has a place. */
export const mapQuery = queryOptions({
  queryKey: [PAIN_POINTS_KEY, "map"],
  queryFn: async ({ signal }) => {
    const points: MapPoint[] = [];
    for await (const page of painPoints.map({}, { signal })) points.push(...page.points);
    return points;
  },
  staleTime: Infinity,
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
