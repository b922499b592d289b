//! Pain points: found by discoveries, named and curated by people, with an identity that lasts.
//!
//! All of them are in memory, as the store has them; whoever changes them goes through [`PainPoints::change`]. A mention's
//! point names the pain point that its leaf belongs to; one that was merged into another keeps its mentions and leaves,
//! and whoever reads follows [`PainPoint::merged_into`]. So merging, dismissing and taking that back write no mention.

mod browsing;
mod contrast;
mod curation;
mod describing;
mod discoveries;
mod discovering;
mod discovery;
mod emerging;
mod event;
mod following;
mod measures;
mod measuring;
mod model;
mod naming;
mod record;
mod severity;
mod splitting;
mod tally;
mod trend;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::{MutexGuard, watch};
use uuid::Uuid;

pub use browsing::{ListPage, Members, PainPointFilter, PainPointList, ShownWithQuotes, SortPainPointsBy};
pub use contrast::Contrast;
pub use curation::MOST_MERGED;
pub use discoveries::{Discoveries, DiscoveryOrder};
pub use discovery::{Discovery, DiscoveryCounts, DiscoveryStep};
pub use event::{Event, EventKind};
pub use following::{Beginning, EventStream};
pub use measures::{Hiddenness, MeasuredComment, Measurer, Measures, OwnerPair, Part, Place};
pub use record::{GivenName, PainPoint, PainPointState};
pub use severity::SeverityWeights;
pub use trend::{Counts, MOST_TREND_POINTS, TrendPoint, TrendSeries, TrendTest};

use self::model::JourneyModel;
use self::record::all_pain_points;
use crate::error::{Error, Result};
use crate::insights::{Assigner, ShownPainPoint};
use crate::operations;
use crate::ops::config::PainPointsConfig;
use crate::pipeline::Writing;
use crate::store::paging::page_by_id;
use crate::store::{Kind, Store, Write};

/// Pain points that are read at once.
const RECORDS_PER_READ: usize = 100;
/// Pain points that one was merged into, and that one into another, and so on: more is a circle, which nobody can make.
const LONGEST_CHAIN: usize = 1_000;

/// The pain points of a store.
#[derive(Clone)]
pub struct PainPoints {
    inner: Arc<Inner>,
}

struct Inner {
    writing: Arc<Writing>,
    config: PainPointsConfig,
    known: RwLock<Known>,
    /// Held by whoever changes pain points, from the first look at them until they are written.
    changing: tokio::sync::Mutex<()>,
    /// Counts the writes of events; who waits for events watches it.
    events_written: watch::Sender<u64>,
}

#[derive(Default)]
struct Known {
    pain_points: HashMap<Uuid, Arc<PainPoint>>,
    /// What the last discovery of each journey left behind.
    models: HashMap<String, Arc<JourneyModel>>,
}

/// Takes a subject out of what is recorded of discoveries and what they have left behind. `false` when one that is running
/// names it.
pub async fn forget_subject(writing: &Writing, subject: &str) -> Result<bool> {
    for journey in writing.journeys().all() {
        JourneyModel::forget_subject(writing.store(), &journey.journey.id, subject).await?;
    }
    operations::forget_subject::<Discovery>(writing.store(), subject).await
}

/// The right to change pain points.
pub struct Changing<'a> {
    pain_points: &'a PainPoints,
    _alone: MutexGuard<'a, ()>,
}

impl PainPoints {
    /// Reads them, and has mentions placed among them from here on.
    pub async fn open(writing: Arc<Writing>, config: PainPointsConfig) -> Result<Self> {
        let inner = Inner {
            writing,
            config,
            known: RwLock::default(),
            changing: tokio::sync::Mutex::default(),
            events_written: watch::Sender::new(0),
        };
        let pain_points = Self { inner: Arc::new(inner) };
        pain_points.read_all().await?;
        Ok(pain_points)
    }

    /// # Errors
    /// [`Error::PainPointNotFound`].
    pub fn get(&self, id: Uuid) -> Result<Arc<PainPoint>> {
        self.known().pain_points.get(&id).cloned().ok_or(Error::PainPointNotFound)
    }

    /// Of a journey, in any state and no order.
    pub fn of_journey(&self, journey: &str) -> Vec<Arc<PainPoint>> {
        self.known().pain_points.values().filter(|known| known.journey == journey).cloned().collect()
    }

    /// This one, and those that were merged into it: their mentions are its.
    pub fn with_merged(&self, id: Uuid) -> Vec<Uuid> {
        let known = self.known();
        known.pain_points.keys().copied().filter(|other| known.shown_as(*other) == Some(id)).collect()
    }

    /// Wait until nobody else changes pain points.
    pub async fn change(&self) -> Changing<'_> {
        Changing { pain_points: self, _alone: self.inner.changing.lock().await }
    }

    /// Changes with each event that is written by this process.
    pub fn events_written(&self) -> watch::Receiver<u64> {
        self.inner.events_written.subscribe()
    }

    pub fn writing(&self) -> &Arc<Writing> {
        &self.inner.writing
    }

    fn config(&self) -> &PainPointsConfig {
        &self.inner.config
    }

    /// Those that have pain points.
    fn journeys(&self) -> Vec<String> {
        self.known().models.keys().cloned().collect()
    }

    pub fn store(&self) -> &dyn Store {
        self.inner.writing.store()
    }

    /// What the last discovery of a journey left behind.
    fn model_of(&self, journey: &str) -> Option<Arc<JourneyModel>> {
        self.known().models.get(journey).cloned()
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.inner.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        self.inner.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees what other processes have written.
    async fn read_again(&self) -> Result<()> {
        let _alone = self.change().await;
        self.read_all().await
    }

    async fn read_all(&self) -> Result<()> {
        let mut known = Known::default();
        let mut from = None;
        loop {
            let (points, next) =
                page_by_id(self.store(), Kind::PainPoints, &all_pain_points(), from, RECORDS_PER_READ, true).await?;
            for point in points {
                known.pain_points.insert(point.id, Arc::new(PainPoint::from_point(point)?));
            }
            from = next;
            if from.is_none() {
                break;
            }
        }
        let journeys: HashSet<String> = known.pain_points.values().map(|known| known.journey.clone()).collect();
        for journey in journeys {
            if let Some(model) = JourneyModel::read(self.store(), &journey).await? {
                known.models.insert(journey, Arc::new(model));
            }
        }
        *self.known_mut() = known;
        self.show();
        Ok(())
    }

    /// Has mentions placed among, and named after, the pain points as they are known now.
    fn show(&self) {
        let known = self.known();
        let assigners = self.inner.writing.assigners();
        for (journey, model) in &known.models {
            assigners.replace(journey, known.assigner(journey, model));
        }
        assigners.show(known.shown());
    }
}

impl Changing<'_> {
    /// Writes changed or new pain points with what happened to them. Returns when they are durable and everybody sees them.
    pub async fn save(&self, changed: Vec<PainPoint>, events: Vec<Event>) -> Result<()> {
        self.write(changed, events, Vec::new()).await?;
        self.pain_points.show();
        Ok(())
    }

    /// The same with what a discovery leaves behind for its journey.
    async fn save_found(
        &self,
        journey: &str,
        model: JourneyModel,
        changed: Vec<PainPoint>,
        events: Vec<Event>,
    ) -> Result<()> {
        self.write(changed, events, vec![model.to_write(journey)?]).await?;
        self.pain_points.known_mut().models.insert(journey.to_owned(), Arc::new(model));
        self.pain_points.show();
        Ok(())
    }

    async fn write(&self, changed: Vec<PainPoint>, events: Vec<Event>, others: Vec<Write>) -> Result<()> {
        let mut writes = Vec::new();
        let has_events = !events.is_empty();
        // Events first: after a crash in between they are written again rather than lost.
        if has_events {
            let points = events.iter().map(Event::to_point).collect::<Result<_>>()?;
            writes.push(Write::Upsert { kind: Kind::Events, points });
        }
        let points = changed.iter().map(PainPoint::to_point).collect::<Result<_>>()?;
        writes.push(Write::Upsert { kind: Kind::PainPoints, points });
        writes.extend(others);
        self.pain_points.store().write(writes).await?;
        let changed = changed.into_iter().map(|changed| (changed.id, Arc::new(changed)));
        self.pain_points.known_mut().pain_points.extend(changed);
        if has_events {
            self.pain_points.inner.events_written.send_modify(|count| *count += 1);
        }
        Ok(())
    }
}

impl Known {
    /// Itself, or the one that it was merged into in the end.
    fn shown_as(&self, id: Uuid) -> Option<Uuid> {
        let mut id = id;
        for _ in 0..LONGEST_CHAIN {
            match self.pain_points.get(&id)?.merged_into {
                Some(into) => id = into,
                None => return Some(id),
            }
        }
        None
    }

    fn shown(&self) -> HashMap<Uuid, ShownPainPoint> {
        let shown = |id: &Uuid| {
            let shown = self.pain_points.get(&self.shown_as(*id)?)?;
            let is_hidden = shown.state == PainPointState::Dismissed;
            (!is_hidden).then(|| ShownPainPoint { id: shown.id, name: shown.name().to_owned() })
        };
        self.pain_points.keys().filter_map(|id| Some((*id, shown(id)?))).collect()
    }

    fn assigner(&self, journey: &str, model: &JourneyModel) -> Assigner {
        let mut owners = vec![None; model.clusters.hierarchy.leaves()];
        let of_model = self.pain_points.values().filter(|known| known.journey == journey);
        for pain_point in of_model.filter(|known| known.found_by == model.discovery) {
            for leaf in &pain_point.leaves {
                if let Some(owner) = owners.get_mut(*leaf as usize) {
                    *owner = Some(pain_point.id);
                }
            }
        }
        Assigner {
            discovery: model.discovery,
            filter: model.filter.clone(),
            model: model.clusters.clone(),
            layout: model.layout.clone(),
            owners,
        }
    }
}
