import { Polarity } from "../gen/klartext/v1/insight_pb";
import { dateOf } from "../api/times";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { PolarityMark } from "../ui/PolarityMark";
import { ScoreBar } from "../ui/ScoreBar";
import styles from "./CommentRow.module.css";
import { MentionedText } from "./MentionedText";
import { MentionTags } from "./MentionTags";
import { ScoreMarks } from "./ScoreMarks";
import type { Found } from "./useComments";

export function CommentRow({ found }: { found: Found }) {
  const messages = useMessages();
  const format = useFormat();
  const { comment, insight } = found.comment;
  if (!comment || !insight) return null;
  const time = dateOf(comment.time);
  return (
    <article className={styles.row}>
      <div className={styles.margin}>
        <PolarityMark polarity={insight.sentiment?.polarity ?? Polarity.UNSPECIFIED} />
        <ScoreBar label={messages.detail.severity} value={insight.severity} />
      </div>
      <div className={styles.body}>
        <p className={styles.text} lang={insight.language === "other" ? undefined : insight.language}>
          <MentionedText text={comment.text} mentions={insight.mentions} chosen={found.mention} />
        </p>
        <MentionTags mentions={insight.mentions} />
      </div>
      <div className={styles.facts}>
        <span>{time && format.date(time)}</span>
        <span>{messages.labels.channel[comment.channel]}</span>
        <span>
          <ScoreMarks scores={comment.scores} />
        </span>
        {found.similarity !== undefined && <span>{messages.comments.similarity(format.decimal(found.similarity))}</span>}
      </div>
    </article>
  );
}
