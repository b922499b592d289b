import { useEffect, useRef } from "react";

import { CELLS, type Density } from "./density";
import styles from "./MapCanvas.module.css";
import type { View } from "./PointCloud";

const STRONGEST = 120;

interface Props {
  density: Density;
  view: View;
  width: number;
  height: number;
}

/** A shade under the points, darker where there are many. The browser stretches the grid and smooths it. */
export function DensityLayer({ density, view, width, height }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const picture = context.createImageData(CELLS, CELLS);
    density.cells.forEach((cell, index) => {
      picture.data.set([120, 130, 130, cell * STRONGEST], index * 4);
    });
    context.putImageData(picture, 0, 0);
  }, [density]);

  const side = density.side * view.scale;
  const left = width / 2 + (density.left - view.x) * view.scale;
  const top = height / 2 - (density.top - view.y) * view.scale;
  return (
    <canvas
      ref={canvas}
      width={CELLS}
      height={CELLS}
      className={styles.density}
      style={{ width: side, height: side, transform: `translate(${left}px, ${top}px)` }}
      aria-hidden="true"
    />
  );
}
