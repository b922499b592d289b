import { Label, Radio, RadioGroup } from "react-aria-components";

import type { Choice } from "./CheckList";
import styles from "./ChoiceList.module.css";

interface Props {
  label: string;
  choices: Choice[];
  chosen: string;
  onChange(chosen: string): void;
}

/** Choose one of several things that are all in sight. */
export function ChoiceList({ label, choices, chosen, onChange }: Props) {
  return (
    <RadioGroup className={styles.group ?? ""} value={chosen} onChange={onChange}>
      <Label className={styles.label ?? ""}>{label}</Label>
      {choices.map((choice) => (
        <Radio key={choice.value} value={choice.value} className={styles.choice ?? ""}>
          <span className={styles.dot} aria-hidden="true" />
          <span>
            {choice.name}
            {choice.hint && <span className={styles.hint}>{choice.hint}</span>}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
