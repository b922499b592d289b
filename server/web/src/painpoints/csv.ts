import { nameOf } from "../api/enums";
import { dateOf } from "../api/times";
import { ChannelSchema } from "../gen/klartext/v1/comment_pb";
import type { PainPointMention } from "../gen/klartext/v1/painpoint_pb";
import { saveCsv } from "../ui/saveFile";

/** Saves a pain point's mentions under the names that the interface has. */
export function saveMentions(mentions: PainPointMention[]): void {
  saveCsv(
    "pain-point.csv",
    mentions.map(({ commentId, index, text, channel, time, membership, copies }) => ({
      comment_id: commentId,
      mention: index,
      text,
      channel: nameOf(ChannelSchema, channel),
      time: dateOf(time)?.toISOString() ?? "",
      membership,
      copies,
    })),
  );
}
