import { Label, ProgressBar } from "react-aria-components";

import styles from "./Progress.module.css";

interface Props {
  label: string;
  done: number;
  total: number;
  /** How far it is, in words. */
  said: string;
}

export function Progress({ label, done, total, said }: Props) {
  return (
    <ProgressBar value={done} maxValue={Math.max(total, 1)} valueLabel={said} className={styles.progress ?? ""}>
      {({ percentage }) => (
        <>
          <Label>{label}</Label>
          <span>{said}</span>
          <span className={styles.track}>
            <span className={styles.fill} style={{ width: `${percentage}%` }} />
          </span>
        </>
      )}
    </ProgressBar>
  );
}
