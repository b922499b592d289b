import { Polarity } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { classes } from "./classes";
import styles from "./PolarityMark.module.css";

const SIGNS: Record<Polarity, string> = {
  [Polarity.UNSPECIFIED]: "?",
  [Polarity.NEGATIVE]: "−",
  [Polarity.NEUTRAL]: "○",
  [Polarity.POSITIVE]: "+",
  [Polarity.MIXED]: "±",
};

const LOOKS: Record<Polarity, string | undefined> = {
  [Polarity.UNSPECIFIED]: styles.neutral,
  [Polarity.NEGATIVE]: styles.negative,
  [Polarity.NEUTRAL]: styles.neutral,
  [Polarity.POSITIVE]: styles.positive,
  [Polarity.MIXED]: styles.mixed,
};

/** A sentiment by sign, word and colour. */
export function PolarityMark({ polarity }: { polarity: Polarity }) {
  const messages = useMessages();
  return (
    <span className={classes(styles.mark, LOOKS[polarity])}>
      <span aria-hidden="true">{SIGNS[polarity]}</span> {messages.labels.polarity[polarity]}
    </span>
  );
}
