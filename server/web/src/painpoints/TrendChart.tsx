import { scaleLinear, scaleUtc } from "d3-scale";
import { area, line } from "d3-shape";

import { dateOf } from "../api/times";
import type { TrendPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./TrendChart.module.css";
import { painPointWords } from "./words";

const WIDTH = 640;
const HEIGHT = 200;
const MARGIN = { top: 10, right: 30, bottom: 24, left: 44 };
const TICKS_ACROSS = 6;
const TICKS_UP = 4;

/** The share of all mentions over time, with its confidence band. */
export function TrendChart({ points }: { points: TrendPoint[] }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  const dated = points.flatMap((point) => {
    const date = dateOf(point.start);
    return date ? [{ ...point, date }] : [];
  });
  const [first, last] = [dated[0]?.date, dated.at(-1)?.date];
  if (!first || !last) return null;
  const top = Math.max(...dated.filter(({ mentions }) => mentions > 0n).map(({ high }) => high), 0.01);
  const x = scaleUtc([first, last], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([0, top], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(TICKS_UP).clamp(true);
  const band = area<(typeof dated)[number]>((point) => x(point.date), (point) => y(point.low), (point) => y(point.high));
  const middle = line<(typeof dated)[number]>((point) => x(point.date), (point) => y(point.share));
  const measured = dated.filter(({ allMentions }) => allMentions > 0n);

  return (
    <figure className={styles.figure}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.chart} role="img" aria-label={words.volume}>
        {y.ticks(TICKS_UP).map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={MARGIN.left} x2={WIDTH - MARGIN.right} className={styles.grid} />
            <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
              {format.percent(tick)}
            </text>
          </g>
        ))}
        {x.ticks(TICKS_ACROSS).map((tick) => (
          <text key={tick.getTime()} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
            {format.month(tick)}
          </text>
        ))}
        <path d={band(measured) ?? ""} className={styles.band} />
        <path d={middle(measured) ?? ""} className={styles.middle} />
        {measured.map((point) => (
          <circle key={point.date.getTime()} cx={x(point.date)} cy={y(point.share)} r={2.5} className={styles.point}>
            <title>{`${format.date(point.date)}: ${format.percent(point.share)}`}</title>
          </circle>
        ))}
      </svg>
      <details className={styles.table}>
        <summary>{words.asTable}</summary>
        <table>
          <tbody>
            {measured.map((point) => (
              <tr key={point.date.getTime()}>
                <th scope="row">{format.date(point.date)}</th>
                <td>{words.of(format.count(point.mentions), format.count(point.allMentions))}</td>
                <td>{format.percent(point.share)}</td>
                <td>{words.interval(format.percent(point.low), format.percent(point.high))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
