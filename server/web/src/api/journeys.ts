import { queryOptions, useQuery } from "@tanstack/react-query";

import type { InfoResponse, JourneyInfo } from "../gen/klartext/v1/system_pb";
import { system } from "./clients";

export const INFO_KEY = ["info"];

/** What runs here; the journeys with their touchpoints and topics. */
export const infoQuery = queryOptions({ queryKey: INFO_KEY, queryFn: ({ signal }) => system.info({}, { signal }) });

export function useInfo() {
  return useQuery(infoQuery);
}

export function journeyOf(info: InfoResponse | undefined, id: string | undefined): JourneyInfo | undefined {
  return info?.journeys.find((journey) => journey.id === (id || info.defaultJourney));
}

export function ownersOf(journey: JourneyInfo | undefined): string[] {
  return [...new Set(journey?.touchpoints.map((touchpoint) => touchpoint.owner))].sort();
}

/** Between whom the journey's handovers pass a matter on, each once, as the service writes it: "from -> to". */
export function passagesOf(journey: JourneyInfo | undefined): string[] {
  const owners = new Map(journey?.touchpoints.map(({ id, owner }) => [id, owner]));
  return [...new Set(journey?.handovers.map(({ from, to }) => `${owners.get(from)} -> ${owners.get(to)}`))].sort();
}
