import { useMemo, useRef, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { nameOf, valueOf } from "../api/enums";
import { problemOf } from "../api/problems";
import { queryClient } from "../api/queryClient";
import { EmptyStore } from "../comments/EmptyStore";
import { FigureFilters } from "../figures/FigureFilters";
import { askForFigures, useFiguresQuery, type FiguresQuery } from "../figures/useFiguresQuery";
import { figuresWords } from "../figures/words";
import {
  DriverKind,
  DriverKindSchema,
  Outcome,
  OutcomeSchema,
  type Driver,
  type GetDriversResponse,
} from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveSvg } from "../ui/saveSvg";
import { useSize } from "../ui/useSize";
import { saveDrivers } from "./csv";
import { DriverScatter } from "./DriverScatter";
import styles from "./DriversPage.module.css";
import { DriverTable } from "./DriverTable";
import { Gaps } from "./Gaps";
import { scatterOf } from "./scatter";
import { useDriverNames } from "./useDriverNames";
import { driversQuery, useDrivers, useGaps } from "./useDrivers";
import { driversWords } from "./words";

const HEIGHT = 460;
const ALL = "all";
const KINDS = [DriverKind.TOUCHPOINT, DriverKind.TOPIC, DriverKind.FRICTION, DriverKind.HANDOVER];
const OUTCOMES = [Outcome.NPS, Outcome.CSAT];
const TOO_FEW = "TOO_FEW_ANSWERS";
const WEAK_FIT = 0.02;

/** What of this view stands in the address, beside the conditions. */
interface Shown {
  outcome: Outcome;
  /** Nothing for all kinds, held apart. */
  kind: DriverKind | undefined;
  /** The kind's name in the address. */
  named: string;
}

function shownAt(parameters: URLSearchParams): Shown {
  const named = parameters.get("kind") ?? nameOf(DriverKindSchema, DriverKind.TOUCHPOINT);
  return {
    outcome: valueOf<Outcome>(OutcomeSchema, parameters.get("outcome") ?? "") ?? Outcome.NPS,
    kind: named === ALL ? undefined : valueOf<DriverKind>(DriverKindSchema, named),
    named,
  };
}

/** Asks for what the view shows before it is drawn. */
export function ask(parameters: URLSearchParams): void {
  const { outcome, kind } = shownAt(parameters);
  void askForFigures(parameters, (counted) => void queryClient.prefetchQuery(driversQuery(counted, outcome, kind)));
}

/** What matters: how much it moves the score, against how well it does; and what good scores hide. */
export function DriversPage() {
  const figureWords = useWords(figuresWords);
  const asked = useFiguresQuery();
  const [parameters] = useSearchParams();
  const shown = shownAt(parameters);
  const frame = useRef<HTMLDivElement>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const { width } = useSize(frame);
  const found = useDrivers(asked, shown.outcome, shown.kind);
  const gaps = useGaps(asked, !found.isFetching);
  const names = useDriverNames();

  const drivers = useMemo(
    () => (found.data?.drivers ?? []).map((driver) => ({ driver, name: names.name(driver) })),
    [found.data, names],
  );
  const scatter = useMemo(() => {
    if (!found.data || width === 0) return undefined;
    const thresholds = { importance: found.data.importanceThreshold, fulfilment: found.data.fulfilmentThreshold };
    const placed = drivers.filter(({ driver }) => driver.kind !== DriverKind.OTHER && driver.fulfilment);
    return scatterOf(placed, thresholds, width, HEIGHT);
  }, [drivers, found.data, width]);

  if (asked.isEmpty) return <EmptyStore />;
  const address = (driver: Driver) => asked.address(names.facets(driver));
  const isLearnt = found.data !== undefined && !found.error;
  return (
    <div className={styles.page}>
      <Header data={found.data} error={found.error} outcome={shown.outcome}>
        {scatter && isLearnt && (
          <>
            <Button look="quiet" onPress={() => drawing.current && saveSvg("drivers.svg", drawing.current)}>
              {figureWords.saveSvg}
            </Button>
            <Button look="quiet" onPress={() => saveDrivers(drivers)}>
              {figureWords.saveCsv}
            </Button>
          </>
        )}
      </Header>
      <Tools asked={asked} shown={shown} />
      {found.error && <NotLearnt error={found.error} outcome={shown.outcome} onRetry={found.refetch} />}
      <div ref={frame} className={styles.frame} data-stale={found.isPlaceholderData}>
        {scatter && isLearnt && <DriverScatter scatter={scatter} drawing={drawing} address={address} />}
      </div>
      {isLearnt && (
        <>
          <Reading shown={shown} />
          <DriverTable drivers={drivers} address={address} />
        </>
      )}
      {gaps.error && <Failure error={gaps.error} onRetry={gaps.refetch} />}
      {gaps.data && <Gaps found={gaps.data} address={asked.address} />}
    </div>
  );
}

interface HeaderProps {
  data: GetDriversResponse | undefined;
  error: Error | null;
  outcome: Outcome;
  children: ReactNode;
}

/** The view's name, and how much of the score the drivers explain. */
function Header({ data, error, outcome, children }: HeaderProps) {
  const words = useWords(driversWords);
  const messages = useMessages();
  const format = useFormat();
  const fit = error ? undefined : data?.fit;
  const share = fit ? Math.max(0, fit.rSquared) : 0;
  const outcomeName = words.outcomes[outcome];
  return (
    <header className={styles.header}>
      <PageHeading>{words.title}</PageHeading>
      <p role="status" className={styles.count}>
        {fit || error ? "" : messages.loading}
        {fit && words.fit(format.count(fit.comments), format.decimal(fit.mean), format.percent(share), outcomeName)}{" "}
        {fit && share < WEAK_FIT && words.weakFit}
      </p>
      {children}
    </header>
  );
}

/** Which score is explained, by what, and what is counted. */
function Tools({ asked, shown: { outcome, named } }: { asked: FiguresQuery; shown: Shown }) {
  const words = useWords(driversWords);
  return (
    <div className={styles.tools}>
      <Picker
        label={words.outcome}
        choices={OUTCOMES.map((value) => ({ value: nameOf(OutcomeSchema, value), name: words.outcomes[value] }))}
        chosen={nameOf(OutcomeSchema, outcome)}
        onChange={(value) => asked.change({}, { outcome: value })}
      />
      <Picker
        label={words.kind}
        choices={[
          ...KINDS.map((value) => ({ value: nameOf(DriverKindSchema, value), name: words.kinds[value] })),
          { value: ALL, name: words.allKinds },
        ]}
        chosen={named}
        onChange={(value) => asked.change({}, { kind: value })}
      />
      <FigureFilters asked={asked} />
    </div>
  );
}

/** Why there are no drivers. */
function NotLearnt({ error, outcome, onRetry }: { error: Error; outcome: Outcome; onRetry(): void }) {
  const words = useWords(driversWords);
  if (problemOf(error).reason !== TOO_FEW) return <Failure error={error} onRetry={onRetry} />;
  return (
    <Notice title={words.tooFew}>
      <p>{words.tooFewHint(words.outcomes[outcome])}</p>
    </Notice>
  );
}

/** How to read the drawing and the table. */
function Reading({ shown: { outcome, kind } }: { shown: Shown }) {
  const words = useWords(driversWords);
  return (
    <p className={styles.hint}>
      {words.importance}: {words.importanceText(words.outcomes[outcome])}. {words.explained} {kind === undefined && words.signs}
    </p>
  );
}
