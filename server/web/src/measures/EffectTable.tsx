import table from "../figures/FiguresTable.module.css";
import { ScrollTable } from "../figures/ScrollTable";
import type { Estimate } from "../gen/klartext/v1/journey_pb";
import { MeasureFigure, type Difference, type FigureEffect } from "../gen/klartext/v1/measure_pb";
import { useFormat, type Format } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { figuresWords } from "../figures/words";
import { classes } from "../ui/classes";
import styles from "./MeasuresPage.module.css";
import { measuresWords } from "./words";

const CERTAIN = 0.05;
const GOOD_WHEN_HIGH = new Set([
  MeasureFigure.NET_SENTIMENT,
  MeasureFigure.MEAN_SENTIMENT,
  MeasureFigure.NPS,
  MeasureFigure.CSAT,
]);
const WITH_DECIMALS = new Set([MeasureFigure.MEAN_SENTIMENT, MeasureFigure.CSAT]);

function valueOf(figure: MeasureFigure, format: Format): (value: number) => string {
  if (WITH_DECIMALS.has(figure)) return format.decimal;
  return GOOD_WHEN_HIGH.has(figure) ? format.points : format.tenth;
}

/** Each figure before and after, what changed, and what of it is the measure's. */
export function EffectTable({ figures }: { figures: FigureEffect[] }) {
  const words = useWords(measuresWords);
  const columns = [words.figure, words.did, words.before, words.after, words.changed, words.elsewhere];
  return (
    <ScrollTable label={words.effect} columns={columns}>
      {figures.map((effect) => (
        <EffectRow key={effect.figure} effect={effect} />
      ))}
    </ScrollTable>
  );
}

function EffectRow({ effect }: { effect: FigureEffect }) {
  const words = useWords(measuresWords);
  const format = useFormat();
  const { figure, before, after, change, comparisonChange, few, trendBefore } = effect;
  const value = valueOf(figure, format);
  // Where there is nothing to compare with, the change is all there is.
  const whole = effect.effect ?? change;
  const isClear = whole !== undefined && whole.pValue < CERTAIN;
  const isGood = whole !== undefined && whole.value > 0 === GOOD_WHEN_HIGH.has(figure);
  const verdict = isClear ? (isGood ? words.helped : words.harmed) : words.unclear;
  const hasDrifted = trendBefore !== undefined && trendBefore.pValue < CERTAIN;
  return (
    <tr>
      <th scope="row">
        {words.figures[figure]}
        {few && <span className={table.interval}>{words.few}</span>}
      </th>
      <td>
        <DifferenceText difference={whole} value={value} />
        {whole && (
          <span className={classes(styles.verdict, isClear && (isGood ? styles.helped : styles.harmed))}>{verdict}</span>
        )}
        {hasDrifted && <span className={styles.verdict}>{words.drifted}</span>}
      </td>
      <EstimateCell estimate={before} value={value} />
      <EstimateCell estimate={after} value={value} />
      <td>
        <DifferenceText difference={change} value={value} />
      </td>
      <td>
        <DifferenceText difference={comparisonChange} value={value} />
      </td>
    </tr>
  );
}

function DifferenceText({ difference, value }: { difference: Difference | undefined; value(of: number): string }) {
  const words = useWords(figuresWords);
  if (!difference) return words.noFigure;
  return (
    <>
      {value(difference.value)}
      <span className={table.interval}>{words.interval(value(difference.low), value(difference.high))}</span>
    </>
  );
}

function EstimateCell({ estimate, value }: { estimate: Estimate | undefined; value(of: number): string }) {
  const words = useWords(figuresWords);
  const format = useFormat();
  return (
    <td>
      {estimate ? value(estimate.value) : words.noFigure}
      {estimate && <span className={table.interval}>{words.answers(format.count(estimate.count))}</span>}
    </td>
  );
}
