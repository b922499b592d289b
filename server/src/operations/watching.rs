//! The states of an operation, one after the other.

use tokio::sync::watch;
use uuid::Uuid;

use super::{LOOK_AGAIN, Operation, Operations, lock};
use crate::error::{Error, Result};

/// The state now, and after each step; who is slow gets the latest only.
pub struct States<O> {
    operations: Operations<O>,
    id: Uuid,
    /// Of an operation of this process.
    local: Option<watch::Receiver<O>>,
    /// What was given last.
    last: Option<O>,
}

impl<O: Operation> Operations<O> {
    /// # Errors
    /// [`Operation::not_found`].
    pub async fn watch(&self, id: Uuid) -> Result<States<O>> {
        let local = lock(&self.inner.local).get(&id).map(|state| state.subscribe());
        if local.is_none() {
            self.get(id).await?;
        }
        Ok(States { operations: self.clone(), id, local, last: None })
    }
}

impl<O: Operation> States<O> {
    /// `None` after the end.
    ///
    /// # Errors
    /// [`Error::ShuttingDown`] when this process stops; the operation goes on with the next one.
    pub async fn next(&mut self) -> Option<Result<O>> {
        if self.last.as_ref().is_some_and(|last| !last.head().is_running()) {
            return None;
        }
        let stopping = self.operations.inner.stopping.clone();
        tokio::select! {
            biased;
            state = self.changed() => Some(state),
            () = stopping.cancelled() => Some(Err(Error::ShuttingDown)),
        }
    }

    async fn changed(&mut self) -> Result<O> {
        loop {
            let state = self.look().await?;
            if self.last.as_ref() != Some(&state) {
                self.last = Some(state.clone());
                return Ok(state);
            }
            self.wait().await;
        }
    }

    async fn look(&mut self) -> Result<O> {
        match &mut self.local {
            Some(local) => Ok(local.borrow_and_update().clone()),
            None => self.operations.get(self.id).await,
        }
    }

    /// Until there may be something new.
    async fn wait(&mut self) {
        let Some(local) = &mut self.local else {
            tokio::time::sleep(LOOK_AGAIN).await;
            return;
        };
        if local.changed().await.is_err() {
            // This process does not work on it any more: the record says how it went on.
            self.local = None;
        }
    }
}
