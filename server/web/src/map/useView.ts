import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";

import { useIsHere } from "../app/useIsHere";
import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import type { View } from "./PointCloud";

const MARGIN = 0.9;
const MAX_CLOSER = 60;
const DEFAULT_VIEW: View = { x: 0, y: 0, scale: 40 };
const PARAMETER = "at";
const DECIMALS = 3;
// Addresses may not be rewritten at every step of a movement: browsers count.
const REST_MS = 300;

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

/** "x,y,scale"; nothing when it is no view. */
function readView(text: string): View | undefined {
  const [x, y, scale] = text.split(",").map(Number);
  if (x === undefined || y === undefined || scale === undefined) return undefined;
  return [x, y, scale].every(Number.isFinite) && scale > 0 ? { x, y, scale } : undefined;
}

function writeView({ x, y, scale }: View): string {
  return [x, y, scale].map((number) => Number(number.toFixed(DECIMALS))).join(",");
}

/** Where the map is looked at, and how to move there. The address follows when a movement has come to rest. */
export function useView(points: MapPoint[], width: number, height: number) {
  const isHere = useIsHere();
  const [parameters, setParameters] = useSearchParams();
  const whole = useMemo(() => wholeOf(points, width, height), [points, width, height]);
  const [chosen, setChosen] = useState(() => readView(parameters.get(PARAMETER) ?? ""));
  const view = chosen ?? whole;

  const written = chosen ? writeView(chosen) : "";
  const isWritten = (parameters.get(PARAMETER) ?? "") === written;
  useEffect(() => {
    if (isWritten) return;
    const timer = setTimeout(() => {
      if (!isHere()) return;
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (written === "") after.delete(PARAMETER);
          else after.set(PARAMETER, written);
          return after;
        },
        { replace: true },
      );
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [isWritten, written, isHere, setParameters]);

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
