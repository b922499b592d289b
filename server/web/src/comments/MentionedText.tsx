import { Polarity, type Mention } from "../gen/klartext/v1/insight_pb";
import { classes } from "../ui/classes";
import styles from "./MentionedText.module.css";
import { cut } from "./spans";

interface Props {
  text: string;
  mentions: Mention[];
  /** The one that was found or is looked at. */
  chosen?: number | undefined;
}

const LOOKS: Partial<Record<Polarity, string | undefined>> = {
  [Polarity.NEGATIVE]: styles.negative,
  [Polarity.NEUTRAL]: styles.neutral,
  [Polarity.POSITIVE]: styles.positive,
};

/** What a customer said, with its mentions underlined by how they are meant. */
export function MentionedText({ text, mentions, chosen }: Props) {
  const pieces = cut(text, mentions.map((mention) => mention.span));
  return (
    <>
      {pieces.map((piece, at) => {
        const index = piece.covering[0];
        if (index === undefined) return <span key={at}>{piece.text}</span>;
        const polarity = mentions[index]?.sentiment?.polarity ?? Polarity.UNSPECIFIED;
        return (
          <span key={at} className={classes(styles.mention, LOOKS[polarity], index === chosen && styles.chosen)}>
            {piece.text}
          </span>
        );
      })}
    </>
  );
}
