use super::confusion::Confusion;
use super::{Estimate, Rating, Row};
use crate::metrics::{
    Bootstrap, Tally, calibration_error_by_chance, cohens_kappa, expected_calibration_error, majority_baseline,
    reliability,
};

/// Tells a class that is not there in the pairs of a confusion table.
const NOTHING: &str = "–";

/// What was true and what was said, unit by unit: all that a row of the report is computed from.
///
/// A unit is whatever gets a label: a text, a mention, a span. Classes are named by strings and numbered as they come.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    classes: Vec<String>,
    units: Vec<Unit>,
    confidences: Vec<f32>,
    right: Vec<bool>,
}

#[derive(Debug, Clone)]
struct Unit {
    /// Units of one text are drawn together by the bootstrap.
    text: usize,
    words: String,
    truth: Vec<usize>,
    given: Vec<usize>,
}

/// What a row is about.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    pub task: String,
    pub data: String,
    /// What is counted, for example "mentions".
    pub unit: &'static str,
    /// How the data are treated.
    pub note: String,
    /// Always giving the most frequent class is no answer to compare with where the label is a span or a number.
    pub has_majority: bool,
}

impl Answers {
    /// `text` is the position of the text that the unit belongs to; `words` are shown as an example of an error.
    pub fn add(&mut self, text: usize, words: &str, truth: &[&str], given: &[&str]) {
        let truth = truth.iter().map(|name| self.class(name)).collect();
        let given = given.iter().map(|name| self.class(name)).collect();
        self.units.push(Unit { text, words: words.to_owned(), truth, given });
    }

    /// The probability with which an answer was given, and whether it is right.
    pub fn add_confidence(&mut self, confidence: f32, right: bool) {
        self.confidences.push(confidence);
        self.right.push(right);
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The figures; `count` is how many of the heading's units there are.
    pub fn row(&self, heading: Heading, count: usize, bootstrap: &Bootstrap) -> Row {
        let texts = self.tallies();
        let mut whole = Tally::default();
        texts.iter().for_each(|tally| whole.add(tally));
        let f1 = whole.f1();
        let intervals = bootstrap.intervals(&texts);
        let truth: Vec<Vec<usize>> = self.units.iter().map(|unit| unit.truth.clone()).collect();
        let bins = reliability(&self.confidences, &self.right);
        Row {
            task: heading.task,
            data: heading.data,
            count,
            unit: heading.unit,
            micro: Estimate { value: f1.micro, interval: intervals.map(|intervals| intervals.micro) },
            // The mean over a single class says nothing new.
            macro_: (self.classes.len() > 1)
                .then_some(Estimate { value: f1.macro_, interval: intervals.map(|intervals| intervals.macro_) }),
            precision: whole.total().precision(),
            recall: whole.total().recall(),
            majority: heading.has_majority.then(|| majority_baseline(&truth)),
            kappa: self.kappa(),
            calibration_error: (!bins.is_empty()).then(|| expected_calibration_error(&bins)),
            calibration_error_by_chance: calibration_error_by_chance(&self.confidences, bootstrap),
            reliability: bins,
            second_labeller: None,
            note: heading.note,
            confusion: Some(self.confusion()),
        }
    }

    /// Agreement of the same kind as a row's, without an interval.
    pub fn rating(&self) -> Rating {
        let mut whole = Tally::default();
        self.tallies().iter().for_each(|tally| whole.add(tally));
        Rating { f1: whole.f1(), kappa: self.kappa() }
    }

    fn class(&mut self, name: &str) -> usize {
        self.classes.iter().position(|class| class == name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        })
    }

    /// One for each text that has a unit.
    fn tallies(&self) -> Vec<Tally> {
        let texts = self.units.iter().map(|unit| unit.text + 1).max().unwrap_or(0);
        let mut tallies: Vec<Option<Tally>> = vec![None; texts];
        for unit in &self.units {
            tallies[unit.text].get_or_insert_default().add_sets(&unit.truth, &unit.given);
        }
        tallies.into_iter().flatten().collect()
    }

    /// Only where every unit has exactly one class.
    fn kappa(&self) -> Option<f64> {
        let single = |classes: &[usize]| (classes.len() == 1).then(|| classes[0]);
        let pairs: Option<Vec<(usize, usize)>> =
            self.units.iter().map(|unit| Some((single(&unit.truth)?, single(&unit.given)?))).collect();
        let (truth, given): (Vec<usize>, Vec<usize>) = pairs?.into_iter().unzip();
        cohens_kappa(&truth, &given)
    }

    fn confusion(&self) -> Confusion {
        let mut confusion = Confusion::default();
        for unit in &self.units {
            let hits = unit.truth.iter().filter(|class| unit.given.contains(class));
            hits.for_each(|&class| confusion.add(&self.classes[class], &self.classes[class], &unit.words));
            let missed = self.names(unit.truth.iter().filter(|class| !unit.given.contains(class)));
            let excess = self.names(unit.given.iter().filter(|class| !unit.truth.contains(class)));
            for pair in 0..missed.len().max(excess.len()) {
                let truth = missed.get(pair).copied().unwrap_or(NOTHING);
                let given = excess.get(pair).copied().unwrap_or(NOTHING);
                confusion.add(truth, given, &unit.words);
            }
        }
        confusion
    }

    fn names<'a>(&self, classes: impl Iterator<Item = &'a usize>) -> Vec<&str> {
        classes.map(|&class| self.classes[class].as_str()).collect()
    }
}
