//! The inbox: who has to do something about which comment, and what became of it. No protobuf here.
//!
//! Items come and go with their comments' labels (see [`crate::insights::reconcile`]); here is what people do with them, and
//! how they are listed, followed, counted and delivered.

mod changing;
mod figures;
mod filter;
mod following;
pub mod hooks;
mod listing;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use changing::{ItemChange, ItemOrder};
pub use figures::{InboxDimension, InboxFigures, Times};
pub use filter::InboxFilter;
pub use following::{Beginning, Followed, ItemStream};
pub use listing::{InboxList, ListedItems, SortInboxBy};

use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::{InboxItem, StoredComment, mention_id, read_item, stored_comments};
use crate::pipeline::{Pipeline, Writing};
use crate::store::{Filter, Kind, Order, Store};

#[derive(Clone)]
pub struct Inbox {
    pipeline: Arc<Pipeline>,
    writing: Arc<Writing>,
}

/// An item with what it is about.
#[derive(Debug, Clone)]
pub struct ShownItem {
    pub item: InboxItem,
    pub comment: Arc<StoredComment>,
    /// Of the comment's mentions those that the item is about, by place, in the order of the text.
    pub evidence: Vec<usize>,
    /// Empty where the journey does not know it (any more).
    pub touchpoint_name: String,
}

impl Inbox {
    /// # Errors
    /// [`Error::Internal`] without a store; what the store says.
    pub async fn open(pipeline: Arc<Pipeline>) -> Result<Self> {
        let writing = pipeline.writing().cloned().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let inbox = Self { pipeline, writing };
        inbox.continue_numbers().await?;
        Ok(inbox)
    }

    /// Changes get greater numbers than all that an earlier process gave.
    async fn continue_numbers(&self) -> Result<()> {
        let newest = Order { field: "sequence", descending: true };
        let found = self.store().scroll_by(Kind::InboxItems, Filter::default(), newest, 1, false).await?;
        for point in found {
            self.writing.inbox_sequence().raise_to(InboxItem::from_point(point)?.sequence);
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::InboxItemNotFound`], also when the caller may not see it.
    pub async fn get(&self, id: Uuid, access: &Access) -> Result<ShownItem> {
        let item = read_item(self.store(), id).await?;
        check_access(&item, access)?;
        self.shown(vec![item]).await?.pop().ok_or(Error::InboxItemNotFound)
    }

    /// Items with what they are about, in their order; those whose comment is gone are left out.
    async fn shown(&self, items: Vec<InboxItem>) -> Result<Vec<ShownItem>> {
        let mut ids: Vec<Uuid> = items.iter().map(|item| item.comment_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let points = self.store().get(Kind::Comments, ids, false).await?;
        let comments = stored_comments(self.store(), points).await?;
        let comments: HashMap<Uuid, Arc<StoredComment>> =
            comments.into_iter().map(|comment| (comment.id, Arc::new(comment))).collect();
        let show = |item: InboxItem| {
            let comment = comments.get(&item.comment_id)?.clone();
            Some(ShownItem {
                evidence: evidence(&item, &comment),
                touchpoint_name: self.touchpoint_name(&item),
                comment,
                item,
            })
        };
        Ok(items.into_iter().filter_map(show).collect())
    }

    fn touchpoint_name(&self, item: &InboxItem) -> String {
        let journey = self.writing.journeys().get(&item.journey).ok();
        let touchpoint = journey.and_then(|journey| journey.journey.touchpoint(&item.assignment.touchpoint));
        touchpoint.map(|touchpoint| touchpoint.name.clone()).unwrap_or_default()
    }

    fn store(&self) -> &dyn Store {
        self.writing.store()
    }
}

fn evidence(item: &InboxItem, comment: &StoredComment) -> Vec<usize> {
    let is_evidence = |index: &usize| item.mentions.contains(&mention_id(comment.id, &comment.comment.text, *index));
    (0..comment.insight.mentions.len()).filter(is_evidence).collect()
}

/// # Errors
/// [`Error::InboxItemNotFound`]: what a caller may not see is not there for it.
fn check_access(item: &InboxItem, access: &Access) -> Result<()> {
    if access.admits_owner(&item.assignment.owner) { Ok(()) } else { Err(Error::InboxItemNotFound) }
}
