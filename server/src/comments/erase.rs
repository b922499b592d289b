use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use tokio::sync::Notify;
use tracing::{info, warn};
use uuid::Uuid;

use super::delete::delete_matching;
use crate::error::{Error, Result};
use crate::insights::intake::{MAX_SUBJECT_CHARS, check_length};
use crate::insights::{CommentFilter, InboxItem, MentionPlace, deletion_of_items, from_payload, known_comments};
use crate::operations::forget_subject;
use crate::painpoints;
use crate::pipeline::{Writing, to_the_end};
use crate::rescoring::Rescoring;
use crate::store::paging::page_by_id;
use crate::store::{
    Compaction, Condition, Filter, Kind, Point, Write, due_erasures, note_due_erasure, remove_due_erasures,
};

/// Mentions that are claimed and deleted together.
const PAGE: usize = 256;
/// How long to wait after a rewriting that failed.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    pub comments: u64,
    pub mentions: u64,
    /// Nothing of them is left in the store's files.
    pub files_rewritten: bool,
}

/// Erases what is stored about subjects: deletes it, and then has the store's files rewritten.
///
/// A note in the store says from before the deletion until after the rewriting that one is due, so it happens even when
/// the caller or the process does not live to see it. Erasures that come while files are being rewritten share the next
/// rewriting.
pub struct Erasures {
    writing: Arc<Writing>,
    /// Notes of erasures whose deletion is durable and whose files are not rewritten yet.
    due: Mutex<HashSet<Uuid>>,
    /// What the last rewriting came to; held by the one that is under way.
    rewriting: tokio::sync::Mutex<Option<Compaction>>,
    /// A rewriting failed and is to be tried again.
    failed: Notify,
}

impl Erasures {
    /// With what an earlier process left due; [`Erasures::finish_due`] finishes it.
    pub async fn open(writing: Arc<Writing>) -> Result<Self> {
        let due = due_erasures(writing.store()).await?.into_iter().collect();
        Ok(Self { writing, due: Mutex::new(due), rewriting: tokio::sync::Mutex::default(), failed: Notify::new() })
    }

    /// Erases everything about `subject`. Goes on when the caller stops waiting.
    ///
    /// # Errors
    /// [`Error::FieldMissing`] or [`Error::FieldTooLong`] for the subject; or what the store says: the comments may be
    /// deleted then, and the rewriting is tried again.
    pub async fn erase(self: &Arc<Self>, subject: String) -> Result<Erased> {
        if subject.is_empty() {
            return Err(Error::FieldMissing { field: "subject" });
        }
        check_length("subject", &subject, MAX_SUBJECT_CHARS)?;
        let erasures = self.clone();
        to_the_end(async move { erasures.erase_all_of(subject).await }).await
    }

    async fn erase_all_of(&self, subject: String) -> Result<Erased> {
        let filter = CommentFilter { subjects: vec![subject.clone()], ..CommentFilter::default() };
        let note = note_due_erasure(self.writing.store(), Utc::now()).await?;
        let deletion = async {
            let deleted = delete_matching(&self.writing, filter.for_comments()).await?;
            let orphans = self.delete_orphans(filter.for_mentions()).await?;
            self.delete_orphaned_items(&subject).await?;
            let by_rescorings = forget_subject::<Rescoring>(self.writing.store(), &subject).await?;
            let by_discoveries = painpoints::forget_subject(&self.writing, &subject).await?;
            let all_forgotten = by_rescorings && by_discoveries;
            Ok((deleted, orphans, all_forgotten))
        };
        let deletion = deletion.await;
        // Also after a deletion that was cut off: a part may be done.
        self.due().insert(note);
        let (deleted, orphans, all_forgotten) = deletion.inspect_err(|_: &Error| self.failed.notify_one())?;
        let (comments, mentions) = (deleted.comments, deleted.mentions + orphans);
        info!(comments, mentions, "deleted what was stored about a subject; rewriting the store's files");
        let compaction = self.rewrite_for(note).await.inspect_err(|_| self.failed.notify_one())?;
        info!("erasure finished");
        if !all_forgotten {
            warn!(
                "a re-scoring or discovery that is running names the subject in its filter: erase it again when that has ended"
            );
        }
        Ok(Erased { comments, mentions, files_rewritten: compaction == Compaction::Done && all_forgotten })
    }

    /// Finishes what is due, at once and whenever a call could not. Never ends.
    pub async fn finish_due(&self) {
        loop {
            let due = self.due().len();
            match self.rewrite_due().await {
                Ok(()) => {
                    if due > 0 {
                        info!(due, "finished erasures that had been cut off");
                    }
                    self.failed.notified().await;
                }
                Err(error) => {
                    warn!(%error, "an erasure's files could not be rewritten; trying again later");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    async fn rewrite_due(&self) -> Result<()> {
        let notes = self.due().clone();
        for note in notes {
            self.rewrite_for(note).await?;
        }
        Ok(())
    }

    /// Returns when the files have been rewritten since `note` became due.
    async fn rewrite_for(&self, note: Uuid) -> Result<Compaction> {
        let mut last = self.rewriting.lock().await;
        let covered: Vec<Uuid> = self.due().iter().copied().collect();
        if let Some(compaction) = last.filter(|_| !covered.contains(&note)) {
            // Another erasure's rewriting began after our deletion.
            return Ok(compaction);
        }
        let compaction = self.writing.store().compact().await?;
        remove_due_erasures(self.writing.store(), covered.clone()).await?;
        self.due().retain(|note| !covered.contains(note));
        *last = Some(compaction);
        Ok(compaction)
    }

    /// Mentions about the subject that no comment has, such as a crash leaves behind.
    async fn delete_orphans(&self, filter: Filter) -> Result<u64> {
        let store = self.writing.store();
        let mut deleted = 0;
        let mut from = None;
        loop {
            let (points, next) = page_by_id(store, Kind::Mentions, &filter, from, PAGE, false).await?;
            let mut found = Vec::with_capacity(points.len());
            let mut comments = HashSet::new();
            for Point { id, payload, .. } in points {
                found.push(id);
                comments.insert(from_payload::<MentionPlace>(payload)?.comment_id);
            }
            let _claim = self.writing.claim(&comments).await;
            let known = known_comments(store, comments.iter().copied().collect()).await?;
            let of_comments: HashSet<Uuid> = known.into_values().flat_map(|known| known.mention_ids).collect();
            // By id, so that the subject does not stand in the store's log.
            found.retain(|id| !of_comments.contains(id));
            if !found.is_empty() {
                deleted += found.len() as u64;
                let filter = Filter { all: vec![Condition::Ids(found)] };
                store.write(vec![Write::Delete { kind: Kind::Mentions, filter }]).await?;
            }
            from = next;
            if from.is_none() {
                return Ok(deleted);
            }
        }
    }

    /// Inbox items whose comment was never written: a crash came in between.
    async fn delete_orphaned_items(&self, subject: &str) -> Result<()> {
        let store = self.writing.store();
        let filter = Filter { all: vec![Condition::is("subject", subject)] };
        let mut from = None;
        loop {
            let (points, next) = page_by_id(store, Kind::InboxItems, &filter, from, PAGE, false).await?;
            let mut comments = HashSet::new();
            for point in points {
                comments.insert(InboxItem::from_point(point)?.comment_id);
            }
            let _claim = self.writing.claim(&comments).await;
            let written = store.get(Kind::Comments, comments.iter().copied().collect(), false).await?;
            let written: HashSet<Uuid> = written.into_iter().map(|point| point.id).collect();
            // By id, so that the subject does not stand in the store's log.
            let orphaned: Vec<Uuid> = comments.difference(&written).copied().collect();
            if !orphaned.is_empty() {
                store.write(deletion_of_items(&orphaned)).await?;
            }
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    fn due(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
