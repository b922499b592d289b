import { useQuery } from "@tanstack/react-query";

import { comments } from "../api/clients";
import { COMMENTS_KEY } from "./useComments";

/** Why a mention has its labels. It asks the whole network for every word: only when somebody wants to know. */
export function useExplanation(commentId: string, index: number) {
  return useQuery({
    queryKey: [COMMENTS_KEY, "why", commentId, index],
    queryFn: ({ signal }) =>
      comments.explain({ of: { case: "mention", value: { commentId, index } } }, { signal }),
    select: (page) => page.explanations,
  });
}
