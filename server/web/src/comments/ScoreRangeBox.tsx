import { Group, Label } from "react-aria-components";

import { useMessages } from "../i18n";
import { TextBox } from "../ui/TextBox";
import type { Range } from "./query";
import styles from "./ScoreRangeBox.module.css";

interface Props {
  label: string;
  range: Range | undefined;
  onChange(range: Range | undefined): void;
}

const textOf = (value: number | undefined) => value?.toString() ?? "";
const numberOf = (text: string) => (text === "" || Number.isNaN(Number(text)) ? undefined : Number(text));

export function ScoreRangeBox({ label, range, onChange }: Props) {
  const messages = useMessages();
  const change = ({ min, max }: Range) => onChange(min === undefined && max === undefined ? undefined : { min, max });
  return (
    <Group className={styles.range ?? ""} aria-label={label}>
      <Label className={styles.label ?? ""}>{label}</Label>
      <TextBox
        label={messages.filters.min}
        type="number"
        value={textOf(range?.min)}
        onChange={(text) => change({ ...range, min: numberOf(text) })}
      />
      <TextBox
        label={messages.filters.max}
        type="number"
        value={textOf(range?.max)}
        onChange={(text) => change({ ...range, max: numberOf(text) })}
      />
    </Group>
  );
}
