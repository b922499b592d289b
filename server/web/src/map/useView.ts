import { useCallback, useMemo, useState } from "react";

import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import type { View } from "./PointCloud";

const MARGIN = 0.9;
const MAX_CLOSER = 60;
const DEFAULT_VIEW: View = { x: 0, y: 0, scale: 40 };

/** The view in which all points are in sight. */
function wholeOf(points: MapPoint[], width: number, height: number): View {
  if (points.length === 0 || width === 0) return DEFAULT_VIEW;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  const scale = MARGIN * Math.min(width / Math.max(right - left, 1e-3), height / Math.max(top - bottom, 1e-3));
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale };
}

/** Where the map is looked at, and how to move there. */
export function useView(points: MapPoint[], width: number, height: number) {
  const whole = useMemo(() => wholeOf(points, width, height), [points, width, height]);
  const [chosen, setChosen] = useState<View>();
  const view = chosen ?? whole;

  const move = useCallback(
    (right: number, down: number) =>
      setChosen((before = whole) => ({
        ...before,
        x: before.x - right / before.scale,
        y: before.y + down / before.scale,
      })),
    [whole],
  );
  /** Around a place in pixels, which stays where it is. */
  const zoom = useCallback(
    (factor: number, left = width / 2, top = height / 2) =>
      setChosen((before = whole) => {
        const scale = Math.min(Math.max(before.scale * factor, whole.scale / 2), whole.scale * MAX_CLOSER);
        const change = 1 / before.scale - 1 / scale;
        return { x: before.x + (left - width / 2) * change, y: before.y - (top - height / 2) * change, scale };
      }),
    [whole, width, height],
  );
  const showAll = useCallback(() => setChosen(undefined), []);
  return { view, move, zoom, showAll };
}
