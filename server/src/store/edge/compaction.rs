//! Compaction: every shard is copied, point by point, into a new folder, and the old folder is deleted.
//!
//! What Qdrant calls optimising does not suffice: it leaves segments alone in which little was deleted, never looks at
//! the blocks that a replaced payload leaves behind in its storage, and knows nothing of the log, whose files keep their
//! entries until they are overwritten. A folder into which only what is alive was written has none of that to begin
//! with, and deleting the old one needs no knowledge of its files.
//!
//! Points come out as they went in: vectors bit for bit, and payloads as every reading of them does (they are JSON text,
//! so a number of more than 15 digits may change in its last).
//!
//! The writer thread copies in short steps between two groups of writes, in order of id, and applies every write to both
//! shards meanwhile. So at any time the new shard has everything up to the place of the copying, as it is in the old
//! one. Reads see the old shard until the new one, flushed and synced as a whole, takes its place; what a crash leaves
//! of a new folder before that is deleted when the store is opened.

use std::array;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use qdrant_edge::{
    CountRequest, EdgeShard, OperationError, PointId, PointInsertOperations, PointOperations, ScrollRequestBuilder,
    UpdateOperation, WithVector,
};

use super::convert::{edge_point, point};
use super::folders;
use super::open::load_or_create;
use super::tidy::TidyUp;
use super::{EdgeOptions, Shards};
use crate::store::Kind;
use crate::store::commit::panic_message;

/// Points copied at once: what a write waits for, besides the flushes of the new shard.
const POINTS_PER_PAGE: usize = 100;
/// A step takes as long as the writes before it, or no import would let it get on; but not longer than this.
const LONGEST_STEP: Duration = Duration::from_secs(1);
/// How many times as many points as in general are written into the new shard between two tidy-ups: fewer and larger
/// segments, and fewer flushes, against some memory and a longer log.
const TIDY_LESS_OFTEN: usize = 2;
/// How often is looked whether a thread has ended or a read has let go of a shard.
pub(super) const POLL: Duration = Duration::from_millis(100);

/// The compaction under way.
pub(super) struct Compaction {
    pub(super) kinds_left: array::IntoIter<Kind, { Kind::ALL.len() }>,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    BetweenKinds,
    Rewriting(Box<Rewrite>),
    Releasing(Replaced),
}

impl Compaction {
    pub(super) fn of_all_kinds() -> Compaction {
        Compaction { kinds_left: Kind::ALL.into_iter(), stage: Stage::BetweenKinds }
    }

    /// The shard into which writes to `kind` go as well.
    pub(super) fn rewriting(&mut self, kind: Kind) -> Option<&mut Rewrite> {
        match &mut self.stage {
            Stage::Rewriting(rewrite) if rewrite.kind == kind => Some(rewrite),
            Stage::Rewriting(_) | Stage::BetweenKinds | Stage::Releasing(_) => None,
        }
    }
}

/// A shard on its way into a new folder.
pub(super) struct Rewrite {
    kind: Kind,
    old: Arc<EdgeShard>,
    new: Arc<EdgeShard>,
    copied: Copied,
    /// Points written into the new shard and deletes asked for, since its last tidy-up began.
    untidy: usize,
    tidy_after_changes: usize,
    tidying: Option<TidyUp>,
    last_copied: Instant,
    /// Why a write did not get into both shards.
    failure: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copied {
    /// All points before this one; before the first when `None`.
    Before(Option<PointId>),
    Everything,
    /// Everything, and the last tidy-up has begun. It leaves little for the last flush, which writes wait for.
    EverythingTidied,
}

/// What a step of a [`Rewrite`] came to.
pub(super) enum Progress {
    ContinueAfter(Duration),
    AllCopied,
}

/// A rewritten shard, on the disk as a whole.
pub(super) struct Rewritten {
    pub(super) kind: Kind,
    pub(super) shard: Arc<EdgeShard>,
    pub(super) untidy: usize,
}

impl Rewrite {
    pub(super) fn begin(kind: Kind, shards: &Shards, options: &EdgeOptions) -> Result<Rewrite, String> {
        let old = shards.of(kind);
        let data_folder = &shards.data_folder;
        let in_folder = |error: io::Error| format!("{}: {error}", data_folder.display());
        folders::remove_all_but(data_folder, kind, old.path()).map_err(in_folder)?;
        check_free_space(kind, &old, shards)?;
        let folder = folders::next(data_folder, kind).map_err(in_folder)?;
        let new = load_or_create(&folder, kind, options.vector_size).inspect_err(|_reason| {
            // Whatever of it is there would be deleted by the next compaction; this is only sooner.
            let _ = std::fs::remove_dir_all(&folder);
        })?;
        Ok(Rewrite {
            kind,
            old,
            new: Arc::new(new),
            copied: Copied::Before(None),
            untidy: 0,
            tidy_after_changes: options.tidy.after_changes.saturating_mul(TIDY_LESS_OFTEN),
            tidying: None,
            last_copied: Instant::now(),
            failure: None,
        })
    }

    /// Applies to the new shard what has been applied to the old one. A failure ends the rewriting at its next step.
    pub(super) fn mirror(&mut self, operation: UpdateOperation, changes: usize) {
        if let Err(reason) = self.update(operation, changes) {
            self.fail(reason);
        }
    }

    /// The two shards are not the same any more.
    pub(super) fn fail(&mut self, reason: String) {
        self.failure.get_or_insert(reason);
    }

    fn update(&mut self, operation: UpdateOperation, changes: usize) -> Result<(), String> {
        self.untidy += changes;
        self.new.update(operation).map_err(reason_of)
    }

    pub(super) fn step(&mut self) -> Result<Progress, String> {
        if let Some(reason) = self.failure.take() {
            return Err(reason);
        }
        if self.tidying.as_ref().is_some_and(TidyUp::has_ended) {
            self.end_tidying()?;
        }
        match self.copied {
            Copied::Before(next) => {
                // Untidy points take memory: copying waits for a tidy-up that does not keep up.
                if self.untidy >= self.tidy_after_changes && !self.begin_tidying()? {
                    return Ok(Progress::ContinueAfter(POLL));
                }
                self.copied = self.copy_from(next)?;
                self.last_copied = Instant::now();
                Ok(Progress::ContinueAfter(Duration::ZERO))
            }
            Copied::Everything => {
                if self.begin_tidying()? {
                    self.copied = Copied::EverythingTidied;
                }
                Ok(Progress::ContinueAfter(POLL))
            }
            Copied::EverythingTidied if self.tidying.is_some() => Ok(Progress::ContinueAfter(POLL)),
            Copied::EverythingTidied => Ok(Progress::AllCopied),
        }
    }

    /// `false` when one is still under way.
    fn begin_tidying(&mut self) -> Result<bool, String> {
        if self.tidying.is_some() {
            return Ok(false);
        }
        self.untidy = 0;
        self.tidying = Some(TidyUp::begin(Arc::clone(&self.new)).map_err(|error| error.to_string())?);
        Ok(true)
    }

    fn copy_from(&mut self, first: Option<PointId>) -> Result<Copied, String> {
        let fair_share = self.last_copied.elapsed().min(LONGEST_STEP);
        let begun = Instant::now();
        let mut next = first;
        loop {
            next = match self.copy_page(next)? {
                Some(next) => Some(next),
                None => return Ok(Copied::Everything),
            };
            if begun.elapsed() >= fair_share {
                return Ok(Copied::Before(next));
            }
        }
    }

    /// Returns where the next page begins.
    fn copy_page(&mut self, first: Option<PointId>) -> Result<Option<PointId>, String> {
        let mut request = ScrollRequestBuilder::new()
            .limit(POINTS_PER_PAGE)
            .with_vector(WithVector::Bool(self.kind.has_vectors()))
            .build();
        request.offset = first;
        let (records, next) = self.old.scroll(request).map_err(reason_of)?;
        let mut points = Vec::with_capacity(records.len());
        for record in records {
            points.push(edge_point(point(self.kind, record).map_err(|error| error.to_string())?));
        }
        let changes = points.len();
        let upsert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        self.update(UpdateOperation::PointOperation(upsert), changes)?;
        Ok(next)
    }

    fn end_tidying(&mut self) -> Result<(), String> {
        let Some(tidying) = self.tidying.take() else { return Ok(()) };
        tidying.end()??;
        self.flush()
    }

    /// Shortens the log. Writes wait for it: it comes after a tidy-up, which has brought most to the disk already.
    fn flush(&self) -> Result<(), String> {
        self.new.flush().map_err(reason_of)
    }

    /// Brings the new shard to the disk. The caller lets it count before anything else is written.
    pub(super) fn finish(self: Box<Self>) -> Result<Rewritten, String> {
        match self.check_and_sync() {
            Ok(()) => Ok(Rewritten { kind: self.kind, shard: Arc::clone(&self.new), untidy: self.untidy }),
            Err(reason) => {
                self.abandon();
                Err(reason)
            }
        }
    }

    fn check_and_sync(&self) -> Result<(), String> {
        let points_of = |shard: &EdgeShard| shard.count(CountRequest { filter: None, exact: true }).map_err(reason_of);
        let (old, new) = (points_of(&self.old)?, points_of(&self.new)?);
        if old != new {
            return Err(format!("{new} of {old} {} were copied", self.kind.name()));
        }
        self.flush()?;
        let folder = self.new.path();
        folders::sync(folder).map_err(|error| format!("could not sync {}: {error}", folder.display()))
    }

    /// Gives up: the old shard stays. Waits for a tidy-up.
    pub(super) fn abandon(mut self: Box<Self>) {
        if let Some(tidying) = self.tidying.take() {
            // Its outcome does not matter any more.
            let _ = tidying.end();
        }
        let folder = self.new.path().to_owned();
        drop(self);
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "could not delete an unfinished rewriting");
        }
    }
}

/// A shard whose place another has taken.
pub(super) enum Replaced {
    /// Reads that began before may still use it.
    InUse(Arc<EdgeShard>),
    BeingDeleted(JoinHandle<Result<(), String>>),
    Deleted,
}

impl Replaced {
    /// Gets as far as is possible without waiting.
    pub(super) fn step(self) -> Result<Replaced, String> {
        match self {
            Replaced::InUse(shard) => match Arc::try_unwrap(shard) {
                Ok(shard) => delete(shard).map(Replaced::BeingDeleted),
                Err(shard) => Ok(Replaced::InUse(shard)),
            },
            Replaced::BeingDeleted(thread) if !thread.is_finished() => Ok(Replaced::BeingDeleted(thread)),
            Replaced::BeingDeleted(_) | Replaced::Deleted => self.wait().map(|()| Replaced::Deleted),
        }
    }

    /// Waits for a deletion that has begun.
    pub(super) fn wait(self) -> Result<(), String> {
        match self {
            Replaced::BeingDeleted(thread) => thread.join().unwrap_or_else(|panic| Err(panic_message(&*panic))),
            Replaced::InUse(_) | Replaced::Deleted => Ok(()),
        }
    }
}

/// Closes the shard and deletes its folder, on a thread of its own: closing flushes it once more, and freeing its blocks
/// takes the disk some time.
fn delete(shard: EdgeShard) -> Result<JoinHandle<Result<(), String>>, String> {
    let folder = shard.path().to_owned();
    let work = move || {
        drop(shard);
        std::fs::remove_dir_all(&folder)
            .map_err(|error| format!("could not delete what is left in {}: {error}", folder.display()))
    };
    let thread = std::thread::Builder::new().name("store-delete".to_owned()).spawn(work);
    thread.map_err(|error| format!("could not start to delete a replaced shard: {error}"))
}

/// A disk that fills up would end the process: qdrant-edge writes into mapped files.
fn check_free_space(kind: Kind, shard: &EdgeShard, shards: &Shards) -> Result<(), String> {
    let unknown = |error: io::Error| format!("could not look how much of the disk is free: {error}");
    // The copy, and its log, which has the points again.
    let needed = folders::size_on_disk(shard.path()).map_err(unknown)? / 2 * 3;
    let free = fs4::available_space(&shards.data_folder).map_err(unknown)?;
    if free < needed {
        return Err(format!("rewriting the {} takes {needed} bytes of disk, {free} are free", kind.name()));
    }
    Ok(())
}

fn reason_of(error: OperationError) -> String {
    error.to_string()
}
