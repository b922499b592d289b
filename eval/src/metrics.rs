//! How good answers are.

use serde::Serialize;

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
        let share = |of: usize| counts.hits as f64 / of.max(1) as f64;
        Self {
            precision: share(counts.hits + counts.excess),
            recall: share(counts.hits + counts.missed),
            f1: counts.f1(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    hits: usize,
    /// Given but wrong.
    excess: usize,
    /// True but not given.
    missed: usize,
}

impl Counts {
    fn f1(self) -> f64 {
        let occurrences = 2 * self.hits + self.excess + self.missed;
        2.0 * self.hits as f64 / occurrences.max(1) as f64
    }

    fn is_among_the_truth(&self) -> bool {
        self.hits + self.missed > 0
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
    let classes = truth.iter().chain(given).flatten().max().map_or(0, |&highest| highest + 1);
    let mut counts = vec![Counts::default(); classes];
    for (truth, given) in truth.iter().zip(given) {
        for &class in given {
            match truth.contains(&class) {
                true => counts[class].hits += 1,
                false => counts[class].excess += 1,
            }
        }
        for &class in truth.iter().filter(|class| !given.contains(class)) {
            counts[class].missed += 1;
        }
    }
    let total = counts.iter().fold(Counts::default(), |sum, class| Counts {
        hits: sum.hits + class.hits,
        excess: sum.excess + class.excess,
        missed: sum.missed + class.missed,
    });
    let of_classes: Vec<f64> =
        counts.iter().filter(|class| class.is_among_the_truth()).map(|class| class.f1()).collect();
    F1 { micro: total.f1(), macro_: of_classes.iter().sum::<f64>() / of_classes.len().max(1) as f64 }
}

/// Micro-F1 of giving every text the most frequent class and no other.
pub fn majority_baseline(truth: &[Vec<usize>]) -> f64 {
    let classes = truth.iter().flatten().max().map_or(0, |&highest| highest + 1);
    let mut frequencies = vec![0; classes];
    truth.iter().flatten().for_each(|&class| frequencies[class] += 1);
    let Some((majority, _)) = frequencies.iter().enumerate().max_by_key(|&(_, &frequency)| frequency) else {
        return 0.0;
    };
    f1_of_sets(truth, &vec![vec![majority]; truth.len()]).micro
}

/// Expected calibration error (Guo et al. 2017, arXiv 1706.04599): how far confidence is from the share of right
/// answers, in the mean over 15 bins of equal width, weighted by size. 0 is best.
pub fn expected_calibration_error(confidences: &[f32], right: &[bool]) -> f64 {
    const BINS: usize = 15;
    let mut confidence_sums = [0.0; BINS];
    let mut right_sums = [0.0; BINS];
    for (&confidence, &right) in confidences.iter().zip(right) {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        confidence_sums[bin] += f64::from(confidence);
        right_sums[bin] += f64::from(u8::from(right));
    }
    let gaps = confidence_sums.iter().zip(&right_sums).map(|(confidence, right)| (confidence - right).abs());
    gaps.sum::<f64>() / confidences.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
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
    fn a_class_that_is_never_true_does_not_count() {
        let f1 = f1_of_classes(&[0, 2], &[0, 2]);
        assert!(close(f1.micro, 1.0) && close(f1.macro_, 1.0));
        let f1 = f1_of_classes(&[0, 0, 2, 2], &[0, 1, 2, 2]);
        assert!(close(f1.micro, 0.75));
        assert!(close(f1.macro_, (2.0 / 3.0 + 1.0) / 2.0));
    }

    #[test]
    fn what_is_found_is_counted() {
        let detection = Detection::count([(true, true), (true, false), (false, true), (true, true)].into_iter());
        assert!(close(detection.precision, 2.0 / 3.0) && close(detection.recall, 2.0 / 3.0));
        assert!(close(detection.f1, 2.0 / 3.0));
        assert!(close(Detection::count(std::iter::empty()).f1, 0.0));
    }

    #[test]
    fn nothing_scores_nothing() {
        let f1 = f1_of_sets(&[], &[]);
        assert!(close(f1.micro, 0.0) && close(f1.macro_, 0.0));
        assert!(close(majority_baseline(&[]), 0.0));
    }

    #[test]
    fn the_majority_is_found() {
        assert!(close(majority_baseline(&[vec![1], vec![1], vec![0], vec![1]]), 0.75));
        // Of 4 labels the frequent one is hit twice; one text gets it wrongly.
        assert!(close(majority_baseline(&[vec![0, 1], vec![1], vec![2]]), 4.0 / 7.0));
    }

    #[test]
    fn confidence_that_is_kept_has_no_error() {
        let confidences = [0.75; 8];
        let right = [true, true, true, false, true, true, true, false];
        assert!(close(expected_calibration_error(&confidences, &right), 0.0));
        assert!(close(expected_calibration_error(&[1.0; 4], &[true, false, true, false]), 0.5));
        assert!(close(expected_calibration_error(&[0.75, 0.25], &[false, true]), 0.75));
        assert!(close(expected_calibration_error(&[], &[]), 0.0));
    }
}
