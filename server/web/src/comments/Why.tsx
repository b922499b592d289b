import { journeyOf, useInfo } from "../api/journeys";
import { valueOf } from "../api/enums";
import type { Explanation, WordShare } from "../gen/klartext/v1/comment_pb";
import { CorrectedLabel, FrictionKind, FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import type { JourneyInfo } from "../gen/klartext/v1/system_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { Failure } from "../ui/Failure";
import { useExplanation } from "./useExplanation";
import styles from "./Why.module.css";

interface Props {
  commentId: string;
  index: number;
  journeyId: string;
}

// A word that changes less is not marked.
const LEAST_SHARE = 0.02;
const STRONGEST_TINT = 60;

/** Which words speak for each label of a mention, and which against it. */
export function Why({ commentId, index, journeyId }: Props) {
  const messages = useMessages();
  const format = useFormat();
  const { data: info } = useInfo();
  const { data: explanations, error, refetch } = useExplanation(commentId, index);
  const nameOf = useLabelNames(journeyOf(info, journeyId));
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!explanations) return <p className={styles.loading}>{messages.loading}</p>;
  return (
    <div className={styles.why}>
      <p className={styles.hint}>{messages.detail.whyHint}</p>
      <dl>
        {explanations.map((explanation) => (
          <div key={explanation.label} className={styles.label}>
            <dt>
              {nameOf(explanation)}{" "}
              <span className={styles.soft}>{messages.detail.confidence(format.percent(explanation.probability))}</span>
            </dt>
            <dd>
              {explanation.words.map((word, at) => (
                <Word key={at} word={word} />
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Word({ word: { text, share } }: { word: WordShare }) {
  const messages = useMessages();
  const format = useFormat();
  if (Math.abs(share) < LEAST_SHARE) return <span>{text} </span>;
  const points = format.points(share * 100);
  const said = share > 0 ? messages.detail.speaksFor(points) : messages.detail.speaksAgainst(points);
  const tint = `${Math.min(1, Math.abs(share)) * STRONGEST_TINT}%`;
  return (
    <>
      <mark
        className={share > 0 ? styles.speaksFor : styles.speaksAgainst}
        style={{ backgroundColor: `color-mix(in srgb, var(--accent) ${share > 0 ? tint : "0%"}, transparent)` }}
        title={said}
      >
        {text}
        <sup className={styles.points}>{points}</sup>
      </mark>{" "}
    </>
  );
}

/** "touchpoint:refund" in the reader's words. */
function useLabelNames(journey: JourneyInfo | undefined): ({ label, polarity }: Explanation) => string {
  const { labels } = useMessages();
  return ({ label, polarity }) => {
    const [kind = "", id = ""] = label.split(/:(.*)/);
    const found = (names: { id: string; name: string }[] | undefined) => names?.find((one) => one.id === id)?.name ?? id;
    switch (kind) {
      case "topic":
        return `${labels.correctedLabel[CorrectedLabel.TOPICS]}: ${found(journey?.topics)}`;
      case "touchpoint":
        return `${labels.correctedLabel[CorrectedLabel.TOUCHPOINT]}: ${found(journey?.touchpoints)}`;
      case "friction":
        return labels.friction[valueOf<FrictionKind>(FrictionKindSchema, id) ?? FrictionKind.UNSPECIFIED];
      default:
        return `${labels.correctedLabel[CorrectedLabel.SENTIMENT]}: ${labels.polarity[polarity]}`;
    }
  };
}
