import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { rescorings } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import { RescoringState, type ListRescoringsResponse, type Rescoring } from "../gen/klartext/v1/rescoring_pb";
import { useFollowed } from "./useFollowed";

const KEY = ["rescorings"];
const SHOWN = 20;

/** The latest re-scorings, newest first. */
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
    mutationFn: (journey: string) =>
      rescorings.start({ filter: { journeys: journey ? [journey] : [] }, requestId: crypto.randomUUID() }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useCancelRescoring(rescoringId: string) {
  return useMutation({ mutationFn: () => rescorings.cancel({ rescoringId }) });
}

/** Follows a re-scoring until it has ended, and shows each of its steps in the list. */
export function useWatchRescoring({ rescoringId, state }: Rescoring) {
  const client = useQueryClient();
  useFollowed({
    isRunning: state === RescoringState.RUNNING,
    id: rescoringId,
    watch: (signal) => rescorings.watch({ rescoringId }, { signal }),
    onStep: (step) => {
      const replace = (run: Rescoring) => (run.rescoringId === rescoringId ? step : run);
      client.setQueryData<ListRescoringsResponse>(KEY, (page) =>
        page && { ...page, rescorings: page.rescorings.map(replace) },
      );
    },
    onEnd: () => {
      for (const key of [KEY, [COMMENTS_KEY]]) void client.invalidateQueries({ queryKey: key });
    },
  });
}
