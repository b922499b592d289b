import { Input, Label, Text, TextField } from "react-aria-components";

import styles from "./TextBox.module.css";

interface Props {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: string | undefined;
  type?: "text" | "date" | "number";
  maxLength?: number;
  isRequired?: boolean;
  autoFocus?: boolean;
}

export function TextBox({ label, hint, type = "text", ...rest }: Props) {
  return (
    <TextField {...rest} className={styles.field ?? ""} type={type as "text"}>
      <Label className={styles.label ?? ""}>{label}</Label>
      <Input className={styles.input ?? ""} step={type === "number" ? "any" : undefined} />
      {hint && (
        <Text slot="description" className={styles.hint ?? ""}>
          {hint}
        </Text>
      )}
    </TextField>
  );
}
