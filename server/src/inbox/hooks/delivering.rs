//! The way of a change to a hook's target.

use std::time::Duration;

use chrono::Utc;
use tracing::{info, warn};

use super::body::body;
use super::record::{Undelivered, position_write, read_position};
use super::{Hook, Hooks};
use crate::access::Access;
use crate::error::{Error, Result};
use crate::inbox::{Followed, ItemStream};
use crate::insights::delivery_id;
use crate::store::Write;
use crate::store::paging::Position;

/// How long a hook rests when the store is away.
const STORE_PAUSE: Duration = Duration::from_secs(5);

impl Hooks {
    /// Delivers what changes to one hook. Never ends.
    pub(super) async fn deliver(&self, name: &str) {
        let Some(hook) = self.by_name.get(name) else { return };
        loop {
            let Err(error) = self.deliver_on(hook).await;
            warn!(hook = name, %error, "a web hook pauses");
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }

    async fn deliver_on(&self, hook: &Hook) -> Result<std::convert::Infallible> {
        let mut changes = self.stream_of(hook).await?;
        loop {
            let (change, position) = changes.next_with_position().await?;
            let mut writes: Vec<Write> = Vec::new();
            if let Some(undelivered) = self.deliver_one(hook, change, position).await? {
                writes.push(undelivered.write()?);
            }
            // Last: what is on no list is tried again after a crash.
            writes.push(position_write(&hook.name, position)?);
            self.inbox.store().write(writes).await?;
        }
    }

    /// From where the hook has come to; of a new hook from now on.
    async fn stream_of(&self, hook: &Hook) -> Result<ItemStream> {
        let store = self.inbox.store();
        let position = match read_position(store, &hook.name).await? {
            Some(position) => position,
            None => {
                let now = Position { value: self.inbox.settled() as f64, id: uuid::Uuid::max() };
                store.write(vec![position_write(&hook.name, now)?]).await?;
                now
            }
        };
        self.inbox.follow_from(hook.filter.clone(), position)
    }

    /// `Some` when it has been given up. What has changed again, or is gone, is not delivered any more.
    async fn deliver_one(&self, hook: &Hook, change: Followed, position: Position) -> Result<Option<Undelivered>> {
        let (item, comment) = match &change {
            Followed::Changed(shown) => (shown.item.id, Some(shown.item.comment_id)),
            Followed::Left(id) => (*id, None),
        };
        let sequence = position.value as i64;
        let mut undelivered = Undelivered::new(&hook.name, item, comment, sequence, Utc::now());
        let id = delivery_id(&hook.name, item, sequence).to_string();
        loop {
            let Err(error) = hook.target.send(id.clone(), body(&change)).await else {
                self.metrics.delivered();
                return Ok(None);
            };
            self.metrics.failed();
            undelivered.failed(error);
            let Undelivered { attempts, error, .. } = &undelivered;
            if *attempts >= hook.patience.attempts {
                warn!(hook = hook.name, attempts, error, "a change could not be delivered");
                self.metrics.gave_up();
                return Ok(Some(undelivered));
            }
            info!(hook = hook.name, attempts, error, "a change was not delivered yet");
            tokio::time::sleep(hook.patience.pause_after(*attempts)).await;
            match self.inbox.get(item, &Access::Everything).await {
                Ok(shown) if shown.item.sequence == sequence => {}
                // It comes later, as it is then.
                Ok(_) | Err(Error::InboxItemNotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}
