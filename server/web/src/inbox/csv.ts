import { nameOf } from "../api/enums";
import { dateOf } from "../api/times";
import { ChannelSchema } from "../gen/klartext/v1/comment_pb";
import { InboxReasonKindSchema, InboxStateSchema, SuggestedActionSchema, type InboxItem } from "../gen/klartext/v1/inbox_pb";
import { saveCsv } from "../ui/saveFile";

/** Saves items under the names that the interface has. */
export function saveInbox(items: InboxItem[]): void {
  saveCsv(
    "inbox.csv",
    items.map((item) => ({
      item_id: item.itemId,
      state: nameOf(InboxStateSchema, item.state),
      owner: item.owner,
      touchpoint: item.touchpoint,
      severity: item.severity,
      reasons: item.reasons.map(({ kind }) => nameOf(InboxReasonKindSchema, kind)).join(" "),
      suggested_action: nameOf(SuggestedActionSchema, item.suggestedAction),
      channel: nameOf(ChannelSchema, item.channel),
      opened_at: dateOf(item.openedAt)?.toISOString() ?? "",
      acknowledged_at: dateOf(item.acknowledgedAt)?.toISOString() ?? "",
      resolved_at: dateOf(item.resolvedAt)?.toISOString() ?? "",
      comment_id: item.commentId,
      evidence: item.evidence.map(({ text }) => text).join(" … "),
    })),
  );
}
