//! Making probabilities mean what they say, on examples that were not trained on.

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
