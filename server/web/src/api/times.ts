import { timestampDate, timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";

/** Midnight where the reader is, of a day such as "2026-03-01"; undefined when it is none. */
export function startOfDay(day: string): Timestamp | undefined {
  const date = new Date(`${day}T00:00:00`);
  return Number.isNaN(date.getTime()) ? undefined : timestampFromDate(date);
}

/** Midnight after that day. */
export function endOfDay(day: string): Timestamp | undefined {
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + 1);
  return timestampFromDate(date);
}

export function dateOf(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}

/** Midnight in UTC, in which the service counts periods; undefined when it is no day. */
export function utcDay(day: string): Date | undefined {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** "2026-03-01" */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
