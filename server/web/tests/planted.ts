import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { AnalysisService } from "../src/gen/klartext/v1/analysis_pb";
import { Channel } from "../src/gen/klartext/v1/comment_pb";

// Since the Monday in the middle the hotline is recommended by nobody; buying a ticket is as it was.
const FIRST_MONDAY = Date.UTC(2026, 0, 5);
const WEEKS = 24;
const CHANGED_WEEK = 12;
const DAY_MS = 86_400_000;
// Answers of a week, in turn.
const BEFORE = [
  [10, 9, 8, 10],
  [9, 10, 9, 6],
  [10, 7, 9, 9],
];
const AFTER = [
  [1, 4, 2, 7],
  [3, 0, 8, 2],
  [5, 2, 1, 0],
];
const ELSEWHERE = [
  [9, 6, 10, 8],
  [10, 9, 3, 9],
  [8, 10, 5, 7],
  [9, 10, 9, 4],
];

/** The address part that asks for the weeks of the planted comments. */
export const PLANTED_TIME = "from=2026-01-05&until=2026-06-21&period=week";

function commentsOf(week: number, touchpoint: string, weeks: number[][]) {
  return (weeks[week % weeks.length] ?? []).map((nps, at) => ({
    externalId: `${touchpoint}-${week}-${at}`,
    source: "planted",
    text: at % 2 === 0 ? "Heute ist Dienstag." : "Guten Morgen zusammen",
    channel: Channel.SURVEY,
    touchpoint,
    scores: { nps },
    time: timestampFromDate(new Date(FIRST_MONDAY + (week * 7 + at + 1) * DAY_MS)),
  }));
}

/** Stores comments in which one figure is another from one week on. */
export async function plantChange(service: string): Promise<void> {
  const comments = Array.from({ length: WEEKS }, (_, week) => [
    ...commentsOf(week, "customer-service", week < CHANGED_WEEK ? BEFORE : AFTER),
    ...commentsOf(week, "ticket-purchase", ELSEWHERE),
  ]).flat();
  const analysis = createClient(AnalysisService, createGrpcWebTransport({ baseUrl: service }));
  const { results } = await analysis.analyze({ comments, store: true });
  const refused = results.find(({ outcome }) => outcome.case !== "insight");
  if (refused) throw new Error(`${refused.externalId} was not stored`);
}
