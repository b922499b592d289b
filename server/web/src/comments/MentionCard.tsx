import { useState } from "react";

import { CorrectedLabel, Polarity, TouchpointOrigin, type Mention } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { PolarityMark } from "../ui/PolarityMark";
import { EvidencedText } from "./EvidencedText";
import { FrictionLine } from "./FrictionLine";
import { LabelLine } from "./LabelLine";
import styles from "./MentionCard.module.css";
import { Why } from "./Why";

interface Props {
  commentId: string;
  journeyId: string;
  mention: Mention;
  index: number;
  language: string | undefined;
  onCorrect(label: CorrectedLabel): void;
  onSimilar(): void;
  onLook(): void;
}

/** One thing that the customer says, and every label that it has. */
export function MentionCard({ commentId, journeyId, mention, index, language, onCorrect, onSimilar, onLook }: Props) {
  const messages = useMessages();
  const format = useFormat();
  const [asksWhy, setAsksWhy] = useState(false);
  const { sentiment, touchpoint, topics, frictions } = mention;
  const line = (label: CorrectedLabel) => ({ mention, label, onCorrect: () => onCorrect(label) });
  return (
    <li className={styles.card} onMouseEnter={onLook} onFocus={onLook}>
      <h3 className={styles.heading}>{messages.detail.mention(index + 1)}</h3>
      <p className={styles.text} lang={language}>
        <EvidencedText mention={mention} />
      </p>
      <dl className={styles.labels}>
        <LabelLine {...line(CorrectedLabel.SENTIMENT)}>
          <PolarityMark polarity={sentiment?.polarity ?? Polarity.UNSPECIFIED} />
          {sentiment && <span className={styles.soft}>{format.signed(sentiment.score)}</span>}
        </LabelLine>
        <LabelLine {...line(CorrectedLabel.TOUCHPOINT)}>
          {touchpoint ? (
            <>
              <b>{touchpoint.name}</b>
              <span className={styles.soft}>
                {touchpoint.owner} · {messages.labels.phase[touchpoint.phase] ?? touchpoint.phase}
                {touchpoint.origin === TouchpointOrigin.TEXT &&
                  ` · ${messages.detail.confidence(format.percent(touchpoint.confidence))}`}
                {touchpoint.origin === TouchpointOrigin.CALLER && ` · ${messages.detail.given}`}
              </span>
            </>
          ) : (
            <span className={styles.soft}>{messages.labels.noTouchpoint}</span>
          )}
        </LabelLine>
        <LabelLine {...line(CorrectedLabel.TOPICS)}>
          {topics.length === 0 && <span className={styles.soft}>{messages.labels.noTopic}</span>}
          {topics.map((topic) => (
            <span key={topic.topic}>
              {topic.name} <span className={styles.soft}>{format.percent(topic.confidence)}</span>
            </span>
          ))}
        </LabelLine>
        {frictions.map((friction) => (
          <FrictionLine key={friction.kind} friction={friction} />
        ))}
      </dl>
      <div className={styles.more}>
        <button type="button" className={styles.similar} onClick={onSimilar}>
          {messages.detail.similar}
        </button>
        <button type="button" className={styles.similar} aria-expanded={asksWhy} onClick={() => setAsksWhy(!asksWhy)}>
          {asksWhy ? messages.detail.whyClose : messages.detail.why}
        </button>
      </div>
      {asksWhy && <Why commentId={commentId} index={index} journeyId={journeyId} />}
    </li>
  );
}
