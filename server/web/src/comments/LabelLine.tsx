import type { ReactNode } from "react";

import { dateOf } from "../api/times";
import type { CorrectedLabel, Mention } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { Button } from "../ui/Button";
import styles from "./LabelLine.module.css";

interface Props {
  mention: Mention;
  label: CorrectedLabel;
  onCorrect(): void;
  children: ReactNode;
}

/** One label of a mention, who corrected it, and how to correct it. */
export function LabelLine({ mention, label, onCorrect, children }: Props) {
  const messages = useMessages();
  const format = useFormat();
  const name = messages.labels.correctedLabel[label];
  const correction = mention.corrections.find((made) => made.label === label);
  const day = dateOf(correction?.correctedAt);
  return (
    <div className={styles.line}>
      <dt>{name}</dt>
      <dd className={styles.content}>
        <div className={styles.value}>{children}</div>
        <Button look="quiet" onPress={onCorrect} aria-label={messages.correct.change(name)}>
          <span aria-hidden="true">✎</span>
        </Button>
        {correction && (
          <p className={styles.correction}>
            {messages.detail.correctedBy(correction.correctedBy, day ? format.date(day) : "")}
          </p>
        )}
      </dd>
    </div>
  );
}
