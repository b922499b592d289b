import { useEffect, useEffectEvent } from "react";

interface Followed<Step> {
  isRunning: boolean;
  id: string;
  watch(signal: AbortSignal): AsyncIterable<Step>;
  onStep(step: Step): void;
  /** Also when the watch breaks off, which is no failure of the run: what is shown is asked for anew. */
  onEnd(): void;
}

/** Follows a run as long as it is in sight and has not ended. */
export function useFollowed<Step>({ isRunning, id, watch, onStep, onEnd }: Followed<Step>) {
  const begin = useEffectEvent(watch);
  const step = useEffectEvent(onStep);
  const end = useEffectEvent(onEnd);
  useEffect(() => {
    if (!isRunning) return;
    const stopping = new AbortController();
    const follow = async () => {
      try {
        for await (const next of begin(stopping.signal)) step(next);
      } finally {
        if (!stopping.signal.aborted) end();
      }
    };
    follow().catch(() => undefined);
    return () => stopping.abort();
  }, [id, isRunning]);
}
