//! The head that finds waiting, repeated contact, uncertainty and dead ends.

use std::path::Path;

use klartext_models::friction::{FrictionHead, FrictionKind, NUMBER_FEATURES, NamedNumbers};
use klartext_models::heads::{DataSource, Linear, sigmoid};
use klartext_models::text::TextPreparer;
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest, fit_platt};
use klartext_models::{VECTOR_SIZE, heads};

use super::mentions::{HELD_OUT, Judged, LabelledText, Mentions};
use super::sources;
use crate::Result;
use crate::data::{DataFolder, Example, Language, read_lines};
use crate::gold::{FrictionLabels, GoldComment, Split};
use crate::metrics::Detection;
use crate::random::Random;
use crate::texts::{FrictionExample, cut, kinds_in};
use crate::vectors::Vectors;

/// Tweets about anything, so that the head learns that most of what people write shows no friction.
const UNRELATED_TWEETS: usize = 1000;
/// How much one of the project's own mentions counts, and one of those tweets.
pub const SET_WEIGHTS: [f32; 2] = [1.0, 0.4];
/// 0.03 to 0.1 are within .012 in the mean of the kinds' F1, cross-validated and on the tune half of the gold comments.
const L2: f64 = 5e-2;

/// What is true of a training mention.
#[derive(Debug, Clone)]
pub struct FrictionLabel {
    /// Positions in [`FrictionKind::ALL`].
    pub kinds: Vec<usize>,
    /// Kinds that it only seems to show.
    pub hard_negative_for: Vec<usize>,
    /// Of the project's own mentions; tweets have none.
    pub lang: Option<Language>,
}

/// Texts to learn friction from.
pub struct FrictionTexts {
    /// Mentions of the project's own sentences, cut as the service cuts them.
    pub own: Vec<LabelledText<FrictionLabel>>,
    /// Unrelated.
    pub tweets: Vec<LabelledText<FrictionLabel>>,
    pub used: Vec<DataSource>,
}

/// Mentions to learn friction from.
pub struct FrictionMentions {
    mentions: Mentions<FrictionLabel>,
    /// Of each mention.
    words: Vec<String>,
    pub used: Vec<DataSource>,
}

/// A mention with the probabilities of a head that has not seen its sentence.
pub struct HeldOut {
    pub label: FrictionLabel,
    pub words: String,
    pub probabilities: Vec<f32>,
}

/// A gold mention, encoded apart.
pub struct GoldFriction {
    pub split: Option<Split>,
    pub words: String,
    pub vector: Vec<f32>,
    pub labels: Vec<FrictionLabels>,
}

impl FrictionTexts {
    /// A sentence's mention shows what is marked in it; what else stands beside a marked one is left out, because the marks
    /// are as short as they can be.
    pub fn read(friction: &Path, data: &DataFolder, seed: u64) -> Result<Self> {
        let preparer = TextPreparer::default();
        let examples: Vec<FrictionExample> = read_lines(friction)?;
        let mut own = Vec::new();
        for example in &examples {
            for mention in cut(&preparer, &example.text) {
                let kinds = kinds_in(&example.spans, &mention.chars);
                if kinds.is_empty() && !example.spans.is_empty() {
                    continue;
                }
                let hard_negative_for = example.hard_negative_for.iter().map(|kind| *kind as usize).collect();
                let label = FrictionLabel { kinds, hard_negative_for, lang: Some(example.lang) };
                own.push(LabelledText { id: example.text.clone(), text: mention.words, set: 0, label });
            }
        }
        let tweets = Random::new(seed).draw(data.read(sources::SB10K.name)?, UNRELATED_TWEETS);
        let label = FrictionLabel { kinds: Vec::new(), hard_negative_for: Vec::new(), lang: None };
        let tweet = |tweet: Example| LabelledText { id: tweet.id, text: tweet.text, set: 1, label: label.clone() };
        let tweets: Vec<LabelledText<FrictionLabel>> = tweets.into_iter().map(tweet).collect();
        let used = vec![sources::FRICTION.used(examples.len()), sources::SB10K.used(tweets.len())];
        Ok(Self { own, tweets, used })
    }
}

impl FrictionMentions {
    pub fn read(friction: &Path, data: &DataFolder, vectors: &mut Vectors, seed: u64) -> Result<Self> {
        let FrictionTexts { own, tweets, used } = FrictionTexts::read(friction, data, seed)?;
        let words = |texts: &[LabelledText<FrictionLabel>]| -> Vec<String> {
            texts.iter().map(|text| text.text.clone()).collect()
        };
        let own_vectors = vectors.of_mentions("friction", &words(&own))?;
        let tweet_vectors = vectors.of("friction", &words(&tweets))?;
        let texts: Vec<LabelledText<FrictionLabel>> = own.into_iter().chain(tweets).collect();
        let mut features = Matrix::of_width(VECTOR_SIZE + NUMBER_FEATURES);
        for (vector, text) in own_vectors.rows().chain(tweet_vectors.rows()).zip(&texts) {
            features.push(&[vector, &NamedNumbers::of(&text.text).features()].concat());
        }
        let mentions = Mentions::new(features, &texts);
        Ok(Self { mentions, words: words(&texts), used })
    }

    fn fit(&self, rows: &[usize]) -> Result<Linear> {
        let mentions = &self.mentions.mentions;
        let labels: Vec<Vec<usize>> = rows.iter().map(|&row| mentions[row].label.kinds.clone()).collect();
        let example_weights = rows.iter().map(|&row| SET_WEIGHTS[mentions[row].set]).collect();
        let options = LogisticOptions { l2: L2, example_weights, ..LogisticOptions::default() };
        let classes = FrictionKind::ALL.map(|kind| kind.name().to_owned());
        Ok(fit_one_vs_rest(&self.mentions.vectors.select(rows), &labels, &classes, &options)?)
    }

    /// Fit on everything; calibrate on what was held out. Each kind's threshold is the one with the best mean of two
    /// F1: on what was held out, and on the tune half of the gold comments, where friction is rarer.
    pub fn train(&self, gold: &[GoldFriction]) -> Result<FrictionHead> {
        let judged = self.mentions.judge_held_out(&HELD_OUT, |rows| self.fit(rows))?;
        let everything: Vec<usize> = (0..self.mentions.mentions.len()).collect();
        let mut head = FrictionHead { linear: self.fit(&everything)?, thresholds: vec![0.5; FrictionKind::ALL.len()] };
        let out_of_fold = calibrated(&judged);
        for (kind, of_kind) in out_of_fold.iter().enumerate() {
            head.linear.calibrate(kind, of_kind.slope, of_kind.offset);
        }
        let tune: Vec<&GoldFriction> = gold.iter().filter(|mention| mention.split == Some(Split::Tune)).collect();
        let on_tune: Vec<Vec<f32>> = tune.iter().map(|mention| mention.probabilities(&head)).collect();
        for (kind, of_kind) in out_of_fold.iter().enumerate() {
            let tune_probabilities: Vec<f32> = on_tune.iter().map(|probabilities| probabilities[kind]).collect();
            let tune_held: Vec<bool> = tune.iter().map(|mention| mention.shows(kind)).collect();
            head.thresholds[kind] =
                best_threshold(&[(&of_kind.probabilities, &of_kind.held), (&tune_probabilities, &tune_held)]);
        }
        Ok(head)
    }

    /// The project's own mentions, each judged by a head that has not seen its sentence. The calibration is fitted on
    /// all of these scores together: two numbers a kind.
    pub fn held_out(&self) -> Result<Vec<HeldOut>> {
        let judged = self.mentions.judge_held_out(&HELD_OUT, |rows| self.fit(rows))?;
        let by_kind = calibrated(&judged);
        let own = judged.iter().enumerate().filter(|(_, judged)| judged.mention.label.lang.is_some());
        let held_out = own.map(|(position, judged)| HeldOut {
            label: judged.mention.label.clone(),
            words: self.words[judged.row].clone(),
            probabilities: by_kind.iter().map(|of_kind| of_kind.probabilities[position]).collect(),
        });
        Ok(held_out.collect())
    }
}

/// One kind's scores out of fold, calibrated on all of them together.
struct Calibrated {
    slope: f32,
    offset: f32,
    /// One a judged mention, and whether it shows the kind.
    probabilities: Vec<f32>,
    held: Vec<bool>,
}

/// In the order of [`FrictionKind::ALL`].
fn calibrated(judged: &[Judged<'_, FrictionLabel>]) -> Vec<Calibrated> {
    let of_kind = |kind: usize| {
        let scores: Vec<f32> = judged.iter().map(|judged| judged.logits[kind]).collect();
        let held: Vec<bool> = judged.iter().map(|judged| judged.mention.label.kinds.contains(&kind)).collect();
        let (slope, offset) = fit_platt(&scores, &held);
        let probabilities = scores.iter().map(|score| sigmoid(slope * score + offset)).collect();
        Calibrated { slope, offset, probabilities, held }
    };
    (0..FrictionKind::ALL.len()).map(of_kind).collect()
}

impl GoldFriction {
    /// The mentions of the gold comments by their gold spans.
    pub fn read(gold: &Path, vectors: &mut Vectors) -> Result<Vec<Self>> {
        let preparer = TextPreparer::default();
        let mut mentions = Vec::new();
        for comment in read_lines::<GoldComment>(gold)? {
            for mention in comment.labels.mentions.iter().filter(|_| comment.split.is_some()) {
                // Whatever the service would cut: the labels are of these words.
                let words = preparer.prepare(&comment.words(mention), None).text;
                let labels = mention.friction.clone();
                mentions.push(Self { split: comment.split, words, vector: Vec::new(), labels });
            }
        }
        let words: Vec<&str> = mentions.iter().map(|mention| mention.words.as_str()).collect();
        let encoded = vectors.of_mentions("gold", &words)?;
        mentions.iter_mut().zip(encoded.rows()).for_each(|(mention, vector)| mention.vector = vector.to_vec());
        Ok(mentions)
    }

    pub fn probabilities(&self, head: &FrictionHead) -> Vec<f32> {
        head.probabilities(&self.vector, &NamedNumbers::of(&self.words))
    }

    pub fn shows(&self, kind: usize) -> bool {
        self.labels.iter().any(|label| label.kind as usize == kind)
    }
}

/// The threshold with the best mean F1 over sets of probabilities and what was true.
pub fn best_threshold(sets: &[(&Vec<f32>, &Vec<bool>)]) -> f32 {
    // Further out it would follow the accidents of a few mentions.
    let steps = (20..=70).map(|percent| percent as f32 / 100.0);
    let mean_f1 = |threshold: f32| {
        let f1 = |(probabilities, held): &(&Vec<f32>, &Vec<bool>)| {
            let found = probabilities.iter().map(|probability| *probability >= threshold);
            Detection::count(held.iter().copied().zip(found)).f1
        };
        sets.iter().map(f1).sum::<f64>() / sets.len().max(1) as f64
    };
    steps.max_by(|&left, &right| mean_f1(left).total_cmp(&mean_f1(right))).unwrap_or(heads::few_shot::THRESHOLD)
}
