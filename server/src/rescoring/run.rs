//! One re-scoring at work: page after page, checkpointed.
//!
//! Before a page is written, the record notes its comments and what will have changed. So a crash at any moment leaves
//! either a page of which nothing is written, or one that is named in the record: it is done again, which changes
//! nothing twice, and what was noted is what counts. While a page is written, the next one is read and labelled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::give_way::GiveWay;
use super::page::{PageSource, PreparedPage};
use super::record::{Position, Rescoring, RescoringState, cancel_mark_id, delete_cancel_mark};
use crate::error::{Error, Result};
use crate::pipeline::Writing;
use crate::store::{Kind, StoreError, millionths};

/// How long a store that fails is tried again before the re-scoring fails.
const RETRY_FOR: Duration = Duration::from_mins(2);
const FIRST_RETRY_AFTER: Duration = Duration::from_millis(200);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunEnd {
    /// The record says how.
    Recorded,
    /// Failed, and the store did not take that down.
    Unrecorded,
    /// Left as it is: this process stops, or another one has taken over.
    LetGo,
}

enum Step {
    Going,
    Ended(RunEnd),
}

pub(super) struct Run {
    writing: Arc<Writing>,
    give_way: GiveWay,
    rescoring: Rescoring,
    /// Read and labelled while the page before it was written.
    next_page: Option<PreparedPage>,
    /// Shows the state after each step.
    state: Arc<watch::Sender<Rescoring>>,
    stopping: CancellationToken,
    started: Instant,
    seconds_before: f64,
}

impl Run {
    pub(super) fn new(
        writing: Arc<Writing>,
        give_way: GiveWay,
        state: Arc<watch::Sender<Rescoring>>,
        stopping: CancellationToken,
    ) -> Self {
        let rescoring = state.borrow().clone();
        let seconds_before = rescoring.total_seconds;
        Self { writing, give_way, rescoring, next_page: None, state, stopping, started: Instant::now(), seconds_before }
    }

    /// Work until it has ended or is let go.
    pub(super) async fn run(mut self) -> RunEnd {
        let mut failing_since: Option<Instant> = None;
        let mut retry_after = FIRST_RETRY_AFTER;
        loop {
            match self.step().await {
                Ok(Step::Going) => {
                    failing_since = None;
                    retry_after = FIRST_RETRY_AFTER;
                }
                Ok(Step::Ended(end)) => return end,
                Err(Error::Store(StoreError::Closed)) => return RunEnd::LetGo,
                Err(Error::Store(failure)) if failing_since.get_or_insert_with(Instant::now).elapsed() < RETRY_FOR => {
                    // Others may change the comments meanwhile.
                    self.next_page = None;
                    warn!(rescoring = %self.rescoring.id, error = %failure, "a re-scoring waits for the store");
                    tokio::select! {
                        () = tokio::time::sleep(retry_after) => {}
                        () = self.stopping.cancelled() => {}
                    }
                    retry_after = (2 * retry_after).min(LONGEST_RETRY_AFTER);
                }
                Err(failure) => return self.fail(&failure).await,
            }
        }
    }

    async fn step(&mut self) -> Result<Step> {
        if self.stopping.is_cancelled() {
            return Ok(Step::Ended(RunEnd::LetGo));
        }
        let id = self.rescoring.id;
        let mark = cancel_mark_id(id);
        let found = self.writing.store().get(Kind::Operations, vec![id, mark], false).await?;
        let is_cancelled = found.iter().any(|point| point.id == mark);
        let record = found.into_iter().find(|point| point.id == id).map(Rescoring::from_point).transpose()?;
        if record.is_some_and(|record| record.worker != self.rescoring.worker) {
            warn!(rescoring = %id, "another process has taken this re-scoring over");
            return Ok(Step::Ended(RunEnd::LetGo));
        }
        if is_cancelled {
            return self.end(RescoringState::Cancelled).await;
        }
        let Some(page) = self.take_page().await? else {
            return self.end(RescoringState::Done).await;
        };
        self.do_page(page).await?;
        Ok(Step::Going)
    }

    /// The page to do now, none at the end.
    async fn take_page(&mut self) -> Result<Option<PreparedPage>> {
        if let Some(pending) = self.rescoring.pending.clone() {
            self.next_page = None;
            return self.prepare(PageSource::Again(pending)).await.map(Some);
        }
        match self.next_page.take() {
            Some(page) => Ok(Some(page)),
            None => self.prepare_at(self.rescoring.position).await,
        }
    }

    async fn do_page(&mut self, page: PreparedPage) -> Result<()> {
        self.rescoring.pending = Some(page.pending.clone());
        let scoring_seconds = self.rescoring.scoring_seconds + page.scoring.as_secs_f64();
        self.rescoring.scoring_seconds = millionths(scoring_seconds);
        self.save().await?;
        let next_position = page.pending.next;
        let (written, next_page) =
            tokio::join!(page.write(&self.writing, &self.give_way), self.prepare_at(next_position));
        written?;
        if let Some(pending) = self.rescoring.pending.take() {
            self.rescoring.done.add(&pending.counts);
            self.give_way.pipeline.metrics().rescored(pending.counts.mentions);
            self.rescoring.position = pending.next;
        }
        self.publish();
        self.next_page = next_page?;
        Ok(())
    }

    async fn prepare_at(&self, position: Position) -> Result<Option<PreparedPage>> {
        let from = match position {
            Position::Start => None,
            Position::At(id) => Some(id),
            Position::End => return Ok(None),
        };
        let filter = self.rescoring.filter.for_comments();
        self.prepare(PageSource::Matching { filter, from }).await.map(Some)
    }

    /// On a thread for blocking work: reading JSON and labelling would hold up the calls that share ours.
    async fn prepare(&self, source: PageSource) -> Result<PreparedPage> {
        let writing = self.writing.clone();
        let runtime = Handle::current();
        let start = Instant::now();
        let prepared = tokio::task::spawn_blocking(move || runtime.block_on(PreparedPage::prepare(&writing, source)))
            .await
            .map_err(|error| Error::Internal(format!("re-scoring a page failed: {error}")))??;
        self.give_way.after(start.elapsed()).await;
        Ok(prepared)
    }

    async fn save(&mut self) -> Result<()> {
        self.rescoring.heartbeat = Utc::now();
        self.stop_the_clock();
        Ok(self.writing.store().write(vec![self.rescoring.to_write()?]).await?)
    }

    fn stop_the_clock(&mut self) {
        self.rescoring.total_seconds = millionths(self.seconds_before + self.started.elapsed().as_secs_f64());
    }

    fn publish(&mut self) {
        self.stop_the_clock();
        self.state.send_replace(self.rescoring.clone());
    }

    async fn end(&mut self, state: RescoringState) -> Result<Step> {
        self.next_page = None;
        self.stop_the_clock();
        let id = self.rescoring.id;
        let ended = Rescoring { state, ended_at: Some(Utc::now()), ..self.rescoring.clone() };
        let writes = vec![ended.to_write()?, delete_cancel_mark(id)];
        self.writing.store().write(writes).await?;
        self.rescoring = ended;
        self.state.send_replace(self.rescoring.clone());
        let done = &self.rescoring.done;
        info!(
            rescoring = %id,
            state = state.name(),
            comments = done.comments,
            mentions = done.mentions,
            changed = done.mentions_changed,
            seconds = self.rescoring.total_seconds,
            "a re-scoring has ended"
        );
        Ok(Step::Ended(RunEnd::Recorded))
    }

    async fn fail(&mut self, failure: &Error) -> RunEnd {
        error!(rescoring = %self.rescoring.id, error = %failure, "a re-scoring has failed");
        self.rescoring.error = Some(reason(failure));
        let ended = self.end(RescoringState::Failed).await;
        if ended.is_ok() {
            return RunEnd::Recorded;
        }
        self.rescoring.state = RescoringState::Failed;
        self.rescoring.ended_at = Some(Utc::now());
        self.publish();
        RunEnd::Unrecorded
    }
}

/// What a caller is told. Only the store's own words are sure to be without a comment's.
fn reason(failure: &Error) -> String {
    match failure {
        Error::Store(failure) => failure.to_string(),
        _ => "internal: a stored comment could not be read or labelled; the service's log says more".to_owned(),
    }
}
