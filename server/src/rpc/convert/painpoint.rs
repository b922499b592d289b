//! Pain points and discoveries for protobuf, and requests about them.

use klartext_proto::v1;
use uuid::Uuid;

use super::filter::{friction_kind_from_proto, friction_kind_to_proto, time_range_from_proto};
use super::{
    DEFAULT_PAGE_SIZE, channel_from_proto, channel_to_proto, filter_from_proto, filter_to_proto, period_from_proto,
    polarity_to_proto, time_to_proto,
};
use crate::access::Access;
use crate::comments::page_size;
use crate::error::{Error, Result};
use crate::insights::{Assigners, PlacedMention, TimeRange};
use crate::operations::OperationState;
use crate::painpoints::{
    Contrast, Discovery, DiscoveryOrder, DiscoveryStep, Event, EventKind, Hiddenness, ListPage, Measures, OwnerPair,
    PainPointFilter, PainPointList, PainPointState, Part, ShownWithQuotes, SortPainPointsBy, TrendPoint, TrendTest,
};
use crate::period::Period;

pub fn discovery_order_from_proto(request: v1::DiscoverRequest, access: &Access) -> Result<DiscoveryOrder> {
    let v1::DiscoverRequest { journey, filter, request_id, seed } = request;
    Ok(DiscoveryOrder { journey, filter: filter_from_proto(filter, access)?, request_id, seed })
}

pub fn discovery_to_proto(discovery: &Discovery) -> v1::Discovery {
    let Discovery { head, counts, .. } = discovery;
    let state = match head.state {
        OperationState::Running => v1::DiscoveryState::Running,
        OperationState::Done => v1::DiscoveryState::Done,
        OperationState::Cancelled => v1::DiscoveryState::Cancelled,
        OperationState::Failed => v1::DiscoveryState::Failed,
    };
    let step = match discovery.step {
        DiscoveryStep::Reading => v1::DiscoveryStep::Reading,
        DiscoveryStep::Clustering => v1::DiscoveryStep::Clustering,
        DiscoveryStep::Describing => v1::DiscoveryStep::Describing,
        DiscoveryStep::Writing => v1::DiscoveryStep::Writing,
    };
    v1::Discovery {
        discovery_id: head.id.to_string(),
        state: state.into(),
        step: step.into(),
        journey: discovery.journey.clone(),
        filter: Some(filter_to_proto(&head.filter)),
        seed: discovery.seed,
        started_at: Some(time_to_proto(head.started_at())),
        ended_at: head.ended_at.map(time_to_proto),
        mentions_total: discovery.mentions_total,
        mentions_done: discovery.mentions_done,
        copies: counts.copies,
        weak_members: counts.weak_members,
        pain_points: counts.pain_points,
        born: counts.born,
        continued: counts.continued,
        ended: counts.ended,
        seconds: head.total_seconds,
        resumed: head.resumed,
        error: head.error.clone().unwrap_or_default(),
    }
}

pub fn pain_point_to_proto(shown: &ShownWithQuotes) -> v1::PainPoint {
    let ShownWithQuotes { pain_point, quotes } = shown;
    let key_terms = pain_point.key_terms.iter();
    v1::PainPoint {
        pain_point_id: pain_point.id.to_string(),
        journey: pain_point.journey.clone(),
        state: state_to_proto(pain_point.state).into(),
        name: pain_point.name().to_owned(),
        machine_name: pain_point.machine_name.clone(),
        named_by: pain_point.given_name.as_ref().map(|given| given.by.clone()).unwrap_or_default(),
        key_terms: key_terms.map(|term| v1::KeyTerm { term: term.term.clone(), weight: term.weight }).collect(),
        quotes: quotes.iter().map(mention_to_proto).collect(),
        measures: pain_point.measures.as_ref().map(measures_to_proto),
        born_at: Some(time_to_proto(pain_point.born_at)),
        merged_into: pain_point.merged_into.map(|id| id.to_string()).unwrap_or_default(),
        emerging: pain_point.measures.as_ref().is_some_and(|measures| measures.is_emerging),
    }
}

fn state_to_proto(state: PainPointState) -> v1::PainPointState {
    match state {
        PainPointState::Active => v1::PainPointState::Active,
        PainPointState::Dismissed => v1::PainPointState::Dismissed,
        PainPointState::Merged => v1::PainPointState::Merged,
        PainPointState::Resolved => v1::PainPointState::Resolved,
    }
}

fn state_from_proto(number: i32) -> Result<PainPointState> {
    match v1::PainPointState::try_from(number) {
        Ok(v1::PainPointState::Active) => Ok(PainPointState::Active),
        Ok(v1::PainPointState::Dismissed) => Ok(PainPointState::Dismissed),
        Ok(v1::PainPointState::Merged) => Ok(PainPointState::Merged),
        Ok(v1::PainPointState::Resolved) => Ok(PainPointState::Resolved),
        Ok(v1::PainPointState::Unspecified) | Err(_) => Err(Error::EnumUnknown { field: "filter.states", number }),
    }
}

pub fn mention_to_proto(mention: &PlacedMention) -> v1::PainPointMention {
    v1::PainPointMention {
        comment_id: mention.comment_id.to_string(),
        index: mention.index as u32,
        text: mention.text.clone(),
        channel: channel_to_proto(mention.channel).into(),
        time: Some(time_to_proto(mention.time())),
        membership: mention.place.as_ref().map_or(0.0, |place| place.membership),
        copies: mention.place.as_ref().map_or(1, |place| place.copies),
    }
}

fn measures_to_proto(measures: &Measures) -> v1::PainPointMeasures {
    let channels = measures.channels.iter();
    let frictions = measures.frictions.iter();
    v1::PainPointMeasures {
        measured_at: Some(time_to_proto(measures.measured_at)),
        mentions: measures.mentions,
        comments: measures.comments,
        weak_members: measures.weak_members,
        share: measures.share,
        first_seen: measures.first_seen.map(time_to_proto),
        last_seen: measures.last_seen.map(time_to_proto),
        trend: Some(trend_test_to_proto(measures.trend)),
        channels: channels.map(|part| part_to_proto(part, channel_to_proto(part.value).as_str_name())).collect(),
        touchpoints: parts_to_proto(&measures.touchpoints),
        owners: parts_to_proto(&measures.owners),
        topics: parts_to_proto(&measures.topics),
        frictions: frictions
            .map(|part| {
                let kind = part.value.map(|kind| friction_kind_to_proto(kind).as_str_name());
                part_to_proto(part, kind.unwrap_or_default())
            })
            .collect(),
        sentiment: measures.sentiment,
        handover: measures.handover.as_ref().map(handover_to_proto),
        contrasts: measures.contrasts.iter().map(contrast_to_proto).collect(),
        hiddenness: Some(hiddenness_to_proto(measures.hiddenness)),
        severity: measures.severity,
    }
}

fn parts_to_proto(parts: &[Part<Option<String>>]) -> Vec<v1::Part> {
    parts.iter().map(|part| part_to_proto(part, part.value.as_deref().unwrap_or_default())).collect()
}

fn part_to_proto<T>(part: &Part<T>, value: &str) -> v1::Part {
    v1::Part { value: value.to_owned(), mentions: part.mentions, share: part.share }
}

fn trend_test_to_proto(test: TrendTest) -> v1::TrendTest {
    v1::TrendTest { slope: test.slope, p_value: test.p_value, weeks: test.weeks }
}

fn handover_to_proto(pair: &OwnerPair) -> v1::PainPointHandover {
    v1::PainPointHandover { from_owner: pair.from.clone(), to_owner: pair.to.clone(), share: pair.share }
}

fn contrast_to_proto(contrast: &Contrast) -> v1::Contrast {
    v1::Contrast {
        figure: contrast.figure.clone(),
        comments: contrast.comments,
        mean: contrast.mean,
        other_comments: contrast.other_comments,
        other_mean: contrast.other_mean,
        low: contrast.low,
        high: contrast.high,
    }
}

fn hiddenness_to_proto(hiddenness: Hiddenness) -> v1::Hiddenness {
    v1::Hiddenness {
        score: hiddenness.score(),
        unexplained: hiddenness.unexplained,
        spread: hiddenness.spread,
        masked: hiddenness.masked,
    }
}

pub fn pain_point_list_from_proto(request: v1::ListPainPointsRequest, max_page_size: usize) -> Result<PainPointList> {
    let number = request.sort_by;
    let sort_by = match v1::SortPainPointsBy::try_from(number) {
        Ok(v1::SortPainPointsBy::Unspecified | v1::SortPainPointsBy::Severity) => SortPainPointsBy::Severity,
        Ok(v1::SortPainPointsBy::Mentions) => SortPainPointsBy::Mentions,
        Ok(v1::SortPainPointsBy::Hiddenness) => SortPainPointsBy::Hiddenness,
        Ok(v1::SortPainPointsBy::Trend) => SortPainPointsBy::Trend,
        Ok(v1::SortPainPointsBy::LastSeen) => SortPainPointsBy::LastSeen,
        Ok(v1::SortPainPointsBy::Born) => SortPainPointsBy::Born,
        Err(_) => return Err(Error::EnumUnknown { field: "sort_by", number }),
    };
    Ok(PainPointList {
        filter: pain_point_filter_from_proto(request.filter.unwrap_or_default())?,
        sort_by,
        ascending: request.ascending,
        page_size: page_size(request.page_size as usize, DEFAULT_PAGE_SIZE, max_page_size)?,
        page_token: request.page_token,
    })
}

fn pain_point_filter_from_proto(filter: v1::PainPointFilter) -> Result<PainPointFilter> {
    Ok(PainPointFilter {
        journey: filter.journey,
        states: filter.states.into_iter().map(state_from_proto).collect::<Result<_>>()?,
        channels: filter.channels.into_iter().map(channel_from_proto).collect::<Result<_>>()?,
        touchpoints: filter.touchpoints,
        owners: filter.owners,
        frictions: filter.frictions.into_iter().map(friction_kind_from_proto).collect::<Result<_>>()?,
        text: filter.text,
        min_severity: finite("filter.min_severity", filter.min_severity)?,
        min_hiddenness: finite("filter.min_hiddenness", filter.min_hiddenness)?,
        min_mentions: filter.min_mentions,
        only_emerging: filter.only_emerging,
    })
}

fn finite(field: &str, number: Option<f64>) -> Result<Option<f64>> {
    match number.filter(|number| !number.is_finite()) {
        Some(value) => {
            Err(Error::NumberInvalid { field: field.to_owned(), value, expected: "a finite number".to_owned() })
        }
        None => Ok(number),
    }
}

pub fn pain_points_to_proto(page: &ListPage<ShownWithQuotes>) -> v1::ListPainPointsResponse {
    v1::ListPainPointsResponse {
        pain_points: page.items.iter().map(pain_point_to_proto).collect(),
        next_page_token: page.next_page_token.clone(),
        total: page.total,
    }
}

pub fn pain_point_mentions_to_proto(page: &ListPage<PlacedMention>) -> v1::ListPainPointMentionsResponse {
    v1::ListPainPointMentionsResponse {
        mentions: page.items.iter().map(mention_to_proto).collect(),
        next_page_token: page.next_page_token.clone(),
        total: page.total,
    }
}

pub fn trend_from_proto(request: &v1::PainPointTrendRequest) -> Result<(Period, TimeRange)> {
    let period = period_from_proto(request.period)?.unwrap_or(Period::Week);
    Ok((period, request.time.map_or(Ok(TimeRange::default()), time_range_from_proto)?))
}

pub fn trend_to_proto(points: &[TrendPoint]) -> v1::PainPointTrendResponse {
    let point = |point: &TrendPoint| v1::TrendPoint {
        start: Some(time_to_proto(point.start)),
        mentions: point.counts.mentions,
        all_mentions: point.counts.all,
        share: point.share,
        low: point.low,
        high: point.high,
    };
    v1::PainPointTrendResponse { points: points.iter().map(point).collect() }
}

pub fn map_to_proto(mentions: &[PlacedMention], pain_points: &Assigners) -> v1::PainPointMapResponse {
    let points = mentions.iter().filter_map(|mention| {
        let place = mention.place.as_ref()?;
        let [x, y] = place.map;
        let shown = place.pain_point.and_then(|owner| pain_points.shown(owner));
        Some(v1::MapPoint {
            comment_id: mention.comment_id.to_string(),
            index: mention.index as u32,
            x,
            y,
            pain_point_id: shown.map(|shown| shown.id.to_string()).unwrap_or_default(),
            membership: place.membership as f32,
            channel: channel_to_proto(mention.channel).into(),
            sentiment: mention.sentiment.map_or(v1::Polarity::Unspecified, polarity_to_proto).into(),
            touchpoint: mention.touchpoint.clone().unwrap_or_default(),
            time: Some(time_to_proto(mention.time())),
        })
    });
    v1::PainPointMapResponse { points: points.collect() }
}

pub fn similar_to_proto(similar: &[(ShownWithQuotes, f32)]) -> v1::SimilarPainPointsResponse {
    let pain_points = similar.iter().map(|(shown, similarity)| v1::SimilarPainPoint {
        pain_point: Some(pain_point_to_proto(shown)),
        similarity: f64::from(*similarity),
    });
    v1::SimilarPainPointsResponse { pain_points: pain_points.collect() }
}

/// `resume_token` is empty in a list.
pub fn event_to_proto(event: &Event, resume_token: String) -> v1::PainPointEvent {
    let kind = match event.kind {
        EventKind::Born => v1::PainPointEventKind::Born,
        EventKind::Divided => v1::PainPointEventKind::Divided,
        EventKind::Joined => v1::PainPointEventKind::Joined,
        EventKind::Resolved => v1::PainPointEventKind::Resolved,
        EventKind::CameAgain => v1::PainPointEventKind::CameAgain,
        EventKind::Growing => v1::PainPointEventKind::Growing,
        EventKind::Renamed => v1::PainPointEventKind::Renamed,
        EventKind::Merged => v1::PainPointEventKind::Merged,
        EventKind::Split => v1::PainPointEventKind::Split,
        EventKind::Dismissed => v1::PainPointEventKind::Dismissed,
        EventKind::Restored => v1::PainPointEventKind::Restored,
        EventKind::Undone => v1::PainPointEventKind::Undone,
    };
    v1::PainPointEvent {
        event_id: event.id.to_string(),
        kind: kind.into(),
        pain_point_id: event.pain_point.to_string(),
        journey: event.journey.clone(),
        name: event.name.clone(),
        time: Some(time_to_proto(event.time())),
        by: event.by.clone(),
        others: event.others.iter().map(Uuid::to_string).collect(),
        mentions: event.mentions,
        resume_token,
    }
}
