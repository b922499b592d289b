import { Button, Tooltip, TooltipTrigger } from "react-aria-components";

import type { ChangeMark } from "./BandChart";
import styles from "./ChangeButtons.module.css";

const DELAY_MS = 150;

/** A change and where its number stands in the drawing. */
export interface PlacedChange extends ChangeMark {
  x: number;
  y: number;
}

interface Props {
  changes: PlacedChange[];
  /** The drawing's own size, which the page stretches. */
  width: number;
  height: number;
}

/** Lies over a chart's numbers, so that a pointer and the keyboard reach them: what a drawing holds is one picture to a screen reader. */
export function ChangeButtons({ changes, width, height }: Props) {
  return changes.map(({ number, said, x, y, onPress }) => (
    <TooltipTrigger key={number} delay={DELAY_MS}>
      <Button
        className={styles.button ?? ""}
        style={{ left: `${(x / width) * 100}%`, top: `${(y / height) * 100}%` }}
        aria-label={`${number}: ${said.join("; ")}`}
        onPress={onPress}
      />
      <Tooltip className={styles.tooltip ?? ""} offset={4}>
        {said.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </Tooltip>
    </TooltipTrigger>
  ));
}
