//! One discovery at work.
//!
//! It reads the vectors and words of the mentions, or of a sample of them, finds clusters, and makes pain points of them.
//! All that is in memory until it is written at once, with the cluster model that places every later mention; then each
//! mention is given its place, page by page. One that is taken up again begins anew: what it brings forth has the same
//! ids, and a place that is written twice is the same place.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::Utc;
use klartext_models::clusters::{self, CLUSTERED_AT_MOST, DiscoveryOptions, Layout, sample};
use klartext_models::train::Matrix;
use tracing::info;
use uuid::Uuid;

use super::PainPoints;
use super::describing::{Clustered, ClusteredMention, Finder, Findings, Found, describe};
use super::discovery::{Discovery, DiscoveryStep};
use super::model::JourneyModel;
use crate::error::{Error, Result};
use crate::insights::{Place, PlacedMention};
use crate::operations::{GiveWay, Step, Task, Worker};
use crate::pipeline::Writing;
use crate::store::paging::page_by_id;
use crate::store::{Bounds, Condition, Filter, Kind, Point, Write};

/// Mentions that are read at once.
const READ_AT_ONCE: usize = 1_000;
/// Mentions that are given their places at once: what a live call's write waits for at most. Until they have them, nobody
/// else changes their comments.
const PLACED_AT_ONCE: usize = 128;

pub(super) struct Discovering {
    pain_points: PainPoints,
    give_way: GiveWay,
    stage: Stage,
}

enum Stage {
    Reading(Reading),
    Clustering(Arc<Clustered>),
    Describing(Arc<Clustered>, Arc<Found>),
    /// Of the mentions that were clustered.
    Placing(HashMap<Uuid, Place>, Option<Uuid>),
    /// Of mentions that this discovery did not take, but the one before.
    Clearing(Option<Uuid>),
    Measuring,
    Done,
}

#[derive(Default)]
struct Reading {
    /// Places in the order of ids of the mentions that are clustered; `None`: all.
    drawn: Option<HashSet<usize>>,
    from: Option<Uuid>,
    seen: usize,
    clustered: Clustered,
}

#[async_trait]
impl Worker<Discovery> for Discovering {
    async fn step(&mut self, task: &mut Task<Discovery>) -> Result<Step> {
        let start = Instant::now();
        let next = match &mut self.stage {
            Stage::Reading(reading) => {
                let is_read = reading.read_page(task).await?;
                is_read.then(|| Stage::Clustering(Arc::new(std::mem::take(&mut reading.clustered))))
            }
            Stage::Clustering(clustered) => {
                let clustered = clustered.clone();
                self.cluster(task, clustered).await?
            }
            Stage::Describing(clustered, found) => {
                let (clustered, found) = (clustered.clone(), found.clone());
                self.describe(task, clustered, found).await?
            }
            Stage::Placing(places, from) => match place_page(task, places, *from).await? {
                Some(next) => {
                    *from = Some(next);
                    None
                }
                None => Some(Stage::Clearing(None)),
            },
            Stage::Clearing(from) => match clear_page(task, *from).await? {
                Some(next) => {
                    *from = Some(next);
                    None
                }
                None => Some(Stage::Measuring),
            },
            Stage::Measuring => {
                self.pain_points.measure(&task.operation.journey, &self.give_way).await?;
                Some(Stage::Done)
            }
            Stage::Done => return Ok(Step::Done),
        };
        if let Some(next) = next {
            self.stage = next;
        }
        task.report().await?;
        self.give_way.after(start.elapsed()).await;
        Ok(Step::Going)
    }

    fn may_be_cancelled(&self) -> bool {
        matches!(self.stage, Stage::Reading(_) | Stage::Clustering(_) | Stage::Describing(..))
    }

    /// Each step reads anew what it changes.
    fn interrupted(&mut self) {}

    fn reason(&self) -> &'static str {
        "stored mentions could not be read or clustered"
    }

    fn ended(&self, discovery: &Discovery) {
        let Discovery { mentions_total, counts, .. } = discovery;
        self.give_way.pipeline.metrics().discovered(*mentions_total);
        info!(
            id = %discovery.head.id,
            mentions = mentions_total,
            pain_points = counts.pain_points,
            born = counts.born,
            continued = counts.continued,
            ended = counts.ended,
            "what a discovery has found"
        );
    }
}

impl Discovering {
    pub(super) fn new(pain_points: PainPoints, give_way: GiveWay) -> Self {
        Self { pain_points, give_way, stage: Stage::Reading(Reading::default()) }
    }

    async fn cluster(&self, task: &mut Task<Discovery>, clustered: Arc<Clustered>) -> Result<Option<Stage>> {
        begin(task, DiscoveryStep::Clustering).await?;
        let polarity = self.give_way.pipeline.engine().heads.polarity.clone();
        let options = DiscoveryOptions { seed: task.operation.seed, ..DiscoveryOptions::default() };
        let before = self.pain_points.model_of(&task.operation.journey).map(|model| model.layout.clone());
        let computing = clustered.clone();
        let found = computed(move || find(&computing.vectors, &polarity, before.as_deref(), &options));
        let Some(found) = task.wait_for(found).await? else { return Ok(None) };
        Ok(Some(Stage::Describing(clustered, Arc::new(found??))))
    }

    /// Makes pain points of the clusters and writes them: from here on everybody sees them.
    async fn describe(
        &self,
        task: &mut Task<Discovery>,
        clustered: Arc<Clustered>,
        found: Arc<Found>,
    ) -> Result<Option<Stage>> {
        begin(task, DiscoveryStep::Describing).await?;
        // Nobody renames or merges what is being recognised.
        let changing = self.pain_points.change().await;
        let journey = task.operation.journey.clone();
        let discovery = task.operation.head.id;
        let known = self.pain_points.of_journey(&journey);
        let describing = found.clone();
        let of_journey = journey.clone();
        let findings = computed(move || {
            let finder = Finder { discovery, journey: &of_journey, now: Utc::now(), known: &known };
            describe(&finder, &clustered, &describing)
        });
        let Some(findings) = task.wait_for(findings).await? else { return Ok(None) };
        let Findings { changed, events, places, counts } = findings?;
        task.operation.counts = counts;
        begin(task, DiscoveryStep::Writing).await?;
        let clusters = Arc::new(found.clusters.model.clone());
        let layout = Arc::new(found.layout.clone());
        let model = JourneyModel { discovery, filter: task.operation.takes(), clusters, layout };
        changing.save_found(&journey, model, changed, events).await?;
        Ok(Some(Stage::Placing(places, None)))
    }
}

impl Reading {
    /// `true` when all is read.
    async fn read_page(&mut self, task: &mut Task<Discovery>) -> Result<bool> {
        let total = task.operation.mentions_total as usize;
        if self.seen == 0 && total > CLUSTERED_AT_MOST {
            self.drawn = Some(sample(total, CLUSTERED_AT_MOST, task.operation.seed).into_iter().collect());
        }
        let filter = task.operation.takes().for_mentions();
        let store = task.writing.store();
        let (points, next) = page_by_id(store, Kind::Mentions, &filter, self.from, READ_AT_ONCE, true).await?;
        for point in points {
            if self.drawn.as_ref().is_none_or(|drawn| drawn.contains(&self.seen)) {
                self.clustered.add(point)?;
            }
            self.seen += 1;
        }
        self.from = next;
        task.operation.step = DiscoveryStep::Reading;
        task.operation.mentions_done = self.seen as u64;
        task.operation.mentions_total = task.operation.mentions_total.max(self.seen as u64);
        Ok(next.is_none())
    }
}

impl Clustered {
    fn add(&mut self, mut point: Point) -> Result<()> {
        let no_vector = || Error::Internal("a mention has no vector".to_owned());
        self.vectors.push(&point.vector.take().ok_or_else(no_vector)?);
        let PlacedMention { id, comment_id, text, language, place, .. } = PlacedMention::from_point(point)?;
        let owner_before = place.and_then(|place| place.pain_point);
        self.mentions.push(ClusteredMention { id, comment_id, text, language, owner_before });
        Ok(())
    }
}

/// Clusters, and a map on which everything stays as near as it can to where it was before.
fn find(
    vectors: &Matrix,
    polarity: &[f32],
    before: Option<&Layout>,
    options: &DiscoveryOptions,
) -> klartext_models::Result<Found> {
    let clusters = clusters::Discovery::of(vectors, polarity, options)?;
    let layout = Layout::fit(vectors, clusters.model.transform(), before, options)?;
    let map = layout.place_all(vectors, options);
    Ok(Found { clusters, layout, map })
}

/// On a thread for blocking work.
async fn computed<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let computing = tokio::task::spawn_blocking(compute);
    computing.await.map_err(|error| Error::Internal(format!("a discovery's computation failed: {error}")))
}

async fn begin(task: &mut Task<Discovery>, step: DiscoveryStep) -> Result<()> {
    task.operation.step = step;
    task.operation.mentions_done = 0;
    task.publish();
    task.save().await
}

/// Gives the mentions of a page their places, and says where the next one starts.
async fn place_page(
    task: &mut Task<Discovery>,
    places: &HashMap<Uuid, Place>,
    from: Option<Uuid>,
) -> Result<Option<Uuid>> {
    let discovery = task.operation.head.id;
    let filter = task.operation.takes().for_mentions();
    let writing = task.writing.clone();
    let place = async |mentions: Vec<PlacedMention>| {
        let is_placed = |mention: &PlacedMention| {
            mention.place.as_ref().is_some_and(|place| place.placed_by == discovery)
                && !places.contains_key(&mention.id)
        };
        let to_place: Vec<Uuid> =
            mentions.iter().filter(|mention| !is_placed(mention)).map(|mention| mention.id).collect();
        let (known, unknown): (Vec<Uuid>, Vec<Uuid>) = to_place.into_iter().partition(|id| places.contains_key(id));
        let mut placed: Vec<(Uuid, Option<Place>)> =
            known.into_iter().map(|id| (id, places.get(&id).cloned())).collect();
        placed.extend(assigned(&writing, &task.operation.journey, unknown).await?);
        Ok(placed)
    };
    let (count, next) = change_page(&task.writing, filter, from, place).await?;
    task.operation.mentions_done += count;
    Ok(next)
}

/// The places of mentions that were not clustered.
async fn assigned(writing: &Writing, journey: &str, ids: Vec<Uuid>) -> Result<Vec<(Uuid, Option<Place>)>> {
    let Some(assigner) = writing.assigners().of(journey).filter(|_| !ids.is_empty()) else { return Ok(Vec::new()) };
    let points = writing.store().get(Kind::Mentions, ids, true).await?;
    let place = |point: Point| (point.id, point.vector.and_then(|vector| assigner.place(&vector)));
    Ok(points.into_iter().map(place).collect())
}

/// Takes the places away that a discovery before gave to mentions which this one does not take.
async fn clear_page(task: &mut Task<Discovery>, from: Option<Uuid>) -> Result<Option<Uuid>> {
    let discovery = task.operation.head.id;
    let of = |field, values| Condition::AnyOf { field, values };
    let filter = Filter {
        all: vec![
            of("journey", vec![task.operation.journey.clone()]),
            Condition::Range { field: "membership", bounds: Bounds { at_least: Some(0.0), ..Bounds::default() } },
            Condition::NoneOf { field: "placed_by", values: vec![discovery.to_string()] },
        ],
    };
    let clear =
        async |mentions: Vec<PlacedMention>| Ok(mentions.into_iter().map(|mention| (mention.id, None)).collect());
    change_page(&task.writing, filter, from, clear).await.map(|(_, next)| next)
}

/// Reads a page of mentions, keeps others from changing their comments, and gives those that still match new places. Says
/// how many mentions the page had and where the next one starts.
async fn change_page(
    writing: &Arc<Writing>,
    filter: Filter,
    from: Option<Uuid>,
    new_places: impl AsyncFnOnce(Vec<PlacedMention>) -> Result<Vec<(Uuid, Option<Place>)>>,
) -> Result<(u64, Option<Uuid>)> {
    let store = writing.store();
    let (points, next) = page_by_id(store, Kind::Mentions, &filter, from, PLACED_AT_ONCE, false).await?;
    let count = points.len();
    if count == 0 {
        return Ok((0, next));
    }
    let ids: Vec<Uuid> = points.iter().map(|point| point.id).collect();
    let mentions = points.into_iter().map(PlacedMention::from_point).collect::<Result<Vec<_>>>()?;
    let _claim = writing.claim_owned(mentions.iter().map(|mention| mention.comment_id).collect()).await;
    let mut still_matching = filter;
    still_matching.all.push(Condition::Ids(ids));
    let (points, _) = page_by_id(store, Kind::Mentions, &still_matching, None, count, false).await?;
    let mentions = points.into_iter().map(PlacedMention::from_point).collect::<Result<_>>()?;
    let mut fields = Vec::with_capacity(count);
    for (id, place) in new_places(mentions).await? {
        fields.push((id, Place::fields(place.as_ref())?));
    }
    if !fields.is_empty() {
        store.write(vec![Write::SetFields { kind: Kind::Mentions, fields }]).await?;
    }
    Ok((count as u64, next))
}
