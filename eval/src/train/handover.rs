//! The head that finds the mention in which a matter passes from one department to another.

use std::path::Path;

use klartext_models::heads::{DataSource, HANDOVER_CLASSES, HandoverHead, Linear, sigmoid};
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest, fit_platt};

use super::friction::best_threshold;
use super::mentions::{HELD_OUT, LabelledText, Mentions};
use super::{class_names, sources};
use crate::Result;
use crate::data::{DataFolder, read_lines};
use crate::gold::{GoldComment, Split};
use crate::random::Random;
use crate::texts::HandoverExample;
use crate::vectors::Vectors;

const UNRELATED_TWEETS: usize = 1000;
/// All tweets together count about as much as a quarter of the project's own texts.
pub const SET_WEIGHTS: [f32; 2] = [1.0, 0.05];
/// 0.01 to 0.3 are within .05 in F1 and average precision, cross-validated and on the tune half of the gold comments.
const L2: f64 = 1e-1;

/// Texts to learn handovers from.
pub struct HandoverTexts {
    mentions: Mentions<bool>,
    pub used: Vec<DataSource>,
}

/// A gold comment with the vectors of its mentions, cut as the service cuts them.
pub struct GoldTelling {
    pub split: Option<Split>,
    /// Does it touch a handover?
    pub touches: bool,
    pub vectors: Matrix,
}

/// The project's own texts and unrelated tweets, with the sets that they are of.
pub fn texts(handover: &Path, data: &DataFolder, seed: u64) -> Result<(Vec<LabelledText<bool>>, Vec<DataSource>)> {
    let own: Vec<HandoverExample> = read_lines(handover)?;
    let own_texts = own.len();
    let tweets = Random::new(seed).draw(data.read(sources::SB10K.name)?, UNRELATED_TWEETS);
    let used = vec![sources::HANDOVER.used(own_texts), sources::SB10K.used(tweets.len())];
    let own = own.into_iter().map(|example| LabelledText::new(example.text.clone(), example.text, 0, example.handover));
    let tweets = tweets.into_iter().map(|tweet| LabelledText::new(tweet.id, tweet.text, 1, false));
    Ok((own.chain(tweets).collect(), used))
}

impl HandoverTexts {
    pub fn read(handover: &Path, data: &DataFolder, vectors: &mut Vectors, seed: u64) -> Result<Self> {
        let (texts, used) = texts(handover, data, seed)?;
        Ok(Self { mentions: Mentions::encode(vectors, "handover", &texts)?, used })
    }

    fn fit(&self, rows: &[usize]) -> Result<Linear> {
        let mentions = &self.mentions.mentions;
        let held = |row: &usize| if mentions[*row].label { vec![0] } else { Vec::new() };
        let labels: Vec<Vec<usize>> = rows.iter().map(held).collect();
        let example_weights = rows.iter().map(|&row| SET_WEIGHTS[mentions[row].set]).collect();
        let options = LogisticOptions { l2: L2, example_weights, ..LogisticOptions::default() };
        Ok(fit_one_vs_rest(&self.mentions.vectors.select(rows), &labels, &class_names(&HANDOVER_CLASSES), &options)?)
    }

    /// Fit on everything; calibration and threshold are of whole comments (their strongest mention), on the tune half
    /// of the gold comments.
    pub fn train(&self, gold: &[GoldTelling]) -> Result<HandoverHead> {
        let everything: Vec<usize> = (0..self.mentions.mentions.len()).collect();
        let mut linear = self.fit(&everything)?;
        let tune = || gold.iter().filter(|comment| comment.split == Some(Split::Tune));
        let scores: Vec<f32> = tune().map(|comment| comment.strongest(&linear)).collect();
        let held: Vec<bool> = tune().map(|comment| comment.touches).collect();
        let (slope, offset) = fit_platt(&scores, &held);
        linear.calibrate(0, slope, offset);
        let probabilities: Vec<f32> = scores.iter().map(|score| sigmoid(slope * score + offset)).collect();
        let threshold = best_threshold(&probabilities, &held);
        Ok(HandoverHead { linear, threshold })
    }

    /// What was true of the project's own texts, and what a head that has not seen them says at even odds.
    pub fn held_out(&self) -> Result<Vec<(bool, bool)>> {
        let judged = self.mentions.judge_held_out(&HELD_OUT, |rows| self.fit(rows))?;
        let own = judged.iter().filter(|judged| judged.mention.set == 0);
        Ok(own.map(|judged| (judged.mention.label, judged.logits[0] >= 0.0)).collect())
    }
}

impl GoldTelling {
    pub fn read(gold: &Path, vectors: &mut Vectors) -> Result<Vec<Self>> {
        let comments: Vec<GoldComment> = read_lines(gold)?;
        let texts: Vec<&str> = comments.iter().map(|comment| comment.text.as_str()).collect();
        let telling = |(comment, vectors): (&GoldComment, Matrix)| Self {
            split: comment.split,
            touches: comment.labels.handover.is_some(),
            vectors,
        };
        Ok(comments.iter().zip(vectors.by_mention("gold", &texts)?).map(telling).collect())
    }

    /// The highest logit of its mentions.
    pub fn strongest(&self, linear: &Linear) -> f32 {
        self.vectors.rows().map(|vector| linear.logit(0, vector)).fold(f32::NEG_INFINITY, f32::max)
    }
}
