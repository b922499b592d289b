import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { comments } from "../api/clients";
import type { SearchHit, StoredComment } from "../gen/klartext/v1/comment_pb";
import { isSearch, toFilter, writeQuery, type CommentQuery } from "./query";

const PAGE_SIZE = 50;

export const COMMENTS_KEY = "comments";

/** A row of the list: a comment, and in a search which of its mentions was found. */
export interface Found {
  key: string;
  comment: StoredComment;
  mention?: number | undefined;
  similarity?: number | undefined;
}

interface Page {
  found: Found[];
  next: string;
  total?: bigint | undefined;
}

export function idOf(stored: StoredComment): string {
  return stored.insight?.commentId ?? "";
}

function foundBySearch(hit: SearchHit): Found[] {
  if (!hit.comment) return [];
  const { comment, mention, similarity } = hit;
  return [{ key: `${idOf(comment)}.${mention ?? ""}`, comment, mention, similarity }];
}

function searchedFor(query: CommentQuery) {
  if (query.like === "") return { case: "text", value: query.text.trim() } as const;
  const [commentId = "", index = "0"] = query.like.split(".");
  return { case: "mention", value: { commentId, index: Number(index) } } as const;
}

async function readPage(query: CommentQuery, pageToken: string, signal: AbortSignal): Promise<Page> {
  const request = { filter: toFilter(query), pageSize: PAGE_SIZE, pageToken };
  if (isSearch(query)) {
    const page = await comments.search({ ...request, query: searchedFor(query) }, { signal });
    return { found: page.hits.flatMap(foundBySearch), next: page.nextPageToken };
  }
  const sorting = { by: query.sort, ascending: query.ascending };
  const page = await comments.list({ ...request, sorting, count: pageToken === "" }, { signal });
  const found = page.comments.map((comment) => ({ key: idOf(comment), comment }));
  return { found, next: page.nextPageToken, total: page.total };
}

/** The comments of a query, page after page. */
export function commentsQuery(query: CommentQuery) {
  return infiniteQueryOptions({
    queryKey: [COMMENTS_KEY, "list", writeQuery(query).toString()],
    queryFn: ({ pageParam, signal }) => readPage(query, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function useComments(query: CommentQuery) {
  return useInfiniteQuery({ ...commentsQuery(query), placeholderData: keepPreviousData });
}
