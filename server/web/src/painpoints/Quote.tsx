import { Link } from "react-router";

import { dateOf } from "../api/times";
import type { PainPointMention } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./Quote.module.css";
import { painPointWords } from "./words";

/** A mention in the customer's words; it leads to its comment. */
export function Quote({ mention }: { mention: PainPointMention }) {
  const words = useWords(painPointWords);
  const messages = useMessages();
  const format = useFormat();
  const time = dateOf(mention.time);
  return (
    <figure className={styles.quote}>
      <blockquote>{mention.text}</blockquote>
      <figcaption>
        {messages.labels.channel[mention.channel]}
        {time && `, ${format.date(time)}`}
        {mention.copies > 1 && `, ${words.copies(format.count(mention.copies))}`}{" "}
        <Link to={`/comments/${mention.commentId}`}>{words.openComment}</Link>
      </figcaption>
    </figure>
  );
}
