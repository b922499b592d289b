//! What the writer thread does to the shards: apply, make durable, and tidy up.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use qdrant_edge::{PointInsertOperations, PointOperations, ResourceBudget, UpdateOperation, WAL_PATH};

use super::convert::{edge_filter, edge_point};
use super::{Durability, EdgeOptions, Shards, TidyOptions};
use crate::store::commit::Log;
use crate::store::{Filter, Kind, Point, Write};

/// Points per entry of qdrant-edge's log: an entry is held in memory three times over while it is written.
const POINTS_PER_OPERATION: usize = 1_000;
/// How often the writer looks whether a tidy-up has ended.
const TIDY_POLL: Duration = Duration::from_millis(200);

/// Points that may be in the log only, per shard: bounds how long opening replays after a crash (some seconds).
const CHECKPOINT_AFTER_CHANGES: usize = 5_000;
/// The same in time, for a trickle of writes.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(30);

/// The shards, as the writer thread sees them.
///
/// **Durability.** qdrant-edge offers only `flush`, which syncs its log and every file of every segment: 25 ms of wall
/// time and 10 ms of processor for a single comment. But the log alone suffices, opening replays it. So a commit syncs
/// the log's files itself (Linux writes back pages dirtied through a mapping too), and `flush` runs as a checkpoint,
/// seldom, from the writer thread alone, since it must not run beside an update.
///
/// **Tidying up** (Qdrant calls it optimising) rewrites segments: those that have grown become immutable files mapped
/// into memory, and what was deleted leaves the segments. It takes seconds, and qdrant-edge can neither do it in pieces
/// nor break it off. So it runs on a thread of its own, one shard at a time, beside updates and flushes: that is how
/// Qdrant's server runs it, and the segments being rewritten are behind proxies meanwhile. Updates wait only for the
/// last step, in which the new segment takes the place of the old ones.
pub(super) struct EdgeLog {
    shards: Arc<Shards>,
    options: EdgeOptions,
    /// Of each kind, since its last checkpoint.
    unflushed: [Unflushed; Kind::ALL.len()],
    /// Of each kind: points written or deletes asked for since its last tidy-up began.
    untidy: [usize; Kind::ALL.len()],
    tidying: Option<(Kind, JoinHandle<Result<bool, String>>)>,
}

/// What is in the log only.
#[derive(Debug, Clone, Copy, Default)]
struct Unflushed {
    changes: usize,
    since: Option<Instant>,
}

impl Unflushed {
    /// How long a checkpoint can wait; `None` when there is nothing to do.
    fn checkpoint_in(&self) -> Option<Duration> {
        let since = self.since?;
        if self.changes >= CHECKPOINT_AFTER_CHANGES {
            return Some(Duration::ZERO);
        }
        Some(CHECKPOINT_AFTER.saturating_sub(since.elapsed()))
    }
}

impl EdgeLog {
    pub(super) fn new(shards: Arc<Shards>, options: EdgeOptions) -> EdgeLog {
        EdgeLog { shards, options, unflushed: Default::default(), untidy: Default::default(), tidying: None }
    }

    fn count_changes(&mut self, kind: Kind, changes: usize) {
        self.untidy[kind as usize] += changes;
        let unflushed = &mut self.unflushed[kind as usize];
        unflushed.changes += changes;
        unflushed.since.get_or_insert_with(Instant::now);
    }

    fn upsert(&mut self, kind: Kind, points: Vec<Point>) -> Result<(), String> {
        self.count_changes(kind, points.len());
        let mut points = points.into_iter();
        loop {
            let chunk: Vec<_> = points.by_ref().take(POINTS_PER_OPERATION).map(edge_point).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            self.update(kind, PointOperations::UpsertPoints(PointInsertOperations::PointsList(chunk)))?;
        }
    }

    fn delete(&mut self, kind: Kind, filter: &Filter) -> Result<(), String> {
        self.count_changes(kind, 1);
        let filter = edge_filter(filter)?.unwrap_or_default();
        self.update(kind, PointOperations::DeletePointsByFilter(filter))
    }

    fn update(&self, kind: Kind, operation: PointOperations) -> Result<(), String> {
        self.shards.of(kind).update(UpdateOperation::PointOperation(operation)).map_err(|error| error.to_string())
    }

    fn checkpoint(&mut self, kind: Kind) -> Result<(), String> {
        self.unflushed[kind as usize] = Unflushed::default();
        // First all of the log: `flush` does not wait for a log file that it has just filled up, and segments must
        // never be ahead of the log.
        self.sync_log_of(kind)?;
        self.shards.of(kind).flush().map_err(|error| error.to_string())
    }

    fn sync_log_of(&self, kind: Kind) -> Result<(), String> {
        let folder = self.shards.of(kind).path().join(WAL_PATH);
        sync_log(&folder).map_err(|error| format!("could not sync {}: {error}", folder.display()))
    }

    /// Checkpoints what is due; returns when the next will be.
    fn checkpoint_due(&mut self) -> Result<Option<Duration>, String> {
        for kind in Kind::ALL {
            if self.unflushed[kind as usize].checkpoint_in() == Some(Duration::ZERO) {
                self.checkpoint(kind)?;
            }
        }
        Ok(self.unflushed.iter().filter_map(Unflushed::checkpoint_in).min())
    }

    /// Begins or ends a tidy-up if it is time; returns when to look again.
    fn tidy_due(&mut self, quiet_for: Duration) -> Result<Option<Duration>, String> {
        match &self.tidying {
            Some((_, thread)) if thread.is_finished() => self.end_tidying()?,
            Some(_) => return Ok(Some(TIDY_POLL)),
            None => {}
        }
        let TidyOptions { when_quiet_for, after_changes } = self.options.tidy;
        let untidiest = Kind::ALL.into_iter().max_by_key(|kind| self.untidy[*kind as usize]);
        let Some(kind) = untidiest.filter(|kind| self.untidy[*kind as usize] > 0) else { return Ok(None) };
        if quiet_for < when_quiet_for && self.untidy[kind as usize] < after_changes {
            return Ok(Some(when_quiet_for - quiet_for));
        }
        self.begin_tidying(kind);
        Ok(Some(TIDY_POLL))
    }

    fn begin_tidying(&mut self, kind: Kind) {
        self.untidy[kind as usize] = 0;
        let shards = Arc::clone(&self.shards);
        let spawned = std::thread::Builder::new().name("store-tidy".to_owned()).spawn(move || {
            // One permit: one segment at a time on one thread, so that the model keeps its cores.
            let budget = ResourceBudget::new(1, 1);
            shards.of(kind).optimize_with_budget(budget).map_err(|error| error.to_string())
        });
        match spawned {
            Ok(thread) => self.tidying = Some((kind, thread)),
            Err(error) => tracing::warn!(kind = kind.name(), %error, "could not start to tidy up"),
        }
    }

    /// Waits for the tidy-up under way and checkpoints its shard: only then do the replaced files leave the disk.
    fn end_tidying(&mut self) -> Result<(), String> {
        let Some((kind, thread)) = self.tidying.take() else { return Ok(()) };
        match thread.join() {
            Ok(Ok(true)) => {
                tracing::debug!(kind = kind.name(), "tidied up");
                self.checkpoint(kind)
            }
            Ok(Ok(false)) => Ok(()),
            // A shard that is not tidy works: it is larger and slower. The next writes try again.
            Ok(Err(reason)) => {
                tracing::warn!(kind = kind.name(), reason, "could not tidy up");
                Ok(())
            }
            Err(panic) => Err(crate::store::commit::panic_message(&*panic)),
        }
    }
}

impl Log for EdgeLog {
    fn apply(&mut self, write: Write) -> Result<(), String> {
        match write {
            Write::Upsert { kind, points } => self.upsert(kind, points),
            Write::Delete { kind, filter } => self.delete(kind, &filter),
        }
    }

    fn flush(&mut self, kind: Kind) -> Result<(), String> {
        match self.options.durability {
            Durability::Segments => self.checkpoint(kind),
            // Syncing the log's files is only the same as syncing the mappings where both share their pages.
            Durability::Log | Durability::Timer(_) if !cfg!(target_os = "linux") => self.checkpoint(kind),
            Durability::Log | Durability::Timer(_) => self.sync_log_of(kind),
        }
    }

    fn maintain(&mut self, quiet_for: Duration) -> Result<Option<Duration>, String> {
        let checkpoint_in = self.checkpoint_due()?;
        let tidy_in = self.tidy_due(quiet_for)?;
        Ok([checkpoint_in, tidy_in].into_iter().flatten().min())
    }

    fn finish(&mut self) -> Result<(), String> {
        self.end_tidying()?;
        Kind::ALL.into_iter().try_for_each(|kind| self.checkpoint(kind))
    }
}

/// Brings what was appended to a shard's log to the disk.
fn sync_log(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // `open-…` and `closed-…` hold entries; the rest is being made, or tells where to begin replaying.
        let name = entry.file_name();
        let holds_entries = name.to_str().is_some_and(|name| name.starts_with("open-") || name.starts_with("closed-"));
        if holds_entries {
            File::open(entry.path())?.sync_data()?;
        }
    }
    Ok(())
}
