import { nameOf } from "../api/enums";
import { dateOf, dayOf } from "../api/times";
import { MENTION_FACETS, type Facet } from "../comments/query";
import { ofEstimate, type Cells } from "../figures/csv";
import { daysOf, type Range } from "../figures/range";
import { rowNamesOf } from "../figures/rowNames";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import { FrictionKindSchema, FrictionKind, Polarity, PolaritySchema } from "../gen/klartext/v1/insight_pb";
import { JourneyDimensionSchema, JourneyFigure, JourneyFigureSchema, type JourneyChange } from "../gen/klartext/v1/journey_pb";
import type { Messages } from "../i18n/en";
import { saveCsv } from "../ui/saveFile";
import type { Figure } from "./figure";

/** A change with the number under which it stands on the charts: changes that begin in the same period share one. */
export interface NumberedChange {
  change: JourneyChange;
  number: number;
  /** The first day of the first week in which the figure is another. */
  since: Date;
  /** The period in which it begins. */
  period: Date;
}

/** Numbered in the order of time; within a period the clearest first, as the service brings them. */
export function numbered(changes: JourneyChange[], periods: Date[]): NumberedChange[] {
  const begun = changes.flatMap((change) => {
    const since = dateOf(change.since);
    const period = since && (periods.findLast((start) => start <= since) ?? periods[0]);
    return since && period ? [{ change, since, period }] : [];
  });
  const starts = [...new Set(begun.map(({ period }) => period.getTime()))].sort((a, b) => a - b);
  return begun
    .map((one) => ({ ...one, number: starts.indexOf(one.period.getTime()) + 1 }))
    .sort((a, b) => a.number - b.number);
}

/** What its figure is on the charts of this view, by the name in the address. */
export const CHART_FIGURES: Record<JourneyFigure, Figure> = {
  [JourneyFigure.UNSPECIFIED]: "net_sentiment",
  [JourneyFigure.VOLUME]: "mentions",
  [JourneyFigure.NET_SENTIMENT]: "net_sentiment",
  [JourneyFigure.NEGATIVE_SHARE]: "net_sentiment",
  [JourneyFigure.NPS]: "nps",
  [JourneyFigure.CSAT]: "csat",
  [JourneyFigure.WAITING]: "waiting",
  [JourneyFigure.REPEATED_CONTACT]: "repeated_contact",
  [JourneyFigure.UNCERTAINTY]: "uncertainty",
  [JourneyFigure.DEAD_END]: "dead_end",
};

const FRICTIONS: Partial<Record<JourneyFigure, FrictionKind>> = {
  [JourneyFigure.WAITING]: FrictionKind.WAITING,
  [JourneyFigure.REPEATED_CONTACT]: FrictionKind.REPEATED_CONTACT,
  [JourneyFigure.UNCERTAINTY]: FrictionKind.UNCERTAINTY,
  [JourneyFigure.DEAD_END]: FrictionKind.DEAD_END,
};
const GOOD_WHEN_HIGH = new Set([JourneyFigure.NET_SENTIMENT, JourneyFigure.NPS, JourneyFigure.CSAT]);

export type Verdict = "better" | "worse" | "more" | "fewer";

/** What the change means for customers; of how much is said, only which way it went. */
export function verdictOf({ figure, difference }: JourneyChange): Verdict {
  const isRisen = (difference?.value ?? 0) > 0;
  if (figure === JourneyFigure.VOLUME) return isRisen ? "more" : "fewer";
  return isRisen === GOOD_WHEN_HIGH.has(figure) ? "better" : "worse";
}

/** Before and after: back to the change before of the same figure, on to the next, or to the ends of the time. */
export function spansOf(change: JourneyChange, all: JourneyChange[], { from, until }: Range): { before: Range; after: Range } {
  const isSame = ({ dimension, value, figure }: JourneyChange) =>
    dimension === change.dimension && value === change.value && figure === change.figure;
  const since = dateOf(change.since) ?? from;
  const begun = all.filter(isSame).flatMap((one) => dateOf(one.since) ?? []);
  const earlier = begun.filter((date) => date < since).map(Number);
  const later = begun.filter((date) => date > since).map(Number);
  return {
    before: { from: new Date(Math.max(Number(from), ...earlier)), until: since },
    after: { from: since, until: new Date(Math.min(Number(until), ...later)) },
  };
}

/** The conditions that select what the figure is made from: of a friction its mentions, of a negative share the negative ones. */
export function facetsOf(change: JourneyChange, messages: Messages): Partial<Record<Facet, string[]>> {
  const friction = FRICTIONS[change.figure];
  return {
    ...Object.fromEntries(MENTION_FACETS.map((facet) => [facet, []])),
    ...rowNamesOf(change.dimension, messages).facets(change),
    ...(friction !== undefined && { friction: [nameOf(FrictionKindSchema, friction)] }),
    ...(change.figure === JourneyFigure.NEGATIVE_SHARE && { meant: [nameOf(PolaritySchema, Polarity.NEGATIVE)] }),
  };
}

/** Where the comments of a part of the time are. */
export function addressOf(change: JourneyChange, part: Range, asked: FiguresQuery, messages: Messages): string {
  return asked.address(facetsOf(change, messages), daysOf(part));
}

/** Saves changes under the names that the command line gives them. */
export function saveChanges(changes: JourneyChange[]): void {
  const day = (time: JourneyChange["since"]) => {
    const date = dateOf(time);
    return date ? dayOf(date) : "";
  };
  const lines = changes.map(
    (change): Cells => ({
      dimension: nameOf(JourneyDimensionSchema, change.dimension),
      value: change.value,
      name: change.name,
      owner: change.owner,
      phase: change.phase,
      figure: nameOf(JourneyFigureSchema, change.figure),
      since: day(change.since),
      since_earliest: day(change.sinceEarliest),
      since_latest: day(change.sinceLatest),
      p_value: change.pValue,
      ...ofEstimate("before", change.before),
      ...ofEstimate("after", change.after),
      ...ofEstimate("difference", change.difference),
      ...ofEstimate("rest_before", change.restBefore),
      ...ofEstimate("rest_after", change.restAfter),
      journey_moved: String(change.journeyMoved),
    }),
  );
  saveCsv("changes.csv", lines);
}
