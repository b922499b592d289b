//! The journey in figures: volume, sentiment, NPS, CSAT and friction by touchpoint, owner, channel, …, and over time.
//!
//! Counted by the store, exactly: scores are stored as integers beside their floats, so that how often each value occurs
//! tells mean and scatter. Nothing is read but counts, so memory does not grow with the comments.

mod dimension;

use futures::{StreamExt, TryStreamExt, stream};
use klartext_models::friction::FrictionKind;

pub use dimension::{Described, Dimension};

use crate::error::{Error, Result};
use crate::insights::{CommentFilter, SurveyKind};
use crate::journey::Journey;
use crate::period::{Period, Slice};
use crate::statistics::Sample;
use crate::store::{Condition, FieldValue, Filter, Kind, Store};

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

struct Counting<'a> {
    store: &'a dyn Store,
    request: &'a FiguresRequest,
    slices: &'a [Slice],
}

impl Counting<'_> {
    /// The values that occur.
    async fn values(&self) -> Result<Vec<String>> {
        let mentions = self.continuous(self.request.filter.for_mentions());
        let counted = self.store.count_by(Kind::Mentions, self.request.dimension.of_mentions(), mentions).await?;
        Ok(counted.into_iter().filter_map(|(value, _)| keyword(value)).collect())
    }

    async fn row(&self, journey: &Journey, value: String) -> Result<Row> {
        let dimension = self.request.dimension;
        let select = |filter: &CommentFilter| Selected {
            mentions: self.continuous(dimension.mentions(filter, &value)),
            comments: self.continuous(dimension.comments(filter, &value)),
        };
        let (figures, periods) = self.over_time(select).await?;
        Ok(Row { described: dimension.describe(journey, &value), value, figures, periods })
    }

    async fn total(&self) -> Result<Row> {
        let select = |filter: &CommentFilter| Selected {
            mentions: self.continuous(filter.for_mentions()),
            comments: self.continuous(filter.for_comments()),
        };
        let (figures, periods) = self.over_time(select).await?;
        Ok(Row { value: String::new(), described: Described::default(), figures, periods })
    }

    async fn over_time(&self, select: impl Fn(&CommentFilter) -> Selected) -> Result<(Figures, Vec<(Slice, Figures)>)> {
        let figures = select(&self.request.filter).figures(self.store).await?;
        let mut periods = Vec::with_capacity(self.slices.len());
        for slice in self.slices {
            let filter = CommentFilter { time: slice.time, ..self.request.filter.clone() };
            periods.push((*slice, select(&filter).figures(self.store).await?));
        }
        Ok((figures, periods))
    }

    /// Without community surveys, unless they are asked for.
    fn continuous(&self, mut filter: Filter) -> Filter {
        let asked_for =
            self.request.include_community || self.request.filter.survey_kinds.contains(&SurveyKind::Community);
        if !asked_for {
            filter.all.push(Condition::NoneOf { field: "survey_kind", values: vec!["community".to_owned()] });
        }
        filter
    }
}

/// What figures are made of.
struct Selected {
    mentions: Filter,
    comments: Filter,
}

impl Selected {
    async fn figures(self, store: &dyn Store) -> Result<Figures> {
        let Selected { mentions, comments } = self;
        let count = store.count(Kind::Mentions, mentions.clone()).await?;
        if count == 0 {
            return Ok(Figures::default());
        }
        let (sentiments, scores, frictions, comment_count, nps, csat) = tokio::try_join!(
            store.count_by(Kind::Mentions, "sentiment", mentions.clone()),
            store.count_by(Kind::Mentions, "score_hundredths", mentions.clone()),
            store.count_by(Kind::Mentions, "frictions", mentions),
            store.count(Kind::Comments, comments.clone()),
            store.count_by(Kind::Comments, "nps_hundredths", comments.clone()),
            store.count_by(Kind::Comments, "csat_hundredths", comments),
        )?;
        Ok(Figures {
            mentions: count,
            comments: comment_count,
            net_sentiment: Sample::of(&net_sentiments(sentiments)),
            sentiment: Sample::of(&of_hundredths(scores)),
            nps: Sample::of(&net_promoters(nps)),
            csat: Sample::of(&of_hundredths(csat)),
            frictions: friction_counts(frictions),
        })
    }
}

type Counted = Vec<(FieldValue, u64)>;

fn keyword(value: FieldValue) -> Option<String> {
    match value {
        FieldValue::Keyword(value) => Some(value),
        FieldValue::Integer(_) => None,
    }
}

fn net_sentiments(counted: Counted) -> Vec<(f64, u64)> {
    let keywords = counted.into_iter().filter_map(|(value, times)| Some((keyword(value)?, times)));
    let sign = |polarity: &str| match polarity {
        "positive" => 100.0,
        "negative" => -100.0,
        _ => 0.0,
    };
    keywords.map(|(polarity, times)| (sign(&polarity), times)).collect()
}

fn hundredths(counted: Counted) -> impl Iterator<Item = (i64, u64)> {
    counted.into_iter().filter_map(|(value, times)| match value {
        FieldValue::Integer(value) => Some((value, times)),
        FieldValue::Keyword(_) => None,
    })
}

fn of_hundredths(counted: Counted) -> Vec<(f64, u64)> {
    hundredths(counted).map(|(value, times)| (value as f64 / 100.0, times)).collect()
}

/// Promoters give 9 or 10, detractors 0 to 6 (Reichheld 2003).
fn net_promoters(counted: Counted) -> Vec<(f64, u64)> {
    let side = |value: i64| match value {
        900.. => 100.0,
        ..=600 => -100.0,
        _ => 0.0,
    };
    hundredths(counted).map(|(value, times)| (side(value), times)).collect()
}

fn friction_counts(counted: Counted) -> [u64; FrictionKind::ALL.len()] {
    let counted: Vec<(String, u64)> =
        counted.into_iter().filter_map(|(value, times)| Some((keyword(value)?, times))).collect();
    FrictionKind::ALL.map(|kind| {
        let found = counted.iter().find(|(value, _)| value == kind.name());
        found.map_or(0, |(_, times)| *times)
    })
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
