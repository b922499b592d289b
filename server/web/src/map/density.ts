import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";

/** How densely the mentions lie: one cell of a square grid after the other, row by row from above, each 0 to 1. */
export interface Density {
  cells: Float32Array;
  /** Where the grid lies on the map: its left upper corner, and how long its sides are. */
  left: number;
  top: number;
  side: number;
}

/** Cells along a side. */
export const CELLS = 96;

// Three box blurs come close to a Gaussian.
const BLURS = 3;
const REACH = 2;
const MARGIN = 0.08;

function blurredAlong(cells: Float32Array, step: number, across: number): Float32Array {
  const blurred = new Float32Array(cells.length);
  for (let line = 0; line < CELLS; line += 1) {
    for (let at = 0; at < CELLS; at += 1) {
      let sum = 0;
      for (let near = Math.max(0, at - REACH); near <= Math.min(CELLS - 1, at + REACH); near += 1) {
        sum += cells[line * across + near * step] ?? 0;
      }
      blurred[line * across + at * step] = sum / (2 * REACH + 1);
    }
  }
  return blurred;
}

/** Counts the points in each cell and smooths the counts; the root makes the thin places visible beside the thick. */
export function densityOf(points: MapPoint[]): Density | undefined {
  if (points.length === 0) return undefined;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  const side = Math.max(right - left, top - bottom, 1e-3) * (1 + 2 * MARGIN);
  const corner = { left: (left + right - side) / 2, top: (top + bottom + side) / 2 };
  let cells: Float32Array = new Float32Array(CELLS * CELLS);
  for (const { x, y } of points) {
    const column = Math.floor(((x - corner.left) / side) * CELLS);
    const row = Math.floor(((corner.top - y) / side) * CELLS);
    const cell = row * CELLS + column;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  for (let blur = 0; blur < BLURS; blur += 1) {
    cells = blurredAlong(blurredAlong(cells, 1, CELLS), CELLS, 1);
  }
  const largest = cells.reduce((most, cell) => Math.max(most, cell), 0);
  return { cells: cells.map((cell) => Math.sqrt(cell / largest)), ...corner, side };
}
