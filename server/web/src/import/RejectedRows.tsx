import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { saveCsv } from "../ui/saveFile";
import styles from "./RejectedRows.module.css";
import type { Rejected } from "./useImport";
import { importWords } from "./words";

const SHOWN = 200;

/** The rows that were not taken, and why; all of them can be saved, put right and imported again. */
export function RejectedRows({ rejected }: { rejected: Rejected[] }) {
  const words = useWords(importWords);
  const format = useFormat();
  const save = () =>
    saveCsv(
      "rejected.csv",
      rejected.map(({ row, reason }) => ({ ...row.values, [words.reason]: reason })),
    );
  return (
    <section className={styles.rows}>
      <header className={styles.header}>
        <h2>{words.rejected}</h2>
        <Button onPress={save}>{words.download}</Button>
      </header>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{words.line}</th>
            <th scope="col">{words.reason}</th>
          </tr>
        </thead>
        <tbody>
          {rejected.slice(0, SHOWN).map(({ row, reason }) => (
            <tr key={row.number}>
              <td>{format.count(row.number)}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
