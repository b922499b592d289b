import type { Ref } from "react";
import { Link } from "react-router";

import { DriverKind, DriverQuadrant, type Driver } from "../gen/klartext/v1/journey_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import styles from "./DriverScatter.module.css";
import type { PlacedDriver, Scatter } from "./scatter";
import { driversWords } from "./words";

interface Props {
  scatter: Scatter;
  drawing: Ref<SVGSVGElement>;
  address(driver: Driver): string;
}

const HIT = 24;
const CORNER = 10;

/** Importance to the right, fulfilment upwards: what lies right and low is to be improved first. */
export function DriverScatter({ scatter, drawing, address }: Props) {
  const words = useWords(driversWords);
  const format = useFormat();
  const { width, height, inner, importance, fulfilment, ticksAcross, ticksUp, placed } = scatter;
  // An interval of few answers is as wide as the chart and says only that they are few.
  const sure = placed.filter(({ driver }) => !driver.few);
  const corner = (quadrant: DriverQuadrant, x: number, y: number, anchor: "start" | "end") => (
    <text x={x} y={y} textAnchor={anchor} className={styles.corner}>
      {words.quadrants[quadrant]}
    </text>
  );
  return (
    <svg ref={drawing} width={width} height={height} className={styles.chart} role="group" aria-label={words.chart}>
      <rect
        x={importance}
        y={fulfilment}
        width={Math.max(0, inner.right - importance)}
        height={Math.max(0, inner.bottom - fulfilment)}
        className={styles.improve}
      />
      {ticksUp.map(({ value, y }) => (
        <g key={value}>
          <line x1={inner.left} x2={inner.right} y1={y} y2={y} className={styles.grid} />
          <text x={inner.left - 8} y={y} dy="0.32em" textAnchor="end">
            {format.points(value)}
          </text>
        </g>
      ))}
      {ticksAcross.map(({ value, x }) => (
        <text key={value} x={x} y={inner.bottom + 16} textAnchor="middle">
          {format.decimal(value)}
        </text>
      ))}
      <line x1={importance} x2={importance} y1={inner.top} y2={inner.bottom} className={styles.threshold} />
      <line x1={inner.left} x2={inner.right} y1={fulfilment} y2={fulfilment} className={styles.threshold} />
      {corner(DriverQuadrant.OVERDONE, inner.left + CORNER, inner.top + CORNER + 8, "start")}
      {corner(DriverQuadrant.KEEP, inner.right - CORNER, inner.top + CORNER + 8, "end")}
      {corner(DriverQuadrant.WATCH, inner.left + CORNER, inner.bottom - CORNER, "start")}
      {corner(DriverQuadrant.IMPROVE, inner.right - CORNER, inner.bottom - CORNER, "end")}
      <text x={inner.right} y={height - 8} textAnchor="end" className={styles.axis}>
        {words.importance} →
      </text>
      <text x={inner.left - 46} y={14} className={styles.axis}>
        ↑ {words.fulfilment}
      </text>
      {sure.map((one) => (
        <line
          key={`${one.driver.kind} ${one.driver.value}`}
          x1={one.low}
          x2={one.high}
          y1={one.y}
          y2={one.y}
          className={styles.interval}
        />
      ))}
      {placed.map((one) => (
        <Point key={`${one.driver.kind} ${one.driver.value}`} placed={one} to={address(one.driver)} />
      ))}
    </svg>
  );
}

function Point({ placed, to }: { placed: PlacedDriver; to: string }) {
  const words = useWords(driversWords);
  const format = useFormat();
  const { driver, name, x, y, radius, label } = placed;
  const importance = format.decimal(driver.importance?.value ?? 0);
  const fulfilment = driver.fulfilment ? format.points(driver.fulfilment.value) : "–";
  const said = words.point(name, words.quadrants[driver.quadrant], importance, fulfilment);
  return (
    <Link to={to} className={styles.link} aria-label={said}>
      <title>{driver.few ? `${said}, ${words.few}` : said}</title>
      <rect x={x - HIT / 2} y={y - HIT / 2} width={HIT} height={HIT} className={styles.hit} />
      <path
        d={signOf(driver.kind, radius)}
        transform={`translate(${x} ${y})`}
        className={classes(styles.point, driver.quadrant === DriverQuadrant.IMPROVE && styles.urgent, driver.few && styles.few)}
      />
      {label && (
        <text x={label.x} y={label.y} dy="0.35em" textAnchor={label.anchor} className={styles.name}>
          {label.text}
        </text>
      )}
    </Link>
  );
}

/** A circle, a square, a triangle or a diamond: which kind of driver it is, without colour. */
export function signOf(kind: DriverKind, radius: number): string {
  switch (kind) {
    case DriverKind.TOPIC:
      return `M${-radius} ${-radius}H${radius}V${radius}H${-radius}Z`;
    case DriverKind.FRICTION:
      return `M0 ${-radius * 1.2}L${radius * 1.1} ${radius * 0.8}H${-radius * 1.1}Z`;
    case DriverKind.HANDOVER:
      return `M0 ${-radius * 1.3}L${radius * 1.3} 0L0 ${radius * 1.3}L${-radius * 1.3} 0Z`;
    default:
      return `M${-radius} 0A${radius} ${radius} 0 1 0 ${radius} 0A${radius} ${radius} 0 1 0 ${-radius} 0Z`;
  }
}
