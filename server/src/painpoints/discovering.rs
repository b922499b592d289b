//! One discovery at work.
//!
//! It reads the vectors and words of the mentions, or of a sample of them, finds clusters, and makes pain points of them.
//! All that is in memory until it is written at once, with the cluster model that places every later mention; then each
//! mention is given its place, page by page. One that is taken up again begins anew, and recognises
//! what it has brought forth already.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::Utc;
use klartext_models::clusters::{self, DiscoveryOptions, Layout, sample};
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
use crate::store::{Bounds, Condition, Filter, Kind, Payload, Point, Store, Write};

/// Mentions that are read at once.
const READ_AT_ONCE: usize = 1_000;
/// Mentions that are given their places at once: what a live call's write waits for at most. Until they have them, nobody
/// else changes their comments.
const PLACED_AT_ONCE: usize = 256;

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
    Placing(Placing),
    /// Of those that were not.
    Assigning(Option<Uuid>),
    /// Of mentions that this discovery did not take, but the one before.
    Clearing(Option<Uuid>),
    Measuring,
    Done,
}

struct Reading {
    clustered_at_most: usize,
    /// Places in the order of ids of the mentions that are clustered; `None`: the first, as far as they are not too many.
    drawn: Option<HashSet<usize>>,
    from: Option<Uuid>,
    seen: usize,
    clustered: Clustered,
}

/// Mentions that were clustered, and their places.
struct Placing {
    /// Ids of each and of its comment, in the order in which they were read.
    mentions: Vec<(Uuid, Uuid)>,
    places: HashMap<Uuid, Place>,
    done: usize,
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
            Stage::Placing(placing) => {
                let is_placed = placing.place_some(task).await?;
                is_placed.then_some(Stage::Assigning(None))
            }
            Stage::Assigning(from) => match assign_page(task, *from).await? {
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
    pub(super) fn new(discovery: &Discovery, pain_points: PainPoints, give_way: GiveWay) -> Self {
        let stage = Stage::Reading(Reading::of(discovery, pain_points.config().clustered_at_most));
        Self { pain_points, give_way, stage }
    }

    async fn cluster(&self, task: &mut Task<Discovery>, clustered: Arc<Clustered>) -> Result<Option<Stage>> {
        begin(task, DiscoveryStep::Clustering).await?;
        let polarity = self.give_way.pipeline.engine().heads.polarity.clone();
        let clustered_at_most = self.pain_points.config().clustered_at_most;
        let seed = task.operation.seed;
        let options = DiscoveryOptions { seed, clustered_at_most, ..DiscoveryOptions::default() };
        let stop = options.stop.clone();
        let before = self.pain_points.model_of(&task.operation.journey).map(|model| model.layout.clone());
        let computing = clustered.clone();
        let found = computed(move || find(&computing.vectors, &polarity, before.as_deref(), &options));
        let found = task.wait_for(found).await;
        if !matches!(found, Ok(Some(_))) {
            stop.ask();
        }
        let Some(found) = found? else { return Ok(None) };
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
        let mentions = clustered.mentions.iter().map(|mention| (mention.id, mention.comment_id)).collect();
        let findings = computed(move || {
            let finder = Finder { discovery, journey: &of_journey, now: Utc::now(), known: &known };
            describe(&finder, &clustered, &describing)
        });
        let Some(findings) = task.wait_for(findings).await? else { return Ok(None) };
        let Findings { changed, events, places, mut counts } = findings?;
        if self.pain_points.model_of(&journey).is_some_and(|model| model.discovery == discovery) {
            // It had come to this before it was taken up again, and what ended then is not found to end once more.
            counts.ended += task.operation.counts.ended;
        }
        task.operation.counts = counts;
        begin(task, DiscoveryStep::Writing).await?;
        let clusters = Arc::new(found.clusters.model.clone());
        let layout = Arc::new(found.layout.clone());
        let model = JourneyModel { discovery, filter: task.operation.takes(), clusters, layout };
        changing.save_found(&journey, model, changed, events).await?;
        Ok(Some(Stage::Placing(Placing { mentions, places, done: 0 })))
    }
}

impl Reading {
    fn of(discovery: &Discovery, clustered_at_most: usize) -> Self {
        let total = discovery.mentions_total as usize;
        let draw = || sample(total, clustered_at_most, discovery.seed).into_iter().collect();
        Self {
            clustered_at_most,
            drawn: (total > clustered_at_most).then(draw),
            from: None,
            seen: 0,
            clustered: Clustered::default(),
        }
    }

    /// `true` when all is read.
    async fn read_page(&mut self, task: &mut Task<Discovery>) -> Result<bool> {
        let filter = task.operation.takes().for_mentions();
        let store = task.writing.store();
        let (points, next) = page_by_id(store, Kind::Mentions, &filter, self.from, READ_AT_ONCE, true).await?;
        self.take(points)?;
        self.from = next;
        task.operation.step = DiscoveryStep::Reading;
        task.operation.mentions_done = self.seen as u64;
        task.operation.mentions_total = task.operation.mentions_total.max(self.seen as u64);
        Ok(next.is_none())
    }

    /// The next mentions in the order of ids.
    fn take(&mut self, points: Vec<Point>) -> Result<()> {
        for point in points {
            let is_drawn = self.drawn.as_ref().is_none_or(|drawn| drawn.contains(&self.seen));
            // More may be there than were counted in the beginning.
            if is_drawn && self.clustered.mentions.len() < self.clustered_at_most {
                self.clustered.add(point)?;
            }
            self.seen += 1;
        }
        Ok(())
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

impl Placing {
    /// `true` when all of them have their places. Whether they still match is seen once nobody else changes their comments.
    async fn place_some(&mut self, task: &mut Task<Discovery>) -> Result<bool> {
        let some = &self.mentions[self.done..self.mentions.len().min(self.done + PLACED_AT_ONCE)];
        let store = task.writing.store();
        let _claim = task.writing.claim_owned(some.iter().map(|(_, comment)| *comment).collect()).await;
        let ids = some.iter().map(|(mention, _)| *mention).collect();
        let still_matching = store.matching(Kind::Mentions, task.operation.takes().for_mentions(), ids).await?;
        let to_place = some.iter().map(|(mention, _)| mention).filter(|mention| still_matching.contains(mention));
        let fields = |mention: &Uuid| Ok((*mention, Place::fields(self.places.get(mention))?));
        set_places(store, to_place.map(fields).collect::<Result<_>>()?).await?;
        self.done += some.len();
        task.operation.mentions_done += some.len() as u64;
        Ok(self.done == self.mentions.len())
    }
}

/// Gives the mentions of a page that have no place of this discovery yet theirs, and says where the next one starts.
async fn assign_page(task: &mut Task<Discovery>, from: Option<Uuid>) -> Result<Option<Uuid>> {
    let mut filter = task.operation.takes().for_mentions();
    let discovery = task.operation.head.id.to_string();
    filter.all.push(Condition::NoneOf { field: "placed_by", values: vec![discovery] });
    let place = async |mentions: Vec<PlacedMention>| assigned(task, mentions).await;
    let (count, next) = change_page(&task.writing, filter, from, place).await?;
    task.operation.mentions_done += count;
    Ok(next)
}

/// The places of mentions that were not clustered.
async fn assigned(task: &Task<Discovery>, mentions: Vec<PlacedMention>) -> Result<Vec<(Uuid, Option<Place>)>> {
    let Some(assigner) = task.writing.assigners().of(&task.operation.journey) else { return Ok(Vec::new()) };
    let ids = mentions.into_iter().map(|mention| mention.id).collect();
    let points = task.writing.store().get(Kind::Mentions, ids, true).await?;
    let place = |point: Point| (point.id, point.vector.and_then(|vector| assigner.place(&vector)));
    Ok(points.into_iter().map(place).collect())
}

/// Takes the places away that a discovery before gave to mentions which this one does not take.
async fn clear_page(task: &mut Task<Discovery>, from: Option<Uuid>) -> Result<Option<Uuid>> {
    let discovery = task.operation.head.id;
    let filter = Filter {
        all: vec![
            Condition::is("journey", &task.operation.journey),
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
    let (points, _) = page_by_id(store, Kind::Mentions, &filter.among(ids), None, count, false).await?;
    let mentions = points.into_iter().map(PlacedMention::from_point).collect::<Result<_>>()?;
    let mut fields = Vec::with_capacity(count);
    for (id, place) in new_places(mentions).await? {
        fields.push((id, Place::fields(place.as_ref())?));
    }
    set_places(store, fields).await?;
    Ok((count as u64, next))
}

async fn set_places(store: &dyn Store, fields: Vec<(Uuid, Payload)>) -> Result<()> {
    if !fields.is_empty() {
        store.write(vec![Write::SetFields { kind: Kind::Mentions, fields }]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use klartext_models::VECTOR_SIZE;
    use serde_json::json;

    use super::*;
    use crate::insights::{CommentFilter, discovery_id, to_payload};
    use crate::operations::Head;

    fn mentions(numbers: std::ops::Range<u128>) -> Vec<Point> {
        let point = |number| {
            let id = Uuid::from_u128(number);
            let mention = json!({
                "comment_id": id, "index": 0, "text": "Zu spät.", "channel": "survey", "language": "de", "time": 0,
            });
            Point { id, vector: Some(vec![0.1; VECTOR_SIZE]), payload: to_payload(&mention).expect("an object") }
        };
        numbers.map(point).collect()
    }

    fn reading(total: u64, at_most: usize) -> Reading {
        let head = Head::begin(discovery_id("once"), CommentFilter::default(), Uuid::nil());
        Reading::of(&Discovery::begin(head, "generic".to_owned(), 1, total), at_most)
    }

    fn ids(reading: &Reading) -> Vec<Uuid> {
        reading.clustered.mentions.iter().map(|mention| mention.id).collect()
    }

    #[test]
    fn a_sample_of_all_is_held() {
        let mut sampling = reading(1_000, 50);
        let mut again = reading(1_000, 50);
        for page in 0..10 {
            sampling.take(mentions(page * 100..(page + 1) * 100)).expect("they are read");
            assert!(sampling.clustered.vectors.len() <= 50, "memory is bounded by the sample");
        }
        again.take(mentions(0..1_000)).expect("they are read");
        assert_eq!((sampling.seen, sampling.clustered.vectors.len()), (1_000, 50));
        assert_eq!(ids(&sampling), ids(&again), "the same ones, however they are read");
        assert!(ids(&sampling).iter().any(|id| *id > Uuid::from_u128(900)), "from everywhere");
    }

    #[test]
    fn all_are_held_where_there_are_no_more() {
        let mut all = reading(50, 50);
        all.take(mentions(0..50)).expect("they are read");
        assert_eq!(all.clustered.vectors.len(), 50);
        // While it reads, others come.
        all.take(mentions(50..70)).expect("they are read");
        assert_eq!((all.seen, all.clustered.vectors.len()), (70, 50));
    }
}
