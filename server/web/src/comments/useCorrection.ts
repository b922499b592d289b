import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";

import { comments } from "../api/clients";
import type { StoredComment } from "../gen/klartext/v1/comment_pb";
import type { LabelValue } from "./corrections";
import { commentKey } from "./useComment";
import { COMMENTS_KEY, idOf, type Found } from "./useComments";

interface Correction {
  index: number;
  label: LabelValue;
  person: string;
}

type FoundPages = InfiniteData<{ found: Found[] }>;

/** Corrects a mention, and shows the comment as it is stored now wherever it is on the page. */
export function useCorrection(commentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ index, label, person }: Correction) =>
      comments.correct({ mention: { commentId, index }, label, correctedBy: person }),
    onSuccess: (corrected: StoredComment) => {
      client.setQueryData(commentKey(commentId), corrected);
      const update = (one: Found) => (idOf(one.comment) === commentId ? { ...one, comment: corrected } : one);
      client.setQueriesData<FoundPages>({ queryKey: [COMMENTS_KEY, "list"] }, (data) =>
        data && { ...data, pages: data.pages.map((page) => ({ ...page, found: page.found.map(update) })) },
      );
    },
  });
}
