//! Figures as rows of one table: for people, for programs, and as a picture.

mod answers;
mod confusion;
mod picture;
mod table;

use serde::Serialize;

pub use answers::{Answers, Heading};
pub use confusion::{Cell, Confusion};
pub use picture::draw_reliability;
pub use table::{ConfusionTables, ReliabilityTable, ReportTable};

use crate::metrics::{F1, Interval, ReliabilityBin};

/// Everything that was measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub rows: Vec<Row>,
    /// What could not be measured, and why.
    pub left_out: Vec<String>,
}

/// One task on one set of data.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub task: String,
    pub data: String,
    /// How many units.
    pub count: usize,
    /// What is counted, for example "mentions".
    pub unit: &'static str,
    /// Micro-F1; accuracy (of behaviour: the pass rate) where every unit has exactly one class.
    pub micro: Estimate,
    /// Absent where there is one class only.
    #[serde(rename = "macro")]
    pub macro_: Option<Estimate>,
    /// Over all classes; both are the accuracy where every unit has exactly one class.
    pub precision: f64,
    pub recall: f64,
    /// Of always giving the most frequent class.
    pub majority: Option<F1>,
    /// Agreement beyond chance, where every unit has exactly one class.
    pub kappa: Option<f64>,
    /// Absent where answers carry no probability.
    pub calibration_error: Option<f64>,
    /// What 95 of 100 perfectly calibrated ones stay below with as many answers.
    pub calibration_error_by_chance: Option<f64>,
    pub reliability: Vec<ReliabilityBin>,
    /// How well a second labeller does against the first: more cannot be expected of a machine.
    pub second_labeller: Option<Rating>,
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Confusion>,
}

/// A figure, 0 to 1.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Estimate {
    pub value: f64,
    /// Absent where the single answers are not there any more.
    pub interval: Option<Interval>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rating {
    #[serde(flatten)]
    pub f1: F1,
    pub kappa: Option<f64>,
}

impl Report {
    /// Without the confusion tables, which hold texts of the data sets.
    pub fn without_texts(mut self) -> Self {
        self.rows.iter_mut().for_each(|row| row.confusion = None);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Bootstrap;

    fn heading() -> Heading {
        Heading {
            task: "a task".to_owned(),
            data: "data".to_owned(),
            unit: "texts",
            has_majority: true,
            ..Heading::default()
        }
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn a_row_has_every_figure_of_its_answers() {
        let mut answers = Answers::default();
        for (text, (truth, given)) in [("a", "a"), ("a", "b"), ("b", "b"), ("a", "a")].into_iter().enumerate() {
            answers.add(text, "ein Text", &[truth], &[given]);
            answers.add_confidence(0.75, truth == given);
        }
        let row = answers.row(heading(), answers.len(), &Bootstrap::default());
        assert!(close(row.micro.value, 0.75) && row.count == 4);
        let interval = row.micro.interval.expect("there are texts");
        assert!(interval.low < 0.75 && interval.high > 0.75, "{interval:?}");
        assert!(row.macro_.is_some_and(|macro_| close(macro_.value, (0.8 + 2.0 / 3.0) / 2.0)));
        assert!(row.majority.is_some_and(|majority| close(majority.micro, 0.75)));
        assert!(row.kappa.is_some_and(|kappa| close(kappa, 0.5)));
        assert!(row.calibration_error.is_some_and(|error| close(error, 0.0)));
        let confusion = row.confusion.expect("it is always made");
        assert_eq!(confusion.cells().last().map(|cell| (cell.truth.as_str(), cell.count)), Some(("a", 1)));
    }

    #[test]
    fn sets_have_no_kappa_and_one_class_has_no_mean() {
        let mut answers = Answers::default();
        answers.add(0, "", &["handover"], &["handover"]);
        answers.add(1, "", &[], &["handover"]);
        let row = answers.row(heading(), 2, &Bootstrap::default());
        assert!(row.macro_.is_none() && row.kappa.is_none() && row.calibration_error.is_none());
        assert!(close(row.precision, 0.5) && close(row.recall, 1.0));
    }

    #[test]
    fn units_of_one_text_are_drawn_together() {
        let mut answers = Answers::default();
        for _ in 0..50 {
            answers.add(0, "", &["a"], &["a"]);
            answers.add(1, "", &["a"], &["b"]);
        }
        let row = answers.row(heading(), answers.len(), &Bootstrap::default());
        let interval = row.micro.interval.expect("there are texts");
        assert!(close(interval.low, 0.0) && close(interval.high, 1.0), "{interval:?}");
    }

    #[test]
    fn what_was_missed_is_paired_with_what_was_given_instead() {
        let mut answers = Answers::default();
        answers.add(0, "", &["a", "b", "c"], &["a", "d"]);
        let confusion = answers.row(heading(), 1, &Bootstrap::default()).confusion.expect("it is always made");
        let cells: Vec<(&str, &str)> =
            confusion.cells().iter().map(|cell| (cell.truth.as_str(), cell.given.as_str())).collect();
        assert_eq!(cells, [("a", "a"), ("b", "d"), ("c", "–")]);
    }

    #[test]
    fn the_table_shows_figures_and_what_is_missing() {
        let mut answers = Answers::default();
        answers.add(0, "ein Text", &["a"], &["a"]);
        answers.add(1, "noch einer", &["a"], &["b"]);
        let rows = vec![answers.row(heading(), 2, &Bootstrap::default())];
        let report = Report { rows, left_out: vec!["x is missing".to_owned()] };
        let table = ReportTable(&report).to_string();
        assert!(table.contains("| a task | data | 2 texts | 0.500 (0.000–1.000) |"), "{table}");
        assert!(table.ends_with("left out: x is missing\n"), "{table}");
        let json = serde_json::to_string(&report.without_texts()).expect("it is plain data");
        assert!(!json.contains("noch einer") && json.contains("\"micro\":{\"value\":0.5"), "{json}");
    }
}
