import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

import { readQuery, writeQuery, type CommentQuery } from "./query";

/** The query in the address, and how to change it. */
export function useCommentQuery(): [CommentQuery, (part: Partial<CommentQuery>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const query = useMemo(() => readQuery(parameters), [parameters]);
  const change = useCallback(
    // Replaced, not pushed: the way back leads to the view before, not through every keystroke.
    (part: Partial<CommentQuery>) =>
      setParameters((before) => writeQuery({ ...readQuery(before), ...part }), { replace: true }),
    [setParameters],
  );
  return [query, change];
}
