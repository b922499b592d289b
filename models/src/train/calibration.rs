//! Making probabilities mean what they say, on examples that were not trained on.

use tch::{Device, Kind, Tensor};

use super::lbfgs;
use crate::{Error, Result};

/// Strength of the pull towards logits as they are, per example.
const SCALING_PENALTY: f64 = 1e-3;
const SCALING_STEPS: usize = 100;

/// `slope * logit + offset` of its class makes logits calibrated.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    pub slope: f32,
    /// One a class; their sum is 0.
    pub offsets: Vec<f32>,
}

/// One slope and an offset for each class, with the lowest log loss: texts from elsewhere differ in how sure a head may be and
/// in how frequent the classes are. `logits` holds one row an example, `labels` the true class, `weights` how much each counts.
///
/// # Errors
/// There are no examples, or rows differ in length.
pub fn fit_scaling(logits: &[Vec<f32>], labels: &[usize], weights: &[f32]) -> Result<Scaling> {
    let classes = logits.first().map_or(0, Vec::len);
    if classes == 0 || logits.iter().any(|row| row.len() != classes) || labels.len() != logits.len() {
        return Err(Error::Training("there is nothing to calibrate on".to_owned()));
    }
    let count = logits.len() as i64;
    let scores = Tensor::from_slice(&logits.concat()).view([count, classes as i64]);
    let labels: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let truth = Tensor::from_slice(&labels).one_hot(classes as i64).to_kind(Kind::Float);
    let weights = Tensor::from_slice(weights);
    let shares = (&weights / weights.sum(Kind::Float)).unsqueeze(1);
    // A point is the slope less 1, then the offsets.
    let start = Tensor::zeros([1 + classes as i64], (Kind::Float, Device::Cpu));
    let best = tch::no_grad(|| {
        lbfgs::minimise(start, SCALING_STEPS, |point| {
            let scaled = &scores * (point.narrow(0, 0, 1) + 1.0) + point.narrow(0, 1, classes as i64);
            let losses = -(scaled.log_softmax(1, Kind::Float) * &truth * &shares).sum(Kind::Double).double_value(&[]);
            let penalty = point.square().sum(Kind::Double).double_value(&[]) * 0.5 * SCALING_PENALTY;
            let slopes = (scaled.softmax(1, Kind::Float) - &truth) * &shares;
            let of_slope = (&slopes * &scores).sum(Kind::Float).view([1]);
            let of_offsets = slopes.sum_dim_intlist([0i64].as_slice(), false, Kind::Float);
            (losses + penalty, Tensor::cat(&[of_slope, of_offsets], 0) + point * SCALING_PENALTY)
        })
    });
    let numbers: Vec<f32> = Vec::try_from(best)?;
    Ok(Scaling { slope: numbers[0] + 1.0, offsets: numbers[1..].to_vec() })
}

/// The temperature with the lowest log loss (Guo et al. 2017, arXiv 1706.04599): logits divided by it give calibrated
/// probabilities. `logits` holds one row an example, `labels` the position of the true class in it.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    let loss = |log_temperature: f32| -> f64 {
        let temperature = log_temperature.exp();
        logits.iter().zip(labels).map(|(logits, &label)| log_loss(logits, label, temperature)).sum()
    };
    minimise(loss, -2.0, 3.0).exp()
}

fn log_loss(logits: &[f32], label: usize, temperature: f32) -> f64 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).sum();
    f64::from(sum.ln() - (logits[label] - highest) / temperature)
}

/// `(a, b)` such that `sigmoid(a * score + b)` is the probability that `held` is true, with Platt's smoothed targets
/// (Platt 1999; Lin, Lin and Weng 2007). `a` is never negative: a higher score never means less.
pub fn fit_platt(scores: &[f32], held: &[bool]) -> (f32, f32) {
    let positives = held.iter().filter(|&&held| held).count() as f64;
    let negatives = held.len() as f64 - positives;
    let targets = [1.0 / (negatives + 2.0), (positives + 1.0) / (positives + 2.0)];
    let (mean, deviation) = mean_and_deviation(scores);
    let standardised: Vec<f64> = scores.iter().map(|&score| (f64::from(score) - mean) / deviation).collect();
    let (mut slope, mut offset) = (1.0, ((positives + 1.0) / (negatives + 1.0)).ln());
    // Newton's method on a convex loss in two unknowns, damped by a small ridge.
    for _ in 0..100 {
        let mut gradient = [0.0, 0.0];
        let mut hessian = [1e-9, 0.0, 1e-9];
        for (&score, &held) in standardised.iter().zip(held) {
            let probability = 1.0 / (1.0 + (-(slope * score + offset)).exp());
            let error = probability - targets[usize::from(held)];
            let curvature = (probability * (1.0 - probability)).max(1e-12);
            gradient[0] += error * score;
            gradient[1] += error;
            hessian[0] += curvature * score * score;
            hessian[1] += curvature * score;
            hessian[2] += curvature;
        }
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        let step_slope = (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant;
        let step_offset = (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant;
        slope -= step_slope.clamp(-2.0, 2.0);
        offset -= step_offset.clamp(-2.0, 2.0);
        if step_slope.abs() + step_offset.abs() < 1e-9 {
            break;
        }
    }
    if slope < 0.0 {
        // Scores that point the wrong way say nothing: what is left is how often it holds.
        return (0.0, ((positives + 1.0) / (negatives + 1.0)).ln() as f32);
    }
    ((slope / deviation) as f32, (offset - slope * mean / deviation) as f32)
}

fn mean_and_deviation(scores: &[f32]) -> (f64, f64) {
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / count;
    let variance = scores.iter().map(|&score| (f64::from(score) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt().max(1e-9))
}

/// Golden-section search for the minimum of a unimodal function.
fn minimise(loss: impl Fn(f32) -> f64, mut low: f32, mut high: f32) -> f32 {
    const RATIO: f32 = 0.618_034;
    for _ in 0..40 {
        let left = high - RATIO * (high - low);
        let right = low + RATIO * (high - low);
        if loss(left) < loss(right) {
            high = right;
        } else {
            low = left;
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heads::sigmoid;
    use crate::random::mixed;

    #[test]
    fn a_scaling_finds_how_sure_a_head_may_be_and_which_class_it_forgets() {
        // A head that is twice too sure, on texts of which the third class is more frequent than it has learnt.
        let mut drawn = 0;
        let mut draw = || {
            drawn += 1;
            (mixed(1, drawn) >> 40) as f32 / (1u64 << 24) as f32
        };
        let mut logits = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..4_000 {
            let row = vec![6.0 * draw(), 6.0 * draw(), 6.0 * draw()];
            let exponentials = [row[0] / 2.0, row[1] / 2.0, row[2] / 2.0 + 1.0].map(f32::exp);
            let mut left = draw() * exponentials.iter().sum::<f32>();
            let label = exponentials.iter().position(|&share| {
                left -= share;
                left < 0.0
            });
            logits.push(row);
            labels.push(label.unwrap_or(2));
        }
        let scaling = fit_scaling(&logits, &labels, &vec![1.0; labels.len()]).expect("there are examples");
        assert!((scaling.slope - 0.5).abs() < 0.1, "{scaling:?}");
        assert!((scaling.offsets[2] - scaling.offsets[0] - 1.0).abs() < 0.25, "{scaling:?}");
        assert!(fit_scaling(&[], &[], &[]).is_err());
    }

    #[test]
    fn platt_recovers_a_logistic_curve() {
        // Scores further out would be pulled in by the smoothed targets.
        let scores: Vec<f32> = (-200..200).map(|step| step as f32 / 100.0).collect();
        // A deterministic stand-in for draws from sigmoid(2 s - 1): the quantiles of a low-discrepancy sequence.
        let held: Vec<bool> = scores
            .iter()
            .enumerate()
            .map(|(index, &score)| (index as f32 * 0.618_034).fract() < sigmoid(2.0 * score - 1.0))
            .collect();
        let (slope, offset) = fit_platt(&scores, &held);
        assert!((slope - 2.0).abs() < 0.2, "{slope}");
        assert!((offset + 1.0).abs() < 0.2, "{offset}");
    }

    #[test]
    fn scores_that_point_the_wrong_way_are_ignored() {
        let held: Vec<bool> = (0..40).map(|index| index < 10).collect();
        let scores: Vec<f32> = (0..40).map(|index| index as f32).collect();
        let (slope, offset) = fit_platt(&scores, &held);
        assert!(slope.abs() < f32::EPSILON);
        assert!((sigmoid(offset) - 0.25).abs() < 0.02, "{offset}");
    }

    #[test]
    fn overconfident_logits_get_a_high_temperature() {
        // Three of four are right at a claimed confidence of sigmoid(4) = .98.
        let logits = vec![vec![4.0, 0.0]; 4];
        let temperature = fit_temperature(&logits, &[0, 0, 0, 1]);
        assert!((temperature - 4.0 / 3f32.ln()).abs() < 0.01, "{temperature}");
    }

    #[test]
    fn the_minimum_of_a_parabola_is_found() {
        assert!((minimise(|x| f64::from((x - 0.7).powi(2)), -2.0, 3.0) - 0.7).abs() < 1e-3);
    }
}
