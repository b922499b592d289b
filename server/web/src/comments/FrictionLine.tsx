import type { Friction } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import styles from "./FrictionLine.module.css";

/** What hurts between touchpoints, how long or how often, and the words that show it. */
export function FrictionLine({ friction }: { friction: Friction }) {
  const messages = useMessages();
  const format = useFormat();
  const { kind, minutes, count, text, confidence } = friction;
  return (
    <div className={styles.line}>
      <dt>{messages.filters.friction}</dt>
      <dd>
        <span className={styles.kind}>{messages.labels.friction[kind]}</span>
        {minutes !== undefined && <b>{messages.detail.minutes(format.count(minutes))}</b>}
        {count !== undefined && <b>{messages.detail.contacts(format.count(count))}</b>}
        {text && <q className={styles.words}>{text}</q>}
        <span className={styles.soft}>{messages.detail.confidence(format.percent(confidence))}</span>
      </dd>
    </div>
  );
}
