import { useState } from "react";

import { useInfo } from "../api/journeys";
import { problemOf } from "../api/problems";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import styles from "./StartBox.module.css";
import { operationWords } from "./words";

interface Props {
  title: string;
  text: string;
  /** Of the journeys at once, where that can be done. */
  allJourneys?: string;
  button: string;
  start: { isPending: boolean; error: unknown; mutate(journey: string): void };
}

const ALREADY_RUNNING = ["RESCORING_RUNNING", "DISCOVERY_RUNNING"];

/** Says what an operation does, and begins it for a journey. */
export function StartBox({ title, text, allJourneys, button, start }: Props) {
  const words = useWords(operationWords);
  const { data: info } = useInfo();
  const [chosen, setChosen] = useState<string>();
  const all = allJourneys === undefined ? [] : [{ value: "", name: allJourneys }];
  const choices = [...all, ...(info?.journeys.map(({ id, name }) => ({ value: id, name })) ?? [])];
  const journey = chosen ?? (allJourneys === undefined ? (info?.defaultJourney ?? "") : "");
  const isTaken = start.error !== null && ALREADY_RUNNING.includes(problemOf(start.error).reason);
  return (
    <section className={styles.box}>
      <h2>{title}</h2>
      <p className={styles.text}>{text}</p>
      <div className={styles.start}>
        <Picker label={words.journey} choices={choices} chosen={journey} onChange={setChosen} />
        <Button look="strong" isDisabled={start.isPending} onPress={() => start.mutate(journey)}>
          {button}
        </Button>
      </div>
      {isTaken && <p role="alert">{words.running}</p>}
      {start.error !== null && !isTaken && <Failure error={start.error} />}
    </section>
  );
}
