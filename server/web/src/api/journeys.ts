import { useQuery } from "@tanstack/react-query";

import type { InfoResponse, JourneyInfo } from "../gen/klartext/v1/system_pb";
import { system } from "./clients";

export const INFO_KEY = ["info"];

/** What runs here; the journeys with their touchpoints and topics. */
export function useInfo() {
  return useQuery({ queryKey: INFO_KEY, queryFn: ({ signal }) => system.info({}, { signal }) });
}

export function journeyOf(info: InfoResponse | undefined, id: string | undefined): JourneyInfo | undefined {
  return info?.journeys.find((journey) => journey.id === (id || info.defaultJourney));
}

export function ownersOf(journey: JourneyInfo | undefined): string[] {
  return [...new Set(journey?.touchpoints.map((touchpoint) => touchpoint.owner))].sort();
}
