import { ScoreKind, type Scores } from "../gen/klartext/v1/comment_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import styles from "./ScoreMarks.module.css";

/** What the customer ticked beside the text. */
export function ScoreMarks({ scores }: { scores: Scores | undefined }) {
  const messages = useMessages();
  const format = useFormat();
  const given = [
    { kind: ScoreKind.NPS, value: scores?.nps },
    { kind: ScoreKind.CSAT, value: scores?.csat },
    { kind: ScoreKind.STARS, value: scores?.stars },
  ];
  return given.map(
    ({ kind, value }) =>
      value !== undefined && (
        <span key={kind} className={styles.score}>
          {messages.labels.score[kind]} <b>{format.decimal(value)}</b>
        </span>
      ),
  );
}
