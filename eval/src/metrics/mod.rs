//! How good answers are.

mod bootstrap;
mod calibration;

use serde::Serialize;

pub use bootstrap::{Bootstrap, F1Intervals, Interval};
pub use calibration::{ReliabilityBin, calibration_error_by_chance, expected_calibration_error, reliability};

/// Micro- and macro-averaged F1, 0 to 1.
///
/// With one label a text, micro-F1 is accuracy. Macro-F1 is the plain mean of the F1 of every class that occurs among
/// the truth: a class that a set does not know at all would count 0 for a single wrong answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct F1 {
    pub micro: f64,
    #[serde(rename = "macro")]
    pub macro_: f64,
}

impl F1 {
    pub fn mean(self) -> f64 {
        (self.micro + self.macro_) / 2.0
    }
}

/// How well one thing is found, 0 to 1 each; precision of nothing found and recall of nothing to find are 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Detection {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

impl Detection {
    /// From pairs of what is true and what was found.
    pub fn count(answers: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut counts = Counts::default();
        for answer in answers {
            match answer {
                (true, true) => counts.hits += 1,
                (false, true) => counts.excess += 1,
                (true, false) => counts.missed += 1,
                (false, false) => {}
            }
        }
        Self { precision: counts.precision(), recall: counts.recall(), f1: counts.f1() }
    }
}

/// How often a class was given rightly, given wrongly, and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub hits: usize,
    /// Given but wrong.
    pub excess: usize,
    /// True but not given.
    pub missed: usize,
}

impl Counts {
    pub fn f1(self) -> f64 {
        let occurrences = 2 * self.hits + self.excess + self.missed;
        2.0 * self.hits as f64 / occurrences.max(1) as f64
    }

    /// Of what was given, the share that is true; 0 when nothing was given.
    pub fn precision(self) -> f64 {
        self.hits as f64 / (self.hits + self.excess).max(1) as f64
    }

    /// Of what is true, the share that was given; 0 when nothing is true.
    pub fn recall(self) -> f64 {
        self.hits as f64 / (self.hits + self.missed).max(1) as f64
    }

    fn is_among_the_truth(self) -> bool {
        self.hits + self.missed > 0
    }

    fn add(&mut self, other: Counts) {
        self.hits += other.hits;
        self.excess += other.excess;
        self.missed += other.missed;
    }
}

/// Counts of any number of texts, class by class.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    of_classes: Vec<Counts>,
}

impl Tally {
    /// Add a text's true and given classes.
    pub fn add_sets(&mut self, truth: &[usize], given: &[usize]) {
        for &class in given {
            let counts = self.of_class(class);
            match truth.contains(&class) {
                true => counts.hits += 1,
                false => counts.excess += 1,
            }
        }
        for &class in truth.iter().filter(|class| !given.contains(class)) {
            self.of_class(class).missed += 1;
        }
    }

    pub fn add(&mut self, other: &Tally) {
        for (class, &counts) in other.of_classes.iter().enumerate() {
            self.of_class(class).add(counts);
        }
    }

    /// Over all classes.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.of_classes.iter().for_each(|&counts| total.add(counts));
        total
    }

    pub fn f1(&self) -> F1 {
        let of_classes: Vec<f64> =
            self.of_classes.iter().filter(|counts| counts.is_among_the_truth()).map(|counts| counts.f1()).collect();
        // From a positive zero, which the sum of nothing is not.
        let sum = of_classes.iter().fold(0.0, |sum, f1| sum + f1);
        F1 { micro: self.total().f1(), macro_: sum / of_classes.len().max(1) as f64 }
    }

    fn of_class(&mut self, class: usize) -> &mut Counts {
        if self.of_classes.len() <= class {
            self.of_classes.resize(class + 1, Counts::default());
        }
        &mut self.of_classes[class]
    }
}

/// One class a text: positions of the true and of the given class.
pub fn f1_of_classes(truth: &[usize], given: &[usize]) -> F1 {
    let as_sets = |classes: &[usize]| classes.iter().map(|&class| vec![class]).collect::<Vec<_>>();
    f1_of_sets(&as_sets(truth), &as_sets(given))
}

/// Any number of classes a text: the sets of the true and of the given classes.
pub fn f1_of_sets(truth: &[Vec<usize>], given: &[Vec<usize>]) -> F1 {
    assert_eq!(truth.len(), given.len(), "every text has an answer");
    let mut tally = Tally::default();
    truth.iter().zip(given).for_each(|(truth, given)| tally.add_sets(truth, given));
    tally.f1()
}

/// F1 of giving every text the most frequent class and no other.
pub fn majority_baseline(truth: &[Vec<usize>]) -> F1 {
    let classes = truth.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut frequencies = vec![0; classes];
    truth.iter().flatten().for_each(|&class| frequencies[class] += 1);
    let majority = frequencies.iter().enumerate().max_by_key(|&(_, &frequency)| frequency);
    let given: Vec<usize> = majority.into_iter().map(|(class, _)| class).collect();
    f1_of_sets(truth, &vec![given; truth.len()])
}

/// Agreement beyond chance of two labellers who give one class a text (Cohen 1960): 1 is complete, 0 is chance.
///
/// `None` when there is nothing to agree on: no text, or both give the same class to everything.
pub fn cohens_kappa(first: &[usize], second: &[usize]) -> Option<f64> {
    assert_eq!(first.len(), second.len(), "both label every text");
    if first.is_empty() {
        return None;
    }
    let texts = first.len() as f64;
    let classes = first.iter().chain(second).max().map_or(0, |&highest| highest + 1);
    let share = |labels: &[usize], class: usize| labels.iter().filter(|&&label| label == class).count() as f64 / texts;
    let by_chance: f64 = (0..classes).map(|class| share(first, class) * share(second, class)).sum();
    let agreed = first.iter().zip(second).filter(|(first, second)| first == second).count() as f64 / texts;
    (by_chance < 1.0).then(|| (agreed - by_chance) / (1.0 - by_chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn what_is_found_is_counted() {
        let detection = Detection::count([(true, true), (true, false), (false, true), (true, true)].into_iter());
        assert!(close(detection.precision, 2.0 / 3.0) && close(detection.recall, 2.0 / 3.0));
        assert!(close(detection.f1, 2.0 / 3.0));
        assert!(close(Detection::count(std::iter::empty()).f1, 0.0));
    }

    #[test]
    fn micro_f1_of_classes_is_accuracy() {
        let f1 = f1_of_classes(&[0, 0, 0, 1, 1, 2], &[0, 0, 1, 1, 2, 2]);
        assert!(close(f1.micro, 4.0 / 6.0));
        // F1 by class: 2·2/(3+2), 2·1/(2+2), 2·1/(1+2).
        assert!(close(f1.macro_, (0.8 + 0.5 + 2.0 / 3.0) / 3.0));
    }

    #[test]
    fn sets_are_compared_label_by_label() {
        let truth = [vec![0, 1], vec![1], vec![], vec![2]];
        let given = [vec![0], vec![1, 2], vec![0], vec![]];
        let f1 = f1_of_sets(&truth, &given);
        // Hits 2 (0 and 1), excess 2 (2 and 0), missed 2 (1 and 2).
        assert!(close(f1.micro, 4.0 / 8.0));
        assert!(close(f1.macro_, (2.0 / 3.0 + 2.0 / 3.0 + 0.0) / 3.0));
    }

    #[test]
    fn tallies_of_parts_add_up_to_that_of_the_whole() {
        let texts: [(&[usize], &[usize]); 3] = [(&[0, 3], &[0]), (&[], &[1]), (&[3], &[3])];
        let (mut whole, mut sum) = (Tally::default(), Tally::default());
        for (truth, given) in texts {
            whole.add_sets(truth, given);
            let mut part = Tally::default();
            part.add_sets(truth, given);
            sum.add(&part);
        }
        assert_eq!(sum.total(), whole.total());
        assert_eq!(whole.total(), Counts { hits: 2, excess: 1, missed: 1 });
        assert!(close(whole.total().precision(), 2.0 / 3.0) && close(whole.total().recall(), 2.0 / 3.0));
        assert_eq!(sum.f1(), whole.f1());
    }

    #[test]
    fn a_class_that_is_never_true_does_not_count() {
        let f1 = f1_of_classes(&[0, 2], &[0, 2]);
        assert!(close(f1.micro, 1.0) && close(f1.macro_, 1.0));
        let f1 = f1_of_classes(&[0, 0, 2, 2], &[0, 1, 2, 2]);
        assert!(close(f1.micro, 0.75));
        assert!(close(f1.macro_, (2.0 / 3.0 + 1.0) / 2.0));
    }

    #[test]
    fn nothing_scores_nothing() {
        let f1 = f1_of_sets(&[], &[]);
        assert!(close(f1.micro, 0.0) && close(f1.macro_, 0.0));
        assert!(close(majority_baseline(&[]).micro, 0.0));
        let counts = Counts::default();
        assert!(close(counts.precision(), 0.0) && close(counts.recall(), 0.0));
    }

    #[test]
    fn the_majority_is_found() {
        let majority = majority_baseline(&[vec![1], vec![1], vec![0], vec![1]]);
        assert!(close(majority.micro, 0.75));
        // F1 of the majority 6/7, of the other class 0.
        assert!(close(majority.macro_, 3.0 / 7.0));
        // Of 4 labels the frequent one is hit twice; one text gets it wrongly.
        assert!(close(majority_baseline(&[vec![0, 1], vec![1], vec![2]]).micro, 4.0 / 7.0));
    }

    #[test]
    fn kappa_leaves_chance_out() {
        // Agreed 0.7; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
        let first = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
        let second = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1];
        assert!(cohens_kappa(&first, &second).is_some_and(|kappa| close(kappa, 0.4)));
        assert!(cohens_kappa(&first, &first).is_some_and(|kappa| close(kappa, 1.0)));
        assert_eq!(cohens_kappa(&[1, 1], &[1, 1]), None);
        assert_eq!(cohens_kappa(&[], &[]), None);
    }
}
