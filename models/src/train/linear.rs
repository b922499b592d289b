use tch::{Device, Kind, Tensor};

use super::{Matrix, lbfgs};
use crate::heads::Linear;
use crate::{Error, Result};

#[derive(Debug, Clone)]
pub struct LogisticOptions {
    /// Strength of the quadratic penalty on the weights of standardised features, per example: 1e-4 to 1e-1.
    pub l2: f64,
    /// Weight of each example in the loss; empty means all alike.
    pub example_weights: Vec<f32>,
    /// Steps of L-BFGS at most; the loss is convex, and it stops when nothing is gained.
    pub max_steps: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        Self { l2: 1e-3, example_weights: Vec::new(), max_steps: 100 }
    }
}

/// Multinomial logistic regression: `labels` are positions in `classes`.
pub fn fit_softmax(
    vectors: &Matrix,
    labels: &[usize],
    classes: &[String],
    options: &LogisticOptions,
) -> Result<Linear> {
    check(vectors, labels.len(), classes)?;
    let held: Vec<&[usize]> = labels.iter().map(std::slice::from_ref).collect();
    let targets = targets(&held, classes.len());
    fit(vectors, classes, options, |logits| {
        let losses = logits.logsumexp([1i64].as_slice(), false) - sum_over_classes(&(logits * &targets));
        (losses, logits.softmax(1, Kind::Float) - &targets)
    })
}

/// One independent logistic regression per class: `labels[i]` are the positions in `classes` that hold for example `i`.
pub fn fit_one_vs_rest(
    vectors: &Matrix,
    labels: &[Vec<usize>],
    classes: &[String],
    options: &LogisticOptions,
) -> Result<Linear> {
    check(vectors, labels.len(), classes)?;
    let held: Vec<&[usize]> = labels.iter().map(Vec::as_slice).collect();
    let targets = targets(&held, classes.len());
    fit(vectors, classes, options, |logits| {
        let losses = sum_over_classes(&(logits.softplus() - logits * &targets));
        (losses, logits.sigmoid() - &targets)
    })
}

/// Examples x classes: 1 where a class holds.
fn targets(held: &[&[usize]], classes: usize) -> Tensor {
    let mut targets = vec![0f32; held.len() * classes];
    for (example, held) in held.iter().enumerate() {
        held.iter().for_each(|&class| targets[example * classes + class] = 1.0);
    }
    Tensor::from_slice(&targets).view([held.len() as i64, classes as i64])
}

fn sum_over_classes(values: &Tensor) -> Tensor {
    values.sum_dim_intlist([1i64].as_slice(), false, Kind::Float)
}

fn check(vectors: &Matrix, labels: usize, classes: &[String]) -> Result<()> {
    if vectors.is_empty() || classes.is_empty() {
        return Err(Error::Training("there is nothing to learn from".to_owned()));
    }
    if vectors.len() != labels {
        return Err(Error::Training(format!("{} vectors but {labels} labels", vectors.len())));
    }
    Ok(())
}

/// `judge` turns logits (examples x classes) into one loss per example and the gradient of the losses.
fn fit(
    vectors: &Matrix,
    classes: &[String],
    options: &LogisticOptions,
    judge: impl Fn(&Tensor) -> (Tensor, Tensor),
) -> Result<Linear> {
    let count = vectors.len() as i64;
    let width = vectors.width() as i64;
    let raw = Tensor::from_slice(&vectors.data).view([count, width]);
    let mean = raw.mean_dim([0i64].as_slice(), true, Kind::Float);
    let deviation = (&raw - &mean).square().mean_dim([0i64].as_slice(), true, Kind::Float).sqrt().clamp_min(1e-6);
    let features = (&raw - &mean) / &deviation;

    let example_weights = if options.example_weights.is_empty() {
        Tensor::ones([count], (Kind::Float, Device::Cpu))
    } else {
        Tensor::from_slice(&options.example_weights)
    };
    let shares = &example_weights / example_weights.sum(Kind::Float);
    let share_column = shares.unsqueeze(1);
    // A point is all weights, class by class, then all biases.
    let classes_count = classes.len() as i64;
    let weights_count = classes_count * width;
    let split = |point: &Tensor| {
        let weights = point.narrow(0, 0, weights_count).view([classes_count, width]);
        (weights, point.narrow(0, weights_count, classes_count))
    };
    let start = Tensor::zeros([weights_count + classes_count], (Kind::Float, Device::Cpu));
    let best = tch::no_grad(|| {
        lbfgs::minimise(start, options.max_steps, |point| {
            let (weights, bias) = split(point);
            let (losses, slopes) = judge(&(features.matmul(&weights.tr()) + bias));
            let penalty = weights.square().sum(Kind::Double).double_value(&[]) * 0.5 * options.l2;
            let loss = (losses * &shares).sum(Kind::Double).double_value(&[]) + penalty;
            let slopes = slopes * &share_column;
            let weights_gradient = slopes.tr().matmul(&features) + weights * options.l2;
            let bias_gradient = slopes.sum_dim_intlist([0i64].as_slice(), false, Kind::Float);
            (loss, Tensor::cat(&[weights_gradient.view([-1]), bias_gradient], 0))
        })
    });
    // Back to raw vectors: standardising is folded into weights and bias.
    let (weights, bias) = split(&best);
    let raw_weights = &weights / &deviation;
    let raw_bias = &bias - raw_weights.matmul(&mean.view([-1]));
    Ok(Linear {
        classes: classes.to_vec(),
        weights: Vec::try_from(raw_weights.contiguous().view([-1]))?,
        bias: Vec::try_from(raw_bias)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VECTOR_SIZE;

    fn corner(sign: f32, noise: f32) -> Vec<f32> {
        let mut row = vec![0.01; VECTOR_SIZE];
        row[0] = sign;
        row[1] = noise;
        row
    }

    #[test]
    fn separable_classes_are_learnt() {
        let rows: Vec<Vec<f32>> =
            (0..40).map(|index| corner(if index % 2 == 0 { 1.0 } else { -1.0 }, (index % 7) as f32)).collect();
        let vectors: Matrix = rows.iter().map(Vec::as_slice).collect();
        let labels: Vec<usize> = (0..40).map(|index| index % 2).collect();
        let classes = ["even".to_owned(), "odd".to_owned()];
        let linear = fit_softmax(&vectors, &labels, &classes, &LogisticOptions::default()).expect("it can be learnt");
        assert!(linear.softmax(&corner(1.0, 3.0))[0] > 0.9);
        assert!(linear.softmax(&corner(-1.0, 3.0))[1] > 0.9);
        let multi: Vec<Vec<usize>> = labels.iter().map(|&label| if label == 0 { vec![0] } else { vec![] }).collect();
        let linear =
            fit_one_vs_rest(&vectors, &multi, &classes[..1], &LogisticOptions::default()).expect("it can be learnt");
        assert!(linear.sigmoids(&corner(1.0, 3.0))[0] > 0.9);
        assert!(linear.sigmoids(&corner(-1.0, 3.0))[0] < 0.1);
    }

    #[test]
    fn nothing_to_learn_is_an_error() {
        let result = fit_softmax(&Matrix::default(), &[], &["a".to_owned()], &LogisticOptions::default());
        assert!(matches!(result, Err(Error::Training(_))));
    }
}
