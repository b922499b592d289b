import { InboxReasonKind, SuggestedAction, type InboxItem, type InboxReason } from "../gen/klartext/v1/inbox_pb";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import styles from "./Reasons.module.css";
import { inboxWords } from "./words";

/** Why an item needs somebody, and what could be done. */
export function Reasons({ item }: { item: InboxItem }) {
  const words = useWords(inboxWords);
  const messages = useMessages();
  const owner = (name: string) => name || messages.detail.openOwner;
  const inWords = (reason: InboxReason) => {
    switch (reason.kind) {
      case InboxReasonKind.FRICTION:
        return reason.frictions.map((kind) => messages.labels.friction[kind]).join(", ");
      case InboxReasonKind.DISCREPANCY:
        return messages.labels.discrepancy[reason.discrepancy];
      case InboxReasonKind.HANDOVER:
        return `${owner(reason.fromOwner)} → ${owner(reason.toOwner)}`;
      default:
        return words.reasons[reason.kind];
    }
  };
  return (
    <ul className={styles.reasons}>
      {item.suggestedAction !== SuggestedAction.UNSPECIFIED && (
        <li className={styles.suggestion}>{words.suggestions[item.suggestedAction]}</li>
      )}
      {item.reasons.map((reason) => (
        <li key={reason.kind} className={styles.reason}>
          {inWords(reason)}
        </li>
      ))}
    </ul>
  );
}
