import { scaleLinear, scaleUtc, type ScaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import type { Ref } from "react";

import { useFormat } from "../i18n/format";
import { ChangeButtons, type PlacedChange } from "./ChangeButtons";
import styles from "./BandChart.module.css";

/** A figure at a time, with its 95 % interval where it has one. */
export interface BandPoint {
  date: Date;
  value: number;
  low: number;
  high: number;
  /** In words, for who points at it. */
  said: string;
  /** Not to be relied on: rests on few answers, or on a part of its period. */
  isWeak?: boolean;
}

/** Something that happened and may be why the figure is another. */
export interface ChartMark {
  date: Date;
  /** One letter, which is explained beneath. */
  letter: string;
}

/** One or more figures are others from here on. */
export interface ChangeMark {
  date: Date;
  number: number;
  /** What changed, a line each; read where a pointer or the keyboard's focus rests on the number. */
  said: string[];
  onPress(): void;
}

interface Props {
  label: string;
  points: BandPoint[];
  /** Both ends of the time; the first and the last point unless given. */
  time?: [Date, Date] | undefined;
  /** Both ends of the figure's axis. */
  extent: [number, number];
  tick(value: number): string;
  marks?: ChartMark[];
  changes?: ChangeMark[];
  /** The same figure of something else, without a band. */
  comparison?: { date: Date; value: number }[];
  width?: number;
  height?: number;
  drawing?: Ref<SVGSVGElement>;
}

const MARGIN = { top: 10, right: 30, bottom: 24, left: 44 };
const MARKS_HEIGHT = 16;
const CHANGES_HEIGHT = 24;
const BADGE = 8.5;
const TICK_WIDTH = 95;
const TICK_HEIGHT = 42;
const DOT = 2.5;

/** At most so many places on an axis, no two of which are written alike: on a short axis the words have too few decimals. */
function distinctTicks(scale: ScaleLinear<number, number>, most: number, tick: (value: number) => string): number[] {
  const ticks = scale.ticks(most);
  const isDistinct = new Set(ticks.map(tick)).size === ticks.length;
  return isDistinct || most <= 1 ? ticks : distinctTicks(scale, most - 1, tick);
}

/** A figure over time with its confidence band. */
export function BandChart(props: Props) {
  const { label, points, time, extent, tick, marks = [], changes = [], comparison = [] } = props;
  const { width = 640, height = 200, drawing } = props;
  const format = useFormat();
  const [first, last] = time ?? [points[0]?.date, points.at(-1)?.date];
  if (!first || !last) return null;
  const changesTop = marks.length > 0 ? MARKS_HEIGHT : 0;
  const top = MARGIN.top + changesTop + (changes.length > 0 ? CHANGES_HEIGHT : 0);
  const bottom = height - MARGIN.bottom;
  const ticksUp = Math.max(2, Math.floor(height / TICK_HEIGHT));
  const x = scaleUtc([first, last], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear(extent, [bottom, top]).nice(ticksUp).clamp(true);
  const band = area<BandPoint>((point) => x(point.date), (point) => y(point.low), (point) => y(point.high));
  const middle = line<BandPoint>((point) => x(point.date), (point) => y(point.value));
  const [lowest = 0, highest = 0] = y.domain();
  const badges: PlacedChange[] = changes.map((change) => ({ ...change, x: x(change.date), y: changesTop + CHANGES_HEIGHT / 2 }));

  return (
    <div className={styles.frame}>
      <svg ref={drawing} viewBox={`0 0 ${width} ${height}`} className={styles.chart} role="img" aria-label={label}>
        {distinctTicks(y, ticksUp, tick).map((value) => (
          <g key={value} transform={`translate(0 ${y(value)})`}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} className={styles.grid} />
            <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
              {tick(value)}
            </text>
          </g>
        ))}
        {lowest < 0 && highest > 0 && (
          <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(0)} y2={y(0)} className={styles.zero} />
        )}
        {x.ticks(Math.floor(width / TICK_WIDTH)).map((value) => (
          <text key={value.getTime()} x={x(value)} y={height - 6} textAnchor="middle">
            {format.tick(value)}
          </text>
        ))}
        {marks.map(({ date, letter }) => (
          <g key={`${letter} ${date.getTime()}`} transform={`translate(${x(date)} 0)`}>
            <line y1={MARKS_HEIGHT} y2={bottom} className={styles.mark} />
            <text y={MARKS_HEIGHT - 4} textAnchor="middle" className={styles.letter}>
              {letter}
            </text>
          </g>
        ))}
        {badges.map(({ number, x: across, y: down }) => (
          <g key={number} transform={`translate(${across} ${down})`}>
            <line y1={BADGE} y2={bottom - down} className={styles.changed} />
            <circle r={BADGE} className={styles.badge} />
            <text dy="0.34em" textAnchor="middle" className={styles.number}>
              {number}
            </text>
          </g>
        ))}
        <path d={line<(typeof comparison)[number]>(({ date }) => x(date), ({ value }) => y(value))(comparison) ?? ""} className={styles.comparison} />
        <path d={band(points) ?? ""} className={styles.band} />
        <path d={middle(points) ?? ""} className={styles.middle} />
        {points.map((point) => (
          <circle
            key={point.date.getTime()}
            cx={x(point.date)}
            cy={y(point.value)}
            r={DOT}
            className={point.isWeak ? styles.weak : styles.point}
          >
            <title>{point.said}</title>
          </circle>
        ))}
      </svg>
      <ChangeButtons changes={badges} width={width} height={height} />
    </div>
  );
}
