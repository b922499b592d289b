import { useEffect, useRef, useState, type KeyboardEvent } from "react";

import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./RectangleLasso.module.css";
import { mapWords } from "./words";

const STEP = 20;
const LEAST = 20;

/** In pixels, from the map's left upper corner. */
interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Props {
  /** Of the map, in pixels. */
  width: number;
  height: number;
  /** The points between two corners, the left upper and the right lower one, in pixels. */
  within(left: number, top: number, right: number, bottom: number): MapPoint[];
  onGather(points: MapPoint[]): void;
  onCancel(): void;
  onZoom(factor: number): void;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};
const CLOSER: Record<string, number> = { "+": 1.25, "-": 1 / 1.25 };

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most));

/** The lasso by keyboard: arrow keys move a rectangle, with Shift its right lower corner, Enter gathers what is in it. */
export function RectangleLasso({ width, height, within, onGather, onCancel, onZoom }: Props) {
  const words = useWords(mapWords);
  const format = useFormat();
  const element = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Rectangle>({ left: width / 4, top: height / 4, width: width / 2, height: height / 2 });
  useEffect(() => element.current?.focus(), []);
  const points = within(drawn.left, drawn.top, drawn.left + drawn.width, drawn.top + drawn.height);

  const shift = ([right, down]: [number, number], isSizing: boolean) =>
    setDrawn((before) =>
      isSizing
        ? {
            ...before,
            width: clamp(before.width + right, LEAST, width - before.left),
            height: clamp(before.height + down, LEAST, height - before.top),
          }
        : {
            ...before,
            left: clamp(before.left + right, 0, width - before.width),
            top: clamp(before.top + down, 0, height - before.height),
          },
    );
  const press = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    const closer = CLOSER[event.key];
    if (direction) shift(direction, event.shiftKey);
    else if (closer) onZoom(closer);
    else if (event.key === "Enter" && points.length > 0) onGather(points);
    else if (event.key === "Escape") onCancel();
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div
        ref={element}
        className={styles.rectangle}
        style={drawn}
        role="application"
        aria-label={words.rectangle}
        tabIndex={0}
        onKeyDown={press}
      />
      <div className={styles.help}>
        <p role="status">{words.inRectangle(format.count(points.length))}</p>
        <p>{words.rectangleKeys}</p>
      </div>
    </>
  );
}
