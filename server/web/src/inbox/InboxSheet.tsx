import { useState } from "react";
import { Form } from "react-aria-components";

import { journeyOf, ownersOf, useInfo } from "../api/journeys";
import { problemOf } from "../api/problems";
import { usePerson } from "../app/usePerson";
import sheet from "../comments/CorrectSheet.module.css";
import type { InboxItem } from "../gen/klartext/v1/inbox_pb";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { CheckList } from "../ui/CheckList";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { Sheet } from "../ui/Sheet";
import { TextBox } from "../ui/TextBox";
import type { InboxAction } from "./useInbox";
import { inboxWords } from "./words";

interface Props {
  item: InboxItem;
  kind: InboxAction["kind"];
  error: unknown;
  onConfirm(action: InboxAction, by: string, note: string): void;
  onClose(): void;
}

const ANSWERED = "answered";
const UNFIT = "INBOX_ITEM_UNFIT";

/** Says what is about to be done about an item, and asks for what it needs. */
export function InboxSheet({ item, kind, error, onConfirm, onClose }: Props) {
  const words = useWords(inboxWords);
  const person = usePerson();
  const { data: info } = useInfo();
  const journey = journeyOf(info, item.journey);
  const [note, setNote] = useState("");
  const [ticked, setTicked] = useState<string[]>([]);
  const [owner, setOwner] = useState(item.owner || (ownersOf(journey)[0] ?? ""));
  const [touchpoint, setTouchpoint] = useState("");
  const touchpoints = journey?.touchpoints.filter((one) => one.owner === owner) ?? [];

  const chosen = (): InboxAction => {
    switch (kind) {
      case "resolve":
        return { kind, customerAnswered: ticked.includes(ANSWERED) };
      case "reassign":
        return { kind, owner, touchpoint };
      default:
        return { kind };
    }
  };
  return (
    <Sheet title={words.actions[kind]} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <p>{words.actionTexts[kind]}</p>
      <Form
        className={sheet.form ?? ""}
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(chosen(), person.remember(), note.trim());
        }}
      >
        {kind === "reassign" && (
          <>
            <Picker
              label={words.newOwner}
              choices={ownersOf(journey).map((name) => ({ value: name, name }))}
              chosen={owner}
              onChange={(name) => {
                setOwner(name);
                setTouchpoint("");
              }}
            />
            <Picker
              label={words.newTouchpoint}
              choices={[
                { value: "", name: words.noTouchpoint },
                ...touchpoints.map(({ id, name }) => ({ value: id, name })),
              ]}
              chosen={touchpoint}
              onChange={setTouchpoint}
            />
          </>
        )}
        <TextBox label={words.note} hint={words.noteHint} value={note} onChange={setNote} maxLength={2000} />
        {kind === "resolve" && (
          <CheckList
            label={words.customerAnswered}
            hiddenLabel
            choices={[{ value: ANSWERED, name: words.customerAnswered }]}
            chosen={ticked}
            onChange={setTicked}
          />
        )}
        {person.field}
        {error !== null && (problemOf(error).reason === UNFIT ? <p role="alert">{words.unfit}</p> : <Failure error={error} />)}
        <div className={sheet.buttons}>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button type="submit" look="strong">
            {words.actions[kind]}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}
