import { Link } from "react-router";

import { dateOf } from "../api/times";
import { DiscoveryState, type Discovery } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { OperationCard } from "./OperationCard";
import { useCancelDiscovery, useWatchDiscovery } from "./useDiscoveries";
import { operationWords } from "./words";

/** One discovery, and what it has found. */
export function DiscoveryCard({ run }: { run: Discovery }) {
  const words = useWords(operationWords);
  const format = useFormat();
  const cancel = useCancelDiscovery(run.discoveryId);
  useWatchDiscovery(run);
  const started = dateOf(run.startedAt);
  const isRunning = run.state === DiscoveryState.RUNNING;
  const isDone = run.state === DiscoveryState.DONE;
  const done = isDone ? run.mentionsTotal : run.mentionsDone;
  return (
    <OperationCard
      title={`${words.discovery}: ${words.discoveryStates[run.state]}`}
      isRunning={isRunning}
      done={done}
      total={run.mentionsTotal}
      said={
        isRunning
          ? `${words.steps[run.step]}, ${format.count(done)} / ${format.count(run.mentionsTotal)}`
          : words.readMentions(format.count(run.mentionsTotal))
      }
      facts={[
        run.journey,
        started && words.started(format.time(started)),
        words.took(format.decimal(run.seconds)),
        isDone && words.foundPainPoints(format.count(run.painPoints)),
        isDone && words.identities(format.count(run.born), format.count(run.continued), format.count(run.ended)),
        run.copies > 0n && words.copies(format.count(run.copies)),
        run.resumed > 0 && words.resumed(format.count(run.resumed)),
      ]}
      failure={run.error}
      cancel={cancel}
    >
      {isDone && <Link to="/pain-points">{words.showPainPoints}</Link>}
    </OperationCard>
  );
}
