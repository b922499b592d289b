//! The list of what hooks could not deliver, and trying it again.

use std::collections::HashSet;

use uuid::Uuid;

use super::Hooks;
use super::body::body;
use super::record::Undelivered;
use crate::TENANT;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::inbox::Followed;
use crate::page_token::Request;
use crate::store::paging::{Position, page_by};
use crate::store::{Bounds, Condition, Filter, Kind, Order};

/// Entries that are read at once.
const PAGE: usize = 100;
const OLDEST_FIRST: Order = Order { field: "first_tried_at", descending: false };

/// Which ones are tried again.
#[derive(Debug, Clone, Default)]
pub struct Redelivery {
    /// Empty: all of the hook.
    pub ids: Vec<Uuid>,
    /// Empty: of all hooks.
    pub hook: String,
}

/// What became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redelivered {
    pub delivered: u64,
    pub still_undelivered: u64,
}

impl Hooks {
    /// A page of what a hook (empty: any) could not deliver, oldest first, and the token of the next page; it is empty on
    /// the last one.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list_undelivered(
        &self,
        hook: &str,
        limit: usize,
        page_token: &str,
    ) -> Result<(Vec<Undelivered>, String)> {
        let request = Request::new("undelivered", &hook)?;
        let after = request.position(page_token)?;
        let (undelivered, next) = self.undelivered_after(&of_hook(hook), after, limit).await?;
        Ok((undelivered, next.map(|position| request.position_token(position)).unwrap_or_default()))
    }

    /// Tries them again, once each and as their items are now. After a hook has failed, the rest of its list waits for
    /// another time. What concerns an item that is gone leaves the list and counts for nothing.
    pub async fn redeliver(&self, redelivery: &Redelivery) -> Result<Redelivered> {
        let mut filter = of_hook(&redelivery.hook);
        if !redelivery.ids.is_empty() {
            filter.all.push(Condition::Ids(redelivery.ids.clone()));
        }
        let mut result = Redelivered::default();
        let mut failing: HashSet<String> = HashSet::new();
        let mut after = None;
        loop {
            let (page, next) = self.undelivered_after(&filter, after, PAGE).await?;
            for undelivered in page {
                if failing.contains(&undelivered.hook) {
                    result.still_undelivered += 1;
                    continue;
                }
                let hook = undelivered.hook.clone();
                match self.redeliver_one(undelivered).await? {
                    Outcome::Delivered => result.delivered += 1,
                    Outcome::Gone => {}
                    Outcome::Failed => {
                        result.still_undelivered += 1;
                        failing.insert(hook);
                    }
                }
            }
            after = next;
            if after.is_none() {
                return Ok(result);
            }
        }
    }

    async fn redeliver_one(&self, mut undelivered: Undelivered) -> Result<Outcome> {
        let store = self.inbox.store();
        let Some(hook) = self.by_name.get(&undelivered.hook) else { return Ok(Outcome::Failed) };
        let change = match self.inbox.get(undelivered.item_id, &Access::Everything).await {
            Ok(shown) if hook.filter.takes(&shown.item) => Followed::Changed(Box::new(shown)),
            Ok(shown) => Followed::Left(shown.item.id),
            Err(Error::InboxItemNotFound) => {
                store.write(vec![undelivered.removal()]).await?;
                return Ok(Outcome::Gone);
            }
            Err(error) => return Err(error),
        };
        match hook.target.send(undelivered.id.to_string(), body(&change)).await {
            Ok(()) => {
                self.metrics.delivered();
                store.write(vec![undelivered.removal()]).await?;
                Ok(Outcome::Delivered)
            }
            Err(error) => {
                self.metrics.failed();
                undelivered.failed(error);
                store.write(vec![undelivered.write()?]).await?;
                Ok(Outcome::Failed)
            }
        }
    }

    async fn undelivered_after(
        &self,
        filter: &Filter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<Undelivered>, Option<Position>)> {
        let page = page_by(self.inbox.store(), Kind::Deliveries, filter, OLDEST_FIRST, after, limit).await?;
        let undelivered = page.points.into_iter().map(Undelivered::from_point).collect::<Result<_>>()?;
        Ok((undelivered, page.next))
    }
}

enum Outcome {
    Delivered,
    Failed,
    /// The item is.
    Gone,
}

/// Empty: of any.
fn of_hook(hook: &str) -> Filter {
    // Any value: what was tried at all.
    let bounds = Bounds { at_least: Some(0.0), ..Bounds::default() };
    let mut all = vec![Condition::is("tenant", TENANT), Condition::Range { field: OLDEST_FIRST.field, bounds }];
    all.extend((!hook.is_empty()).then(|| Condition::is("hook", hook)));
    Filter { all }
}
