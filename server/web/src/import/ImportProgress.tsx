import { useNavigate } from "react-router";

import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Progress } from "../ui/Progress";
import type { Mapping } from "./fields";
import styles from "./ImportProgress.module.css";
import { RejectedRows } from "./RejectedRows";
import type { ImportState } from "./useImport";
import { importWords } from "./words";

interface Props {
  state: ImportState;
  mapping: Mapping;
  onCancel(): void;
}

export function ImportProgress({ state, mapping, onCancel }: Props) {
  const words = useWords(importWords);
  const format = useFormat();
  const navigate = useNavigate();
  const { phase, total, done, created, replaced, unchanged, rejected, error } = state;
  const isRunning = phase === "running" || phase === "waiting";
  const source = mapping.columns.source ? undefined : mapping.everyRow.source;
  const counts = [
    { name: words.outcomes.created, count: created },
    { name: words.outcomes.replaced, count: replaced },
    { name: words.outcomes.unchanged, count: unchanged },
    { name: words.outcomes.rejected, count: rejected.length },
  ];
  return (
    <section className={styles.progress}>
      <Progress
        label={words.progress}
        done={done}
        total={total}
        said={words.done(format.count(done), format.count(total))}
      />
      <dl className={styles.counts}>
        {counts.map(({ name, count }) => (
          <div key={name}>
            <dd>{format.count(count)}</dd>
            <dt>{name}</dt>
          </div>
        ))}
      </dl>
      <p role="status">
        {phase === "finished" && words.finished}
        {phase === "cancelled" && words.cancelled}
        {phase === "waiting" && words.waiting}
      </p>
      {error !== undefined && <Failure error={error} />}
      <div className={styles.buttons}>
        {isRunning ? (
          <Button onPress={onCancel}>{words.cancel}</Button>
        ) : (
          <Button
            look="strong"
            onPress={() => navigate(`/comments${source ? `?${new URLSearchParams({ source })}` : ""}`)}
          >
            {words.show}
          </Button>
        )}
      </div>
      {rejected.length > 0 && <RejectedRows rejected={rejected} />}
    </section>
  );
}
