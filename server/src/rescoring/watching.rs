//! The states of a re-scoring, one after the other.

use tokio::sync::watch;
use uuid::Uuid;

use super::{LOOK_AGAIN, Rescoring, Rescorings, lock};
use crate::error::{Error, Result};

/// The state now, and after each step; who is slow gets the latest only.
pub struct States {
    rescorings: Rescorings,
    id: Uuid,
    /// Of a re-scoring of this process.
    local: Option<watch::Receiver<Rescoring>>,
    /// What was given last.
    last: Option<Rescoring>,
}

impl Rescorings {
    /// # Errors
    /// [`Error::RescoringNotFound`].
    pub async fn watch(&self, id: Uuid) -> Result<States> {
        let local = lock(&self.inner.local).get(&id).map(|state| state.subscribe());
        if local.is_none() {
            self.get(id).await?;
        }
        Ok(States { rescorings: self.clone(), id, local, last: None })
    }
}

impl States {
    /// `None` after the end.
    ///
    /// # Errors
    /// [`Error::ShuttingDown`] when this process stops; the re-scoring goes on with the next one.
    pub async fn next(&mut self) -> Option<Result<Rescoring>> {
        if self.last.as_ref().is_some_and(|last| !last.is_running()) {
            return None;
        }
        let stopping = self.rescorings.inner.stopping.clone();
        tokio::select! {
            biased;
            state = self.changed() => Some(state),
            () = stopping.cancelled() => Some(Err(Error::ShuttingDown)),
        }
    }

    async fn changed(&mut self) -> Result<Rescoring> {
        loop {
            let state = self.look().await?;
            if self.last.as_ref() != Some(&state) {
                self.last = Some(state.clone());
                return Ok(state);
            }
            self.wait().await;
        }
    }

    async fn look(&mut self) -> Result<Rescoring> {
        match &mut self.local {
            Some(local) => Ok(local.borrow_and_update().clone()),
            None => self.rescorings.get(self.id).await,
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
