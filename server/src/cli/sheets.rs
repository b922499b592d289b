//! Figures for people and for programs: a table, the message as JSON, or CSV.

use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};
use comfy_table::{ColumnConstraint, Table};
use klartext_proto::to_canonical_json;
use klartext_proto::v1::Estimate;
use prost::{Message, Name};

use super::CliError;
use super::output::wide_table;

/// From the lowest value of a series to its highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Longer series are drawn with means of neighbours, so that a row stays on its line.
const MOST_BARS: usize = 26;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SheetFormat {
    /// For people.
    Table,
    /// The message that the service answers.
    Json,
    Csv,
}

/// How figures are printed.
#[derive(Debug, Clone, Args)]
pub struct SheetArgs {
    /// How to print: a table on a terminal, json elsewhere.
    #[arg(long, value_enum)]
    format: Option<SheetFormat>,
    /// The same as --format json.
    #[arg(long, conflicts_with_all = ["format", "csv"])]
    json: bool,
    /// The same as --format csv.
    #[arg(long, conflicts_with = "format")]
    csv: bool,
}

impl SheetArgs {
    fn format(&self) -> SheetFormat {
        let in_pipe = if std::io::stdout().is_terminal() { SheetFormat::Table } else { SheetFormat::Json };
        match (self.json, self.csv) {
            (true, _) => SheetFormat::Json,
            (_, true) => SheetFormat::Csv,
            _ => self.format.unwrap_or(in_pipe),
        }
    }

    /// Prints a message; `rows` are those of the CSV, below its header.
    pub fn print<M: Message + Name>(
        &self,
        message: &M,
        for_people: impl FnOnce(&M) -> String,
        header: &str,
        rows: impl FnOnce(&M) -> Vec<Vec<String>>,
    ) -> Result<(), CliError> {
        let text = match self.format() {
            SheetFormat::Table => for_people(message),
            SheetFormat::Json => to_canonical_json(message).to_string(),
            SheetFormat::Csv => csv_text(header, rows(message))?,
        };
        writeln!(std::io::stdout(), "{}", text.trim_end()).map_err(CliError::failed)
    }
}

fn csv_text(header: &str, rows: Vec<Vec<String>>) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header.split(',')).map_err(CliError::failed)?;
    for row in rows {
        writer.write_record(row).map_err(CliError::failed)?;
    }
    String::from_utf8(writer.into_inner().map_err(CliError::failed)?).map_err(CliError::failed)
}

/// A table whose numbers stay in one piece: only the first `names` columns are wrapped.
pub fn number_table(header: &[&str], names: usize) -> Table {
    let mut table = wide_table(header);
    for column in table.column_iter_mut().skip(names) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

/// "+12 (+3…+21)".
pub fn signed(value: f64, low: f64, high: f64, decimals: usize) -> String {
    // Rounded first, and zero added, so that there is no "-0".
    let scale = 10_f64.powi(decimals as i32);
    let [value, low, high] = [value, low, high].map(|number| (number * scale).round() / scale + 0.0);
    format!("{value:+.decimals$} ({low:+.decimals$}…{high:+.decimals$})")
}

/// In square brackets what rests on little.
pub fn bracketed(text: String, is_few: bool) -> String {
    if is_few { format!("[{text}]") } else { text }
}

/// With a sign where it has no decimals: those are figures on both sides of 0.
pub fn estimate(estimate: Option<&Estimate>, decimals: usize) -> String {
    let Some(Estimate { value, low, high, few, .. }) = estimate else { return "–".to_owned() };
    let text = match decimals {
        0 => signed(*value, *low, *high, 0),
        _ => format!("{value:.decimals$} ({low:.decimals$}…{high:.decimals$})"),
    };
    bracketed(text, *few)
}

/// Value, ends and count for CSV; empty where there is none.
pub fn estimate_fields(estimate: Option<&Estimate>) -> [String; 4] {
    estimate.map_or_else(
        || [const { String::new() }; 4],
        |Estimate { value, low, high, count, .. }| {
            [value.to_string(), low.to_string(), high.to_string(), count.to_string()]
        },
    )
}

/// A series between its lowest and its highest value; a space where there is none.
pub fn sparkline(values: &[Option<f64>]) -> String {
    let values = condensed(values);
    let lowest = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let place = if highest > lowest { (value - lowest) / (highest - lowest) } else { 0.5 };
        BARS[(place * (BARS.len() - 1) as f64).round() as usize]
    };
    values.iter().map(|value| value.map_or(' ', bar)).collect()
}

/// At most [`MOST_BARS`] values: means of equally many neighbours.
fn condensed(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let together = values.len().div_ceil(MOST_BARS).max(1);
    let mean = |part: &[Option<f64>]| {
        let known: Vec<f64> = part.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    values.chunks(together).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_goes_from_the_lowest_to_the_highest() {
        assert_eq!(sparkline(&[Some(-50.0), None, Some(0.0), Some(50.0)]), "▁ ▅█");
        let year: Vec<Option<f64>> = (0..52).map(|week| Some(f64::from(week))).collect();
        assert_eq!(sparkline(&year).chars().count(), 26);
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn intervals_are_short_and_zero_has_no_minus() {
        assert_eq!(signed(-0.2, -3.4, 2.6, 0), "+0 (-3…+3)");
        assert_eq!(signed(-1.26, -2.0, -0.04, 1), "-1.3 (-2.0…+0.0)");
        let csat = Estimate { value: 4.123, low: 3.98, high: 4.256, count: 40, few: false };
        assert_eq!(estimate(Some(&csat), 2), "4.12 (3.98…4.26)");
        let few = Estimate { value: 12.0, low: 3.0, high: 21.0, count: 4, few: true };
        assert_eq!(estimate(Some(&few), 0), "[+12 (+3…+21)]");
        assert_eq!(estimate(None, 0), "–");
    }
}
