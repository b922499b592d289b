import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { ScoreBar } from "../ui/ScoreBar";
import styles from "./PainPointFigures.module.css";
import { TrendMark } from "./TrendMark";
import { painPointWords } from "./words";

/** Its figures, each with what it is made of. */
export function PainPointFigures({ painPoint: { measures } }: { painPoint: PainPoint }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  if (!measures) return null;
  const { hiddenness, trend, handover } = measures;
  return (
    <div className={styles.figures}>
      <dl>
        <dt>{words.severity}</dt>
        <dd>
          <ScoreBar label={words.severity} value={measures.severity} />
        </dd>
        <dd className={styles.soft}>
          {words.sentiment} {format.signed(measures.sentiment)}
        </dd>
      </dl>
      <dl>
        <dt>{words.hiddenness}</dt>
        <dd>
          <ScoreBar label={words.hiddenness} value={hiddenness?.score ?? 0} look="hiddenness" />
        </dd>
        {hiddenness && (
          <dd className={styles.soft}>
            {format.percent(hiddenness.unexplained)} {words.unexplained}, {format.percent(hiddenness.spread)}{" "}
            {words.spread}, {format.percent(hiddenness.masked)} {words.masked}
          </dd>
        )}
      </dl>
      <dl>
        <dt>{words.mentions}</dt>
        <dd className={styles.number}>{format.count(measures.mentions)}</dd>
        <dd className={styles.soft}>
          {words.share(format.percent(measures.share))}, {format.count(measures.comments)} {words.comments},{" "}
          {words.weak(format.count(measures.weakMembers))}
        </dd>
      </dl>
      <dl>
        <dt>{words.trend}</dt>
        <dd>
          <TrendMark trend={trend} />
        </dd>
        <dd className={styles.soft}>
          {trend && trend.weeks >= 4
            ? words.test(format.decimal(trend.pValue), format.count(trend.weeks))
            : words.noTest}
        </dd>
      </dl>
      {handover && (
        <p className={styles.handover}>
          {words.handover(handover.fromOwner, handover.toOwner, format.percent(handover.share))}
        </p>
      )}
    </div>
  );
}
