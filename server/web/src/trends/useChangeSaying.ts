import { rowNamesOf } from "../figures/rowNames";
import { figuresWords } from "../figures/words";
import type { Estimate } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import type { NumberedChange } from "./change";
import { changeSayingOf } from "./saying";
import { trendsWords } from "./words";

/** Says a change in one line: what is another since when, by how much, and how clearly. */
export function useChangeSaying(): (one: NumberedChange) => string {
  const words = useWords(trendsWords);
  const { interval, noFigure } = useWords(figuresWords);
  const messages = useMessages();
  const format = useFormat();
  return ({ change, since }) => {
    const { value } = changeSayingOf(change.figure, format, words);
    const said = (estimate: Estimate | undefined) =>
      estimate ? `${value(estimate.value)} (${interval(value(estimate.low), value(estimate.high))})` : noFigure;
    const place = rowNamesOf(change.dimension, messages).name(change);
    const what = `${place}, ${words.changedFigures[change.figure]}: ${said(change.before)} → ${said(change.after)}`;
    return `${what}, ${words.since(format.utcDate(since))}, p: ${format.chance(change.pValue)}`;
  };
}
