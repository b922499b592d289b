//! Results for people and for programs.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use klartext_proto::to_canonical_json;
use klartext_proto::v1::{ActionKind, AnalyzeResult, DiscrepancyKind, Insight, Mention, Polarity, analyze_result};

use super::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Table,
    /// One JSON array of AnalyzeResult messages.
    Json,
    /// One AnalyzeResult message a line.
    Jsonl,
}

impl OutputFormat {
    /// A table on a terminal, JSON Lines into a pipe or a file.
    pub fn for_stdout() -> Self {
        if std::io::stdout().is_terminal() { OutputFormat::Table } else { OutputFormat::Jsonl }
    }
}

/// Columns of text; narrower, words would be cut into letters.
const MIN_WIDTH: u16 = 100;

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
    if let Some(given) = &insight.given_touchpoint {
        parts.push(format!("asked at {}", given.name));
    }
    parts.push(insight.language.clone());
    parts.join(" · ")
}

fn mentions(insight: &Insight) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none_or(|width| width < MIN_WIDTH) {
        table.set_width(MIN_WIDTH);
    }
    table.set_header(["mention", "sentiment", "touchpoint", "owner", "topics"]);
    for mention in &insight.mentions {
        let touchpoint = mention.touchpoint.as_ref();
        let topics: Vec<&str> = mention.topics.iter().map(|topic| topic.name.as_str()).collect();
        table.add_row([
            Cell::new(&mention.text),
            sentiment_cell(mention),
            Cell::new(touchpoint.map_or_else(|| "–".to_owned(), |tag| format!("{} ({:.2})", tag.name, tag.confidence))),
            Cell::new(touchpoint.map_or("", |tag| tag.owner.as_str())),
            Cell::new(topics.join(", ")),
        ]);
    }
    table
}

fn sentiment_cell(mention: &Mention) -> Cell {
    let Some(sentiment) = &mention.sentiment else {
        return Cell::new("");
    };
    let cell = Cell::new(format!("{} {:+.2}", polarity_name(sentiment.polarity()), sentiment.score));
    match sentiment.polarity() {
        Polarity::Negative => cell.fg(Color::Red),
        Polarity::Positive => cell.fg(Color::Green),
        Polarity::Neutral | Polarity::Mixed | Polarity::Unspecified => cell,
    }
}

fn polarity_name(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Negative => "negative",
        Polarity::Neutral => "neutral",
        Polarity::Positive => "positive",
        Polarity::Mixed => "mixed",
        Polarity::Unspecified => "",
    }
}
