import { dateOf } from "../api/times";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Failure } from "../ui/Failure";
import styles from "./Events.module.css";
import { useEvents } from "./usePainPoints";
import { painPointWords } from "./words";

/** What has happened to it, the newest first. */
export function Events({ painPointId }: { painPointId: string }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  const { data: events, error, refetch } = useEvents(painPointId);
  if (error) return <Failure error={error} onRetry={refetch} />;
  return (
    <ol className={styles.events}>
      {events?.map((event) => {
        const time = dateOf(event.time);
        return (
          <li key={event.eventId}>
            <span className={styles.time}>{time && format.time(time)}</span>
            <span>
              {words.eventKinds[event.kind]} <span className={styles.soft}>({event.by || words.byDiscovery})</span>
              <br />
              <span className={styles.soft}>
                {event.name}, {format.count(event.mentions)} {words.mentions}
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
