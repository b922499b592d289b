import type { ReactNode } from "react";

import styles from "./FiguresTable.module.css";

interface Props {
  /** What is in it, for whoever does not see it. */
  label: string;
  columns: string[];
  /** Its rows. */
  children: ReactNode;
}

/** A table that scrolls by itself where it is wider than the page. */
export function ScrollTable({ label, columns, children }: Props) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
