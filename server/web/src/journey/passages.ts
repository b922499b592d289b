import type { JourneyRow } from "../gen/klartext/v1/journey_pb";
import type { JourneyInfo } from "../gen/klartext/v1/system_pb";

const BETWEEN = " -> ";
/** What the service writes where a text leaves open who it is. */
export const OPEN_OWNER = "?";

/** A handover between two departments, with what is said about it. */
export interface Passage {
  /** As the service writes it: "from -> to". */
  value: string;
  from: string;
  to: string;
  /** The touchpoints between which it is drawn, by id; nothing where one side is left open. */
  ends: { from: string; to: string } | undefined;
  /** Nothing is said about it. */
  row: JourneyRow | undefined;
}

/** The journey's own handovers and those that customers tell of, those with the most comments first. */
export function passagesOf(journey: JourneyInfo, rows: JourneyRow[]): Passage[] {
  const ownerOf = new Map(journey.touchpoints.map(({ id, owner }) => [id, owner]));
  const firstOf = (owner: string) => journey.touchpoints.find((touchpoint) => touchpoint.owner === owner)?.id;
  const configured = new Map(
    journey.handovers.map((ends) => [`${ownerOf.get(ends.from)}${BETWEEN}${ownerOf.get(ends.to)}`, ends]),
  );
  const told = new Map(rows.filter(({ figures }) => figures && figures.comments > 0n).map((row) => [row.value, row]));
  const values = [...new Set([...told.keys(), ...configured.keys()])];
  return values.map((value) => {
    const [from = "", to = ""] = value.split(BETWEEN);
    const [fromId, toId] = [firstOf(from), firstOf(to)];
    const between = fromId !== undefined && toId !== undefined ? { from: fromId, to: toId } : undefined;
    return { value, from, to, ends: configured.get(value) ?? between, row: told.get(value) };
  });
}

/** Where a hidden pain point belongs. */
export type Place =
  | { kind: "between"; from: string; to: string }
  | { kind: "at"; touchpoint: string }
  | { kind: "nowhere" };

const ENOUGH = 0.15;

/**
 * Between two departments where its mentions sit on a handover, else between the two touchpoints that it is about most; at
 * one touchpoint, or nowhere, when there are no two.
 */
export function placeOf(
  journey: JourneyInfo,
  handover: { fromOwner: string; toOwner: string } | undefined,
  touchpoints: { value: string; share: number }[],
): Place {
  const firstOf = (owner: string) => journey.touchpoints.find((touchpoint) => touchpoint.owner === owner)?.id;
  const [from, to] = [firstOf(handover?.fromOwner ?? ""), firstOf(handover?.toOwner ?? "")];
  if (from && to && from !== to) return { kind: "between", from, to };
  const known = new Set(journey.touchpoints.map(({ id }) => id));
  const [first, second] = touchpoints.filter(({ value, share }) => known.has(value) && share >= ENOUGH);
  if (first && second) return { kind: "between", from: first.value, to: second.value };
  return first ? { kind: "at", touchpoint: first.value } : { kind: "nowhere" };
}
