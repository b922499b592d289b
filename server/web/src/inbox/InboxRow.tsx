import { dateOf } from "../api/times";
import row from "../comments/CommentRow.module.css";
import { ScoreMarks } from "../comments/ScoreMarks";
import type { InboxItem } from "../gen/klartext/v1/inbox_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { ScoreBar } from "../ui/ScoreBar";
import styles from "./InboxRow.module.css";
import { Reasons } from "./Reasons";
import { StateMark } from "./StateMark";
import { inboxWords } from "./words";

export function InboxRow({ item }: { item: InboxItem }) {
  const words = useWords(inboxWords);
  const messages = useMessages();
  const format = useFormat();
  const opened = dateOf(item.openedAt);
  return (
    <article className={row.row}>
      <div className={row.margin}>
        <StateMark state={item.state} />
        <ScoreBar label={messages.detail.severity} value={item.severity} />
      </div>
      <div className={row.body}>
        <p className={row.text}>{item.evidence.map(({ text }) => text).join(" … ")}</p>
        <p className={styles.place}>
          <b>{item.touchpointName || messages.labels.noTouchpoint}</b> · {item.owner || words.nobody}
        </p>
        <Reasons item={item} />
      </div>
      <div className={row.facts}>
        <span>{opened && format.date(opened)}</span>
        <span>{messages.labels.channel[item.channel]}</span>
        <span>
          <ScoreMarks scores={item.scores} />
        </span>
      </div>
    </article>
  );
}
