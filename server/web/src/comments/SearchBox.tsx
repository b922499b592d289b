import { useEffect, useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";

import { useIsHere } from "../app/useIsHere";
import { useMessages } from "../i18n";
import styles from "./SearchBox.module.css";

const PAUSE_MS = 250;

interface Props {
  text: string;
  onChange(text: string): void;
}

/** Searches while one types, after a short pause. */
export function SearchBox({ text, onChange }: Props) {
  const messages = useMessages();
  const isHere = useIsHere();
  const [typed, setTyped] = useState(text);

  // The address can change by itself: by the way back, or by a filter's removal.
  useEffect(() => setTyped(text), [text]);

  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => isHere() && onChange(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, text, isHere, onChange]);

  return (
    <SearchField className={styles.field ?? ""} value={typed} onChange={setTyped} onSubmit={onChange} maxLength={2000}>
      <Label className={styles.label ?? ""}>{messages.comments.search}</Label>
      <Input className={styles.input ?? ""} placeholder={messages.comments.searchHint} />
      <Button className={styles.clear ?? ""} aria-label={messages.comments.clearSearch}>
        ×
      </Button>
    </SearchField>
  );
}
