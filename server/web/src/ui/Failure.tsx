import { isPassing, problemOf } from "../api/problems";
import { useMessages } from "../i18n";
import type { Messages } from "../i18n/en";
import { Button } from "./Button";
import styles from "./Failure.module.css";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

const MISSING = /_NOT_FOUND$|^NOTFOUND$/;

/** A failed call in plain words. */
export function inWords(error: unknown, messages: Messages): string {
  const { reason, message } = problemOf(error);
  if (reason === "OVERLOADED") return messages.problems.overloaded;
  if (MISSING.test(reason)) return messages.problems.notFound;
  if (isPassing(error) || error instanceof TypeError) return messages.problems.unavailable;
  return messages.problems.other(message);
}

export function Failure({ error, onRetry }: Props) {
  const messages = useMessages();
  return (
    <div role="alert" className={styles.failure}>
      <strong>{messages.problems.title}</strong>
      <p>{inWords(error, messages)}</p>
      {onRetry && <Button onPress={onRetry}>{messages.problems.retry}</Button>}
    </div>
  );
}
