//! What a re-scoring did, counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::insights::{Insight, Mention, Polarity, ScoreVersion};

/// A kind of label of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    Sentiment,
    Topic,
    Touchpoint,
    Friction,
}

/// One way in which a label changed. Empty means none; a topic or friction that was given or taken away goes from or to
/// none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabelChange {
    pub label: Label,
    /// The name of a sentiment or a kind of friction, the id of a topic or a touchpoint.
    pub from: String,
    pub to: String,
}

impl Label {
    pub fn name(self) -> &'static str {
        match self {
            Label::Sentiment => "sentiment",
            Label::Topic => "topic",
            Label::Touchpoint => "touchpoint",
            Label::Friction => "friction",
        }
    }
}

/// What was done to some comments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// With today's labels, written or found so.
    pub comments: u64,
    /// Of journeys that this service does not know; they keep their labels.
    pub comments_skipped: u64,
    /// Read by the encoder again: stored before today's label branch.
    #[serde(default)]
    pub comments_encoded: u64,
    pub mentions: u64,
    /// Mentions with any label changed.
    pub mentions_changed: u64,
    pub changes: ChangeCounts,
    /// Of the labels that were given, each once.
    pub score_versions: Vec<ScoreVersion>,
}

/// How many mentions changed in which way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(LabelChange, u64)>", into = "Vec<(LabelChange, u64)>")]
pub struct ChangeCounts(BTreeMap<LabelChange, u64>);

impl From<Vec<(LabelChange, u64)>> for ChangeCounts {
    fn from(counts: Vec<(LabelChange, u64)>) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl From<ChangeCounts> for Vec<(LabelChange, u64)> {
    fn from(counts: ChangeCounts) -> Self {
        counts.0.into_iter().collect()
    }
}

impl ChangeCounts {
    /// The most frequent first; equally frequent ones by label and names.
    pub fn most_frequent_first(&self) -> Vec<(&LabelChange, u64)> {
        let mut sorted: Vec<(&LabelChange, u64)> =
            self.0.iter().map(|(change, mentions)| (change, *mentions)).collect();
        sorted.sort_by_key(|(_, mentions)| std::cmp::Reverse(*mentions));
        sorted
    }

    fn add(&mut self, change: LabelChange, mentions: u64) {
        *self.0.entry(change).or_default() += mentions;
    }
}

impl Counts {
    /// Counts a comment that was labelled again; says whether any label of it changed.
    pub fn add_comment(&mut self, before: &Insight, now: &Insight) -> bool {
        self.comments += 1;
        self.add_score_version(&now.score_version);
        let changed_before = self.mentions_changed;
        for (before, now) in before.mentions.iter().zip(&now.mentions) {
            self.mentions += 1;
            let changes = changes_between(before, now);
            self.mentions_changed += u64::from(!changes.is_empty());
            for change in changes {
                self.changes.add(change, 1);
            }
        }
        self.mentions_changed > changed_before
    }

    pub fn add(&mut self, other: &Counts) {
        self.comments += other.comments;
        self.comments_skipped += other.comments_skipped;
        self.comments_encoded += other.comments_encoded;
        self.mentions += other.mentions;
        self.mentions_changed += other.mentions_changed;
        for (change, mentions) in &other.changes.0 {
            self.changes.add(change.clone(), *mentions);
        }
        for version in &other.score_versions {
            self.add_score_version(version);
        }
    }

    fn add_score_version(&mut self, version: &ScoreVersion) {
        if !self.score_versions.contains(version) {
            self.score_versions.push(version.clone());
        }
    }
}

fn changes_between(before: &Mention, now: &Mention) -> Vec<LabelChange> {
    let mut changes = Vec::new();
    let mut add = |label, from: &str, to: &str| {
        if from != to {
            changes.push(LabelChange { label, from: from.to_owned(), to: to.to_owned() });
        }
    };
    add(Label::Sentiment, sentiment_name(before), sentiment_name(now));
    add(Label::Touchpoint, touchpoint_id(before), touchpoint_id(now));
    let has_topic = |mention: &Mention, id: &str| mention.topics.iter().any(|tag| tag.topic == id);
    for lost in before.topics.iter().filter(|tag| !has_topic(now, &tag.topic)) {
        add(Label::Topic, &lost.topic, "");
    }
    for gained in now.topics.iter().filter(|tag| !has_topic(before, &tag.topic)) {
        add(Label::Topic, "", &gained.topic);
    }
    let has_kind = |mention: &Mention, kind| mention.frictions.iter().any(|friction| friction.kind == kind);
    for lost in before.frictions.iter().filter(|friction| !has_kind(now, friction.kind)) {
        add(Label::Friction, lost.kind.name(), "");
    }
    for gained in now.frictions.iter().filter(|friction| !has_kind(before, friction.kind)) {
        add(Label::Friction, "", gained.kind.name());
    }
    changes
}

fn sentiment_name(mention: &Mention) -> &'static str {
    match mention.sentiment.map(|sentiment| sentiment.polarity) {
        None => "",
        Some(Polarity::Negative) => "negative",
        Some(Polarity::Neutral) => "neutral",
        Some(Polarity::Positive) => "positive",
        Some(Polarity::Mixed) => "mixed",
    }
}

fn touchpoint_id(mention: &Mention) -> &str {
    mention.touchpoint.as_ref().map_or("", |tag| tag.touchpoint.as_str())
}

#[cfg(test)]
mod tests {
    use klartext_models::friction::FrictionKind;

    use super::*;
    use crate::insights::{Friction, Sentiment, TopicTag, TouchpointOrigin, TouchpointTag};

    fn mention(polarity: Polarity, topics: &[&str], touchpoint: Option<&str>) -> Mention {
        let topic = |id: &&str| TopicTag { topic: (*id).to_owned(), name: String::new(), confidence: 0.9 };
        Mention {
            span: 0..1,
            sentiment: Some(Sentiment { polarity, score: 0.0, negative: 0.0, neutral: 1.0, positive: 0.0 }),
            topics: topics.iter().map(topic).collect(),
            touchpoint: touchpoint.map(|id| TouchpointTag {
                touchpoint: id.to_owned(),
                name: String::new(),
                phase: String::new(),
                owner: String::new(),
                confidence: 0.8,
                origin: TouchpointOrigin::Text,
            }),
            evidence: Vec::new(),
            corrections: Vec::new(),
            frictions: Vec::new(),
            place: None,
        }
    }

    fn change(label: Label, from: &str, to: &str) -> LabelChange {
        LabelChange { label, from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn every_label_that_changes_is_named() {
        let friction = |kind| Friction { kind, confidence: 0.9, span: None, minutes: None, count: None };
        let mut before = mention(Polarity::Negative, &["lift", "price"], None);
        before.frictions = [FrictionKind::Waiting, FrictionKind::DeadEnd].map(friction).to_vec();
        let mut now = mention(Polarity::Neutral, &["price", "wifi"], Some("hotline"));
        now.frictions = [FrictionKind::Uncertainty, FrictionKind::DeadEnd].map(friction).to_vec();
        let expected = [
            change(Label::Sentiment, "negative", "neutral"),
            change(Label::Touchpoint, "", "hotline"),
            change(Label::Topic, "lift", ""),
            change(Label::Topic, "", "wifi"),
            change(Label::Friction, "waiting", ""),
            change(Label::Friction, "", "uncertainty"),
        ];
        assert_eq!(changes_between(&before, &now), expected);
        assert!(changes_between(&before, &before).is_empty());
    }

    #[test]
    fn counts_add_up_and_come_back_from_json() {
        let mut counts = Counts::default();
        for _ in 0..2 {
            let mut page = Counts { comments: 3, mentions: 4, mentions_changed: 1, ..Counts::default() };
            page.changes.add(change(Label::Topic, "", "wifi"), 1);
            page.changes.add(change(Label::Sentiment, "neutral", "positive"), 2);
            page.add_score_version(&ScoreVersion { bundle: "b".to_owned(), journey: "j@1".to_owned() });
            counts.add(&page);
        }
        assert_eq!((counts.comments, counts.mentions, counts.score_versions.len()), (6, 8, 1));
        let sorted = counts.changes.most_frequent_first();
        assert_eq!(sorted.iter().map(|(_, mentions)| *mentions).collect::<Vec<_>>(), [4, 2]);
        let json = serde_json::to_value(&counts).expect("it can be written");
        assert_eq!(serde_json::from_value::<Counts>(json).expect("it can be read"), counts);
    }
}
