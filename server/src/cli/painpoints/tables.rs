//! Pain points, discoveries and events for people.

use comfy_table::Cell;
use klartext_proto::v1;
use klartext_proto::v1::{Contrast, Discovery, PainPoint, PainPointEvent, PainPointMention, Part, TrendPoint};

use super::super::output::{in_words, shown_time, table_with_ids, wide_table};

/// Parts of a mix that are shown, of one pain point.
const PARTS_SHOWN: usize = 3;
/// p-values below this are called a trend.
const SIGNIFICANT: f64 = 0.05;

pub fn list_table(pain_points: &[PainPoint]) -> String {
    let header = ["id", "name", "severity", "hidden", "mentions", "trend", "channel", "touchpoint", "friction"];
    let mut table = table_with_ids(&header, 0);
    for pain_point in pain_points {
        table.add_row(list_cells(pain_point));
    }
    table.to_string()
}

fn list_cells(pain_point: &PainPoint) -> Vec<Cell> {
    let measures = pain_point.measures.clone().unwrap_or_default();
    let hiddenness = measures.hiddenness.unwrap_or_default();
    let name = if pain_point.emerging { format!("{} (new)", pain_point.name) } else { pain_point.name.clone() };
    vec![
        Cell::new(&pain_point.pain_point_id),
        Cell::new(name),
        Cell::new(format!("{:.2}", measures.severity)),
        Cell::new(format!("{:.2}", hiddenness.score)),
        Cell::new(measures.mentions),
        Cell::new(trend(&measures)),
        Cell::new(mix(&measures.channels, 1)),
        Cell::new(mix(&measures.touchpoints, 1)),
        Cell::new(mix(&measures.frictions, 1)),
    ]
}

pub fn similar_table(similar: &[v1::SimilarPainPoint]) -> String {
    let mut table = table_with_ids(&["id", "similarity", "name", "mentions", "severity"], 0);
    for found in similar {
        let pain_point = found.pain_point.clone().unwrap_or_default();
        let measures = pain_point.measures.unwrap_or_default();
        table.add_row([
            Cell::new(pain_point.pain_point_id),
            Cell::new(format!("{:.3}", found.similarity)),
            Cell::new(pain_point.name),
            Cell::new(measures.mentions),
            Cell::new(format!("{:.2}", measures.severity)),
        ]);
    }
    table.to_string()
}

/// One in full.
pub fn pain_point_text(pain_point: &PainPoint) -> String {
    let measures = pain_point.measures.clone().unwrap_or_default();
    let mut lines = vec![format!("{}  {}", pain_point.pain_point_id, pain_point.name)];
    if !pain_point.named_by.is_empty() {
        lines.push(format!("named by {}; the machine says {}", pain_point.named_by, pain_point.machine_name));
    }
    let state = in_words(pain_point.state().as_str_name(), "PAIN_POINT_STATE_");
    let merged =
        if pain_point.merged_into.is_empty() { String::new() } else { format!(" into {}", pain_point.merged_into) };
    lines.push(format!(
        "{state}{merged} · severity {:.2} · {} mentions in {} comments ({:.1} %), {} weak members",
        measures.severity,
        measures.mentions,
        measures.comments,
        measures.share * 100.0,
        measures.weak_members
    ));
    lines.push(format!(
        "seen {} to {} · {}{}",
        shown_time(measures.first_seen),
        shown_time(measures.last_seen),
        trend(&measures),
        if pain_point.emerging { " · emerging" } else { "" }
    ));
    if let Some(hiddenness) = &measures.hiddenness {
        lines.push(format!(
            "hiddenness {:.2}: unexplained {:.2}, spread over channels {:.2}, masked by good scores {:.2}",
            hiddenness.score, hiddenness.unexplained, hiddenness.spread, hiddenness.masked
        ));
    }
    let mixes = [
        ("channels", &measures.channels),
        ("touchpoints", &measures.touchpoints),
        ("owners", &measures.owners),
        ("topics", &measures.topics),
        ("friction", &measures.frictions),
    ];
    for (name, parts) in mixes.into_iter().filter(|(_, parts)| !parts.is_empty()) {
        lines.push(format!("{name}: {}", mix(parts, PARTS_SHOWN)));
    }
    if let Some(handover) = &measures.handover {
        lines.push(format!(
            "handover {} → {} in {:.0} %",
            handover.from_owner,
            handover.to_owner,
            handover.share * 100.0
        ));
    }
    lines.extend(measures.contrasts.iter().map(contrast));
    let terms: Vec<&str> = pain_point.key_terms.iter().map(|term| term.term.as_str()).collect();
    if !terms.is_empty() {
        lines.push(format!("key terms: {}", terms.join(", ")));
    }
    lines.extend(pain_point.quotes.iter().map(|quote| format!("  “{}”", quote.text)));
    lines.join("\n")
}

/// "nps 3.1 against 7.4 of the others (-5.0 to -3.6)".
fn contrast(contrast: &Contrast) -> String {
    let Contrast { figure, comments, mean, other_mean, low, high, .. } = contrast;
    format!(
        "{figure} {mean:.1} in {comments} comments, {other_mean:.1} in the others (difference {low:+.1} to {high:+.1})"
    )
}

fn trend(measures: &v1::PainPointMeasures) -> String {
    let test = measures.trend.unwrap_or_default();
    if test.p_value >= SIGNIFICANT || test.weeks == 0 {
        return "steady".to_owned();
    }
    let direction = if test.slope > 0.0 { "rising" } else { "falling" };
    format!("{direction} {:+.1} points a week", test.slope)
}

/// The largest parts.
fn mix(parts: &[Part], most: usize) -> String {
    let shown = parts.iter().filter(|part| !part.value.is_empty()).take(most);
    shown.map(|part| format!("{} {:.0} %", value_name(&part.value), part.share * 100.0)).collect::<Vec<_>>().join(", ")
}

/// Channels and kinds of friction come by the names of the proto's enums, everything else by its own.
fn value_name(value: &str) -> String {
    let prefix = ["CHANNEL_", "FRICTION_KIND_"].into_iter().find(|prefix| value.starts_with(prefix));
    prefix.map_or_else(|| value.to_owned(), |prefix| in_words(value, prefix))
}

pub fn mentions_table(mentions: &[PainPointMention]) -> String {
    let mut table = table_with_ids(&["comment", "mention", "member", "copies", "time", "text"], 0);
    for mention in mentions {
        table.add_row([
            Cell::new(&mention.comment_id),
            Cell::new(mention.index),
            Cell::new(format!("{:.2}", mention.membership)),
            Cell::new(mention.copies),
            Cell::new(shown_time(mention.time)),
            Cell::new(&mention.text),
        ]);
    }
    table.to_string()
}

pub fn trend_table(points: &[TrendPoint]) -> String {
    let mut table = wide_table(&["from", "mentions", "of all", "share", "95 %"]);
    for point in points {
        table.add_row([
            Cell::new(shown_time(point.start)),
            Cell::new(point.mentions),
            Cell::new(point.all_mentions),
            Cell::new(format!("{:.1} %", point.share * 100.0)),
            Cell::new(format!("{:.1} to {:.1} %", point.low * 100.0, point.high * 100.0)),
        ]);
    }
    table.to_string()
}

pub fn discoveries_table(discoveries: &[Discovery]) -> String {
    let header = [
        "id",
        "journey",
        "state",
        "started",
        "mentions",
        "pain points",
        "born",
        "continued",
        "ended",
        "weak",
        "seconds",
    ];
    let mut table = table_with_ids(&header, 0);
    for discovery in discoveries {
        let state = in_words(discovery.state().as_str_name(), "DISCOVERY_STATE_");
        let state = if discovery.error.is_empty() { state } else { format!("{state}: {}", discovery.error) };
        table.add_row([
            Cell::new(&discovery.discovery_id),
            Cell::new(&discovery.journey),
            Cell::new(state),
            Cell::new(shown_time(discovery.started_at)),
            Cell::new(discovery.mentions_total),
            Cell::new(discovery.pain_points),
            Cell::new(discovery.born),
            Cell::new(discovery.continued),
            Cell::new(discovery.ended),
            Cell::new(discovery.weak_members),
            Cell::new(format!("{:.1}", discovery.seconds)),
        ]);
    }
    table.to_string()
}

pub fn events_table(events: &[PainPointEvent]) -> String {
    events.iter().map(event_line).collect::<Vec<_>>().join("\n")
}

/// "2026-11-25 20:10  renamed  Warten auf Erstattung (8 mentions) by anna  0190…".
pub fn event_line(event: &PainPointEvent) -> String {
    let kind = in_words(event.kind().as_str_name(), "PAIN_POINT_EVENT_KIND_");
    let mut parts = vec![shown_time(event.time), kind, format!("{} ({} mentions)", event.name, event.mentions)];
    if !event.by.is_empty() {
        parts.push(format!("by {}", event.by));
    }
    parts.push(event.pain_point_id.clone());
    if !event.others.is_empty() {
        parts.push(format!("with {}", event.others.join(", ")));
    }
    parts.join("  ")
}
