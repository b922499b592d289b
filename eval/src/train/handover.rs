//! The head that finds the mention in which a matter passes from one department to another.

use std::ops::Range;
use std::path::Path;

use klartext_models::heads::{DataSource, HANDOVER_CLASSES, HandoverHead, Linear, SidesHead};
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest};

use super::friction::Detecting;
use super::mentions::{HELD_OUT, LabelledComment, LabelledText, Mentions, unrelated_tweets};
use super::softmax::{self, SoftmaxHead};
use super::{class_names, grid, sources};
use crate::data::{DataFolder, read_lines};
use crate::gold::{GoldComment, HandoverLabels, Split};
use crate::parts::OwnFiles;
use crate::texts::HandoverExample;
use crate::vectors::Vectors;
use crate::{Error, Result};

/// How much one of the project's own clauses counts, a tweet, and a mention of the written comments.
pub const SET_WEIGHTS: [f32; 3] = [1.0, 0.05, 0.5];
/// How much a mention of the written comments counts for the sides, and one of the gold comments to tune on.
const WEIGHTS_OF_SIDES: [f32; 2] = [1.0, 1.5];
/// The set of whole comments.
const COMMENTS: usize = 2;
const L2: f64 = 1e-2;

/// Texts to learn handovers from, each with whether it shows one.
pub struct HandoverTexts {
    /// Clauses that say it in words, and some that only look like it.
    pub clauses: Vec<LabelledText<bool>>,
    /// Unrelated.
    pub tweets: Vec<LabelledText<bool>>,
    /// Mentions of whole comments, which tell it as a story too.
    pub in_comments: Vec<LabelledText<bool>>,
    pub used: Vec<DataSource>,
}

/// Mentions to learn handovers from.
pub struct HandoverMentions {
    mentions: Mentions<bool>,
    /// The mentions of each whole comment.
    comments: Vec<Range<usize>>,
    pub used: Vec<DataSource>,
}

/// Heads of one journey, and how they came about.
pub struct SidesTraining {
    pub name: String,
    pub from: SoftmaxHead,
    pub to: SoftmaxHead,
}

/// A comment with the vectors of its mentions.
pub struct Telling {
    /// Of a gold comment.
    pub split: Option<Split>,
    /// Does it touch a handover?
    pub touches: bool,
    pub vectors: Matrix,
}

impl HandoverTexts {
    pub fn read(own: &OwnFiles, data: &DataFolder, seed: u64) -> Result<Self> {
        let clauses: Vec<HandoverExample> = read_lines(&own.handover)?;
        let clause =
            |example: HandoverExample| LabelledText::new(example.text.clone(), example.text, 0, example.handover);
        let clauses: Vec<LabelledText<bool>> = clauses.into_iter().map(clause).collect();
        let tweets = unrelated_tweets(data, seed, 1, &false)?;
        let comments = LabelledComment::read_written(&own.comments)?;
        let in_comments = LabelledComment::mentions(&comments, COMMENTS, |comment, mention| {
            Ok(Some(comment.handover_in(mention).is_some()))
        })?;
        let used = vec![
            sources::HANDOVER.used(clauses.len()),
            sources::SB10K.used(tweets.len()),
            sources::COMMENTS.used(in_comments.len()),
        ];
        Ok(Self { clauses, tweets, in_comments, used })
    }
}

impl HandoverMentions {
    pub fn read(own: &OwnFiles, data: &DataFolder, vectors: &mut Vectors, seed: u64) -> Result<Self> {
        let HandoverTexts { clauses, tweets, in_comments, used } = HandoverTexts::read(own, data, seed)?;
        let texts = [clauses, tweets, in_comments].concat();
        let mut comments: Vec<Range<usize>> = Vec::new();
        for (row, text) in texts.iter().enumerate().filter(|(_, text)| text.set == COMMENTS) {
            match comments.last_mut() {
                Some(comment) if texts[comment.start].id == text.id => comment.end = row + 1,
                _ => comments.push(row..row + 1),
            }
        }
        Ok(Self { mentions: Mentions::encode(vectors, "handover", &texts)?, comments, used })
    }

    fn fit(&self, rows: &[usize]) -> Result<Linear> {
        let mentions = &self.mentions.mentions;
        let held = |row: &usize| if mentions[*row].label { vec![0] } else { Vec::new() };
        let labels: Vec<Vec<usize>> = rows.iter().map(held).collect();
        let example_weights = rows.iter().map(|&row| SET_WEIGHTS[mentions[row].set]).collect();
        let options = LogisticOptions { l2: L2, example_weights, ..LogisticOptions::default() };
        Ok(fit_one_vs_rest(&self.mentions.vectors.select(rows), &labels, &class_names(&HANDOVER_CLASSES), &options)?)
    }

    /// Fit on what is not held out.
    fn fit_apart(&self) -> Result<Linear> {
        let (_, learnt) = self.mentions.parted();
        self.fit(&learnt)
    }

    /// The written comments that are held out.
    fn held_out(&self) -> impl Iterator<Item = Telling> {
        let held_out = self.comments.iter().filter(|rows| self.mentions.mentions[rows.start].is_held_out());
        held_out.map(|rows| Telling {
            split: None,
            touches: rows.clone().any(|row| self.mentions.mentions[row].label),
            vectors: self.mentions.vectors.select(&rows.clone().collect::<Vec<_>>()),
        })
    }

    /// Fit on everything; calibration and threshold are of whole comments (their strongest mention): the written ones that
    /// are held out, and the tune half of the gold comments.
    pub fn train(&self, gold: &[Telling], sides: Vec<SidesHead>) -> Result<HandoverHead> {
        let apart = self.fit_apart()?;
        let tune = gold.iter().filter(|comment| comment.split == Some(Split::Tune));
        let of_tune = tune.map(|comment| (comment.strongest(&apart), comment.touches));
        let of_held_out = self.held_out().map(|comment| (comment.strongest(&apart), comment.touches));
        let (scores, held): (Vec<f32>, Vec<bool>) = of_tune.chain(of_held_out).unzip();
        let Detecting { slope, offset, threshold } = Detecting::fit(&scores, &held);
        let everything: Vec<usize> = (0..self.mentions.mentions.len()).collect();
        let mut linear = self.fit(&everything)?;
        linear.calibrate(0, slope, offset);
        Ok(HandoverHead { linear, threshold, sides })
    }

    /// What was true of the written comments that are held out, and what a head that has not seen them says at even odds.
    pub fn judge_held_out(&self) -> Result<Vec<(bool, bool)>> {
        let apart = self.fit_apart()?;
        Ok(self.held_out().map(|comment| (comment.touches, comment.strongest(&apart) >= 0.0)).collect())
    }
}

/// Between which touchpoints of a journey matters pass, learnt from the mentions of written comments and of gold comments to tune on
/// that tell of it. `touchpoints` are the journey's, by id.
pub fn train_sides(own: &OwnFiles, name: &str, touchpoints: &[String], vectors: &mut Vectors) -> Result<SidesTraining> {
    let sets = [LabelledComment::read_written(&own.comments)?, LabelledComment::read_tune(&own.gold)?];
    let mut train = |side: &dyn Fn(&HandoverLabels) -> &str| -> Result<SoftmaxHead> {
        let mut texts: Vec<LabelledText<usize>> = Vec::new();
        for (set, comments) in sets.iter().enumerate() {
            let of_journey = comments.iter().filter(|comment| comment.journey == name);
            texts.extend(LabelledComment::mentions(of_journey, set, |comment, mention| {
                let Some(handover) = comment.handover_in(mention) else { return Ok(None) };
                let id = side(handover);
                let class = touchpoints.iter().position(|touchpoint| touchpoint == id);
                class.map(Some).ok_or_else(|| Error::Data(format!("a handover names {id}, which {name} has not")))
            })?);
        }
        let mentions = Mentions::encode(vectors, "sides", &texts)?;
        softmax::train(
            &mentions,
            &WEIGHTS_OF_SIDES,
            touchpoints,
            &HELD_OUT,
            &grid(&[3e-3, 1e-2, 3e-2, 1e-1], &[0.0, 0.3]),
        )
    };
    let (from, to) = (train(&|handover| &handover.from)?, train(&|handover| &handover.to)?);
    Ok(SidesTraining { name: name.to_owned(), from, to })
}

impl Telling {
    /// The gold comments, cut as the service cuts them.
    pub fn read_gold(gold: &Path, vectors: &mut Vectors) -> Result<Vec<Self>> {
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
