//! Classes learnt from a handful of examples each: a journey's touchpoints and topics.
//!
//! Vectors are centred (the mean of all texts is subtracted) and normalised, because raw E5 cosines all lie close
//! together. Every class has a logistic regression against the others and the background. Its scores become
//! probabilities by Platt scaling on what each example is given when it is left out. So "none of these" is the case in
//! which no probability reaches one half.

use serde::{Deserialize, Serialize};

use super::{Linear, sigmoid};
use crate::encoder::{Branch, normalise};
use crate::train::{LogisticOptions, Matrix, fit_one_vs_rest, fit_platt};
use crate::{Error, Result};

/// Whose vectors journeys are learnt on: published ones, which tell any subjects apart, not only those of the heads.
pub const BRANCH: Branch = Branch::Vectors;
/// A tag is given from this probability on.
pub const THRESHOLD: f32 = 0.5;

const FOLDS: usize = 5;
const L2: f64 = 1e-2;
const MAX_STEPS: usize = 50;
/// With fewer left-out examples there is nothing to calibrate on.
const MIN_EXAMPLES_TO_CALIBRATE: usize = 8;
/// Slope and offset for classes of one example each, which cannot be left out; measured by `klartext-eval few-shot`.
const CALIBRATION_OF_SINGLE_EXAMPLES: (f32, f32) = (1.25, 4.5);

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
    /// On centred, normalised vectors. Calibration is folded in, so the sigmoid of a logit is the probability.
    linear: Linear,
}

impl FewShotTagger {
    /// `background` are mentions that belong to none of the classes; `mean` is what all texts share.
    ///
    /// # Errors
    /// No class, or a class without examples.
    pub fn fit(classes: &[ClassExamples], background: &Matrix, mean: &[f32]) -> Result<Self> {
        if classes.is_empty() {
            return Err(Error::Training("there is no class".to_owned()));
        }
        if let Some(class) = classes.iter().find(|class| class.vectors.is_empty()) {
            return Err(Error::Training(format!("{} has no examples", class.id)));
        }
        let examples = Examples::new(classes, background, mean);
        let (slope, offset) = examples.calibration()?;
        let everything: Vec<usize> = (0..examples.labels.len()).collect();
        let mut linear = examples.fit(&everything)?;
        (0..classes.len()).for_each(|class| linear.calibrate(class, slope, offset));
        Ok(Self { mean: mean.to_vec(), linear })
    }

    /// The likeliest class where classes exclude each other, and how likely it is.
    pub fn best(&self, vector: &[f32]) -> Tag {
        let logits = self.linear.logits(&centred(vector, &self.mean));
        let class = (0..logits.len()).max_by(|&left, &right| logits[left].total_cmp(&logits[right])).unwrap_or(0);
        Tag { class, confidence: sigmoid(logits[class]) }
    }

    /// The probability of a class where several can hold.
    pub fn probability(&self, class: usize, vector: &[f32]) -> f32 {
        sigmoid(self.linear.logit(class, &centred(vector, &self.mean)))
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

struct Examples {
    ids: Vec<String>,
    features: Matrix,
    /// `None` is background.
    labels: Vec<Option<usize>>,
    /// A class's only example is in none: without it there would be nothing to fit.
    folds: Vec<Option<usize>>,
}

impl Examples {
    fn new(classes: &[ClassExamples], background: &Matrix, mean: &[f32]) -> Self {
        let ids = classes.iter().map(|class| class.id.clone()).collect();
        let mut examples = Self { ids, features: Matrix::default(), labels: Vec::new(), folds: Vec::new() };
        let labelled = classes.iter().enumerate().map(|(class, examples)| (Some(class), &examples.vectors));
        for (label, vectors) in labelled.chain([(None, background)]) {
            for (index, vector) in vectors.rows().enumerate() {
                examples.features.push(&centred(vector, mean));
                examples.labels.push(label);
                examples.folds.push((vectors.len() > 1).then_some(index % FOLDS));
            }
        }
        examples
    }

    /// Slope and offset that turn a score into a logit; shared by all classes, whose examples are too few alone.
    fn calibration(&self) -> Result<(f32, f32)> {
        let can_be_left_out = |row: &usize| self.labels[*row].is_some() && self.folds[*row].is_some();
        if (0..self.labels.len()).filter(can_be_left_out).count() < MIN_EXAMPLES_TO_CALIBRATE {
            return Ok(CALIBRATION_OF_SINGLE_EXAMPLES);
        }
        let mut scores = Vec::new();
        let mut held = Vec::new();
        for fold in 0..FOLDS {
            let (left_out, fitted_on): (Vec<usize>, Vec<usize>) =
                (0..self.labels.len()).partition(|&row| self.folds[row] == Some(fold));
            let linear = self.fit(&fitted_on)?;
            for row in left_out {
                scores.extend(linear.logits(self.features.row(row)));
                held.extend((0..self.ids.len()).map(|class| self.labels[row] == Some(class)));
            }
        }
        Ok(fit_platt(&scores, &held))
    }

    fn fit(&self, rows: &[usize]) -> Result<Linear> {
        let labels: Vec<Vec<usize>> = rows.iter().map(|&row| self.labels[row].into_iter().collect()).collect();
        let options = LogisticOptions { l2: L2, max_steps: MAX_STEPS, ..LogisticOptions::default() };
        fit_one_vs_rest(&self.features.select(rows), &labels, &self.ids, &options)
    }
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
    use crate::VECTOR_SIZE;

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
        for examples_per_class in [1, 4, 12] {
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
