import type { Measure } from "../gen/klartext/v1/measure_pb";
import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import type { JourneyInfo } from "../gen/klartext/v1/system_pb";
import { titleOf } from "../painpoints/titleOf";

export type PlaceKind = "touchpoint" | "handover" | "painPoint";
export type MeasurePlace = Measure["place"];

const BETWEEN = " -> ";

/** What can be chosen of a kind: its value in a form, and its name. */
export function placeChoices(kind: PlaceKind, passages: string[], journey: JourneyInfo | undefined, painPoints: PainPoint[]) {
  switch (kind) {
    case "touchpoint":
      return (journey?.touchpoints ?? []).map(({ id, name }) => ({ value: id, name }));
    case "handover":
      return passages.map((passage) => ({ value: passage, name: passage.replace(BETWEEN, " → ") }));
    case "painPoint":
      return painPoints.map((painPoint) => ({ value: painPoint.painPointId, name: titleOf(painPoint) }));
  }
}

/** The chosen value as the interface has it. */
export function placeOf(kind: PlaceKind, value: string) {
  switch (kind) {
    case "touchpoint":
      return { case: "touchpoint", value } as const;
    case "handover": {
      const [fromOwner = "", toOwner = ""] = value.split(BETWEEN);
      return { case: "handover", value: { fromOwner, toOwner } } as const;
    }
    case "painPoint":
      return { case: "painPointId", value } as const;
  }
}

/** Kind and value of a place, as a form has them. */
export function chosenPlace(place: MeasurePlace): { kind: PlaceKind; value: string } {
  switch (place.case) {
    case "handover":
      return { kind: "handover", value: `${place.value.fromOwner}${BETWEEN}${place.value.toOwner}` };
    case "painPointId":
      return { kind: "painPoint", value: place.value };
    default:
      return { kind: "touchpoint", value: place.value ?? "" };
  }
}

/** What a place is called. */
export function placeName(place: MeasurePlace, journey: JourneyInfo | undefined, painPoints: PainPoint[]): string {
  switch (place.case) {
    case "handover":
      return `${place.value.fromOwner || "?"} → ${place.value.toOwner || "?"}`;
    case "painPointId": {
      const found = painPoints.find(({ painPointId }) => painPointId === place.value);
      return found ? titleOf(found) : place.value;
    }
    default:
      return journey?.touchpoints.find(({ id }) => id === place.value)?.name ?? place.value ?? "";
  }
}
