use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::{BehaviourReport, CaseResult, Kind, Passed, of_kind, of_language, passed};
use crate::data::Language;

/// Passed of all, by capability, kind and language.
pub struct BehaviourTable<'a>(pub &'a BehaviourReport);

/// What failed, and what was said.
pub struct FailureList<'a>(pub &'a BehaviourReport);

impl fmt::Display for BehaviourTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["capability", "all", "mft", "inv", "dir", "de", "en"]);
        for (capability, results) in self.0.by_capability() {
            table.add_row(line(capability, &results));
        }
        table.add_row(line("all", &self.0.results.iter().collect::<Vec<_>>()));
        table.column_iter_mut().skip(1).for_each(|column| {
            column.set_cell_alignment(CellAlignment::Right);
        });
        write!(formatter, "{table}")
    }
}

fn line(name: &str, results: &[&CaseResult]) -> Vec<String> {
    let shares = [passed(results.iter().copied())]
        .into_iter()
        .chain(Kind::ALL.map(|kind| of_kind(results, kind)))
        .chain([Language::De, Language::En].map(|language| of_language(results, language)));
    [name.to_owned()].into_iter().chain(shares.map(|share| share.to_string())).collect()
}

impl fmt::Display for Passed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all {
            0 => formatter.pad("–"),
            all => formatter.pad(&format!("{}/{all}", self.passed)),
        }
    }
}

impl fmt::Display for FailureList<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for CaseResult { case, failures, said } in self.0.results.iter().filter(|result| !result.passes()) {
            let (kind, language) = (case.kind.name(), case.lang.code());
            writeln!(formatter, "{} ({}, {kind}, {language})", case.id, case.capability)?;
            for (text, said) in case.texts().zip(said) {
                writeln!(formatter, "  text  {text}\n  said  {said}")?;
            }
            for failure in failures {
                writeln!(formatter, "  FAILS {failure}")?;
            }
            if let Some(note) = &case.note {
                writeln!(formatter, "  note  {note}")?;
            }
        }
        Ok(())
    }
}
