//! What matters, for protobuf.

use klartext_proto::v1;

use super::filter_from_proto;
use super::journey::estimate_to_proto;
use crate::access::Access;
use crate::drivers::{
    Driver, DriverKind, Drivers, DriversRequest, Influence, NEUTRAL_FULFILMENT, Outcome, Quadrant, RESAMPLES,
    SideInfluence,
};
use crate::error::{Error, Result};

const DEFAULT_SEED: u64 = 1;

/// # Errors
/// A filter that names journeys or is invalid, and enum numbers that this version does not know.
pub fn drivers_request_from_proto(
    request: v1::GetDriversRequest,
    journey: &str,
    minimum_volume: u64,
) -> Result<DriversRequest> {
    let number = request.outcome;
    let outcome = match v1::Outcome::try_from(number) {
        Ok(v1::Outcome::Unspecified | v1::Outcome::Nps) => Outcome::Nps,
        Ok(v1::Outcome::Csat) => Outcome::Csat,
        Err(_) => return Err(Error::EnumUnknown { field: "outcome", number }),
    };
    let asked_for: Vec<DriverKind> = request.kinds.into_iter().map(kind_from_proto).collect::<Result<_>>()?;
    let kinds = if asked_for.is_empty() { DriverKind::NAMED.to_vec() } else { asked_for };
    // Callers who are limited to some owners may not ask.
    let mut filter = filter_from_proto(request.filter, &Access::Everything)?;
    filter.check_names_no_journey()?;
    filter.journeys = vec![journey.to_owned()];
    let include_community = request.include_community;
    let seed = if request.seed == 0 { DEFAULT_SEED } else { request.seed };
    Ok(DriversRequest { outcome, kinds, filter, include_community, minimum_volume, seed })
}

/// What nothing explains is always there, and cannot be asked for.
fn kind_from_proto(number: i32) -> Result<DriverKind> {
    match v1::DriverKind::try_from(number) {
        Ok(v1::DriverKind::Touchpoint) => Ok(DriverKind::Touchpoint),
        Ok(v1::DriverKind::Topic) => Ok(DriverKind::Topic),
        Ok(v1::DriverKind::Friction) => Ok(DriverKind::Friction),
        Ok(v1::DriverKind::Handover) => Ok(DriverKind::Handover),
        Ok(v1::DriverKind::Unspecified | v1::DriverKind::Other) | Err(_) => {
            Err(Error::EnumUnknown { field: "kinds", number })
        }
    }
}

pub fn drivers_to_proto(drivers: &Drivers, minimum_volume: u64) -> v1::GetDriversResponse {
    let fit = &drivers.fit;
    v1::GetDriversResponse {
        drivers: drivers.drivers.iter().map(|driver| driver_to_proto(drivers, driver, minimum_volume)).collect(),
        fit: Some(v1::DriverFit {
            comments: fit.comments,
            mean: fit.mean,
            base: fit.base,
            r_squared: fit.r_squared,
            r_squared_seen: fit.r_squared_seen,
            penalty: fit.penalty,
            resamples: RESAMPLES as u32,
        }),
        importance_threshold: drivers.importance_threshold,
        fulfilment_threshold: NEUTRAL_FULFILMENT,
    }
}

fn driver_to_proto(drivers: &Drivers, driver: &Driver, minimum_volume: u64) -> v1::Driver {
    let kind = match driver.key.kind {
        DriverKind::Touchpoint => v1::DriverKind::Touchpoint,
        DriverKind::Topic => v1::DriverKind::Topic,
        DriverKind::Friction => v1::DriverKind::Friction,
        DriverKind::Handover => v1::DriverKind::Handover,
        DriverKind::Other => v1::DriverKind::Other,
    };
    let quadrant = match drivers.quadrant(driver) {
        Quadrant::Keep => v1::DriverQuadrant::Keep,
        Quadrant::Improve => v1::DriverQuadrant::Improve,
        Quadrant::Watch => v1::DriverQuadrant::Watch,
        Quadrant::Overdone => v1::DriverQuadrant::Overdone,
    };
    let (said, influences) = (&driver.said, &driver.influences);
    v1::Driver {
        kind: kind.into(),
        value: driver.key.value.clone(),
        name: driver.described.name.clone(),
        owner: driver.described.owner.clone(),
        phase: driver.described.phase.clone(),
        negative: Some(side_to_proto(&influences.negative, said.negative_comments)),
        positive: influences.positive.as_ref().map(|side| side_to_proto(side, said.positive_comments)),
        net: Some(influence_to_proto(influences.net)),
        importance: Some(influence_to_proto(influences.importance)),
        fulfilment: Some(estimate_to_proto(&said.net_sentiment, -100.0..=100.0, minimum_volume)),
        quadrant: quadrant.into(),
        comments: said.comments,
        few: driver.is_few,
    }
}

fn side_to_proto(side: &SideInfluence, comments: u64) -> v1::DriverSide {
    v1::DriverSide {
        comments,
        share: side.share,
        per_mention: Some(influence_to_proto(side.per_mention)),
        net: Some(influence_to_proto(side.net)),
    }
}

fn influence_to_proto(influence: Influence) -> v1::Influence {
    v1::Influence { value: influence.value, low: influence.low, high: influence.high }
}
