import type { ReactNode } from "react";

import styles from "./Notice.module.css";

interface Props {
  title: string;
  children?: ReactNode;
}

/** What stands where there is nothing else to show. */
export function Notice({ title, children }: Props) {
  return (
    <div className={styles.notice}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
