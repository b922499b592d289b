//! Comments and what is said about them. No protobuf here.

mod assigner;
pub mod by_day;
mod correction;
mod discrepancy;
mod explaining;
mod filter;
mod friction;
mod handover;
mod ids;
mod inbox_item;
pub mod intake;
mod label_vectors;
mod labelling;
mod records;
mod severity;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use klartext_models::friction::FrictionKind;
use klartext_models::text::Language;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use assigner::{Assigner, Assigners, Place, ShownPainPoint};
pub use correction::{Correction, CorrectionValue};
pub use discrepancy::{has_good_score, rating};
pub use explaining::{ExplainedLabel, Explanation, Occlusions, WordShare};
pub use filter::{CommentFilter, MentionFilter, ScoreKind, ScoreRange, TimeRange};
pub use ids::{
    cluster_model_id, comment_id, content_hash, delivery_id, digest_of, discovery_id, fingerprint, hook_position_id,
    inbox_item_id, journey_point_id, measure_id, mention_id, pain_point_id, rescoring_id,
};
pub use inbox_item::{
    Assignment, HistoryEntry, InboxChangeKind, InboxItem, InboxRules, InboxState, Matter, Reason, ReasonKind,
    Reconciled, SuggestedAction, deletion_of_items, is_answered, items_of, matters, name_of_answered, read_item,
    reconcile,
};
pub use label_vectors::LabelVectors;
pub use labelling::{Labeller, Selection};
pub use records::{
    CountedComment, Known, MentionFields, MentionPlace, PlacedMention, RatedComment, StoredComment, analysed_comments,
    comment_of_mention, comments_at, from_payload, known_comments, read_comment, rewrite_at, stored_comments,
    to_payload, writes,
};

/// A text and the bytes of its mentions, in order: what the encoder reads of a comment.
pub type SegmentedText = (String, Vec<Range<usize>>);

/// Where a comment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Unspecified,
    Survey,
    CallCentre,
    EMail,
    Chat,
    AppStore,
    ReviewSite,
    Social,
    Shop,
    Other,
}

/// How the survey that asked is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyKind {
    #[default]
    Unspecified,
    Permanent,
    Temporary,
    Community,
}

/// What the customer ticked beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// 0 to 10.
    pub nps: Option<f64>,
    /// 1 to 5.
    pub csat: Option<f64>,
    /// 1 to 5.
    pub stars: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    Number(f64),
    Text(String),
}

/// One free text by one customer, with its source metadata; valid ([`intake`] makes sure).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    pub external_id: String,
    pub source: String,
    pub text: String,
    pub journey: String,
    pub channel: Channel,
    /// As the caller gave it.
    pub language_hint: String,
    pub time: DateTime<Utc>,
    /// Otherwise `time` is when it arrived.
    pub time_given: bool,
    pub question: String,
    pub scores: Scores,
    /// The touchpoint that the caller knows.
    pub touchpoint: Option<String>,
    pub survey_kind: SurveyKind,
    pub subject: String,
    pub attributes: BTreeMap<String, AttributeValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    Negative,
    Neutral,
    Positive,
    /// Only on a comment: its mentions differ.
    Mixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    pub polarity: Polarity,
    /// How good or bad it is meant to be, -1 to 1: the balance, nearer to 0 for what is hardly meant.
    pub score: f32,
    pub negative: f32,
    pub neutral: f32,
    pub positive: f32,
}

impl Sentiment {
    /// P(positive) - P(negative), -1 to 1: which way it is meant, however strongly.
    pub fn balance(&self) -> f32 {
        self.positive - self.negative
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicTag {
    pub topic: String,
    pub name: String,
    pub confidence: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TouchpointOrigin {
    Text,
    Caller,
    /// Set by a person.
    Person,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TouchpointTag {
    pub touchpoint: String,
    pub name: String,
    pub phase: String,
    pub owner: String,
    pub confidence: f32,
    pub origin: TouchpointOrigin,
}

/// The words that moved a label most, in bytes of the text that the mention's span refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// "sentiment", "topic:<id>" or "touchpoint:<id>".
    pub label: String,
    pub span: Range<usize>,
}

/// A clause that says one thing. Spans are in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    pub span: Range<usize>,
    pub sentiment: Option<Sentiment>,
    pub topics: Vec<TopicTag>,
    pub touchpoint: Option<TouchpointTag>,
    pub evidence: Vec<Evidence>,
    /// What people have set, at most one for each label; the labels show it.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// At most one of each kind, in the order of the kinds.
    #[serde(default)]
    pub frictions: Vec<Friction>,
    /// None: it was in no discovery, or would have been in none. Its record has it beside the mention.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// What hurts between touchpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Friction {
    pub kind: FrictionKind,
    pub confidence: f32,
    /// The words that show it; `None` when only vectors were there.
    pub span: Option<Range<usize>>,
    /// Of waiting, where the text names it.
    pub minutes: Option<f64>,
    /// Of repeated contact, where the text names it.
    pub count: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverOrigin {
    /// Two mentions name touchpoints with different owners, between which the journey has a handover: in stored labels up to labels-7.
    Touchpoints,
    /// The text tells it.
    Words,
}

/// One side of a handover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandoverSide {
    /// Empty when the text leaves open which department it is.
    pub owner: String,
    pub touchpoint: Option<String>,
    /// The words that name it, else those that tell of it.
    pub span: Range<usize>,
}

/// Where a matter passes, or should have passed, from one department to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub from: HandoverSide,
    pub to: HandoverSide,
    pub origin: HandoverOrigin,
    /// Of a handover in words its calibrated probability, of one between touchpoints the geometric mean of theirs.
    pub confidence: f32,
    pub span: Range<usize>,
}

impl Handover {
    /// From which owner to which; "?" where the text leaves it open.
    pub fn passage(&self) -> String {
        let [from, to] = [&self.from.owner, &self.to.owner].map(|owner| if owner.is_empty() { "?" } else { owner });
        format!("{from} -> {to}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscrepancyKind {
    None,
    /// A good score beside a negative text.
    ScoreAboveText,
    /// A bad score beside a text that does not complain.
    ScoreBelowText,
    /// The touchpoint that was asked about is rated well, and what is complained about is another one.
    OtherTouchpoint,
}

/// Do score and text disagree?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discrepancy {
    pub kind: DiscrepancyKind,
    /// The score on a scale of -1 to 1.
    pub score: f32,
    /// The text's sentiment score.
    pub text: f32,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    None,
    AnswerNeeded,
    Suggestion,
    Praise,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub kind: ActionKind,
    pub confidence: f32,
}

/// Which version made the labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScoreVersion {
    pub bundle: String,
    pub journey: String,
}

/// What a caller gets for a comment. Spans refer to the text that was analysed: normalised, personal data masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Insight {
    pub language: Language,
    pub mentions: Vec<Mention>,
    pub sentiment: Option<Sentiment>,
    pub given_touchpoint: Option<TouchpointTag>,
    pub other_touchpoints: Vec<TouchpointTag>,
    pub discrepancy: Option<Discrepancy>,
    pub action: Option<Action>,
    pub severity: f32,
    pub score_version: ScoreVersion,
    #[serde(default)]
    pub handover: Option<Handover>,
}

impl Insight {
    /// Where the mentions are in the comment's text, in bytes.
    pub fn mention_spans(&self) -> Vec<Range<usize>> {
        self.mentions.iter().map(|mention| mention.span.clone()).collect()
    }
}

/// A comment with its insight as it is, or would be, stored: text and question masked.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysedComment {
    pub id: Uuid,
    pub comment: Comment,
    pub insight: Insight,
    /// The comment's vector, then one per mention: for search and clusters.
    pub vector: Vec<f32>,
    pub mention_vectors: Vec<Vec<f32>>,
    /// For the trained heads; `None` when an earlier version stored the comment without.
    pub label_vectors: Option<LabelVectors>,
    /// Has the customer been answered? `None` when they do not wait: see [`is_answered`].
    pub answered: Option<bool>,
}
