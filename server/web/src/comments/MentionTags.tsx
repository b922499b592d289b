import type { Mention } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import styles from "./MentionTags.module.css";

/** In one line: where it hurts, who is responsible, and what kind of friction it is. */
export function MentionTags({ mentions }: { mentions: Mention[] }) {
  const messages = useMessages();
  const touchpoints = new Map(
    mentions.flatMap(({ touchpoint }) => (touchpoint ? [[touchpoint.touchpoint, touchpoint] as const] : [])),
  );
  const frictions = new Set(mentions.flatMap((mention) => mention.frictions.map((friction) => friction.kind)));
  return (
    <ul className={styles.tags}>
      {[...touchpoints.values()].map((touchpoint) => (
        <li key={touchpoint.touchpoint}>
          <span className={styles.touchpoint}>{touchpoint.name}</span>
          <span className={styles.owner}>{touchpoint.owner}</span>
        </li>
      ))}
      {[...frictions].map((kind) => (
        <li key={kind} className={styles.friction}>
          {messages.labels.friction[kind]}
        </li>
      ))}
    </ul>
  );
}
