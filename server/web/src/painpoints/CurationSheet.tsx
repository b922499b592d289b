import { useState } from "react";
import { Form } from "react-aria-components";

import { usePerson } from "../app/usePerson";
import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Sheet } from "../ui/Sheet";
import { TextBox } from "../ui/TextBox";
import styles from "./CurationSheet.module.css";
import { CurationFailure } from "./CurationFailure";
import { titleOf } from "./titleOf";
import type { Curation } from "./usePainPoints";
import { painPointWords } from "./words";

/** What is about to be done; a merge knows the other one. */
export type Intention = { kind: "merge"; other: PainPoint } | { kind: Exclude<Curation["kind"], "merge"> };

interface Props {
  painPoint: PainPoint;
  intention: Intention;
  error: unknown;
  onConfirm(curation: Curation, by: string): void;
  onClose(): void;
}

function curationOf(intention: Intention, name: string): Curation {
  switch (intention.kind) {
    case "rename":
      return { kind: "rename", name: name.trim() };
    case "merge":
      return { kind: "merge", others: [intention.other.painPointId] };
    default:
      return { kind: intention.kind };
  }
}

/** Says what a change does, and asks for what it needs. */
export function CurationSheet({ painPoint, intention, error, onConfirm, onClose }: Props) {
  const words = useWords(painPointWords);
  const person = usePerson();
  const [name, setName] = useState(painPoint.name);
  const texts: Partial<Record<Intention["kind"], string>> = {
    merge: intention.kind === "merge" ? words.mergeText(titleOf(intention.other)) : "",
    split: words.splitText,
    dismiss: words.dismissText,
  };
  const text = texts[intention.kind];
  return (
    <Sheet title={words[intention.kind]} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      {text && <p>{text}</p>}
      <Form
        className={styles.form ?? ""}
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(curationOf(intention, name), person.remember());
        }}
      >
        {intention.kind === "rename" && (
          <TextBox label={words.newName} hint={words.newNameHint} value={name} onChange={setName} maxLength={200} autoFocus />
        )}
        {person.field}
        {error !== null && <CurationFailure error={error} />}
        <div className={styles.buttons}>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button type="submit" look="strong">
            {words[intention.kind]}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}
