//! Which figures of the journey are others since some week: counted by the store day by day, judged by
//! [`klartext_models::changes`].

mod counting;
mod figure;

use chrono::{DateTime, Utc};
use klartext_models::changes::{ChangeOptions, ChangePoint, Changes, Series, Tally, find_changes};

pub use figure::Figure;

use crate::error::{Error, Result};
use crate::figures::{Described, Dimension};
use crate::insights::{CommentFilter, MentionFilter, TimeRange};
use crate::journey::Journey;
use crate::period::{Period, Slice};
use crate::statistics::{Sample, margin};
use crate::store::Store;
use counting::Counting;

/// Whole weeks of a request.
const LEAST_WEEKS: usize = 12;
const MOST_WEEKS: usize = 120;
/// The rest has moved when a difference like its would come by chance in fewer cases than this.
const REST_SIGNIFICANCE: f64 = 0.05;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ChangesRequest {
    /// Each once.
    pub dimensions: Vec<Dimension>,
    /// Each once.
    pub figures: Vec<Figure>,
    /// Of one journey.
    pub filter: CommentFilter,
    pub include_community: bool,
    /// Values before and after a change.
    pub minimum_volume: u64,
    /// Largest p-value of a change, over all that is looked at.
    pub significance: f64,
}

#[derive(Debug, Clone)]
pub struct JourneyChanges {
    /// The clearest first.
    pub changes: Vec<JourneyChange>,
    /// Series that were looked through.
    pub tested: usize,
    /// Weeks that were counted.
    pub weeks: usize,
}

/// A figure that is another since some week.
#[derive(Debug, Clone)]
pub struct JourneyChange {
    pub dimension: Dimension,
    pub value: String,
    pub described: Described,
    pub figure: Figure,
    /// The first day of the first week that is another, and of the first and last that may be it.
    pub since: DateTime<Utc>,
    pub earliest: DateTime<Utc>,
    pub latest: DateTime<Utc>,
    /// From the change before to the next.
    pub before: Sample,
    pub after: Sample,
    /// After less before beyond what the rest explains, with its 95 % interval.
    pub difference: f64,
    pub interval: (f64, f64),
    pub p_value: f64,
    /// The rest before and after; `None` for a figure that has none.
    pub rest: Option<(Sample, Sample)>,
    /// The rest has moved the same way.
    pub journey_moved: bool,
    pub weeks: Vec<WeekOfChange>,
}

#[derive(Debug, Clone, Copy)]
pub struct WeekOfChange {
    pub start: DateTime<Utc>,
    pub own: Tally,
    pub rest: Option<Tally>,
}

/// # Errors
/// [`Error::FilterInvalid`] for conditions on mentions, and for a time with an open end, with too few or too many whole weeks.
pub async fn journey_changes(store: &dyn Store, journey: &Journey, request: &ChangesRequest) -> Result<JourneyChanges> {
    let weeks = whole_weeks(&request.filter)?;
    if request.filter.mention != MentionFilter::default() {
        return Err(Error::FilterInvalid { reason: "changes are looked for in all mentions".to_owned() });
    }
    let counting = Counting {
        store,
        filter: &CommentFilter { time: time_of(&weeks), ..request.filter.clone() },
        include_community: request.include_community,
        dimensions: &request.dimensions,
        figures: &request.figures,
        weeks: &weeks,
    };
    let (subjects, series): (Vec<Subject>, Vec<Series>) = counting.series().await?.into_iter().unzip();
    let options = ChangeOptions {
        minimum: request.minimum_volume,
        significance: request.significance,
        ..ChangeOptions::default()
    };
    let finding = tokio::task::spawn_blocking(move || (find_changes(&series, &options), series));
    let (Changes { found, tested }, series) =
        finding.await.map_err(|error| Error::Internal(format!("changes could not be looked for: {error}")))?;
    let changes = found
        .iter()
        .map(|found| JourneyChange::new(&subjects[found.series], journey, found, &series[found.series], &weeks));
    Ok(JourneyChanges { changes: changes.collect(), tested, weeks: weeks.len() })
}

fn whole_weeks(filter: &CommentFilter) -> Result<Vec<Slice>> {
    let invalid = |reason: String| Error::FilterInvalid { reason };
    let (Some(from), Some(until)) = (filter.time.from, filter.time.until) else {
        return Err(invalid("changes need a time with both ends".to_owned()));
    };
    // Two more, that are cut.
    let weeks = Period::Week.slices(from, until, MOST_WEEKS + 2).unwrap_or_default();
    let whole: Vec<Slice> = weeks.into_iter().filter(|week| !week.is_cut).collect();
    if (LEAST_WEEKS..=MOST_WEEKS).contains(&whole.len()) {
        return Ok(whole);
    }
    Err(invalid(format!("changes need a time of {LEAST_WEEKS} to {MOST_WEEKS} whole weeks, from Monday in UTC")))
}

fn time_of(weeks: &[Slice]) -> TimeRange {
    let from = weeks.first().and_then(|week| week.time.from);
    TimeRange { from, until: weeks.last().and_then(|week| week.time.until) }
}

/// What a series is of.
struct Subject {
    dimension: Dimension,
    value: String,
    figure: Figure,
}

impl JourneyChange {
    fn new(subject: &Subject, journey: &Journey, found: &ChangePoint, series: &Series, weeks: &[Slice]) -> Self {
        let Subject { dimension, value, figure } = subject;
        let (before, after) = (found.weeks.start..found.since, found.since..found.weeks.end);
        // Of a share of all comments there is none: what it moves with is another figure.
        let of_rest = series.rest.as_ref().filter(|_| figure.has_rest());
        let rest = of_rest.map(|rest| (&rest[before.clone()], &rest[after.clone()]));
        let margin = margin(found.error.powi(2), found.degrees);
        Self {
            dimension: *dimension,
            value: value.clone(),
            described: dimension.describe(journey, value),
            figure: *figure,
            since: weeks[found.since].start,
            earliest: weeks[found.earliest].start,
            latest: weeks[found.latest].start,
            before: sample_of(&series.own[before]),
            after: sample_of(&series.own[after]),
            difference: found.difference,
            interval: (found.difference - margin, found.difference + margin),
            p_value: found.p_value,
            rest: rest
                .map(|(before, after)| (sample_of(before), sample_of(after)))
                .filter(|(before, after)| before.count > 0 && after.count > 0),
            journey_moved: rest.is_some_and(|(before, after)| has_moved(before, after, found.difference)),
            weeks: weeks_of(&series.own, of_rest, weeks),
        }
    }
}

fn sample_of(weeks: &[Tally]) -> Sample {
    let all = Tally::all(weeks);
    Sample { count: all.count, mean: all.mean().unwrap_or_default(), squares: all.deviations() }
}

/// Whether weekly means are others, in the direction of `difference`: weeks, not values, scatter with a season.
fn has_moved(before: &[Tally], after: &[Tally], difference: f64) -> bool {
    let weekly = |weeks: &[Tally]| {
        let mut sample = Sample::default();
        weeks.iter().filter_map(Tally::mean).for_each(|mean| sample.add(mean));
        sample
    };
    let (before, after) = (weekly(before), weekly(after));
    let is_same_way = (after.mean - before.mean) * difference > 0.0;
    is_same_way && after.difference_p_value(&before) < REST_SIGNIFICANCE
}

fn weeks_of(own: &[Tally], rest: Option<&Vec<Tally>>, weeks: &[Slice]) -> Vec<WeekOfChange> {
    let numbered = weeks.iter().zip(own).enumerate();
    let week = |(number, (slice, own)): (usize, (&Slice, &Tally))| WeekOfChange {
        start: slice.start,
        own: *own,
        rest: rest.map(|rest| rest[number]),
    };
    numbered.map(week).collect()
}
