//! How well the head finds comments that tell of a handover. Which departments it is between is the service's to say.

use std::fmt;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::heads::{Heads, sigmoid};
use serde::Serialize;

use crate::Result;
use crate::data::DataFolder;
use crate::gold::Split;
use crate::metrics::{Detection, expected_calibration_error, reliability};
use crate::parts::OwnFiles;
use crate::train::handover::{HandoverMentions, Telling};
use crate::vectors::Vectors;

/// One set of texts.
#[derive(Debug, Clone, Serialize)]
pub struct HandoverReport {
    pub data: String,
    pub texts: usize,
    pub handovers: usize,
    pub head: Detection,
    /// Of the probabilities; none where scores are not calibrated.
    pub calibration_error: Option<f64>,
}

/// All reports, as a table for people.
pub struct HandoverTable<'a>(pub &'a [HandoverReport]);

/// The written comments that are held out, and both halves of the gold comments.
pub fn measure(
    heads: &Heads,
    own: &OwnFiles,
    data: &DataFolder,
    vectors: &mut Vectors,
    seed: u64,
) -> Result<Vec<HandoverReport>> {
    let held_out = HandoverMentions::read(own, data, vectors, seed)?.judge_held_out()?;
    let written = HandoverReport {
        data: "written comments, the tenth held out".to_owned(),
        texts: held_out.len(),
        handovers: held_out.iter().filter(|(told, _)| *told).count(),
        head: Detection::count(held_out.into_iter()),
        calibration_error: None,
    };
    let mut reports = vec![written];
    for split in [Split::Tune, Split::Test] {
        reports.push(HandoverReport::on_gold(heads, &own.gold, split, vectors)?);
    }
    Ok(reports)
}

impl HandoverReport {
    /// Whole comments: their strongest mention decides.
    pub fn on_gold(heads: &Heads, gold: &Path, split: Split, vectors: &mut Vectors) -> Result<Self> {
        let head = &heads.handover;
        let comments = Telling::read_gold(gold, vectors)?;
        let of_split = comments.iter().filter(|comment| comment.split == Some(split));
        let (told, probabilities): (Vec<bool>, Vec<f32>) =
            of_split.map(|comment| (comment.touches, sigmoid(comment.strongest(&head.linear)))).unzip();
        let found = probabilities.iter().map(|probability| *probability >= head.threshold);
        Ok(Self {
            data: split.name_of_gold().to_owned(),
            texts: told.len(),
            handovers: told.iter().filter(|&&told| told).count(),
            head: Detection::count(told.iter().copied().zip(found)),
            calibration_error: Some(expected_calibration_error(&reliability(&probabilities, &told))),
        })
    }
}

impl fmt::Display for HandoverTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["data", "texts", "handovers", "precision", "recall", "F1", "ECE"]);
        for report in self.0 {
            let figures = [report.head.precision, report.head.recall, report.head.f1].map(Some);
            let figures = figures.into_iter().chain([report.calibration_error]);
            let figures = figures.map(|figure| figure.map_or(String::new(), |figure| format!("{figure:.3}")));
            let names = [report.data.clone(), report.texts.to_string(), report.handovers.to_string()];
            table.add_row(names.into_iter().chain(figures));
        }
        for column in 1..7 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(formatter, "{table}")
    }
}
