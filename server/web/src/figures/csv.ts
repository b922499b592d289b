import { nameOf } from "../api/enums";
import { dateOf, dayOf } from "../api/times";
import { FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import type { Estimate, Figures, JourneyRow } from "../gen/klartext/v1/journey_pb";
import { saveCsv } from "../ui/saveFile";

export type Cells = Record<string, string | number>;

/** Value, interval and count, under names that begin with `name`. */
export function ofEstimate(name: string, estimate: Estimate | undefined): Cells {
  return {
    [name]: estimate?.value ?? "",
    [`${name}_low`]: estimate?.low ?? "",
    [`${name}_high`]: estimate?.high ?? "",
    [`${name}_count`]: String(estimate?.count ?? ""),
  };
}

function ofFigures(figures: Figures | undefined): Cells {
  const frictions = (figures?.frictions ?? []).map(({ kind, share }) => [nameOf(FrictionKindSchema, kind), share]);
  return {
    comments: String(figures?.comments ?? 0),
    mentions: String(figures?.mentions ?? 0),
    ...ofEstimate("net_sentiment", figures?.netSentiment),
    ...ofEstimate("mean_sentiment", figures?.meanSentiment),
    ...ofEstimate("nps", figures?.nps),
    ...ofEstimate("csat", figures?.csat),
    ...ofEstimate("share_answered", figures?.shareAnswered),
    ...(Object.fromEntries(frictions) as Cells),
  };
}

/** Saves figures under the names that the interface has: a line for each value, and for each of its periods. */
export function saveFigures(name: string, rows: JourneyRow[]): void {
  const lines = rows.flatMap((row) => {
    const named = { value: row.value, name: row.name, owner: row.owner, phase: row.phase };
    const periods = row.periods.map(({ start, figures }) => {
      const date = dateOf(start);
      return { ...named, period: date ? dayOf(date) : "", ...ofFigures(figures) };
    });
    return [{ ...named, period: "", ...ofFigures(row.figures) }, ...periods];
  });
  saveCsv(name, lines);
}
