import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { analysis } from "../api/clients";
import { INFO_KEY } from "../api/journeys";
import { isPassing } from "../api/problems";
import { COMMENTS_KEY } from "../comments/useComments";
import type { Comment } from "../gen/klartext/v1/comment_pb";
import { StoreOutcome } from "../gen/klartext/v1/insight_pb";
import type { Mapping } from "./fields";
import type { CsvFile, CsvRow } from "./readFile";
import { RowProblem, RowReader } from "./toComment";
import type { ImportWords } from "./words";

/** Small enough that the progress moves, and that other callers are not held up. */
const BATCH = 32;
const PAUSE_MS = 1_000;
const MAX_ATTEMPTS = 60;

export interface Rejected {
  row: CsvRow;
  reason: string;
}

export interface ImportState {
  phase: "running" | "waiting" | "cancelled" | "finished" | "failed";
  total: number;
  done: number;
  created: number;
  replaced: number;
  unchanged: number;
  rejected: Rejected[];
  error?: unknown;
}

const COUNTED: Partial<Record<StoreOutcome, "created" | "replaced" | "unchanged">> = {
  [StoreOutcome.CREATED]: "created",
  [StoreOutcome.REPLACED]: "replaced",
  [StoreOutcome.UNCHANGED]: "unchanged",
};

/** Sends a file's rows in batches; browsers cannot stream to a service. Each row succeeds or fails by itself. */
export function useImport(words: ImportWords) {
  const client = useQueryClient();
  const [state, setState] = useState<ImportState>();
  const stopping = useRef<AbortController>(undefined);

  const start = useCallback(
    async (file: CsvFile, mapping: Mapping) => {
      const { signal } = (stopping.current = new AbortController());
      const reader = new RowReader(mapping, words);
      let now: ImportState = {
        phase: "running",
        total: file.rows.length,
        done: 0,
        created: 0,
        replaced: 0,
        unchanged: 0,
        rejected: [],
      };
      const show = (part: Partial<ImportState>) => setState((now = { ...now, ...part }));
      show({});
      try {
        for (let at = 0; at < file.rows.length; at += BATCH) {
          const rows = file.rows.slice(at, at + BATCH);
          const onWait = () => show({ phase: "waiting" });
          const outcome = await sendRows(rows, reader, signal, onWait);
          show({
            phase: "running",
            done: now.done + rows.length,
            created: now.created + outcome.created,
            replaced: now.replaced + outcome.replaced,
            unchanged: now.unchanged + outcome.unchanged,
            rejected: [...now.rejected, ...outcome.rejected],
          });
        }
        show({ phase: "finished" });
      } catch (error) {
        show(signal.aborted ? { phase: "cancelled" } : { phase: "failed", error });
      } finally {
        void client.invalidateQueries({ queryKey: INFO_KEY });
        void client.invalidateQueries({ queryKey: [COMMENTS_KEY] });
      }
    },
    [client, words],
  );

  const cancel = useCallback(() => stopping.current?.abort(), []);
  const forget = useCallback(() => setState(undefined), []);
  return { state, start, cancel, forget };
}

type Outcome = Pick<ImportState, "created" | "replaced" | "unchanged" | "rejected">;

async function sendRows(rows: CsvRow[], reader: RowReader, signal: AbortSignal, onWait: () => void): Promise<Outcome> {
  const outcome: Outcome = { created: 0, replaced: 0, unchanged: 0, rejected: [] };
  const sent: { row: CsvRow; comment: Comment }[] = [];
  for (const row of rows) {
    try {
      sent.push({ row, comment: reader.read(row) });
    } catch (problem) {
      if (!(problem instanceof RowProblem)) throw problem;
      outcome.rejected.push({ row, reason: problem.message });
    }
  }
  if (sent.length === 0) return outcome;
  const results = await analyse(sent.map(({ comment }) => comment), signal, onWait);
  results.forEach(({ outcome: result }, index) => {
    const row = sent[index]?.row;
    if (result.case === "insight") {
      const counted = COUNTED[result.value.storeOutcome];
      if (counted) outcome[counted] += 1;
    } else if (row) {
      outcome.rejected.push({ row, reason: result.value?.message ?? "" });
    }
  });
  return outcome;
}

/** A full service is asked again: importing is patient. */
async function analyse(comments: Comment[], signal: AbortSignal, onWait: () => void) {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await analysis.analyze({ comments, store: true }, { signal })).results;
    } catch (error) {
      if (signal.aborted || attempt === MAX_ATTEMPTS || !isPassing(error)) throw error;
      onWait();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
