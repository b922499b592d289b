import { useQuery } from "@tanstack/react-query";

import { comments } from "../api/clients";
import { COMMENTS_KEY } from "./useComments";

export function commentKey(commentId: string): string[] {
  return [COMMENTS_KEY, "one", commentId];
}

export function useComment(commentId: string) {
  return useQuery({
    queryKey: commentKey(commentId),
    queryFn: ({ signal }) => comments.get({ by: { case: "commentId", value: commentId } }, { signal }),
  });
}
