import { InboxState } from "../gen/klartext/v1/inbox_pb";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import styles from "./StateMark.module.css";
import { inboxWords } from "./words";

const SIGNS: Record<InboxState, string> = {
  [InboxState.UNSPECIFIED]: "",
  [InboxState.OPEN]: "○",
  [InboxState.ACKNOWLEDGED]: "◐",
  [InboxState.RESOLVED]: "●",
  [InboxState.WITHDRAWN]: "×",
};

/** How far an item is, by sign and word. */
export function StateMark({ state }: { state: InboxState }) {
  const words = useWords(inboxWords);
  return (
    <span className={classes(styles.mark, state === InboxState.OPEN && styles.open)}>
      <span aria-hidden="true">{SIGNS[state]}</span> {words.states[state]}
    </span>
  );
}
