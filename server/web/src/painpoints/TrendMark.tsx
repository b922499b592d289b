import type { TrendTest } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import styles from "./TrendMark.module.css";
import { painPointWords } from "./words";

const CERTAIN = 0.05;

/** Rising or falling, as far as it is more than chance. */
export function TrendMark({ trend }: { trend: TrendTest | undefined }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  if (!trend || trend.pValue > CERTAIN) return <span className={styles.steady}>{words.steady}</span>;
  const isRising = trend.slope > 0;
  return (
    <span className={classes(styles.mark, isRising ? styles.rising : styles.falling)}>
      <span aria-hidden="true">{isRising ? "↗" : "↘"}</span> {words.slope(format.signed(trend.slope))}
    </span>
  );
}
