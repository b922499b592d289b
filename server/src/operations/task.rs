//! One operation at work: step after step, until it has ended or is let go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::Utc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::record::{Operation, OperationState, cancel_mark_id, delete_cancel_mark, from_point, to_write};
use crate::error::{Error, Result};
use crate::pipeline::Writing;
use crate::store::{Kind, StoreError, millionths};

/// How long a store that fails is tried again before the operation fails.
const RETRY_FOR: Duration = Duration::from_mins(2);
const FIRST_RETRY_AFTER: Duration = Duration::from_millis(200);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a long computation is interrupted for a sign of life, and a look whether it is still wanted.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(2);

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    Going,
    Done,
}

/// Does what one operation is for.
#[async_trait]
pub trait Worker<O: Operation>: Send + 'static {
    /// The next piece of work. After an error of the store it is called again.
    async fn step(&mut self, task: &mut Task<O>) -> Result<Step>;

    /// Would ending it now leave everything as it was, or as it is after some of its work? Otherwise it is ended by its
    /// last step only.
    fn may_be_cancelled(&self) -> bool;

    /// The store failed in the last step: others may have changed anything meanwhile.
    fn interrupted(&mut self);

    /// What a caller is told of a failure that is not the store's; it must not contain a text.
    fn reason(&self) -> &'static str;

    /// It has ended.
    fn ended(&self, operation: &O);
}

/// An operation that this process works on.
pub struct Task<O> {
    pub writing: Arc<Writing>,
    pub operation: O,
    /// Shows the state after each step.
    state: Arc<watch::Sender<O>>,
    stopping: CancellationToken,
    started: Instant,
    seconds_before: f64,
}

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

/// Is the operation still to be worked on?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Wanted,
    Cancelled,
    NotOurs,
}

/// Work until it has ended or is let go.
pub(super) async fn run<O: Operation>(mut task: Task<O>, mut worker: Box<dyn Worker<O>>) -> RunEnd {
    let end = task.work(worker.as_mut()).await;
    if end != RunEnd::LetGo {
        worker.ended(&task.operation);
    }
    end
}

impl<O: Operation> Task<O> {
    pub(super) fn new(writing: Arc<Writing>, state: Arc<watch::Sender<O>>, stopping: CancellationToken) -> Self {
        let operation = state.borrow().clone();
        let seconds_before = operation.head().total_seconds;
        Self { writing, operation, state, stopping, started: Instant::now(), seconds_before }
    }

    /// Write down how it stands, with a sign of life.
    pub async fn save(&mut self) -> Result<()> {
        self.operation.head_mut().heartbeat = Utc::now();
        self.stop_the_clock();
        Ok(self.writing.store().write(vec![to_write(&self.operation)?]).await?)
    }

    /// Show how it stands, and write it down when that is some time ago.
    pub async fn report(&mut self) -> Result<()> {
        self.publish();
        let silent_for = Utc::now().signed_duration_since(self.operation.head().heartbeat).to_std().unwrap_or_default();
        if silent_for >= SIGN_OF_LIFE_EVERY { self.save().await } else { Ok(()) }
    }

    /// Show how it stands to those who watch.
    pub fn publish(&mut self) {
        self.stop_the_clock();
        self.state.send_replace(self.operation.clone());
    }

    /// The result of a long computation; `None` when the operation is not wanted any more before it is there.
    pub async fn wait_for<T>(&mut self, computation: impl Future<Output = T>) -> Result<Option<T>> {
        let mut computation = std::pin::pin!(computation);
        loop {
            tokio::select! {
                result = &mut computation => return Ok(Some(result)),
                () = tokio::time::sleep(SIGN_OF_LIFE_EVERY) => {}
                () = self.stopping.cancelled() => return Ok(None),
            }
            if self.standing().await? != Standing::Wanted {
                return Ok(None);
            }
            self.save().await?;
        }
    }

    async fn work(&mut self, worker: &mut dyn Worker<O>) -> RunEnd {
        let mut failing_since: Option<Instant> = None;
        let mut retry_after = FIRST_RETRY_AFTER;
        loop {
            match self.next_step(worker).await {
                Ok(None) => {
                    failing_since = None;
                    retry_after = FIRST_RETRY_AFTER;
                }
                Ok(Some(end)) => return end,
                Err(Error::Store(StoreError::Closed)) => return RunEnd::LetGo,
                Err(Error::Store(failure)) if failing_since.get_or_insert_with(Instant::now).elapsed() < RETRY_FOR => {
                    worker.interrupted();
                    let id = self.operation.head().id;
                    warn!(operation = O::NAME, %id, error = %failure, "an operation waits for the store");
                    tokio::select! {
                        () = tokio::time::sleep(retry_after) => {}
                        () = self.stopping.cancelled() => {}
                    }
                    retry_after = (2 * retry_after).min(LONGEST_RETRY_AFTER);
                }
                Err(failure) => return self.fail(&failure, worker.reason()).await,
            }
        }
    }

    /// `None` when there is more to do.
    async fn next_step(&mut self, worker: &mut dyn Worker<O>) -> Result<Option<RunEnd>> {
        if self.stopping.is_cancelled() {
            return Ok(Some(RunEnd::LetGo));
        }
        match self.standing().await? {
            Standing::Cancelled if worker.may_be_cancelled() => {
                return self.end(OperationState::Cancelled).await.map(Some);
            }
            Standing::Wanted | Standing::Cancelled => {}
            Standing::NotOurs => {
                let id = self.operation.head().id;
                warn!(operation = O::NAME, %id, "another process has taken this operation over");
                return Ok(Some(RunEnd::LetGo));
            }
        }
        match worker.step(self).await? {
            Step::Going => Ok(None),
            Step::Done => self.end(OperationState::Done).await.map(Some),
        }
    }

    async fn standing(&self) -> Result<Standing> {
        let id = self.operation.head().id;
        let mark = cancel_mark_id(id);
        let found = self.writing.store().get(Kind::Operations, vec![id, mark], false).await?;
        let is_cancelled = found.iter().any(|point| point.id == mark);
        let record = found.into_iter().find(|point| point.id == id).map(from_point::<O>).transpose()?;
        let worker = self.operation.head().worker;
        Ok(match record {
            Some(record) if record.head().worker != worker => Standing::NotOurs,
            _ if is_cancelled => Standing::Cancelled,
            _ => Standing::Wanted,
        })
    }

    fn stop_the_clock(&mut self) {
        let seconds = self.seconds_before + self.started.elapsed().as_secs_f64();
        self.operation.head_mut().total_seconds = millionths(seconds);
    }

    async fn end(&mut self, state: OperationState) -> Result<RunEnd> {
        self.stop_the_clock();
        let mut ended = self.operation.clone();
        ended.head_mut().state = state;
        ended.head_mut().ended_at = Some(Utc::now());
        let id = ended.head().id;
        self.writing.store().write(vec![to_write(&ended)?, delete_cancel_mark(id)]).await?;
        self.operation = ended;
        self.state.send_replace(self.operation.clone());
        let seconds = self.operation.head().total_seconds;
        info!(operation = O::NAME, %id, state = state.name(), seconds, "an operation has ended");
        Ok(RunEnd::Recorded)
    }

    async fn fail(&mut self, failure: &Error, reason: &str) -> RunEnd {
        error!(operation = O::NAME, id = %self.operation.head().id, error = %failure, "an operation has failed");
        // Only the store's own words are sure to be without a comment's.
        self.operation.head_mut().error = Some(match failure {
            Error::Store(failure) => failure.to_string(),
            _ => format!("internal: {reason}; the service's log says more"),
        });
        if self.end(OperationState::Failed).await.is_ok() {
            return RunEnd::Recorded;
        }
        let head = self.operation.head_mut();
        head.state = OperationState::Failed;
        head.ended_at = Some(Utc::now());
        self.publish();
        RunEnd::Unrecorded
    }
}
