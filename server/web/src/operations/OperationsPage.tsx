import { useState } from "react";

import { useInfo } from "../api/journeys";
import { problemOf } from "../api/problems";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import styles from "./OperationsPage.module.css";
import { RescoringCard } from "./RescoringCard";
import { useRescorings, useStartRescoring } from "./useRescorings";
import { operationWords } from "./words";

const ALL = "";

/** Long work on what is stored: begin it, follow it, end it. */
export function OperationsPage() {
  const words = useWords(operationWords);
  const messages = useMessages();
  const { data: info } = useInfo();
  const { data: runs, error, refetch } = useRescorings();
  const start = useStartRescoring();
  const [journey, setJourney] = useState(ALL);
  const journeys = info?.journeys.map(({ id, name }) => ({ value: id, name })) ?? [];
  const isTaken = start.error && problemOf(start.error).reason === "RESCORING_RUNNING";

  return (
    <div className={styles.page}>
      <h1>{words.title}</h1>
      <section className={styles.section}>
        <h2>{words.rescoring}</h2>
        <p className={styles.text}>{words.rescoringText}</p>
        <div className={styles.start}>
          <Picker
            label={words.journey}
            choices={[{ value: ALL, name: words.allJourneys }, ...journeys]}
            chosen={journey}
            onChange={setJourney}
          />
          <Button
            look="strong"
            isDisabled={start.isPending}
            onPress={() => start.mutate(journey === ALL ? [] : [journey])}
          >
            {words.start}
          </Button>
        </div>
        {isTaken && <p role="alert">{words.running}</p>}
        {start.error && !isTaken && <Failure error={start.error} />}
      </section>
      <section className={styles.section}>
        <h2>{words.history}</h2>
        {error && <Failure error={error} onRetry={refetch} />}
        {!runs && !error && <p>{messages.loading}</p>}
        {runs?.length === 0 && <p className={styles.text}>{words.none}</p>}
        <ul className={styles.runs}>
          {runs?.map((run) => (
            <RescoringCard key={run.rescoringId} run={run} />
          ))}
        </ul>
      </section>
    </div>
  );
}
