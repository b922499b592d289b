import { FrictionKind } from "../gen/klartext/v1/insight_pb";
import styles from "./FrictionSign.module.css";

interface Props {
  kind: FrictionKind;
  /** Of the mentions, 0 to 1: the ring is filled so far. */
  share: number;
  x: number;
  y: number;
}

const RADIUS = 8.5;
const ROUND = 2 * Math.PI * RADIUS;

// A clock's hands, a loop, a question mark, a road that ends.
const SIGNS: Record<FrictionKind, string> = {
  [FrictionKind.UNSPECIFIED]: "",
  [FrictionKind.WAITING]: "M0 -4V0.4L2.8 2",
  [FrictionKind.REPEATED_CONTACT]: "M3.2 -1.8A3.6 3.6 0 1 0 3.5 1.1M3.6 -4.2V-1.5H0.9",
  [FrictionKind.UNCERTAINTY]: "M-2.1 -2.2A2.2 2.2 0 1 1 0.8 -0.2Q0 0.2 0 1.4M0 3.6V3.7",
  [FrictionKind.DEAD_END]: "M-3.6 -2.8H3.6M0 -2.8V4",
};

/** A kind of friction inside a drawing: its sign, and a ring that shows how many mentions tell of it. */
export function FrictionSign({ kind, share, x, y }: Props) {
  return (
    <g transform={`translate(${x} ${y})`} aria-hidden="true">
      <circle r={RADIUS} className={styles.ground} />
      <circle
        r={RADIUS}
        className={styles.ring}
        strokeDasharray={`${ROUND * share} ${ROUND}`}
        transform="rotate(-90)"
      />
      <path d={SIGNS[kind]} className={styles.sign} />
    </g>
  );
}
