//! What people do with an item: take it on, be done with it, want it again, give it to others.
//!
//! All of it is safe to repeat: an order with the `request_id` of an earlier one, and one whose wish is fulfilled already,
//! change nothing and succeed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Inbox, ShownItem, check_access};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::intake::{check_by, check_length};
use crate::insights::{
    Assignment, HistoryEntry, InboxChangeKind, InboxItem, InboxState, is_answered, items_of, name_of_answered,
    read_item,
};
use crate::journey::Journey;
use crate::pipeline::to_the_end;
use crate::store::{Kind, Payload, Write};

const MAX_NOTE_CHARS: usize = 2_000;
const MAX_REQUEST_ID_CHARS: usize = 128;
/// Entries of an item's history; more than that is a program gone wild.
const LONGEST_HISTORY: usize = 1_000;

/// What a person wants of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemChange {
    Acknowledge,
    Resolve {
        customer_answered: bool,
    },
    Reopen,
    /// An empty owner is that of the touchpoint; an empty touchpoint leaves it open.
    Reassign(Assignment),
}

/// A person's order.
#[derive(Debug, Clone)]
pub struct ItemOrder {
    pub item: Uuid,
    pub change: ItemChange,
    /// A name or a pseudonym.
    pub by: String,
    pub note: String,
    /// Empty: none.
    pub request_id: String,
    pub access: Access,
}

impl Inbox {
    /// Returns the item as it is then, durably.
    ///
    /// # Errors
    /// [`Error::InboxItemNotFound`]; [`Error::InboxItemUnfit`] where the item's state does not allow it;
    /// [`Error::TouchpointUnknown`] and [`Error::OwnerUnknown`]; [`Error::FieldMissing`] and [`Error::FieldTooLong`] for who,
    /// note and request id; what the store says.
    pub async fn change(&self, order: ItemOrder) -> Result<ShownItem> {
        check_by(&order.by)?;
        check_length("note", &order.note, MAX_NOTE_CHARS)?;
        check_length("request_id", &order.request_id, MAX_REQUEST_ID_CHARS)?;
        let inbox = self.clone();
        let changed = to_the_end(async move { inbox.change_claimed(order).await }).await?;
        self.shown(vec![changed]).await?.pop().ok_or(Error::InboxItemNotFound)
    }

    async fn change_claimed(&self, order: ItemOrder) -> Result<InboxItem> {
        let comment_id = read_item(self.store(), order.item).await?.comment_id;
        let ids = HashSet::from([comment_id]);
        let _claim = self.writing.claim(&ids).await;
        let mut items = items_of(self.store(), &[comment_id]).await?;
        let item = items.iter_mut().find(|item| item.id == order.item).ok_or(Error::InboxItemNotFound)?;
        check_access(item, &order.access)?;
        let changed = self.changed(item, &order)?;
        if let Some(changed) = &changed {
            item.clone_from(changed);
        }
        // Also when nothing has changed: an earlier try may have been cut off before this.
        let answered = is_answered(&items).map_or(Value::Null, |answered| name_of_answered(answered).into());
        let fields = vec![(comment_id, Payload::from_iter([("answered".to_owned(), answered)]))];
        let of_comment = Write::SetFields { kind: Kind::Comments, fields };
        self.writing.write_with_items(changed.into_iter().collect(), vec![of_comment]).await?;
        read_item(self.store(), order.item).await
    }

    /// `None` when nothing is to be done.
    fn changed(&self, item: &InboxItem, order: &ItemOrder) -> Result<Option<InboxItem>> {
        let is_repeated = |entry: &HistoryEntry| !order.request_id.is_empty() && entry.request_id == order.request_id;
        if item.history.iter().any(is_repeated) {
            return Ok(None);
        }
        let entry = HistoryEntry {
            kind: order.change.kind(),
            time: Utc::now(),
            by: order.by.trim().to_owned(),
            note: self.pipeline.mask(order.note.trim()),
            customer_answered: order.change == ItemChange::Resolve { customer_answered: true },
            from: Assignment::default(),
            to: Assignment::default(),
            request_id: order.request_id.clone(),
        };
        if item.history.len() >= LONGEST_HISTORY {
            return Err(unfit(item, "its history is full"));
        }
        match &order.change {
            ItemChange::Acknowledge => acknowledged(item, entry),
            ItemChange::Resolve { customer_answered } => resolved(item, entry, *customer_answered),
            ItemChange::Reopen => reopened(item, entry),
            ItemChange::Reassign(to) => {
                let journey = &self.writing.journeys().get(&item.journey)?.journey;
                reassigned(item, entry, known_assignment(to, journey)?)
            }
        }
    }
}

impl ItemChange {
    fn kind(&self) -> InboxChangeKind {
        match self {
            ItemChange::Acknowledge => InboxChangeKind::Acknowledged,
            ItemChange::Resolve { .. } => InboxChangeKind::Resolved,
            ItemChange::Reopen => InboxChangeKind::Reopened,
            ItemChange::Reassign(_) => InboxChangeKind::Reassigned,
        }
    }
}

fn unfit(item: &InboxItem, reason: &'static str) -> Error {
    Error::InboxItemUnfit { state: item.state.name(), reason }
}

fn with(
    item: &InboxItem,
    entry: HistoryEntry,
    change: impl FnOnce(&mut InboxItem, DateTime<Utc>),
) -> Option<InboxItem> {
    let mut changed = item.clone();
    change(&mut changed, entry.time);
    changed.history.push(entry);
    Some(changed)
}

fn acknowledged(item: &InboxItem, entry: HistoryEntry) -> Result<Option<InboxItem>> {
    match item.state {
        InboxState::Open => Ok(with(item, entry, InboxItem::acknowledge)),
        InboxState::Acknowledged => Ok(None),
        InboxState::Resolved | InboxState::Withdrawn => Err(unfit(item, "reopen it first")),
    }
}

fn resolved(item: &InboxItem, entry: HistoryEntry, customer_answered: bool) -> Result<Option<InboxItem>> {
    let is_same = |last: &HistoryEntry| {
        (&last.note, last.customer_answered, &last.by) == (&entry.note, entry.customer_answered, &entry.by)
    };
    match item.state {
        InboxState::Open | InboxState::Acknowledged => {
            Ok(with(item, entry, |changed, now| changed.resolve(customer_answered, now)))
        }
        InboxState::Resolved if item.history.last().is_some_and(is_same) => Ok(None),
        InboxState::Resolved => Err(unfit(item, "it was resolved in other words; reopen it first")),
        InboxState::Withdrawn => Err(unfit(item, "reopen it first")),
    }
}

fn reopened(item: &InboxItem, entry: HistoryEntry) -> Result<Option<InboxItem>> {
    match item.state {
        InboxState::Resolved | InboxState::Withdrawn => Ok(with(item, entry, InboxItem::reopen)),
        InboxState::Open => Ok(None),
        InboxState::Acknowledged => Err(unfit(item, "it is under way; reassign it, or resolve it")),
    }
}

fn reassigned(item: &InboxItem, mut entry: HistoryEntry, to: Assignment) -> Result<Option<InboxItem>> {
    match item.state {
        InboxState::Open | InboxState::Acknowledged if to == item.assignment => Ok(None),
        InboxState::Open | InboxState::Acknowledged => {
            entry.from = item.assignment.clone();
            entry.to = to.clone();
            Ok(with(item, entry, |changed, _| changed.reassign(to)))
        }
        InboxState::Resolved | InboxState::Withdrawn => Err(unfit(item, "reopen it first")),
    }
}

/// With the touchpoint's owner where none is named.
fn known_assignment(to: &Assignment, journey: &Journey) -> Result<Assignment> {
    let Assignment { owner, touchpoint } = to;
    if owner.is_empty() && touchpoint.is_empty() {
        return Err(Error::FieldMissing { field: "owner" });
    }
    let owner_unknown = || Error::OwnerUnknown { journey: journey.id.clone(), owner: owner.clone() };
    if touchpoint.is_empty() {
        let is_known = journey.touchpoints.iter().any(|known| known.owner == *owner);
        return if is_known { Ok(to.clone()) } else { Err(owner_unknown()) };
    }
    let known = journey
        .touchpoint(touchpoint)
        .ok_or_else(|| Error::TouchpointUnknown { journey: journey.id.clone(), touchpoint: touchpoint.clone() })?;
    if !owner.is_empty() && known.owner != *owner {
        return Err(owner_unknown());
    }
    Ok(Assignment { owner: known.owner.clone(), touchpoint: touchpoint.clone() })
}
