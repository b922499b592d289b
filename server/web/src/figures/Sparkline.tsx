import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

import type { PeriodFigures } from "../gen/klartext/v1/journey_pb";
import styles from "./Sparkline.module.css";

interface Props {
  periods: PeriodFigures[];
  x: number;
  y: number;
  width: number;
  height: number;
}

const DOT = 2.2;

/** Net sentiment from period to period, as a small line around 0 inside a drawing. */
export function Sparkline({ periods, x, y, width, height }: Props) {
  const across = scaleLinear([0, Math.max(1, periods.length - 1)], [x + DOT, x + width - DOT]);
  const up = scaleLinear([-100, 100], [y + height - DOT, y + DOT]);
  const measured = periods.flatMap(({ figures }, at) => {
    const value = figures?.netSentiment?.value;
    return value === undefined ? [] : [{ at, value }];
  });
  const path = line<(typeof measured)[number]>(({ at }) => across(at), ({ value }) => up(value))(measured);
  const last = measured.at(-1);
  return (
    <g aria-hidden="true">
      <line x1={x} x2={x + width} y1={up(0)} y2={up(0)} className={styles.zero} />
      {path && <path d={path} className={styles.line} />}
      {last && <circle cx={across(last.at)} cy={up(last.value)} r={DOT} className={styles.dot} />}
    </g>
  );
}
