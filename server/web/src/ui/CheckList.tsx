import { Checkbox, CheckboxGroup, Label } from "react-aria-components";

import styles from "./CheckList.module.css";

export interface Choice {
  value: string;
  name: string;
  /** A second, softer line. */
  hint?: string | undefined;
}

interface Props {
  label: string;
  /** The label is for screen readers only: it stands above already. */
  hiddenLabel?: boolean;
  choices: Choice[];
  chosen: string[];
  onChange(chosen: string[]): void;
}

/** Choose any number of a few things. */
export function CheckList({ label, hiddenLabel = false, choices, chosen, onChange }: Props) {
  const naming = hiddenLabel ? { "aria-label": label } : {};
  return (
    <CheckboxGroup {...naming} value={chosen} onChange={onChange} className={styles.group ?? ""}>
      {!hiddenLabel && <Label className={styles.label ?? ""}>{label}</Label>}
      {choices.map((choice) => (
        <Checkbox key={choice.value} value={choice.value} className={styles.choice ?? ""}>
          <span className={styles.box} aria-hidden="true" />
          <span>
            {choice.name}
            {choice.hint && <span className={styles.hint}>{choice.hint}</span>}
          </span>
        </Checkbox>
      ))}
    </CheckboxGroup>
  );
}
