//! Results for people and for programs.

use std::io::{IsTerminal, Write};

use chrono::DateTime;
use clap::ValueEnum;
use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table};
use klartext_proto::to_canonical_json;
use klartext_proto::v1::{
    ActionKind, AnalyzeResult, Channel, Comment, DiscrepancyKind, Friction, FrictionKind, HandoverSide, Insight,
    Polarity, SearchHit, Sentiment, StoredComment, analyze_result,
};
use prost::{Message, Name};
use prost_types::Timestamp;

use super::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Table,
    /// One JSON array of messages.
    Json,
    /// One message a line.
    Jsonl,
}

impl OutputFormat {
    /// A table on a terminal, JSON Lines into a pipe or a file.
    pub fn for_stdout() -> Self {
        if std::io::stdout().is_terminal() { OutputFormat::Table } else { OutputFormat::Jsonl }
    }
}

/// Columns of text; narrower, words would be cut into letters.
const MIN_WIDTH: u16 = 120;

/// Writes results as they come, in order.
pub struct Printer {
    format: OutputFormat,
    printed: usize,
}

impl Printer {
    pub fn new(format: OutputFormat) -> Self {
        Self { format, printed: 0 }
    }

    pub fn print(&mut self, result: &AnalyzeResult) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        let written = match self.format {
            OutputFormat::Table => writeln!(out, "{}", describe(result)),
            OutputFormat::Json => {
                let separator = if self.printed == 0 { "[" } else { "," };
                write!(out, "{separator}\n{}", to_canonical_json(result))
            }
            OutputFormat::Jsonl => writeln!(out, "{}", to_canonical_json(result)),
        };
        self.printed += 1;
        written.map_err(CliError::failed)
    }

    pub fn finish(self) -> Result<(), CliError> {
        let ending = match (self.format, self.printed) {
            (OutputFormat::Json, 0) => "[]\n",
            (OutputFormat::Json, _) => "\n]\n",
            (OutputFormat::Table | OutputFormat::Jsonl, _) => "",
        };
        std::io::stdout().write_all(ending.as_bytes()).map_err(CliError::failed)
    }
}

/// Writes messages that are all there.
pub fn print_all<M: Message + Name>(
    format: OutputFormat,
    messages: &[M],
    for_people: fn(&[M]) -> String,
) -> Result<(), CliError> {
    let json = || messages.iter().map(to_canonical_json);
    let text = match format {
        OutputFormat::Table => for_people(messages),
        OutputFormat::Json => serde_json::Value::Array(json().collect()).to_string(),
        OutputFormat::Jsonl => json().map(|message| message.to_string()).collect::<Vec<_>>().join("\n"),
    };
    if text.is_empty() {
        return Ok(());
    }
    writeln!(std::io::stdout(), "{text}").map_err(CliError::failed)
}

/// Stored comments in full.
pub fn full_comments(comments: &[StoredComment]) -> String {
    comments.iter().map(full_comment).collect::<Vec<_>>().join("\n\n")
}

fn full_comment(stored: &StoredComment) -> String {
    let comment = stored.comment.clone().unwrap_or_default();
    let insight = stored.insight.clone().unwrap_or_default();
    let mut lines = vec![format!("{}  {}", insight.comment_id, origin(&comment)), comment.text];
    lines.push(headline(&insight));
    lines.push(mentions(&insight).to_string());
    for (index, mention) in insight.mentions.iter().enumerate() {
        for correction in &mention.corrections {
            let label = in_words(correction.label().as_str_name(), "CORRECTED_LABEL_");
            let (who, when) = (&correction.corrected_by, shown_time(correction.corrected_at));
            lines.push(format!("mention {index}: {label} set by {who}, {when}"));
        }
    }
    lines.join("\n")
}

/// Where and when a comment was made.
fn origin(comment: &Comment) -> String {
    let mut parts = vec![shown_time(comment.time)];
    if comment.channel() != Channel::Unspecified {
        parts.push(in_words(comment.channel().as_str_name(), "CHANNEL_").replace(' ', "-"));
    }
    parts.push(format!("{}/{}", comment.source, comment.external_id));
    let scores = comment.scores.unwrap_or_default();
    for (name, score) in [("NPS", scores.nps), ("CSAT", scores.csat), ("stars", scores.stars)] {
        parts.extend(score.map(|score| format!("{name} {score}")));
    }
    parts.join(" · ")
}

pub fn shown_time(time: Option<Timestamp>) -> String {
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    time.map(|time| time.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// Stored comments, one a row.
pub fn comments_table(comments: &[StoredComment]) -> String {
    let mut table = table_with_ids(&["id", "date", "sentiment", "severity", "touchpoints", "text"], 0);
    for stored in comments {
        table.add_row(comment_cells(stored));
    }
    table.to_string()
}

/// Hits of a search, one a row: the mention that was found, or the comment.
pub fn hits_table(hits: &[SearchHit]) -> String {
    let mut table = table_with_ids(&["similarity", "id", "mention", "sentiment", "touchpoints", "text"], 1);
    for hit in hits {
        let stored = hit.comment.clone().unwrap_or_default();
        let insight = stored.insight.unwrap_or_default();
        let mut row = vec![Cell::new(format!("{:.3}", hit.similarity)), Cell::new(&insight.comment_id)];
        match hit.mention.and_then(|index| Some((index, insight.mentions.get(index as usize)?))) {
            Some((index, mention)) => row.extend([
                Cell::new(index),
                sentiment_cell(mention.sentiment.as_ref()),
                Cell::new(mention.touchpoint.as_ref().map_or("–", |tag| tag.name.as_str())),
                Cell::new(&mention.text),
            ]),
            None => row.extend([
                Cell::new(""),
                sentiment_cell(insight.sentiment.as_ref()),
                Cell::new(touchpoints(&insight)),
                Cell::new(stored.comment.unwrap_or_default().text),
            ]),
        }
        table.add_row(row);
    }
    table.to_string()
}

fn comment_cells(stored: &StoredComment) -> Vec<Cell> {
    let comment = stored.comment.clone().unwrap_or_default();
    let insight = stored.insight.clone().unwrap_or_default();
    vec![
        Cell::new(&insight.comment_id),
        Cell::new(shown_time(comment.time).split(' ').next().unwrap_or_default()),
        sentiment_cell(insight.sentiment.as_ref()),
        Cell::new(format!("{:.2}", insight.severity)),
        Cell::new(touchpoints(&insight)),
        Cell::new(&comment.text),
    ]
}

/// Each touchpoint of the comment once.
fn touchpoints(insight: &Insight) -> String {
    let mut names: Vec<&str> = Vec::new();
    let found = insight.mentions.iter().filter_map(|mention| mention.touchpoint.as_ref());
    for tag in insight.given_touchpoint.iter().chain(found) {
        if !names.contains(&tag.name.as_str()) {
            names.push(&tag.name);
        }
    }
    names.join(", ")
}

fn describe(result: &AnalyzeResult) -> String {
    let id = if result.external_id.is_empty() { String::new() } else { format!("{}: ", result.external_id) };
    match &result.outcome {
        Some(analyze_result::Outcome::Insight(insight)) => format!("{id}{}\n{}", headline(insight), mentions(insight)),
        Some(analyze_result::Outcome::Error(error)) => format!("{id}refused: {}", error.message),
        None => format!("{id}no answer"),
    }
}

fn headline(insight: &Insight) -> String {
    let mut parts = Vec::new();
    if let Some(sentiment) = &insight.sentiment {
        parts.push(format!("{} {:+.2}", polarity_name(sentiment.polarity()), sentiment.score));
    }
    if let Some(action) = &insight.action {
        match action.kind() {
            ActionKind::AnswerNeeded => parts.push("answer needed".to_owned()),
            ActionKind::Suggestion => parts.push("suggestion".to_owned()),
            ActionKind::Praise => parts.push("praise".to_owned()),
            ActionKind::None | ActionKind::Unspecified => {}
        }
    }
    parts.push(format!("severity {:.2}", insight.severity));
    if let Some(discrepancy) = insight.discrepancy.as_ref().filter(|found| found.kind() != DiscrepancyKind::None) {
        parts.push(discrepancy.reason.clone());
    }
    if let Some(handover) = &insight.handover {
        let side = |side: &Option<HandoverSide>| {
            let HandoverSide { owner, text, .. } = side.clone().unwrap_or_default();
            if owner.is_empty() { text } else { owner }
        };
        parts.push(format!("handover {} → {}", side(&handover.from), side(&handover.to)));
    }
    if let Some(given) = &insight.given_touchpoint {
        parts.push(format!("asked at {}", given.name));
    }
    parts.push(insight.language.clone());
    parts.join(" · ")
}

/// The name of a proto's enum value, which begins with the enum's, for people: "repeated contact".
pub fn in_words(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase().replace('_', " ")
}

/// A table whose ids, in this column, stay in one piece: they are there to be copied.
pub fn table_with_ids(header: &[&str], ids: usize) -> Table {
    let mut table = wide_table(header);
    if let Some(column) = table.column_mut(ids) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

pub fn wide_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none_or(|width| width < MIN_WIDTH) {
        table.set_width(MIN_WIDTH);
    }
    table.set_header(header);
    table
}

fn mentions(insight: &Insight) -> Table {
    let mut table = wide_table(&["mention", "sentiment", "touchpoint", "owner", "topics", "friction"]);
    for mention in &insight.mentions {
        let touchpoint = mention.touchpoint.as_ref();
        let topics: Vec<&str> = mention.topics.iter().map(|topic| topic.name.as_str()).collect();
        table.add_row([
            Cell::new(&mention.text),
            sentiment_cell(mention.sentiment.as_ref()),
            Cell::new(touchpoint.map_or_else(|| "–".to_owned(), |tag| format!("{} ({:.2})", tag.name, tag.confidence))),
            Cell::new(touchpoint.map_or("", |tag| tag.owner.as_str())),
            Cell::new(topics.join(", ")),
            Cell::new(mention.frictions.iter().map(friction).collect::<Vec<_>>().join(", ")),
        ]);
    }
    table
}

fn friction(friction: &Friction) -> String {
    let name = match friction.kind() {
        FrictionKind::Waiting => "waiting",
        FrictionKind::RepeatedContact => "repeated contact",
        FrictionKind::Uncertainty => "uncertainty",
        FrictionKind::DeadEnd => "dead end",
        FrictionKind::Unspecified => "",
    };
    let named = friction.minutes.map(shown_minutes).or(friction.count.map(|count| format!("{count} times")));
    named.map_or_else(|| name.to_owned(), |named| format!("{name} ({named})"))
}

/// In the largest unit of which there are two, or the next smaller one.
fn shown_minutes(minutes: f64) -> String {
    let units = [(525_600.0, "years"), (43_200.0, "months"), (10_080.0, "weeks"), (1_440.0, "days"), (60.0, "hours")];
    let (size, unit) = units.into_iter().find(|(size, _)| minutes >= 2.0 * size).unwrap_or((1.0, "minutes"));
    format!("{} {unit}", (minutes / size * 10.0).round() / 10.0)
}

fn sentiment_cell(sentiment: Option<&Sentiment>) -> Cell {
    let Some(sentiment) = sentiment else {
        return Cell::new("");
    };
    let cell = Cell::new(format!("{} {:+.2}", polarity_name(sentiment.polarity()), sentiment.score));
    match sentiment.polarity() {
        Polarity::Negative => cell.fg(Color::Red),
        Polarity::Positive => cell.fg(Color::Green),
        Polarity::Neutral | Polarity::Mixed | Polarity::Unspecified => cell,
    }
}

pub fn polarity_name(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Negative => "negative",
        Polarity::Neutral => "neutral",
        Polarity::Positive => "positive",
        Polarity::Mixed => "mixed",
        Polarity::Unspecified => "",
    }
}
