import { dateOf } from "../api/times";
import { RescoringState, type Rescoring } from "../gen/klartext/v1/rescoring_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Progress } from "../ui/Progress";
import { ChangedLabels } from "./ChangedLabels";
import styles from "./RescoringCard.module.css";
import { useCancelRescoring, useWatchRescoring } from "./useRescorings";
import { operationWords } from "./words";

/** One run: how far it is, and what it has changed. */
export function RescoringCard({ run }: { run: Rescoring }) {
  const words = useWords(operationWords);
  const format = useFormat();
  const cancel = useCancelRescoring();
  useWatchRescoring(run);
  const started = dateOf(run.startedAt);
  const isRunning = run.state === RescoringState.RUNNING;
  const said = words.comments(format.count(run.commentsDone), format.count(run.commentsTotal));
  const perSecond = run.scoringSeconds > 0 ? Math.round(Number(run.mentionsDone) / run.scoringSeconds) : undefined;
  const facts = [
    started && words.started(format.time(started)),
    words.took(format.decimal(run.totalSeconds)),
    words.mentions(format.count(run.mentionsDone), format.count(run.mentionsChanged)),
    perSecond !== undefined && words.speed(format.count(perSecond)),
    run.commentsSkipped > 0n && words.skipped(format.count(run.commentsSkipped)),
    run.resumed > 0 && words.resumed(format.count(run.resumed)),
  ];
  return (
    <li className={styles.card}>
      <header className={styles.header}>
        <h3>
          {words.rescoring}: {words.states[run.state]}
        </h3>
        {isRunning && (
          <Button isDisabled={cancel.isPending} onPress={() => cancel.mutate(run.rescoringId)}>
            {words.cancel}
          </Button>
        )}
      </header>
      <Progress
        label={words.progress}
        done={Number(run.commentsDone)}
        total={Number(run.commentsTotal)}
        said={said}
      />
      <p className={styles.facts}>{facts.filter(Boolean).join(" · ")}</p>
      <p className={styles.facts}>
        {run.scoreVersions.map(({ bundle, journey }) => `${bundle} · ${journey}`).join(", ")}
      </p>
      {run.error && <p role="alert">{words.failed(run.error)}</p>}
      {cancel.error && <Failure error={cancel.error} />}
      {run.changes.length > 0 && <ChangedLabels changes={run.changes} />}
    </li>
  );
}
