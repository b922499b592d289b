//! Classes learnt from a handful of examples each: a journey's touchpoints and topics.
//!
//! Vectors are centred (the mean of all texts is subtracted) and normalised, because raw E5 cosines all lie close
//! together. A class with few examples is scored by cosine to its prototype, the mean of its examples (Snell et al.
//! 2017, arXiv 1703.05175); from [`MIN_EXAMPLES_FOR_HEAD`] examples on by a head of its own, regularised least squares.
//! Scores become probabilities by Platt scaling on what each example would have been given, had it been left out. So
//! "none of these" is the case in which no probability reaches one half.

use serde::{Deserialize, Serialize};

use super::{Linear, sigmoid};
use crate::encoder::{dot, normalise};
use crate::train::{Matrix, fit_platt, fit_ridge};
use crate::{Error, Result, VECTOR_SIZE};

/// From this many examples on a class gets a head; measured by `klartext-eval few-shot` (ARCHITECTURE.md).
pub const MIN_EXAMPLES_FOR_HEAD: usize = 8;
/// A tag is given from this probability on.
pub const THRESHOLD: f32 = 0.5;

/// The heads' penalty; see [`fit_ridge`].
const L2: f64 = 2.0;

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
    /// the sigmoid of a logit is the probability of the class, looked at by itself.
    linear: Linear,
    /// From the highest logit to the logit that this class is the right one.
    best: (f32, f32),
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
        if classes.is_empty() {
            return Err(Error::Training("there is no class".to_owned()));
        }
        if let Some(class) = classes.iter().find(|class| class.vectors.is_empty()) {
            return Err(Error::Training(format!("{} has no examples", class.id)));
        }
        let examples = Examples::new(classes, background, mean);
        let has_head: Vec<bool> = classes.iter().map(|class| class.vectors.len() >= min_examples_for_head).collect();
        let (mut linear, mut left_out) = examples.fit(&has_head)?;

        // Prototypes and heads are calibrated apart, because their scales differ.
        for method in [false, true] {
            let of_method: Vec<usize> = (0..classes.len()).filter(|&class| has_head[class] == method).collect();
            if of_method.is_empty() {
                continue;
            }
            let (scores, held): (Vec<f32>, Vec<bool>) = (0..examples.labels.len())
                .flat_map(|row| of_method.iter().map(move |&class| (row, class)))
                .map(|(row, class)| (left_out[row][class], examples.labels[row] == Some(class)))
                .unzip();
            let (slope, offset) = fit_platt(&scores, &held);
            for class in of_method {
                let row = class * VECTOR_SIZE..(class + 1) * VECTOR_SIZE;
                linear.weights[row].iter_mut().for_each(|weight| *weight *= slope);
                linear.bias[class] = linear.bias[class] * slope + offset;
                left_out.iter_mut().for_each(|scores| scores[class] = scores[class] * slope + offset);
            }
        }
        let (highest, right): (Vec<f32>, Vec<bool>) = left_out
            .iter()
            .zip(&examples.labels)
            .map(|(logits, label)| {
                let class = highest_of(logits);
                (logits[class], *label == Some(class))
            })
            .unzip();
        Ok(Self { mean: mean.to_vec(), linear, best: fit_platt(&highest, &right) })
    }

    /// The likeliest class where classes exclude each other, and how likely it is the right one.
    pub fn best(&self, vector: &[f32]) -> Tag {
        let logits = self.linear.logits(&centred(vector, &self.mean));
        let class = highest_of(&logits);
        let (slope, offset) = self.best;
        Tag { class, confidence: sigmoid(logits[class] * slope + offset) }
    }

    /// Every class with its probability where several can hold, likeliest first.
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

fn highest_of(logits: &[f32]) -> usize {
    (0..logits.len()).max_by(|&left, &right| logits[left].total_cmp(&logits[right])).unwrap_or(0)
}

struct Examples {
    ids: Vec<String>,
    features: Matrix,
    /// `None` is background.
    labels: Vec<Option<usize>>,
}

impl Examples {
    fn new(classes: &[ClassExamples], background: &Matrix, mean: &[f32]) -> Self {
        let ids = classes.iter().map(|class| class.id.clone()).collect();
        let mut examples = Self { ids, features: Matrix::default(), labels: Vec::new() };
        let labelled = classes.iter().enumerate().map(|(class, examples)| (Some(class), &examples.vectors));
        for (label, vectors) in labelled.chain([(None, background)]) {
            for vector in vectors.rows() {
                examples.features.push(&centred(vector, mean));
                examples.labels.push(label);
            }
        }
        examples
    }

    /// Uncalibrated weights, a head for each class that has enough examples, else its prototype; and each example's
    /// scores, had it been left out.
    fn fit(&self, has_head: &[bool]) -> Result<(Linear, Vec<Vec<f32>>)> {
        let fit = fit_ridge(&self.features, &self.labels, &self.ids, L2)?;
        let (mut linear, mut left_out) = (fit.linear, fit.left_out);
        for class in (0..self.ids.len()).filter(|&class| !has_head[class]) {
            let members = (0..self.labels.len()).filter(|&row| self.labels[row] == Some(class));
            let mut sum = vec![0.0; VECTOR_SIZE];
            members.for_each(|row| add(&mut sum, self.features.row(row), 1.0));
            let prototype = normalised(sum.clone());
            for (row, scores) in left_out.iter_mut().enumerate() {
                let example = self.features.row(row);
                scores[class] = if self.labels[row] == Some(class) {
                    let mut others = sum.clone();
                    add(&mut others, example, -1.0);
                    dot(&normalised(others), example)
                } else {
                    dot(&prototype, example)
                };
            }
            linear.weights[class * VECTOR_SIZE..(class + 1) * VECTOR_SIZE].copy_from_slice(&prototype);
            linear.bias[class] = 0.0;
        }
        Ok((linear, left_out))
    }
}

fn add(sum: &mut [f32], values: &[f32], factor: f32) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    normalise(&mut vector);
    vector
}

/// `vector - mean`, L2-normalised.
fn centred(vector: &[f32], mean: &[f32]) -> Vec<f32> {
    let mut centred: Vec<f32> = vector.iter().zip(mean).map(|(value, mean)| value - mean).collect();
    normalise(&mut centred);
    centred
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
            let best = tagger.best(&example(1, 60));
            assert_eq!(tagger.classes()[best.class], "b", "{examples_per_class}");
            assert!(best.confidence > THRESHOLD, "{examples_per_class}: {best:?}");
            assert_eq!(tagger.rank(&example(1, 60))[0].class, best.class);
            let strange = tagger.best(&example(6, 61));
            assert!(strange.confidence < THRESHOLD, "{examples_per_class}: {strange:?}");
        }
    }

    #[test]
    fn a_class_without_examples_is_an_error() {
        let classes = [ClassExamples { id: "a".to_owned(), vectors: Matrix::default() }];
        let result = FewShotTagger::fit(&classes, &Matrix::default(), &vec![0.0; VECTOR_SIZE]);
        assert!(matches!(result, Err(Error::Training(_))));
    }
}
