import { Meter } from "react-aria-components";

import { useFormat } from "../i18n/format";
import { classes } from "./classes";
import styles from "./ScoreBar.module.css";

interface Props {
  label: string;
  /** 0 to 1. */
  value: number;
  look?: "severity" | "hiddenness";
}

/** A figure of 0 to 1 as a bar and a number. */
export function ScoreBar({ label, value, look = "severity" }: Props) {
  const format = useFormat();
  return (
    <Meter className={styles.meter ?? ""} aria-label={label} value={value} maxValue={1} valueLabel={format.score(value)}>
      {({ percentage, valueText }) => (
        <>
          <span className={styles.track}>
            <span className={classes(styles.fill, styles[look])} style={{ width: `${percentage}%` }} />
          </span>
          <span>{valueText}</span>
        </>
      )}
    </Meter>
  );
}
