//! Re-scoring: stored comments get the labels of today's heads and journeys, from their stored vectors.
//!
//! Beside what [`operations`](crate::operations) say of replicas, on a Qdrant server: while two of them work on one
//! re-scoring, labels are right, but changes may be counted twice or not at all; and a comment which is stored through
//! another replica in the moment in which its page is re-scored keeps what was stored.

mod changes;
mod overlap;
mod page;
mod record;
mod run;

use std::sync::Arc;

use uuid::Uuid;

pub use changes::{ChangeCounts, Counts, Label, LabelChange};
pub use record::Rescoring;

use self::overlap::are_disjoint;
use self::run::Run;
use crate::error::{Error, Result};
use crate::insights::CommentFilter;
use crate::operations::{GiveWay, Head, Operations, States};
use crate::page_token::Request;
use crate::pipeline::{Pipeline, Writing};
use crate::store::Kind;

/// The re-scorings of a store.
#[derive(Clone)]
pub struct Rescorings {
    operations: Operations<Rescoring>,
    writing: Arc<Writing>,
}

impl Rescorings {
    /// Takes up what was running when the process before this one ended. Ends only with [`Rescorings::stop`].
    ///
    /// # Errors
    /// A pipeline without a store.
    pub fn open(pipeline: Arc<Pipeline>) -> Result<Self> {
        let writing = pipeline.writing().cloned().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let new_run = move |_: &Rescoring| Box::new(Run::new(GiveWay { pipeline: pipeline.clone() })) as Box<_>;
        Ok(Self { operations: Operations::open(writing.clone(), new_run), writing })
    }

    /// Begin one, and return at once. A `request_id` that is not empty starts one re-scoring however often it is sent.
    ///
    /// # Errors
    /// [`Error::RescoringRunning`] when one is running whose comments may be among these.
    pub async fn start(&self, filter: CommentFilter, request_id: &str) -> Result<Rescoring> {
        let writing = self.writing.clone();
        let new = move |head: Head, running: Vec<Rescoring>| async move {
            if let Some(running) = running.iter().find(|running| !are_disjoint(&running.head.filter, &head.filter)) {
                return Err(Error::RescoringRunning { id: running.head.id });
            }
            let comments_total = writing.store().count(Kind::Comments, head.filter.for_comments()).await?;
            Ok(Rescoring::begin(head, comments_total))
        };
        self.operations.start(filter, request_id, new).await
    }

    /// # Errors
    /// [`Error::RescoringNotFound`]; likewise below.
    pub async fn get(&self, id: Uuid) -> Result<Rescoring> {
        self.operations.get(id).await
    }

    pub async fn watch(&self, id: Uuid) -> Result<States<Rescoring>> {
        self.operations.watch(id).await
    }

    /// End it after the page that is under way, and wait for that; one that has ended stays as it is.
    pub async fn cancel(&self, id: Uuid) -> Result<Rescoring> {
        self.operations.cancel(id).await
    }

    /// A page of at most `limit`, newest first, and the token of the next one; it is empty on the last page.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list(&self, limit: usize, page_token: &str) -> Result<(Vec<Rescoring>, String)> {
        let request = Request::new("rescorings", &())?;
        self.operations.list(Vec::new(), &request, limit, page_token).await
    }

    /// Stop working at the next checkpoint, and wait for that. What was running goes on with the next process.
    pub async fn stop(&self) {
        self.operations.stop().await;
    }
}
