import { useState } from "react";
import { Form } from "react-aria-components";

import { useInfo, journeyOf } from "../api/journeys";
import { usePerson } from "../app/usePerson";
import { CorrectedLabel, Polarity, type Mention } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { CheckList } from "../ui/CheckList";
import { ChoiceList } from "../ui/ChoiceList";
import { Failure } from "../ui/Failure";
import { Sheet } from "../ui/Sheet";
import styles from "./CorrectSheet.module.css";
import { valueOfLabel, type LabelValue } from "./corrections";

interface Props {
  mention: Mention;
  label: CorrectedLabel;
  journeyId: string;
  error: unknown;
  onSave(value: LabelValue, person: string): void;
  onClose(): void;
}

const BUTTON = "button";
const WITHDRAW = "withdraw";
const POLARITIES = [Polarity.NEGATIVE, Polarity.NEUTRAL, Polarity.POSITIVE];

/** A person sets one label of a mention. */
export function CorrectSheet({ mention, label, journeyId, error, onSave, onClose }: Props) {
  const messages = useMessages();
  const person = usePerson();
  const { data: info } = useInfo();
  const journey = journeyOf(info, journeyId);
  const [value, setValue] = useState(() => valueOfLabel(mention, label));
  const name = messages.labels.correctedLabel[label];
  const isCorrected = mention.corrections.some((correction) => correction.label === label);

  return (
    <Sheet title={messages.correct.title(name)} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <blockquote className={styles.quote}>{mention.text}</blockquote>
      <Form
        className={styles.form ?? ""}
        onSubmit={(event) => {
          event.preventDefault();
          const pressed = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null;
          const withdraws = pressed?.value === WITHDRAW;
          onSave(withdraws ? { case: "withdraw", value: label } : value, person.remember());
        }}
      >
        {value.case === "sentiment" && (
          <ChoiceList
            label={name}
            choices={POLARITIES.map((polarity) => ({
              value: String(polarity),
              name: messages.labels.polarity[polarity],
            }))}
            chosen={String(value.value)}
            onChange={(chosen) => setValue({ case: "sentiment", value: Number(chosen) })}
          />
        )}
        {value.case === "touchpoint" && (
          <ChoiceList
            label={name}
            choices={[
              { value: "", name: messages.correct.none },
              ...(journey?.touchpoints ?? []).map((touchpoint) => ({
                value: touchpoint.id,
                name: touchpoint.name,
                hint: touchpoint.owner,
              })),
            ]}
            chosen={value.value}
            onChange={(chosen) => setValue({ case: "touchpoint", value: chosen })}
          />
        )}
        {value.case === "topics" && (
          <CheckList
            label={name}
            choices={(journey?.topics ?? []).map((topic) => ({ value: topic.id, name: topic.name }))}
            chosen={value.value.topics}
            onChange={(topics) => setValue({ case: "topics", value: { ...value.value, topics } })}
          />
        )}
        {person.field}
        {error !== null && <Failure error={error} />}
        <div className={styles.buttons}>
          {isCorrected && (
            <div className={styles.withdraw}>
              <Button type="submit" value={WITHDRAW} name={BUTTON}>
                {messages.correct.withdraw}
              </Button>
            </div>
          )}
          <Button onPress={onClose}>{messages.correct.cancel}</Button>
          <Button type="submit" look="strong">
            {messages.correct.save}
          </Button>
        </div>
      </Form>
    </Sheet>
  );
}
