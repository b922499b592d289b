import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { painPoints } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import { DiscoveryState, type Discovery, type ListDiscoveriesResponse } from "../gen/klartext/v1/painpoint_pb";
import { PAIN_POINTS_KEY } from "../painpoints/usePainPoints";
import { useFollowed } from "./useFollowed";

const KEY = ["discoveries"];
const SHOWN = 20;

/** The latest discoveries, newest first. */
export function useDiscoveries() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => painPoints.listDiscoveries({ pageSize: SHOWN }, { signal }),
    select: (page) => page.discoveries,
  });
}

export function useStartDiscovery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (journey: string) => painPoints.discover({ journey, requestId: crypto.randomUUID() }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useCancelDiscovery(discoveryId: string) {
  return useMutation({ mutationFn: () => painPoints.cancelDiscovery({ discoveryId }) });
}

/** Follows a discovery until it has ended, and shows each of its steps in the list. */
export function useWatchDiscovery({ discoveryId, state }: Discovery) {
  const client = useQueryClient();
  useFollowed({
    isRunning: state === DiscoveryState.RUNNING,
    id: discoveryId,
    watch: (signal) => painPoints.watchDiscovery({ discoveryId }, { signal }),
    onStep: (step) => {
      const replace = (run: Discovery) => (run.discoveryId === discoveryId ? step : run);
      client.setQueryData<ListDiscoveriesResponse>(KEY, (page) =>
        page && { ...page, discoveries: page.discoveries.map(replace) },
      );
    },
    onEnd: () => {
      for (const key of [KEY, [PAIN_POINTS_KEY], [COMMENTS_KEY]]) void client.invalidateQueries({ queryKey: key });
    },
  });
}
