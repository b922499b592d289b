//! Asking the store for counts, and making figures of them.

use chrono::{DateTime, NaiveDate, Utc};
use klartext_models::friction::FrictionKind;

use super::{Described, Dimension, Figures, FiguresRequest, Row};
use crate::error::Result;
use crate::insights::by_day::{OnDay, score_of, sentiment_of};
use crate::insights::{CommentFilter, TimeRange, name_of_answered};
use crate::journey::Journey;
use crate::period::{Slice, midnight};
use crate::statistics::Sample;
use crate::store::{Condition, FieldValue, Filter, Kind, MOST_VALUES_COUNTED, Order, Store};

pub(super) struct Counting<'a> {
    pub store: &'a dyn Store,
    pub request: &'a FiguresRequest,
    pub slices: &'a [Slice],
}

impl Counting<'_> {
    pub async fn values(&self) -> Result<Vec<String>> {
        let FiguresRequest { dimension, filter, include_community, .. } = self.request;
        dimension.values(self.store, filter.continuous(filter.for_mentions(), *include_community)).await
    }

    pub async fn row(&self, journey: &Journey, value: String) -> Result<Row> {
        let FiguresRequest { dimension, filter, .. } = self.request;
        let (figures, periods) = self.over_time(Selected::of(*dimension, filter, vec![value.clone()])).await?;
        Ok(Row { described: dimension.describe(journey, &value), value, figures, periods })
    }

    pub async fn total(&self) -> Result<Row> {
        let (figures, periods) = self.over_time(Selected::all(&self.request.filter)).await?;
        Ok(Row { value: String::new(), described: Described::default(), figures, periods })
    }

    async fn over_time(&self, selected: Selected) -> Result<(Figures, Vec<(Slice, Figures)>)> {
        let FiguresRequest { filter, include_community, .. } = self.request;
        let selected = selected.continuous(filter, *include_community);
        let (counts, answers) =
            tokio::try_join!(selected.daily_counts(self.store), selected.daily_answers(self.store))?;
        let of_slice = |slice| figures(&counts.within(slice), &answers.within(slice));
        let periods = self.slices.iter().map(|slice| (*slice, of_slice(slice)));
        Ok((figures(&counts, &answers), periods.collect()))
    }
}

/// What figures are made of.
#[derive(Debug, Clone)]
pub struct Selected {
    pub mentions: Filter,
    pub comments: Filter,
}

impl Selected {
    /// All that a filter selects.
    pub fn all(filter: &CommentFilter) -> Self {
        Self { mentions: filter.for_mentions(), comments: filter.for_comments() }
    }

    /// Of these, what has one of these values.
    pub fn of(dimension: Dimension, filter: &CommentFilter, values: Vec<String>) -> Self {
        Self { mentions: dimension.mentions(filter, values.clone()), comments: dimension.comments(filter, values) }
    }

    /// Without the answers of community surveys, unless they are asked for. `filter` is the one that this was made from.
    pub fn continuous(self, filter: &CommentFilter, include_community: bool) -> Self {
        let continuous = |selected| filter.continuous(selected, include_community);
        Self { mentions: continuous(self.mentions), comments: continuous(self.comments) }
    }

    /// # Errors
    /// What the store says.
    pub async fn figures(&self, store: &dyn Store) -> Result<Figures> {
        let (counts, answers) = tokio::try_join!(self.daily_counts(store), self.daily_answers(store))?;
        Ok(figures(&counts, &answers))
    }

    /// # Errors
    /// What the store says.
    pub async fn daily_counts(&self, store: &dyn Store) -> Result<DailyCounts> {
        let (sentiments, frictions, comments, nps, csat) = tokio::try_join!(
            count_by_day(store, Kind::Mentions, "sentiment_by_day", self.mentions.clone(), MOST_VALUES_COUNTED),
            count_by_day(store, Kind::Mentions, "frictions_by_day", self.mentions.clone(), MOST_VALUES_COUNTED),
            count_by_day(store, Kind::Comments, "comments_by_day", self.comments.clone(), MOST_VALUES_COUNTED),
            count_by_day(store, Kind::Comments, "nps_by_day", self.comments.clone(), MOST_VALUES_COUNTED),
            count_by_day(store, Kind::Comments, "csat_by_day", self.comments.clone(), MOST_VALUES_COUNTED),
        )?;
        Ok(DailyCounts { sentiments, frictions, comments, nps, csat })
    }

    async fn daily_answers(&self, store: &dyn Store) -> Result<DailyAnswers> {
        let comments = |answered| {
            let mut comments = self.comments.clone();
            comments.all.push(Condition::is("answered", name_of_answered(answered)));
            count_by_day(store, Kind::Comments, "comments_by_day", comments, MOST_VALUES_COUNTED)
        };
        let (answered, unanswered) = tokio::try_join!(comments(true), comments(false))?;
        Ok(DailyAnswers { answered, unanswered })
    }
}

/// How often what occurs on a day.
pub type DayCount = (OnDay, u64);

/// How often each code occurs on each day, in order of days. As many different values as `most` may be fewer than there
/// are: then the time is halved.
async fn count_by_day(
    store: &dyn Store,
    kind: Kind,
    field: &'static str,
    filter: Filter,
    most: usize,
) -> Result<Vec<DayCount>> {
    let mut counted = Vec::new();
    let mut filters = vec![filter];
    while let Some(filter) = filters.pop() {
        let values = store.count_by(kind, field, filter.clone()).await?;
        if values.len() >= most
            && let Some(middle) = middle_day(store, kind, filter.clone()).await?
        {
            let middle = Some(midnight(middle));
            let halves =
                [TimeRange { from: None, until: middle }, TimeRange { from: middle, until: None }].map(|half| {
                    let mut filter = filter.clone();
                    filter.all.extend(half.condition("time"));
                    filter
                });
            filters.extend(halves);
            continue;
        }
        counted.extend(values.into_iter().filter_map(|(value, count)| match value {
            FieldValue::Integer(value) => Some((OnDay::unpacked(value)?, count)),
            FieldValue::Keyword(_) => None,
        }));
    }
    counted.sort_by_key(|(on_day, _)| on_day.day);
    Ok(counted)
}

/// A day before which, and from which on, there is some of what a filter selects; `None` when all of it is of one day, whose
/// values are never too many.
async fn middle_day(store: &dyn Store, kind: Kind, filter: Filter) -> Result<Option<NaiveDate>> {
    let (first, last) =
        tokio::try_join!(outermost_day(store, kind, filter.clone(), false), outermost_day(store, kind, filter, true))?;
    let Some((first, last)) = first.zip(last).filter(|(first, last)| first < last) else { return Ok(None) };
    Ok(Some(last - (last - first) / 2))
}

/// The day of the first, or the last, of them.
async fn outermost_day(store: &dyn Store, kind: Kind, filter: Filter, last: bool) -> Result<Option<NaiveDate>> {
    let order = Order { field: "time", descending: last };
    let found = store.scroll_by(kind, filter, order, 1, false).await?;
    let micros = found.first().and_then(|point| point.payload.get("time")?.as_i64());
    Ok(micros.and_then(DateTime::<Utc>::from_timestamp_micros).map(|time| time.date_naive()))
}

/// What customers say, day by day; each in order of days.
#[derive(Debug, Clone)]
pub struct DailyCounts<Of = Vec<DayCount>> {
    sentiments: Of,
    frictions: Of,
    comments: Of,
    nps: Of,
    csat: Of,
}

/// Comments whose customer was answered, and those whose customer waits, or waited in vain; likewise.
struct DailyAnswers<Of = Vec<DayCount>> {
    answered: Of,
    unanswered: Of,
}

impl DailyAnswers {
    fn within(&self, slice: &Slice) -> DailyAnswers<&[DayCount]> {
        DailyAnswers { answered: within(&self.answered, slice), unanswered: within(&self.unanswered, slice) }
    }
}

impl<Of: AsRef<[DayCount]>> DailyCounts<Of> {
    /// What of these belongs to a slice of the time.
    pub fn within(&self, slice: &Slice) -> DailyCounts<&[DayCount]> {
        DailyCounts {
            sentiments: within(self.sentiments.as_ref(), slice),
            frictions: within(self.frictions.as_ref(), slice),
            comments: within(self.comments.as_ref(), slice),
            nps: within(self.nps.as_ref(), slice),
            csat: within(self.csat.as_ref(), slice),
        }
    }

    pub fn mentions(&self) -> u64 {
        total(self.sentiments.as_ref())
    }

    pub fn comments(&self) -> u64 {
        total(self.comments.as_ref())
    }

    /// -1, 0 or 1 for a mention's polarity, and its score, -1 to 1; with how often they occur, as all below.
    pub fn sentiments(&self) -> impl Iterator<Item = ((f64, f64), u64)> + Clone {
        let counted = self.sentiments.as_ref().iter();
        counted.filter_map(|(on_day, count)| Some((sentiment_of(on_day.code)?, *count)))
    }

    /// What answers add to NPS: -100, 0 or 100.
    pub fn nps(&self) -> impl Iterator<Item = (f64, u64)> + Clone {
        scores(self.nps.as_ref()).map(|(score, count)| (net_promoter(score), count))
    }

    /// 1 to 5.
    pub fn csat(&self) -> impl Iterator<Item = (f64, u64)> + Clone {
        scores(self.csat.as_ref())
    }

    /// Mentions with each kind, in the order of the kinds.
    pub fn frictions(&self) -> [u64; FrictionKind::ALL.len()] {
        let mut mentions = [0; FrictionKind::ALL.len()];
        for (on_day, count) in self.frictions.as_ref() {
            if let Some(of_kind) = mentions.get_mut(usize::from(on_day.code)) {
                *of_kind += count;
            }
        }
        mentions
    }
}

fn figures<Of: AsRef<[DayCount]>>(counts: &DailyCounts<Of>, answers: &DailyAnswers<Of>) -> Figures {
    let sentiments = counts.sentiments();
    let answers = [(1.0, total(answers.answered.as_ref())), (0.0, total(answers.unanswered.as_ref()))];
    Figures {
        mentions: counts.mentions(),
        comments: counts.comments(),
        net_sentiment: Sample::of(sentiments.clone().map(|((sign, _), count)| (100.0 * sign, count))),
        sentiment: Sample::of(sentiments.map(|((_, score), count)| (score, count))),
        nps: Sample::of(counts.nps()),
        csat: Sample::of(counts.csat()),
        answered: Sample::of(answers.into_iter()),
        frictions: counts.frictions(),
    }
}

/// Slices begin with a day; where one is cut, nothing outside has been counted.
fn within<'a>(counted: &'a [DayCount], slice: &Slice) -> &'a [DayCount] {
    let begin = counted.partition_point(|(on_day, _)| midnight(on_day.day) < slice.start);
    let is_before_end = |day| slice.time.until.is_none_or(|until| midnight(day) < until);
    let end = counted.partition_point(|(on_day, _)| is_before_end(on_day.day));
    counted.get(begin..end).unwrap_or_default()
}

fn total(counted: &[DayCount]) -> u64 {
    counted.iter().map(|(_, count)| count).sum()
}

fn scores(counted: &[DayCount]) -> impl Iterator<Item = (f64, u64)> + Clone {
    counted.iter().map(|(on_day, count)| (score_of(on_day.code), *count))
}

/// What an answer of 0 to 10 adds to NPS: promoters give 9 or 10, detractors 0 to 6 (Reichheld 2003).
pub fn net_promoter(score: f64) -> f64 {
    match score {
        9.0.. => 100.0,
        ..=6.0 => -100.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::TENANT;
    use crate::store::edge::{EdgeOptions, EdgeStore};
    use crate::store::{Payload, Point, Write};

    /// A mention of neutral sentiment, `score` hundredths good, made so many hours after New Year.
    fn mention(id: u128, hour: i64, score: i64) -> Point {
        let time = DateTime::from_timestamp(1_767_225_600 + 3_600 * hour, 0).expect("it is a time");
        let on_day = OnDay::new(time, (2 * 256 + 100 + score) as u16);
        let mut payload = Payload::new();
        payload.insert("tenant".to_owned(), json!(TENANT));
        payload.insert("time".to_owned(), json!(time.timestamp_micros()));
        payload.insert("sentiment_by_day".to_owned(), json!(on_day.packed()));
        Point { id: Uuid::from_u128(id), vector: Some(vec![1.0, 0.0]), payload }
    }

    #[tokio::test]
    async fn more_values_than_the_store_tells_apart_are_counted_part_by_part() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = EdgeStore::open(folder.path(), EdgeOptions::new(2)).expect("it opens");
        // Ten days, on each of which five scores occur twice.
        let points = (0..100).map(|number| mention(number as u128 + 1, 24 * (number / 10) + number % 10, number % 5));
        let write = Write::Upsert { kind: Kind::Mentions, points: points.collect() };
        store.write(vec![write]).await.expect("it is written");
        let mut counted = Vec::new();
        for most in [MOST_VALUES_COUNTED, 5] {
            let all = CommentFilter::default().for_mentions();
            let counts = count_by_day(&store, Kind::Mentions, "sentiment_by_day", all, most).await;
            let mut counts = counts.expect("it counts");
            assert!(counts.is_sorted_by_key(|(on_day, _)| on_day.day));
            counts.sort_by_key(|(on_day, _)| on_day.packed());
            counted.push(counts);
        }
        assert_eq!(counted[0].len(), 50);
        assert!(counted[0].iter().all(|(_, count)| *count == 2));
        assert_eq!(counted[0], counted[1]);
        store.close().await.expect("it closes");
    }
}
