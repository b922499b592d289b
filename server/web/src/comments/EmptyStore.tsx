import { useMessages } from "../i18n";
import { Notice } from "../ui/Notice";
import styles from "./EmptyStore.module.css";

/** What to do when there is no comment yet. */
export function EmptyStore() {
  const messages = useMessages();
  return (
    <Notice title={messages.empty.title}>
      <p>{messages.empty.text}</p>
      <dl className={styles.ways}>
        <dt>{messages.empty.samples}</dt>
        <dd>
          <code>klartext serve --samples</code>
        </dd>
        <dt>{messages.empty.import}</dt>
        <dd>
          <code>klartext import survey.csv --map text=Kommentar</code>
        </dd>
      </dl>
    </Notice>
  );
}
