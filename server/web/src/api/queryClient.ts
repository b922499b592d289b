import { QueryClient } from "@tanstack/react-query";

import { isPassing } from "./problems";

const MAX_RETRIES = 2;
const FRESH_MS = 15_000;

/** Keeps what the service has answered, for the views and for what is asked before a view is drawn. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < MAX_RETRIES && isPassing(error),
    },
  },
});
