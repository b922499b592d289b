//! The head that tells how strongly something is meant.

use klartext_models::heads::{DataSource, Linear, STRENGTH_CLASSES, SentimentProbabilities, sigmoid};
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest};

use super::mentions::{LabelledText, is_held_out};
use super::{class_names, sources};
use crate::data::{Sentiment, read_lines};
use crate::parts::OwnFiles;
use crate::texts::DegreesExample;
use crate::vectors::Vectors;
use crate::{Error, Result};

const L2_CANDIDATES: [f64; 5] = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
/// How far apart degrees are.
const SLOPES: [f32; 6] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0];
/// A score that moves by less looks the same to whoever reads it.
const VISIBLE: f32 = 0.02;
/// Those of a statement.
pub const DEGREE_CLASSES: [&str; DEGREES] = ["mild", "plain", "strong"];
const DEGREES: usize = 3;
const MILD: usize = 0;
const PLAIN: usize = 1;
const STRONG: usize = 2;

/// Every degree of every statement, for the label branch to tell them apart.
///
/// # Errors
/// The statements are missing.
pub fn texts(own: &OwnFiles) -> Result<Vec<LabelledText<usize>>> {
    let mut texts = Vec::new();
    for statement in read_lines::<DegreesExample>(&own.degrees)? {
        texts.extend((0..).zip(statement.degrees()).map(|(degree, text)| statement.labelled(text, 0, degree)));
    }
    Ok(texts)
}

/// The head, and how it came about.
pub struct StrengthTraining {
    pub linear: Linear,
    /// Of the candidates the one with the lowest log loss on the tenth that is held out.
    pub l2: f64,
    /// On that tenth, share of the steps from mild to plain and from plain to strong that go up.
    pub order: f64,
    /// On that tenth, of each slope the share of steps in which the score visibly moves as it should; 0 is a score without strength.
    pub scores: Vec<(f32, f64)>,
    /// The smallest of the best.
    pub slope: f32,
    pub used: DataSource,
}

/// Learn to tell strong statements from mild ones, each of which is there in both: what it is about, and whether it is good or
/// bad, drops out.
///
/// `sentiment` has learnt the same statements, but nothing of their degrees.
///
/// # Errors
/// The statements or the encoder are missing.
pub fn train(own: &OwnFiles, sentiment: &Linear, vectors: &mut Vectors) -> Result<StrengthTraining> {
    let statements: Vec<DegreesExample> = read_lines(&own.degrees)?;
    let (held_out, learnt): (Vec<usize>, Vec<usize>) =
        (0..statements.len()).partition(|&row| is_held_out(&statements[row].plain));
    let texts: Vec<&str> = statements.iter().flat_map(DegreesExample::degrees).collect();
    let vectors = vectors.of("strength", &texts)?;
    let row = |statement: usize, degree: usize| vectors.row(statement * DEGREES + degree);
    let steps: Vec<(usize, usize)> =
        held_out.iter().flat_map(|&statement| (1..DEGREES).map(move |degree| (statement, degree))).collect();
    let share_of_steps = |goes_up: &dyn Fn(usize, usize) -> bool| {
        let up = steps.iter().filter(|&&(statement, degree)| goes_up(statement, degree)).count();
        up as f64 / steps.len().max(1) as f64
    };

    let mut trials = Vec::new();
    for l2 in L2_CANDIDATES {
        let head = fit(&vectors, &learnt, l2)?;
        let logit = |statement: usize, degree: usize| head.logit(0, row(statement, degree));
        let lost = |logit: f32| f64::from(-logit).exp().ln_1p();
        let loss: f64 =
            held_out.iter().map(|&statement| lost(logit(statement, STRONG)) + lost(-logit(statement, MILD))).sum();
        let order = share_of_steps(&|statement, degree| logit(statement, degree) > logit(statement, degree - 1));
        trials.push((loss, l2, order, head));
    }
    let best = trials.into_iter().min_by(|(left, ..), (right, ..)| left.total_cmp(right));
    let (_, l2, order, head) =
        best.ok_or_else(|| Error::TooLittleData("there are no settings to choose from".to_owned()))?;
    let score = |statement: usize, degree: usize, slope: f32| {
        let vector = row(statement, degree);
        SentimentProbabilities::by(sentiment, vector).score(sigmoid(slope * head.logit(0, vector)))
    };
    let in_order = |slope: f32| {
        share_of_steps(&|statement, degree| {
            let way = if statements[statement].sentiment == Sentiment::Positive { 1.0 } else { -1.0 };
            (score(statement, degree, slope) - score(statement, degree - 1, slope)) * way > VISIBLE
        })
    };
    let scores: Vec<(f32, f64)> = SLOPES.map(|slope| (slope, in_order(slope))).to_vec();
    let best = scores.iter().rev().max_by(|(_, left), (_, right)| left.total_cmp(right));
    let slope = best.map_or(1.0, |&(slope, _)| slope);
    let everything: Vec<usize> = (0..statements.len()).collect();
    let mut linear = fit(&vectors, &everything, l2)?;
    linear.calibrate(0, slope, 0.0);
    Ok(StrengthTraining { linear, l2, order, scores, slope, used: sources::DEGREES.used(texts.len()) })
}

/// A head that tells strong from mild; what is plain lies between, half of either, and is 0 on average.
fn fit(vectors: &Matrix, statements: &[usize], l2: f64) -> Result<Linear> {
    let mut rows = Vec::new();
    let mut labels = Vec::new();
    let mut example_weights = Vec::new();
    for statement in statements {
        for (degree, is_strong, weight) in
            [(MILD, false, 1.0), (PLAIN, false, 0.5), (PLAIN, true, 0.5), (STRONG, true, 1.0)]
        {
            rows.push(statement * DEGREES + degree);
            labels.push(Vec::from_iter(is_strong.then_some(0)));
            example_weights.push(weight);
        }
    }
    let options = LogisticOptions { l2, example_weights, ..LogisticOptions::default() };
    let mut linear = fit_one_vs_rest(&vectors.select(&rows), &labels, &class_names(&STRENGTH_CLASSES), &options)?;
    let plain: Vec<usize> = statements.iter().map(|statement| statement * DEGREES + PLAIN).collect();
    let offset = -linear.logit(0, &vectors.select(&plain).mean());
    linear.calibrate(0, 1.0, offset);
    Ok(linear)
}
