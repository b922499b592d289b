//! Before and after a measure, against what it did not touch: difference in differences.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use klartext_models::clusters::WEAK_BELOW;
use klartext_models::friction::FrictionKind;
use uuid::Uuid;

use super::{Measure, MeasureFilter, MeasurePlace, MeasureRegister};
use crate::error::{Error, Result};
use crate::figures::{Dimension, Figures, Selected};
use crate::insights::{CommentFilter, PlacedMention, TimeRange};
use crate::journey::Journey;
use crate::statistics::{Difference, Sample, weighted_sum};
use crate::store::paging::each_point;
use crate::store::{Bounds, Condition, Filter, Kind, Point};

/// Weeks on each side of a measure.
pub const MOST_WEEKS: u32 = 52;
/// Fewer weeks say nothing about a trend.
const LEAST_TREND_WEEKS: usize = 3;
/// Weeks whose counts are asked for at a time.
const AT_ONCE: usize = 4;
/// Mentions of a pain point that are read at once, and measures.
const PAGE: usize = 1_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct EffectRequest {
    pub id: Uuid,
    /// 1 to [`MOST_WEEKS`]; likewise the next.
    pub weeks_before: u32,
    pub weeks_after: u32,
    /// Names neither journeys nor a time.
    pub filter: CommentFilter,
    /// Community surveys too, which do not belong into the continuous measure.
    pub include_community: bool,
}

#[derive(Debug, Clone)]
pub struct MeasureEffect {
    pub measure: Measure,
    pub before: TimeRange,
    pub after: TimeRange,
    /// In the order of [`MeasureFigure::ALL`].
    pub figures: Vec<FigureEffect>,
    /// The oldest first, before and after.
    pub weeks: Vec<Week>,
    /// Other measures on the same place that begin in this time.
    pub overlapping: Vec<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureFigure {
    NetSentiment,
    MeanSentiment,
    Nps,
    Csat,
    /// Of the journey's negative mentions, those of the place, in per cent.
    NegativeShare,
    /// Per cent of the mentions.
    Friction(FrictionKind),
}

impl MeasureFigure {
    pub const ALL: [MeasureFigure; 9] = [
        MeasureFigure::NetSentiment,
        MeasureFigure::MeanSentiment,
        MeasureFigure::Nps,
        MeasureFigure::Csat,
        MeasureFigure::NegativeShare,
        MeasureFigure::Friction(FrictionKind::Waiting),
        MeasureFigure::Friction(FrictionKind::RepeatedContact),
        MeasureFigure::Friction(FrictionKind::Uncertainty),
        MeasureFigure::Friction(FrictionKind::DeadEnd),
    ];
}

/// `None` where there is nothing to make it from.
#[derive(Debug, Clone, Copy)]
pub struct FigureEffect {
    pub figure: MeasureFigure,
    pub before: Option<Sample>,
    pub after: Option<Sample>,
    pub comparison_before: Option<Sample>,
    pub comparison_after: Option<Sample>,
    pub change: Option<Difference>,
    pub comparison_change: Option<Difference>,
    /// The change less that of the comparison.
    pub effect: Option<Difference>,
    /// Change of the difference between place and comparison per week, before the measure.
    pub trend_before: Option<Difference>,
}

impl FigureEffect {
    /// Does one of the figures rest on fewer than `minimum_volume`?
    pub fn is_few(&self, minimum_volume: u64) -> bool {
        let samples = [self.before, self.after, self.comparison_before, self.comparison_after];
        let has_comparison = self.figure != MeasureFigure::NegativeShare;
        let needed = if has_comparison { &samples[..] } else { &samples[..2] };
        needed.iter().any(|sample| sample.is_none_or(|sample| sample.count < minimum_volume))
    }
}

#[derive(Debug, Clone)]
pub struct Week {
    pub start: DateTime<Utc>,
    pub place: Figures,
    pub comparison: Figures,
    /// Negative mentions of the place, and of the journey.
    negative: (u64, u64),
}

impl MeasureRegister {
    /// # Errors
    /// [`Error::MeasureNotFound`], [`Error::PainPointNotFound`], or what the store says.
    pub async fn effect(&self, request: EffectRequest) -> Result<MeasureEffect> {
        let measure = self.get(request.id).await?;
        let (start, in_force) = (measure.content.start, measure.content.in_force_from());
        let from = start - TimeDelta::weeks(request.weeks_before.into());
        let until = in_force + TimeDelta::weeks(request.weeks_after.into());
        let before = TimeRange { from: Some(from), until: Some(start) };
        let after = TimeRange { from: Some(in_force), until: Some(until) };
        let journey = self.journey(&measure.journey)?;
        let filter = CommentFilter { journeys: vec![measure.journey.clone()], ..request.filter.clone() };
        let counting = Counting {
            register: self,
            filter,
            include_community: request.include_community,
            sides: self
                .sides(journey, &measure.content.place, TimeRange { from: Some(from), until: Some(until) })
                .await?,
        };
        let weeks_before: Vec<Week> = counting.weeks(from, request.weeks_before).await?;
        let weeks_after: Vec<Week> = counting.weeks(in_force, request.weeks_after).await?;
        let cells = Cells {
            before: counting.week(start, before).await?,
            after: counting.week(in_force, after).await?,
            weeks_before: &weeks_before,
            weeks_after: &weeks_after,
        };
        let figures = MeasureFigure::ALL.into_iter().map(|figure| cells.effect(figure)).collect();
        let overlapping = self.overlapping(&measure, from, until).await?;
        let weeks = weeks_before.into_iter().chain(weeks_after).collect();
        Ok(MeasureEffect { measure, before, after, figures, weeks, overlapping })
    }

    /// Other measures on the same place that begin between these times.
    async fn overlapping(&self, measure: &Measure, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Uuid>> {
        let filter = MeasureFilter { journey: measure.journey.clone(), ..MeasureFilter::default() };
        let mut overlapping = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.list(&filter, PAGE, &page_token).await?;
            let is_beside = |other: &&Measure| {
                let begins = other.content.start;
                other.id != measure.id
                    && other.content.place == measure.content.place
                    && (from..until).contains(&begins)
            };
            overlapping.extend(page.items.iter().filter(is_beside).map(|other| other.id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(overlapping);
            }
        }
    }

    async fn sides(&self, journey: &Journey, place: &MeasurePlace, time: TimeRange) -> Result<Sides> {
        match place {
            MeasurePlace::Touchpoint(touchpoint) => {
                let known = journey.touchpoints.iter().map(|known| known.id.clone());
                let others = known.filter(|known| known != touchpoint).collect();
                Ok(Sides::Touchpoint { touchpoint: touchpoint.clone(), others })
            }
            MeasurePlace::Handover { from, to } => {
                let [from, to] = [from, to].map(|owner| if owner.is_empty() { "?" } else { owner });
                Ok(Sides::Handover { passage: format!("{from} -> {to}") })
            }
            MeasurePlace::PainPoint(id) => {
                self.pain_points.get(*id)?;
                let owners: Vec<String> = self.pain_points.with_merged(*id).iter().map(Uuid::to_string).collect();
                let comments = self.comments_of(&owners, &journey.id, time).await?;
                Ok(Sides::PainPoint { owners, comments })
            }
        }
    }

    /// The comments with a mention of these pain points that is no weak member: a comment's point does not say it.
    async fn comments_of(&self, owners: &[String], journey: &str, time: TimeRange) -> Result<Vec<Uuid>> {
        let filter = CommentFilter { journeys: vec![journey.to_owned()], time, ..CommentFilter::default() };
        let mut mentions = filter.for_mentions();
        mentions.all.extend(members(owners));
        let mut comments = HashSet::new();
        let take = |point: Point| -> Result<()> {
            comments.insert(PlacedMention::from_point(point)?.comment_id);
            Ok(())
        };
        each_point(self.store(), Kind::Mentions, &mentions, PAGE, take).await?;
        Ok(comments.into_iter().collect())
    }
}

/// Mentions of these pain points, without weak members.
fn members(owners: &[String]) -> [Condition; 2] {
    let bounds = Bounds { at_least: Some(WEAK_BELOW.into()), ..Bounds::default() };
    [
        Condition::AnyOf { field: "pain_point", values: owners.to_vec() },
        Condition::Range { field: "membership", bounds },
    ]
}

/// The place of a measure, and what it is compared with.
enum Sides {
    /// With the other touchpoints; of comments, those that do not speak of this one.
    Touchpoint {
        touchpoint: String,
        others: Vec<String>,
    },
    /// With everything else; likewise below.
    Handover {
        passage: String,
    },
    PainPoint {
        owners: Vec<String>,
        comments: Vec<Uuid>,
    },
}

impl Sides {
    fn place(&self, filter: &CommentFilter) -> Selected {
        match self {
            Sides::Touchpoint { touchpoint, .. } => {
                Selected::of(Dimension::Touchpoint, filter, vec![touchpoint.clone()])
            }
            Sides::Handover { passage } => Selected::of(Dimension::Handover, filter, vec![passage.clone()]),
            Sides::PainPoint { owners, comments } => Selected {
                mentions: with(filter.for_mentions(), members(owners)),
                comments: with(filter.for_comments(), [Condition::Ids(comments.clone())]),
            },
        }
    }

    fn comparison(&self, filter: &CommentFilter) -> Selected {
        match self {
            Sides::Touchpoint { touchpoint, others } => {
                let others = Selected::of(Dimension::Touchpoint, filter, others.clone());
                let speaks_of_it = none_of(Dimension::Touchpoint.of_comments(), vec![touchpoint.clone()]);
                Selected { comments: with(others.comments, [speaks_of_it]), ..others }
            }
            Sides::Handover { passage } => {
                let others = || none_of(Dimension::Handover.of_mentions(), vec![passage.clone()]);
                Selected {
                    mentions: with(filter.for_mentions(), [others()]),
                    comments: with(filter.for_comments(), [others()]),
                }
            }
            Sides::PainPoint { owners, comments } => Selected {
                mentions: with(filter.for_mentions(), [none_of("pain_point", owners.clone())]),
                comments: with(filter.for_comments(), [Condition::NotIds(comments.clone())]),
            },
        }
    }
}

fn none_of(field: &'static str, values: Vec<String>) -> Condition {
    Condition::NoneOf { field, values }
}

fn with(mut filter: Filter, conditions: impl IntoIterator<Item = Condition>) -> Filter {
    filter.all.extend(conditions);
    filter
}

struct Counting<'a> {
    register: &'a MeasureRegister,
    filter: CommentFilter,
    include_community: bool,
    sides: Sides,
}

impl Counting<'_> {
    async fn weeks(&self, from: DateTime<Utc>, count: u32) -> Result<Vec<Week>> {
        let starts = (0..count).map(|week| from + TimeDelta::weeks(week.into()));
        let week = |start| self.week(start, TimeRange { from: Some(start), until: Some(start + TimeDelta::weeks(1)) });
        stream::iter(starts).map(week).buffered(AT_ONCE).try_collect().await
    }

    async fn week(&self, start: DateTime<Utc>, time: TimeRange) -> Result<Week> {
        let store = self.register.store();
        let filter = CommentFilter { time, ..self.filter.clone() };
        let place = self.sides.place(&filter).continuous(&filter, self.include_community);
        let is_negative = || [Condition::is("sentiment", "negative")];
        let negative_here = with(place.mentions.clone(), is_negative());
        let negative = with(filter.continuous(filter.for_mentions(), self.include_community), is_negative());
        let comparison = self.sides.comparison(&filter).continuous(&filter, self.include_community);
        let (place, comparison, negative_here, negative) = tokio::try_join!(
            place.figures(store),
            comparison.figures(store),
            async { Ok(store.count(Kind::Mentions, negative_here).await?) },
            async { Ok(store.count(Kind::Mentions, negative).await?) },
        )?;
        Ok(Week { start, place, comparison, negative: (negative_here, negative) })
    }
}

/// Of 100 and 0, so that the mean is a percentage.
fn percentage(part: u64, whole: u64) -> Option<Sample> {
    Sample::of([(100.0, part), (0.0, whole.saturating_sub(part))].into_iter())
}

fn sample_of(figures: &Figures, figure: MeasureFigure) -> Option<Sample> {
    match figure {
        MeasureFigure::NetSentiment => figures.net_sentiment,
        MeasureFigure::MeanSentiment => figures.sentiment,
        MeasureFigure::Nps => figures.nps,
        MeasureFigure::Csat => figures.csat,
        MeasureFigure::NegativeShare => None,
        MeasureFigure::Friction(kind) => percentage(figures.frictions[kind as usize], figures.mentions),
    }
}

impl Week {
    fn place_sample(&self, figure: MeasureFigure) -> Option<Sample> {
        match figure {
            MeasureFigure::NegativeShare => percentage(self.negative.0, self.negative.1),
            _ => sample_of(&self.place, figure),
        }
    }
}

/// All that is before and all that is after, and the weeks of both.
struct Cells<'a> {
    before: Week,
    after: Week,
    weeks_before: &'a [Week],
    weeks_after: &'a [Week],
}

impl Cells<'_> {
    fn effect(&self, figure: MeasureFigure) -> FigureEffect {
        let before = self.before.place_sample(figure);
        let after = self.after.place_sample(figure);
        let comparison_before = sample_of(&self.before.comparison, figure);
        let comparison_after = sample_of(&self.after.comparison, figure);
        let scatter = self.scatter(figure);
        let difference = |parts: &[(f64, Option<Sample>)]| {
            let known = parts.iter().map(|(weight, sample)| Some((*weight, (*sample)?.scattered(scatter))));
            weighted_sum(&known.collect::<Option<Vec<_>>>()?)
        };
        let [before_less, comparison_less] = [(-1.0, before), (-1.0, comparison_after)];
        FigureEffect {
            figure,
            before,
            after,
            comparison_before,
            comparison_after,
            change: difference(&[(1.0, after), before_less]),
            comparison_change: difference(&[(1.0, comparison_after), (-1.0, comparison_before)]),
            effect: difference(&[(1.0, after), before_less, comparison_less, (1.0, comparison_before)]),
            trend_before: trend(self.weeks_before, figure, scatter),
        }
    }

    /// How many times as much the weeks of a cell differ from each other as chance explains, at least 1. What moves a whole
    /// week, and comments that say a thing in several mentions, make figures less certain than their counts say.
    fn scatter(&self, figure: MeasureFigure) -> f64 {
        let place = |week: &Week| week.place_sample(figure);
        let comparison = |week: &Week| sample_of(&week.comparison, figure);
        let mut scatter = Scatter::default();
        for (cell, weeks) in [(&self.before, self.weeks_before), (&self.after, self.weeks_after)] {
            scatter.add(place(cell), weeks.iter().filter_map(place));
            scatter.add(comparison(cell), weeks.iter().filter_map(comparison));
        }
        scatter.times()
    }
}

/// Squared deviations of weeks from all of them, in units of what chance explains (Pearson's dispersion).
#[derive(Default)]
struct Scatter {
    squares: f64,
    degrees: f64,
}

impl Scatter {
    fn add(&mut self, whole: Option<Sample>, weeks: impl Iterator<Item = Sample>) {
        let Some(whole) = whole else { return };
        let Some(variance) = whole.variance().filter(|variance| *variance > 0.0) else { return };
        let mut known = 0.0;
        for week in weeks {
            self.squares += week.count as f64 * (week.mean - whole.mean).powi(2) / variance;
            known += 1.0;
        }
        self.degrees += f64::max(known - 1.0, 0.0);
    }

    fn times(&self) -> f64 {
        if self.degrees > 0.0 { (self.squares / self.degrees).max(1.0) } else { 1.0 }
    }
}

/// Change per week of the difference between place and comparison; of the share of negative mentions that of itself. A
/// straight line through the weeks, each with the weight of its volume.
fn trend(weeks: &[Week], figure: MeasureFigure, scatter: f64) -> Option<Difference> {
    let sides = |(number, week): (usize, &Week)| {
        let place = week.place_sample(figure)?;
        let comparison = sample_of(&week.comparison, figure);
        let volume = |sample: Sample| 1.0 / sample.count as f64;
        let weight = 1.0 / (volume(place) + comparison.map_or(0.0, volume));
        let is_known = figure == MeasureFigure::NegativeShare || comparison.is_some_and(|other| other.count > 1);
        (is_known && place.count > 1).then_some((number as f64, weight, place, comparison))
    };
    let known: Vec<(f64, f64, Sample, Option<Sample>)> = weeks.iter().enumerate().filter_map(sides).collect();
    if known.len() < LEAST_TREND_WEEKS {
        return None;
    }
    let weights: f64 = known.iter().map(|(_, weight, ..)| weight).sum();
    let centre = known.iter().map(|(week, weight, ..)| week * weight).sum::<f64>() / weights;
    let spread: f64 = known.iter().map(|(week, weight, ..)| weight * (week - centre).powi(2)).sum();
    let mut parts = Vec::with_capacity(2 * known.len());
    for (week, weight, place, comparison) in known {
        let pull = weight * (week - centre) / spread;
        parts.push((pull, place.scattered(scatter)));
        parts.extend(comparison.map(|comparison| (-pull, comparison.scattered(scatter))));
    }
    weighted_sum(&parts)
}

/// # Errors
/// [`Error::NumberInvalid`].
pub(super) fn checked_weeks(field: &str, asked_for: u32, default: u32) -> Result<u32> {
    match asked_for {
        0 => Ok(default),
        weeks if weeks <= MOST_WEEKS => Ok(weeks),
        weeks => Err(Error::NumberInvalid {
            field: field.to_owned(),
            value: weeks.into(),
            expected: format!("1 to {MOST_WEEKS}"),
        }),
    }
}

impl EffectRequest {
    /// Weeks where the caller names none.
    pub const DEFAULT_WEEKS: u32 = 8;

    /// # Errors
    /// [`Error::NumberInvalid`] for more than [`MOST_WEEKS`], [`Error::FilterInvalid`] for a filter with journeys or a
    /// time.
    pub fn checked(self) -> Result<Self> {
        self.filter.check_names_no_journey()?;
        if self.filter.time != TimeRange::default() {
            let reason = "the measure says the time".to_owned();
            return Err(Error::FilterInvalid { reason });
        }
        Ok(Self {
            weeks_before: checked_weeks("weeks_before", self.weeks_before, Self::DEFAULT_WEEKS)?,
            weeks_after: checked_weeks("weeks_after", self.weeks_after, Self::DEFAULT_WEEKS)?,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promoters and detractors of the place, and of what it is compared with.
    fn week(place: (u64, u64), comparison: (u64, u64)) -> Week {
        let figures = |(promoters, detractors): (u64, u64)| Figures {
            nps: Sample::of([(100.0, promoters), (-100.0, detractors)].into_iter()),
            ..Figures::default()
        };
        let (place, comparison) = (figures(place), figures(comparison));
        Week { start: DateTime::UNIX_EPOCH, place, comparison, negative: (0, 0) }
    }

    fn cells<'a>(weeks_before: &'a [Week], weeks_after: &'a [Week]) -> Cells<'a> {
        let (before, after) = (week((40, 40), (40, 40)), week((40, 40), (40, 40)));
        Cells { before, after, weeks_before, weeks_after }
    }

    #[test]
    fn weeks_that_move_as_a_whole_widen_the_interval() {
        let steady =
            [week((10, 10), (10, 10)), week((10, 10), (10, 10)), week((10, 10), (10, 10)), week((10, 10), (10, 10))];
        let moved =
            [week((20, 0), (10, 10)), week((0, 20), (10, 10)), week((20, 0), (10, 10)), week((0, 20), (10, 10))];
        let width = |cells: &Cells<'_>| {
            let effect = cells.effect(MeasureFigure::Nps).effect.expect("there are answers");
            effect.high - effect.low
        };
        let (by_chance, as_a_whole) = (cells(&steady, &steady), cells(&moved, &moved));
        assert_eq!(by_chance.scatter(MeasureFigure::Nps), 1.0);
        let scatter = as_a_whole.scatter(MeasureFigure::Nps);
        // 160 answers of the place deviate with their week by the whole spread; four cells of four weeks have 12 degrees.
        assert!((13.0..13.4).contains(&scatter), "{scatter}");
        let ratio = width(&as_a_whole) / width(&by_chance);
        assert!((ratio - scatter.sqrt()).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn a_drift_before_the_measure_is_seen() {
        let apart = |step: u64| week((10 + step, 10), (10, 10 + step));
        let drifting: Vec<Week> = (0..8).map(|number| apart(5 * number)).collect();
        let trend = trend(&drifting, MeasureFigure::Nps, 1.0).expect("there are eight weeks");
        assert!(trend.value > 10.0 && trend.p_value < 0.001, "{trend:?}");
        let steady: Vec<Week> = (0..8).map(|_| apart(5)).collect();
        assert!(super::trend(&steady, MeasureFigure::Nps, 1.0).is_some_and(|trend| trend.value.abs() < 1e-9));
        assert_eq!(super::trend(&drifting[..2], MeasureFigure::Nps, 1.0), None);
    }
}
