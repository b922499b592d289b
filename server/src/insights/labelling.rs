//! From vectors to labels: everything that is said about a comment after its one encoder pass.

use std::ops::Range;
use std::sync::Arc;

use klartext_models::encoder::Encoding;
use klartext_models::heads::{Heads, SentimentProbabilities, strongest_words};
use klartext_models::text::PreparedText;

use super::discrepancy::discrepancy;
use super::severity::severity;
use super::{
    Action, ActionKind, Comment, Evidence, Insight, Mention, Polarity, ScoreVersion, Sentiment, TopicTag,
    TouchpointOrigin, TouchpointTag,
};
use crate::journey::{RegisteredJourney, Touchpoint};

/// A praising and a blaming mention make a comment mixed when each one's score is at least this far from 0.
const MIXED_SCORE: f32 = 0.3;

/// Which analyses a caller wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub sentiment: bool,
    pub topics: bool,
    pub touchpoint: bool,
    pub action: bool,
    pub evidence: bool,
}

impl Selection {
    pub const ALL: Selection =
        Selection { sentiment: true, topics: true, touchpoint: true, action: true, evidence: true };
    pub const NONE: Selection =
        Selection { sentiment: false, topics: false, touchpoint: false, action: false, evidence: false };
}

/// Labels comments with one version of the heads.
#[derive(Clone)]
pub struct Labeller {
    heads: Arc<Heads>,
    bundle_version: String,
}

/// The labels of a comment and the vectors of its mentions.
pub struct Labelled {
    pub insight: Insight,
    pub mention_vectors: Vec<Vec<f32>>,
}

impl Labeller {
    pub fn new(heads: Arc<Heads>, bundle_version: String) -> Self {
        Self { heads, bundle_version }
    }

    pub fn score_version(&self, journey: &RegisteredJourney) -> ScoreVersion {
        ScoreVersion { bundle: self.bundle_version.clone(), journey: journey.version.clone() }
    }

    /// `encoding` is of `text.text`; `journey` is the comment's.
    pub fn label(
        &self,
        comment: &Comment,
        text: &PreparedText,
        encoding: &Encoding,
        journey: &RegisteredJourney,
        selection: Selection,
    ) -> Labelled {
        let whole_text = encoding.pool(&(0..text.text.len()));
        let mention_vectors: Vec<Vec<f32>> = text.mentions.iter().map(|span| encoding.pool(span)).collect();
        let mention_sentiments: Vec<Sentiment> =
            mention_vectors.iter().map(|vector| sentiment_of(self.heads.sentiment(vector))).collect();
        let sentiment = comment_sentiment(self.heads.sentiment(&whole_text), &mention_sentiments);
        let action = self.action(&whole_text, &mention_vectors, &sentiment);
        let severity = severity(&mention_sentiments, &comment.scores, Some(&action));
        let discrepancy = discrepancy(&comment.scores, &sentiment);

        let mut mentions = Vec::with_capacity(mention_vectors.len());
        for ((span, vector), sentiment) in text.mentions.iter().zip(&mention_vectors).zip(&mention_sentiments) {
            let view = MentionView { text: &text.text, span, encoding };
            mentions.push(self.mention(&view, vector, *sentiment, journey, selection));
        }
        let given = comment.touchpoint.as_deref().and_then(|id| journey.journey.touchpoint(id));
        let insight = Insight {
            language: text.language,
            other_touchpoints: other_touchpoints(&mentions, comment.touchpoint.as_deref()),
            given_touchpoint: given.map(|touchpoint| tag(touchpoint, 1.0, TouchpointOrigin::Caller)),
            mentions,
            sentiment: selection.sentiment.then_some(sentiment),
            discrepancy: discrepancy.filter(|_| selection.sentiment),
            action: selection.action.then_some(action),
            severity,
            score_version: self.score_version(journey),
        };
        Labelled { insight, mention_vectors }
    }

    fn mention(
        &self,
        view: &MentionView<'_>,
        vector: &[f32],
        sentiment: Sentiment,
        journey: &RegisteredJourney,
        selection: Selection,
    ) -> Mention {
        let mut evidence = Vec::new();
        if selection.sentiment && sentiment.polarity != Polarity::Neutral {
            let class = if sentiment.polarity == Polarity::Positive { "positive" } else { "negative" };
            if let Some(class) = self.heads.sentiment.class_index(class) {
                evidence.extend(view.evidence("sentiment".to_owned(), &self.heads.sentiment.direction(class)));
            }
        }
        let found_topics = if selection.topics { journey.topics_of(vector) } else { Vec::new() };
        let found_touchpoint = journey.touchpoint_of(vector).filter(|_| selection.touchpoint);
        for found in &found_topics {
            evidence.extend(view.evidence(format!("topic:{}", found.label.id), found.direction));
        }
        if let Some(found) = &found_touchpoint {
            evidence.extend(view.evidence(format!("touchpoint:{}", found.label.id), found.direction));
        }
        if !selection.evidence {
            evidence.clear();
        }
        let topics = found_topics.iter().map(|found| TopicTag {
            topic: found.label.id.clone(),
            name: found.label.name.clone(),
            confidence: found.confidence,
        });
        Mention {
            span: view.span.clone(),
            sentiment: selection.sentiment.then_some(sentiment),
            topics: topics.collect(),
            touchpoint: found_touchpoint.map(|found| tag(found.label, found.confidence, TouchpointOrigin::Text)),
            evidence,
        }
    }

    /// What the comment asks for: the strongest request in it, be it the whole text or one mention. Praise is what is
    /// left when nothing is asked for and the text is positive.
    fn action(&self, whole_text: &[f32], mention_vectors: &[Vec<f32>], sentiment: &Sentiment) -> Action {
        let head = &self.heads.action;
        let mut request = Action { kind: ActionKind::None, confidence: 0.0 };
        for vector in mention_vectors.iter().map(Vec::as_slice).chain([whole_text]) {
            let probabilities = head.softmax(vector);
            for (kind, probability) in [ActionKind::AnswerNeeded, ActionKind::Suggestion].into_iter().zip(probabilities)
            {
                if probability > request.confidence {
                    request = Action { kind, confidence: probability };
                }
            }
        }
        if request.confidence >= 0.5 {
            return request;
        }
        let nothing_asked = 1.0 - request.confidence;
        if sentiment.polarity == Polarity::Positive {
            return Action { kind: ActionKind::Praise, confidence: nothing_asked * sentiment.positive };
        }
        Action { kind: ActionKind::None, confidence: nothing_asked }
    }
}

/// A mention while it is being labelled.
struct MentionView<'a> {
    text: &'a str,
    span: &'a Range<usize>,
    encoding: &'a Encoding,
}

impl MentionView<'_> {
    fn evidence(&self, label: String, direction: &[f32]) -> Option<Evidence> {
        let in_mention = |position: usize| position.clamp(self.span.start, self.span.end) - self.span.start;
        let contributions: Vec<(Range<usize>, f32)> = self
            .encoding
            .contributions(self.span, direction)
            .into_iter()
            .map(|(token, value)| (in_mention(token.start)..in_mention(token.end), value))
            .collect();
        let words = strongest_words(&self.text[self.span.clone()], &contributions)?;
        Some(Evidence { label, span: self.span.start + words.start..self.span.start + words.end })
    }
}

fn sentiment_of(probabilities: SentimentProbabilities) -> Sentiment {
    let SentimentProbabilities { negative, neutral, positive } = probabilities;
    let polarity = if negative > neutral && negative > positive {
        Polarity::Negative
    } else if positive > neutral {
        Polarity::Positive
    } else {
        Polarity::Neutral
    };
    Sentiment { polarity, score: probabilities.score(), negative, neutral, positive }
}

/// The whole text's sentiment, unless its mentions contradict each other.
fn comment_sentiment(whole_text: SentimentProbabilities, mentions: &[Sentiment]) -> Sentiment {
    let mut sentiment = sentiment_of(whole_text);
    let praised = mentions.iter().any(|mention| mention.score >= MIXED_SCORE);
    let blamed = mentions.iter().any(|mention| mention.score <= -MIXED_SCORE);
    if praised && blamed {
        sentiment.polarity = Polarity::Mixed;
    }
    sentiment
}

/// Each touchpoint that the text names and the caller did not, once, with its highest confidence; most confident first.
fn other_touchpoints(mentions: &[Mention], given: Option<&str>) -> Vec<TouchpointTag> {
    let mut others: Vec<TouchpointTag> = Vec::new();
    for tag in mentions.iter().filter_map(|mention| mention.touchpoint.as_ref()) {
        if given == Some(tag.touchpoint.as_str()) {
            continue;
        }
        match others.iter_mut().find(|other| other.touchpoint == tag.touchpoint) {
            Some(other) => other.confidence = other.confidence.max(tag.confidence),
            None => others.push(tag.clone()),
        }
    }
    others.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    others
}

fn tag(touchpoint: &Touchpoint, confidence: f32, origin: TouchpointOrigin) -> TouchpointTag {
    TouchpointTag {
        touchpoint: touchpoint.id.clone(),
        name: touchpoint.name.clone(),
        phase: touchpoint.phase.name().to_owned(),
        owner: touchpoint.owner.clone(),
        confidence,
        origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(negative: f32, positive: f32) -> SentimentProbabilities {
        SentimentProbabilities { negative, neutral: 1.0 - negative - positive, positive }
    }

    #[test]
    fn opposite_mentions_make_a_comment_mixed() {
        let whole = probabilities(0.4, 0.5);
        let praise = sentiment_of(probabilities(0.1, 0.8));
        let blame = sentiment_of(probabilities(0.9, 0.0));
        assert_eq!(comment_sentiment(whole, &[praise, blame]).polarity, Polarity::Mixed);
        assert_eq!(comment_sentiment(whole, &[praise]).polarity, Polarity::Positive);
        assert_eq!(comment_sentiment(probabilities(0.2, 0.2), &[]).polarity, Polarity::Neutral);
    }

    #[test]
    fn other_touchpoints_leave_out_the_given_one() {
        let mention = |touchpoint: &str, confidence| Mention {
            span: 0..1,
            sentiment: None,
            topics: vec![],
            evidence: vec![],
            touchpoint: Some(TouchpointTag {
                touchpoint: touchpoint.to_owned(),
                name: String::new(),
                phase: String::new(),
                owner: String::new(),
                confidence,
                origin: TouchpointOrigin::Text,
            }),
        };
        let mentions = [mention("a", 0.6), mention("b", 0.7), mention("a", 0.9), mention("given", 1.0)];
        let others = other_touchpoints(&mentions, Some("given"));
        let names: Vec<(&str, f32)> = others.iter().map(|tag| (tag.touchpoint.as_str(), tag.confidence)).collect();
        assert_eq!(names, [("a", 0.9), ("b", 0.7)]);
    }
}
