import { dateOf } from "../api/times";
import type { InboxHistoryEntry } from "../gen/klartext/v1/inbox_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./InboxHistory.module.css";
import { inboxWords } from "./words";

/** What was done about an item, by whom and when. */
export function InboxHistory({ entries }: { entries: InboxHistoryEntry[] }) {
  const words = useWords(inboxWords);
  const format = useFormat();
  return (
    <ol className={styles.history}>
      {entries.map((entry, at) => {
        const time = dateOf(entry.time);
        return (
          <li key={at}>
            <span className={styles.soft}>{time && format.time(time)}</span>
            <span>
              {words.changes[entry.kind]} <span className={styles.soft}>({entry.by || words.byLabels})</span>
              {entry.toOwner !== "" && (
                <span className={styles.soft}> {words.passed(entry.fromOwner || words.nobody, entry.toOwner)}</span>
              )}
              {entry.customerAnswered && <span className={styles.soft}>, {words.answered}</span>}
              {entry.note && <q className={styles.note}>{entry.note}</q>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
