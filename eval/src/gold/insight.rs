//! What the service says, in the words of the gold labels.

use klartext_models::friction::FrictionKind;
use klartext_proto::v1 as proto;
use klartext_proto::v1::{DiscrepancyKind, Insight, Polarity};

use super::labels::{Discrepancy, FrictionLabels, HandoverLabels, Labels, MentionLabels};
use crate::data::Sentiment;
use crate::{Error, Result};

/// # Errors
/// Something is missing that the service always gives when every analysis is asked for, or a value is unknown.
pub fn labels_of(insight: &Insight) -> Result<Labels> {
    let mentions = insight.mentions.iter().map(mention).collect::<Result<_>>()?;
    // Absent without a score.
    let discrepancy = insight.discrepancy.as_ref().map_or(DiscrepancyKind::None, proto::Discrepancy::kind);
    Ok(Labels {
        mentions,
        sentiment: polarity(insight.sentiment.as_ref())?,
        handover: insight.handover.as_ref().map(handover).transpose()?,
        discrepancy: match discrepancy {
            DiscrepancyKind::Unspecified | DiscrepancyKind::None => Discrepancy::None,
            // The gold labels call both so: the score is for the touchpoint that was asked about.
            DiscrepancyKind::ScoreAboveText | DiscrepancyKind::OtherTouchpoint => Discrepancy::ScoreAboveText,
            DiscrepancyKind::ScoreBelowText => Discrepancy::ScoreBelowText,
        },
    })
}

fn mention(mention: &proto::Mention) -> Result<MentionLabels> {
    let span = mention.span.as_ref().ok_or_else(|| lacks("a span"))?;
    let sentiment = polarity(mention.sentiment.as_ref())?;
    Ok(MentionLabels {
        begin: span.start_char as usize,
        end: span.end_char as usize,
        sentiment,
        sentiment_confidence: mention.sentiment.as_ref().map(|found| confidence(found, sentiment)),
        touchpoint: mention.touchpoint.as_ref().map(|tag| tag.touchpoint.clone()),
        touchpoint_confidence: mention.touchpoint.as_ref().map(|tag| tag.confidence as f32),
        topics: mention.topics.iter().map(|tag| tag.topic.clone()).collect(),
        topic_confidences: mention.topics.iter().map(|tag| tag.confidence as f32).collect(),
        friction: mention.frictions.iter().map(friction).collect::<Result<_>>()?,
    })
}

pub(super) fn polarity(sentiment: Option<&proto::Sentiment>) -> Result<Sentiment> {
    match sentiment.map(proto::Sentiment::polarity) {
        Some(Polarity::Negative) => Ok(Sentiment::Negative),
        Some(Polarity::Neutral) => Ok(Sentiment::Neutral),
        Some(Polarity::Positive) => Ok(Sentiment::Positive),
        Some(Polarity::Mixed) => Ok(Sentiment::Mixed),
        Some(Polarity::Unspecified) | None => Err(lacks("a sentiment")),
    }
}

/// The probability of the polarity that was given.
fn confidence(found: &proto::Sentiment, given: Sentiment) -> f32 {
    let probability = match given {
        Sentiment::Negative => found.negative,
        Sentiment::Positive => found.positive,
        Sentiment::Neutral | Sentiment::Mixed => found.neutral,
    };
    probability as f32
}

fn friction(friction: &proto::Friction) -> Result<FrictionLabels> {
    Ok(FrictionLabels {
        kind: friction_kind(friction.kind()).ok_or_else(|| lacks("a kind of friction"))?,
        minutes: friction.minutes,
        count: friction.count,
        confidence: Some(friction.confidence as f32),
    })
}

pub(crate) fn friction_kind(kind: proto::FrictionKind) -> Option<FrictionKind> {
    match kind {
        proto::FrictionKind::Unspecified => None,
        proto::FrictionKind::Waiting => Some(FrictionKind::Waiting),
        proto::FrictionKind::RepeatedContact => Some(FrictionKind::RepeatedContact),
        proto::FrictionKind::Uncertainty => Some(FrictionKind::Uncertainty),
        proto::FrictionKind::DeadEnd => Some(FrictionKind::DeadEnd),
    }
}

fn handover(handover: &proto::Handover) -> Result<HandoverLabels> {
    let span = handover.span.as_ref().ok_or_else(|| lacks("a span"))?;
    let side = |side: &Option<proto::HandoverSide>| side.clone().unwrap_or_default();
    let (from, to) = (side(&handover.from), side(&handover.to));
    Ok(HandoverLabels {
        from: from.touchpoint,
        to: to.touchpoint,
        begin: span.start_char as usize,
        end: span.end_char as usize,
        owners: Some((from.owner, to.owner)),
        confidence: Some(handover.confidence as f32),
    })
}

fn lacks(what: &str) -> Error {
    Error::Service(format!("an insight lacks {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentiment(polarity: Polarity) -> Option<proto::Sentiment> {
        Some(proto::Sentiment { polarity: polarity.into(), negative: 0.7, neutral: 0.2, positive: 0.1, score: -0.6 })
    }

    fn insight() -> Insight {
        let friction = proto::Friction {
            kind: proto::FrictionKind::Waiting.into(),
            confidence: 0.8,
            minutes: Some(40.0),
            ..proto::Friction::default()
        };
        Insight {
            mentions: vec![proto::Mention {
                span: Some(proto::Span { start_char: 3, end_char: 9, ..proto::Span::default() }),
                sentiment: sentiment(Polarity::Negative),
                frictions: vec![friction],
                ..proto::Mention::default()
            }],
            sentiment: sentiment(Polarity::Mixed),
            discrepancy: Some(proto::Discrepancy {
                kind: DiscrepancyKind::OtherTouchpoint.into(),
                ..proto::Discrepancy::default()
            }),
            ..Insight::default()
        }
    }

    #[test]
    fn an_insight_is_told_in_the_words_of_the_labels() {
        let labels = labels_of(&insight()).expect("everything is there");
        assert_eq!((labels.sentiment, labels.discrepancy), (Sentiment::Mixed, Discrepancy::ScoreAboveText));
        let mention = &labels.mentions[0];
        assert_eq!((mention.span(), mention.sentiment_confidence), (3..9, Some(0.7)));
        let waiting = mention.friction_of(FrictionKind::Waiting).expect("it waits");
        assert_eq!((waiting.minutes, waiting.confidence), (Some(40.0), Some(0.8)));
        assert!(mention.touchpoint.is_none() && labels.handover.is_none());
    }

    #[test]
    fn an_insight_without_sentiment_is_an_error() {
        assert!(labels_of(&Insight { sentiment: None, ..insight() }).is_err());
    }
}
