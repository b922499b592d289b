import type { GetInboxFiguresResponse, InboxTimes } from "../gen/klartext/v1/inbox_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { CheckList } from "../ui/CheckList";
import styles from "./OwnerRail.module.css";
import { inboxWords, type InboxWords } from "./words";
import type { Format } from "../i18n/format";

interface Props {
  figures: GetInboxFiguresResponse | undefined;
  chosen: string[];
  onChange(owners: string[]): void;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The median as people say it: minutes, hours or days. */
function inWords(times: InboxTimes | undefined, words: InboxWords, format: Format): string | undefined {
  if (!times?.median) return undefined;
  const seconds = Number(times.median.seconds);
  if (seconds < HOUR) return words.minutes(format.count(Math.ceil(seconds / MINUTE)));
  return seconds < 2 * DAY ? words.hours(format.count(Math.round(seconds / HOUR))) : words.days(format.count(Math.round(seconds / DAY)));
}

/** Who has how much to do, and how long it takes altogether. */
export function OwnerRail({ figures, chosen, onChange }: Props) {
  const words = useWords(inboxWords);
  const format = useFormat();
  const total = figures?.total;
  const acknowledged = inWords(total?.timeToAcknowledge, words, format);
  const resolved = inWords(total?.timeToResolve, words, format);
  return (
    <div className={styles.rail}>
      {total && (
        <p className={styles.total}>
          {words.figures(format.count(total.open), format.count(total.acknowledged), format.count(total.resolved))}
          {acknowledged && resolved && <span className={styles.times}>{words.times(acknowledged, resolved)}</span>}
        </p>
      )}
      <CheckList
        label={words.owners}
        choices={(figures?.rows ?? []).map(({ value, open }) => ({
          value,
          name: value || words.nobody,
          hint: words.open(format.count(open)),
        }))}
        chosen={chosen}
        onChange={onChange}
      />
    </div>
  );
}
