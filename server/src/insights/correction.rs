//! What people set by hand.

use chrono::{DateTime, Utc};
use klartext_models::heads::{PLAIN_STRENGTH, SentimentProbabilities};
use serde::{Deserialize, Serialize};

use super::{Evidence, Mention, Polarity, Sentiment, TopicTag, TouchpointOrigin, TouchpointTag};
use crate::journey::RegisteredJourney;

/// A label of a mention as a person has set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    pub value: CorrectionValue,
    pub corrected_by: String,
    pub corrected_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionValue {
    /// Never mixed: a mention says one thing.
    Sentiment(Polarity),
    /// All topics of the mention, by id.
    Topics(Vec<String>),
    /// By id; `None` is none of the journey's.
    Touchpoint(Option<String>),
}

impl CorrectionValue {
    /// Do both set the same label?
    pub fn sets_same_label(&self, other: &CorrectionValue) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Puts what people have set in place of the machine's labels, and drops the evidence of labels that are gone.
/// `before` is the mention as it was: a touchpoint that a person set stays although the journey has lost it.
pub(super) fn apply_corrections(mention: &mut Mention, before: &Mention, journey: &RegisteredJourney) {
    for correction in mention.corrections.clone() {
        match correction.value {
            CorrectionValue::Sentiment(polarity) => {
                mention.sentiment = Some(certain(polarity));
                mention.evidence.retain(|evidence| evidence.label != Evidence::SENTIMENT);
                if polarity == Polarity::Positive {
                    // Friction is what hurts, and a person says that nothing does.
                    mention.frictions.clear();
                }
            }
            CorrectionValue::Topics(topics) => {
                mention.topics = topics.into_iter().map(|topic| named_topic(topic, before, journey)).collect();
                mention.evidence.retain(|evidence| evidence.topic().is_none());
            }
            CorrectionValue::Touchpoint(touchpoint) => {
                mention.touchpoint = touchpoint.and_then(|touchpoint| named_touchpoint(&touchpoint, before, journey));
                mention.evidence.retain(|evidence| evidence.touchpoint().is_none());
            }
        }
    }
}

/// What a person says is certain; how strongly it is meant they do not say.
fn certain(polarity: Polarity) -> Sentiment {
    let (negative, neutral, positive) = match polarity {
        Polarity::Negative => (1.0, 0.0, 0.0),
        Polarity::Positive => (0.0, 0.0, 1.0),
        Polarity::Neutral | Polarity::Mixed => (0.0, 1.0, 0.0),
    };
    let score = SentimentProbabilities { negative, neutral, positive }.score(PLAIN_STRENGTH);
    Sentiment { polarity, score, negative, neutral, positive }
}

fn named_topic(topic: String, before: &Mention, journey: &RegisteredJourney) -> TopicTag {
    let in_journey = journey.journey.topics.iter().find(|known| known.id == topic).map(|known| &known.name);
    let known_before = || before.topics.iter().find(|tag| tag.topic == topic).map(|tag| &tag.name);
    let name = in_journey.or_else(known_before).unwrap_or(&topic).clone();
    TopicTag { topic, name, confidence: 1.0 }
}

fn named_touchpoint(id: &str, before: &Mention, journey: &RegisteredJourney) -> Option<TouchpointTag> {
    match journey.journey.touchpoint(id) {
        Some(touchpoint) => Some(TouchpointTag::certain(touchpoint, TouchpointOrigin::Person)),
        None => before.touchpoint.clone().filter(|tag| tag.touchpoint == id),
    }
}
