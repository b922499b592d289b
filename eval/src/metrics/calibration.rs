use serde::Serialize;

use super::bootstrap::{Bootstrap, percentile};
use crate::random::Random;

/// Of equal width.
const BINS: usize = 15;

/// Answers of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    pub answers: usize,
    /// In the mean, 0 to 1.
    pub confidence: f64,
    /// Share of the answers, 0 to 1.
    pub right: f64,
}

/// How often answers of each confidence are right; bins without answers are left out.
pub fn reliability(confidences: &[f32], right: &[bool]) -> Vec<ReliabilityBin> {
    assert_eq!(confidences.len(), right.len(), "every answer is right or wrong");
    let mut answers = [0usize; BINS];
    let mut confidence_sums = [0.0; BINS];
    let mut right_counts = [0usize; BINS];
    for (&confidence, &right) in confidences.iter().zip(right) {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        answers[bin] += 1;
        confidence_sums[bin] += f64::from(confidence);
        right_counts[bin] += usize::from(right);
    }
    let bin = |bin: usize| ReliabilityBin {
        answers: answers[bin],
        confidence: confidence_sums[bin] / answers[bin] as f64,
        right: right_counts[bin] as f64 / answers[bin] as f64,
    };
    (0..BINS).filter(|&number| answers[number] > 0).map(bin).collect()
}

/// Expected calibration error (Guo et al. 2017, arXiv 1706.04599): how far confidence is from the share of right
/// answers, in the mean over 15 bins of equal width, weighted by size. 0 is best.
pub fn expected_calibration_error(bins: &[ReliabilityBin]) -> f64 {
    let all: usize = bins.iter().map(|bin| bin.answers).sum();
    let gaps = bins.iter().map(|bin| bin.answers as f64 * (bin.confidence - bin.right).abs());
    gaps.sum::<f64>() / all.max(1) as f64
}

/// The error that 95 of 100 draws stay below in which every answer is right exactly as often as it is sure: whoever is
/// perfectly calibrated shows it too, with so few answers (consistency resampling, Bröcker and Smith 2007). `None` without answers
/// or resamples.
pub fn calibration_error_by_chance(confidences: &[f32], bootstrap: &Bootstrap) -> Option<f64> {
    if confidences.is_empty() || bootstrap.resamples == 0 {
        return None;
    }
    let mut random = Random::new(bootstrap.seed);
    let mut draw = || {
        let right: Vec<bool> = confidences.iter().map(|&confidence| random.uniform() < f64::from(confidence)).collect();
        expected_calibration_error(&reliability(confidences, &right))
    };
    let mut errors: Vec<f64> = (0..bootstrap.resamples).map(|_| draw()).collect();
    errors.sort_by(f64::total_cmp);
    Some(percentile(&errors, 0.95))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(confidences: &[f32], right: &[bool]) -> f64 {
        expected_calibration_error(&reliability(confidences, right))
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn confidence_that_is_kept_has_no_error() {
        let right = [true, true, true, false, true, true, true, false];
        assert!(close(error_of(&[0.75; 8], &right), 0.0));
        assert!(close(error_of(&[1.0; 4], &[true, false, true, false]), 0.5));
        assert!(close(error_of(&[0.75, 0.25], &[false, true]), 0.75));
        assert!(close(error_of(&[], &[]), 0.0));
    }

    #[test]
    fn few_answers_show_an_error_by_chance() {
        let by_chance = |answers: usize| {
            calibration_error_by_chance(&vec![0.7; answers], &Bootstrap::default()).expect("there are answers")
        };
        assert!(by_chance(20) > 0.15 && by_chance(2_000) < 0.03);
        assert_eq!(calibration_error_by_chance(&[], &Bootstrap::default()), None);
    }

    #[test]
    fn bins_hold_what_is_about_as_sure() {
        let bins = reliability(&[0.5, 0.52, 1.0], &[true, false, true]);
        assert_eq!(bins.len(), 2);
        assert_eq!((bins[0].answers, bins[1].answers), (2, 1));
        assert!((bins[0].confidence - 0.51).abs() < 1e-6 && close(bins[0].right, 0.5));
    }
}
