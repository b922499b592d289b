import { dateOf } from "../api/times";
import type { JourneyRow } from "../gen/klartext/v1/journey_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { BandChart, type ChangeMark, type ChartMark } from "../ui/BandChart";
import { classes } from "../ui/classes";
import { changeOf, measured, type Figure } from "./figure";
import { sayingOf } from "./saying";
import styles from "./TrendCard.module.css";
import { trendsWords } from "./words";
import type { ReactNode, Ref } from "react";

interface Props {
  figure: Figure;
  row: JourneyRow;
  name: string;
  heading: ReactNode;
  time: [Date, Date];
  extent: [number, number];
  marks: ChartMark[];
  changes: ChangeMark[];
  size: "large" | "small";
  drawing?: Ref<SVGSVGElement>;
}

const SIZES = { large: { width: 1120, height: 250 }, small: { width: 360, height: 150 } };
const CERTAIN = 0.05;

/** A figure of one row over time, and whether its last period is another than the one before. */
export function TrendCard({ figure, row, name, heading, time, extent, marks, changes, size, drawing }: Props) {
  const words = useWords(trendsWords);
  const format = useFormat();
  const say = sayingOf(figure, format);
  const points = row.periods.flatMap(({ start, figures, cut }) => {
    const date = dateOf(start);
    const found = measured(figure, figures);
    if (!date || !found) return [];
    const { value, low, high, count, few } = found;
    const said = words.point(format.utcDate(date), say(value), say(low), say(high), format.count(count));
    return [{ date, value, low, high, said, isWeak: few || cut }];
  });
  // The last whole period speaks for what is new.
  const change = changeOf(figure, row.periods.findLast(({ cut }) => !cut)?.change);
  const whole = measured(figure, row.figures);
  const isClear = change !== undefined && change.pValue < CERTAIN;
  const isRisen = isClear && change.difference > 0;
  return (
    <section className={styles.card}>
      <header className={styles.header}>
        {heading}
        {whole && <span className={classes(styles.whole, whole.few && styles.few)}>{say(whole.value)}</span>}
        {isClear && (
          <span className={styles.change}>
            <span aria-hidden="true">{isRisen ? "↗" : "↘"}</span>{" "}
            {(isRisen ? words.risen : words.fallen)(say(change.difference))}
          </span>
        )}
      </header>
      <BandChart
        label={words.chart(words.figures[figure], name)}
        points={points}
        time={time}
        extent={extent}
        tick={say}
        marks={marks}
        changes={changes}
        {...(drawing && { drawing })}
        {...SIZES[size]}
      />
    </section>
  );
}
