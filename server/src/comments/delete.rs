use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::insights::{CommentFilter, deletion_of_items};
use crate::pipeline::{Writing, to_the_end};
use crate::store::paging::page_by_id;
use crate::store::{Condition, Filter, Kind, Store, Write};

/// Comments that are claimed and deleted together.
const PAGE: usize = 256;

/// Which comments to delete.
#[derive(Debug, Clone)]
pub enum Deletion {
    /// Ids that are not there are no error.
    Ids(Vec<Uuid>),
    /// Must ask for something.
    Filter(Box<CommentFilter>),
}

/// Deletes comments with their mentions, or only counts them; returns how many. Repeating it finishes what was cut off.
///
/// # Errors
/// [`Error::FilterEmpty`], or what the store says; a part may be deleted then.
pub async fn delete(writing: Arc<Writing>, deletion: Deletion, dry_run: bool) -> Result<u64> {
    let matching = match &deletion {
        Deletion::Filter(filter) if filter.is_empty() => return Err(Error::FilterEmpty),
        Deletion::Filter(filter) => filter.for_comments(),
        Deletion::Ids(ids) => Filter { all: vec![Condition::Ids(ids.clone())] },
    };
    if dry_run {
        return Ok(writing.store().count(Kind::Comments, matching).await?);
    }
    to_the_end(async move {
        match deletion {
            Deletion::Filter(_) => Ok(delete_matching(&writing, matching).await?.comments),
            Deletion::Ids(ids) => delete_by_ids(&writing, ids, matching).await,
        }
    })
    .await
}

async fn delete_by_ids(writing: &Writing, ids: Vec<Uuid>, matching: Filter) -> Result<u64> {
    let claimed: HashSet<Uuid> = ids.iter().copied().collect();
    let _claim = writing.claim(&claimed).await;
    let count = writing.store().count(Kind::Comments, matching).await?;
    // Of all of them: mentions whose comment was never written may be there.
    delete_claimed(writing.store(), ids).await?;
    Ok(count)
}

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Deleted {
    pub comments: u64,
    pub mentions: u64,
}

/// Page by page: what matches when its page is claimed.
pub(super) async fn delete_matching(writing: &Writing, filter: Filter) -> Result<Deleted> {
    let mut deleted = Deleted::default();
    let mut from = None;
    loop {
        let (points, next) = page_by_id(writing.store(), Kind::Comments, &filter, from, PAGE, false).await?;
        let ids: HashSet<Uuid> = points.iter().map(|point| point.id).collect();
        let page = delete_page(writing, &filter, ids).await?;
        deleted.comments += page.comments;
        deleted.mentions += page.mentions;
        from = next;
        if from.is_none() {
            return Ok(deleted);
        }
    }
}

async fn delete_page(writing: &Writing, filter: &Filter, ids: HashSet<Uuid>) -> Result<Deleted> {
    if ids.is_empty() {
        return Ok(Deleted::default());
    }
    let _claim = writing.claim(&ids).await;
    let mut still_matching = filter.clone();
    still_matching.all.push(Condition::Ids(ids.iter().copied().collect()));
    let (points, _) = page_by_id(writing.store(), Kind::Comments, &still_matching, None, ids.len(), false).await?;
    let ids: Vec<Uuid> = points.into_iter().map(|point| point.id).collect();
    let comments = ids.len() as u64;
    let mentions = delete_claimed(writing.store(), ids).await?;
    Ok(Deleted { comments, mentions })
}

/// Deletes these comments and their mentions; returns how many mentions there were. Whoever calls it has claimed them.
async fn delete_claimed(store: &dyn Store, ids: Vec<Uuid>) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let of_comments = ids.iter().map(Uuid::to_string).collect();
    let mentions = Filter { all: vec![Condition::AnyOf { field: "comment_id", values: of_comments }] };
    let count = store.count(Kind::Mentions, mentions.clone()).await?;
    // One after the other is durable: as long as a comment is there, it is found again and its deletion finished.
    store.write(deletion_of_items(&ids)).await?;
    store.write(vec![Write::Delete { kind: Kind::Mentions, filter: mentions }]).await?;
    let comments = Filter { all: vec![Condition::Ids(ids)] };
    store.write(vec![Write::Delete { kind: Kind::Comments, filter: comments }]).await?;
    Ok(count)
}
