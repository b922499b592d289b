//! One re-scoring at work: page after page, checkpointed.
//!
//! Before a page is written, the record notes its comments and what will have changed. So a crash at any moment leaves
//! either a page of which nothing is written, or one that is named in the record: it is done again, which changes
//! nothing twice, and what was noted is what counts. While a page is written, the next one is read and labelled.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tracing::info;

use super::page::{PageSource, PreparedPage};
use super::record::{Position, Rescoring};
use crate::error::{Error, Result};
use crate::operations::{GiveWay, Step, Task, Worker};
use crate::pipeline::Writing;
use crate::store::millionths;

pub(super) struct Run {
    give_way: GiveWay,
    /// Read and labelled while the page before it was written.
    next_page: Option<PreparedPage>,
}

#[async_trait]
impl Worker<Rescoring> for Run {
    async fn step(&mut self, task: &mut Task<Rescoring>) -> Result<Step> {
        let Some(page) = self.take_page(task).await? else {
            return Ok(Step::Done);
        };
        self.do_page(task, page).await?;
        Ok(Step::Going)
    }

    fn may_be_cancelled(&self) -> bool {
        true
    }

    fn interrupted(&mut self) {
        self.next_page = None;
    }

    fn reason(&self) -> &'static str {
        "a stored comment could not be read or labelled"
    }

    fn ended(&self, rescoring: &Rescoring) {
        let done = &rescoring.done;
        info!(
            id = %rescoring.head.id,
            comments = done.comments,
            mentions = done.mentions,
            changed = done.mentions_changed,
            "what a re-scoring has done"
        );
    }
}

impl Run {
    pub(super) fn new(give_way: GiveWay) -> Self {
        Self { give_way, next_page: None }
    }

    /// The page to do now, none at the end.
    async fn take_page(&mut self, task: &Task<Rescoring>) -> Result<Option<PreparedPage>> {
        if let Some(pending) = task.operation.pending.clone() {
            self.next_page = None;
            return self.prepare(&task.writing, PageSource::Again(pending)).await.map(Some);
        }
        match self.next_page.take() {
            Some(page) => Ok(Some(page)),
            None => self.prepare_at(task, task.operation.position).await,
        }
    }

    async fn do_page(&mut self, task: &mut Task<Rescoring>, page: PreparedPage) -> Result<()> {
        task.operation.pending = Some(page.pending.clone());
        let scoring_seconds = task.operation.scoring_seconds + page.scoring.as_secs_f64();
        task.operation.scoring_seconds = millionths(scoring_seconds);
        task.save().await?;
        let next_position = page.pending.next;
        let (written, next_page) =
            tokio::join!(page.write(&task.writing, &self.give_way), self.prepare_at(task, next_position));
        written?;
        if let Some(pending) = task.operation.pending.take() {
            task.operation.done.add(&pending.counts);
            self.give_way.pipeline.metrics().rescored(pending.counts.mentions);
            task.operation.position = pending.next;
        }
        task.publish();
        self.next_page = next_page?;
        Ok(())
    }

    async fn prepare_at(&self, task: &Task<Rescoring>, position: Position) -> Result<Option<PreparedPage>> {
        let from = match position {
            Position::Start => None,
            Position::At(id) => Some(id),
            Position::End => return Ok(None),
        };
        let filter = task.operation.head.filter.for_comments();
        self.prepare(&task.writing, PageSource::Matching { filter, from }).await.map(Some)
    }

    /// On a thread for blocking work: reading JSON and labelling would hold up the calls that share ours.
    async fn prepare(&self, writing: &Arc<Writing>, source: PageSource) -> Result<PreparedPage> {
        let writing = writing.clone();
        let runtime = Handle::current();
        let start = Instant::now();
        let prepared = tokio::task::spawn_blocking(move || runtime.block_on(PreparedPage::prepare(&writing, source)))
            .await
            .map_err(|error| Error::Internal(format!("re-scoring a page failed: {error}")))??;
        self.give_way.after(start.elapsed()).await;
        Ok(prepared)
    }
}
