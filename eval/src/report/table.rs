use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::{Estimate, Rating, Report, Row};
use crate::metrics::F1;

/// In place of a figure that there is none of.
const NONE: &str = "–";

/// One row a figure, for people.
pub struct ReportTable<'a>(pub &'a Report);

/// What was taken for what, row by row, with examples.
pub struct ConfusionTables<'a>(pub &'a Report);

/// How often answers of each confidence are right, row by row.
pub struct ReliabilityTable<'a>(pub &'a Report);

impl fmt::Display for ReportTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "task",
            "data",
            "n",
            "micro-F1 (95 %)",
            "macro-F1 (95 %)",
            "majority",
            "ECE (95 % by chance)",
            "second labeller",
            "note",
        ]);
        for row in &self.0.rows {
            table.add_row([
                row.task.clone(),
                row.data.clone(),
                format!("{} {}", row.count, row.unit),
                estimate(Some(row.micro)),
                estimate(row.macro_),
                row.majority.map_or(NONE.to_owned(), |f1| pair(f1, row.macro_.is_some())),
                calibration(row),
                row.second_labeller.map_or(NONE.to_owned(), |rating| pair(rating.f1, row.macro_.is_some())),
                note(row),
            ]);
        }
        write!(formatter, "{table}")?;
        for reason in &self.0.left_out {
            write!(formatter, "\n\nleft out: {reason}")?;
        }
        if !self.0.left_out.is_empty() {
            writeln!(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfusionTables<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.0.rows {
            if let Some(confusion) = &row.confusion {
                writeln!(formatter, "## {}, {}\n\n{confusion}", row.task, row.data)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ReliabilityTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["task", "data", "answers", "confidence", "right"]);
        for row in &self.0.rows {
            for bin in &row.reliability {
                table.add_row([
                    row.task.clone(),
                    row.data.clone(),
                    bin.answers.to_string(),
                    figure(bin.confidence),
                    figure(bin.right),
                ]);
            }
        }
        table.column_iter_mut().skip(2).for_each(|column| {
            column.set_cell_alignment(CellAlignment::Right);
        });
        write!(formatter, "{table}")
    }
}

fn figure(value: f64) -> String {
    format!("{value:.3}")
}

fn estimate(estimate: Option<Estimate>) -> String {
    match estimate {
        None => NONE.to_owned(),
        Some(Estimate { value, interval: None }) => figure(value),
        Some(Estimate { value, interval: Some(interval) }) => {
            format!("{value:.3} ({:.3}–{:.3})", interval.low, interval.high)
        }
    }
}

/// The error, and what it may be by chance.
fn calibration(row: &Row) -> String {
    match (row.calibration_error, row.calibration_error_by_chance) {
        (None, _) => NONE.to_owned(),
        (Some(error), None) => figure(error),
        (Some(error), Some(by_chance)) => format!("{error:.3} (< {by_chance:.3})"),
    }
}

/// Micro and macro.
fn pair(f1: F1, has_macro: bool) -> String {
    match has_macro {
        true => format!("{:.3} / {:.3}", f1.micro, f1.macro_),
        false => figure(f1.micro),
    }
}

/// What the row says of itself, with what the other columns leave out.
fn note(row: &Row) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !row.note.is_empty() {
        parts.push(row.note.clone());
    }
    if row.kappa.is_none() && (row.precision - row.recall).abs() > f64::EPSILON {
        parts.push(format!("precision {:.3}, recall {:.3}", row.precision, row.recall));
    }
    if let Some(Rating { kappa: Some(second), .. }) = row.second_labeller
        && let Some(kappa) = row.kappa
    {
        parts.push(format!("kappa {kappa:.2}, second labeller {second:.2}"));
    }
    parts.join("; ")
}
