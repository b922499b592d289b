import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";

import { inbox } from "../api/clients";
import type { InboxItem, ListInboxItemsResponse } from "../gen/klartext/v1/inbox_pb";
import { isWanted, statesOf, toInboxFilter, type InboxQuery } from "./query";

const KEY = "inbox";
const PAGE_SIZE = 50;
const RECONNECT_MS = 2_000;

type Pages = InfiniteData<ListInboxItemsResponse>;

const keyOfItem = (itemId: string) => [KEY, "one", itemId];

export function inboxQuery(query: InboxQuery) {
  return infiniteQueryOptions({
    queryKey: [KEY, "list", query],
    queryFn: ({ pageParam, signal }) => {
      const filter = { ...toInboxFilter(query), states: statesOf(query) };
      const request = { filter, sortBy: query.sort, pageSize: PAGE_SIZE, pageToken: pageParam, count: pageParam === "" };
      return inbox.list(request, { signal });
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function useInbox(query: InboxQuery) {
  return useInfiniteQuery({ ...inboxQuery(query), placeholderData: keepPreviousData });
}

/** How many are open and how long it takes, by owner. */
export const inboxFiguresQuery = queryOptions({
  queryKey: [KEY, "figures"],
  queryFn: ({ signal }) => inbox.getFigures({}, { signal }),
});

export function useInboxFigures() {
  return useQuery(inboxFiguresQuery);
}

/** An item with its history. */
export function useInboxItem(itemId: string) {
  return useQuery({
    queryKey: keyOfItem(itemId),
    queryFn: ({ signal }) => inbox.get({ itemId }, { signal }),
  });
}

/** What a person does about an item. */
export type InboxAction =
  | { kind: "acknowledge" | "reopen" }
  | { kind: "resolve"; customerAnswered: boolean }
  | { kind: "reassign"; owner: string; touchpoint: string };

interface Done {
  action: InboxAction;
  by: string;
  note: string;
}

function perform(itemId: string, { action, by, note }: Done): Promise<InboxItem> {
  const request = { itemId, by, note, requestId: crypto.randomUUID() };
  switch (action.kind) {
    case "acknowledge":
      return inbox.acknowledge(request);
    case "reopen":
      return inbox.reopen(request);
    case "resolve":
      return inbox.resolve({ ...request, customerAnswered: action.customerAnswered });
    case "reassign":
      return inbox.reassign({ ...request, owner: action.owner, touchpoint: action.touchpoint });
  }
}

export function useInboxAction(itemId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (done: Done) => perform(itemId, done),
    // The list follows by the stream, as it does for everybody else who looks at it.
    onSuccess: (changed) => client.setQueryData(keyOfItem(itemId), changed),
  });
}

/**
 * Follows the inbox as long as it is in sight. Items that are listed change or go at once; how many have come that are not
 * listed is returned, so that nothing jumps under the reader's eyes.
 */
export function useWatchedInbox(query: InboxQuery): { news: number; showNews(): void } {
  const client = useQueryClient();
  const [news, setNews] = useState<ReadonlySet<string>>(new Set());
  const queryKey = [KEY, "list", query];
  const key = JSON.stringify(query);

  const replace = (itemId: string, item: InboxItem | undefined): boolean => {
    let isListed = false;
    client.setQueryData<Pages>(queryKey, (data) => {
      if (!data) return data;
      const pages = data.pages.map((page) => ({
        ...page,
        items: page.items.flatMap((one) => {
          if (one.itemId !== itemId) return one;
          isListed = true;
          return item ?? [];
        }),
      }));
      return isListed ? { ...data, pages } : data;
    });
    return isListed;
  };
  const take = useEffectEvent((itemId: string, item: InboxItem | undefined) => {
    const wanted = item && isWanted(query, item) ? item : undefined;
    if (!replace(itemId, wanted) && wanted) setNews((before) => new Set(before).add(itemId));
    void client.invalidateQueries({ queryKey: keyOfItem(itemId) });
    void client.invalidateQueries({ queryKey: [KEY, "figures"] });
  });
  const filter = useEffectEvent(() => toInboxFilter(query));

  useEffect(() => {
    const stopping = new AbortController();
    let resumeToken = "";
    const follow = async () => {
      for await (const message of inbox.watch({ filter: filter(), resumeToken }, { signal: stopping.signal })) {
        resumeToken = message.resumeToken;
        const { change } = message;
        if (change.case === "item") take(change.value.itemId, change.value);
        if (change.case === "leftItemId") take(change.value, undefined);
      }
    };
    const followOn = async () => {
      while (!stopping.signal.aborted) {
        await follow().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    };
    void followOn();
    setNews(new Set());
    return () => stopping.abort();
  }, [key]);

  const showNews = () => {
    setNews(new Set());
    void client.invalidateQueries({ queryKey });
  };
  return { news: news.size, showNews };
}
