import { Link, useNavigate } from "react-router";

import { infoQuery, useInfo } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import { EmptyStore } from "../comments/EmptyStore";
import { readQuery, writeQuery, type CommentQuery } from "../comments/query";
import { commentsQuery, idOf, useComments } from "../comments/useComments";
import { SortBy } from "../gen/klartext/v1/comment_pb";
import { PainPointState, SortPainPointsBy } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { titleOf } from "../painpoints/titleOf";
import { painPointsQuery, usePainPoints } from "../painpoints/usePainPoints";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { PageHeading } from "../ui/PageHeading";
import { ScoreBar } from "../ui/ScoreBar";
import styles from "./OverviewPage.module.css";
import { overviewWords } from "./words";

const SHOWN = 5;
const NOTHING_ASKED = readQuery(new URLSearchParams());
const URGENT: CommentQuery = {
  ...NOTHING_ASKED,
  facets: { ...NOTHING_ASKED.facets, action: ["answer_needed"] },
  sort: SortBy.SEVERITY,
};
const WORST = { text: "", state: PainPointState.ACTIVE, sortBy: SortPainPointsBy.SEVERITY };

/** Asks for what the view shows before it is drawn. */
export function ask(): void {
  void queryClient.prefetchQuery(infoQuery);
  void queryClient.prefetchInfiniteQuery(commentsQuery(URGENT));
  void queryClient.prefetchInfiniteQuery(painPointsQuery(WORST));
}

/** Where things stand, and what to do next. */
export function OverviewPage() {
  const words = useWords(overviewWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const { data: info, error, refetch } = useInfo();
  const urgent = useComments(URGENT);
  const worst = usePainPoints(WORST);
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!info) return <p className={styles.loading}>{messages.loading}</p>;
  if (info.comments === 0n) return <EmptyStore />;

  const painPoints = worst.data?.pages[0]?.painPoints.slice(0, SHOWN);
  const waiting = urgent.data?.pages[0]?.found.slice(0, SHOWN);
  return (
    <div className={styles.page}>
      <PageHeading>{words.title}</PageHeading>
      <p className={styles.counts}>
        <b>{words.comments(format.count(info.comments))}</b> {words.read}, {words.mentions(format.count(info.mentions))}
      </p>
      <div className={styles.columns}>
        <section className={styles.section}>
          {painPoints?.length === 0 ? (
            <>
              <h2>{words.discover}</h2>
              <p>{words.discoverText}</p>
              <div>
                <Button look="strong" onPress={() => navigate("/operations")}>
                  {words.toDiscovery}
                </Button>
              </div>
            </>
          ) : (
            <>
              <h2>{words.worst}</h2>
              {worst.error && <Failure error={worst.error} onRetry={worst.refetch} />}
              <ol className={styles.list}>
                {painPoints?.map((painPoint) => (
                  <li key={painPoint.painPointId}>
                    <Link to={`/pain-points/${painPoint.painPointId}`}>{titleOf(painPoint)}</Link>
                    <ScoreBar label={messages.detail.severity} value={painPoint.measures?.severity ?? 0} />
                    {painPoint.name && painPoint.quotes[0] && <q>{painPoint.quotes[0].text}</q>}
                  </li>
                ))}
              </ol>
              <Link to="/pain-points">{words.allPainPoints}</Link>
            </>
          )}
        </section>
        <section className={styles.section}>
          <h2>{words.urgent}</h2>
          {urgent.error && <Failure error={urgent.error} onRetry={urgent.refetch} />}
          <ol className={styles.list}>
            {waiting?.map(({ key, comment }) => (
              <li key={key}>
                <Link to={{ pathname: `/comments/${idOf(comment)}`, search: writeQuery(URGENT).toString() }}>
                  {comment.comment?.text}
                </Link>
                <ScoreBar label={messages.detail.severity} value={comment.insight?.severity ?? 0} />
              </li>
            ))}
          </ol>
          <Link to={{ pathname: "/comments", search: writeQuery(URGENT).toString() }}>{words.allUrgent}</Link>
        </section>
      </div>
      <section className={styles.section}>
        <h2>{words.runs}</h2>
        <p className={styles.soft}>
          Klartext {info.version} · {info.bundle?.version} · {info.bundle?.device} ·{" "}
          {info.journeys.map(({ name, version }) => `${name} (${version})`).join(", ")}
        </p>
      </section>
    </div>
  );
}
