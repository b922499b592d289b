//! A tidy-up of one shard, on a thread of its own.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use qdrant_edge::{EdgeShard, ResourceBudget};

use super::folders;
use crate::store::commit::panic_message;

/// Rewrites a shard's segments (Qdrant calls it optimising): those that have grown become immutable files mapped into
/// memory, and deleted points leave the segments. It takes seconds, and qdrant-edge can neither do it in pieces nor
/// break it off. So it runs beside updates and flushes: that is how Qdrant's server runs it, and the segments being
/// rewritten are behind proxies meanwhile. Updates wait only for the last step, in which the new segment takes the place
/// of the old ones.
///
/// At its end it brings the shard's files to the disk: the writer's flush after it would wait for all of them.
pub(super) struct TidyUp {
    thread: JoinHandle<Result<bool, String>>,
}

impl TidyUp {
    pub(super) fn begin(shard: Arc<EdgeShard>) -> io::Result<TidyUp> {
        let thread = std::thread::Builder::new().name("store-tidy".to_owned()).spawn(move || {
            // One permit: one segment at a time on one thread, so that the model keeps its cores.
            let budget = ResourceBudget::new(1, 1);
            let rewritten = shard.optimize_with_budget(budget).map_err(|error| error.to_string())?;
            folders::sync(shard.path())
                .map_err(|error| format!("could not sync {}: {error}", shard.path().display()))?;
            Ok(rewritten)
        })?;
        Ok(TidyUp { thread })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end. `true` when anything was rewritten: flush the shard then, only that takes the replaced files
    /// off the disk. The outer error is a panic, the inner one leaves the shard as usable as it was.
    pub(super) fn end(self) -> Result<Result<bool, String>, String> {
        self.thread.join().map_err(|panic| panic_message(&*panic))
    }
}
