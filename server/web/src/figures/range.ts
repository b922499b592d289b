import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";

import { dayOf, utcDay } from "../api/times";
import { toFilter, type CommentQuery } from "../comments/query";
import { Period, SurveyKind, TimeRangeSchema } from "../gen/klartext/v1/comment_pb";

const DAY_MS = 86_400_000;
const WEEKS_FROM_DAYS = 70;
const MONTHS_FROM_DAYS = 210;

/** From, inclusive, until, exclusive. Midnights in UTC. */
export interface Range {
  from: Date;
  until: Date;
}

/** The last so many months, the one of `latest` included. */
export function lastMonths(latest: Date, months: number): Range {
  const [year, month] = [latest.getUTCFullYear(), latest.getUTCMonth() + 1];
  return { from: new Date(Date.UTC(year, month - months)), until: new Date(Date.UTC(year, month)) };
}

/** The days that a reader chose, both inclusive; an end that is left out is that of `otherwise`. */
export function chosenDays({ from, until }: CommentQuery, otherwise: Range): Range {
  const last = utcDay(until);
  return { from: utcDay(from) ?? otherwise.from, until: last ? new Date(last.getTime() + DAY_MS) : otherwise.until };
}

/** Into which periods a time is divided so that there are neither too few nor too many. */
export function periodFor({ from, until }: Range): Period {
  const days = (until.getTime() - from.getTime()) / DAY_MS;
  if (days > MONTHS_FROM_DAYS) return Period.MONTH;
  return days > WEEKS_FROM_DAYS ? Period.WEEK : Period.DAY;
}

/**
 * Journey, filter, and whether community surveys count, as every call for figures wants them. Throws as long as the time is
 * not known.
 */
export function figuresRequest(query: CommentQuery, range: Range | undefined) {
  if (!range) throw new Error("the time is not known yet");
  const filter = toFilter(query);
  filter.journeys = [];
  filter.time = create(TimeRangeSchema, {
    from: timestampFromDate(range.from),
    until: timestampFromDate(range.until),
  });
  const includeCommunity = filter.surveyKinds.includes(SurveyKind.COMMUNITY);
  return { journey: query.facets.journey[0] ?? "", filter, includeCommunity };
}

/** The same time as days in an address. */
export function daysOf({ from, until }: Range): Pick<CommentQuery, "from" | "until"> {
  return { from: dayOf(from), until: dayOf(new Date(until.getTime() - DAY_MS)) };
}
