import { scaleLinear, scaleSqrt } from "d3-scale";

import type { Driver } from "../gen/klartext/v1/journey_pb";
import { shortened, widthOf } from "../ui/wrapText";

const MARGIN = { top: 26, right: 24, bottom: 44, left: 58 };
const SMALLEST = 4;
const LARGEST = 13;
const HEADROOM = 1.08;
// In points of net sentiment.
const ROOM_UP = 18;
const CORNER = { width: 110, height: 26 };
const LABEL_GAP = 4;
const LABEL_HEIGHT = 15;
const LABEL_ROOM = 190;
const TICKS_ACROSS = 6;
const TICKS_UP = 5;
const FONT = '600 12px "Schibsted Grotesk Variable"';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface PlacedDriver {
  driver: Driver;
  name: string;
  x: number;
  y: number;
  low: number;
  high: number;
  radius: number;
  /** Where its name has room without covering anything; nothing when there is none. */
  label: { text: string; x: number; y: number; anchor: "start" | "end" } | undefined;
}

export interface Scatter {
  width: number;
  height: number;
  inner: Box;
  /** Where the quadrants meet. */
  importance: number;
  fulfilment: number;
  ticksAcross: { value: number; x: number }[];
  ticksUp: { value: number; y: number }[];
  placed: PlacedDriver[];
}

const cover = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Places drivers by importance (to the right) and fulfilment (upwards), the most important names first. */
export function scatterOf(
  drivers: { driver: Driver; name: string }[],
  thresholds: { importance: number; fulfilment: number },
  width: number,
  height: number,
): Scatter {
  const inner = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const sure = drivers.filter(({ driver }) => !driver.few);
  const ends = (sure.length > 0 ? sure : drivers).map(({ driver }) => driver.importance?.high ?? 0);
  const x = scaleLinear([0, Math.max(...ends, thresholds.importance, Number.EPSILON) * HEADROOM], [inner.left, inner.right]).clamp(true);
  const fulfilments = drivers.map(({ driver }) => driver.fulfilment?.value ?? 0);
  const lowest = Math.max(-100, Math.min(...fulfilments, thresholds.fulfilment) - ROOM_UP);
  const highest = Math.min(100, Math.max(...fulfilments, thresholds.fulfilment) + ROOM_UP);
  const y = scaleLinear([lowest, highest], [inner.bottom, inner.top]);
  const radius = scaleSqrt([0, Math.max(1, ...drivers.map(({ driver }) => Number(driver.comments)))], [SMALLEST, LARGEST]);

  const points = drivers.map(({ driver, name }) => ({
    driver,
    name,
    x: x(driver.importance?.value ?? 0),
    y: y(driver.fulfilment?.value ?? 0),
    low: x(driver.importance?.low ?? 0),
    high: x(driver.importance?.high ?? 0),
    radius: radius(Number(driver.comments)),
  }));
  // The names of the quadrants stand in the corners.
  const corners = [inner.left, inner.right - CORNER.width].flatMap((left) =>
    [inner.top, inner.bottom - CORNER.height].map((top) => ({
      left,
      right: left + CORNER.width,
      top,
      bottom: top + CORNER.height,
    })),
  );
  const taken: Box[] = points.map((point) => ({
    left: point.x - point.radius,
    right: point.x + point.radius,
    top: point.y - point.radius,
    bottom: point.y + point.radius,
  }));
  taken.push(...corners);
  const placed = points.map((point): PlacedDriver => {
    const text = shortened(point.name, FONT, LABEL_ROOM);
    const room = widthOf(text, FONT);
    const reach = point.radius + LABEL_GAP;
    const places = [
      { x: point.x + reach, y: point.y, anchor: "start" as const },
      { x: point.x - reach, y: point.y, anchor: "end" as const },
      { x: point.x + reach / 2, y: point.y - reach - LABEL_HEIGHT / 2, anchor: "start" as const },
      { x: point.x + reach / 2, y: point.y + reach + LABEL_HEIGHT / 2, anchor: "start" as const },
    ];
    for (const place of places) {
      const left = place.anchor === "start" ? place.x : place.x - room;
      const box = { left, right: left + room, top: place.y - LABEL_HEIGHT / 2, bottom: place.y + LABEL_HEIGHT / 2 };
      const isInside = box.left > inner.left && box.right < inner.right + MARGIN.right && box.top > inner.top && box.bottom < inner.bottom;
      if (!isInside || taken.some((other) => cover(other, box))) continue;
      taken.push(box);
      return { ...point, label: { text, ...place } };
    }
    return { ...point, label: undefined };
  });
  return {
    width,
    height,
    inner,
    importance: x(thresholds.importance),
    fulfilment: y(thresholds.fulfilment),
    ticksAcross: x.ticks(TICKS_ACROSS).map((value) => ({ value, x: x(value) })),
    ticksUp: y.ticks(TICKS_UP).map((value) => ({ value, y: y(value) })),
    placed,
  };
}
