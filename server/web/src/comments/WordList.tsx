import { useState } from "react";
import { Form } from "react-aria-components";

import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { TextBox } from "../ui/TextBox";
import styles from "./WordList.module.css";

interface Props {
  label: string;
  words: string[];
  onChange(words: string[]): void;
}

/** Adds words that cannot be listed beforehand; they are removed above the comments. */
export function WordList({ label, words, onChange }: Props) {
  const messages = useMessages();
  const [word, setWord] = useState("");
  return (
    <Form
      className={styles.form ?? ""}
      onSubmit={(event) => {
        event.preventDefault();
        if (word.trim() === "" || words.includes(word)) return;
        onChange([...words, word]);
        setWord("");
      }}
    >
      <TextBox label={label} value={word} onChange={setWord} hint={messages.filters.freeHint} maxLength={256} />
      <Button type="submit">{messages.filters.add}</Button>
    </Form>
  );
}
