//! Measures and their effects for protobuf.

use klartext_models::friction::FrictionKind;
use klartext_proto::v1;
use klartext_proto::v1::measure::Place;
use uuid::Uuid;

use super::journey::{estimate_to_proto, figures_to_proto};
use super::{filter_from_proto, time_from_proto, time_to_proto, uuid_of};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::TimeRange;
use crate::measures::{
    EffectRequest, FigureEffect, Measure, MeasureContent, MeasureEffect, MeasureFigure, MeasurePlace, Signed,
};
use crate::statistics::{Difference, Sample};

/// # Errors
/// [`Error::FieldMissing`] without a place or a start, an id that is none, a malformed time.
pub fn measure_from_proto(measure: v1::Measure) -> Result<MeasureContent> {
    let place = match measure.place.ok_or(Error::FieldMissing { field: "measure.place" })? {
        Place::Touchpoint(touchpoint) => MeasurePlace::Touchpoint(touchpoint),
        Place::Handover(handover) => MeasurePlace::Handover { from: handover.from_owner, to: handover.to_owner },
        Place::PainPointId(id) => MeasurePlace::PainPoint(uuid_of("measure.pain_point_id", &id)?),
    };
    Ok(MeasureContent {
        title: measure.title,
        note: measure.note,
        place,
        done_by: measure.done_by,
        start: time_from_proto(measure.start.ok_or(Error::FieldMissing { field: "measure.start" })?)?,
        rolled_out: measure.rolled_out.map(time_from_proto).transpose()?,
    })
}

pub fn measure_to_proto(measure: &Measure) -> v1::Measure {
    let Measure { id, journey, content, created, updated, deleted } = measure;
    let place = match &content.place {
        MeasurePlace::Touchpoint(touchpoint) => Place::Touchpoint(touchpoint.clone()),
        MeasurePlace::Handover { from, to } => {
            Place::Handover(v1::MeasureHandover { from_owner: from.clone(), to_owner: to.clone() })
        }
        MeasurePlace::PainPoint(id) => Place::PainPointId(id.to_string()),
    };
    let by = |signed: &Option<Signed>| signed.as_ref().map(|signed| signed.by.clone()).unwrap_or_default();
    let at = |signed: &Option<Signed>| signed.as_ref().map(|signed| time_to_proto(signed.at));
    v1::Measure {
        measure_id: id.to_string(),
        journey: journey.clone(),
        title: content.title.clone(),
        note: content.note.clone(),
        place: Some(place),
        done_by: content.done_by.clone(),
        start: Some(time_to_proto(content.start)),
        rolled_out: content.rolled_out.map(time_to_proto),
        created_by: created.by.clone(),
        created_at: Some(time_to_proto(created.at)),
        updated_by: by(updated),
        updated_at: at(updated),
        deleted_by: by(deleted),
        deleted_at: at(deleted),
    }
}

/// # Errors
/// As of [`EffectRequest::checked`], an id that is none, and an invalid filter.
pub fn effect_request_from_proto(request: v1::GetMeasureEffectRequest) -> Result<EffectRequest> {
    let request = EffectRequest {
        id: uuid_of("measure_id", &request.measure_id)?,
        weeks_before: request.weeks_before,
        weeks_after: request.weeks_after,
        // Callers who are limited to some owners may not ask.
        filter: filter_from_proto(request.filter, &Access::Everything)?,
        include_community: request.include_community,
    };
    request.checked()
}

pub fn effect_to_proto(effect: &MeasureEffect, minimum_volume: u64) -> v1::MeasureEffect {
    let weeks = effect.weeks.iter().map(|week| v1::MeasureWeek {
        start: Some(time_to_proto(week.start)),
        place: Some(figures_to_proto(&week.place, minimum_volume)),
        comparison: Some(figures_to_proto(&week.comparison, minimum_volume)),
    });
    v1::MeasureEffect {
        measure: Some(measure_to_proto(&effect.measure)),
        before: Some(time_range_to_proto(effect.before)),
        after: Some(time_range_to_proto(effect.after)),
        figures: effect.figures.iter().map(|figure| figure_effect_to_proto(figure, minimum_volume)).collect(),
        weeks: weeks.collect(),
        overlapping: effect.overlapping.iter().map(Uuid::to_string).collect(),
    }
}

fn time_range_to_proto(time: TimeRange) -> v1::TimeRange {
    v1::TimeRange { from: time.from.map(time_to_proto), until: time.until.map(time_to_proto) }
}

fn figure_effect_to_proto(effect: &FigureEffect, minimum_volume: u64) -> v1::FigureEffect {
    let (figure, range) = match effect.figure {
        MeasureFigure::NetSentiment => (v1::MeasureFigure::NetSentiment, -100.0..=100.0),
        MeasureFigure::MeanSentiment => (v1::MeasureFigure::MeanSentiment, -1.0..=1.0),
        MeasureFigure::Nps => (v1::MeasureFigure::Nps, -100.0..=100.0),
        MeasureFigure::Csat => (v1::MeasureFigure::Csat, 1.0..=5.0),
        MeasureFigure::NegativeShare => (v1::MeasureFigure::NegativeShare, 0.0..=100.0),
        MeasureFigure::Friction(FrictionKind::Waiting) => (v1::MeasureFigure::Waiting, 0.0..=100.0),
        MeasureFigure::Friction(FrictionKind::RepeatedContact) => (v1::MeasureFigure::RepeatedContact, 0.0..=100.0),
        MeasureFigure::Friction(FrictionKind::Uncertainty) => (v1::MeasureFigure::Uncertainty, 0.0..=100.0),
        MeasureFigure::Friction(FrictionKind::DeadEnd) => (v1::MeasureFigure::DeadEnd, 0.0..=100.0),
    };
    let estimate =
        |sample: Option<Sample>| sample.map(|sample| estimate_to_proto(&sample, range.clone(), minimum_volume));
    v1::FigureEffect {
        figure: figure.into(),
        before: estimate(effect.before),
        after: estimate(effect.after),
        comparison_before: estimate(effect.comparison_before),
        comparison_after: estimate(effect.comparison_after),
        change: effect.change.map(difference_to_proto),
        comparison_change: effect.comparison_change.map(difference_to_proto),
        effect: effect.effect.map(difference_to_proto),
        trend_before: effect.trend_before.map(difference_to_proto),
        few: effect.is_few(minimum_volume),
    }
}

fn difference_to_proto(difference: Difference) -> v1::Difference {
    let Difference { value, low, high, p_value } = difference;
    v1::Difference { value, low, high, p_value }
}
