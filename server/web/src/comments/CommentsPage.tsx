import { useState } from "react";
import { Outlet, useNavigate, useParams, useSearchParams } from "react-router";

import { nameOf, valueOf } from "../api/enums";
import { infoQuery, useInfo } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import { SortBy, SortBySchema } from "../gen/klartext/v1/comment_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { Sheet } from "../ui/Sheet";
import { ActiveFilters } from "./ActiveFilters";
import { CommentList } from "./CommentList";
import styles from "./CommentsPage.module.css";
import { EmptyStore } from "./EmptyStore";
import { ExportButton } from "./ExportButton";
import { FilterPanel } from "./FilterPanel";
import { conditionCount, isSearch, readQuery } from "./query";
import { SearchBox } from "./SearchBox";
import { useCommentQuery } from "./useCommentQuery";
import { commentsQuery, idOf, useComments, type Found } from "./useComments";

const SORTS = [SortBy.TIME, SortBy.SEVERITY, SortBy.SENTIMENT, SortBy.NPS, SortBy.CSAT, SortBy.STARS];

/** Asks for what the view shows before it is drawn. */
export function ask(parameters: URLSearchParams): void {
  void queryClient.prefetchInfiniteQuery(commentsQuery(readQuery(parameters)));
  void queryClient.prefetchQuery(infoQuery);
}

/** Find comments, read them, and correct what is wrong. */
export function CommentsPage() {
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const { commentId } = useParams();
  const [parameters] = useSearchParams();
  const [query, change] = useCommentQuery();
  const { data: info } = useInfo();
  const { data, error, refetch, isPlaceholderData, fetchNextPage, hasNextPage, isFetching, isFetchingNextPage } =
    useComments(query);
  const [areFiltersOpen, setFiltersOpen] = useState(false);

  const found = data?.pages.flatMap((page) => page.found) ?? [];
  const total = data?.pages[0]?.total;
  const searches = isSearch(query);
  const open = (one: Found) =>
    navigate({ pathname: `/comments/${idOf(one.comment)}`, search: parameters.toString() });

  const counted = searches
    ? messages.comments.nearest(format.count(found.length))
    : messages.comments.found(format.count(total ?? found.length), total === 1n);

  if (info && info.comments === 0n) return <EmptyStore />;
  return (
    <div className={styles.page} data-panel={commentId !== undefined}>
      <div className={styles.rail}>
        <FilterPanel query={query} onChange={change} />
      </div>
      <section className={styles.main} aria-label={messages.comments.title}>
        <header className={styles.header}>
          <PageHeading>{messages.comments.title}</PageHeading>
          <p role="status" className={styles.count}>
            {data && !isPlaceholderData ? counted : messages.loading}
          </p>
          <ExportButton query={query} found={found} />
        </header>
        <div className={styles.tools}>
          <SearchBox text={query.text} onChange={(text) => change({ text, like: "" })} />
          <div className={styles.opener}>
            <Button onPress={() => setFiltersOpen(true)}>{messages.filters.open(conditionCount(query))}</Button>
          </div>
          {!searches && (
            <div className={styles.sorting}>
              <Picker
                label={messages.comments.sort}
                choices={SORTS.map((sort) => ({
                  value: nameOf(SortBySchema, sort),
                  name: messages.comments.sorts[sort],
                }))}
                chosen={nameOf(SortBySchema, query.sort)}
                onChange={(sort) => change({ sort: valueOf<SortBy>(SortBySchema, sort) ?? SortBy.TIME })}
              />
              <Button
                aria-label={query.ascending ? messages.comments.ascending : messages.comments.descending}
                onPress={() => change({ ascending: !query.ascending })}
              >
                <span aria-hidden="true">{query.ascending ? "↑" : "↓"}</span>
              </Button>
            </div>
          )}
        </div>
        <ActiveFilters query={query} onChange={change} />
        {error && <Failure error={error} onRetry={refetch} />}
        <div className={styles.list} data-stale={isFetching && !isFetchingNextPage}>
          {data && found.length === 0 && !isFetching && (
            <Notice title={messages.comments.none}>
              <p>{messages.comments.noneHint}</p>
            </Notice>
          )}
          {found.length > 0 && (
            <CommentList
              found={found}
              openId={commentId}
              isLoadingMore={isFetchingNextPage}
              onMore={() => hasNextPage && !isFetchingNextPage && void fetchNextPage()}
              onOpen={open}
            />
          )}
        </div>
      </section>
      <Outlet />
      <Sheet title={messages.filters.title} place="left" isOpen={areFiltersOpen} onOpenChange={setFiltersOpen}>
        <FilterPanel query={query} onChange={change} />
        <Button look="strong" onPress={() => setFiltersOpen(false)}>
          {messages.filters.close}
        </Button>
      </Sheet>
    </div>
  );
}
