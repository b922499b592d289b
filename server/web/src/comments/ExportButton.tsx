import { useState } from "react";

import { nameOf } from "../api/enums";
import { comments } from "../api/clients";
import { dateOf } from "../api/times";
import { ChannelSchema, type StoredComment } from "../gen/klartext/v1/comment_pb";
import { PolaritySchema } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { saveCsv } from "../ui/saveFile";
import { isSearch, toFilter, type CommentQuery } from "./query";
import type { Found } from "./useComments";

const SHOWN_EVERY = 100;

interface Props {
  query: CommentQuery;
  found: Found[];
}

/** One row per mention, under the names that the interface has. */
function rowsOf({ comment, insight }: StoredComment): Record<string, string | number>[] {
  if (!comment || !insight) return [];
  return insight.mentions.map((mention) => ({
    comment_id: insight.commentId,
    source: comment.source,
    external_id: comment.externalId,
    channel: nameOf(ChannelSchema, comment.channel),
    time: dateOf(comment.time)?.toISOString() ?? "",
    nps: comment.scores?.nps ?? "",
    csat: comment.scores?.csat ?? "",
    stars: comment.scores?.stars ?? "",
    severity: insight.severity,
    text: comment.text,
    mention: mention.text,
    sentiment: nameOf(PolaritySchema, mention.sentiment?.polarity ?? 0),
    touchpoint: mention.touchpoint?.touchpoint ?? "",
    owner: mention.touchpoint?.owner ?? "",
    topics: mention.topics.map(({ topic }) => topic).join(" "),
  }));
}

async function readAll(query: CommentQuery, onRead: (count: number) => void) {
  const rows: Record<string, string | number>[] = [];
  let read = 0;
  for await (const { comment } of comments.export({ filter: toFilter(query) })) {
    if (comment) rows.push(...rowsOf(comment));
    read += 1;
    if (read % SHOWN_EVERY === 0) onRead(read);
  }
  return rows;
}

/** Saves what is shown: every comment of the filter, or what a search has found so far. */
export function ExportButton({ query, found }: Props) {
  const messages = useMessages();
  const format = useFormat();
  const [written, setWritten] = useState<number>();
  const [error, setError] = useState<unknown>();

  const save = async () => {
    setError(undefined);
    setWritten(0);
    try {
      const rows = isSearch(query) ? found.flatMap((one) => rowsOf(one.comment)) : await readAll(query, setWritten);
      saveCsv("comments.csv", rows);
    } catch (failure) {
      setError(failure);
    } finally {
      setWritten(undefined);
    }
  };

  return (
    <>
      <Button look="quiet" isDisabled={written !== undefined || found.length === 0} onPress={() => void save()}>
        {written === undefined ? messages.comments.export : messages.comments.exporting(format.count(written))}
      </Button>
      {error !== undefined && <Failure error={error} />}
    </>
  );
}
