import type { Box, Layout, PlacedCard } from "./layout";

type Place = [x: number, y: number];

/** A line from one card to another, as a cubic Bézier curve. */
export interface Curve {
  start: Place;
  first: Place;
  second: Place;
  end: Place;
  /** 1 when it arrives from the left, -1 from the right. */
  direction: 1 | -1;
}

const MIN_REACH = 26;
const ARROW_LENGTH = 7;

/** How a line leaves and reaches cards: by the sides that face each other, or both by the right side in one column. */
export function curveOf(from: PlacedCard, to: PlacedCard, startY: number, endY: number, gutter: number): Curve {
  const forward = to.column > from.column;
  const same = to.column === from.column;
  const startX = forward || same ? from.x + from.width : from.x;
  const edgeX = forward ? to.x : to.x + to.width;
  const direction = forward ? 1 : -1;
  const endX = edgeX - direction * ARROW_LENGTH;
  const reach = same ? gutter * 0.72 : Math.max(MIN_REACH, Math.abs(endX - startX) * 0.42);
  const out = forward || same ? reach : -reach;
  return {
    start: [startX, startY],
    first: [startX + out, startY],
    second: [endX - direction * reach, endY],
    end: [endX, endY],
    direction,
  };
}

export function pathOf({ start, first, second, end }: Curve): string {
  return `M${start.join(" ")}C${[first, second, end].map((place) => place.join(" ")).join(",")}`;
}

/** The head of the arrow at the curve's end. */
export function arrowOf({ end: [x, y], direction }: Curve, weight: number): string {
  const half = Math.max(4.5, weight * 0.9);
  return `M${x + direction * ARROW_LENGTH} ${y}L${x} ${y - half}V${y + half}Z`;
}

/** The place at a share of the way, 0 to 1. */
export function placeAt({ start, first, second, end }: Curve, share: number): Place {
  const rest = 1 - share;
  const at = (axis: 0 | 1) =>
    rest ** 3 * start[axis] + 3 * rest ** 2 * share * first[axis] + 3 * rest * share ** 2 * second[axis] + share ** 3 * end[axis];
  return [at(0), at(1)];
}

const HALVINGS = 12;

/** The place so many pixels before the curve's end, or after its start, where neither card covers it. */
export function placeNear(curve: Curve, end: "start" | "end", distance: number): Place {
  const [edge] = curve[end];
  let [inner, outer] = end === "end" ? [1, 0.5] : [0, 0.5];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const between = (inner + outer) / 2;
    if (Math.abs(placeAt(curve, between)[0] - edge) < distance) inner = between;
    else outer = between;
  }
  return placeAt(curve, inner);
}

/** Where lines touch a side of a card so that none lies on another: those that come from above touch above. */
export function portsOf(card: Box, others: { key: string; y: number }[]): Map<string, number> {
  const sorted = [...others].sort((a, b) => a.y - b.y);
  const step = card.height / (sorted.length + 1);
  return new Map(sorted.map(({ key }, at) => [key, card.y + step * (at + 1)]));
}

/** A mark that hangs on a line. */
export interface Hanger {
  key: string;
  x: number;
  y: number;
}

const LEAST_DISTANCE = 26;
const ROUNDS = 40;

/** Pushes marks apart that would cover each other, up and down, inside the drawing. */
export function apart(hangers: Hanger[], { height, gutter }: Layout): Hanger[] {
  const moved = hangers.map((hanger) => ({ ...hanger }));
  for (let round = 0; round < ROUNDS; round += 1) {
    moved.sort((a, b) => a.y - b.y);
    moved.forEach((upper, at) => {
      for (const lower of moved.slice(at + 1)) {
        if (Math.abs(lower.x - upper.x) > gutter * 0.8) continue;
        const missing = LEAST_DISTANCE - (lower.y - upper.y);
        if (missing <= 0) continue;
        upper.y -= missing / 2;
        lower.y += missing / 2;
      }
    });
  }
  const [top, bottom] = [LEAST_DISTANCE / 2, height - LEAST_DISTANCE / 2];
  return moved.map((hanger) => ({ ...hanger, y: Math.min(Math.max(hanger.y, top), bottom) }));
}
