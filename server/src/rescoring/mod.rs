//! Re-scoring: stored comments get the labels of today's heads and journeys, from their stored vectors.
//!
//! Each re-scoring is a point of the store, written by the process that works on it after each page, and taken up again
//! by the next process after a crash. With an embedded store that is exact. On a Qdrant server, replicas take over from
//! each other when one has not been heard of for [`TAKES_OVER_AFTER`]; their clocks must agree to a few seconds. Not
//! guaranteed there: that two starts at the same moment on two replicas see each other, that a replica which was only
//! slow does not work beside the one that took over until it notices (labels are right then too, but changes may be
//! counted twice or not at all), and that a comment which is stored through another replica in the moment in which its
//! page is re-scored keeps what was stored.

mod changes;
mod forget;
mod give_way;
mod overlap;
mod page;
mod record;
mod run;
mod watching;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

pub use changes::{ChangeCounts, Counts, Label, LabelChange};
pub use forget::forget_subject;
pub use record::{Rescoring, RescoringState};
pub use watching::States;

use self::give_way::GiveWay;
use self::overlap::are_disjoint;
use self::record::{all_rescorings, cancel_mark, delete_cancel_mark, running_rescorings};
use self::run::{Run, RunEnd};
use crate::error::{Error, Result};
use crate::insights::{CommentFilter, rescoring_id};
use crate::page_token::Request;
use crate::pipeline::{Pipeline, Writing};
use crate::store::paging::{page_by, page_by_id};
use crate::store::{Kind, Order, Point, Store};

/// Of `request_id`, in code points.
const MAX_REQUEST_ID_CHARS: usize = 128;
/// After so long without a sign of life, another process takes a re-scoring over, where there can be one.
const TAKES_OVER_AFTER: Duration = Duration::from_mins(1);
/// How often a shared store is asked for re-scorings whose process is gone, and any store that did not answer at first.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(15);
/// How often a re-scoring of another process is looked at while somebody waits for it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a cancellation waits for another process to end the page that is under way.
const CANCEL_WAITS: Duration = Duration::from_secs(10);
/// Stands in a record for a subject that was erased.
const ERASED: &str = "(erased)";
/// Records that are read at once.
const RECORDS_PER_READ: usize = 100;

/// The re-scorings of a store.
#[derive(Clone)]
pub struct Rescorings {
    inner: Arc<Inner>,
}

struct Inner {
    pipeline: Arc<Pipeline>,
    writing: Arc<Writing>,
    /// This process.
    worker: Uuid,
    /// The last state of those that this process works on, and of those that it could not record the end of.
    local: Mutex<HashMap<Uuid, Arc<watch::Sender<Rescoring>>>>,
    /// Held from the look at what is running until the new one is recorded.
    starting: tokio::sync::Mutex<()>,
    stopping: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

impl Rescorings {
    /// Takes up what was running when the process before this one ended. Ends only with [`Rescorings::stop`].
    ///
    /// # Errors
    /// A pipeline without a store.
    pub fn open(pipeline: Arc<Pipeline>) -> Result<Self> {
        let writing = pipeline.writing().cloned().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let inner = Inner {
            pipeline,
            writing,
            worker: Uuid::now_v7(),
            local: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: Mutex::default(),
        };
        let rescorings = Self { inner: Arc::new(inner) };
        let for_task = rescorings.clone();
        lock(&rescorings.inner.tasks).spawn(async move { for_task.keep_taking_over().await });
        Ok(rescorings)
    }

    /// Begin one, and return at once. A `request_id` that is not empty starts one re-scoring however often it is sent.
    ///
    /// # Errors
    /// [`Error::RescoringRunning`] when one is running whose comments may be among these.
    pub async fn start(&self, filter: CommentFilter, request_id: &str) -> Result<Rescoring> {
        let length = request_id.chars().count();
        if length > MAX_REQUEST_ID_CHARS {
            let field = "request_id".to_owned();
            return Err(Error::FieldTooLong { field, length, limit: MAX_REQUEST_ID_CHARS, unit: "characters" });
        }
        let request_id = request_id.to_owned();
        let rescorings = self.clone();
        // A task of its own: a caller who hangs up must not leave a record that nobody works on.
        let starting = tokio::spawn(async move { rescorings.start_once(filter, &request_id).await });
        starting.await.map_err(|error| Error::Internal(format!("starting a re-scoring failed: {error}")))?
    }

    async fn start_once(&self, filter: CommentFilter, request_id: &str) -> Result<Rescoring> {
        let _starting = self.inner.starting.lock().await;
        if self.inner.stopping.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        let id = if request_id.is_empty() { Uuid::now_v7() } else { rescoring_id(request_id) };
        if !request_id.is_empty() {
            match self.get(id).await {
                Err(Error::RescoringNotFound) => {}
                started => return started,
            }
        }
        for running in self.running().await? {
            if !are_disjoint(&running.filter, &filter) {
                return Err(Error::RescoringRunning { id: running.id });
            }
        }
        let comments_total = self.store().count(Kind::Comments, filter.for_comments()).await?;
        let rescoring = Rescoring::begin(id, filter, comments_total, self.inner.worker);
        self.store().write(vec![rescoring.to_write()?]).await?;
        info!(rescoring = %id, comments = comments_total, "a re-scoring begins");
        self.work_on(rescoring.clone());
        Ok(rescoring)
    }

    /// # Errors
    /// [`Error::RescoringNotFound`].
    pub async fn get(&self, id: Uuid) -> Result<Rescoring> {
        if let Some(state) = self.local_state(id) {
            return Ok(state);
        }
        let found = self.store().get(Kind::Operations, vec![id], false).await?;
        found.into_iter().next().map(Rescoring::from_point).transpose()?.ok_or(Error::RescoringNotFound)
    }

    /// A page of at most `limit`, newest first, and the token of the next one; it is empty on the last page.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list(&self, limit: usize, page_token: &str) -> Result<(Vec<Rescoring>, String)> {
        let request = Request::new("rescorings", &())?;
        let after = request.position(page_token)?;
        let newest_first = Order { field: "started_at", descending: true };
        let page = page_by(self.store(), Kind::Operations, &all_rescorings(), newest_first, after, limit).await?;
        let rescorings = page.points.into_iter().map(|point| self.latest(point)).collect::<Result<_>>()?;
        Ok((rescorings, page.next.map(|position| request.position_token(position)).unwrap_or_default()))
    }

    /// End it after the page that is under way, and wait for that; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`Error::RescoringNotFound`].
    pub async fn cancel(&self, id: Uuid) -> Result<Rescoring> {
        let rescoring = self.get(id).await?;
        if !rescoring.is_running() {
            return Ok(rescoring);
        }
        self.store().write(vec![cancel_mark(id)?]).await?;
        let mut states = self.watch(id).await?;
        let wait_for_end = async {
            while let Some(state) = states.next().await {
                let state = state?;
                if !state.is_running() {
                    return Ok(state);
                }
            }
            self.get(id).await
        };
        let state = match tokio::time::timeout(CANCEL_WAITS, wait_for_end).await {
            Ok(state) => state?,
            Err(_elapsed) => self.get(id).await?,
        };
        if !state.is_running() {
            // It may have ended before the mark was there.
            self.store().write(vec![delete_cancel_mark(id)]).await?;
        }
        Ok(state)
    }

    /// Stop working at the next checkpoint, and wait for that. What was running goes on with the next process.
    pub async fn stop(&self) {
        self.inner.stopping.cancel();
        let mut tasks = std::mem::take(&mut *lock(&self.inner.tasks));
        while tasks.join_next().await.is_some() {}
    }

    fn store(&self) -> &dyn Store {
        self.inner.writing.store()
    }

    fn local_state(&self, id: Uuid) -> Option<Rescoring> {
        lock(&self.inner.local).get(&id).map(|state| state.borrow().clone())
    }

    /// What this process knows of a re-scoring, or else what is recorded.
    fn latest(&self, point: Point) -> Result<Rescoring> {
        self.local_state(point.id).map_or_else(|| Rescoring::from_point(point), Ok)
    }

    /// Those that are running in this process or another one, or would be if theirs had not ended.
    async fn running(&self) -> Result<Vec<Rescoring>> {
        let filter = running_rescorings();
        let mut running = Vec::new();
        let mut from = None;
        loop {
            let (points, next) =
                page_by_id(self.store(), Kind::Operations, &filter, from, RECORDS_PER_READ, false).await?;
            for point in points {
                running.extend(Some(self.latest(point)?).filter(Rescoring::is_running));
            }
            if next.is_none() {
                return Ok(running);
            }
            from = next;
        }
    }

    async fn keep_taking_over(&self) {
        loop {
            match self.take_over().await {
                // Nobody else opens this store: nothing can be left behind later.
                Ok(()) if !self.store().is_shared() => return,
                Ok(()) => {}
                Err(error) => warn!(%error, "it cannot be seen yet which re-scorings have to be taken up again"),
            }
            tokio::select! {
                () = tokio::time::sleep(TAKE_OVER_EVERY) => {}
                () = self.inner.stopping.cancelled() => return,
            }
        }
    }

    /// Work on those whose process is gone.
    async fn take_over(&self) -> Result<()> {
        let _starting = self.inner.starting.lock().await;
        for mut rescoring in self.running().await? {
            let silent_for = Utc::now().signed_duration_since(rescoring.heartbeat).to_std().unwrap_or_default();
            let is_ours = self.local_state(rescoring.id).is_some();
            let may_be_alive = self.store().is_shared() && silent_for < TAKES_OVER_AFTER;
            if is_ours || may_be_alive {
                continue;
            }
            rescoring.worker = self.inner.worker;
            rescoring.heartbeat = Utc::now();
            rescoring.resumed += 1;
            self.store().write(vec![rescoring.to_write()?]).await?;
            info!(rescoring = %rescoring.id, done = rescoring.done.comments, "a re-scoring goes on");
            self.work_on(rescoring);
        }
        Ok(())
    }

    /// Begin to work on what is recorded as ours.
    fn work_on(&self, rescoring: Rescoring) {
        let id = rescoring.id;
        let state = Arc::new(watch::Sender::new(rescoring));
        lock(&self.inner.local).insert(id, state.clone());
        let give_way = GiveWay { pipeline: self.inner.pipeline.clone() };
        let run = Run::new(self.inner.writing.clone(), give_way, state, self.inner.stopping.clone());
        let rescorings = self.clone();
        let mut tasks = lock(&self.inner.tasks);
        // Those that have ended need no more room.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            match run.run().await {
                RunEnd::Recorded | RunEnd::LetGo => drop(lock(&rescorings.inner.local).remove(&id)),
                RunEnd::Unrecorded => {}
            }
        });
    }
}

/// What the mutexes here guard is never half done: each change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
