//! Storing the comments of a call: once each, in place of what was there, acknowledged when durable.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Analysed, StoreOutcome};
use crate::error::{Error, Result};
use crate::insights::{Known, known_comments, writes};
use crate::store::{Store, StoreError, Write};

pub(super) struct Writing {
    store: Arc<dyn Store>,
    busy: BusyIds,
}

impl Writing {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, busy: BusyIds::default() }
    }

    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Store what succeeded so far, and set its outcome; what cannot be stored becomes an error in its place.
    pub async fn store_all(&self, results: &mut [Result<Analysed>]) {
        let ids: HashSet<Uuid> = results.iter().flatten().map(|result| result.analysed.id).collect();
        // Reading what is known and writing in its place must not mix with another call's for the same comment.
        let _claim = self.busy.claim(&ids).await;
        if let Err(error) = self.store_claimed(&ids, results).await {
            let reason = error.to_string();
            for result in results.iter_mut().filter(|result| result.is_ok()) {
                *result = Err(Error::Store(StoreError::Write { reason: reason.clone() }));
            }
        }
    }

    async fn store_claimed(&self, ids: &HashSet<Uuid>, results: &mut [Result<Analysed>]) -> Result<()> {
        let mut known = known_comments(self.store.as_ref(), ids.iter().copied().collect()).await?;
        let now = Utc::now();
        let mut changes: Vec<Write> = Vec::new();
        for result in results.iter_mut().flatten() {
            let new = Known::of(&result.analysed);
            let before = known.get(&result.analysed.id);
            if before.is_some_and(|before| before.fingerprint == new.fingerprint) {
                result.store_outcome = StoreOutcome::Unchanged;
                continue;
            }
            changes.extend(writes(&result.analysed, before, now)?);
            result.store_outcome = if before.is_some() { StoreOutcome::Replaced } else { StoreOutcome::Created };
            known.insert(result.analysed.id, new);
        }
        if changes.is_empty() {
            return Ok(());
        }
        Ok(self.store.write(changes).await?)
    }
}

/// The comments that are being written right now.
#[derive(Default)]
struct BusyIds {
    ids: Mutex<HashSet<Uuid>>,
    released: Notify,
}

struct Claim<'a> {
    busy: &'a BusyIds,
    ids: &'a HashSet<Uuid>,
}

impl BusyIds {
    /// Wait until nobody else writes any of these comments, and keep others out until the claim is dropped.
    async fn claim<'a>(&'a self, ids: &'a HashSet<Uuid>) -> Claim<'a> {
        loop {
            let released = self.released.notified();
            {
                let mut busy = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
                if busy.is_disjoint(ids) {
                    busy.extend(ids);
                    return Claim { busy: self, ids };
                }
            }
            released.await;
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut busy = self.busy.ids.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|id| !self.ids.contains(id));
        drop(busy);
        self.busy.released.notify_waiters();
    }
}
