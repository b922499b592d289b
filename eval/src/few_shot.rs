//! How well touchpoints are learnt from a handful of examples each.
//!
//! Journeys are imitated with intent classes: 13 to 16 of them are configured, some more stay strangers. A third of the
//! test texts come from strangers, and the right answer to those is "none". A few texts of half the strangers are among
//! the background, the others appear nowhere; the rest of the background comes from another set altogether.

use std::fmt;
use std::time::Instant;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::heads::few_shot::{ClassExamples, FewShotTagger, THRESHOLD};
use klartext_models::train::Matrix;
use serde::Serialize;

use crate::data::{self, DataFolder};
use crate::metrics::{expected_calibration_error, f1_of_sets, reliability};
use crate::random::Random;
use crate::vectors::Vectors;
use crate::{Error, Result};

const EXAMPLES_PER_CLASS: [usize; 6] = [1, 2, 4, 8, 16, 32];
const TEST_TEXTS_PER_CLASS: usize = 20;
const STRANGER_CLASSES: usize = 10;
/// Texts of each stranger that half of the strangers have among the background.
const TEXTS_OF_KNOWN_STRANGER: usize = 3;
const UNRELATED_TEXTS: usize = 100;
/// A class needs that many texts; no more are encoded.
const TEXTS_PER_CLASS: usize = 60;

/// The classes come from the first set, unrelated background from the second, in the same language.
const SETS: [(&str, &str); 2] =
    [(data::BANKING77_TRAIN, data::MAMS_TRAIN), (data::MASSIVE_DE_TRAIN, data::SB10K_TRAIN)];

/// Means over the draws.
#[derive(Debug, Clone, Serialize)]
pub struct FewShotReport {
    pub data: String,
    pub examples_per_class: usize,
    pub draws: usize,
    /// Texts of configured classes whose most likely class is right.
    pub accuracy: f64,
    /// All texts, with the most likely class as the answer if its confidence reaches the threshold, else none.
    pub micro_f1: f64,
    /// Standard deviation of micro-F1 over the draws.
    pub micro_f1_deviation: f64,
    /// Strangers that get no tag.
    pub strangers_refused: f64,
    /// Of the highest confidence, on all texts.
    pub calibration_error: f64,
    pub fit_seconds: f64,
}

/// All reports, as a table for people.
pub struct FewShotTable<'a>(pub &'a [FewShotReport]);

/// Measure with `draws` draws of classes and texts from every set.
pub fn measure(
    data: &DataFolder,
    vectors: &mut Vectors,
    mean: &[f32],
    draws: usize,
    seed: u64,
) -> Result<Vec<FewShotReport>> {
    let mut reports = Vec::new();
    for (name, unrelated_name) in SETS {
        let classes = Classes::read(data, vectors, name)?;
        let unrelated = unrelated_texts(data, unrelated_name, vectors, seed)?;
        for examples_per_class in EXAMPLES_PER_CLASS {
            let judge = |draw: usize| {
                let mut random = Random::new(seed + draw as u64);
                classes.draw(examples_per_class, &unrelated, &mut random).judge(mean)
            };
            let outcomes = (0..draws).map(judge).collect::<Result<Vec<_>>>()?;
            reports.push(summarise(name, examples_per_class, &outcomes));
        }
    }
    Ok(reports)
}

/// The texts of every class that has enough of them.
struct Classes {
    names: Vec<String>,
    vectors: Vec<Matrix>,
}

impl Classes {
    fn read(data: &DataFolder, vectors: &mut Vectors, name: &str) -> Result<Self> {
        let mut by_class: Vec<(String, Vec<String>)> = Vec::new();
        for example in data.read(name)? {
            let Some(label) = example.label else { continue };
            let text = example.text.clone();
            match by_class.iter_mut().find(|(class, _)| *class == label) {
                Some((_, texts)) if texts.len() == TEXTS_PER_CLASS => {}
                Some((_, texts)) => texts.push(text),
                None => by_class.push((label, vec![text])),
            }
        }
        by_class.retain(|(_, texts)| texts.len() == TEXTS_PER_CLASS);
        if by_class.len() < 16 + STRANGER_CLASSES {
            return Err(Error::TooLittleData(format!("{name} has only {} classes with enough texts", by_class.len())));
        }
        let (names, texts): (Vec<String>, Vec<Vec<String>>) = by_class.into_iter().unzip();
        let all = vectors.of(name, &texts.concat())?;
        let rows_of = |class: usize| (class * TEXTS_PER_CLASS..(class + 1) * TEXTS_PER_CLASS).collect::<Vec<_>>();
        let vectors = (0..names.len()).map(|class| all.select(&rows_of(class))).collect();
        Ok(Self { names, vectors })
    }

    fn draw(&self, examples_per_class: usize, unrelated: &Matrix, random: &mut Random) -> Draw {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        random.shuffle(&mut order);
        let configured = 13 + random.below(4);
        let strangers = &order[configured..configured + STRANGER_CLASSES];

        let mut drawn = Draw { classes: Vec::new(), background: unrelated.clone(), tests: Vec::new() };
        for (position, &class) in order[..configured].iter().enumerate() {
            let texts = self.shuffled_texts(class, random);
            let (examples, rest) = texts.split_at(examples_per_class);
            let vectors = self.vectors[class].select(examples);
            drawn.classes.push(ClassExamples { id: self.names[class].clone(), vectors });
            let tests = rest.iter().take(TEST_TEXTS_PER_CLASS);
            drawn.tests.extend(tests.map(|&text| (Some(position), self.vectors[class].row(text).to_vec())));
        }
        // Half as many strangers as others make a third of all.
        let stranger_texts = configured * TEST_TEXTS_PER_CLASS / 2;
        for (position, &class) in strangers.iter().enumerate() {
            let texts = self.shuffled_texts(class, random);
            let (seen, rest) = texts.split_at(TEXTS_OF_KNOWN_STRANGER);
            if position % 2 == 0 {
                seen.iter().for_each(|&text| drawn.background.push(self.vectors[class].row(text)));
            }
            let tests = rest.iter().take(stranger_texts / STRANGER_CLASSES);
            drawn.tests.extend(tests.map(|&text| (None, self.vectors[class].row(text).to_vec())));
        }
        drawn
    }

    fn shuffled_texts(&self, class: usize, random: &mut Random) -> Vec<usize> {
        let mut texts: Vec<usize> = (0..self.vectors[class].len()).collect();
        random.shuffle(&mut texts);
        texts
    }
}

/// The background of an imitated journey: some texts of a set about other matters.
///
/// # Errors
/// The set or the encoder is missing.
pub fn unrelated_texts(data: &DataFolder, name: &str, vectors: &mut Vectors, seed: u64) -> Result<Matrix> {
    let examples = Random::new(seed).draw(data.read(name)?, UNRELATED_TEXTS);
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    vectors.of(name, &texts)
}

/// One imitated journey with its test texts: the configured class or none, and the vector.
struct Draw {
    classes: Vec<ClassExamples>,
    background: Matrix,
    tests: Vec<(Option<usize>, Vec<f32>)>,
}

struct Outcome {
    accuracy: f64,
    micro_f1: f64,
    strangers_refused: f64,
    calibration_error: f64,
    fit_seconds: f64,
}

impl Draw {
    fn judge(&self, mean: &[f32]) -> Result<Outcome> {
        let start = Instant::now();
        let tagger = FewShotTagger::fit(&self.classes, &self.background, mean)?;
        let fit_seconds = start.elapsed().as_secs_f64();

        let mut truth = Vec::new();
        let mut given = Vec::new();
        let mut confidences = Vec::new();
        let mut right = Vec::new();
        for (class, vector) in &self.tests {
            let best = tagger.best(vector);
            truth.push(Vec::from_iter(*class));
            given.push(if best.confidence >= THRESHOLD { vec![best.class] } else { Vec::new() });
            confidences.push(best.confidence);
            right.push(*class == Some(best.class));
        }
        let strangers = truth.iter().filter(|classes| classes.is_empty()).count();
        let refused = truth.iter().zip(&given).filter(|(truth, given)| truth.is_empty() && given.is_empty()).count();
        let hits = right.iter().filter(|&&right| right).count();
        Ok(Outcome {
            accuracy: hits as f64 / (truth.len() - strangers) as f64,
            micro_f1: f1_of_sets(&truth, &given).micro,
            strangers_refused: refused as f64 / strangers as f64,
            calibration_error: expected_calibration_error(&reliability(&confidences, &right)),
            fit_seconds,
        })
    }
}

fn summarise(name: &str, examples_per_class: usize, outcomes: &[Outcome]) -> FewShotReport {
    let mean = |value: fn(&Outcome) -> f64| outcomes.iter().map(value).sum::<f64>() / outcomes.len() as f64;
    let micro_f1 = mean(|outcome| outcome.micro_f1);
    let variance =
        outcomes.iter().map(|outcome| (outcome.micro_f1 - micro_f1).powi(2)).sum::<f64>() / outcomes.len() as f64;
    FewShotReport {
        data: name.to_owned(),
        examples_per_class,
        draws: outcomes.len(),
        accuracy: mean(|outcome| outcome.accuracy),
        micro_f1,
        micro_f1_deviation: variance.sqrt(),
        strangers_refused: mean(|outcome| outcome.strangers_refused),
        calibration_error: mean(|outcome| outcome.calibration_error),
        fit_seconds: mean(|outcome| outcome.fit_seconds),
    }
}

impl fmt::Display for FewShotTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["data", "examples", "accuracy", "micro-F1", "±", "strangers refused", "ECE", "fit s"]);
        for report in self.0 {
            table.add_row([
                report.data.clone(),
                report.examples_per_class.to_string(),
                format!("{:.3}", report.accuracy),
                format!("{:.3}", report.micro_f1),
                format!("{:.3}", report.micro_f1_deviation),
                format!("{:.3}", report.strangers_refused),
                format!("{:.3}", report.calibration_error),
                format!("{:.2}", report.fit_seconds),
            ]);
        }
        for column in 1..8 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(formatter, "{table}")
    }
}
