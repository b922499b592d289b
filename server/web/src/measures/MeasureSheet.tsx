import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useState } from "react";
import { Form } from "react-aria-components";

import { journeyOf, passagesOf, useInfo } from "../api/journeys";
import { dateOf, dayOf, utcDay } from "../api/times";
import { usePerson } from "../app/usePerson";
import sheet from "../comments/CorrectSheet.module.css";
import type { Measure } from "../gen/klartext/v1/measure_pb";
import { useWords } from "../i18n/useWords";
import { useNamed } from "../painpoints/usePainPoints";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { Sheet } from "../ui/Sheet";
import { TextBox } from "../ui/TextBox";
import { chosenPlace, placeChoices, placeOf, type PlaceKind } from "./places";
import type { MeasureDraft } from "./useMeasures";
import { measuresWords } from "./words";

interface Props {
  /** What is changed; nothing to record a new one. */
  measure?: Measure;
  error: unknown;
  onSave(draft: MeasureDraft, by: string): void;
  onClose(): void;
}

const KINDS: PlaceKind[] = ["touchpoint", "handover", "painPoint"];

const dayText = (time: Measure["start"]) => {
  const date = dateOf(time);
  return date ? dayOf(date) : "";
};

/** What was done, where, from when and by whom. */
export function MeasureSheet({ measure, error, onSave, onClose }: Props) {
  const words = useWords(measuresWords);
  const person = usePerson();
  const { data: info } = useInfo();
  const { data: painPoints = [] } = useNamed();
  const journey = journeyOf(info, measure?.journey);
  const before = measure && chosenPlace(measure.place);
  const [title, setTitle] = useState(measure?.title ?? "");
  const [note, setNote] = useState(measure?.note ?? "");
  const [kind, setKind] = useState<PlaceKind>(before?.kind ?? "touchpoint");
  const [value, setValue] = useState(before?.value ?? "");
  const [doneBy, setDoneBy] = useState(measure?.doneBy ?? "");
  const [start, setStart] = useState(measure ? dayText(measure.start) : dayOf(new Date()));
  const [rolledOut, setRolledOut] = useState(dayText(measure?.rolledOut));
  const choices = placeChoices(kind, passagesOf(journey), journey, painPoints);
  const chosen = choices.some((choice) => choice.value === value) ? value : (choices[0]?.value ?? "");

  const draft = (): MeasureDraft => {
    const [first, everywhere] = [utcDay(start), utcDay(rolledOut)];
    return {
      measureId: measure?.measureId ?? "",
      journey: journey?.id ?? "",
      title: title.trim(),
      note: note.trim(),
      place: placeOf(kind, chosen),
      doneBy: doneBy.trim(),
      ...(first && { start: timestampFromDate(first) }),
      ...(everywhere && { rolledOut: timestampFromDate(everywhere) }),
    };
  };
  return (
    <Sheet title={measure ? words.change : words.create} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        className={sheet.form ?? ""}
        onSubmit={(event) => {
          event.preventDefault();
          onSave(draft(), person.remember());
        }}
      >
        <TextBox label={words.name} value={title} onChange={setTitle} maxLength={200} isRequired autoFocus />
        <Picker
          label={words.place}
          choices={KINDS.map((one) => ({ value: one, name: words.placeKinds[one] }))}
          chosen={kind}
          onChange={(one) => setKind(one)}
        />
        <Picker label={words.placeKinds[kind]} choices={choices} chosen={chosen} onChange={setValue} />
        <TextBox label={words.start} type="date" value={start} onChange={setStart} isRequired />
        <TextBox
          label={words.rolledOut}
          hint={words.rolledOutHint}
          type="date"
          value={rolledOut}
          onChange={setRolledOut}
        />
        <TextBox label={words.doneBy} hint={words.doneByHint} value={doneBy} onChange={setDoneBy} maxLength={128} />
        <TextBox label={words.note} value={note} onChange={setNote} maxLength={4000} />
        {person.field}
        {error !== null && <Failure error={error} />}
        <div className={sheet.buttons}>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button type="submit" look="strong">
            {words.save}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}
