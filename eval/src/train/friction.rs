//! The head that finds waiting, repeated contact, uncertainty and dead ends.

use std::path::Path;
use std::sync::Arc;

use klartext_models::friction::{FrictionHead, FrictionKind, NUMBER_FEATURES, NamedNumbers};
use klartext_models::heads::{DataSource, Linear, sigmoid};
use klartext_models::text::TextPreparer;
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest, fit_platt};
use klartext_models::{VECTOR_SIZE, heads};

use super::mentions::{HELD_OUT, Judged, LabelledComment, LabelledText, Mentions, unrelated_tweets, vectors_of};
use super::sources;
use crate::Result;
use crate::data::{DataFolder, Language, read_lines};
use crate::gold::{FrictionLabels, GoldComment, Split};
use crate::metrics::Detection;
use crate::parts::OwnFiles;
use crate::texts::{FrictionExample, cut, kinds_in, passage};
use crate::vectors::{Passage, Vectors};

/// How much a mention of the project's own sentences counts, one of the tweets, one of the written comments, and one of
/// public texts.
pub const SET_WEIGHTS: [f32; 4] = [1.0, 0.4, 1.0, 1.0];
/// The set of the written comments.
const IN_COMMENTS: usize = 2;
const IN_PUBLIC: usize = 3;
/// 0.03 to 0.1 are within .012 in the mean of the kinds' F1, cross-validated and on the tune half of the gold comments.
const L2: f64 = 5e-2;

/// What is true of a training mention.
#[derive(Debug, Clone)]
pub struct FrictionLabel {
    /// Positions in [`FrictionKind::ALL`].
    pub kinds: Vec<usize>,
    /// Kinds that it only seems to show.
    pub hard_negative_for: Vec<usize>,
    /// Of mentions of the project's own sentences; others have none.
    pub lang: Option<Language>,
}

/// Texts to learn friction from.
pub struct FrictionTexts {
    /// Mentions of the project's own sentences, cut as the service cuts them.
    pub own: Vec<LabelledText<FrictionLabel>>,
    /// Unrelated.
    pub tweets: Vec<LabelledText<FrictionLabel>>,
    /// Mentions of whole comments, cut as their labeller cut them.
    pub in_comments: Vec<LabelledText<FrictionLabel>>,
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

/// A gold mention, read in its comment.
pub struct GoldFriction {
    pub split: Option<Split>,
    pub words: String,
    pub vector: Vec<f32>,
    pub labels: Vec<FrictionLabels>,
}

impl FrictionTexts {
    /// A sentence's mention shows what is marked in it; what else stands beside a marked one is left out, because the marks
    /// are as short as they can be.
    pub fn read(own_files: &OwnFiles, data: &DataFolder, seed: u64) -> Result<Self> {
        let preparer = TextPreparer::default();
        let examples: Vec<FrictionExample> = read_lines(&own_files.friction)?;
        let mut own = Vec::new();
        for example in &examples {
            for mention in cut(&preparer, &example.text) {
                let kinds = kinds_in(&example.spans, &mention.chars);
                if kinds.is_empty() && !example.spans.is_empty() {
                    continue;
                }
                let hard_negative_for = example.hard_negative_for.iter().map(|kind| *kind as usize).collect();
                let label = FrictionLabel { kinds, hard_negative_for, lang: Some(example.lang) };
                let passage = Arc::new(Passage::mention(mention.words));
                own.push(LabelledText { id: example.text.clone(), passage, piece: 0, set: 0, label });
            }
        }
        let label = FrictionLabel { kinds: Vec::new(), hard_negative_for: Vec::new(), lang: None };
        let tweets = unrelated_tweets(data, seed, 1, &label)?;
        let in_set = |comments: &[LabelledComment], set| {
            LabelledComment::mentions(comments, set, |_, mention| {
                let mut kinds: Vec<usize> = mention.friction.iter().map(|friction| friction.kind as usize).collect();
                kinds.sort_unstable();
                kinds.dedup();
                Ok(Some(FrictionLabel { kinds, ..label.clone() }))
            })
        };
        let written = in_set(&LabelledComment::read_written(&own_files.comments)?, IN_COMMENTS)?;
        let public = in_set(&LabelledComment::read_public(&own_files.public, data)?, IN_PUBLIC)?;
        let used = vec![
            sources::FRICTION.used(examples.len()),
            sources::SB10K.used(tweets.len()),
            sources::COMMENTS.used(written.len()),
            sources::PUBLIC.used(public.len()),
        ];
        Ok(Self { own, tweets, in_comments: [written, public].concat(), used })
    }
}

impl FrictionMentions {
    pub fn read(own_files: &OwnFiles, data: &DataFolder, vectors: &mut Vectors, seed: u64) -> Result<Self> {
        let FrictionTexts { own, tweets, in_comments, used } = FrictionTexts::read(own_files, data, seed)?;
        let texts = [own, tweets, in_comments].concat();
        let encoded = vectors_of(vectors, "friction", &texts)?;
        let words: Vec<String> = texts.iter().map(|text| text.words().to_owned()).collect();
        let mut features = Matrix::of_width(VECTOR_SIZE + NUMBER_FEATURES);
        for (vector, words) in encoded.rows().zip(&words) {
            features.push(&[vector, &NamedNumbers::of(words).features()].concat());
        }
        Ok(Self { mentions: Mentions::new(features, &texts), words, used })
    }

    fn fit(&self, rows: &[usize]) -> Result<Linear> {
        let mentions = &self.mentions.mentions;
        let labels: Vec<Vec<usize>> = rows.iter().map(|&row| mentions[row].label.kinds.clone()).collect();
        let example_weights = rows.iter().map(|&row| SET_WEIGHTS[mentions[row].set]).collect();
        let options = LogisticOptions { l2: L2, example_weights, ..LogisticOptions::default() };
        let classes = FrictionKind::ALL.map(|kind| kind.name().to_owned());
        Ok(fit_one_vs_rest(&self.mentions.vectors.select(rows), &labels, &classes, &options)?)
    }

    /// Fit on everything; calibrated on mentions of whole comments that a head of the same kind has not seen (the written ones
    /// that are held out, and the gold ones that are there to tune on), because half of the project's own sentences show
    /// friction, and few mentions of a comment do. Each kind's threshold has the best F1 there.
    pub fn train(&self, gold: &[GoldFriction]) -> Result<FrictionHead> {
        let mentions = &self.mentions.mentions;
        let (held_out, learnt) = self.mentions.parted();
        let apart = self.fit(&learnt)?;
        let in_comments: Vec<usize> = held_out.into_iter().filter(|&row| mentions[row].set == IN_COMMENTS).collect();
        let tune: Vec<&GoldFriction> = gold.iter().filter(|mention| mention.split == Some(Split::Tune)).collect();
        let of_tune: Vec<Vec<f32>> = tune.iter().map(|mention| mention.features()).collect();
        let features = || {
            let of_comments = in_comments.iter().map(|&row| self.mentions.vectors.row(row));
            of_comments.chain(of_tune.iter().map(Vec::as_slice))
        };
        let everything: Vec<usize> = (0..mentions.len()).collect();
        let mut head = FrictionHead { linear: self.fit(&everything)?, thresholds: vec![0.5; FrictionKind::ALL.len()] };
        for kind in 0..FrictionKind::ALL.len() {
            let scores: Vec<f32> = features().map(|features| apart.logit(kind, features)).collect();
            let of_comments = in_comments.iter().map(|&row| mentions[row].label.kinds.contains(&kind));
            let held: Vec<bool> = of_comments.chain(tune.iter().map(|mention| mention.shows(kind))).collect();
            let Detecting { slope, offset, threshold } = Detecting::fit(&scores, &held);
            head.linear.calibrate(kind, slope, offset);
            head.thresholds[kind] = threshold;
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
            probabilities: by_kind.iter().map(|probabilities| probabilities[position]).collect(),
        });
        Ok(held_out.collect())
    }
}

/// One a judged mention for each kind, in the order of [`FrictionKind::ALL`].
fn calibrated(judged: &[Judged<'_, FrictionLabel>]) -> Vec<Vec<f32>> {
    let of_kind = |kind: usize| {
        let scores: Vec<f32> = judged.iter().map(|judged| judged.logits[kind]).collect();
        let held: Vec<bool> = judged.iter().map(|judged| judged.mention.label.kinds.contains(&kind)).collect();
        let (slope, offset) = fit_platt(&scores, &held);
        scores.iter().map(|score| sigmoid(slope * score + offset)).collect()
    };
    (0..FrictionKind::ALL.len()).map(of_kind).collect()
}

impl GoldFriction {
    /// The mentions of the gold comments by their gold spans: whatever the service would cut, the labels are of these words.
    pub fn read(gold: &Path, vectors: &mut Vectors) -> Result<Vec<Self>> {
        let preparer = TextPreparer::default();
        let mut comments: Vec<GoldComment> = read_lines(gold)?;
        comments.retain(|comment| comment.split.is_some());
        let passages: Vec<Passage> =
            comments.iter().map(|comment| passage(&preparer, &comment.text, &comment.labels.spans())).collect();
        let encoded = vectors.of_pieces("gold", passages.iter())?;
        let mut rows = encoded.rows();
        let mut mentions = Vec::new();
        for (comment, passage) in comments.iter().zip(&passages) {
            for (piece, (mention, vector)) in comment.labels.mentions.iter().zip(rows.by_ref()).enumerate() {
                mentions.push(Self {
                    split: comment.split,
                    words: passage.words(piece).to_owned(),
                    vector: vector.to_vec(),
                    labels: mention.friction.clone(),
                });
            }
        }
        Ok(mentions)
    }

    pub fn probabilities(&self, head: &FrictionHead) -> Vec<f32> {
        head.probabilities(&self.vector, &NamedNumbers::of(&self.words))
    }

    /// What the head reads.
    fn features(&self) -> Vec<f32> {
        [self.vector.as_slice(), &NamedNumbers::of(&self.words).features()].concat()
    }

    pub fn shows(&self, kind: usize) -> bool {
        self.labels.iter().any(|label| label.kind as usize == kind)
    }
}

/// When a head's score means that it has found something.
pub struct Detecting {
    /// A sigmoid of `slope * score + offset` is the probability that it has.
    pub slope: f32,
    pub offset: f32,
    /// The probability from which on finding it has the best F1.
    pub threshold: f32,
}

impl Detecting {
    /// `held` says of each score whether it was there.
    pub fn fit(scores: &[f32], held: &[bool]) -> Self {
        let (slope, offset) = fit_platt(scores, held);
        let probabilities: Vec<f32> = scores.iter().map(|score| sigmoid(slope * score + offset)).collect();
        Self { slope, offset, threshold: best_threshold(&probabilities, held) }
    }
}

/// The threshold with the best F1.
fn best_threshold(probabilities: &[f32], held: &[bool]) -> f32 {
    // Further out it would follow the accidents of a few mentions.
    let steps = (20..=70).map(|percent| percent as f32 / 100.0);
    let f1 = |threshold: f32| {
        let found = probabilities.iter().map(|probability| *probability >= threshold);
        Detection::count(held.iter().copied().zip(found)).f1
    };
    steps.max_by(|&left, &right| f1(left).total_cmp(&f1(right))).unwrap_or(heads::few_shot::THRESHOLD)
}
