import type { ReactNode } from "react";

import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Progress } from "../ui/Progress";
import styles from "./OperationCard.module.css";
import { operationWords } from "./words";

interface Props {
  title: string;
  isRunning: boolean;
  done: bigint;
  total: bigint;
  /** How far it is, in words. */
  said: string;
  facts: (string | false | undefined)[];
  /** Why it failed; empty when it did not. */
  failure: string;
  cancel: { isPending: boolean; error: unknown; mutate(): void };
  children?: ReactNode;
}

/** One piece of long work: how far it is, and how to end it. */
export function OperationCard({ title, isRunning, done, total, said, facts, failure, cancel, children }: Props) {
  const words = useWords(operationWords);
  return (
    <li className={styles.card}>
      <header className={styles.header}>
        <h3>{title}</h3>
        {isRunning && (
          <Button isDisabled={cancel.isPending} onPress={() => cancel.mutate()}>
            {words.cancel}
          </Button>
        )}
      </header>
      <Progress label={words.progress} done={Number(done)} total={Number(total)} said={said} />
      <p className={styles.facts}>{facts.filter(Boolean).join(" · ")}</p>
      {failure && <p role="alert">{words.failed(failure)}</p>}
      {cancel.error !== null && <Failure error={cancel.error} />}
      {children}
    </li>
  );
}
