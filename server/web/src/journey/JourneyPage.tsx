import { useRef, type ReactNode } from "react";

import { EmptyStore } from "../comments/EmptyStore";
import { saveFigures } from "../figures/csv";
import { FigureFilters } from "../figures/FigureFilters";
import { useFiguresQuery, type FiguresQuery } from "../figures/useFiguresQuery";
import { figuresWords } from "../figures/words";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { saveSvg } from "../ui/saveSvg";
import { useSize } from "../ui/useSize";
import { JourneyMap } from "./JourneyMap";
import styles from "./JourneyPage.module.css";
import { AllFigures, HandoverSection, HiddenSection } from "./JourneySections";
import { Legend } from "./Legend";
import { useJourneyFigures } from "./useJourneyFigures";
import { journeyWords } from "./words";

export { askForJourney as ask } from "./useJourneyFigures";

const DAY_MS = 86_400_000;

/** Where on the customer's way it hurts: at touchpoints, and between them. */
export function JourneyPage() {
  const figureWords = useWords(figuresWords);
  const asked = useFiguresQuery();
  const frame = useRef<HTMLDivElement>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const { width } = useSize(frame);
  const found = useJourneyFigures(asked, width);

  if (asked.isEmpty) return <EmptyStore />;
  const { journey, layout, connections, touchpoints, handovers } = found;
  const error = asked.error ?? found.error;
  const rows = touchpoints?.rows ?? [];
  const total = touchpoints?.total?.figures?.comments ?? 0n;
  const isReady = touchpoints && layout && connections && journey;
  return (
    <div className={styles.page}>
      <Header asked={asked} count={touchpoints && total}>
        {isReady && (
          <>
            <Button look="quiet" onPress={() => drawing.current && saveSvg("journey.svg", drawing.current)}>
              {figureWords.saveSvg}
            </Button>
            <Button look="quiet" onPress={() => saveFigures("journey.csv", [...rows, ...(handovers?.rows ?? [])])}>
              {figureWords.saveCsv}
            </Button>
          </>
        )}
      </Header>
      <FigureFilters asked={asked} />
      {error && <Failure error={error} onRetry={found.retry} />}
      {touchpoints && total === 0n && (
        <Notice title={figureWords.none}>
          <p>{figureWords.noneHint}</p>
        </Notice>
      )}
      {total > 0n && <Legend />}
      <div ref={frame} className={styles.frame} data-stale={found.isStale}>
        {isReady && (
          <JourneyMap drawing={drawing} layout={layout} connections={connections} rows={rows} address={asked.address} />
        )}
      </div>
      {isReady && (
        <>
          <HiddenSection journey={journey} hidden={connections.painPoints} isNone={found.hasNoHidden} />
          <HandoverSection rows={found.told} address={asked.address} />
          <AllFigures rows={rows} address={asked.address} />
        </>
      )}
    </div>
  );
}

interface HeaderProps {
  asked: FiguresQuery;
  /** Comments; nothing while they are counted. */
  count: bigint | undefined;
  children: ReactNode;
}

/** The view's name, and of which comments and days it is. */
function Header({ asked: { range }, count, children }: HeaderProps) {
  const words = useWords(journeyWords);
  const messages = useMessages();
  const format = useFormat();
  return (
    <header className={styles.header}>
      <PageHeading>{words.title}</PageHeading>
      <p role="status" className={styles.count}>
        {count !== undefined && range
          ? words.counted(
              format.count(count),
              format.utcDate(range.from),
              format.utcDate(new Date(range.until.getTime() - DAY_MS)),
            )
          : messages.loading}
      </p>
      {children}
    </header>
  );
}
