import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { measures } from "../api/clients";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MeasureSchema } from "../gen/klartext/v1/measure_pb";

export const MEASURES_KEY = "measures";

const PAGE_SIZE = 50;

export type MeasureDraft = MessageInitShape<typeof MeasureSchema>;

/** Latest start first. */
export function useMeasures() {
  return useInfiniteQuery({
    queryKey: [MEASURES_KEY, "list"],
    queryFn: ({ pageParam, signal }) => measures.list({ pageSize: PAGE_SIZE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** Of one journey, as far as they fit on a chart. */
export function useMeasuresOf(journey: string) {
  return useQuery({
    queryKey: [MEASURES_KEY, "of", journey],
    queryFn: ({ signal }) => measures.list({ journey, pageSize: PAGE_SIZE }, { signal }),
    select: (page) => page.measures,
  });
}

export function useMeasureEffect(measureId: string, weeks: number) {
  return useQuery({
    queryKey: [MEASURES_KEY, "effect", measureId, weeks],
    queryFn: ({ signal }) =>
      measures.getEffect({ measureId, weeksBefore: weeks, weeksAfter: weeks }, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** What a person does with the records of measures. */
export type MeasureChange =
  | { kind: "create" | "update"; measure: MeasureDraft }
  | { kind: "delete"; measureId: string };

export function useMeasureChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ change, by }: { change: MeasureChange; by: string }) => {
      switch (change.kind) {
        case "create":
          return measures.create({ measure: change.measure, by, requestId: crypto.randomUUID() });
        case "update":
          return measures.update({ measure: change.measure, by });
        case "delete":
          return measures.delete({ measureId: change.measureId, by });
      }
    },
    onSuccess: () => client.invalidateQueries({ queryKey: [MEASURES_KEY] }),
  });
}
