//! What a web hook is sent: JSON, small, and of the comment no more than the masked words that the item is about.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::inbox::{Followed, ShownItem};

/// Mentions, and characters of each, that are quoted.
const MOST_QUOTED: usize = 5;
const MOST_CHARS: usize = 300;

/// The body of a message about a change.
pub(super) fn body(change: &Followed) -> String {
    match change {
        Followed::Changed(shown) => of_item(shown),
        Followed::Left(id) => of_left(*id),
    }
    .to_string()
}

fn of_left(id: Uuid) -> Value {
    json!({ "type": "inbox_item.left", "timestamp": written(Utc::now()), "data": { "itemId": id } })
}

fn of_item(shown: &ShownItem) -> Value {
    let ShownItem { item, comment, evidence, touchpoint_name } = shown;
    let quote = |index: &usize| {
        let mention = comment.insight.mentions.get(*index)?;
        let text = comment.comment.text.get(mention.span.clone())?;
        Some(json!({ "index": index, "text": shortened(text) }))
    };
    let quotes: Vec<Value> = evidence.iter().filter_map(quote).take(MOST_QUOTED).collect();
    let reasons =
        item.reasons.iter().map(|reason| json!({ "kind": reason.kind(), "text": reason.text(item.severity) }));
    json!({
        "type": format!("inbox_item.{}", item.state.name()),
        "timestamp": written(item.changed_at()),
        "data": {
            "itemId": item.id,
            "state": item.state,
            "owner": item.assignment.owner,
            "touchpoint": item.assignment.touchpoint,
            "touchpointName": touchpoint_name,
            "journey": item.journey,
            "severity": item.severity,
            "reasons": reasons.collect::<Vec<_>>(),
            "suggestedAction": item.suggested_action,
            "evidence": quotes,
            "commentId": item.comment_id,
            "channel": comment.comment.channel,
            "commentTime": written(comment.comment.time),
            "openedAt": written(item.opened_at()),
            "acknowledgedAt": item.acknowledged_at.map(written),
            "resolvedAt": item.resolved_at.map(written),
            "customerAnswered": item.customer_answered(),
        }
    })
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(MOST_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_shortened() {
        assert_eq!(shortened("zu lang"), "zu lang");
        let shown = shortened(&"ä".repeat(MOST_CHARS + 1));
        assert_eq!((shown.chars().count(), shown.chars().last()), (MOST_CHARS + 1, Some('…')));
    }
}
