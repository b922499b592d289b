import { Outlet, useNavigate, useParams, useSearchParams } from "react-router";

import { nameOf, valueOf, valuesOf } from "../api/enums";
import { infoQuery, useInfo } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import { EmptyStore } from "../comments/EmptyStore";
import {
  InboxReasonKindSchema,
  InboxStateSchema,
  SortInboxBySchema,
  type InboxItem,
  type InboxReasonKind,
  type InboxState,
  type SortInboxBy,
} from "../gen/klartext/v1/inbox_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { CheckPicker } from "../ui/CheckPicker";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveInbox } from "./csv";
import { InboxList } from "./InboxList";
import styles from "./InboxPage.module.css";
import { OwnerRail } from "./OwnerRail";
import { readInboxQuery } from "./query";
import { inboxFiguresQuery, inboxQuery, useInbox, useInboxFigures, useWatchedInbox } from "./useInbox";
import { inboxWords } from "./words";

const SEVERITIES = [0, 0.3, 0.5, 0.7];

/** Asks for what the view shows before it is drawn. */
export function ask(parameters: URLSearchParams): void {
  void queryClient.prefetchInfiniteQuery(inboxQuery(readInboxQuery(parameters)));
  void queryClient.prefetchQuery(inboxFiguresQuery);
  void queryClient.prefetchQuery(infoQuery);
}

/** What needs somebody, by owner, live. */
export function InboxPage() {
  const words = useWords(inboxWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const { itemId } = useParams();
  const [parameters, setParameters] = useSearchParams();
  const query = readInboxQuery(parameters);
  const { data: info } = useInfo();
  const { data, error, refetch, isPlaceholderData, fetchNextPage, hasNextPage, isFetching, isFetchingNextPage } =
    useInbox(query);
  const figures = useInboxFigures();
  const { news, showNews } = useWatchedInbox(query);

  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const total = data?.pages[0]?.total ?? 0n;
  const isUnfiltered = parameters.size === 0;
  const put = (name: string, values: string[]) =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        after.delete(name);
        values.forEach((value) => after.append(name, value));
        return after;
      },
      { replace: true },
    );
  const open = ({ itemId: id }: InboxItem) => navigate({ pathname: `/inbox/${id}`, search: parameters.toString() });

  if (info && info.comments === 0n) return <EmptyStore />;
  return (
    <div className={styles.page} data-panel={itemId !== undefined}>
      <OwnerRail figures={figures.data} chosen={query.owners} onChange={(owners) => put("owner", owners)} />
      <section className={styles.main} aria-label={words.title}>
        <header className={styles.header}>
          <PageHeading>{words.title}</PageHeading>
          <p role="status" className={styles.count}>
            {data && !isPlaceholderData ? words.found(format.count(total), total === 1n) : messages.loading}
          </p>
          {items.length > 0 && (
            <Button look="quiet" onPress={() => saveInbox(items)}>
              {words.export}
            </Button>
          )}
        </header>
        <div className={styles.tools}>
          <CheckPicker
            label={words.state}
            all={words.needing}
            choices={valuesOf<InboxState>(InboxStateSchema).map((value) => ({
              value: nameOf(InboxStateSchema, value),
              name: words.states[value],
            }))}
            chosen={query.states.map((state) => nameOf(InboxStateSchema, state))}
            onChange={(values) => put("state", values)}
          />
          <CheckPicker
            label={words.reason}
            all={words.anyReason}
            choices={valuesOf<InboxReasonKind>(InboxReasonKindSchema).map((value) => ({
              value: nameOf(InboxReasonKindSchema, value),
              name: words.reasons[value],
            }))}
            chosen={query.reasons.map((reason) => nameOf(InboxReasonKindSchema, reason))}
            onChange={(values) => put("reason", values)}
          />
          <Picker
            label={words.severity}
            choices={SEVERITIES.map((value) => ({
              value: String(value),
              name: value === 0 ? words.anySeverity : words.from(format.decimal(value)),
            }))}
            chosen={String(SEVERITIES.findLast((value) => value <= query.minSeverity) ?? 0)}
            onChange={(value) => put("severity", value === "0" ? [] : [value])}
          />
          <Picker
            label={words.sortBy}
            choices={valuesOf<SortInboxBy>(SortInboxBySchema).map((value) => ({
              value: nameOf(SortInboxBySchema, value),
              name: words.sorts[value],
            }))}
            chosen={nameOf(SortInboxBySchema, query.sort)}
            onChange={(value) => put("sort", valueOf<SortInboxBy>(SortInboxBySchema, value) === undefined ? [] : [value])}
          />
        </div>
        <div role="status" className={styles.news}>
          {news > 0 && <Button onPress={showNews}>{words.news(format.count(news), news === 1)}</Button>}
        </div>
        {error && <Failure error={error} onRetry={refetch} />}
        <div className={styles.list} data-stale={isPlaceholderData}>
          {data && items.length === 0 && !isFetching && (
            <Notice title={isUnfiltered ? words.nothing : words.none}>
              <p>{isUnfiltered ? words.nothingHint : words.noneHint}</p>
            </Notice>
          )}
          {items.length > 0 && (
            <InboxList
              items={items}
              openId={itemId}
              isLoadingMore={isFetchingNextPage}
              onMore={() => hasNextPage && !isFetchingNextPage && void fetchNextPage()}
              onOpen={open}
            />
          )}
        </div>
      </section>
      <Outlet />
    </div>
  );
}
