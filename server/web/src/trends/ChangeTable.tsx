import { Link, useSearchParams } from "react-router";

import { nameOf } from "../api/enums";
import { dateOf } from "../api/times";
import { EstimateCell } from "../figures/EstimateCell";
import table from "../figures/FiguresTable.module.css";
import { ScrollTable } from "../figures/ScrollTable";
import { rowNamesOf } from "../figures/rowNames";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import { figuresWords } from "../figures/words";
import { JourneyDimensionSchema, type JourneyChange } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import { addressOf, CHART_FIGURES, spansOf, verdictOf, type NumberedChange, type Verdict } from "./change";
import styles from "./Changes.module.css";
import { changeSayingOf } from "./saying";
import { trendsWords } from "./words";

interface Props {
  changes: NumberedChange[];
  asked: FiguresQuery;
}

const ARROWS: Record<Verdict, string> = { better: "+", worse: "−", more: "▲", fewer: "▼" };
const LOOKS: Partial<Record<Verdict, string | undefined>> = { better: styles.better, worse: styles.worse };

/** The row of the first change with a number, to which the number on the chart leads. */
export function rowIdOf(number: number): string {
  return `change-${number}`;
}

/** What is another since when, with the comments before and after. */
export function ChangeTable({ changes, asked }: Props) {
  const words = useWords(trendsWords);
  const all = changes.map(({ change }) => change);
  const columns = [
    words.number,
    words.where,
    words.figure,
    words.begun,
    words.before,
    words.after,
    words.beyondRest,
    "p",
  ];
  return (
    <ScrollTable label={words.changes} columns={columns}>
      {changes.map((one, at) => (
        <ChangeRow
          key={`${one.change.dimension} ${one.change.value} ${one.change.figure} ${one.since.getTime()}`}
          numbered={one}
          isFirst={one.number !== changes[at - 1]?.number}
          all={all}
          asked={asked}
        />
      ))}
    </ScrollTable>
  );
}

interface RowProps {
  numbered: NumberedChange;
  /** The first with its number. */
  isFirst: boolean;
  all: JourneyChange[];
  asked: FiguresQuery;
}

function ChangeRow({ numbered: { change, number, since }, isFirst, all, asked }: RowProps) {
  const words = useWords(trendsWords);
  const figureWords = useWords(figuresWords);
  const messages = useMessages();
  const format = useFormat();
  const { range } = asked;
  if (!range) return null;
  const { value } = changeSayingOf(change.figure, format, words);
  const { before, after } = spansOf(change, all, range);
  const link = (said: string, span: typeof before) => ({ to: addressOf(change, span, asked, messages), said });
  const [earliest, latest] = [dateOf(change.sinceEarliest) ?? since, dateOf(change.sinceLatest) ?? since];
  return (
    <tr className={styles.row} {...(isFirst && { id: rowIdOf(number), tabIndex: -1 })}>
      <td>
        <span className={styles.number}>{number}</span>
      </td>
      <th scope="row">
        {rowNamesOf(change.dimension, messages).name(change)}
        <span className={table.interval}>{figureWords.dimensions[change.dimension]}</span>
      </th>
      <td>
        <ChartLink change={change} />
      </td>
      <td>
        {format.utcDate(since)}
        {earliest < latest && (
          <span className={table.interval}>
            {figureWords.interval(format.utcDate(earliest), format.utcDate(latest))}
          </span>
        )}
      </td>
      <EstimateCell estimate={change.before} value={value} link={link(words.before, before)} />
      <EstimateCell estimate={change.after} value={value} link={link(words.after, after)} />
      <td>
        <BeyondRest change={change} />
      </td>
      <td>{format.chance(change.pValue)}</td>
    </tr>
  );
}

/** The figure's name, which leads to its chart in this view. */
function ChartLink({ change }: { change: JourneyChange }) {
  const words = useWords(trendsWords);
  const [parameters] = useSearchParams();
  const there = new URLSearchParams(parameters);
  there.set("figure", CHART_FIGURES[change.figure]);
  there.set("by", nameOf(JourneyDimensionSchema, change.dimension));
  return <Link to={{ search: there.toString() }}>{words.changedFigures[change.figure]}</Link>;
}

/** How much the rest of the journey does not explain, and what the rest did. */
function BeyondRest({ change }: { change: JourneyChange }) {
  const words = useWords(trendsWords);
  const { interval } = useWords(figuresWords);
  const format = useFormat();
  const { value, difference } = changeSayingOf(change.figure, format, words);
  const verdict = verdictOf(change);
  const { difference: beyond, restBefore, restAfter } = change;
  return (
    <>
      <span className={classes(styles.verdict, LOOKS[verdict])}>
        <span aria-hidden="true">{ARROWS[verdict]}</span> {words.verdicts[verdict]}
      </span>
      {beyond && (
        <span className={table.interval}>
          {difference(beyond.value)} ({interval(difference(beyond.low), difference(beyond.high))})
        </span>
      )}
      {restBefore && restAfter && (
        <span className={table.interval}>
          {words.rest(value(restBefore.value), value(restAfter.value))}
          {change.journeyMoved && ` – ${words.restMoved}`}
        </span>
      )}
    </>
  );
}
