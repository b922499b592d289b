import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from "react-aria-components";

import styles from "./Picker.module.css";

interface Props<T extends string> {
  label: string;
  hiddenLabel?: boolean;
  choices: { value: T; name: string }[];
  chosen: T;
  onChange(chosen: T): void;
}

/** Choose one of a few things. */
export function Picker<T extends string>({ label, hiddenLabel = false, choices, chosen, onChange }: Props<T>) {
  const naming = hiddenLabel ? { "aria-label": label } : {};
  return (
    <Select
      {...naming}
      className={styles.picker ?? ""}
      selectedKey={chosen}
      onSelectionChange={(key) => onChange(key as T)}
    >
      {!hiddenLabel && <Label className={styles.label ?? ""}>{label}</Label>}
      <Button className={styles.button ?? ""}>
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className={styles.popover ?? ""}>
        <ListBox className={styles.list ?? ""} items={choices}>
          {(choice) => (
            <ListBoxItem id={choice.value} className={styles.item ?? ""}>
              {choice.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
