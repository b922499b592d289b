import { quadtree } from "d3-quadtree";
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { Link } from "react-router";

import type { MapPoint, PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useWords } from "../i18n/useWords";
import type { Colours } from "./colouring";
import { densityOf } from "./density";
import { DensityLayer } from "./DensityLayer";
import { labelsOf, withoutOverlap } from "./labels";
import styles from "./MapCanvas.module.css";
import { PointCloud, type View } from "./PointCloud";
import { RectangleLasso } from "./RectangleLasso";
import { keyOf } from "./useMap";
import { mapWords } from "./words";

const NEAR = 12;
const STEP = 60;
const CLOSER = 1.25;
// Of a point when none stands out, of those that do, and of the others.
const USUAL = 235;
const OPAQUE = 255;
const FAINT = 40;
const FEW = 3_000;
// So long after the last step of a movement it has come to rest.
const REST_MS = 120;

/** What a drag does, or, by keyboard, the arrow keys: the rectangle is the lasso of those who use the keyboard. */
export type Tool = "move" | "lasso" | "rectangle";

interface Props {
  points: MapPoint[];
  painPoints: PainPoint[];
  colours: Colours;
  /** The points that stand out; nothing when all do. */
  chosen: Set<string> | undefined;
  view: View;
  width: number;
  height: number;
  tool: Tool;
  onMove(right: number, down: number): void;
  onZoom(factor: number, left?: number, top?: number): void;
  onLasso(points: MapPoint[]): void;
  onTool(tool: Tool): void;
  onLook(point: MapPoint): void;
}

/** Whether a place lies inside a drawn line that is closed. */
function isInside(x: number, y: number, outline: [number, number][]): boolean {
  let inside = false;
  outline.forEach(([ax, ay], at) => {
    const [bx, by] = outline[(at + 1) % outline.length] ?? [ax, ay];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/** The points, and the names above them. */
export function MapCanvas(props: Props) {
  const { points, painPoints, colours, chosen, view, width, height, tool } = props;
  const { onMove, onZoom, onLasso, onTool, onLook } = props;
  const words = useWords(mapWords);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cloud, setCloud] = useState<PointCloud>();
  const [failed, setFailed] = useState(false);
  const [outline, setOutline] = useState<[number, number][]>([]);
  const grip = useRef<{ left: number; top: number; moved: number }>(undefined);

  useEffect(() => {
    if (!canvas.current) return;
    try {
      setCloud(new PointCloud(canvas.current));
    } catch {
      setFailed(true);
    }
  }, []);

  const tree = useMemo(() => quadtree(points, (point) => point.x, (point) => point.y), [points]);
  const density = useMemo(() => densityOf(points), [points]);
  const labels = useMemo(() => labelsOf(points, painPoints), [points, painPoints]);

  useEffect(() => {
    if (!cloud) return;
    cloud.setPlaces(new Float32Array(points.flatMap(({ x, y }) => [x, y])));
  }, [cloud, points]);

  useEffect(() => {
    if (!cloud) return;
    const bytes = new Uint8Array(points.length * 4);
    points.forEach((point, index) => {
      bytes.set(colours.of(point).colour, index * 4);
      const chosenOpacity = chosen?.has(keyOf(point)) ? OPAQUE : FAINT;
      bytes[index * 4 + 3] = chosen ? chosenOpacity : USUAL;
    });
    cloud.setColours(bytes);
  }, [cloud, points, colours, chosen]);

  useEffect(() => {
    if (!cloud || width === 0) return;
    const draw = (isMoving: boolean) => cloud.draw(view, width, height, points.length > FEW ? 4 : 8, isMoving);
    const frame = requestAnimationFrame(() => draw(true));
    const rest = setTimeout(() => draw(false), REST_MS);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(rest);
    };
  }, [cloud, points, colours, chosen, view, width, height]);

  // React listens to the wheel passively, and the page would scroll.
  useEffect(() => {
    const element = canvas.current;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      onZoom(CLOSER ** (-event.deltaY / 100), event.offsetX, event.offsetY);
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, [onZoom]);

  const placeOf = (left: number, top: number): [number, number] => [
    view.x + (left - width / 2) / view.scale,
    view.y - (top - height / 2) / view.scale,
  ];
  const pixelsOf = ({ x, y }: { x: number; y: number }) => ({
    left: width / 2 + (x - view.x) * view.scale,
    top: height / 2 - (y - view.y) * view.scale,
  });

  const grab = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const { offsetX: left, offsetY: top } = event.nativeEvent;
    grip.current = { left, top, moved: 0 };
    if (tool === "rectangle") onTool("lasso");
    if (tool !== "move") setOutline([[left, top]]);
  };
  const drag = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = grip.current;
    if (!held) return;
    const { offsetX: left, offsetY: top } = event.nativeEvent;
    const [right, down] = [left - held.left, top - held.top];
    grip.current = { left, top, moved: held.moved + Math.abs(right) + Math.abs(down) };
    if (tool === "lasso") setOutline((before) => [...before, [left, top]]);
    else onMove(right, down);
  };
  const release = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = grip.current;
    grip.current = undefined;
    if (!held) return;
    const { offsetX: left, offsetY: top } = event.nativeEvent;
    if (held.moved < NEAR / 2) {
      const [x, y] = placeOf(left, top);
      const near = tree.find(x, y, NEAR / view.scale);
      if (near) onLook(near);
    } else if (tool === "lasso") {
      const around = outline.map(([across, along]) => placeOf(across, along));
      onLasso(points.filter(({ x, y }) => isInside(x, y, around)));
    }
    setOutline([]);
  };

  const backToMap = () => canvas.current?.focus();

  const placed = labels
    .map((label) => ({ ...label, ...pixelsOf(label) }))
    .filter(({ left, top }) => left > 0 && left < width && top > 0 && top < height);

  if (failed) return <p role="alert">{words.noWebGl}</p>;
  return (
    <div className={styles.map} data-tool={tool}>
      {density && <DensityLayer density={density} view={view} width={width} height={height} />}
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={words.chart}
        tabIndex={0}
        onPointerDown={grab}
        onPointerMove={drag}
        onPointerUp={release}
        onKeyDown={(event) => {
          if (tool === "lasso" && event.key.startsWith("Arrow")) {
            event.preventDefault();
            onTool("rectangle");
            return;
          }
          const moves: Record<string, () => void> = {
            ArrowLeft: () => onMove(STEP, 0),
            ArrowRight: () => onMove(-STEP, 0),
            ArrowUp: () => onMove(0, STEP),
            ArrowDown: () => onMove(0, -STEP),
            "+": () => onZoom(CLOSER),
            "-": () => onZoom(1 / CLOSER),
          };
          const move = moves[event.key];
          if (!move) return;
          event.preventDefault();
          move();
        }}
      />
      <ul className={styles.labels} aria-label={words.labels}>
        {withoutOverlap(placed).map(({ painPointId, name, left, top }) => (
          <li key={painPointId} style={{ left, top }}>
            <Link to={`/pain-points/${painPointId}`}>{name}</Link>
          </li>
        ))}
      </ul>
      {outline.length > 1 && (
        <svg className={styles.outline} aria-hidden="true">
          <polygon points={outline.map((place) => place.join(",")).join(" ")} />
        </svg>
      )}
      {tool === "rectangle" && (
        <RectangleLasso
          width={width}
          height={height}
          within={(left, top, right, bottom) => {
            const [[west, north], [east, south]] = [placeOf(left, top), placeOf(right, bottom)];
            return points.filter(({ x, y }) => x >= west && x <= east && y >= south && y <= north);
          }}
          onGather={(within) => {
            backToMap();
            onLasso(within);
          }}
          onCancel={() => {
            backToMap();
            onTool("move");
          }}
          onZoom={onZoom}
        />
      )}
    </div>
  );
}
