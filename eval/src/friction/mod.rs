//! How well friction is found: the trained head beside regular expressions.

mod baseline;

use std::fmt;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::friction::{FrictionKind, NamedNumbers};
use klartext_models::heads::Heads;
use serde::Serialize;

use crate::Result;
use crate::data::{DataFolder, Language};
use crate::gold::Split;
use crate::metrics::{Detection, expected_calibration_error, reliability};
use crate::parts::OwnFiles;
use crate::train::friction::{FrictionMentions, GoldFriction, HeldOut};
use crate::vectors::Vectors;

/// One kind on one set of mentions.
#[derive(Debug, Clone, Serialize)]
pub struct FrictionReport {
    pub data: String,
    pub kind: &'static str,
    pub mentions: usize,
    pub shown: usize,
    pub head: Detection,
    /// Regular expressions.
    pub baseline: Detection,
    /// Of the head's probabilities.
    pub calibration_error: f64,
    /// Share of mentions written to look like it that the head leaves alone; none among the gold ones.
    pub hard_negatives_refused: Option<f64>,
    /// Where the words name a number (minutes waited, contacts made): how many, and for how many it is found right.
    pub numbers: Option<Numbers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Numbers {
    pub named: usize,
    pub right: usize,
    /// Found where none is labelled.
    pub excess: usize,
}

/// All reports, as a table for people.
pub struct FrictionTable<'a>(pub &'a [FrictionReport]);

/// What the head and the patterns say of one mention, and what is true.
struct Answer {
    shown: bool,
    probability: f32,
    found: bool,
    matched: bool,
}

/// From these odds on, a sentence of the project's own shows a kind: about half of them do, unlike mentions of comments.
const EVEN_ODDS: f32 = 0.5;

/// The project's own sentences that were held out, at even odds, and the shipped head on both halves of the gold comments.
pub fn measure(
    heads: &Heads,
    own: &OwnFiles,
    data: &DataFolder,
    vectors: &mut Vectors,
    seed: u64,
) -> Result<Vec<FrictionReport>> {
    let held_out = FrictionMentions::read(own, data, vectors, seed)?.held_out()?;
    let mut reports = Vec::new();
    for (language, name) in [(Language::De, "friction.jsonl de"), (Language::En, "friction.jsonl en")] {
        let of_language: Vec<&HeldOut> =
            held_out.iter().filter(|mention| mention.label.lang == Some(language)).collect();
        reports.extend(FrictionKind::ALL.map(|kind| on_own(name, kind, &of_language)));
    }
    for split in [Split::Tune, Split::Test] {
        reports.extend(FrictionReport::on_gold(heads, &own.gold, split, vectors)?);
    }
    Ok(reports)
}

fn on_own(name: &str, kind: FrictionKind, mentions: &[&HeldOut]) -> FrictionReport {
    let index = kind as usize;
    let answer = |mention: &&HeldOut| Answer {
        shown: mention.label.kinds.contains(&index),
        probability: mention.probabilities[index],
        found: mention.probabilities[index] >= EVEN_ODDS,
        matched: baseline::looks_like(kind, &mention.words),
    };
    let answers: Vec<Answer> = mentions.iter().map(answer).collect();
    let hard = mentions.iter().zip(&answers).filter(|(mention, _)| mention.label.hard_negative_for.contains(&index));
    let refused = hard.clone().filter(|(_, answer)| !answer.found).count();
    let hard_negatives_refused = Some(refused as f64 / hard.count().max(1) as f64);
    FrictionReport { hard_negatives_refused, ..FrictionReport::new(name, kind, &answers) }
}

impl FrictionReport {
    /// The mentions of the gold comments by their gold spans, one report a kind.
    pub fn on_gold(heads: &Heads, gold: &Path, split: Split, vectors: &mut Vectors) -> Result<Vec<Self>> {
        let mentions = GoldFriction::read(gold, vectors)?;
        let of_split: Vec<&GoldFriction> = mentions.iter().filter(|mention| mention.split == Some(split)).collect();
        let probabilities: Vec<Vec<f32>> =
            of_split.iter().map(|mention| mention.probabilities(&heads.friction)).collect();
        let report = |kind: FrictionKind| {
            let index = kind as usize;
            let answer = |(mention, probabilities): (&&GoldFriction, &Vec<f32>)| Answer {
                shown: mention.shows(index),
                probability: probabilities[index],
                found: probabilities[index] >= heads.friction.thresholds[index],
                matched: baseline::looks_like(kind, &mention.words),
            };
            let answers: Vec<Answer> = of_split.iter().zip(&probabilities).map(answer).collect();
            Self { numbers: numbers(kind, &of_split), ..Self::new(split.name_of_gold(), kind, &answers) }
        };
        Ok(FrictionKind::ALL.map(report).to_vec())
    }

    fn new(data: &str, kind: FrictionKind, answers: &[Answer]) -> Self {
        let probabilities: Vec<f32> = answers.iter().map(|answer| answer.probability).collect();
        let shown: Vec<bool> = answers.iter().map(|answer| answer.shown).collect();
        Self {
            data: data.to_owned(),
            kind: kind.name(),
            mentions: answers.len(),
            shown: shown.iter().filter(|&&shown| shown).count(),
            head: Detection::count(answers.iter().map(|answer| (answer.shown, answer.found))),
            baseline: Detection::count(answers.iter().map(|answer| (answer.shown, answer.matched))),
            calibration_error: expected_calibration_error(&reliability(&probabilities, &shown)),
            hard_negatives_refused: None,
            numbers: None,
        }
    }
}

/// Of the mentions that are labelled with the kind, whether or not the head finds it.
fn numbers(kind: FrictionKind, mentions: &[&GoldFriction]) -> Option<Numbers> {
    if !matches!(kind, FrictionKind::Waiting | FrictionKind::RepeatedContact) {
        return None;
    }
    let mut numbers = Numbers { named: 0, right: 0, excess: 0 };
    for mention in mentions {
        let Some(label) = mention.labels.iter().find(|label| label.kind == kind) else { continue };
        let named = NamedNumbers::of(&mention.words);
        let (labelled, found) = match kind {
            FrictionKind::Waiting => (label.minutes, named.waited().map(|duration| duration.minutes)),
            _ => (label.count.map(f64::from), named.tried(&mention.words).map(|count| f64::from(count.count))),
        };
        numbers.named += usize::from(labelled.is_some());
        numbers.right += usize::from(labelled.is_some() && labelled == found);
        numbers.excess += usize::from(labelled.is_none() && found.is_some());
    }
    Some(numbers)
}

impl fmt::Display for FrictionTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "data",
            "kind",
            "mentions",
            "shown",
            "precision",
            "recall",
            "F1",
            "ECE",
            "patterns: precision",
            "recall",
            "F1",
            "hard negatives refused",
            "numbers right",
        ]);
        for report in self.0 {
            let figures = [
                report.head.precision,
                report.head.recall,
                report.head.f1,
                report.calibration_error,
                report.baseline.precision,
                report.baseline.recall,
                report.baseline.f1,
            ];
            let refused = report.hard_negatives_refused.map_or(String::new(), |share| format!("{share:.3}"));
            let numbers =
                report.numbers.map_or(String::new(), |numbers| format!("{} of {}", numbers.right, numbers.named));
            let names = [report.data.clone(), report.kind.to_owned()];
            let counts = [report.mentions.to_string(), report.shown.to_string()];
            let figures = figures.map(|figure| format!("{figure:.3}"));
            table.add_row(names.into_iter().chain(counts).chain(figures).chain([refused, numbers]));
        }
        for column in 2..13 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(formatter, "{table}")
    }
}
