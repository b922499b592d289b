import { Button, Disclosure, DisclosurePanel } from "react-aria-components";

import type { LabelChange } from "../gen/klartext/v1/rescoring_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./ChangedLabels.module.css";
import { operationWords } from "./words";

/** What a run has changed from what to what, most frequent first. */
export function ChangedLabels({ changes }: { changes: LabelChange[] }) {
  const words = useWords(operationWords);
  const format = useFormat();
  return (
    <Disclosure>
      <Button slot="trigger" className={styles.trigger ?? ""}>
        {words.changes} ({format.count(changes.length)})
      </Button>
      <DisclosurePanel>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{words.label}</th>
              <th scope="col">{words.from}</th>
              <th scope="col">{words.to}</th>
              <th scope="col">{words.count}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ label, from, to, mentions }) => (
              <tr key={`${label} ${from} ${to}`}>
                <td>{words.labels[label] ?? label}</td>
                <td>{from || words.nothing}</td>
                <td>{to || words.nothing}</td>
                <td>{format.count(mentions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </DisclosurePanel>
    </Disclosure>
  );
}
