//! Which comments, or mentions, a caller asks for.

use chrono::{DateTime, Utc};
use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionKind, Channel, Comment, Handover, Insight, Mention, Polarity, SurveyKind};
use crate::TENANT;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::store::{Bounds, Condition, Filter, Kind, millionths};

/// The payload field of a comment's point that holds what its mentions are filtered by.
const MENTIONS: &str = "mentions";

/// All conditions must hold; within a list one of the values is enough; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommentFilter {
    pub channels: Vec<Channel>,
    pub sources: Vec<String>,
    pub journeys: Vec<String>,
    /// Codes of [`klartext_models::text::Language`].
    pub languages: Vec<String>,
    pub survey_kinds: Vec<SurveyKind>,
    pub subjects: Vec<String>,
    pub time: TimeRange,
    pub scores: Vec<ScoreRange>,
    /// Of the comment as a whole.
    pub sentiments: Vec<Polarity>,
    pub actions: Vec<ActionKind>,
    /// As [`Handover::passage`] writes them.
    pub handovers: Vec<String>,
    /// Where the customer was asked, as the caller said; whatever the text speaks of.
    pub given_touchpoints: Vec<String>,
    /// Of one and the same mention.
    pub mention: MentionFilter,
    /// What the caller may see.
    #[serde(skip_serializing_if = "is_everything")]
    pub visible_to: Access,
}

fn is_everything(access: &Access) -> bool {
    !access.is_limited()
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MentionFilter {
    pub touchpoints: Vec<String>,
    pub owners: Vec<String>,
    pub phases: Vec<String>,
    pub topics: Vec<String>,
    pub sentiments: Vec<Polarity>,
    pub frictions: Vec<FrictionKind>,
}

/// From, inclusive, until, exclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// Both ends inclusive and finite. Comments without the score do not match.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreRange {
    pub kind: ScoreKind,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    Nps,
    Csat,
    Stars,
    Sentiment,
    Severity,
}

impl ScoreKind {
    /// The payload field of comments' and mentions' points.
    pub fn field(self) -> &'static str {
        match self {
            ScoreKind::Nps => "nps",
            ScoreKind::Csat => "csat",
            ScoreKind::Stars => "stars",
            ScoreKind::Sentiment => "comment_score",
            ScoreKind::Severity => "severity",
        }
    }
}

impl CommentFilter {
    /// Does it ask for all that the caller may see?
    pub fn is_empty(&self) -> bool {
        *self == CommentFilter { visible_to: self.visible_to.clone(), ..CommentFilter::default() }
    }

    /// For calls about one journey, which they name beside the filter.
    ///
    /// # Errors
    /// [`Error::FilterInvalid`].
    pub fn check_names_no_journey(&self) -> Result<()> {
        if self.journeys.is_empty() {
            return Ok(());
        }
        Err(Error::FilterInvalid { reason: "the journey is named in journey, not in filter.journeys".to_owned() })
    }

    /// The comments that match.
    pub fn for_comments(&self) -> Filter {
        let mut all = self.shared_conditions();
        let mention = self.mention.conditions();
        if !mention.is_empty() {
            all.push(Condition::Nested { field: MENTIONS, all: mention });
        }
        all.extend(self.visible_to.to_comments());
        Filter { all }
    }

    /// That one and the same mention of a comment fulfils the filter's conditions on mentions and this one. `None` where
    /// the filter has none: then the condition says it alone.
    pub fn same_mention(&self, condition: Condition) -> Option<Condition> {
        let mut all = self.mention.conditions();
        if all.is_empty() {
            return None;
        }
        all.push(condition);
        Some(Condition::Nested { field: MENTIONS, all })
    }

    /// The mentions that match, of comments that match.
    pub fn for_mentions(&self) -> Filter {
        let mut all = self.shared_conditions();
        all.extend(self.mention.conditions());
        all.extend(self.visible_to.to_mentions());
        Filter { all }
    }

    /// The points of `kind`, comments or mentions, that match.
    pub fn for_kind(&self, kind: Kind) -> Filter {
        if kind == Kind::Mentions { self.for_mentions() } else { self.for_comments() }
    }

    /// `filter` without community surveys, which do not belong into a continuous measure; with them when they are asked for,
    /// here or by the filter itself.
    pub fn continuous(&self, mut filter: Filter, include_community: bool) -> Filter {
        if !include_community && !self.survey_kinds.contains(&SurveyKind::Community) {
            let community = names(&[SurveyKind::Community]);
            filter.all.push(Condition::NoneOf { field: "survey_kind", values: community });
        }
        filter
    }

    /// Does [`CommentFilter::for_mentions`] select this mention, once its comment is stored?
    pub fn takes(&self, comment: &Comment, insight: &Insight, mention: &Mention) -> bool {
        let score_of = |kind| match kind {
            ScoreKind::Nps => comment.scores.nps,
            ScoreKind::Csat => comment.scores.csat,
            ScoreKind::Stars => comment.scores.stars,
            ScoreKind::Sentiment => insight.sentiment.map(|sentiment| sentiment.score.into()),
            ScoreKind::Severity => Some(insight.severity.into()),
        };
        admits(&self.channels, Some(&comment.channel))
            && admits(&self.sources, Some(&comment.source))
            && admits(&self.journeys, Some(&comment.journey))
            && admits(&self.languages, Some(&insight.language.code().to_owned()))
            && admits(&self.survey_kinds, Some(&comment.survey_kind))
            && admits(&self.subjects, Some(&comment.subject))
            && admits(&self.sentiments, insight.sentiment.map(|sentiment| sentiment.polarity).as_ref())
            && admits(&self.actions, insight.action.map(|action| action.kind).as_ref())
            && admits(&self.handovers, insight.handover.as_ref().map(Handover::passage).as_ref())
            && admits(&self.given_touchpoints, insight.given_touchpoint.as_ref().map(|tag| &tag.touchpoint))
            && self.time.contains(comment.time)
            && self.scores.iter().all(|range| score_of(range.kind).is_some_and(|score| range.contains(score)))
            && self.mention.takes(insight, mention)
            && self.visible_to.admits_mention(insight, mention)
    }

    /// What comments' and mentions' points have under the same name.
    fn shared_conditions(&self) -> Vec<Condition> {
        let mut all = vec![Condition::is("tenant", TENANT)];
        all.extend(any_of("channel", names(&self.channels)));
        all.extend(any_of("source", self.sources.clone()));
        all.extend(any_of("journey", self.journeys.clone()));
        all.extend(any_of("language", self.languages.clone()));
        all.extend(any_of("survey_kind", names(&self.survey_kinds)));
        all.extend(any_of("subject", self.subjects.clone()));
        all.extend(any_of("comment_sentiment", names(&self.sentiments)));
        all.extend(any_of("action", names(&self.actions)));
        all.extend(any_of("handover", self.handovers.clone()));
        all.extend(any_of("given_touchpoint", self.given_touchpoints.clone()));
        all.extend(self.time.condition("time"));
        all.extend(self.scores.iter().map(|range| Condition::Range {
            field: range.kind.field(),
            bounds: Bounds { at_least: range.min, at_most: range.max, ..Bounds::default() },
        }));
        all
    }
}

/// An empty list asks for nothing.
fn admits<'a, T: PartialEq + 'a>(wanted: &[T], values: impl IntoIterator<Item = &'a T>) -> bool {
    wanted.is_empty() || values.into_iter().any(|value| wanted.contains(value))
}

impl ScoreRange {
    fn contains(&self, score: f64) -> bool {
        let score = millionths(score);
        self.min.is_none_or(|min| min <= score) && self.max.is_none_or(|max| score <= max)
    }
}

impl MentionFilter {
    fn takes(&self, insight: &Insight, mention: &Mention) -> bool {
        let touchpoint = mention.touchpoint.as_ref().or(insight.given_touchpoint.as_ref());
        admits(&self.touchpoints, touchpoint.map(|tag| &tag.touchpoint))
            && admits(&self.owners, touchpoint.map(|tag| &tag.owner))
            && admits(&self.phases, touchpoint.map(|tag| &tag.phase))
            && admits(&self.topics, mention.topics.iter().map(|tag| &tag.topic))
            && admits(&self.sentiments, mention.sentiment.map(|sentiment| sentiment.polarity).as_ref())
            && admits(&self.frictions, mention.frictions.iter().map(|friction| &friction.kind))
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut all = Vec::new();
        all.extend(any_of("touchpoint", self.touchpoints.clone()));
        all.extend(any_of("owner", self.owners.clone()));
        all.extend(any_of("phase", self.phases.clone()));
        all.extend(any_of("topics", self.topics.clone()));
        all.extend(any_of("sentiment", names(&self.sentiments)));
        all.extend(any_of("frictions", names(&self.frictions)));
        all
    }
}

impl TimeRange {
    pub fn contains(self, time: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Of a field in microseconds; `None` for all times.
    pub fn condition(self, field: &'static str) -> Option<Condition> {
        // Points hold microseconds, rounded down.
        let micros_up = |time: DateTime<Utc>| {
            let has_rest = !time.timestamp_subsec_nanos().is_multiple_of(1_000);
            (time.timestamp_micros() + i64::from(has_rest)) as f64
        };
        if self == TimeRange::default() {
            return None;
        }
        let bounds =
            Bounds { at_least: self.from.map(micros_up), below: self.until.map(micros_up), ..Bounds::default() };
        Some(Condition::Range { field, bounds })
    }
}

fn any_of(field: &'static str, values: Vec<String>) -> Option<Condition> {
    (!values.is_empty()).then_some(Condition::AnyOf { field, values })
}

/// As they stand in payloads.
fn names<T: Serialize>(values: &[T]) -> Vec<String> {
    let name = |value: &T| match serde_json::to_value(value) {
        Ok(Value::String(name)) => Some(name),
        _ => None,
    };
    values.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use klartext_models::text::Language;

    use super::*;
    use crate::insights::{ScoreVersion, Scores, Sentiment};

    #[test]
    fn what_is_asked_of_a_mention_is_asked_of_one_and_the_same() {
        let filter = CommentFilter {
            channels: vec![Channel::CallCentre],
            mention: MentionFilter {
                touchpoints: vec!["hotline".to_owned()],
                sentiments: vec![Polarity::Negative],
                ..MentionFilter::default()
            },
            ..CommentFilter::default()
        };
        let of_comments = filter.for_comments().all;
        assert_eq!(of_comments.len(), 3);
        assert!(of_comments.contains(&Condition::AnyOf { field: "channel", values: vec!["call_centre".to_owned()] }));
        let Some(Condition::Nested { field: "mentions", all }) = of_comments.last() else { panic!("{of_comments:?}") };
        assert_eq!(*all, filter.for_mentions().all[2..]);
    }

    #[test]
    fn a_mention_is_taken_when_all_conditions_hold() {
        let time = |seconds| DateTime::from_timestamp(seconds, 0);
        let comment = Comment {
            external_id: String::new(),
            source: "crm".to_owned(),
            text: "x".to_owned(),
            journey: "generic".to_owned(),
            channel: Channel::Chat,
            language_hint: String::new(),
            time: time(100).expect("a time"),
            time_given: true,
            question: String::new(),
            scores: Scores { nps: Some(3.0), ..Scores::default() },
            touchpoint: None,
            survey_kind: SurveyKind::Unspecified,
            subject: String::new(),
            attributes: BTreeMap::new(),
        };
        let polarity = Polarity::Negative;
        let mention = Mention {
            span: 0..1,
            sentiment: Some(Sentiment { polarity, score: -0.5, negative: 0.6, neutral: 0.3, positive: 0.1 }),
            topics: Vec::new(),
            touchpoint: None,
            evidence: Vec::new(),
            corrections: Vec::new(),
            frictions: Vec::new(),
            place: None,
        };
        let insight = Insight {
            language: Language::German,
            mentions: Vec::new(),
            sentiment: None,
            given_touchpoint: None,
            other_touchpoints: Vec::new(),
            discrepancy: None,
            action: None,
            severity: 0.5,
            score_version: ScoreVersion { bundle: String::new(), journey: String::new() },
            handover: None,
        };
        let takes = |filter: &CommentFilter| filter.takes(&comment, &insight, &mention);
        let range = |min, max| vec![ScoreRange { kind: ScoreKind::Nps, min, max }];
        let fits = CommentFilter {
            channels: vec![Channel::Chat, Channel::Shop],
            languages: vec!["de".to_owned()],
            time: TimeRange { from: time(100), until: time(101) },
            scores: range(Some(3.0), Some(3.0)),
            mention: MentionFilter { sentiments: vec![polarity], ..MentionFilter::default() },
            ..CommentFilter::default()
        };
        assert!(takes(&fits) && takes(&CommentFilter::default()));
        let misfits = [
            CommentFilter { channels: vec![Channel::Shop], ..fits.clone() },
            CommentFilter { sources: vec!["CRM".to_owned()], ..fits.clone() },
            CommentFilter { sentiments: vec![polarity], ..fits.clone() },
            CommentFilter { time: TimeRange { from: None, until: time(100) }, ..fits.clone() },
            CommentFilter { scores: range(None, Some(2.9)), ..fits.clone() },
            CommentFilter {
                mention: MentionFilter { owners: vec!["me".to_owned()], ..MentionFilter::default() },
                ..fits.clone()
            },
        ];
        assert!(!misfits.iter().any(takes));
    }

    #[test]
    fn the_empty_filter_still_asks_for_the_tenant() {
        assert!(CommentFilter::default().is_empty());
        assert_eq!(CommentFilter::default().for_comments().all.len(), 1);
    }
}
