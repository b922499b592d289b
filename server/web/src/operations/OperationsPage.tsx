import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { Failure } from "../ui/Failure";
import { PageHeading } from "../ui/PageHeading";
import { DiscoveryCard } from "./DiscoveryCard";
import styles from "./OperationsPage.module.css";
import { RescoringCard } from "./RescoringCard";
import { StartBox } from "./StartBox";
import { useDiscoveries, useStartDiscovery } from "./useDiscoveries";
import { useRescorings, useStartRescoring } from "./useRescorings";
import { operationWords } from "./words";

/** Long work on what is stored: begin it, follow it, end it. */
export function OperationsPage() {
  const words = useWords(operationWords);
  const messages = useMessages();
  const discoveries = useDiscoveries();
  const rescorings = useRescorings();
  const startDiscovery = useStartDiscovery();
  const startRescoring = useStartRescoring();
  const isLoading = discoveries.isPending || rescorings.isPending;
  const hasNone = discoveries.data?.length === 0 && rescorings.data?.length === 0;

  return (
    <div className={styles.page}>
      <PageHeading>{words.title}</PageHeading>
      <div className={styles.boxes}>
        <StartBox
          title={words.discovery}
          text={words.discoveryText}
          button={words.startDiscovery}
          start={startDiscovery}
        />
        <StartBox
          title={words.rescoring}
          text={words.rescoringText}
          allJourneys={words.allJourneys}
          button={words.startRescoring}
          start={startRescoring}
        />
      </div>
      <section className={styles.history}>
        <h2>{words.history}</h2>
        {discoveries.error && <Failure error={discoveries.error} onRetry={discoveries.refetch} />}
        {rescorings.error && <Failure error={rescorings.error} onRetry={rescorings.refetch} />}
        {isLoading && <p>{messages.loading}</p>}
        {hasNone && <p>{words.none}</p>}
        <ul className={styles.runs}>
          {discoveries.data?.map((run) => (
            <DiscoveryCard key={run.discoveryId} run={run} />
          ))}
          {rescorings.data?.map((run) => (
            <RescoringCard key={run.rescoringId} run={run} />
          ))}
        </ul>
      </section>
    </div>
  );
}
