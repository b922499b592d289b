//! Qdrant inside this process: crate `qdrant-edge`, one shard folder per [`Kind`] under one data folder. It has the kind's
//! name, until a compaction has rewritten the shard into `NAME.rewritten-1`, and so on.
//!
//! Reads see what has been applied, which may be a moment before it is flushed and acknowledged. They run on tokio's
//! threads for blocking work and walk a shard's segments one after the other, old ones first: a point that an update
//! moves to the newest segment meanwhile is then seen once or twice, never missed.

mod compaction;
mod convert;
mod folders;
mod log;
mod open;
mod tidy;

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use qdrant_edge::{
    CountRequest, Direction, EdgeShard, FacetRequest, NamedQuery, OperationError, OrderBy, OrderByInterface, QueryEnum,
    QueryRequestBuilder, RetrieveRequestBuilder, ScoringQuery, ScrollRequestBuilder, WithPayloadInterface, WithVector,
};
use uuid::Uuid;

use self::convert::{edge_filter, edge_id, field_value, json_path, our_id, point, scored_point};
use self::log::EdgeLog;
use self::open::{lock_folder, open_shard};
use super::check::check_writes;
use super::commit::{Committer, panic_message};
use super::{
    Compaction, FieldValue, Filter, Kind, MOST_VALUES_COUNTED, Order, Point, ScoredPoint, Store, StoreError, Write,
};

/// When a write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// When the log that holds it is on the disk. It survives a power failure: opening replays the log.
    #[default]
    Log,
    /// When the log *and* the segments are on the disk. Opening has nothing acknowledged to replay. A flush of one
    /// shard is some 150 system calls that wait for the disk, where the log takes one.
    Segments,
    /// When it is applied; the log follows within this time. It survives the death of the process, but a power failure
    /// loses up to this much, and only later writes and `ready` tell of a flush that failed.
    Timer(Duration),
}

/// How to open an [`EdgeStore`].
#[derive(Debug, Clone, Copy)]
pub struct EdgeOptions {
    /// Numbers per vector; fixed for a data folder once it is made.
    pub vector_size: usize,
    pub durability: Durability,
    pub tidy: TidyOptions,
}

impl EdgeOptions {
    /// On the disk before it is acknowledged, and tidied up when quiet.
    pub fn new(vector_size: usize) -> EdgeOptions {
        EdgeOptions { vector_size, durability: Durability::default(), tidy: TidyOptions::default() }
    }
}

/// When a shard that has changed is looked at for segments worth rewriting.
#[derive(Debug, Clone, Copy)]
pub struct TidyOptions {
    /// Nothing has been written for this long.
    pub when_quiet_for: Duration,
    /// So many points were written since the last time, quiet or not.
    pub after_changes: usize,
}

impl Default for TidyOptions {
    fn default() -> Self {
        TidyOptions { when_quiet_for: Duration::from_secs(2), after_changes: 20_000 }
    }
}

/// The embedded store.
#[derive(Debug)]
pub struct EdgeStore {
    vector_size: usize,
    committer: Arc<Committer>,
    /// `None` once closed. Reads hold the read lock until they are done, so closing waits for them.
    shards: Arc<tokio::sync::RwLock<Option<Arc<Shards>>>>,
}

/// All shards of a data folder. The fields are dropped in this order: shards first, then the lock.
#[derive(Debug)]
struct Shards {
    /// In the order of [`Kind::ALL`]. Whoever uses a shard holds on to it, so it can be replaced meanwhile.
    by_kind: Vec<RwLock<OpenShard>>,
    data_folder: PathBuf,
    _lock: File,
}

#[derive(Debug, Clone)]
struct OpenShard {
    shard: Arc<EdgeShard>,
    /// Whether a point may stand in two of its segments: a crash in the middle of a tidy-up leaves the new segment beside
    /// those that it was made from. Known from when it was opened.
    has_copies: bool,
}

impl Shards {
    fn of(&self, kind: Kind) -> Arc<EdgeShard> {
        self.open(kind).shard
    }

    fn open(&self, kind: Kind) -> OpenShard {
        // These locks guard a pointer: there is nothing that a panic could leave half done.
        let shard = self.by_kind[kind as usize].read().unwrap_or_else(PoisonError::into_inner);
        shard.clone()
    }

    /// Returns the shard that was there. The new one has been written point by point.
    fn replace(&self, kind: Kind, new: Arc<EdgeShard>) -> Arc<EdgeShard> {
        let mut shard = self.by_kind[kind as usize].write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *shard, OpenShard { shard: new, has_copies: false }).shard
    }
}

impl EdgeStore {
    /// Open the data folder `folder`, or make it. Blocks; after a crash for as long as the log takes to replay.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process (or another store in this one) has it open;
    /// [`StoreError::Damaged`] when a shard is there and cannot be opened, or was made for another vector size;
    /// [`StoreError::Write`] when the folder cannot be made or locked. Nothing is ever deleted, but for what a compaction
    /// that was cut off has left beside the shards.
    pub fn open(folder: &Path, options: EdgeOptions) -> Result<EdgeStore, StoreError> {
        let lock = lock_folder(folder)?;
        let mut by_kind = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            let shard = open_shard(folder, kind, options.vector_size)?;
            let has_copies = has_copies(&shard).map_err(read_error)?;
            by_kind.push(RwLock::new(OpenShard { shard: Arc::new(shard), has_copies }));
        }
        let shards = Arc::new(Shards { by_kind, data_folder: folder.to_owned(), _lock: lock });
        let log = EdgeLog::new(Arc::clone(&shards), options);
        let timer = match options.durability {
            Durability::Log | Durability::Segments => None,
            Durability::Timer(interval) => Some(interval),
        };
        let committer = Committer::start(log, timer)
            .map_err(|error| StoreError::Write { reason: format!("could not start the writer thread: {error}") })?;
        Ok(EdgeStore {
            vector_size: options.vector_size,
            committer: Arc::new(committer),
            shards: Arc::new(tokio::sync::RwLock::new(Some(shards))),
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        kind: Kind,
        read: impl FnOnce(&EdgeShard) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_shards(move |shards| read(&shards.of(kind))).await
    }

    async fn read_shards<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shards) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let guard = Arc::clone(&self.shards).read_owned().await;
        run_blocking(move || match &*guard {
            Some(shards) => read(shards),
            None => Err(StoreError::Closed),
        })
        .await
        .unwrap_or_else(|reason| Err(StoreError::Read { reason }))
    }
}

#[async_trait]
impl Store for EdgeStore {
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        check_writes(&writes, self.vector_size)?;
        self.committer.write(writes).await
    }

    async fn get(&self, kind: Kind, ids: Vec<Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError> {
        self.read(kind, move |shard| {
            let request = RetrieveRequestBuilder::new(ids.into_iter().map(edge_id).collect())
                .with_vector(WithVector::Bool(with_vectors && kind.has_vectors()))
                .build();
            shard.retrieve(request).map_err(read_error)?.into_iter().map(|record| point(kind, record)).collect()
        })
        .await
    }

    async fn matching(&self, kind: Kind, filter: Filter, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, StoreError> {
        self.read(kind, move |shard| {
            let nothing = WithPayloadInterface::Bool(false);
            let mut request = ScrollRequestBuilder::new().limit(ids.len().max(1)).with_payload(nothing).build();
            request.filter = edge_filter(&filter.among(ids)).map_err(|reason| StoreError::Read { reason })?;
            let (records, _next) = shard.scroll(request).map_err(read_error)?;
            records.into_iter().map(|record| our_id(record.id)).collect()
        })
        .await
    }

    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<Uuid>), StoreError> {
        self.read(kind, move |shard| {
            let mut request = ScrollRequestBuilder::new()
                .limit(limit)
                .with_vector(WithVector::Bool(with_vectors && kind.has_vectors()))
                .build();
            request.filter = edge_filter(&filter).map_err(|reason| StoreError::Read { reason })?;
            request.offset = from.map(edge_id);
            let (records, next) = shard.scroll(request).map_err(read_error)?;
            let points = records.into_iter().map(|record| point(kind, record)).collect::<Result<_, _>>()?;
            Ok((points, next.map(our_id).transpose()?))
        })
        .await
    }

    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError> {
        self.read(kind, move |shard| {
            let wrong = |reason| StoreError::Read { reason };
            let direction = if order.descending { Direction::Desc } else { Direction::Asc };
            let key = json_path(order.field).map_err(wrong)?;
            let order_by = OrderBy { key, direction: Some(direction), start_from: None };
            let mut request = ScrollRequestBuilder::new()
                .limit(limit)
                .with_vector(WithVector::Bool(with_vectors && kind.has_vectors()))
                .order_by(OrderByInterface::Struct(order_by))
                .build();
            request.filter = edge_filter(&filter).map_err(wrong)?;
            let (records, _next) = shard.scroll(request).map_err(read_error)?;
            records.into_iter().map(|record| point(kind, record)).collect()
        })
        .await
    }

    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        self.read(kind, move |shard| {
            let nearest = ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::default_dense(vector)));
            let mut request = QueryRequestBuilder::new(limit)
                .query(nearest)
                .offset(offset)
                .with_payload(WithPayloadInterface::Bool(true))
                .build();
            request.filter = edge_filter(&filter).map_err(|reason| StoreError::Read { reason })?;
            shard.query(request).map_err(read_error)?.into_iter().map(scored_point).collect()
        })
        .await
    }

    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError> {
        self.read(kind, move |shard| {
            let filter = edge_filter(&filter).map_err(|reason| StoreError::Read { reason })?;
            let count = shard.count(CountRequest { filter, exact: true }).map_err(read_error)?;
            Ok(count as u64)
        })
        .await
    }

    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError> {
        self.read_shards(move |shards| {
            let wrong = |reason| StoreError::Read { reason };
            let filter = edge_filter(&filter).map_err(wrong)?;
            let key = json_path(field).map_err(wrong)?;
            // What qdrant-edge calls exact asks for the points of each single value. Adding up what each segment counts in one walk
            // is as exact where no point stands in two segments, and none has a value twice, as two mentions of a comment
            // may. (It would guess only among ten times as many values as are asked for.)
            let OpenShard { shard, has_copies } = shards.open(kind);
            let one_by_one = has_copies || field.contains("[]");
            let request = FacetRequest { key, limit: MOST_VALUES_COUNTED, filter, exact: one_by_one };
            let counted = shard.facet(request).map_err(read_error)?;
            counted.hits.into_iter().map(|hit| Ok((field_value(hit.value)?, hit.count as u64))).collect()
        })
        .await
    }

    async fn compact(&self) -> Result<Compaction, StoreError> {
        self.committer.compact().await.map(|()| Compaction::Done)
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn ready(&self) -> Result<(), StoreError> {
        if let Some(reason) = self.committer.failure() {
            return Err(StoreError::Write { reason: reason.to_owned() });
        }
        self.count(Kind::Meta, Filter::default()).await.map(|_count| ())
    }

    async fn close(&self) -> Result<(), StoreError> {
        let committer = Arc::clone(&self.committer);
        let closed =
            run_blocking(move || committer.close()).await.unwrap_or_else(|reason| Err(StoreError::Write { reason }));
        let shards = self.shards.write().await.take();
        // Dropping a shard flushes it once more, and that blocks.
        run_blocking(move || drop(shards)).await.map_err(|reason| StoreError::Write { reason })?;
        closed
    }
}

/// Whether a point stands in two of its segments.
fn has_copies(shard: &EdgeShard) -> Result<bool, OperationError> {
    let points = shard.count(CountRequest { filter: None, exact: true })?;
    Ok(shard.info()?.points_count != points)
}

/// Run what blocks on a thread for that; an error says how it panicked.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => panic_message(&*panic),
        Err(error) => error.to_string(),
    })
}

fn read_error(error: OperationError) -> StoreError {
    StoreError::Read { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
