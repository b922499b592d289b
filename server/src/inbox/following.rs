//! The stream of what changes in the inbox.
//!
//! Every write of an item gives it a new place among all changes, so following them in that order shows each item as it is
//! after its last change, and a place is all that has to be remembered to go on. Nothing is read beyond what is settled:
//! see [`crate::pipeline::Sequence`].

use std::collections::VecDeque;
use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Inbox, InboxFilter, ShownItem};
use crate::error::{Error, Result};
use crate::insights::InboxItem;
use crate::page_token::Request;
use crate::store::paging::{Position, page_by};
use crate::store::{Bounds, Condition, Filter, Kind, Order};

/// Items that are read at once.
const ITEMS_AT_ONCE: usize = 100;
/// How often a stream looks for changes of other processes, where there can be some.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How far clocks differ at most between the process that gave a token and the one that gets it.
const MOST_AHEAD: Duration = Duration::from_hours(1);
const IN_ORDER: Order = Order { field: "sequence", descending: false };

/// Where a stream begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    Now,
    /// With every item that there is.
    FirstItem,
    /// After the message with this token.
    After(String),
}

/// What a stream brings.
#[derive(Debug, Clone)]
pub enum Followed {
    /// It is new or has changed, and matches.
    Changed(Box<ShownItem>),
    /// It has changed and does not match any more.
    Left(Uuid),
}

/// Changes in the order in which they were made, without end. Dropping it stops it.
pub struct ItemStream {
    inbox: Inbox,
    filter: InboxFilter,
    /// All that is to be read.
    selected: Filter,
    request: Request,
    /// Of the last change that was read.
    read_up_to: Position,
    read: VecDeque<InboxItem>,
    settled: watch::Receiver<()>,
}

impl Inbox {
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub fn follow(&self, filter: InboxFilter, beginning: Beginning) -> Result<ItemStream> {
        let request = Request::new("follow inbox", &filter)?;
        let read_up_to = match beginning {
            Beginning::Now => Position { value: self.settled() as f64, id: Uuid::max() },
            Beginning::FirstItem => Position { value: 0.0, id: Uuid::nil() },
            Beginning::After(token) => request.position(&token)?.ok_or(Error::PageTokenInvalid)?,
        };
        self.follow_after(filter, request, read_up_to)
    }

    /// # Errors
    /// [`Error::PageTokenInvalid`] for a place that nobody can have seen.
    fn follow_after(&self, filter: InboxFilter, request: Request, read_up_to: Position) -> Result<ItemStream> {
        let place = read_up_to.value as i64;
        if place > self.settled().max(Utc::now().timestamp_micros()) + MOST_AHEAD.as_micros() as i64 {
            return Err(Error::PageTokenInvalid);
        }
        let sequence = self.writing.inbox_sequence();
        // The item at this place may be gone, and the clock have been set back since.
        sequence.raise_to(place);
        let settled = sequence.follow();
        let selected = filter.for_items_ever();
        Ok(ItemStream { inbox: self.clone(), filter, selected, request, read_up_to, read: VecDeque::new(), settled })
    }

    /// The stream of a web hook, which remembers places itself.
    pub(super) fn follow_from(&self, filter: InboxFilter, read_up_to: Position) -> Result<ItemStream> {
        self.follow_after(filter, Request::new("follow inbox", &())?, read_up_to)
    }

    /// Every change up to this place can be read.
    pub(super) fn settled(&self) -> i64 {
        self.writing.inbox_sequence().settled(self.store().is_shared(), Utc::now())
    }
}

impl ItemStream {
    /// The token to go on where the stream is now.
    pub fn token(&self) -> String {
        self.request.position_token(self.read_up_to)
    }

    /// The next change, as soon as there is one, and the token to go on after it.
    ///
    /// # Errors
    /// What the store says.
    pub async fn next(&mut self) -> Result<(Followed, String)> {
        let (followed, position) = self.next_with_position().await?;
        Ok((followed, self.request.position_token(position)))
    }

    pub(super) async fn next_with_position(&mut self) -> Result<(Followed, Position)> {
        loop {
            let Some(item) = self.read.pop_front() else {
                self.read_on().await?;
                continue;
            };
            let position = Position { value: item.sequence as f64, id: item.id };
            if self.filter.takes(&item) {
                if let Some(shown) = self.inbox.shown(vec![item]).await?.pop() {
                    return Ok((Followed::Changed(Box::new(shown)), position));
                }
            } else if item.revision > 1 {
                return Ok((Followed::Left(item.id), position));
            }
        }
    }

    /// Reads the next changes, or waits until there may be some.
    async fn read_on(&mut self) -> Result<()> {
        self.settled.mark_unchanged();
        let mut settled = self.selected.clone();
        let bounds = Bounds { at_most: Some(self.inbox.settled() as f64), ..Bounds::default() };
        settled.all.push(Condition::Range { field: IN_ORDER.field, bounds });
        let after = Some(self.read_up_to);
        let page = page_by(self.inbox.store(), Kind::InboxItems, &settled, IN_ORDER, after, ITEMS_AT_ONCE).await?;
        self.read = page.points.into_iter().map(InboxItem::from_point).collect::<Result<_>>()?;
        match self.read.back() {
            Some(last) => self.read_up_to = Position { value: last.sequence as f64, id: last.id },
            None => self.wait().await?,
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<()> {
        let is_shared = self.inbox.store().is_shared();
        tokio::select! {
            settled = self.settled.changed() => settled.map_err(|_| Error::ShuttingDown),
            () = tokio::time::sleep(LOOK_AGAIN), if is_shared => Ok(()),
        }
    }
}
