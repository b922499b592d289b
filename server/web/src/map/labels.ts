import type { MapPoint, PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { titleOf } from "../painpoints/titleOf";

/** A name and where it stands on the map. */
export interface MapLabel {
  painPointId: string;
  name: string;
  x: number;
  y: number;
  size: number;
}

const middleOf = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Each pain point's name at the median of its mentions, the largest first. */
export function labelsOf(points: MapPoint[], painPoints: PainPoint[]): MapLabel[] {
  const members = new Map<string, MapPoint[]>();
  for (const point of points) {
    if (point.painPointId === "") continue;
    const own = members.get(point.painPointId);
    if (own) own.push(point);
    else members.set(point.painPointId, [point]);
  }
  const labels = painPoints.flatMap((painPoint) => {
    const { painPointId } = painPoint;
    const own = members.get(painPointId) ?? [];
    if (own.length === 0) return [];
    const x = middleOf(own.map((point) => point.x));
    const y = middleOf(own.map((point) => point.y));
    return [{ painPointId, name: titleOf(painPoint), x, y, size: own.length }];
  });
  return labels.sort((a, b) => b.size - a.size);
}

const LETTER_WIDTH = 6.6;
const LINE_HEIGHT = 20;
const GAP = 6;

/** Those labels that fit without covering a larger one's; places are in pixels. */
export function withoutOverlap<Placed extends { name: string; left: number; top: number }>(labels: Placed[]): Placed[] {
  const kept: Placed[] = [];
  const width = (label: Placed) => label.name.length * LETTER_WIDTH + GAP;
  for (const label of labels) {
    const covers = (other: Placed) =>
      Math.abs(label.left - other.left) < (width(label) + width(other)) / 2 &&
      Math.abs(label.top - other.top) < LINE_HEIGHT + GAP;
    if (!kept.some(covers)) kept.push(label);
  }
  return kept;
}
