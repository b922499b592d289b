//! Between protobuf and the domain.

mod changes;
mod comments;
mod drivers;
mod filter;
mod gaps;
mod inbox;
mod journey;
mod measure;
mod painpoint;
mod rescoring;

use std::ops::Range;

use chrono::{DateTime, Utc};
use klartext_models::text::{OffsetMap, PersonalData, spans};
use klartext_proto::v1;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::insights::intake::Draft;
use crate::insights::{
    Action, Assigners, AttributeValue, Channel, Comment, Correction, CorrectionValue, Discrepancy, DiscrepancyKind,
    Friction, Handover, HandoverOrigin, HandoverSide, Insight, Mention, Place, ScoreVersion, Scores, Selection,
    Sentiment, ShownPainPoint, SurveyKind, TouchpointOrigin, TouchpointTag,
};
use crate::period::Period;
use crate::pipeline::StoreOutcome;

pub use changes::{changes_request_from_proto, changes_to_proto};
pub use comments::{
    ExplainedText, correction_from_proto, deletion_from_proto, explain_from_proto, explanations_to_proto,
    export_from_proto, exported_to_proto, hits_to_proto, id_from_proto, list_from_proto, listed_to_proto,
    search_from_proto, stored_comment_to_proto,
};
pub use drivers::{drivers_request_from_proto, drivers_to_proto};
use filter::friction_kind_to_proto;
pub use filter::{action_kind_to_proto, filter_from_proto, filter_to_proto, polarity_from_proto, polarity_to_proto};
pub use gaps::{gaps_request_from_proto, gaps_to_proto};
pub use inbox::{
    acknowledge_from_proto, followed_to_proto, inbox_dimension_from_proto, inbox_figures_to_proto,
    inbox_filter_from_proto, inbox_list_from_proto, item_id_from_proto, item_with_history_to_proto,
    listed_items_to_proto, reassign_from_proto, redelivery_from_proto, reopen_from_proto, resolve_from_proto,
    undelivered_to_proto, watch_inbox_from_proto,
};
pub use journey::{figures_request_from_proto, journey_figures_to_proto};
pub use measure::{effect_request_from_proto, effect_to_proto, measure_from_proto, measure_to_proto};
pub use painpoint::{
    discovery_order_from_proto, discovery_to_proto, event_to_proto, map_to_proto, pain_point_list_from_proto,
    pain_point_mentions_to_proto, pain_point_to_proto, pain_points_to_proto, similar_to_proto, trend_from_proto,
    trend_to_proto,
};
pub use rescoring::rescoring_to_proto;

/// What a page has when its request names no size.
pub const DEFAULT_PAGE_SIZE: usize = 50;

/// Figures that rest on fewer are marked, where the caller names no other number.
const DEFAULT_MINIMUM_VOLUME: u32 = 30;

pub fn minimum_volume(asked_for: u32) -> u64 {
    u64::from(if asked_for == 0 { DEFAULT_MINIMUM_VOLUME } else { asked_for })
}

/// # Errors
/// [`Error::IdInvalid`].
pub fn uuid_of(field: &'static str, id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::IdInvalid { reason: format!("{field} {id:?} is no UUID") })
}

fn period_from_proto(number: i32) -> Result<Option<Period>> {
    match v1::Period::try_from(number) {
        Ok(v1::Period::Unspecified) => Ok(None),
        Ok(v1::Period::Day) => Ok(Some(Period::Day)),
        Ok(v1::Period::Week) => Ok(Some(Period::Week)),
        Ok(v1::Period::Month) => Ok(Some(Period::Month)),
        Err(_) => Err(Error::EnumUnknown { field: "period", number }),
    }
}

/// # Errors
/// Enum numbers that this version does not know, and malformed times; everything else is checked by the intake.
pub fn draft_from_proto(comment: v1::Comment) -> Result<Draft> {
    let scores = comment.scores.unwrap_or_default();
    Ok(Draft {
        external_id: comment.external_id,
        source: comment.source,
        text: comment.text,
        journey: comment.journey,
        channel: channel_from_proto(comment.channel)?,
        language: comment.language,
        time: comment.time.map(time_from_proto).transpose()?,
        question: comment.question,
        scores: Scores { nps: scores.nps, csat: scores.csat, stars: scores.stars },
        touchpoint: comment.touchpoint,
        survey_kind: survey_kind_from_proto(comment.survey_kind)?,
        subject: comment.subject,
        attributes: comment.attributes.into_iter().filter_map(attribute_from_proto).collect(),
    })
}

fn attribute_from_proto((key, value): (String, v1::AttributeValue)) -> Option<(String, AttributeValue)> {
    let value = match value.value? {
        v1::attribute_value::Value::Number(number) => AttributeValue::Number(number),
        v1::attribute_value::Value::Text(text) => AttributeValue::Text(text),
    };
    Some((key, value))
}

fn time_from_proto(time: Timestamp) -> Result<DateTime<Utc>> {
    let nanos = u32::try_from(time.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    nanos
        .and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos))
        .ok_or_else(|| Error::TimeInvalid { reason: "not a timestamp".to_owned() })
}

fn time_to_proto(time: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: time.timestamp(), nanos: time.timestamp_subsec_nanos() as i32 }
}

fn channel_from_proto(number: i32) -> Result<Channel> {
    let channel = v1::Channel::try_from(number).map_err(|_| Error::EnumUnknown { field: "channel", number })?;
    Ok(match channel {
        v1::Channel::Unspecified => Channel::Unspecified,
        v1::Channel::Survey => Channel::Survey,
        v1::Channel::CallCentre => Channel::CallCentre,
        v1::Channel::EMail => Channel::EMail,
        v1::Channel::Chat => Channel::Chat,
        v1::Channel::AppStore => Channel::AppStore,
        v1::Channel::ReviewSite => Channel::ReviewSite,
        v1::Channel::Social => Channel::Social,
        v1::Channel::Shop => Channel::Shop,
        v1::Channel::Other => Channel::Other,
    })
}

fn channel_to_proto(channel: Channel) -> v1::Channel {
    match channel {
        Channel::Unspecified => v1::Channel::Unspecified,
        Channel::Survey => v1::Channel::Survey,
        Channel::CallCentre => v1::Channel::CallCentre,
        Channel::EMail => v1::Channel::EMail,
        Channel::Chat => v1::Channel::Chat,
        Channel::AppStore => v1::Channel::AppStore,
        Channel::ReviewSite => v1::Channel::ReviewSite,
        Channel::Social => v1::Channel::Social,
        Channel::Shop => v1::Channel::Shop,
        Channel::Other => v1::Channel::Other,
    }
}

fn survey_kind_from_proto(number: i32) -> Result<SurveyKind> {
    let kind = v1::SurveyKind::try_from(number).map_err(|_| Error::EnumUnknown { field: "survey_kind", number })?;
    Ok(match kind {
        v1::SurveyKind::Unspecified => SurveyKind::Unspecified,
        v1::SurveyKind::Permanent => SurveyKind::Permanent,
        v1::SurveyKind::Temporary => SurveyKind::Temporary,
        v1::SurveyKind::Community => SurveyKind::Community,
    })
}

fn survey_kind_to_proto(kind: SurveyKind) -> v1::SurveyKind {
    match kind {
        SurveyKind::Unspecified => v1::SurveyKind::Unspecified,
        SurveyKind::Permanent => v1::SurveyKind::Permanent,
        SurveyKind::Temporary => v1::SurveyKind::Temporary,
        SurveyKind::Community => v1::SurveyKind::Community,
    }
}

/// An empty list means all.
pub fn selection_from_proto(analyses: &[i32]) -> Result<Selection> {
    if analyses.is_empty() {
        return Ok(Selection::ALL);
    }
    let mut selection = Selection::NONE;
    for &number in analyses {
        match v1::Analysis::try_from(number) {
            Ok(v1::Analysis::Sentiment) => selection.sentiment = true,
            Ok(v1::Analysis::Topics) => selection.topics = true,
            Ok(v1::Analysis::Touchpoint) => selection.touchpoint = true,
            Ok(v1::Analysis::Action) => selection.action = true,
            Ok(v1::Analysis::Evidence) => selection.evidence = true,
            Ok(v1::Analysis::Friction) => selection.friction = true,
            Ok(v1::Analysis::Handover) => selection.handover = true,
            Ok(v1::Analysis::Unspecified) | Err(_) => return Err(Error::EnumUnknown { field: "analyses", number }),
        }
    }
    Ok(selection)
}

pub fn comment_to_proto(comment: &Comment) -> v1::Comment {
    let attributes = comment.attributes.iter().map(|(key, value)| {
        let value = match value {
            AttributeValue::Number(number) => v1::attribute_value::Value::Number(*number),
            AttributeValue::Text(text) => v1::attribute_value::Value::Text(text.clone()),
        };
        (key.clone(), v1::AttributeValue { value: Some(value) })
    });
    v1::Comment {
        external_id: comment.external_id.clone(),
        source: comment.source.clone(),
        text: comment.text.clone(),
        journey: comment.journey.clone(),
        channel: channel_to_proto(comment.channel).into(),
        language: comment.language_hint.clone(),
        time: Some(time_to_proto(comment.time)),
        question: comment.question.clone(),
        scores: Some(scores_to_proto(comment.scores)),
        touchpoint: comment.touchpoint.clone().unwrap_or_default(),
        survey_kind: survey_kind_to_proto(comment.survey_kind).into(),
        subject: comment.subject.clone(),
        attributes: attributes.collect(),
    }
}

fn scores_to_proto(scores: Scores) -> v1::Scores {
    let Scores { nps, csat, stars } = scores;
    v1::Scores { nps, csat, stars }
}

/// Where an insight's spans go: the text to show, and the way to it from the text that was analysed.
pub struct SpanTarget<'a> {
    text: &'a str,
    map: Option<&'a OffsetMap>,
}

impl<'a> SpanTarget<'a> {
    /// Spans into the caller's text.
    pub fn caller(text: &'a str, map: &'a OffsetMap) -> Self {
        Self { text, map: Some(map) }
    }

    /// Spans into the analysed text itself, which is what is stored.
    pub fn stored(text: &'a str) -> Self {
        Self { text, map: None }
    }

    fn resolve(&self, range: &Range<usize>) -> (v1::Span, String) {
        let range = self.map.map_or_else(|| range.clone(), |map| map.to_source(range));
        let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
        (span_to_proto(self.text, range), text)
    }
}

fn span_to_proto(text: &str, range: Range<usize>) -> v1::Span {
    let span = spans(text, &[range]).remove(0);
    v1::Span {
        start_char: span.chars.start as u32,
        end_char: span.chars.end as u32,
        start_byte: span.bytes.start as u32,
        end_byte: span.bytes.end as u32,
    }
}

/// `personal_data` is in bytes of the target's text.
pub fn insight_to_proto(
    id: Uuid,
    insight: &Insight,
    target: &SpanTarget<'_>,
    outcome: StoreOutcome,
    personal_data: &[(PersonalData, Range<usize>)],
    pain_points: &Assigners,
) -> v1::Insight {
    v1::Insight {
        comment_id: id.to_string(),
        store_outcome: outcome_to_proto(outcome).into(),
        language: insight.language.code().to_owned(),
        mentions: insight.mentions.iter().map(|mention| mention_to_proto(mention, target, pain_points)).collect(),
        sentiment: insight.sentiment.map(sentiment_to_proto),
        given_touchpoint: insight.given_touchpoint.as_ref().map(touchpoint_to_proto),
        other_touchpoints: insight.other_touchpoints.iter().map(touchpoint_to_proto).collect(),
        discrepancy: insight.discrepancy.as_ref().map(discrepancy_to_proto),
        action: insight.action.map(action_to_proto),
        severity: f64::from(insight.severity),
        score_version: Some(score_version_to_proto(&insight.score_version)),
        personal_data: personal_data
            .iter()
            .map(|(kind, range)| v1::PersonalData {
                kind: personal_data_to_proto(*kind).into(),
                span: Some(span_to_proto(target.text, range.clone())),
            })
            .collect(),
        handover: insight.handover.as_ref().map(|handover| handover_to_proto(handover, target)),
    }
}

fn handover_to_proto(handover: &Handover, target: &SpanTarget<'_>) -> v1::Handover {
    let side = |side: &HandoverSide| {
        let (span, text) = target.resolve(&side.span);
        v1::HandoverSide {
            owner: side.owner.clone(),
            touchpoint: side.touchpoint.clone().unwrap_or_default(),
            span: Some(span),
            text,
        }
    };
    let origin = match handover.origin {
        HandoverOrigin::Touchpoints => v1::HandoverOrigin::Touchpoints,
        HandoverOrigin::Words => v1::HandoverOrigin::Words,
    };
    v1::Handover {
        from: Some(side(&handover.from)),
        to: Some(side(&handover.to)),
        origin: origin.into(),
        confidence: f64::from(handover.confidence),
        span: Some(target.resolve(&handover.span).0),
    }
}

fn friction_to_proto(friction: &Friction, target: &SpanTarget<'_>) -> v1::Friction {
    let (span, text) = friction.span.as_ref().map(|span| target.resolve(span)).unzip();
    v1::Friction {
        kind: friction_kind_to_proto(friction.kind).into(),
        confidence: f64::from(friction.confidence),
        span,
        text: text.unwrap_or_default(),
        minutes: friction.minutes,
        count: friction.count,
    }
}

fn mention_to_proto(mention: &Mention, target: &SpanTarget<'_>, pain_points: &Assigners) -> v1::Mention {
    let (span, text) = target.resolve(&mention.span);
    v1::Mention {
        span: Some(span),
        text,
        sentiment: mention.sentiment.map(sentiment_to_proto),
        topics: mention
            .topics
            .iter()
            .map(|tag| v1::TopicTag {
                topic: tag.topic.clone(),
                name: tag.name.clone(),
                confidence: f64::from(tag.confidence),
            })
            .collect(),
        touchpoint: mention.touchpoint.as_ref().map(touchpoint_to_proto),
        evidence: mention
            .evidence
            .iter()
            .map(|evidence| {
                let (span, text) = target.resolve(&evidence.span);
                v1::Evidence { label: evidence.label.clone(), span: Some(span), text }
            })
            .collect(),
        corrections: mention.corrections.iter().map(correction_to_proto).collect(),
        frictions: mention.frictions.iter().map(|friction| friction_to_proto(friction, target)).collect(),
        pain_point: mention.place.as_ref().and_then(|place| pain_point_tag(place, pain_points)),
    }
}

fn pain_point_tag(place: &Place, pain_points: &Assigners) -> Option<v1::PainPointTag> {
    let ShownPainPoint { id, name } = pain_points.shown(place.pain_point?)?;
    Some(v1::PainPointTag { pain_point_id: id.to_string(), name, membership: place.membership })
}

fn correction_to_proto(correction: &Correction) -> v1::Correction {
    let label = match correction.value {
        CorrectionValue::Sentiment(_) => v1::CorrectedLabel::Sentiment,
        CorrectionValue::Topics(_) => v1::CorrectedLabel::Topics,
        CorrectionValue::Touchpoint(_) => v1::CorrectedLabel::Touchpoint,
    };
    v1::Correction {
        label: label.into(),
        corrected_by: correction.corrected_by.clone(),
        corrected_at: Some(time_to_proto(correction.corrected_at)),
    }
}

fn sentiment_to_proto(sentiment: Sentiment) -> v1::Sentiment {
    v1::Sentiment {
        polarity: polarity_to_proto(sentiment.polarity).into(),
        score: f64::from(sentiment.score),
        negative: f64::from(sentiment.negative),
        neutral: f64::from(sentiment.neutral),
        positive: f64::from(sentiment.positive),
    }
}

fn touchpoint_to_proto(tag: &TouchpointTag) -> v1::TouchpointTag {
    let origin = match tag.origin {
        TouchpointOrigin::Text => v1::TouchpointOrigin::Text,
        TouchpointOrigin::Caller => v1::TouchpointOrigin::Caller,
        TouchpointOrigin::Person => v1::TouchpointOrigin::Person,
    };
    v1::TouchpointTag {
        touchpoint: tag.touchpoint.clone(),
        name: tag.name.clone(),
        phase: tag.phase.clone(),
        owner: tag.owner.clone(),
        confidence: f64::from(tag.confidence),
        origin: origin.into(),
    }
}

fn discrepancy_kind_to_proto(kind: DiscrepancyKind) -> v1::DiscrepancyKind {
    match kind {
        DiscrepancyKind::None => v1::DiscrepancyKind::None,
        DiscrepancyKind::ScoreAboveText => v1::DiscrepancyKind::ScoreAboveText,
        DiscrepancyKind::ScoreBelowText => v1::DiscrepancyKind::ScoreBelowText,
        DiscrepancyKind::OtherTouchpoint => v1::DiscrepancyKind::OtherTouchpoint,
    }
}

fn discrepancy_to_proto(discrepancy: &Discrepancy) -> v1::Discrepancy {
    v1::Discrepancy {
        kind: discrepancy_kind_to_proto(discrepancy.kind).into(),
        score: f64::from(discrepancy.score),
        text: f64::from(discrepancy.text),
        reason: discrepancy.reason.clone(),
    }
}

fn action_to_proto(action: Action) -> v1::Action {
    v1::Action { kind: action_kind_to_proto(action.kind).into(), confidence: f64::from(action.confidence) }
}

fn score_version_to_proto(version: &ScoreVersion) -> v1::ScoreVersion {
    v1::ScoreVersion { bundle: version.bundle.clone(), journey: version.journey.clone() }
}

fn outcome_to_proto(outcome: StoreOutcome) -> v1::StoreOutcome {
    match outcome {
        StoreOutcome::NotStored => v1::StoreOutcome::NotStored,
        StoreOutcome::Created => v1::StoreOutcome::Created,
        StoreOutcome::Replaced => v1::StoreOutcome::Replaced,
        StoreOutcome::Unchanged => v1::StoreOutcome::Unchanged,
    }
}

fn personal_data_to_proto(kind: PersonalData) -> v1::PersonalDataKind {
    match kind {
        PersonalData::EMail => v1::PersonalDataKind::EMail,
        PersonalData::Phone => v1::PersonalDataKind::Phone,
        PersonalData::Iban => v1::PersonalDataKind::Iban,
        PersonalData::Card => v1::PersonalDataKind::Card,
        PersonalData::CustomerNumber => v1::PersonalDataKind::CustomerNumber,
        PersonalData::LicencePlate => v1::PersonalDataKind::LicencePlate,
        PersonalData::Address => v1::PersonalDataKind::Address,
        PersonalData::BirthDate => v1::PersonalDataKind::BirthDate,
        PersonalData::Name => v1::PersonalDataKind::Name,
        PersonalData::Handle => v1::PersonalDataKind::Handle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_and_survey_kinds_survive_both_ways() {
        for number in 0..10 {
            assert_eq!(channel_to_proto(channel_from_proto(number).expect("it is known")) as i32, number);
        }
        for number in 0..4 {
            assert_eq!(survey_kind_to_proto(survey_kind_from_proto(number).expect("it is known")) as i32, number);
        }
        assert!(matches!(channel_from_proto(99), Err(Error::EnumUnknown { field: "channel", number: 99 })));
        assert!(matches!(survey_kind_from_proto(-1), Err(Error::EnumUnknown { .. })));
    }

    proptest::proptest! {
        #[test]
        fn times_survive_both_ways(seconds in -62_000_000_000i64..250_000_000_000, nanos in 0i32..1_000_000_000) {
            let time = Timestamp { seconds, nanos };
            proptest::prop_assert_eq!(time_to_proto(time_from_proto(time).expect("it is in range")), time);
        }

        #[test]
        fn any_timestamp_is_read_or_refused(seconds: i64, nanos: i32) {
            let _ = time_from_proto(Timestamp { seconds, nanos });
        }
    }
}
