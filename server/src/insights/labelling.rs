//! From vectors to labels: everything that is said about a comment after its one encoder pass.

use std::ops::Range;
use std::sync::Arc;

use klartext_models::encoder::{Branch, BranchVectors, Encoding};
use klartext_models::friction::FoundFriction;
use klartext_models::heads::{Heads, PLAIN_STRENGTH, SentimentProbabilities, strongest_words};
use klartext_models::text::{Language, PreparedText};

use super::correction::{CorrectionValue, apply_corrections};
use super::discrepancy::discrepancy;
use super::friction;
use super::handover::HandoverView;
use super::label_vectors::{LabelVectors, rounded};
use super::severity::severity;
use super::{
    Action, ActionKind, AnalysedComment, Comment, Evidence, Friction, Insight, Mention, Polarity, ScoreVersion,
    Sentiment, TopicTag, TouchpointOrigin, TouchpointTag,
};
use crate::error::{Error, Result};
use crate::journey::{Found, RegisteredJourney, Topic, Touchpoint};

/// A praising and a blaming mention make a comment mixed when each one's balance is at least this far from 0.
const MIXED_BALANCE: f32 = 0.3;

/// Which analyses a caller wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub sentiment: bool,
    pub topics: bool,
    pub touchpoint: bool,
    pub action: bool,
    pub evidence: bool,
    pub friction: bool,
    pub handover: bool,
}

impl Selection {
    pub const ALL: Selection = Selection::every(true);
    pub const NONE: Selection = Selection::every(false);

    const fn every(wanted: bool) -> Self {
        Self {
            sentiment: wanted,
            topics: wanted,
            touchpoint: wanted,
            action: wanted,
            evidence: wanted,
            friction: wanted,
            handover: wanted,
        }
    }
}

/// Labels comments with one version of the heads.
#[derive(Clone)]
pub struct Labeller {
    heads: Arc<Heads>,
    bundle_version: String,
    /// Whose vectors the heads read: [`LabelVectors::branch`].
    label_branch: String,
}

/// The labels of a comment, and the vectors that they were made from.
pub struct Labelled {
    pub insight: Insight,
    pub mention_vectors: Vec<Vec<f32>>,
    pub label_vectors: LabelVectors,
}

impl Labeller {
    /// `label_branch` names the weights that the heads were trained on.
    pub fn new(heads: Arc<Heads>, bundle_version: String, label_branch: String) -> Self {
        Self { heads, bundle_version, label_branch }
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Whether a comment's label vectors are those that the heads read.
    pub fn has_vectors(&self, analysed: &AnalysedComment) -> bool {
        analysed.label_vectors.as_ref().is_some_and(|vectors| vectors.branch == self.label_branch)
    }

    /// What the heads read of a text whose mentions these are.
    pub fn label_vectors(&self, encoding: &Encoding, mentions: &[Range<usize>]) -> LabelVectors {
        LabelVectors {
            branch: self.label_branch.clone(),
            comment: rounded(encoding.comment(Branch::Labels)),
            mentions: mentions.iter().map(|span| rounded(&encoding.pool(Branch::Labels, span))).collect(),
        }
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
        let mention_vectors: Vec<Vec<f32>> =
            text.mentions.iter().map(|span| encoding.pool(Branch::Vectors, span)).collect();
        let label_vectors = self.label_vectors(encoding, &text.mentions);
        let vectors = Vectors { labels: &label_vectors, mentions: &mention_vectors };
        let mut mentions = Vec::with_capacity(mention_vectors.len());
        for (span, mention_vectors) in text.mentions.iter().zip(vectors.by_mention()) {
            let found = self.find(mention_vectors, &text.text[span.clone()], journey);
            let view = MentionView { text: &text.text, span, encoding };
            let evidence = self.evidence(&view, &found, selection);
            let frictions = self.frictions_with_evidence(&view, &found);
            mentions.push(found.into_mention(span.clone(), evidence, frictions));
        }
        let insight = self.summarise(comment, &text.text, text.language, mentions, vectors, journey);
        Labelled { insight: selected(insight, selection), mention_vectors, label_vectors }
    }

    /// The labels that a comment gets from its vectors and words, without its encoder states: today's heads and journey,
    /// and what people have corrected. Evidence stays where the label that it explains stays. `journey` is the comment's.
    ///
    /// # Errors
    /// [`Error::Internal`] for a comment without the [vectors](Self::has_vectors) that the heads read.
    pub fn label_again(&self, analysed: &AnalysedComment, journey: &RegisteredJourney) -> Result<Insight> {
        let labels = analysed.label_vectors.as_ref().filter(|_| self.has_vectors(analysed));
        let labels =
            labels.ok_or_else(|| Error::Internal("a comment has no vectors of this label branch".to_owned()))?;
        let vectors = Vectors { labels, mentions: &analysed.mention_vectors };
        let mut mentions = Vec::with_capacity(analysed.mention_vectors.len());
        for (before, mention_vectors) in analysed.insight.mentions.iter().zip(vectors.by_mention()) {
            let words = analysed.comment.text.get(before.span.clone()).unwrap_or_default();
            let mut found = self.find(mention_vectors, words, journey);
            let frictions = std::mem::take(&mut found.frictions).into_iter();
            let frictions = frictions.map(|friction| friction::with_known_evidence(friction, before)).collect();
            let mut mention = found.into_mention(before.span.clone(), Vec::new(), frictions);
            mention.evidence =
                before.evidence.iter().filter(|evidence| still_holds(evidence, before, &mention)).cloned().collect();
            mention.corrections = before.corrections.clone();
            mention.place = before.place.clone();
            apply_corrections(&mut mention, before, journey);
            mentions.push(mention);
        }
        let comment = &analysed.comment;
        let language = analysed.insight.language;
        let mut insight = self.summarise(comment, &comment.text, language, mentions, vectors, journey);
        if insight.given_touchpoint.is_none() {
            // The journey has lost the touchpoint that the caller named; that it was named remains true.
            insight.given_touchpoint = analysed.insight.given_touchpoint.clone();
        }
        Ok(insight)
    }

    fn sentiment(&self, label_vector: &[f32]) -> Sentiment {
        sentiment_of(self.heads.sentiment(label_vector), self.heads.strength(label_vector))
    }

    /// What the heads and the journey say of one mention.
    pub(super) fn find<'a>(
        &self,
        vectors: BranchVectors<'_>,
        words: &str,
        journey: &'a RegisteredJourney,
    ) -> FoundLabels<'a> {
        FoundLabels {
            frictions: self.heads.friction.find(vectors.label, words),
            sentiment: self.sentiment(vectors.label),
            topics: journey.topics_of(vectors),
            touchpoint: journey.touchpoint_of(vectors),
        }
    }

    fn evidence(&self, view: &MentionView<'_>, found: &FoundLabels<'_>, selection: Selection) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        if !selection.evidence {
            return evidence;
        }
        if selection.sentiment && found.sentiment.polarity != Polarity::Neutral {
            let class = if found.sentiment.polarity == Polarity::Positive { "positive" } else { "negative" };
            if let Some(class) = self.heads.sentiment.class_index(class) {
                let direction = self.heads.sentiment.direction(class);
                evidence.extend(view.evidence(Evidence::SENTIMENT.to_owned(), Branch::Labels, &direction));
            }
        }
        for topic in found.topics.iter().filter(|_| selection.topics) {
            evidence.extend(view.evidence(Evidence::topic_label(&topic.label.id), topic.branch, topic.direction));
        }
        if let Some(touchpoint) = found.touchpoint.as_ref().filter(|_| selection.touchpoint) {
            let label = Evidence::touchpoint_label(&touchpoint.label.id);
            evidence.extend(view.evidence(label, touchpoint.branch, touchpoint.direction));
        }
        evidence
    }

    fn frictions_with_evidence(&self, view: &MentionView<'_>, found: &FoundLabels<'_>) -> Vec<Friction> {
        let with_evidence = |friction: &FoundFriction| {
            let strongest = view.strongest(Branch::Labels, self.heads.friction.direction(friction.kind));
            friction::with_evidence(friction.clone(), view.words(), view.span.start, strongest)
        };
        found.frictions.iter().map(with_evidence).collect()
    }

    /// What is said about the comment as a whole, given its mentions, whose spans are in `text`.
    fn summarise(
        &self,
        comment: &Comment,
        text: &str,
        language: Language,
        mentions: Vec<Mention>,
        vectors: Vectors<'_>,
        journey: &RegisteredJourney,
    ) -> Insight {
        let mention_sentiments: Vec<Sentiment> = mentions.iter().filter_map(|mention| mention.sentiment).collect();
        let is_corrected = |mention: &Mention| {
            mention.corrections.iter().any(|correction| matches!(correction.value, CorrectionValue::Sentiment(_)))
        };
        let whole_text = if !mentions.is_empty() && mentions.iter().all(is_corrected) {
            sentiment_of(mean(&mention_sentiments), PLAIN_STRENGTH)
        } else {
            self.sentiment(&vectors.labels.comment)
        };
        let sentiment = comment_sentiment(whole_text, &mention_sentiments);
        let action = self.action(vectors, &sentiment);
        let given = comment.touchpoint.as_deref().and_then(|id| journey.journey.touchpoint(id));
        let given = given.map(|touchpoint| TouchpointTag::certain(touchpoint, TouchpointOrigin::Caller));
        let view = HandoverView { text, mentions: &mentions, vectors: vectors.by_mention().collect(), journey };
        Insight {
            language,
            handover: view.find(&self.heads.handover),
            other_touchpoints: other_touchpoints(&mentions, comment.touchpoint.as_deref()),
            discrepancy: discrepancy(&comment.scores, &sentiment, &mentions, given.as_ref()),
            given_touchpoint: given,
            mentions,
            sentiment: Some(sentiment),
            severity: severity(&mention_sentiments, &comment.scores, Some(&action)),
            action: Some(action),
            score_version: self.score_version(journey),
        }
    }

    /// What the comment asks for: the strongest request in it, be it the whole text or one mention. Praise is what is
    /// left when nothing is asked for and the text is positive.
    fn action(&self, vectors: Vectors<'_>, sentiment: &Sentiment) -> Action {
        let head = &self.heads.action;
        let mut request = Action { kind: ActionKind::None, confidence: 0.0 };
        for vector in vectors.labels.mentions.iter().chain([&vectors.labels.comment]) {
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

/// What a comment is labelled by.
#[derive(Clone, Copy)]
struct Vectors<'a> {
    /// For the trained heads.
    labels: &'a LabelVectors,
    /// Of the other branch.
    mentions: &'a [Vec<f32>],
}

impl<'a> Vectors<'a> {
    fn by_mention(self) -> impl Iterator<Item = BranchVectors<'a>> {
        let pairs = self.mentions.iter().zip(&self.labels.mentions);
        pairs.map(|(vector, label)| BranchVectors { vector, label })
    }
}

/// What was found in one mention.
pub(super) struct FoundLabels<'a> {
    pub(super) sentiment: Sentiment,
    pub(super) topics: Vec<Found<'a, Topic>>,
    pub(super) touchpoint: Option<Found<'a, Touchpoint>>,
    pub(super) frictions: Vec<FoundFriction>,
}

impl FoundLabels<'_> {
    fn into_mention(self, span: Range<usize>, evidence: Vec<Evidence>, frictions: Vec<Friction>) -> Mention {
        let topics = self.topics.iter().map(|found| TopicTag {
            topic: found.label.id.clone(),
            name: found.label.name.clone(),
            confidence: found.confidence,
        });
        let touchpoint = self.touchpoint.as_ref().map(|found| TouchpointTag {
            confidence: found.confidence,
            ..TouchpointTag::certain(found.label, TouchpointOrigin::Text)
        });
        Mention {
            span,
            sentiment: Some(self.sentiment),
            topics: topics.collect(),
            touchpoint,
            evidence,
            corrections: Vec::new(),
            frictions,
            place: None,
        }
    }
}

/// What the caller wants to see of an insight.
fn selected(mut insight: Insight, selection: Selection) -> Insight {
    for mention in &mut insight.mentions {
        mention.sentiment = mention.sentiment.filter(|_| selection.sentiment);
        if !selection.topics {
            mention.topics.clear();
        }
        mention.touchpoint = mention.touchpoint.take().filter(|_| selection.touchpoint);
        if !selection.friction {
            mention.frictions.clear();
        }
    }
    if !selection.touchpoint {
        insight.other_touchpoints.clear();
    }
    insight.sentiment = insight.sentiment.filter(|_| selection.sentiment);
    insight.discrepancy = insight.discrepancy.filter(|_| selection.sentiment);
    insight.action = insight.action.filter(|_| selection.action);
    insight.handover = insight.handover.filter(|_| selection.handover);
    insight
}

/// Does the mention still have the label that the evidence was found for?
fn still_holds(evidence: &Evidence, before: &Mention, now: &Mention) -> bool {
    if let Some(topic) = evidence.topic() {
        return now.topics.iter().any(|tag| tag.topic == topic);
    }
    if let Some(touchpoint) = evidence.touchpoint() {
        return now.touchpoint.as_ref().is_some_and(|tag| tag.touchpoint == touchpoint);
    }
    let polarity = |mention: &Mention| mention.sentiment.map(|sentiment| sentiment.polarity);
    polarity(before) == polarity(now)
}

/// A mention while it is being labelled.
struct MentionView<'a> {
    text: &'a str,
    span: &'a Range<usize>,
    encoding: &'a Encoding,
}

impl MentionView<'_> {
    fn words(&self) -> &str {
        &self.text[self.span.clone()]
    }

    fn evidence(&self, label: String, branch: Branch, direction: &[f32]) -> Option<Evidence> {
        let words = self.strongest(branch, direction)?;
        Some(Evidence { label, span: self.span.start + words.start..self.span.start + words.end })
    }

    /// The words that speak most for what lies in a direction of a branch' vectors, in bytes of the mention.
    fn strongest(&self, branch: Branch, direction: &[f32]) -> Option<Range<usize>> {
        let in_mention = |position: usize| position.clamp(self.span.start, self.span.end) - self.span.start;
        let contributions: Vec<(Range<usize>, f32)> = self
            .encoding
            .contributions(branch, self.span, direction)
            .into_iter()
            .map(|(token, value)| (in_mention(token.start)..in_mention(token.end), value))
            .collect();
        strongest_words(self.words(), &contributions)
    }
}

fn sentiment_of(probabilities: SentimentProbabilities, strength: f32) -> Sentiment {
    let SentimentProbabilities { negative, neutral, positive } = probabilities;
    let polarity = if negative > neutral && negative > positive {
        Polarity::Negative
    } else if positive > neutral {
        Polarity::Positive
    } else {
        Polarity::Neutral
    };
    Sentiment { polarity, score: probabilities.score(strength), negative, neutral, positive }
}

/// Of people's corrections: when every mention's sentiment was set by hand, the comment's follows.
fn mean(sentiments: &[Sentiment]) -> SentimentProbabilities {
    let share = 1.0 / sentiments.len() as f32;
    let mean_of = |part: fn(&Sentiment) -> f32| sentiments.iter().map(part).sum::<f32>() * share;
    SentimentProbabilities {
        negative: mean_of(|sentiment| sentiment.negative),
        neutral: mean_of(|sentiment| sentiment.neutral),
        positive: mean_of(|sentiment| sentiment.positive),
    }
}

/// The whole text's sentiment, unless its mentions contradict each other.
fn comment_sentiment(whole_text: Sentiment, mentions: &[Sentiment]) -> Sentiment {
    let mut sentiment = whole_text;
    let praised = mentions.iter().any(|mention| mention.balance() >= MIXED_BALANCE);
    let blamed = mentions.iter().any(|mention| mention.balance() <= -MIXED_BALANCE);
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

impl TouchpointTag {
    /// As somebody has named it.
    pub(super) fn certain(touchpoint: &Touchpoint, origin: TouchpointOrigin) -> Self {
        Self {
            touchpoint: touchpoint.id.clone(),
            name: touchpoint.name.clone(),
            phase: touchpoint.phase.name().to_owned(),
            owner: touchpoint.owner.clone(),
            confidence: 1.0,
            origin,
        }
    }
}

impl Evidence {
    pub const SENTIMENT: &str = "sentiment";
    const TOPIC: &str = "topic:";
    const TOUCHPOINT: &str = "touchpoint:";

    pub(super) fn topic_label(id: &str) -> String {
        format!("{}{id}", Self::TOPIC)
    }

    pub(super) fn touchpoint_label(id: &str) -> String {
        format!("{}{id}", Self::TOUCHPOINT)
    }

    /// The topic that it speaks for, if it does.
    pub fn topic(&self) -> Option<&str> {
        self.label.strip_prefix(Self::TOPIC)
    }

    /// The touchpoint that it speaks for, if it does.
    pub fn touchpoint(&self) -> Option<&str> {
        self.label.strip_prefix(Self::TOUCHPOINT)
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
        let of = |negative, positive| sentiment_of(probabilities(negative, positive), PLAIN_STRENGTH);
        let (whole, praise, blame) = (of(0.4, 0.5), of(0.1, 0.8), of(0.9, 0.0));
        assert_eq!(comment_sentiment(whole, &[praise, blame]).polarity, Polarity::Mixed);
        assert_eq!(comment_sentiment(whole, &[praise]).polarity, Polarity::Positive);
        assert_eq!(comment_sentiment(of(0.2, 0.2), &[]).polarity, Polarity::Neutral);
    }

    #[test]
    fn what_is_meant_more_strongly_scores_more_strongly() {
        let score = |strength| sentiment_of(probabilities(0.9, 0.1), strength).score;
        assert!((score(1.0) + 0.976).abs() < 1e-3 && (score(PLAIN_STRENGTH) + 0.488).abs() < 1e-3);
        assert!(score(0.7) < score(0.5) && score(0.5) < score(0.3));
        assert_eq!(sentiment_of(probabilities(1.0, 0.0), 1.0).score, -1.0);
    }

    #[test]
    fn other_touchpoints_leave_out_the_given_one() {
        let mention = |touchpoint: &str, confidence| Mention {
            span: 0..1,
            sentiment: None,
            topics: vec![],
            evidence: vec![],
            corrections: vec![],
            frictions: vec![],
            place: None,
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
