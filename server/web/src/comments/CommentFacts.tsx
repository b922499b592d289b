import { dateOf } from "../api/times";
import type { StoredComment } from "../gen/klartext/v1/comment_pb";
import { DiscrepancyKind } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { ScoreBar } from "../ui/ScoreBar";
import styles from "./CommentFacts.module.css";
import { ScoreMarks } from "./ScoreMarks";

/** Where a comment comes from, and what it says as a whole. */
export function CommentFacts({ stored }: { stored: StoredComment }) {
  const messages = useMessages();
  const format = useFormat();
  const { comment, insight } = stored;
  if (!comment || !insight) return null;
  const { detail, labels } = messages;
  const time = dateOf(comment.time);
  const storedAt = dateOf(stored.storedAt);
  const { handover, discrepancy } = insight;
  const attributes = Object.entries(comment.attributes).map(([name, { value }]) => {
    const shown = value.case === "number" ? format.decimal(value.value) : (value.value ?? "");
    return `${name}: ${shown}`;
  });
  const hasScores = comment.scores && Object.values(comment.scores).some((score) => typeof score === "number");
  const facts = [
    { name: detail.severity, value: <ScoreBar label={messages.detail.severity} value={insight.severity} /> },
    { name: detail.action, value: insight.action && labels.action[insight.action.kind] },
    { name: messages.filters.scores, value: hasScores && <ScoreMarks scores={comment.scores} /> },
    {
      name: detail.discrepancy,
      value: discrepancy && discrepancy.kind > DiscrepancyKind.NONE && labels.discrepancy[discrepancy.kind],
    },
    {
      name: detail.handover,
      value:
        handover && `${handover.from?.owner || detail.openOwner} → ${handover.to?.owner || detail.openOwner}`,
    },
    { name: detail.time, value: time && format.time(time) },
    { name: messages.filters.channel, value: labels.channel[comment.channel] },
    { name: detail.question, value: comment.question },
    { name: detail.source, value: comment.source },
    { name: detail.externalId, value: comment.externalId },
    { name: detail.subject, value: comment.subject },
    { name: detail.language, value: labels.language[insight.language] },
    { name: detail.attributes, value: attributes.join(", ") },
    { name: detail.stored, value: storedAt && format.time(storedAt) },
    { name: detail.scoreVersion, value: `${insight.scoreVersion?.bundle} · ${insight.scoreVersion?.journey}` },
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(
        ({ name, value }) =>
          value && (
            <div key={name} className={styles.fact}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
