//! Measures: what an owner has done about a touchpoint, a handover or a pain point, and whether it helped.

mod effect;
mod record;

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;
use uuid::Uuid;

pub use effect::{EffectRequest, FigureEffect, MOST_WEEKS, MeasureEffect, MeasureFigure, Week};
pub use record::{Measure, MeasureContent, MeasurePlace, MeasureState, Signed};

use crate::TENANT;
use crate::error::{Error, Result};
use crate::insights::intake::{check_by, check_length};
use crate::insights::measure_id;
use crate::journey::Journey;
use crate::page_token::Request;
use crate::painpoints::{ListPage, PainPoints};
use crate::pipeline::to_the_end;
use crate::store::paging::page_by;
use crate::store::{Condition, Filter, Kind, Order, Store, Write};

const MAX_TITLE_CHARS: usize = 200;
const MAX_NOTE_CHARS: usize = 4_000;
const MAX_DONE_BY_CHARS: usize = 128;
const MAX_REQUEST_ID_CHARS: usize = 128;
/// Years in which a measure can begin: times far from today are mistakes.
const YEARS: std::ops::Range<i32> = 1970..2200;

/// The measures of a store.
#[derive(Clone)]
pub struct MeasureRegister {
    pain_points: PainPoints,
    /// Held by whoever changes a measure, from the first look at it until it is written.
    changing: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct MeasureFilter {
    /// Empty means all.
    pub journey: String,
    /// Of this touchpoint; empty means all places.
    pub touchpoint: String,
    pub with_deleted: bool,
}

impl MeasureRegister {
    /// Those of the store in which the pain points are.
    pub fn new(pain_points: PainPoints) -> Self {
        Self { pain_points, changing: Arc::default() }
    }

    fn store(&self) -> &dyn Store {
        self.pain_points.store()
    }

    fn journey(&self, id: &str) -> Result<&Journey> {
        Ok(&self.pain_points.writing().journeys().get(id)?.journey)
    }

    /// Records a measure; a second time with the same `request_id` changes nothing and gives the first one's.
    ///
    /// # Errors
    /// [`Error::JourneyUnknown`], [`Error::TouchpointUnknown`], [`Error::PainPointNotFound`], [`Error::MeasureInvalid`],
    /// [`Error::FieldMissing`], [`Error::FieldTooLong`], or what the store says; likewise below.
    pub async fn create(&self, journey: &str, content: MeasureContent, by: &str, request_id: &str) -> Result<Measure> {
        check_by(by)?;
        check_length("request_id", request_id, MAX_REQUEST_ID_CHARS)?;
        let journey = self.journey(journey)?;
        let content = self.checked(journey, content)?;
        let id = if request_id.is_empty() { Uuid::now_v7() } else { measure_id(request_id) };
        let (created, updated, deleted) = (Signed::now(by), None, None);
        let measure = Measure { id, journey: journey.id.clone(), content, created, updated, deleted };
        let register = self.clone();
        to_the_end(async move {
            let _alone = register.changing.lock().await;
            match register.find(id).await? {
                Some(known) => Ok(known),
                None => register.write(measure).await,
            }
        })
        .await
    }

    /// Replaces what people say of it.
    ///
    /// # Errors
    /// [`Error::MeasureNotFound`], also for a deleted one.
    pub async fn update(&self, id: Uuid, content: MeasureContent, by: &str) -> Result<Measure> {
        check_by(by)?;
        let updated = Some(Signed::now(by));
        let register = self.clone();
        to_the_end(async move {
            let _alone = register.changing.lock().await;
            let known = register.get(id).await?;
            if known.deleted.is_some() {
                return Err(Error::MeasureNotFound);
            }
            let journey = register.journey(&known.journey)?;
            let content = register.checked(journey, content)?;
            register.write(Measure { content, updated, ..known }).await
        })
        .await
    }

    /// Takes it out of the lists. No error when it is deleted already.
    ///
    /// # Errors
    /// [`Error::MeasureNotFound`].
    pub async fn delete(&self, id: Uuid, by: &str) -> Result<Measure> {
        check_by(by)?;
        let deleted = Some(Signed::now(by));
        let register = self.clone();
        to_the_end(async move {
            let _alone = register.changing.lock().await;
            let known = register.get(id).await?;
            if known.deleted.is_some() {
                return Ok(known);
            }
            register.write(Measure { deleted, ..known }).await
        })
        .await
    }

    /// # Errors
    /// [`Error::MeasureNotFound`].
    pub async fn get(&self, id: Uuid) -> Result<Measure> {
        self.find(id).await?.ok_or(Error::MeasureNotFound)
    }

    /// A page, latest start first.
    ///
    /// # Errors
    /// [`Error::JourneyUnknown`], [`Error::PageTokenInvalid`].
    pub async fn list(&self, filter: &MeasureFilter, page_size: usize, page_token: &str) -> Result<ListPage<Measure>> {
        if !filter.journey.is_empty() {
            self.journey(&filter.journey)?;
        }
        let request = Request::new("measures", filter)?;
        let after = request.position(page_token)?;
        let listed = filter.as_stored();
        let latest_first = Order { field: "time", descending: true };
        let page = page_by(self.store(), Kind::Measures, &listed, latest_first, after, page_size).await?;
        Ok(ListPage {
            items: page.points.into_iter().map(Measure::from_point).collect::<Result<_>>()?,
            next_page_token: page.next.map(|position| request.position_token(position)).unwrap_or_default(),
            total: self.store().count(Kind::Measures, listed).await?,
        })
    }

    async fn find(&self, id: Uuid) -> Result<Option<Measure>> {
        let found = self.store().get(Kind::Measures, vec![id], false).await?;
        found.into_iter().next().map(Measure::from_point).transpose()
    }

    async fn write(&self, measure: Measure) -> Result<Measure> {
        let points = vec![measure.to_point()?];
        self.store().write(vec![Write::Upsert { kind: Kind::Measures, points }]).await?;
        Ok(measure)
    }

    fn checked(&self, journey: &Journey, content: MeasureContent) -> Result<MeasureContent> {
        let mut content = MeasureContent { title: content.title.trim().to_owned(), ..content };
        if content.title.is_empty() {
            return Err(Error::FieldMissing { field: "measure.title" });
        }
        check_length("measure.title", &content.title, MAX_TITLE_CHARS)?;
        check_length("measure.note", &content.note, MAX_NOTE_CHARS)?;
        check_length("measure.done_by", &content.done_by, MAX_DONE_BY_CHARS)?;
        check_year("measure.start", content.start)?;
        if let Some(rolled_out) = content.rolled_out {
            check_year("measure.rolled_out", rolled_out)?;
            if rolled_out < content.start {
                let reason = "it was rolled out before it began".to_owned();
                return Err(Error::MeasureInvalid { field: "measure.rolled_out", reason });
            }
        }
        let owner = self.check_place(journey, &content.place)?;
        if content.done_by.trim().is_empty() {
            content.done_by = owner.unwrap_or_default();
        }
        Ok(content)
    }

    /// The owner of a touchpoint.
    fn check_place(&self, journey: &Journey, place: &MeasurePlace) -> Result<Option<String>> {
        match place {
            MeasurePlace::Touchpoint(id) => {
                let unknown = || Error::TouchpointUnknown { journey: journey.id.clone(), touchpoint: id.clone() };
                Ok(Some(journey.touchpoint(id).ok_or_else(unknown)?.owner.clone()))
            }
            MeasurePlace::Handover { from, to } => {
                let invalid = |reason: String| Error::MeasureInvalid { field: "measure.handover", reason };
                let is_known = |owner: &str| {
                    owner.is_empty() || journey.touchpoints.iter().any(|touchpoint| touchpoint.owner == owner)
                };
                if let Some(unknown) = [from, to].into_iter().find(|owner| !is_known(owner)) {
                    return Err(invalid(format!("journey {} has no owner {unknown:?}", journey.id)));
                }
                if from == to {
                    return Err(invalid("it is between two owners".to_owned()));
                }
                Ok(None)
            }
            MeasurePlace::PainPoint(id) => {
                let pain_point = self.pain_points.get(*id)?;
                if pain_point.journey != journey.id {
                    return Err(Error::PainPointNotFound);
                }
                Ok(None)
            }
        }
    }
}

fn check_year(field: &'static str, time: DateTime<Utc>) -> Result<()> {
    if YEARS.contains(&time.year()) {
        return Ok(());
    }
    let reason = format!("the year {} is not in {} to {}", time.year(), YEARS.start, YEARS.end - 1);
    Err(Error::MeasureInvalid { field, reason })
}

impl MeasureFilter {
    fn as_stored(&self) -> Filter {
        let mut all = vec![Condition::is("tenant", TENANT)];
        if !self.journey.is_empty() {
            all.push(Condition::is("journey", &self.journey));
        }
        if !self.touchpoint.is_empty() {
            all.push(Condition::is("touchpoint", &self.touchpoint));
        }
        if !self.with_deleted {
            all.push(Condition::is("state", MeasureState::Kept.name()));
        }
        Filter { all }
    }
}
