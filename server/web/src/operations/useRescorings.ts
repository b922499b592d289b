import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { rescorings } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import { RescoringState, type ListRescoringsResponse, type Rescoring } from "../gen/klartext/v1/rescoring_pb";

const KEY = ["rescorings"];
const SHOWN = 20;

/** The latest runs, newest first. */
export function useRescorings() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => rescorings.list({ pageSize: SHOWN }, { signal }),
    select: (page) => page.rescorings,
  });
}

export function useStartRescoring() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (journeys: string[]) => rescorings.start({ filter: { journeys }, requestId: crypto.randomUUID() }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useCancelRescoring() {
  return useMutation({ mutationFn: (rescoringId: string) => rescorings.cancel({ rescoringId }) });
}

/** Follows a run until it has ended, and shows each of its steps in the list. */
export function useWatchRescoring({ rescoringId, state }: Rescoring) {
  const client = useQueryClient();
  const isRunning = state === RescoringState.RUNNING;
  useEffect(() => {
    if (!isRunning) return;
    const stopping = new AbortController();
    const follow = async () => {
      for await (const step of rescorings.watch({ rescoringId }, { signal: stopping.signal })) {
        const replace = (run: Rescoring) => (run.rescoringId === rescoringId ? step : run);
        client.setQueryData<ListRescoringsResponse>(KEY, (page) =>
          page && { ...page, rescorings: page.rescorings.map(replace) },
        );
      }
      await client.invalidateQueries({ queryKey: [COMMENTS_KEY] });
    };
    // A broken watch is no failure of the run: the list says how it goes.
    follow().catch(() => {
      if (!stopping.signal.aborted) void client.invalidateQueries({ queryKey: KEY });
    });
    return () => stopping.abort();
  }, [client, rescoringId, isRunning]);
}
