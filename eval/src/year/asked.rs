//! What the service is asked about the stored year.

use klartext_proto::v1::measure::Place;
use klartext_proto::v1::{
    CommentFilter, CreateMeasureRequest, Difference, Estimate, GetGapsRequest, GetMeasureEffectRequest, JourneyChange,
    ListChangesRequest, Measure, MeasureFigure, TimeRange,
};
use prost_types::Timestamp;
use serde::Serialize;

use super::Found;
use super::plan::{Effect, JOURNEY, WEEKS};
use super::recipe::{FIRST_MONDAY, WEEK_SECONDS};
use crate::Result;
use crate::metrics::Interval;
use crate::service::Service;

/// Where the effect is that good scores hide, and what the measure is about.
const RATED_WELL: &str = "ordering";
const HELPED: &str = "repair-warranty";
const WEEKS_AROUND_MEASURE: u32 = 12;

/// What good scores at a touchpoint hide, before the next step fails and from then on.
#[derive(Debug, Clone, Serialize)]
pub struct GapReport {
    pub touchpoint: String,
    pub before: Option<HiddenComplaints>,
    pub since: Option<HiddenComplaints>,
}

#[derive(Debug, Clone, Serialize)]
pub struct HiddenComplaints {
    pub csat: Option<f64>,
    /// Of rated comments, those with a good score that complain about something else.
    pub share: f64,
    pub rated: u64,
    /// From 1, among the touchpoints that are rated well.
    pub rank: usize,
    /// The touchpoint that most of these complaints are about; empty where none is named.
    pub mostly_about: String,
}

/// What the service says that a measure has brought.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureReport {
    pub touchpoint: String,
    pub figures: Vec<FigureReport>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FigureReport {
    pub figure: String,
    pub before: f64,
    pub after: f64,
    /// Less what the other touchpoints did, with its 95 % interval.
    pub effect: f64,
    pub interval: Interval,
    pub p_value: f64,
}

/// What has changed in the first `weeks` weeks, and how many series were looked through.
pub fn changes(service: &Service, weeks: usize, significance: f64) -> Result<(Vec<Found>, usize)> {
    let request = ListChangesRequest {
        journey: JOURNEY.to_owned(),
        filter: Some(between(0, weeks)),
        significance,
        ..ListChangesRequest::default()
    };
    let response = service.changes(request)?;
    Ok((response.changes.iter().map(Found::from).collect(), response.tested as usize))
}

pub fn gap(service: &Service) -> Result<GapReport> {
    let begins = Effect::NextStepFails.week() - 1;
    let [before, since] = [(0, begins), (begins, WEEKS)].map(|(from, until)| hidden_complaints(service, from, until));
    Ok(GapReport { touchpoint: RATED_WELL.to_owned(), before: before?, since: since? })
}

fn hidden_complaints(service: &Service, from: usize, until: usize) -> Result<Option<HiddenComplaints>> {
    let request =
        GetGapsRequest { journey: JOURNEY.to_owned(), filter: Some(between(from, until)), ..GetGapsRequest::default() };
    let response = service.gaps(request)?;
    let place = response.gaps.iter().position(|gap| gap.touchpoint == RATED_WELL);
    Ok(place.map(|place| {
        let gap = &response.gaps[place];
        HiddenComplaints {
            csat: gap.csat.as_ref().map(|csat| csat.value),
            share: gap.hidden_share,
            rated: gap.rated_comments,
            rank: place + 1,
            mostly_about: gap.touchpoints.first().map(|part| part.value.clone()).unwrap_or_default(),
        }
    }))
}

/// Records the measure and asks for its effect.
pub fn measure(service: &Service) -> Result<MeasureReport> {
    let measure = Measure {
        journey: JOURNEY.to_owned(),
        title: "repairs are announced by a message".to_owned(),
        place: Some(Place::Touchpoint(HELPED.to_owned())),
        start: Some(monday(Effect::MeasureHelps.week() - 1)),
        ..Measure::default()
    };
    let request = CreateMeasureRequest { measure: Some(measure), by: "eval".to_owned(), request_id: String::new() };
    let measure_id = service.create_measure(request)?.measure_id;
    let request = GetMeasureEffectRequest {
        measure_id,
        weeks_before: WEEKS_AROUND_MEASURE,
        weeks_after: WEEKS_AROUND_MEASURE,
        ..GetMeasureEffectRequest::default()
    };
    let effect = service.measure_effect(request)?;
    let value = |estimate: &Option<Estimate>| estimate.map_or(0.0, |estimate| estimate.value);
    let figures = effect.figures.iter().filter_map(|figure| {
        let Difference { value: effect, low, high, p_value } = figure.effect?;
        Some(FigureReport {
            figure: name_of(figure.figure()),
            before: value(&figure.before),
            after: value(&figure.after),
            effect,
            interval: Interval { low, high },
            p_value,
        })
    });
    Ok(MeasureReport { touchpoint: HELPED.to_owned(), figures: figures.collect() })
}

fn name_of(figure: MeasureFigure) -> String {
    figure.as_str_name().trim_start_matches("MEASURE_FIGURE_").to_lowercase().replace('_', " ")
}

/// The beginning of a week, from 0.
fn monday(week: usize) -> Timestamp {
    Timestamp { seconds: FIRST_MONDAY + week as i64 * WEEK_SECONDS, nanos: 0 }
}

fn between(from: usize, until: usize) -> CommentFilter {
    let time = TimeRange { from: Some(monday(from)), until: Some(monday(until)) };
    CommentFilter { time: Some(time), ..CommentFilter::default() }
}

impl From<&JourneyChange> for Found {
    fn from(change: &JourneyChange) -> Self {
        let week = |time: &Option<Timestamp>| {
            let seconds = time.map_or(0, |time| time.seconds - FIRST_MONDAY);
            (seconds / WEEK_SECONDS) as usize + 1
        };
        let value = |estimate: &Option<Estimate>| estimate.map_or(0.0, |estimate| estimate.value);
        Self {
            dimension: change.dimension(),
            value: change.value.clone(),
            figure: change.figure(),
            since: week(&change.since),
            earliest: week(&change.since_earliest),
            latest: week(&change.since_latest),
            before: value(&change.before),
            after: value(&change.after),
            difference: value(&change.difference),
            p_value: change.p_value,
        }
    }
}
