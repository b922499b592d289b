//! Classes learnt from a handful of examples each: a journey's touchpoints and topics.
//!
//! Vectors are centred (the mean of all texts is subtracted) and normalised, because raw E5 cosines all lie close
//! together. A class with few examples is scored by cosine to its prototype, the mean of its examples (Snell et al.
//! 2017, arXiv 1703.05175); from [`MIN_EXAMPLES_FOR_HEAD`] examples on by a logistic regression of its own. Scores of
//! both kinds become probabilities by Platt scaling on out-of-fold scores, so "none of these" is the case in which no
//! probability reaches one half.

use serde::{Deserialize, Serialize};

use super::{Linear, sigmoid};
use crate::encoder::{dot, normalise};
use crate::train::{LogisticOptions, Matrix, fit_one_vs_rest, fit_platt};
use crate::{Error, Result, VECTOR_SIZE};

/// From this many examples on a class gets a head; measured by `klartext-eval few-shot` (ARCHITECTURE.md).
pub const MIN_EXAMPLES_FOR_HEAD: usize = 8;
/// A tag is given from this probability on.
pub const THRESHOLD: f32 = 0.5;

const FOLDS: usize = 5;
const L2: f64 = 1e-2;
const STEPS: usize = 150;

/// One class and the mention vectors of its examples.
#[derive(Debug, Clone)]
pub struct ClassExamples {
    pub id: String,
    pub vectors: Matrix,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tag {
    /// Position among the classes.
    pub class: usize,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
}

/// Tells for each class how likely a mention belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FewShotTagger {
    mean: Vec<f32>,
    /// A row of weights per class on centred, normalised vectors: a prototype or a head. Calibration is folded in, so
    /// the sigmoid of a logit is the probability.
    linear: Linear,
}

impl FewShotTagger {
    /// `background` are mentions that belong to none of the classes; `mean` is what all texts share.
    ///
    /// # Errors
    /// No class, or a class without examples.
    pub fn fit(classes: &[ClassExamples], background: &Matrix, mean: &[f32]) -> Result<Self> {
        Self::fit_with(classes, background, mean, MIN_EXAMPLES_FOR_HEAD)
    }

    /// As [`FewShotTagger::fit`], with another number of examples from which a class gets a head.
    pub fn fit_with(
        classes: &[ClassExamples],
        background: &Matrix,
        mean: &[f32],
        min_examples_for_head: usize,
    ) -> Result<Self> {
        if let Some(class) = classes.iter().find(|class| class.vectors.is_empty()) {
            return Err(Error::Training(format!("{} has no examples", class.id)));
        }
        let examples = Examples::new(classes, background, mean);
        let has_head: Vec<bool> = classes.iter().map(|class| class.vectors.len() >= min_examples_for_head).collect();

        // Out-of-fold scores, apart for prototypes and heads because their scales differ.
        let mut scores = [Vec::new(), Vec::new()];
        let mut held = [Vec::new(), Vec::new()];
        for fold in 0..FOLDS {
            let (fitted_on, left_out) = examples.fold(fold);
            let linear = examples.fit(&fitted_on, &has_head)?;
            for &row in &left_out {
                for (class, &method) in has_head.iter().enumerate() {
                    scores[usize::from(method)].push(linear.logit(class, examples.features.row(row)));
                    held[usize::from(method)].push(examples.labels[row] == Some(class));
                }
            }
        }
        let everything: Vec<usize> = (0..examples.labels.len()).collect();
        let mut linear = examples.fit(&everything, &has_head)?;
        for (method, (scores, held)) in scores.iter().zip(&held).enumerate() {
            if scores.is_empty() {
                continue;
            }
            let (slope, offset) = fit_platt(scores, held);
            for class in (0..classes.len()).filter(|&class| usize::from(has_head[class]) == method) {
                linear.calibrate(class, slope, offset);
            }
        }
        Ok(Self { mean: mean.to_vec(), linear })
    }

    /// Every class with its probability, most likely first.
    pub fn rank(&self, vector: &[f32]) -> Vec<Tag> {
        let features = centred(vector, &self.mean);
        let mut tags: Vec<Tag> = (0..self.linear.len())
            .map(|class| Tag { class, confidence: sigmoid(self.linear.logit(class, &features)) })
            .collect();
        tags.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
        tags
    }

    /// The direction in which token states speak for a class, for [`crate::encoder::Encoding::contributions`].
    pub fn direction(&self, class: usize) -> &[f32] {
        self.linear.weights_of(class)
    }

    pub fn classes(&self) -> &[String] {
        &self.linear.classes
    }
}

struct Examples {
    ids: Vec<String>,
    features: Matrix,
    /// `None` is background.
    labels: Vec<Option<usize>>,
    folds: Vec<usize>,
}

impl Examples {
    fn new(classes: &[ClassExamples], background: &Matrix, mean: &[f32]) -> Self {
        let mut examples = Self {
            ids: classes.iter().map(|class| class.id.clone()).collect(),
            features: Matrix::default(),
            labels: Vec::new(),
            folds: Vec::new(),
        };
        let labelled = classes.iter().enumerate().map(|(class, examples)| (Some(class), &examples.vectors));
        for (label, vectors) in labelled.chain([(None, background)]) {
            for (index, vector) in vectors.rows().enumerate() {
                examples.features.push(&centred(vector, mean));
                examples.labels.push(label);
                // A class with a single example cannot be left out: it stays in every training fold.
                examples.folds.push(if vectors.len() == 1 { FOLDS } else { index % FOLDS });
            }
        }
        examples
    }

    fn fold(&self, fold: usize) -> (Vec<usize>, Vec<usize>) {
        (0..self.labels.len()).partition(|&row| self.folds[row] != fold)
    }

    /// Uncalibrated weights: a head for each class that has enough examples, else its prototype.
    fn fit(&self, rows: &[usize], has_head: &[bool]) -> Result<Linear> {
        let mut linear = Linear {
            classes: self.ids.clone(),
            weights: vec![0.0; self.ids.len() * VECTOR_SIZE],
            bias: vec![0.0; self.ids.len()],
        };
        for &row in rows {
            if let Some(class) = self.labels[row] {
                let prototype = &mut linear.weights[class * VECTOR_SIZE..(class + 1) * VECTOR_SIZE];
                prototype.iter_mut().zip(self.features.row(row)).for_each(|(sum, value)| *sum += value);
            }
        }
        linear.weights.chunks_exact_mut(VECTOR_SIZE).for_each(normalise);
        if !has_head.contains(&true) {
            return Ok(linear);
        }
        let labels: Vec<Vec<usize>> = rows.iter().map(|&row| self.labels[row].into_iter().collect()).collect();
        let options = LogisticOptions { l2: L2, steps: STEPS, ..LogisticOptions::default() };
        let heads = fit_one_vs_rest(&self.features.select(rows), &labels, &self.ids, &options)?;
        for class in (0..self.ids.len()).filter(|&class| has_head[class]) {
            let row = class * VECTOR_SIZE..(class + 1) * VECTOR_SIZE;
            linear.weights[row].copy_from_slice(heads.weights_of(class));
            linear.bias[class] = heads.bias[class];
        }
        Ok(linear)
    }
}

/// `vector - mean`, L2-normalised.
fn centred(vector: &[f32], mean: &[f32]) -> Vec<f32> {
    let mut centred: Vec<f32> = vector.iter().zip(mean).map(|(value, mean)| value - mean).collect();
    normalise(&mut centred);
    centred
}

/// Cosine similarity of two vectors after centring, -1 to 1.
pub fn centred_cosine(left: &[f32], right: &[f32], mean: &[f32]) -> f32 {
    dot(&centred(left, mean), &centred(right, mean))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(axis: usize, variation: usize) -> Vec<f32> {
        let mut vector = vec![0.0; VECTOR_SIZE];
        vector[axis] = 1.0;
        vector[10 + variation] = 0.4;
        vector
    }

    fn tagger(examples_per_class: usize) -> FewShotTagger {
        let class = |axis: usize, id: &str| {
            let rows: Vec<Vec<f32>> = (0..examples_per_class).map(|index| example(axis, index)).collect();
            ClassExamples { id: id.to_owned(), vectors: rows.iter().map(Vec::as_slice).collect() }
        };
        let background: Vec<Vec<f32>> = (0..20).map(|index| example(5 + index % 3, index)).collect();
        let background = background.iter().map(Vec::as_slice).collect();
        let classes = [class(0, "a"), class(1, "b"), class(2, "c")];
        FewShotTagger::fit(&classes, &background, &vec![0.0; VECTOR_SIZE]).expect("it can be learnt")
    }

    #[test]
    fn the_right_class_is_likely_and_strangers_are_none() {
        for examples_per_class in [4, 12] {
            let tagger = tagger(examples_per_class);
            let tags = tagger.rank(&example(1, 60));
            assert_eq!(tagger.classes()[tags[0].class], "b", "{examples_per_class}");
            assert!(tags[0].confidence > THRESHOLD, "{examples_per_class}: {tags:?}");
            let strange = tagger.rank(&example(6, 61));
            assert!(strange[0].confidence < THRESHOLD, "{examples_per_class}: {strange:?}");
        }
    }

    #[test]
    fn a_class_without_examples_is_an_error() {
        let classes = [ClassExamples { id: "a".to_owned(), vectors: Matrix::default() }];
        let result = FewShotTagger::fit(&classes, &Matrix::default(), &vec![0.0; VECTOR_SIZE]);
        assert!(matches!(result, Err(Error::Training(_))));
    }
}
