//! The journey in figures: volume, sentiment, NPS, CSAT and friction by touchpoint, owner, channel, …, and over time.
//!
//! Counted by the store, exactly: how often each score occurs on each day tells mean and scatter of every period. Nothing is
//! read but counts, so memory does not grow with the comments.

mod counting;
mod dimension;

use futures::{StreamExt, TryStreamExt, stream};
use klartext_models::friction::FrictionKind;

use counting::Counting;
pub use counting::{DailyCounts, DayCount, Selected, net_promoter};
pub use dimension::{Described, Dimension};

use crate::error::{Error, Result};
use crate::insights::CommentFilter;
use crate::journey::Journey;
use crate::period::{Period, Slice};
use crate::statistics::Sample;
use crate::store::Store;

/// Periods of one request: a year of days, and some more.
pub const MOST_PERIODS: usize = 400;
/// Rows whose counts are asked for at a time.
const AT_ONCE: usize = 4;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct FiguresRequest {
    pub dimension: Dimension,
    pub period: Option<Period>,
    /// Of one journey.
    pub filter: CommentFilter,
    /// Community surveys too, which do not belong into the continuous measure.
    pub include_community: bool,
}

#[derive(Debug, Clone)]
pub struct JourneyFigures {
    /// Most mentions first.
    pub rows: Vec<Row>,
    /// All that matches.
    pub total: Row,
}

#[derive(Debug, Clone)]
pub struct Row {
    /// Empty for the total.
    pub value: String,
    pub described: Described,
    /// Over the whole time.
    pub figures: Figures,
    /// The oldest first; none without a period.
    pub periods: Vec<(Slice, Figures)>,
}

/// A comment counts once, however many of its mentions belong here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    pub mentions: u64,
    pub comments: u64,
    /// -100, 0 and 100 of each mention.
    pub net_sentiment: Option<Sample>,
    /// -1 to 1, to a hundredth.
    pub sentiment: Option<Sample>,
    /// -100 of a detractor, 0, 100 of a promoter.
    pub nps: Option<Sample>,
    pub csat: Option<Sample>,
    /// 1 of a comment whose customer was answered, 0 of one whose customer waits, or waited in vain.
    pub answered: Option<Sample>,
    /// Mentions with each kind, in the order of the kinds.
    pub frictions: [u64; FrictionKind::ALL.len()],
}

/// # Errors
/// [`Error::FilterInvalid`] for a period without both ends of the time, or with too many periods in it.
pub async fn journey_figures(store: &dyn Store, journey: &Journey, request: &FiguresRequest) -> Result<JourneyFigures> {
    let slices = slices(request)?;
    let counting = Counting { store, request, slices: &slices };
    let mut values = request.dimension.known_values(journey);
    values.extend(counting.values().await?);
    let rows = stream::iter(values).map(|value| counting.row(journey, value)).buffer_unordered(AT_ONCE);
    let mut rows: Vec<Row> = rows.try_collect().await?;
    rows.sort_by(|left, right| {
        right.figures.mentions.cmp(&left.figures.mentions).then_with(|| left.value.cmp(&right.value))
    });
    Ok(JourneyFigures { rows, total: counting.total().await? })
}

fn slices(request: &FiguresRequest) -> Result<Vec<Slice>> {
    let Some(period) = request.period else { return Ok(Vec::new()) };
    let invalid = |reason: String| Error::FilterInvalid { reason };
    let (Some(from), Some(until)) = (request.filter.time.from, request.filter.time.until) else {
        return Err(invalid("a period needs a time with both ends".to_owned()));
    };
    let slices = period.slices(from, until, MOST_PERIODS);
    slices.ok_or_else(|| invalid(format!("the time has more than {MOST_PERIODS} periods")))
}

/// How a figure has changed from one period to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub difference: f64,
    pub p_value: f64,
}

/// `None` where one of them is missing.
pub fn change(before: Option<Sample>, now: Option<Sample>) -> Option<Change> {
    let (before, now) = before.zip(now)?;
    Some(Change { difference: now.mean - before.mean, p_value: now.difference_p_value(&before) })
}
