//! What has changed, for protobuf.

use std::ops::RangeInclusive;

use klartext_models::changes::{ChangeOptions, Tally};
use klartext_models::friction::FrictionKind;
use klartext_proto::v1;

use super::journey::{dimension_from_proto, dimension_to_proto, estimate_to_proto};
use super::{filter_from_proto, time_to_proto};
use crate::access::Access;
use crate::changes::{ChangesRequest, Figure, JourneyChange, JourneyChanges, WeekOfChange};
use crate::error::{Error, Result};
use crate::figures::Dimension;

/// What a request without dimensions takes.
const DIMENSIONS: [Dimension; 7] = [
    Dimension::Touchpoint,
    Dimension::Owner,
    Dimension::Channel,
    Dimension::Topic,
    Dimension::Friction,
    Dimension::Handover,
    Dimension::GivenTouchpoint,
];
/// Above it a list would be mostly chance.
const MOST_SIGNIFICANCE: f64 = 0.2;

/// # Errors
/// A filter that names journeys or is invalid, enum numbers that this version does not know, and a significance out of range.
pub fn changes_request_from_proto(
    request: v1::ListChangesRequest,
    journey: &str,
    minimum_volume: u64,
) -> Result<ChangesRequest> {
    // Callers who are limited to some owners may not ask.
    let mut filter = filter_from_proto(request.filter, &Access::Everything)?;
    filter.check_names_no_journey()?;
    filter.journeys = vec![journey.to_owned()];
    Ok(ChangesRequest {
        dimensions: each_once(request.dimensions, &DIMENSIONS, dimension_from_proto)?,
        figures: each_once(request.figures, &Figure::ALL, figure_from_proto)?,
        filter,
        include_community: request.include_community,
        minimum_volume,
        significance: significance(request.significance)?,
    })
}

/// What is asked for, in its order; `all` when that is nothing.
fn each_once<T: Copy + PartialEq>(numbers: Vec<i32>, all: &[T], read: fn(i32) -> Result<T>) -> Result<Vec<T>> {
    let mut asked_for = Vec::new();
    for number in numbers {
        let value = read(number)?;
        if !asked_for.contains(&value) {
            asked_for.push(value);
        }
    }
    Ok(if asked_for.is_empty() { all.to_vec() } else { asked_for })
}

fn significance(asked_for: f64) -> Result<f64> {
    match asked_for {
        0.0 => Ok(ChangeOptions::default().significance),
        asked_for if 0.0 < asked_for && asked_for <= MOST_SIGNIFICANCE => Ok(asked_for),
        asked_for => {
            let reason = format!("significance {asked_for} is not between 0 and {MOST_SIGNIFICANCE}");
            Err(Error::FilterInvalid { reason })
        }
    }
}

fn figure_from_proto(number: i32) -> Result<Figure> {
    let found = Figure::ALL.into_iter().find(|figure| i32::from(figure_to_proto(*figure)) == number);
    found.ok_or(Error::EnumUnknown { field: "figures", number })
}

fn figure_to_proto(figure: Figure) -> v1::JourneyFigure {
    match figure {
        Figure::Volume => v1::JourneyFigure::Volume,
        Figure::NetSentiment => v1::JourneyFigure::NetSentiment,
        Figure::NegativeShare => v1::JourneyFigure::NegativeShare,
        Figure::Nps => v1::JourneyFigure::Nps,
        Figure::Csat => v1::JourneyFigure::Csat,
        Figure::Friction(FrictionKind::Waiting) => v1::JourneyFigure::Waiting,
        Figure::Friction(FrictionKind::RepeatedContact) => v1::JourneyFigure::RepeatedContact,
        Figure::Friction(FrictionKind::Uncertainty) => v1::JourneyFigure::Uncertainty,
        Figure::Friction(FrictionKind::DeadEnd) => v1::JourneyFigure::DeadEnd,
    }
}

/// Estimates that rest on fewer than `minimum_volume` are marked.
pub fn changes_to_proto(changes: &JourneyChanges, minimum_volume: u64) -> v1::ListChangesResponse {
    v1::ListChangesResponse {
        changes: changes.changes.iter().map(|change| change_to_proto(change, minimum_volume)).collect(),
        tested: changes.tested as u32,
        weeks: changes.weeks as u32,
    }
}

fn change_to_proto(change: &JourneyChange, minimum_volume: u64) -> v1::JourneyChange {
    let estimate = |sample| estimate_to_proto(sample, range_of(change.figure), minimum_volume);
    let (low, high) = change.interval;
    let count = change.after.count;
    v1::JourneyChange {
        dimension: dimension_to_proto(change.dimension).into(),
        value: change.value.clone(),
        name: change.described.name.clone(),
        owner: change.described.owner.clone(),
        phase: change.described.phase.clone(),
        figure: figure_to_proto(change.figure).into(),
        since: Some(time_to_proto(change.since)),
        since_earliest: Some(time_to_proto(change.earliest)),
        since_latest: Some(time_to_proto(change.latest)),
        before: Some(estimate(&change.before)),
        after: Some(estimate(&change.after)),
        difference: Some(v1::Estimate { value: change.difference, low, high, count, few: count < minimum_volume }),
        p_value: change.p_value,
        rest_before: change.rest.as_ref().map(|(before, _)| estimate(before)),
        rest_after: change.rest.as_ref().map(|(_, after)| estimate(after)),
        journey_moved: change.journey_moved,
        weeks: change.weeks.iter().map(week_to_proto).collect(),
    }
}

fn range_of(figure: Figure) -> RangeInclusive<f64> {
    match figure {
        Figure::Volume | Figure::NegativeShare | Figure::Friction(_) => 0.0..=1.0,
        Figure::NetSentiment | Figure::Nps => -100.0..=100.0,
        Figure::Csat => 1.0..=5.0,
    }
}

fn week_to_proto(week: &WeekOfChange) -> v1::WeekFigure {
    v1::WeekFigure {
        start: Some(time_to_proto(week.start)),
        value: week.own.mean(),
        rest: week.rest.as_ref().and_then(Tally::mean),
        count: week.own.count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_read_as_it_is_written() {
        for figure in Figure::ALL {
            assert_eq!(figure_from_proto(figure_to_proto(figure).into()).ok(), Some(figure));
        }
        assert!(figure_from_proto(0).is_err() && figure_from_proto(10).is_err());
    }

    #[test]
    fn what_is_asked_for_twice_is_looked_at_once() {
        let request = v1::ListChangesRequest { figures: vec![2, 4, 2], ..v1::ListChangesRequest::default() };
        let request = changes_request_from_proto(request, "generic", 30).expect("it is valid");
        assert_eq!(request.figures, [Figure::NetSentiment, Figure::Nps]);
        assert_eq!((request.dimensions.len(), request.significance), (7, 0.02));
    }
}
