import { Meter } from "react-aria-components";

import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import styles from "./SeverityBar.module.css";

/** How much it hurts, 0 to 1, as a bar and a number. */
export function SeverityBar({ severity }: { severity: number }) {
  const messages = useMessages();
  const format = useFormat();
  return (
    <Meter
      className={styles.meter ?? ""}
      aria-label={messages.detail.severity}
      value={severity}
      maxValue={1}
      valueLabel={format.decimal(severity)}
    >
      {({ percentage, valueText }) => (
        <>
          <span className={styles.track}>
            <span className={styles.fill} style={{ width: `${percentage}%` }} />
          </span>
          <span>{valueText}</span>
        </>
      )}
    </Meter>
  );
}
