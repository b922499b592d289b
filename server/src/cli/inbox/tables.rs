//! Inbox items and their figures for people, and as CSV.

use chrono::{DateTime, Utc};
use comfy_table::Cell;
use klartext_proto::v1;
use klartext_proto::v1::watch_inbox_response::Change;
use klartext_proto::v1::{InboxFigures, InboxItem, InboxReasonKind, InboxTimes, Undelivered};
use prost_types::Timestamp;

use super::super::CliError;
use super::super::output::{in_words, shown_time, table_with_ids, wide_table};

pub fn items_table(items: &[InboxItem]) -> String {
    let mut table = table_with_ids(&["id", "severity", "owner", "touchpoint", "age", "state", "reason"], 0);
    for item in items {
        table.add_row([
            Cell::new(&item.item_id),
            Cell::new(format!("{:.2}", item.severity)),
            Cell::new(owner(item)),
            Cell::new(or_dash(&item.touchpoint_name)),
            Cell::new(age(item.opened_at)),
            Cell::new(state(item)),
            Cell::new(short_reasons(item)),
        ]);
    }
    table.to_string()
}

/// One in full.
pub fn item_text(item: &InboxItem) -> String {
    let mut lines = vec![format!("{}  {} · severity {:.2}", item.item_id, state(item), item.severity)];
    lines.push(format!("{} · {} · comment {}", owner(item), or_dash(&item.touchpoint_name), item.comment_id));
    lines.push(reasons(item));
    lines.push(format!("to do: {}", action(item)));
    lines.extend(quotes(item).iter().map(|quote| format!("  “{quote}”")));
    lines.extend(item.history.iter().map(history_line));
    lines.join("\n")
}

fn history_line(entry: &v1::InboxHistoryEntry) -> String {
    let mut line =
        format!("{}  {}", shown_time(entry.time), in_words(entry.kind().as_str_name(), "INBOX_CHANGE_KIND_"));
    if !entry.by.is_empty() {
        line += &format!(" by {}", entry.by);
    }
    if entry.kind() == v1::InboxChangeKind::Reassigned {
        let side = |owner: &str, touchpoint: &str| {
            if touchpoint.is_empty() { or_dash(owner).to_owned() } else { format!("{} ({touchpoint})", or_dash(owner)) }
        };
        let from = side(&entry.from_owner, &entry.from_touchpoint);
        line += &format!(": {from} → {}", side(&entry.to_owner, &entry.to_touchpoint));
    }
    if entry.kind() == v1::InboxChangeKind::Resolved {
        line += if entry.customer_answered { ", customer answered" } else { ", customer not answered" };
    }
    if !entry.note.is_empty() {
        line += &format!(": {}", entry.note);
    }
    line
}

/// What a stream brings, in a line.
pub fn change_line(change: &Change) -> String {
    match change {
        Change::Item(item) => format!(
            "{}  {}  {:.2}  {}  {}  {}",
            shown_time(item.changed_at),
            state(item),
            item.severity,
            owner(item),
            item.item_id,
            reasons(item)
        ),
        Change::LeftItemId(id) => format!("left: {id}"),
    }
}

pub fn items_csv(items: &[InboxItem]) -> Result<String, CliError> {
    let header = [
        "item_id",
        "state",
        "severity",
        "owner",
        "touchpoint",
        "journey",
        "reasons",
        "suggested_action",
        "comment_id",
        "opened_at",
        "acknowledged_at",
        "resolved_at",
        "customer_answered",
        "evidence",
    ];
    let records = items.iter().map(record);
    csv_text(std::iter::once(header.map(str::to_owned).to_vec()).chain(records))
}

/// One, without a header.
pub fn csv_line(item: &InboxItem) -> Result<String, CliError> {
    csv_text(std::iter::once(record(item)))
}

fn record(item: &InboxItem) -> Vec<String> {
    Vec::from([
        item.item_id.clone(),
        state(item),
        item.severity.to_string(),
        item.owner.clone(),
        item.touchpoint.clone(),
        item.journey.clone(),
        reasons(item),
        action(item),
        item.comment_id.clone(),
        exact_time(item.opened_at),
        exact_time(item.acknowledged_at),
        exact_time(item.resolved_at),
        if item.resolved_at.is_some() { item.customer_answered.to_string() } else { String::new() },
        quotes(item).join(" … "),
    ])
}

/// The last row is the total.
pub fn figures_table(figures: &[InboxFigures], dimension: &str) -> String {
    let mut table = wide_table(&[
        dimension,
        "open",
        "acknowledged",
        "resolved",
        "withdrawn",
        "to acknowledge (p90)",
        "to resolve (p90)",
        "answered",
    ]);
    for (place, row) in figures.iter().enumerate() {
        let is_total = place + 1 == figures.len();
        table.add_row([
            Cell::new(if is_total { "all" } else { or_dash(&row.value) }),
            Cell::new(row.open),
            Cell::new(row.acknowledged),
            Cell::new(row.resolved),
            Cell::new(row.withdrawn),
            Cell::new(times(row.time_to_acknowledge.as_ref())),
            Cell::new(times(row.time_to_resolve.as_ref())),
            Cell::new(row.share_answered.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))),
        ]);
    }
    table.to_string()
}

pub fn figures_csv(figures: &[InboxFigures]) -> Result<String, CliError> {
    let header = "value,open,acknowledged,resolved,withdrawn,acknowledge_median_seconds,acknowledge_p90_seconds,\
                  resolve_median_seconds,resolve_p90_seconds,share_answered";
    let seconds = |times: &Option<InboxTimes>| {
        let InboxTimes { median, p90, .. } = times.unwrap_or_default();
        [median, p90].map(|duration| duration.map(|duration| duration.seconds.to_string()).unwrap_or_default())
    };
    let records = figures.iter().map(|row| {
        let counts = [row.open, row.acknowledged, row.resolved, row.withdrawn].map(|count| count.to_string());
        let mut record = vec![row.value.clone()];
        record.extend(counts);
        record.extend(seconds(&row.time_to_acknowledge));
        record.extend(seconds(&row.time_to_resolve));
        record.push(row.share_answered.map(|share| share.to_string()).unwrap_or_default());
        record
    });
    csv_text(std::iter::once(header.split(',').map(str::to_owned).collect()).chain(records))
}

pub fn undelivered_table(undelivered: &[Undelivered]) -> String {
    let mut table = table_with_ids(&["id", "hook", "item", "attempts", "first tried", "last tried", "why"], 0);
    for entry in undelivered {
        table.add_row([
            Cell::new(&entry.delivery_id),
            Cell::new(&entry.hook),
            Cell::new(&entry.item_id),
            Cell::new(entry.attempts),
            Cell::new(shown_time(entry.first_tried_at)),
            Cell::new(shown_time(entry.last_tried_at)),
            Cell::new(&entry.error),
        ]);
    }
    table.to_string()
}

pub fn undelivered_csv(undelivered: &[Undelivered]) -> Result<String, CliError> {
    let header = ["delivery_id", "hook", "item_id", "attempts", "first_tried_at", "last_tried_at", "error"];
    let records = undelivered.iter().map(|entry| {
        Vec::from([
            entry.delivery_id.clone(),
            entry.hook.clone(),
            entry.item_id.clone(),
            entry.attempts.to_string(),
            exact_time(entry.first_tried_at),
            exact_time(entry.last_tried_at),
            entry.error.clone(),
        ])
    });
    csv_text(std::iter::once(header.map(str::to_owned).to_vec()).chain(records))
}

fn csv_text(records: impl Iterator<Item = Vec<String>>) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(CliError::failed)?;
    }
    String::from_utf8(writer.into_inner().map_err(CliError::failed)?).map_err(CliError::failed)
}

fn state(item: &InboxItem) -> String {
    in_words(item.state().as_str_name(), "INBOX_STATE_")
}

fn owner(item: &InboxItem) -> &str {
    if item.owner.is_empty() { "(nobody)" } else { &item.owner }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

fn reasons(item: &InboxItem) -> String {
    item.reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

/// Severity has a column of its own.
fn short_reasons(item: &InboxItem) -> String {
    let shown = item.reasons.iter().filter(|reason| reason.kind() != InboxReasonKind::Severity);
    let short = shown.map(|reason| match reason.kind() {
        InboxReasonKind::Discrepancy => in_words(reason.discrepancy().as_str_name(), "DISCREPANCY_KIND_"),
        InboxReasonKind::Friction => {
            let kinds = reason.frictions().map(|kind| in_words(kind.as_str_name(), "FRICTION_KIND_"));
            kinds.collect::<Vec<_>>().join(", ")
        }
        InboxReasonKind::Handover => reason.text.clone(),
        InboxReasonKind::AnswerNeeded | InboxReasonKind::Severity | InboxReasonKind::Unspecified => {
            in_words(reason.kind().as_str_name(), "INBOX_REASON_KIND_")
        }
    });
    short.collect::<Vec<_>>().join("; ")
}

fn action(item: &InboxItem) -> String {
    in_words(item.suggested_action().as_str_name(), "SUGGESTED_ACTION_")
}

fn quotes(item: &InboxItem) -> Vec<&str> {
    item.evidence.iter().map(|evidence| evidence.text.as_str()).collect()
}

fn exact_time(time: Option<Timestamp>) -> String {
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default()
}

fn age(since: Option<Timestamp>) -> String {
    let since = since.and_then(|since| DateTime::from_timestamp(since.seconds, 0));
    since.map(|since| duration((Utc::now() - since).num_seconds().max(0))).unwrap_or_default()
}

/// "2 h (3 d)": half take at most so long, and nine tenths at most the one in brackets.
fn times(times: Option<&InboxTimes>) -> String {
    let InboxTimes { median, p90, .. } = times.copied().unwrap_or_default();
    match (median, p90) {
        (Some(median), Some(p90)) => format!("{} ({})", duration(median.seconds), duration(p90.seconds)),
        _ => "–".to_owned(),
    }
}

/// In the largest unit of which there is one.
fn duration(seconds: i64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "s"));
    format!("{} {unit}", seconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_largest_unit() {
        let shown = [0, 59, 60, 7_300, 200_000].map(duration);
        assert_eq!(shown, ["0 s", "59 s", "1 min", "2 h", "2 d"]);
    }
}
