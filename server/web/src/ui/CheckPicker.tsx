import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";

import { CheckList, type Choice } from "./CheckList";
import styles from "./CheckPicker.module.css";
import picker from "./Picker.module.css";

interface Props {
  label: string;
  /** What stands there when nothing is chosen: everything counts. */
  all: string;
  choices: Choice[];
  chosen: string[];
  onChange(chosen: string[]): void;
}

/** Choose any number of things that are out of sight until they are asked for. */
export function CheckPicker({ label, all, choices, chosen, onChange }: Props) {
  const names = chosen.map((value) => choices.find((choice) => choice.value === value)?.name ?? value);
  const said = names.length > 1 ? `${names[0]} +${names.length - 1}` : (names[0] ?? all);
  return (
    <div className={picker.picker}>
      <span className={picker.label} aria-hidden="true">
        {label}
      </span>
      <DialogTrigger>
        <Button className={styles.button ?? ""} aria-label={`${label}: ${names.join(", ") || all}`}>
          <span className={styles.said}>{said}</span>
          <span aria-hidden="true">▾</span>
        </Button>
        <Popover className={picker.popover ?? ""}>
          <Dialog className={styles.dialog ?? ""} aria-label={label}>
            <CheckList label={label} hiddenLabel choices={choices} chosen={chosen} onChange={onChange} />
          </Dialog>
        </Popover>
      </DialogTrigger>
    </div>
  );
}
