//! One page of comments: read, labelled again, written.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::changes::Counts;
use super::record::{PendingPage, Position};
use crate::error::{Error, Result};
use crate::insights::{AnalysedComment, InboxItem, writes};
use crate::operations::GiveWay;
use crate::pipeline::{Labellable, OwnedClaim, Writing};
use crate::store::paging::page_by_id;
use crate::store::{Filter, Kind, Write};

/// Comments that are read at once. Until they are written, other calls wait to change them.
const PAGE_COMMENTS: usize = 64;
/// Points (comments and mentions) that are written at once: what a live call's write waits for at most.
const POINTS_PER_WRITE: usize = 32;

/// Which comments a page is made of.
#[derive(Debug, Clone)]
pub(super) enum PageSource {
    /// The next that match, from a position on.
    Matching { filter: Filter, from: Option<Uuid> },
    /// A page that was begun before.
    Again(PendingPage),
}

/// A page with its new labels, to be written. Nobody else changes its comments meanwhile.
pub(super) struct PreparedPage {
    /// What is to be noted before it is written.
    pub(super) pending: PendingPage,
    /// Spent on the heads.
    pub(super) scoring: Duration,
    /// What is written at once.
    changes: Vec<Group>,
    _claim: OwnedClaim,
}

impl PreparedPage {
    /// Read and label. Computes, so it belongs on a thread for blocking work.
    pub(super) async fn prepare(writing: &Arc<Writing>, source: PageSource) -> Result<Self> {
        let (ids, next, counts_of_first_try) = match source {
            PageSource::Matching { filter, from } => {
                let kind = Kind::Comments;
                let (points, next) = page_by_id(writing.store(), kind, &filter, from, PAGE_COMMENTS, false).await?;
                let mut ids: Vec<Uuid> = points.iter().map(|point| point.id).collect();
                // A point that is being written may come twice.
                ids.dedup();
                (ids, Position::after_page(next), None)
            }
            PageSource::Again(PendingPage { ids, next, counts }) => (ids, next, Some(counts)),
        };
        let claim = writing.claim_owned(ids.iter().copied().collect::<HashSet<Uuid>>()).await;
        let mut page = Relabelled::default();
        for mut comment in writing.labellable(ids.clone()).await? {
            let (stored_at, items) = (comment.stored_at, std::mem::take(&mut comment.items));
            let Some((mut analysed, is_changed)) = page.label(writing, comment)? else { continue };
            // Also without other labels: the rules may be others.
            let inbox = writing.reconcile_inbox(&mut analysed, items, false);
            if is_changed || !inbox.changed.is_empty() {
                page.add_changes(inbox.changed, writes(&analysed, None, stored_at)?);
            }
        }
        let counts = counts_of_first_try.unwrap_or(page.counts);
        Ok(Self {
            pending: PendingPage { ids, next, counts },
            scoring: page.scoring,
            changes: page.changes,
            _claim: claim,
        })
    }

    /// Write it piece by piece, with live calls first. Each piece is durable before the next.
    pub(super) async fn write(self, writing: &Writing, give_way: &GiveWay) -> Result<()> {
        for Group { items, changes } in self.changes {
            let start = Instant::now();
            writing.write_with_items(items, changes).await?;
            give_way.after(start.elapsed()).await;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Relabelled {
    counts: Counts,
    scoring: Duration,
    changes: Vec<Group>,
}

/// Changes of some comments that are written at once.
#[derive(Default)]
struct Group {
    items: Vec<InboxItem>,
    changes: Vec<Write>,
}

impl Relabelled {
    /// The comment with its new labels, and whether it has to be written for their sake; `None` when its journey is not
    /// known.
    fn label(&mut self, writing: &Writing, comment: Labellable) -> Result<Option<(AnalysedComment, bool)>> {
        let Labellable { analysed, is_encoded_again, .. } = comment;
        let journey = match writing.journeys().get(&analysed.comment.journey) {
            Ok(journey) => journey,
            Err(Error::JourneyUnknown { .. }) => {
                self.counts.comments_skipped += 1;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let start = Instant::now();
        let before = analysed.insight.clone();
        let analysed = writing.label_again(analysed, journey)?;
        self.scoring += start.elapsed();
        let any_label_changed = self.counts.add_comment(&before, &analysed.insight);
        self.counts.comments_encoded += u64::from(is_encoded_again);
        let is_same_version = analysed.insight.score_version == before.score_version;
        let is_current = !any_label_changed && !is_encoded_again && is_same_version;
        Ok(Some((analysed, !is_current)))
    }

    /// Put a comment's changes to those that are written with it, kind by kind.
    fn add_changes(&mut self, items: Vec<InboxItem>, changes: Vec<Write>) {
        let has_room = |group: &&mut Group| group.changes.iter().map(points_of).sum::<usize>() < POINTS_PER_WRITE;
        let Some(group) = self.changes.last_mut().filter(has_room) else {
            self.changes.push(Group { items, changes });
            return;
        };
        group.items.extend(items);
        let group = &mut group.changes;
        for change in changes {
            let Write::Upsert { kind, points } = change else {
                group.push(change);
                continue;
            };
            let same_kind = group.iter_mut().find_map(|known| match known {
                Write::Upsert { kind: known, points } if *known == kind => Some(points),
                Write::Upsert { .. } | Write::SetFields { .. } | Write::Delete { .. } => None,
            });
            match same_kind {
                Some(known) => known.extend(points),
                None => group.push(Write::Upsert { kind, points }),
            }
        }
    }
}

fn points_of(write: &Write) -> usize {
    match write {
        Write::Upsert { points, .. } => points.len(),
        Write::SetFields { fields, .. } => fields.len(),
        Write::Delete { .. } => 1,
    }
}
