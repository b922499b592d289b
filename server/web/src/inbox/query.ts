import { create } from "@bufbuild/protobuf";

import { valueOf } from "../api/enums";
import {
  InboxFilterSchema,
  InboxReasonKindSchema,
  InboxState,
  InboxStateSchema,
  SortInboxBy,
  SortInboxBySchema,
  type InboxFilter,
  type InboxItem,
  type InboxReasonKind,
} from "../gen/klartext/v1/inbox_pb";

/** Which items a reader asked for; its only home is the page's address. */
export interface InboxQuery {
  /** An empty name asks for what is nobody's. */
  owners: string[];
  states: InboxState[];
  reasons: InboxReasonKind[];
  minSeverity: number;
  sort: SortInboxBy;
}

const NEEDING = [InboxState.OPEN, InboxState.ACKNOWLEDGED];

export function readInboxQuery(parameters: URLSearchParams): InboxQuery {
  const named = <T extends number>(schema: Parameters<typeof valueOf>[0], name: string): T[] =>
    parameters.getAll(name).flatMap((value) => valueOf<T>(schema, value) ?? []);
  const severity = Number(parameters.get("severity"));
  return {
    owners: parameters.getAll("owner"),
    states: named<InboxState>(InboxStateSchema, "state"),
    reasons: named<InboxReasonKind>(InboxReasonKindSchema, "reason"),
    minSeverity: severity > 0 && severity <= 1 ? severity : 0,
    sort: valueOf<SortInboxBy>(SortInboxBySchema, parameters.get("sort") ?? "") ?? SortInboxBy.SEVERITY,
  };
}

/** As the service wants it; without states: see `isWanted`. */
export function toInboxFilter({ owners, reasons, minSeverity }: InboxQuery): InboxFilter {
  return create(InboxFilterSchema, { owners, reasons, ...(minSeverity > 0 && { minSeverity }) });
}

/** The states that are listed. */
export function statesOf({ states }: InboxQuery): InboxState[] {
  return states.length > 0 ? states : NEEDING;
}

/** Whether an item that the stream brought belongs into the list. */
export function isWanted(query: InboxQuery, { state }: InboxItem): boolean {
  return statesOf(query).includes(state);
}
