//! Filters between protobuf and the domain.

use klartext_models::friction::FrictionKind;
use klartext_proto::v1;

use super::{
    channel_from_proto, channel_to_proto, survey_kind_from_proto, survey_kind_to_proto, time_from_proto, time_to_proto,
};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::{ActionKind, CommentFilter, MentionFilter, Polarity, ScoreKind, ScoreRange, TimeRange};

/// `None` is the empty filter. It asks for no more than the caller may see.
///
/// # Errors
/// Enum numbers that this version does not know, malformed times, and ranges with ends that are not finite or the wrong
/// way round.
pub fn filter_from_proto(filter: Option<v1::CommentFilter>, access: &Access) -> Result<CommentFilter> {
    let filter = filter.unwrap_or_default();
    Ok(CommentFilter {
        channels: filter.channels.into_iter().map(channel_from_proto).collect::<Result<_>>()?,
        sources: filter.sources,
        journeys: filter.journeys,
        languages: filter.languages,
        survey_kinds: filter.survey_kinds.into_iter().map(survey_kind_from_proto).collect::<Result<_>>()?,
        subjects: filter.subjects,
        time: filter.time.map_or(Ok(TimeRange::default()), time_range_from_proto)?,
        scores: filter.scores.into_iter().map(score_range_from_proto).collect::<Result<_>>()?,
        sentiments: polarities_from_proto(filter.sentiments)?,
        actions: filter.actions.into_iter().map(action_kind_from_proto).collect::<Result<_>>()?,
        handovers: filter.handovers,
        given_touchpoints: filter.given_touchpoints,
        mention: filter.mention.map_or(Ok(MentionFilter::default()), mention_filter_from_proto)?,
        visible_to: access.clone(),
    })
}

pub fn filter_to_proto(filter: &CommentFilter) -> v1::CommentFilter {
    let time = (filter.time != TimeRange::default()).then(|| v1::TimeRange {
        from: filter.time.from.map(time_to_proto),
        until: filter.time.until.map(time_to_proto),
    });
    let scores = filter.scores.iter().map(|range| v1::ScoreRange {
        kind: score_kind_to_proto(range.kind).into(),
        min: range.min,
        max: range.max,
    });
    let mention = (filter.mention != MentionFilter::default()).then(|| v1::MentionFilter {
        touchpoints: filter.mention.touchpoints.clone(),
        owners: filter.mention.owners.clone(),
        phases: filter.mention.phases.clone(),
        topics: filter.mention.topics.clone(),
        sentiments: polarities_to_proto(&filter.mention.sentiments),
        frictions: filter.mention.frictions.iter().map(|kind| friction_kind_to_proto(*kind).into()).collect(),
    });
    v1::CommentFilter {
        channels: filter.channels.iter().map(|channel| channel_to_proto(*channel).into()).collect(),
        sources: filter.sources.clone(),
        journeys: filter.journeys.clone(),
        languages: filter.languages.clone(),
        survey_kinds: filter.survey_kinds.iter().map(|kind| survey_kind_to_proto(*kind).into()).collect(),
        subjects: filter.subjects.clone(),
        time,
        scores: scores.collect(),
        sentiments: polarities_to_proto(&filter.sentiments),
        actions: filter.actions.iter().map(|kind| action_kind_to_proto(*kind).into()).collect(),
        handovers: filter.handovers.clone(),
        given_touchpoints: filter.given_touchpoints.clone(),
        mention,
    }
}

fn mention_filter_from_proto(filter: v1::MentionFilter) -> Result<MentionFilter> {
    Ok(MentionFilter {
        touchpoints: filter.touchpoints,
        owners: filter.owners,
        phases: filter.phases,
        topics: filter.topics,
        sentiments: polarities_from_proto(filter.sentiments)?,
        frictions: filter.frictions.into_iter().map(friction_kind_from_proto).collect::<Result<_>>()?,
    })
}

pub fn time_range_from_proto(range: v1::TimeRange) -> Result<TimeRange> {
    let range = TimeRange {
        from: range.from.map(time_from_proto).transpose()?,
        until: range.until.map(time_from_proto).transpose()?,
    };
    if range.from.zip(range.until).is_some_and(|(from, until)| from > until) {
        return Err(Error::FilterInvalid { reason: "time begins after its end".to_owned() });
    }
    Ok(range)
}

fn score_range_from_proto(range: v1::ScoreRange) -> Result<ScoreRange> {
    let kind = match v1::ScoreKind::try_from(range.kind) {
        Ok(v1::ScoreKind::Nps) => ScoreKind::Nps,
        Ok(v1::ScoreKind::Csat) => ScoreKind::Csat,
        Ok(v1::ScoreKind::Stars) => ScoreKind::Stars,
        Ok(v1::ScoreKind::Sentiment) => ScoreKind::Sentiment,
        Ok(v1::ScoreKind::Severity) => ScoreKind::Severity,
        Ok(v1::ScoreKind::Unspecified) | Err(_) => {
            return Err(Error::EnumUnknown { field: "filter.scores.kind", number: range.kind });
        }
    };
    let name = kind.field();
    if range.min.into_iter().chain(range.max).any(|end| !end.is_finite()) {
        return Err(Error::FilterInvalid { reason: format!("an end of {name} is not a finite number") });
    }
    if range.min.zip(range.max).is_some_and(|(min, max)| min > max) {
        return Err(Error::FilterInvalid { reason: format!("{name} begins after its end") });
    }
    Ok(ScoreRange { kind, min: range.min, max: range.max })
}

fn score_kind_to_proto(kind: ScoreKind) -> v1::ScoreKind {
    match kind {
        ScoreKind::Nps => v1::ScoreKind::Nps,
        ScoreKind::Csat => v1::ScoreKind::Csat,
        ScoreKind::Stars => v1::ScoreKind::Stars,
        ScoreKind::Sentiment => v1::ScoreKind::Sentiment,
        ScoreKind::Severity => v1::ScoreKind::Severity,
    }
}

fn polarities_from_proto(numbers: Vec<i32>) -> Result<Vec<Polarity>> {
    numbers.into_iter().map(|number| polarity_from_proto("filter.sentiments", number)).collect()
}

fn polarities_to_proto(polarities: &[Polarity]) -> Vec<i32> {
    polarities.iter().map(|polarity| polarity_to_proto(*polarity).into()).collect()
}

pub fn polarity_from_proto(field: &'static str, number: i32) -> Result<Polarity> {
    match v1::Polarity::try_from(number) {
        Ok(v1::Polarity::Negative) => Ok(Polarity::Negative),
        Ok(v1::Polarity::Neutral) => Ok(Polarity::Neutral),
        Ok(v1::Polarity::Positive) => Ok(Polarity::Positive),
        Ok(v1::Polarity::Mixed) => Ok(Polarity::Mixed),
        Ok(v1::Polarity::Unspecified) | Err(_) => Err(Error::EnumUnknown { field, number }),
    }
}

pub fn polarity_to_proto(polarity: Polarity) -> v1::Polarity {
    match polarity {
        Polarity::Negative => v1::Polarity::Negative,
        Polarity::Neutral => v1::Polarity::Neutral,
        Polarity::Positive => v1::Polarity::Positive,
        Polarity::Mixed => v1::Polarity::Mixed,
    }
}

fn action_kind_from_proto(number: i32) -> Result<ActionKind> {
    match v1::ActionKind::try_from(number) {
        Ok(v1::ActionKind::None) => Ok(ActionKind::None),
        Ok(v1::ActionKind::AnswerNeeded) => Ok(ActionKind::AnswerNeeded),
        Ok(v1::ActionKind::Suggestion) => Ok(ActionKind::Suggestion),
        Ok(v1::ActionKind::Praise) => Ok(ActionKind::Praise),
        Ok(v1::ActionKind::Unspecified) | Err(_) => Err(Error::EnumUnknown { field: "filter.actions", number }),
    }
}

pub fn action_kind_to_proto(kind: ActionKind) -> v1::ActionKind {
    match kind {
        ActionKind::None => v1::ActionKind::None,
        ActionKind::AnswerNeeded => v1::ActionKind::AnswerNeeded,
        ActionKind::Suggestion => v1::ActionKind::Suggestion,
        ActionKind::Praise => v1::ActionKind::Praise,
    }
}

pub fn friction_kind_from_proto(number: i32) -> Result<FrictionKind> {
    match v1::FrictionKind::try_from(number) {
        Ok(v1::FrictionKind::Waiting) => Ok(FrictionKind::Waiting),
        Ok(v1::FrictionKind::RepeatedContact) => Ok(FrictionKind::RepeatedContact),
        Ok(v1::FrictionKind::Uncertainty) => Ok(FrictionKind::Uncertainty),
        Ok(v1::FrictionKind::DeadEnd) => Ok(FrictionKind::DeadEnd),
        Ok(v1::FrictionKind::Unspecified) | Err(_) => {
            Err(Error::EnumUnknown { field: "filter.mention.frictions", number })
        }
    }
}

pub fn friction_kind_to_proto(kind: FrictionKind) -> v1::FrictionKind {
    match kind {
        FrictionKind::Waiting => v1::FrictionKind::Waiting,
        FrictionKind::RepeatedContact => v1::FrictionKind::RepeatedContact,
        FrictionKind::Uncertainty => v1::FrictionKind::Uncertainty,
        FrictionKind::DeadEnd => v1::FrictionKind::DeadEnd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_as_it_was_sent() {
        let filter = v1::CommentFilter {
            channels: vec![v1::Channel::CallCentre.into()],
            sources: vec!["crm".to_owned()],
            journeys: vec!["generic".to_owned()],
            languages: vec!["de".to_owned()],
            survey_kinds: vec![v1::SurveyKind::Permanent.into()],
            subjects: vec!["p-1".to_owned()],
            time: Some(v1::TimeRange { from: Some(prost_types::Timestamp { seconds: 5, nanos: 6 }), until: None }),
            scores: vec![v1::ScoreRange { kind: v1::ScoreKind::Nps.into(), min: None, max: Some(6.0) }],
            sentiments: vec![v1::Polarity::Mixed.into()],
            actions: vec![v1::ActionKind::AnswerNeeded.into()],
            handovers: vec!["Vertrieb -> Kundendialog".to_owned()],
            given_touchpoints: vec!["delivery".to_owned()],
            mention: Some(v1::MentionFilter {
                touchpoints: vec!["hotline".to_owned()],
                owners: vec!["Service".to_owned()],
                phases: vec!["retention".to_owned()],
                topics: vec!["waiting".to_owned()],
                sentiments: vec![v1::Polarity::Negative.into()],
                frictions: vec![v1::FrictionKind::DeadEnd.into()],
            }),
        };
        let everything = Access::Everything;
        let read = filter_from_proto(Some(filter.clone()), &everything).expect("it is valid");
        assert_eq!(filter_to_proto(&read), filter);
        assert!(filter_from_proto(None, &everything).expect("it is valid").is_empty());
    }

    #[test]
    fn ranges_must_be_ranges() {
        let with_score = |kind: v1::ScoreKind, min, max| v1::CommentFilter {
            scores: vec![v1::ScoreRange { kind: kind.into(), min, max }],
            ..v1::CommentFilter::default()
        };
        let wrong = [
            with_score(v1::ScoreKind::Unspecified, Some(1.0), None),
            with_score(v1::ScoreKind::Nps, Some(f64::NAN), None),
            with_score(v1::ScoreKind::Nps, Some(2.0), Some(1.0)),
        ];
        for filter in wrong {
            assert!(filter_from_proto(Some(filter), &Access::Everything).is_err());
        }
    }
}
