//! What the writer thread does to the shards: apply, make durable, and tidy up.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use qdrant_edge::{PayloadOps, PointInsertOperations, PointOperations, SetPayloadOp, UpdateOperation, WAL_PATH};
use uuid::Uuid;

use super::compaction::{Compaction, POLL, Progress, Replaced, Rewrite, Rewritten, Stage};
use super::convert::{edge_filter, edge_payload, edge_point};
use super::tidy::TidyUp;
use super::{Durability, EdgeOptions, Shards, TidyOptions, folders};
use crate::store::commit::{CompactionStep, Log};
use crate::store::{Condition, Filter, Kind, Payload, Point, Write};

/// Points per entry of qdrant-edge's log: an entry is held in memory three times over while it is written.
const POINTS_PER_OPERATION: usize = 1_000;

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
/// **Tidying up** ([`TidyUp`]) runs beside writes, one shard at a time, when it is quiet or much has been written.
///
/// **Compaction** ([`compaction`](super::compaction)) runs on the writer thread itself, in short steps, and waits for the
/// tidy-up under way; other shards are tidied up after it.
pub(super) struct EdgeLog {
    shards: Arc<Shards>,
    options: EdgeOptions,
    /// Of each kind, since its last checkpoint.
    unflushed: [Unflushed; Kind::ALL.len()],
    /// Of each kind: points written or deletes asked for since its last tidy-up began.
    untidy: [usize; Kind::ALL.len()],
    tidying: Option<(Kind, TidyUp)>,
    compaction: Option<Compaction>,
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
        EdgeLog {
            shards,
            options,
            unflushed: Default::default(),
            untidy: Default::default(),
            tidying: None,
            compaction: None,
        }
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
            let changes = chunk.len();
            if changes == 0 {
                return Ok(());
            }
            let upsert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(chunk));
            self.update(kind, UpdateOperation::PointOperation(upsert), changes)?;
        }
    }

    fn delete(&mut self, kind: Kind, filter: &Filter) -> Result<(), String> {
        self.count_changes(kind, 1);
        let filter = edge_filter(filter)?.unwrap_or_default();
        self.update(kind, UpdateOperation::PointOperation(PointOperations::DeletePointsByFilter(filter)), 1)
    }

    fn set_fields(&mut self, kind: Kind, fields: Vec<(Uuid, Payload)>) -> Result<(), String> {
        self.count_changes(kind, fields.len());
        for (id, fields) in fields {
            // Found by a filter: setting fields of an id that is not there would be an error, and while a compaction is
            // under way it may be there in one shard only.
            let this_point = edge_filter(&Filter { all: vec![Condition::Ids(vec![id])] })?;
            let set = SetPayloadOp { payload: edge_payload(fields), points: None, filter: this_point, key: None };
            self.update(kind, UpdateOperation::PayloadOperation(PayloadOps::SetPayload(set)), 1)?;
        }
        Ok(())
    }

    fn update(&mut self, kind: Kind, operation: UpdateOperation, changes: usize) -> Result<(), String> {
        let rewrite = self.compaction.as_mut().and_then(|compaction| compaction.rewriting(kind));
        let mirrored = rewrite.map(|rewrite| (rewrite, operation.clone()));
        let applied = self.shards.of(kind).update(operation).map_err(|error| error.to_string());
        if let Some((rewrite, operation)) = mirrored {
            match &applied {
                Ok(()) => rewrite.mirror(operation, changes),
                // Nobody knows how much of it the old shard has.
                Err(reason) => rewrite.fail(reason.clone()),
            }
        }
        applied
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
            Some((_, tidying)) if tidying.has_ended() => self.end_tidying()?,
            Some(_) => return Ok(Some(POLL)),
            None => {}
        }
        if self.compaction.is_some() {
            return Ok(None);
        }
        let TidyOptions { when_quiet_for, after_changes } = self.options.tidy;
        let untidiest = Kind::ALL.into_iter().max_by_key(|kind| self.untidy[*kind as usize]);
        let Some(kind) = untidiest.filter(|kind| self.untidy[*kind as usize] > 0) else { return Ok(None) };
        if quiet_for < when_quiet_for && self.untidy[kind as usize] < after_changes {
            return Ok(Some(when_quiet_for - quiet_for));
        }
        self.begin_tidying(kind);
        Ok(Some(POLL))
    }

    fn begin_tidying(&mut self, kind: Kind) {
        self.untidy[kind as usize] = 0;
        match TidyUp::begin(self.shards.of(kind)) {
            Ok(tidying) => self.tidying = Some((kind, tidying)),
            Err(error) => tracing::warn!(kind = kind.name(), %error, "could not start to tidy up"),
        }
    }

    /// Waits for the tidy-up under way and checkpoints its shard.
    fn end_tidying(&mut self) -> Result<(), String> {
        let Some((kind, tidying)) = self.tidying.take() else { return Ok(()) };
        match tidying.end()? {
            Ok(true) => {
                tracing::debug!(kind = kind.name(), "tidied up");
                self.checkpoint(kind)
            }
            Ok(false) => Ok(()),
            // A shard that is not tidy works: it is larger and slower. The next writes try again.
            Err(reason) => {
                tracing::warn!(kind = kind.name(), reason, "could not tidy up");
                Ok(())
            }
        }
    }

    /// Puts a rewritten shard in the place of the old one.
    fn replace(&mut self, rewritten: Rewritten) -> Result<Replaced, String> {
        let Rewritten { kind, shard, untidy } = rewritten;
        let folder = shard.path();
        // If this fails, nobody knows which of the two the next opening will take.
        folders::mark_complete(folder).map_err(|error| format!("could not complete {}: {error}", folder.display()))?;
        self.unflushed[kind as usize] = Unflushed::default();
        self.untidy[kind as usize] = untidy;
        tracing::debug!(kind = kind.name(), folder = %folder.display(), "rewritten");
        Ok(Replaced::InUse(self.shards.replace(kind, shard)))
    }

    fn step_rewriting(&mut self, mut rewrite: Box<Rewrite>) -> Result<Compacting, String> {
        match rewrite.step() {
            Ok(Progress::ContinueAfter(pause)) => Ok(Compacting::Continue(Stage::Rewriting(rewrite), pause)),
            Ok(Progress::AllCopied) => match rewrite.finish() {
                Ok(rewritten) => Ok(Compacting::Continue(Stage::Releasing(self.replace(rewritten)?), Duration::ZERO)),
                Err(reason) => Ok(Compacting::Failed(reason)),
            },
            Err(reason) => {
                rewrite.abandon();
                Ok(Compacting::Failed(reason))
            }
        }
    }
}

/// What a step of a compaction came to.
enum Compacting {
    Continue(Stage, Duration),
    Failed(String),
}

impl Log for EdgeLog {
    fn apply(&mut self, write: Write) -> Result<(), String> {
        match write {
            Write::Upsert { kind, points } => self.upsert(kind, points),
            Write::SetFields { kind, fields } => self.set_fields(kind, fields),
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

    fn begin_compaction(&mut self) {
        self.compaction = Some(Compaction::of_all_kinds());
    }

    fn compact_some(&mut self) -> Result<CompactionStep, String> {
        let Some(Compaction { mut kinds_left, stage }) = self.compaction.take() else {
            return Ok(CompactionStep::Ended(Ok(())));
        };
        let compacting = match stage {
            Stage::BetweenKinds if self.tidying.is_some() => Compacting::Continue(Stage::BetweenKinds, POLL),
            Stage::BetweenKinds => {
                let Some(kind) = kinds_left.next() else { return Ok(CompactionStep::Ended(Ok(()))) };
                match Rewrite::begin(kind, &self.shards, &self.options) {
                    Ok(rewrite) => Compacting::Continue(Stage::Rewriting(Box::new(rewrite)), Duration::ZERO),
                    Err(reason) => Compacting::Failed(reason),
                }
            }
            Stage::Rewriting(rewrite) => self.step_rewriting(rewrite)?,
            Stage::Releasing(replaced) => match replaced.step() {
                Ok(Replaced::Deleted) => Compacting::Continue(Stage::BetweenKinds, Duration::ZERO),
                Ok(replaced) => Compacting::Continue(Stage::Releasing(replaced), POLL),
                Err(reason) => Compacting::Failed(reason),
            },
        };
        match compacting {
            Compacting::Continue(stage, pause) => {
                self.compaction = Some(Compaction { kinds_left, stage });
                Ok(CompactionStep::ContinueAfter(pause))
            }
            Compacting::Failed(reason) => Ok(CompactionStep::Ended(Err(reason))),
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        match self.compaction.take().map(|compaction| compaction.stage) {
            Some(Stage::Rewriting(rewrite)) => rewrite.abandon(),
            Some(Stage::Releasing(replaced)) => {
                if let Err(reason) = replaced.wait() {
                    tracing::warn!(reason, "could not end a compaction");
                }
            }
            Some(Stage::BetweenKinds) | None => {}
        }
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
