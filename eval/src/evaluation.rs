//! How well heads do on the dev files.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::heads::Heads;
use serde::Serialize;

use crate::data::{self, DataFolder, Example, Sentiment};
use crate::metrics::{F1, expected_calibration_error, f1_of_sets, majority_baseline};
use crate::train::{category_set, most_likely, of_aspects};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// One head on one file.
#[derive(Debug, Clone, Serialize)]
pub struct TaskReport {
    pub task: String,
    pub data: String,
    pub texts: usize,
    #[serde(flatten)]
    pub f1: F1,
    /// Micro-F1 of always giving the most frequent class.
    pub majority: f64,
    /// Of the probability of the given class, or of every topic's.
    pub calibration_error: f64,
}

/// All reports, as a table for people.
pub struct ReportTable<'a>(pub &'a [TaskReport]);

/// Evaluate the sentiment and topic heads; texts of mixed sentiment are left out. The action head has no dev file.
pub fn evaluate(heads: &Heads, data: &DataFolder, vectors: &mut Vectors) -> Result<Vec<TaskReport>> {
    let of_document = |example: &Example| example.sentiment.and_then(Sentiment::class);
    let mut reports = Vec::new();
    for name in [data::SB10K_DEV, data::POTTS_DEV, data::MOBASA_DOCUMENTS_DEV, data::GERMEVAL_DEV] {
        reports.push(sentiment(heads, name, &data.read(name)?, of_document, vectors)?);
    }
    let restaurants = data.read(data::MAMS_VAL)?;
    reports.push(sentiment(heads, data::MAMS_VAL, &restaurants, of_aspects, vectors)?);

    let mut topic_texts = data.read(data::MOBASA_ASPECTS_DEV)?;
    reports.push(topics(heads, data::MOBASA_ASPECTS_DEV, &topic_texts, vectors)?);
    let documents = data.read(data::MOBASA_DOCUMENTS_DEV)?;
    topic_texts.extend(documents.into_iter().filter(|example| example.relevant == Some(false)).map(without_aspects));
    let with_irrelevant = format!("{} + irrelevant texts", data::MOBASA_ASPECTS_DEV);
    reports.push(topics(heads, &with_irrelevant, &topic_texts, vectors)?);
    Ok(reports)
}

/// The documents' own categories are others than the head's.
fn without_aspects(example: Example) -> Example {
    Example { aspects: Vec::new(), ..example }
}

fn sentiment(
    heads: &Heads,
    name: &str,
    examples: &[Example],
    label: impl Fn(&Example) -> Option<usize>,
    vectors: &mut Vectors,
) -> Result<TaskReport> {
    let labelled = examples.iter().filter_map(|example| Some((example.text.as_str(), label(example)?)));
    let (texts, truth): (Vec<&str>, Vec<usize>) = labelled.unzip();
    let mut given = Vec::new();
    let mut confidences = Vec::new();
    let mut right = Vec::new();
    for (vector, &label) in vectors.of(name, &texts)?.rows().zip(&truth) {
        let probabilities = heads.sentiment.softmax(vector);
        let class = most_likely(&probabilities);
        given.push(vec![class]);
        confidences.push(probabilities[class]);
        right.push(class == label);
    }
    let truth: Vec<Vec<usize>> = truth.into_iter().map(|label| vec![label]).collect();
    Ok(report("sentiment", name, &truth, &given, expected_calibration_error(&confidences, &right)))
}

fn topics(heads: &Heads, name: &str, examples: &[Example], vectors: &mut Vectors) -> Result<TaskReport> {
    let head = heads
        .topic_head("mobasa")
        .ok_or_else(|| Error::TooLittleData("these heads have no topic head \"mobasa\"".to_owned()))?;
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let truth: Vec<Vec<usize>> = examples.iter().map(|example| category_set(example, &head.linear.classes)).collect();
    let mut given = Vec::new();
    let mut confidences = Vec::new();
    let mut right = Vec::new();
    for (vector, truth) in vectors.of(name, &texts)?.rows().zip(&truth) {
        let probabilities = head.linear.sigmoids(vector);
        given.push((0..probabilities.len()).filter(|&class| probabilities[class] >= head.thresholds[class]).collect());
        right.extend((0..probabilities.len()).map(|class| truth.contains(&class)));
        confidences.extend(probabilities);
    }
    Ok(report("topics mobasa", name, &truth, &given, expected_calibration_error(&confidences, &right)))
}

fn report(task: &str, data: &str, truth: &[Vec<usize>], given: &[Vec<usize>], calibration_error: f64) -> TaskReport {
    TaskReport {
        task: task.to_owned(),
        data: data.to_owned(),
        texts: truth.len(),
        f1: f1_of_sets(truth, given),
        majority: majority_baseline(truth),
        calibration_error,
    }
}

impl fmt::Display for ReportTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["task", "data", "texts", "micro-F1", "macro-F1", "majority", "ECE"]);
        for report in self.0 {
            table.add_row([
                report.task.clone(),
                report.data.clone(),
                report.texts.to_string(),
                format!("{:.3}", report.f1.micro),
                format!("{:.3}", report.f1.macro_),
                format!("{:.3}", report.majority),
                format!("{:.3}", report.calibration_error),
            ]);
        }
        for column in 2..7 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(formatter, "{table}")
    }
}
