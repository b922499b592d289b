import { CorrectedLabel, type Mention } from "../gen/klartext/v1/insight_pb";
import type { CorrectMentionRequest } from "../gen/klartext/v1/comment_pb";

/** What a correction sets. */
export type LabelValue = Exclude<CorrectMentionRequest["label"], { case: undefined }>;

/** The label of a mention as a correction would set it. */
export function valueOfLabel(mention: Mention, label: CorrectedLabel): LabelValue {
  switch (label) {
    case CorrectedLabel.SENTIMENT:
      return { case: "sentiment", value: mention.sentiment?.polarity ?? 0 };
    case CorrectedLabel.TOPICS: {
      const topics = mention.topics.map(({ topic }) => topic);
      return { case: "topics", value: { $typeName: "klartext.v1.TopicIds", topics } };
    }
    default:
      return { case: "touchpoint", value: mention.touchpoint?.touchpoint ?? "" };
  }
}

/** What takes a change of this label back: the earlier correction, or the machine's label where there was none. */
export function undoOf(mention: Mention, label: CorrectedLabel): LabelValue {
  const wasCorrected = mention.corrections.some((correction) => correction.label === label);
  return wasCorrected ? valueOfLabel(mention, label) : { case: "withdraw", value: label };
}
