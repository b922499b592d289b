//! What the vectors mean: small linear heads on mention vectors, microseconds each.
//!
//! Trained heads read the vectors of [`Branch::Labels`](crate::encoder::Branch::Labels); what is learnt from a journey's
//! examples reads those of [`few_shot::BRANCH`].
//!
//! The heads that ship ([`Heads::shipped`]) were trained by `klartext-eval train-heads`; `models/weights/heads.json`
//! holds them with their data, seed, figures and licence notices. What no trained head covers of a journey's touchpoints
//! and topics is learnt from its own examples when it is registered ([`few_shot`]).

mod evidence;
pub mod few_shot;
mod linear;

use serde::{Deserialize, Serialize};

pub use evidence::strongest_words;
pub use linear::{Linear, sigmoid, softmax};

use crate::friction::FrictionHead;
use crate::{Error, Result, VECTOR_SIZE};

/// Everything that is trained and ships.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heads {
    /// Of the label branch and the heads together; stamped on labels, for example "labels-4".
    pub version: String,
    /// The encoder whose vectors they were trained on.
    pub encoder: String,
    pub manifest: TrainingManifest,
    /// Mean mention vector of [`few_shot::BRANCH`] over the training texts: what all texts share, subtracted before vectors
    /// are compared.
    pub mean: Vec<f32>,
    /// 384 weights whose product with a vector of [`Branch::Vectors`](crate::encoder::Branch::Vectors) tells how positive
    /// it is, up to a constant.
    pub polarity: Vec<f32>,
    /// Classes "negative", "neutral", "positive"; softmax of the logits is calibrated for customers' comments.
    pub sentiment: Linear,
    /// How strongly something is meant, whatever it is: the logit of what is said plainly is about 0.
    pub strength: Linear,
    /// How public data sets label otherwise, to be fair when their texts are measured.
    pub habits: Vec<LabellingHabit>,
    /// Classes "answer_needed", "suggestion", "none"; softmax of the logits is calibrated.
    pub action: Linear,
    /// Topic heads by the name under which a journey asks for them; a sigmoid of each logit is calibrated.
    pub topics: Vec<TopicHead>,
    /// Touchpoint heads by the name under which a journey asks for them.
    pub touchpoints: Vec<TouchpointHead>,
    /// What happens between touchpoints.
    pub friction: FrictionHead,
    /// Whether a mention says that a matter passes between departments.
    pub handover: HandoverHead,
}

/// The sentiment that a public data set's labellers see in a text, which is often not what another's see in the same words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabellingHabit {
    /// The file that it was learnt from, for example "sb10k_train".
    pub set: String,
    /// Classes [`SENTIMENT_CLASSES`]; softmax of the logits is calibrated for texts of the set.
    pub linear: Linear,
}

/// Finds the mention that tells of a handover.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandoverHead {
    /// One class. A sigmoid of the highest logit of a comment's mentions is the calibrated probability that the comment
    /// tells of a handover.
    pub linear: Linear,
    /// A probability: from here on it does.
    pub threshold: f32,
    /// Of the journeys that have touchpoint heads.
    pub sides: Vec<SidesHead>,
}

/// Between which touchpoints of a journey the matter passes of which a mention tells, if it tells of one that passes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SidesHead {
    /// That of the journey's [`TouchpointHead`].
    pub name: String,
    /// Classes are touchpoints by id; softmax of the logits is calibrated. So are those of `to`.
    pub from: Linear,
    pub to: Linear,
}

/// A trained, multi-label topic head. A topic is given where its probability reaches its threshold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TopicHead {
    /// For example "mobasa".
    pub name: String,
    pub linear: Linear,
    /// One per class, probabilities.
    pub thresholds: Vec<f32>,
}

/// Which touchpoint of a journey a mention is about, trained instead of learnt from the journey's examples.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TouchpointHead {
    /// For example "generic".
    pub name: String,
    /// Classes are touchpoints by id, and [`NO_TOUCHPOINT`]; softmax of the logits is calibrated.
    pub linear: Linear,
    /// A probability: from here on the likeliest touchpoint is named.
    pub threshold: f32,
}

/// What was trained on what, and how well it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrainingManifest {
    pub seed: u64,
    pub data: Vec<DataSource>,
    /// Figures on data that was neither trained nor tuned on.
    pub figures: Vec<Figure>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DataSource {
    pub name: String,
    pub texts: usize,
    pub licence: String,
    pub attribution: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    pub task: String,
    pub data: String,
    pub metric: String,
    pub value: f64,
}

/// Probabilities of one text's sentiment; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SentimentProbabilities {
    pub negative: f32,
    pub neutral: f32,
    pub positive: f32,
}

impl SentimentProbabilities {
    /// What a sentiment head says of a label vector.
    pub fn by(head: &Linear, vector: &[f32]) -> Self {
        let probabilities = head.softmax(vector);
        Self { negative: probabilities[0], neutral: probabilities[1], positive: probabilities[2] }
    }

    /// How good or bad something is meant to be, -1 to 1: which of the two, times how strongly, which is `strength` as of
    /// [`Heads::strength`].
    ///
    /// A probability says how sure a classifier is, not how strongly something is meant: strong words make it less sure of what plain
    /// ones made it almost certain of. So P(positive) - P(negative) only says good or bad, and soon says it in full: a difference d
    /// counts as 2 d / (1 + d²), which doubles its log odds.
    pub fn score(self, strength: f32) -> f32 {
        let balance = (self.positive - self.negative).clamp(-1.0, 1.0);
        strength * 2.0 * balance / (1.0 + balance * balance)
    }
}

/// How strongly something is meant that is said plainly, on the scale of [`Heads::strength`].
pub const PLAIN_STRENGTH: f32 = 0.5;

pub const SENTIMENT_CLASSES: [&str; 3] = ["negative", "neutral", "positive"];
pub const STRENGTH_CLASSES: [&str; 1] = ["strength"];
pub const ACTION_CLASSES: [&str; 3] = ["answer_needed", "suggestion", "none"];
pub const HANDOVER_CLASSES: [&str; 1] = ["handover"];
/// The class of a [`TouchpointHead`] for mentions that are about none.
pub const NO_TOUCHPOINT: &str = "";

impl Heads {
    /// The heads inside this program.
    pub fn shipped() -> Result<Self> {
        const CONTENT: &[u8] = include_bytes!("../../weights/heads.json");
        Self::from_json(CONTENT)
    }

    /// # Errors
    /// JSON of another shape, or matrices of another size than the encoder's vectors.
    pub fn from_json(content: &[u8]) -> Result<Self> {
        let path = "heads.json";
        let heads: Heads = serde_json::from_slice(content).map_err(|error| Error::format(path, error))?;
        let fixed_linears: [(&Linear, &[&str]); 4] = [
            (&heads.sentiment, &SENTIMENT_CLASSES),
            (&heads.strength, &STRENGTH_CLASSES),
            (&heads.action, &ACTION_CLASSES),
            (&heads.handover.linear, &HANDOVER_CLASSES),
        ];
        let linears = fixed_linears.into_iter().map(|(linear, classes)| (linear, Some(classes)));
        let topic_linears = heads.topics.iter().map(|topic| (&topic.linear, None));
        let touchpoint_linears = heads.touchpoints.iter().map(|head| (&head.linear, None));
        let side_linears = heads.handover.sides.iter().flat_map(|head| [(&head.from, None), (&head.to, None)]);
        let habits = heads.habits.iter().map(|habit| (&habit.linear, Some(&SENTIMENT_CLASSES as &[&str])));
        let all = linears.chain(habits).chain(topic_linears).chain(touchpoint_linears).chain(side_linears);
        for (linear, classes) in all {
            linear.check(VECTOR_SIZE).map_err(|reason| Error::format(path, reason))?;
            if classes.is_some_and(|classes| linear.classes != *classes) {
                return Err(Error::format(path, format!("unexpected classes {:?}", linear.classes)));
            }
        }
        heads.friction.check(path)?;
        let has_odd_thresholds = |head: &TopicHead| head.thresholds.len() != head.linear.len();
        if [&heads.mean, &heads.polarity].iter().any(|vector| vector.len() != VECTOR_SIZE)
            || heads.topics.iter().any(has_odd_thresholds)
        {
            return Err(Error::format(path, "a vector has the wrong length"));
        }
        Ok(heads)
    }

    /// Of a text's label vector.
    pub fn sentiment(&self, vector: &[f32]) -> SentimentProbabilities {
        SentimentProbabilities::by(&self.sentiment, vector)
    }

    /// How strongly a text is meant, of its label vector: from 0 (hardly) over about [`PLAIN_STRENGTH`] to 1.
    pub fn strength(&self, vector: &[f32]) -> f32 {
        sigmoid(self.strength.logit(0, vector))
    }

    /// The sentiment head of a public data set; without one of its own, that of comments.
    pub fn sentiment_of_set(&self, set: &str) -> &Linear {
        self.habits.iter().find(|habit| habit.set == set).map_or(&self.sentiment, |habit| &habit.linear)
    }

    pub fn topic_head(&self, name: &str) -> Option<&TopicHead> {
        self.topics.iter().find(|head| head.name == name)
    }

    pub fn sides_head(&self, name: &str) -> Option<&SidesHead> {
        self.handover.sides.iter().find(|head| head.name == name)
    }

    pub fn touchpoint_head(&self, name: &str) -> Option<&TouchpointHead> {
        self.touchpoints.iter().find(|head| head.name == name)
    }
}
