import { FrictionKind } from "../gen/klartext/v1/insight_pb";
import type { Estimate, Figures, PeriodChange } from "../gen/klartext/v1/journey_pb";

/** The figures that can be followed, by the name they have in an address. */
export const FIGURES = [
  "net_sentiment",
  "nps",
  "csat",
  "mentions",
  "waiting",
  "repeated_contact",
  "uncertainty",
  "dead_end",
] as const;
export type Figure = (typeof FIGURES)[number];

const FRICTIONS: Partial<Record<Figure, FrictionKind>> = {
  waiting: FrictionKind.WAITING,
  repeated_contact: FrictionKind.REPEATED_CONTACT,
  uncertainty: FrictionKind.UNCERTAINTY,
  dead_end: FrictionKind.DEAD_END,
};
const WEAK_BELOW = 30;
// Of a normal distribution, for 95 %.
const Z = 1.96;

export function frictionOf(figure: Figure): FrictionKind | undefined {
  return FRICTIONS[figure];
}

/** A figure with its interval and what it rests on. */
export interface Measured {
  value: number;
  low: number;
  high: number;
  count: number;
  few: boolean;
}

function ofEstimate(estimate: Estimate | undefined): Measured | undefined {
  return estimate && { ...estimate, count: Number(estimate.count) };
}

/** After Wilson, which stays within 0 and 1. */
function ofShare(part: number, whole: number): Measured | undefined {
  if (whole === 0) return undefined;
  const share = part / whole;
  const middle = (share + Z ** 2 / (2 * whole)) / (1 + Z ** 2 / whole);
  const reach = (Z / (1 + Z ** 2 / whole)) * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2));
  return {
    value: share,
    low: Math.min(share, middle - reach),
    high: Math.max(share, middle + reach),
    count: whole,
    few: whole < WEAK_BELOW,
  };
}

/** A figure of a row or of one of its periods; nothing where there is nothing to make it from. */
export function measured(figure: Figure, figures: Figures | undefined): Measured | undefined {
  if (!figures) return undefined;
  const mentions = Number(figures.mentions);
  const friction = FRICTIONS[figure];
  if (friction !== undefined) {
    const rate = figures.frictions.find(({ kind }) => kind === friction);
    return ofShare(Number(rate?.mentions ?? 0), mentions);
  }
  switch (figure) {
    case "nps":
      return ofEstimate(figures.nps);
    case "csat":
      return ofEstimate(figures.csat);
    case "mentions":
      return { value: mentions, low: mentions, high: mentions, count: mentions, few: false };
    default:
      return ofEstimate(figures.netSentiment);
  }
}

/** Against the period before, where the service tests it. */
export function changeOf(figure: Figure, change: PeriodChange | undefined) {
  switch (figure) {
    case "net_sentiment":
      return change?.netSentiment;
    case "nps":
      return change?.nps;
    case "csat":
      return change?.csat;
    default:
      return undefined;
  }
}

const SCALES: Partial<Record<Figure, [number, number]>> = { net_sentiment: [-100, 100], nps: [-100, 100], csat: [1, 5] };

/** An axis on which every figure that can be relied on has room, with its interval; the same for all charts of a view. */
export function extentOf(figure: Figure, all: Measured[]): [number, number] {
  const sure = all.some(({ few }) => !few) ? all.filter(({ few }) => !few) : all;
  const whole = SCALES[figure];
  if (sure.length === 0) return whole ?? [0, 1];
  const [low, high] = [Math.min(...sure.map((one) => one.low)), Math.max(...sure.map((one) => one.high))];
  if (!whole) return [0, Math.max(high, Number.EPSILON)];
  return [Math.max(low, whole[0]), Math.min(Math.max(high, low + Number.EPSILON), whole[1])];
}
