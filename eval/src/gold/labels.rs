use std::collections::HashMap;
use std::ops::Range;

use clap::ValueEnum;
use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};

use crate::data::{Language, Sentiment};

/// Departments by journey and touchpoint.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    of_touchpoints: HashMap<(String, String), String>,
}

/// A line of eval/gold/comments.jsonl; its README says what each field means.
#[derive(Debug, Clone, Deserialize)]
pub struct GoldComment {
    pub id: String,
    pub lang: Language,
    pub industry: String,
    /// As in `klartext.v1.Channel`, small.
    pub channel: String,
    pub journey: String,
    pub text: String,
    #[serde(default)]
    pub scores: GivenScores,
    pub given_touchpoint: Option<String>,
    /// Kinds of text.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Absent in files that are measured as a whole.
    pub split: Option<Split>,
    #[serde(flatten)]
    pub labels: Labels,
}

/// A part of labelled texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// What patterns, thresholds and weights are made with.
    Tune,
    /// What they are only measured on.
    Test,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct GivenScores {
    pub nps: Option<f64>,
    pub csat: Option<f64>,
    pub stars: Option<f64>,
}

/// What somebody, a labeller or the service, says about a comment.
#[derive(Debug, Clone, Deserialize)]
pub struct Labels {
    pub mentions: Vec<MentionLabels>,
    pub sentiment: Sentiment,
    pub handover: Option<HandoverLabels>,
    pub discrepancy: Discrepancy,
}

/// Spans are half open, in code points of the comment. Confidences, 0 to 1, are the service's only.
#[derive(Debug, Clone, Deserialize)]
pub struct MentionLabels {
    pub begin: usize,
    pub end: usize,
    pub sentiment: Sentiment,
    #[serde(skip)]
    pub sentiment_confidence: Option<f32>,
    pub touchpoint: Option<String>,
    #[serde(skip)]
    pub touchpoint_confidence: Option<f32>,
    pub topics: Vec<String>,
    /// One for each topic, or none.
    #[serde(skip)]
    pub topic_confidences: Vec<f32>,
    pub friction: Vec<FrictionLabels>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FrictionLabels {
    pub kind: FrictionKind,
    pub minutes: Option<f64>,
    pub count: Option<u32>,
    #[serde(skip)]
    pub confidence: Option<f32>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct HandoverLabels {
    /// Touchpoints by id; empty when only the department is known.
    pub from: String,
    pub to: String,
    /// From the first to the last word that shows it.
    pub begin: usize,
    pub end: usize,
    /// Of both sides, in their order; a labeller names touchpoints only (`GoldComment::name_owners`).
    #[serde(skip)]
    pub owners: Option<(String, String)>,
    #[serde(skip)]
    pub confidence: Option<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discrepancy {
    None,
    ScoreAboveText,
    ScoreBelowText,
}

impl Split {
    /// That half of the gold comments.
    pub const fn name_of_gold(self) -> &'static str {
        match self {
            Self::Tune => "gold tune",
            Self::Test => "gold test",
        }
    }
}

impl Discrepancy {
    /// `None` when nothing disagrees.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::ScoreAboveText => Some("score above text"),
            Self::ScoreBelowText => Some("score below text"),
        }
    }
}

impl GivenScores {
    pub fn is_given(&self) -> bool {
        self.nps.is_some() || self.csat.is_some() || self.stars.is_some()
    }
}

impl GoldComment {
    /// The words of a mention, as they stand in the text.
    pub fn words(&self, mention: &MentionLabels) -> String {
        self.text.chars().skip(mention.begin).take(mention.span().len()).collect()
    }

    /// Fill in who is responsible for both sides of the handover.
    pub fn name_owners(&mut self, owners: &Owners) {
        if let Some(handover) = &mut self.labels.handover {
            let [from, to] = [&handover.from, &handover.to].map(|side| owners.of(&self.journey, side).to_owned());
            handover.owners = Some((from, to));
        }
    }
}

impl Labels {
    pub fn spans(&self) -> Vec<Range<usize>> {
        self.mentions.iter().map(MentionLabels::span).collect()
    }
}

impl MentionLabels {
    pub fn span(&self) -> Range<usize> {
        self.begin..self.end
    }

    pub fn friction_of(&self, kind: FrictionKind) -> Option<&FrictionLabels> {
        self.friction.iter().find(|friction| friction.kind == kind)
    }
}

impl Owners {
    /// Empty for a touchpoint that the journey does not have.
    fn of(&self, journey: &str, touchpoint: &str) -> &str {
        let key = (journey.to_owned(), touchpoint.to_owned());
        self.of_touchpoints.get(&key).map_or("", String::as_str)
    }
}

impl<'a> FromIterator<((&'a str, &'a str), &'a str)> for Owners {
    fn from_iter<I: IntoIterator<Item = ((&'a str, &'a str), &'a str)>>(owners: I) -> Self {
        let owned = |((journey, touchpoint), owner): ((&str, &str), &str)| {
            ((journey.to_owned(), touchpoint.to_owned()), owner.to_owned())
        };
        Self { of_touchpoints: owners.into_iter().map(owned).collect() }
    }
}
