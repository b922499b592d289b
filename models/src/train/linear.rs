use tch::{Kind, Reduction, Tensor};

use super::Matrix;
use crate::heads::Linear;
use crate::{Error, Result, VECTOR_SIZE};

#[derive(Debug, Clone)]
pub struct LogisticOptions {
    /// Strength of the quadratic penalty on the weights of standardised features, per example: 1e-4 to 1e-1.
    pub l2: f64,
    /// Weight of each example in the loss; empty means all alike.
    pub example_weights: Vec<f32>,
    /// Steps of Adam; the loss is convex, 300 are plenty.
    pub steps: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        Self { l2: 1e-3, example_weights: Vec::new(), steps: 300 }
    }
}

const LEARNING_RATE: f64 = 0.05;

/// Multinomial logistic regression: `labels` are positions in `classes`.
pub fn fit_softmax(
    vectors: &Matrix,
    labels: &[usize],
    classes: &[String],
    options: &LogisticOptions,
) -> Result<Linear> {
    check(vectors, labels.len(), classes)?;
    let targets: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let targets = Tensor::from_slice(&targets);
    fit(vectors, classes, options, |logits| {
        logits.cross_entropy_loss::<Tensor>(&targets, None, Reduction::None, -100, 0.0)
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
    let mut targets = vec![0f32; labels.len() * classes.len()];
    for (example, held) in labels.iter().enumerate() {
        held.iter().for_each(|&class| targets[example * classes.len() + class] = 1.0);
    }
    let targets = Tensor::from_slice(&targets).view([labels.len() as i64, classes.len() as i64]);
    fit(vectors, classes, options, |logits| {
        let loss = logits.binary_cross_entropy_with_logits::<Tensor>(&targets, None, None, Reduction::None);
        loss.sum_dim_intlist(1, false, Kind::Float)
    })
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

/// `losses` turns logits (examples x classes) into one loss per example.
fn fit(
    vectors: &Matrix,
    classes: &[String],
    options: &LogisticOptions,
    losses: impl Fn(&Tensor) -> Tensor,
) -> Result<Linear> {
    let count = vectors.len() as i64;
    let raw = Tensor::from_slice(&vectors.data).view([count, VECTOR_SIZE as i64]);
    let mean = raw.mean_dim([0i64].as_slice(), true, Kind::Float);
    let deviation = (&raw - &mean).square().mean_dim([0i64].as_slice(), true, Kind::Float).sqrt().clamp_min(1e-6);
    let features = (&raw - &mean) / &deviation;

    let example_weights = if options.example_weights.is_empty() {
        Tensor::ones([count], (Kind::Float, tch::Device::Cpu))
    } else {
        Tensor::from_slice(&options.example_weights)
    };
    let total_weight = example_weights.sum(Kind::Float);
    let store = tch::nn::VarStore::new(tch::Device::Cpu);
    let root = store.root();
    let weights = root.zeros("weights", &[classes.len() as i64, VECTOR_SIZE as i64]);
    let bias = root.zeros("bias", &[classes.len() as i64]);
    let mut optimiser = tch::nn::OptimizerConfig::build(tch::nn::Adam::default(), &store, LEARNING_RATE)?;
    for step in 0..options.steps {
        let progress = step as f64 / options.steps as f64;
        optimiser.set_lr(LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()));
        let logits = features.matmul(&weights.tr()) + &bias;
        let data_loss = (losses(&logits) * &example_weights).sum(Kind::Float) / &total_weight;
        let loss = data_loss + weights.square().sum(Kind::Float) * (0.5 * options.l2);
        optimiser.backward_step(&loss);
    }
    // Back to raw vectors: standardising is folded into weights and bias.
    let raw_weights = tch::no_grad(|| &weights / &deviation);
    let raw_bias = tch::no_grad(|| &bias - raw_weights.matmul(&mean.view([-1])));
    Ok(Linear {
        classes: classes.to_vec(),
        weights: Vec::try_from(raw_weights.contiguous().view([-1]))?,
        bias: Vec::try_from(raw_bias)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
