import { useMemo, useRef, type RefObject } from "react";
import { Link, useSearchParams } from "react-router";

import { nameOf, valueOf, valuesOf } from "../api/enums";
import { queryClient } from "../api/queryClient";
import { dateOf } from "../api/times";
import { EmptyStore } from "../comments/EmptyStore";
import { saveFigures } from "../figures/csv";
import { FigureFilters } from "../figures/FigureFilters";
import { useRowNames } from "../figures/rowNames";
import { figuresQuery, useFigures } from "../figures/useFigures";
import { askForFigures, periodName, useFiguresQuery, type FiguresQuery } from "../figures/useFiguresQuery";
import { figuresWords } from "../figures/words";
import { Period, PeriodSchema } from "../gen/klartext/v1/comment_pb";
import { JourneyDimension, JourneyDimensionSchema, type GetJourneyInsightsResponse, type JourneyRow } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveSvg } from "../ui/saveSvg";
import { Changes, SIGNIFICANCES } from "./Changes";
import { numbered } from "./change";
import { extentOf, FIGURES, measured, type Figure } from "./figure";
import { TrendCard } from "./TrendCard";
import styles from "./TrendsPage.module.css";
import { useChanges } from "./useChanges";
import { useChangeMarks, useMarks } from "./useMarks";
import { trendsWords } from "./words";

const MOST_SHOWN = 30;
const PERIODS = valuesOf<Period>(PeriodSchema);
const DIMENSIONS = valuesOf<JourneyDimension>(JourneyDimensionSchema);

const DEFAULT_SIGNIFICANCE = 0.001;

/** What of this view stands in the address, beside the conditions. */
interface Shown {
  figure: Figure;
  dimension: JourneyDimension;
  significance: number;
}

function shownAt(parameters: URLSearchParams): Shown {
  const named = parameters.get("figure") as Figure;
  const dimension = valueOf<JourneyDimension>(JourneyDimensionSchema, parameters.get("by") ?? "");
  const chance = Number(parameters.get("chance"));
  return {
    figure: FIGURES.includes(named) ? named : "net_sentiment",
    dimension: dimension ?? JourneyDimension.TOUCHPOINT,
    significance: SIGNIFICANCES.includes(chance) ? chance : DEFAULT_SIGNIFICANCE,
  };
}

/** Asks for what the view shows before it is drawn. */
export function ask(parameters: URLSearchParams): void {
  const { dimension } = shownAt(parameters);
  void askForFigures(parameters, (counted) => void queryClient.prefetchQuery(figuresQuery(counted, dimension, true)));
}

/** Figures over time, all together and for each value of a dimension, on one scale; and what has changed. */
export function TrendsPage() {
  const words = useWords(trendsWords);
  const figureWords = useWords(figuresWords);
  const messages = useMessages();
  const format = useFormat();
  const asked = useFiguresQuery();
  const [parameters] = useSearchParams();
  const shown = shownAt(parameters);
  const drawing = useRef<SVGSVGElement>(null);
  const { data, error, refetch, isPlaceholderData } = useFigures(asked, shown.dimension, true);

  if (asked.isEmpty) return <EmptyStore />;
  const total = data?.total;
  const comments = total?.figures?.comments ?? 0n;
  const isNothing = total !== undefined && comments === 0n;
  const problem = asked.error ?? error;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <PageHeading>{words.title}</PageHeading>
        <p role="status" className={styles.count}>
          {data ? messages.comments.found(format.count(comments), comments === 1n) : messages.loading}
        </p>
        {total && !isNothing && (
          <>
            <Button look="quiet" onPress={() => drawing.current && saveSvg("trend.svg", drawing.current)}>
              {figureWords.saveSvg}
            </Button>
            <Button look="quiet" onPress={() => saveFigures("trends.csv", [total, ...data.rows])}>
              {figureWords.saveCsv}
            </Button>
          </>
        )}
      </header>
      <Tools asked={asked} shown={shown} />
      {problem && <Failure error={problem} onRetry={refetch} />}
      {isNothing && (
        <Notice title={figureWords.none}>
          <p>{figureWords.noneHint}</p>
        </Notice>
      )}
      {data && !isNothing && (
        <Charts asked={asked} shown={shown} data={data} isStale={isPlaceholderData} drawing={drawing} />
      )}
    </div>
  );
}

/** Which figure is shown, how it is divided, and what is counted. */
function Tools({ asked, shown: { figure, dimension } }: { asked: FiguresQuery; shown: Shown }) {
  const words = useWords(trendsWords);
  const figureWords = useWords(figuresWords);
  return (
    <div className={styles.tools}>
      <Picker
        label={words.figure}
        choices={FIGURES.map((value) => ({ value, name: words.figures[value] }))}
        chosen={figure}
        onChange={(value) => asked.change({}, { figure: value })}
      />
      <Picker
        label={words.by}
        choices={DIMENSIONS.map((value) => ({
          value: nameOf(JourneyDimensionSchema, value),
          name: figureWords.dimensions[value],
        }))}
        chosen={nameOf(JourneyDimensionSchema, dimension)}
        onChange={(value) => asked.change({}, { by: value })}
      />
      <Picker
        label={words.period}
        choices={PERIODS.map((value) => ({ value: periodName(value), name: figureWords.periods[value] }))}
        chosen={periodName(asked.period)}
        onChange={(value) => asked.change({}, { period: value })}
      />
      <FigureFilters asked={asked} />
    </div>
  );
}

interface ChartsProps {
  asked: FiguresQuery;
  shown: Shown;
  data: GetJourneyInsightsResponse;
  /** The figures are those of the question before. */
  isStale: boolean;
  drawing: RefObject<SVGSVGElement | null>;
}

/** All together and one by one, with what changed and what may explain it. */
function Charts({ asked, shown: { figure, dimension, significance }, data, isStale, drawing }: ChartsProps) {
  const words = useWords(trendsWords);
  const figureWords = useWords(figuresWords);
  const names = useRowNames(dimension);
  const markChanges = useChangeMarks();
  const { total, rows } = data;
  const starts = useMemo(() => total?.periods.flatMap(({ start }) => dateOf(start) ?? []) ?? [], [total]);
  const marks = useMarks(asked, starts);
  // Last of all: what it costs the service must not keep a reader from the charts.
  const found = useChanges(asked, significance, !isStale && !marks.isPending);
  const changes = useMemo(() => numbered(found.data?.changes ?? [], starts), [found.data, starts]);
  const extent = useMemo(() => {
    const all = rows.flatMap(({ periods }) => periods.flatMap(({ figures }) => measured(figure, figures) ?? []));
    return extentOf(figure, all);
  }, [rows, figure]);
  const [first, last] = [starts[0], starts.at(-1)];
  if (!total || !first || !last) return null;
  const wholeExtent = extentOf(figure, total.periods.flatMap(({ figures }) => measured(figure, figures) ?? []));
  const isShown = (row: JourneyRow) => row.figures && row.figures.mentions > 0n && measured(figure, row.figures);
  return (
    <div className={styles.charts} data-stale={isStale}>
      <TrendCard
        figure={figure}
        row={total}
        name={words.whole}
        heading={<h2>{words.whole}</h2>}
        time={[first, last]}
        extent={wholeExtent}
        marks={marks.marks}
        changes={markChanges(changes)}
        size="large"
        drawing={drawing}
      />
      <p className={styles.hint}>{words.band}</p>
      <Changes asked={asked} found={found} changes={changes} significance={significance} />
      <MarksList marks={marks} />
      <h2>{words.each(figureWords.dimensions[dimension])}</h2>
      <div className={styles.each}>
        {rows
          .filter(isShown)
          .slice(0, MOST_SHOWN)
          .map((row) => (
            <TrendCard
              key={row.value}
              figure={figure}
              row={row}
              name={names.name(row)}
              heading={
                <h3>
                  <Link to={asked.address(names.facets(row))}>{names.name(row)}</Link>
                </h3>
              }
              time={[first, last]}
              extent={extent}
              marks={marks.marks}
              changes={markChanges(
                changes.filter(({ change }) => change.dimension === dimension && change.value === row.value),
              )}
              size="small"
            />
          ))}
      </div>
    </div>
  );
}

/** What the letters on the charts stand for. */
function MarksList({ marks }: { marks: ReturnType<typeof useMarks> }) {
  const words = useWords(trendsWords);
  const format = useFormat();
  return (
    <section className={styles.marks}>
      <h2>{words.marks}</h2>
      {!marks.hasOtherVersions && marks.version && <p>{words.sameVersion(marks.version)}</p>}
      <ul>
        {marks.said.map(({ letter, date, text, to }) => (
          <li key={letter}>
            <b>{letter}</b> {format.utcDate(date)}: {to ? <Link to={to}>{text}</Link> : text}
          </li>
        ))}
      </ul>
    </section>
  );
}
