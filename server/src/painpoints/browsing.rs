//! What analysts look at: lists of pain points, their mentions, volume over time, the map, and what is like them.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use klartext_models::clusters::WEAK_BELOW;
use klartext_models::friction::FrictionKind;
use serde::Serialize;
use uuid::Uuid;

use super::measures::Part;
use super::{Measures, PainPoint, PainPointState, PainPoints, TrendPoint, TrendSeries};
use crate::access::Access;
use crate::error::Result;
use crate::insights::{Channel, CommentFilter, PlacedMention, TimeRange};
use crate::page_token::Request;
use crate::period::Period;
use crate::store::paging::{Position, each_point, page_by, page_by_id};
use crate::store::{Bounds, Condition, Filter, Kind, Order, Point};

/// Mentions that are read at once.
const PAGE: usize = 1_000;

/// All conditions must hold; within a list one of the values is enough; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PainPointFilter {
    /// Empty means the default.
    pub journey: String,
    /// Empty means active ones.
    pub states: Vec<PainPointState>,
    /// At least one mention is from one of these; likewise below.
    pub channels: Vec<Channel>,
    pub touchpoints: Vec<String>,
    pub owners: Vec<String>,
    pub frictions: Vec<FrictionKind>,
    /// In the name or a key term, whatever the case.
    pub text: String,
    pub min_severity: Option<f64>,
    pub min_hiddenness: Option<f64>,
    pub min_mentions: Option<u64>,
    pub only_emerging: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum SortPainPointsBy {
    #[default]
    Severity,
    Mentions,
    Hiddenness,
    Trend,
    LastSeen,
    Born,
}

#[derive(Debug, Clone, Default)]
pub struct PainPointList {
    pub filter: PainPointFilter,
    pub sort_by: SortPainPointsBy,
    pub ascending: bool,
    /// At least 1.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
}

/// A pain point with the mentions that show what it is about.
#[derive(Debug, Clone)]
pub struct ShownWithQuotes {
    pub pain_point: Arc<PainPoint>,
    pub quotes: Vec<PlacedMention>,
}

/// Which mentions of a pain point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Members {
    pub pain_point: Uuid,
    /// Weak members too.
    pub weak_members: bool,
    /// What the caller may see.
    pub visible_to: Access,
}

/// A page of something.
#[derive(Debug)]
pub struct ListPage<T> {
    pub items: Vec<T>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// On all pages.
    pub total: u64,
}

impl PainPoints {
    /// # Errors
    /// [`crate::error::Error::JourneyUnknown`], [`crate::error::Error::PageTokenInvalid`], or what the store says.
    pub async fn list(&self, list: PainPointList, access: &Access) -> Result<ListPage<ShownWithQuotes>> {
        let PainPointList { mut filter, sort_by, ascending, page_size, page_token } = list;
        filter.journey = self.writing().journeys().get(&filter.journey)?.journey.id.clone();
        let request = Request::new("pain points", &(&filter, sort_by, ascending))?;
        let after = request.position(&page_token)?;
        let mut listed: Vec<(Position, Arc<PainPoint>)> = Vec::new();
        for pain_point in self.of_journey(&filter.journey) {
            if filter.admits(&pain_point) {
                listed.push((Position { value: sort_by.value_of(&pain_point), id: pain_point.id }, pain_point));
            }
        }
        let total = listed.len() as u64;
        let order = |left: &Position, right: &Position| {
            let by_value = left.value.total_cmp(&right.value);
            let by_value = if ascending { by_value } else { by_value.reverse() };
            by_value.then(left.id.cmp(&right.id))
        };
        listed.retain(|(position, _)| after.is_none_or(|after| order(&after, position) == Ordering::Less));
        listed.sort_unstable_by(|(left, _), (right, _)| order(left, right));
        let has_more = listed.len() > page_size;
        listed.truncate(page_size);
        let last = listed.last().filter(|_| has_more).map(|(position, _)| request.position_token(*position));
        let listed = listed.into_iter().map(|(_, pain_point)| pain_point).collect();
        let items = self.with_quotes(listed, access).await?;
        Ok(ListPage { items, next_page_token: last.unwrap_or_default(), total })
    }

    /// What is gone meanwhile, and what the caller may not see, is not quoted.
    pub async fn with_quotes(&self, pain_points: Vec<Arc<PainPoint>>, access: &Access) -> Result<Vec<ShownWithQuotes>> {
        let wanted: HashSet<Uuid> = pain_points.iter().flat_map(|pain_point| pain_point.quotes.clone()).collect();
        let points = self.store().get(Kind::Mentions, wanted.into_iter().collect(), false).await?;
        let mut found = HashMap::with_capacity(points.len());
        for point in points {
            let mention = PlacedMention::from_point(point)?;
            if access.admits_owner(mention.owner.as_deref().unwrap_or_default()) {
                found.insert(mention.id, mention);
            }
        }
        let with_quotes = pain_points.into_iter().map(|pain_point| {
            let quotes = pain_point.quotes.iter().filter_map(|quote| found.get(quote).cloned()).collect();
            ShownWithQuotes { pain_point, quotes }
        });
        Ok(with_quotes.collect())
    }

    /// A page of a pain point's mentions, strongest members first, and those of what was merged into it.
    ///
    /// # Errors
    /// [`crate::error::Error::PainPointNotFound`], [`crate::error::Error::PageTokenInvalid`], or what the store says.
    pub async fn mentions(
        &self,
        members: Members,
        page_size: usize,
        page_token: &str,
    ) -> Result<ListPage<PlacedMention>> {
        self.get(members.pain_point)?;
        let request = Request::new("pain point mentions", &members)?;
        let after = request.position(page_token)?;
        let filter = self.mentions_of(&members);
        let total = self.store().count(Kind::Mentions, filter.clone()).await?;
        let strongest_first = Order { field: "membership", descending: true };
        let page = page_by(self.store(), Kind::Mentions, &filter, strongest_first, after, page_size).await?;
        let next_page_token = page.next.map(|position| request.position_token(position)).unwrap_or_default();
        let items = page.points.into_iter().map(PlacedMention::from_point).collect::<Result<_>>()?;
        Ok(ListPage { items, next_page_token, total })
    }

    fn mentions_of(&self, members: &Members) -> Filter {
        let owners = self.with_merged(members.pain_point).iter().map(Uuid::to_string).collect();
        let at_least = if members.weak_members { 0.0 } else { f64::from(WEAK_BELOW) };
        let bounds = Bounds { at_least: Some(at_least), ..Bounds::default() };
        let mut all = vec![
            Condition::AnyOf { field: "pain_point", values: owners },
            Condition::Range { field: "membership", bounds },
        ];
        all.extend(members.visible_to.to_mentions());
        Filter { all }
    }

    /// The volume of a pain point by period, without weak members, beside that of all mentions of its journey.
    ///
    /// # Errors
    /// [`crate::error::Error::PainPointNotFound`], or what the store says.
    pub async fn trend(&self, id: Uuid, period: Period, time: TimeRange) -> Result<Vec<TrendPoint>> {
        let journey = self.get(id)?.journey.clone();
        let owners: HashSet<Uuid> = self.with_merged(id).into_iter().collect();
        let mut series = TrendSeries::new(period);
        let filter = CommentFilter { journeys: vec![journey], time, ..CommentFilter::default() }.for_mentions();
        let take = |point: Point| -> Result<()> {
            let mention = PlacedMention::from_point(point)?;
            let place = mention.place.as_ref().filter(|place| !place.is_weak());
            let is_in_it = place.and_then(|place| place.pain_point).is_some_and(|owner| owners.contains(&owner));
            series.add(mention.time(), is_in_it);
            Ok(())
        };
        each_point(self.store(), Kind::Mentions, &filter, PAGE, take).await?;
        Ok(series.points())
    }

    /// A page of the journey's mentions that have a place on the map, in the order of ids; the second value is where the
    /// next one starts. `filter` names the journey.
    pub async fn map_page(&self, filter: &CommentFilter, from: Uuid) -> Result<(Vec<PlacedMention>, Option<Uuid>)> {
        let mut placed = filter.for_mentions();
        let bounds = Bounds { at_least: Some(0.0), ..Bounds::default() };
        placed.all.push(Condition::Range { field: "membership", bounds });
        let (points, next) = page_by_id(self.store(), Kind::Mentions, &placed, Some(from), PAGE, false).await?;
        let mentions = points.into_iter().map(PlacedMention::from_point).collect::<Result<_>>()?;
        Ok((mentions, next))
    }

    /// The filter of a journey's map.
    ///
    /// # Errors
    /// [`crate::error::Error::JourneyUnknown`]; [`crate::error::Error::FilterInvalid`] when the filter names journeys.
    pub fn map_filter(&self, journey: &str, filter: CommentFilter) -> Result<CommentFilter> {
        filter.check_names_no_journey()?;
        let journey = self.writing().journeys().get(journey)?.journey.id.clone();
        Ok(CommentFilter { journeys: vec![journey], ..filter })
    }

    /// Active pain points of the same journey that are about something like it, nearest first, with the cosine of the
    /// centres.
    ///
    /// # Errors
    /// [`crate::error::Error::PainPointNotFound`], or what the store says.
    pub async fn similar(&self, id: Uuid, limit: usize, access: &Access) -> Result<Vec<(ShownWithQuotes, f32)>> {
        let pain_point = self.get(id)?;
        let filter = Filter {
            all: vec![
                Condition::is("journey", &pain_point.journey),
                Condition::is("state", PainPointState::Active.name()),
                Condition::NotIds(vec![id]),
            ],
        };
        let found = self.store().search(Kind::PainPoints, pain_point.centre.clone(), filter, 0, limit).await?;
        let similarities: Vec<f32> = found.iter().map(|found| found.similarity).collect();
        let known = found.iter().map(|found| self.get(found.point.id)).collect::<Result<_>>()?;
        Ok(self.with_quotes(known, access).await?.into_iter().zip(similarities).collect())
    }
}

impl PainPointFilter {
    fn admits(&self, pain_point: &PainPoint) -> bool {
        let states: &[PainPointState] = if self.states.is_empty() { &[PainPointState::Active] } else { &self.states };
        let measures = pain_point.measures.as_ref();
        states.contains(&pain_point.state)
            && has_one(&self.channels, measures.map(|measures| &measures.channels), |channel| Some(channel))
            && has_one(&self.touchpoints, measures.map(|measures| &measures.touchpoints), Option::as_ref)
            && has_one(&self.owners, measures.map(|measures| &measures.owners), Option::as_ref)
            && has_one(&self.frictions, measures.map(|measures| &measures.frictions), Option::as_ref)
            && self.is_called(pain_point)
            && is_at_least(self.min_severity, measures.map(|measures| measures.severity))
            && is_at_least(self.min_hiddenness, measures.map(|measures| measures.hiddenness.score()))
            && is_at_least(self.min_mentions, measures.map(|measures| measures.mentions))
            && (!self.only_emerging || measures.is_some_and(|measures| measures.is_emerging))
    }

    fn is_called(&self, pain_point: &PainPoint) -> bool {
        let wanted = self.text.to_lowercase();
        let terms = pain_point.key_terms.iter().map(|key_term| key_term.term.as_str());
        terms.chain([pain_point.name()]).any(|text| text.to_lowercase().contains(&wanted))
    }
}

fn has_one<P, T: PartialEq>(wanted: &[T], parts: Option<&Vec<Part<P>>>, value_of: impl Fn(&P) -> Option<&T>) -> bool {
    wanted.is_empty()
        || parts.into_iter().flatten().any(|part| value_of(&part.value).is_some_and(|value| wanted.contains(value)))
}

fn is_at_least<T: PartialOrd>(least: Option<T>, value: Option<T>) -> bool {
    least.is_none_or(|least| value.is_some_and(|value| value >= least))
}

impl SortPainPointsBy {
    /// What is not measured yet comes as if it were nothing.
    fn value_of(self, pain_point: &PainPoint) -> f64 {
        let measured = |value: fn(&Measures) -> f64| pain_point.measures.as_ref().map_or(0.0, value);
        match self {
            SortPainPointsBy::Severity => measured(|measures| measures.severity),
            SortPainPointsBy::Mentions => measured(|measures| measures.mentions as f64),
            SortPainPointsBy::Hiddenness => measured(|measures| measures.hiddenness.score()),
            SortPainPointsBy::Trend => measured(|measures| measures.trend.slope),
            SortPainPointsBy::LastSeen => {
                measured(|measures| measures.last_seen.map_or(0.0, |time| time.timestamp_micros() as f64))
            }
            SortPainPointsBy::Born => pain_point.born_at.timestamp_micros() as f64,
        }
    }
}
