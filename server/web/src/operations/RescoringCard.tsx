import { dateOf } from "../api/times";
import { RescoringState, type Rescoring } from "../gen/klartext/v1/rescoring_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { ChangedLabels } from "./ChangedLabels";
import { OperationCard } from "./OperationCard";
import { useCancelRescoring, useWatchRescoring } from "./useRescorings";
import { operationWords } from "./words";

/** One re-scoring, and what it has changed. */
export function RescoringCard({ run }: { run: Rescoring }) {
  const words = useWords(operationWords);
  const format = useFormat();
  const cancel = useCancelRescoring(run.rescoringId);
  useWatchRescoring(run);
  const started = dateOf(run.startedAt);
  const perSecond = run.scoringSeconds > 0 ? Math.round(Number(run.mentionsDone) / run.scoringSeconds) : undefined;
  return (
    <OperationCard
      title={`${words.rescoring}: ${words.states[run.state]}`}
      isRunning={run.state === RescoringState.RUNNING}
      done={run.commentsDone}
      total={run.commentsTotal}
      said={words.comments(format.count(run.commentsDone), format.count(run.commentsTotal))}
      facts={[
        started && words.started(format.time(started)),
        words.took(format.decimal(run.totalSeconds)),
        words.mentions(format.count(run.mentionsDone), format.count(run.mentionsChanged)),
        perSecond !== undefined && words.speed(format.count(perSecond)),
        run.commentsSkipped > 0n && words.skipped(format.count(run.commentsSkipped)),
        run.resumed > 0 && words.resumed(format.count(run.resumed)),
        ...run.scoreVersions.map(({ bundle, journey }) => `${bundle} · ${journey}`),
      ]}
      failure={run.error}
      cancel={cancel}
    >
      {run.changes.length > 0 && <ChangedLabels changes={run.changes} />}
    </OperationCard>
  );
}
