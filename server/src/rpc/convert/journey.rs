//! The journey's figures for protobuf.

use std::ops::RangeInclusive;

use klartext_models::friction::FrictionKind;
use klartext_proto::v1;

use super::filter::friction_kind_to_proto;
use super::{filter_from_proto, period_from_proto, time_to_proto};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::figures::{Change, Dimension, Figures, FiguresRequest, JourneyFigures, Row, change};
use crate::statistics::Sample;

/// # Errors
/// A filter that names journeys or is invalid, and enum numbers that this version does not know.
pub fn figures_request_from_proto(
    request: v1::GetJourneyInsightsRequest,
    journey: &str,
    access: &Access,
) -> Result<FiguresRequest> {
    let dimension = dimension_from_proto(request.dimension)?;
    let period = period_from_proto(request.period)?;
    let mut filter = filter_from_proto(request.filter, access)?;
    filter.check_names_no_journey()?;
    filter.journeys = vec![journey.to_owned()];
    Ok(FiguresRequest { dimension, period, filter, include_community: request.include_community })
}

pub(super) fn dimension_from_proto(number: i32) -> Result<Dimension> {
    use v1::JourneyDimension as Proto;
    match Proto::try_from(number) {
        Ok(Proto::Unspecified | Proto::Touchpoint) => Ok(Dimension::Touchpoint),
        Ok(Proto::Phase) => Ok(Dimension::Phase),
        Ok(Proto::Owner) => Ok(Dimension::Owner),
        Ok(Proto::Channel) => Ok(Dimension::Channel),
        Ok(Proto::Topic) => Ok(Dimension::Topic),
        Ok(Proto::Friction) => Ok(Dimension::Friction),
        Ok(Proto::SurveyKind) => Ok(Dimension::SurveyKind),
        Ok(Proto::Handover) => Ok(Dimension::Handover),
        Ok(Proto::GivenTouchpoint) => Ok(Dimension::GivenTouchpoint),
        Err(_) => Err(Error::EnumUnknown { field: "dimension", number }),
    }
}

pub(super) fn dimension_to_proto(dimension: Dimension) -> v1::JourneyDimension {
    match dimension {
        Dimension::Touchpoint => v1::JourneyDimension::Touchpoint,
        Dimension::Phase => v1::JourneyDimension::Phase,
        Dimension::Owner => v1::JourneyDimension::Owner,
        Dimension::Channel => v1::JourneyDimension::Channel,
        Dimension::Topic => v1::JourneyDimension::Topic,
        Dimension::Friction => v1::JourneyDimension::Friction,
        Dimension::SurveyKind => v1::JourneyDimension::SurveyKind,
        Dimension::Handover => v1::JourneyDimension::Handover,
        Dimension::GivenTouchpoint => v1::JourneyDimension::GivenTouchpoint,
    }
}

/// Estimates that rest on fewer than `minimum_volume` are marked.
pub fn journey_figures_to_proto(figures: &JourneyFigures, minimum_volume: u64) -> v1::GetJourneyInsightsResponse {
    v1::GetJourneyInsightsResponse {
        rows: figures.rows.iter().map(|row| row_to_proto(row, minimum_volume)).collect(),
        total: Some(row_to_proto(&figures.total, minimum_volume)),
    }
}

fn row_to_proto(row: &Row, minimum_volume: u64) -> v1::JourneyRow {
    let mut before = None;
    let periods = row.periods.iter().map(|(slice, figures)| v1::PeriodFigures {
        start: Some(time_to_proto(slice.start)),
        figures: Some(figures_to_proto(figures, minimum_volume)),
        cut: slice.is_cut,
        change: before.replace(figures).map(|before| changes_to_proto(before, figures)),
    });
    v1::JourneyRow {
        value: row.value.clone(),
        name: row.described.name.clone(),
        owner: row.described.owner.clone(),
        phase: row.described.phase.clone(),
        periods: periods.collect(),
        figures: Some(figures_to_proto(&row.figures, minimum_volume)),
    }
}

pub(super) fn figures_to_proto(figures: &Figures, minimum_volume: u64) -> v1::Figures {
    let estimate = |sample: Option<Sample>, lowest: f64, highest: f64| {
        sample.map(|sample| estimate_to_proto(&sample, lowest..=highest, minimum_volume))
    };
    let frictions = FrictionKind::ALL.iter().zip(figures.frictions).map(|(kind, mentions)| v1::FrictionRate {
        kind: friction_kind_to_proto(*kind).into(),
        mentions,
        share: if figures.mentions == 0 { 0.0 } else { mentions as f64 / figures.mentions as f64 },
    });
    v1::Figures {
        mentions: figures.mentions,
        comments: figures.comments,
        net_sentiment: estimate(figures.net_sentiment, -100.0, 100.0),
        mean_sentiment: estimate(figures.sentiment, -1.0, 1.0),
        nps: estimate(figures.nps, -100.0, 100.0),
        csat: estimate(figures.csat, 1.0, 5.0),
        frictions: frictions.collect(),
        share_answered: estimate(figures.answered, 0.0, 1.0),
    }
}

/// Within the figure's range, which the interval of a few answers may leave.
pub(super) fn estimate_to_proto(sample: &Sample, range: RangeInclusive<f64>, minimum_volume: u64) -> v1::Estimate {
    let (low, high) = sample.interval();
    let (low, high) = (low.max(*range.start()), high.min(*range.end()));
    v1::Estimate { value: sample.mean, low, high, count: sample.count, few: sample.count < minimum_volume }
}

fn changes_to_proto(before: &Figures, now: &Figures) -> v1::PeriodChange {
    let change_to_proto = |change: Change| v1::Change { difference: change.difference, p_value: change.p_value };
    v1::PeriodChange {
        net_sentiment: change(before.net_sentiment, now.net_sentiment).map(change_to_proto),
        nps: change(before.nps, now.nps).map(change_to_proto),
        csat: change(before.csat, now.csat).map(change_to_proto),
    }
}
