//! Long operations: begun by a call, worked on in the background, watched, cancelled, and taken up again after a crash.
//!
//! Each is a point of the store, written by the process that works on it, and taken up again by the next process after a
//! crash. With an embedded store that is exact. On a Qdrant server, replicas take over from each other when one has not
//! been heard of for [`TAKES_OVER_AFTER`]; their clocks must agree to a few seconds. Not guaranteed there: that two starts
//! at the same moment on two replicas see each other, and that a replica which was only slow does not work beside the one
//! that took over until it notices.

mod forget;
mod give_way;
mod record;
mod task;
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

pub use forget::{forget_in, forget_subject};
pub use give_way::GiveWay;
pub use record::{Head, Operation, OperationState};
pub use task::{Step, Task, Worker};
pub use watching::States;

use self::task::{RunEnd, run};
use crate::error::{Error, Result};
use crate::insights::CommentFilter;
use crate::insights::intake::check_length;
use crate::page_token::Request;
use crate::pipeline::Writing;
use crate::store::paging::{page_by, page_by_id};
use crate::store::{Condition, Kind, Order, Point, Store};

const MAX_REQUEST_ID_CHARS: usize = 128;
/// After so long without a sign of life, another process takes an operation over, where there can be one.
const TAKES_OVER_AFTER: Duration = Duration::from_mins(1);
/// How often a shared store is asked for operations whose process is gone, and any store that did not answer at first.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(15);
/// How often an operation of another process is looked at while somebody waits for it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a cancellation waits for another process to end the step that is under way.
const CANCEL_WAITS: Duration = Duration::from_secs(10);
/// Stands in a record for a subject that was erased.
const ERASED: &str = "(erased)";
/// Records that are read at once.
const RECORDS_PER_READ: usize = 100;

type NewWorker<O> = Box<dyn Fn(&O) -> Box<dyn Worker<O>> + Send + Sync>;

/// The operations of one kind.
pub struct Operations<O> {
    inner: Arc<Inner<O>>,
}

impl<O> Clone for Operations<O> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

struct Inner<O> {
    writing: Arc<Writing>,
    new_worker: NewWorker<O>,
    /// This process.
    worker: Uuid,
    /// The last state of those that this process works on, and of those that it could not record the end of.
    local: Mutex<HashMap<Uuid, Arc<watch::Sender<O>>>>,
    /// Held from the look at what is running until the new one is recorded.
    starting: tokio::sync::Mutex<()>,
    stopping: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

impl<O: Operation> Operations<O> {
    /// Takes up what was running when the process before this one ended. Ends only with [`Operations::stop`].
    pub fn open(writing: Arc<Writing>, new_worker: impl Fn(&O) -> Box<dyn Worker<O>> + Send + Sync + 'static) -> Self {
        let inner = Inner {
            writing,
            new_worker: Box::new(new_worker),
            worker: Uuid::now_v7(),
            local: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: Mutex::default(),
        };
        let operations = Self { inner: Arc::new(inner) };
        let for_task = operations.clone();
        lock(&operations.inner.tasks).spawn(async move { for_task.keep_taking_over().await });
        operations
    }

    /// Begin one, and return at once. A `request_id` that is not empty starts one however often it is sent. `new` makes it,
    /// or says why it cannot begin beside those that are running.
    pub async fn start<New, Made>(&self, filter: CommentFilter, request_id: &str, new: New) -> Result<O>
    where
        New: FnOnce(Head, Vec<O>) -> Made + Send + 'static,
        Made: Future<Output = Result<O>> + Send,
    {
        check_length("request_id", request_id, MAX_REQUEST_ID_CHARS)?;
        let request_id = request_id.to_owned();
        let operations = self.clone();
        // A task of its own: a caller who hangs up must not leave a record that nobody works on.
        let starting = tokio::spawn(async move { operations.start_once(filter, &request_id, new).await });
        starting.await.map_err(|error| Error::Internal(format!("starting a {} failed: {error}", O::NAME)))?
    }

    async fn start_once<New, Made>(&self, filter: CommentFilter, request_id: &str, new: New) -> Result<O>
    where
        New: FnOnce(Head, Vec<O>) -> Made + Send + 'static,
        Made: Future<Output = Result<O>> + Send,
    {
        let _starting = self.inner.starting.lock().await;
        if self.inner.stopping.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        let id = if request_id.is_empty() { Uuid::now_v7() } else { O::id_of_request(request_id) };
        if !request_id.is_empty()
            && let Some(started) = self.find(id).await?
        {
            return Ok(started);
        }
        let head = Head::begin(id, filter, self.inner.worker);
        let operation = new(head, self.running().await?).await?;
        self.store().write(vec![record::to_write(&operation)?]).await?;
        info!(operation = O::NAME, %id, "an operation begins");
        self.work_on(operation.clone());
        Ok(operation)
    }

    /// # Errors
    /// [`Operation::not_found`].
    pub async fn get(&self, id: Uuid) -> Result<O> {
        self.find(id).await?.ok_or_else(O::not_found)
    }

    async fn find(&self, id: Uuid) -> Result<Option<O>> {
        if let Some(state) = self.local_state(id) {
            return Ok(Some(state));
        }
        let found = self.store().get(Kind::Operations, vec![id], false).await?;
        found.into_iter().find(record::is_of_kind::<O>).map(record::from_point).transpose()
    }

    /// A page of at most `limit` of those that fulfil `conditions`, newest first, and the token of the next one; it is empty
    /// on the last page. `request` is what the caller asked for.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list(
        &self,
        conditions: Vec<Condition>,
        request: &Request,
        limit: usize,
        page_token: &str,
    ) -> Result<(Vec<O>, String)> {
        let after = request.position(page_token)?;
        let newest_first = Order { field: "started_at", descending: true };
        let mut filter = record::all::<O>();
        filter.all.extend(conditions);
        let page = page_by(self.store(), Kind::Operations, &filter, newest_first, after, limit).await?;
        let operations = page.points.into_iter().map(|point| self.latest(point)).collect::<Result<_>>()?;
        Ok((operations, page.next.map(|position| request.position_token(position)).unwrap_or_default()))
    }

    /// End it after the step that is under way, and wait for that; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`Operation::not_found`].
    pub async fn cancel(&self, id: Uuid) -> Result<O> {
        let operation = self.get(id).await?;
        if !operation.head().is_running() {
            return Ok(operation);
        }
        self.store().write(vec![record::cancel_mark(id)?]).await?;
        let mut states = self.watch(id).await?;
        let wait_for_end = async {
            while let Some(state) = states.next().await {
                let state = state?;
                if !state.head().is_running() {
                    return Ok(state);
                }
            }
            self.get(id).await
        };
        let state = match tokio::time::timeout(CANCEL_WAITS, wait_for_end).await {
            Ok(state) => state?,
            Err(_elapsed) => self.get(id).await?,
        };
        if !state.head().is_running() {
            // It may have ended before the mark was there.
            self.store().write(vec![record::delete_cancel_mark(id)]).await?;
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

    fn local_state(&self, id: Uuid) -> Option<O> {
        lock(&self.inner.local).get(&id).map(|state| state.borrow().clone())
    }

    /// What this process knows of an operation, or else what is recorded.
    fn latest(&self, point: Point) -> Result<O> {
        self.local_state(point.id).map_or_else(|| record::from_point(point), Ok)
    }

    /// Those that are running in this process or another one, or would be if theirs had not ended.
    async fn running(&self) -> Result<Vec<O>> {
        let filter = record::running::<O>();
        let mut running = Vec::new();
        let mut from = None;
        loop {
            let (points, next) =
                page_by_id(self.store(), Kind::Operations, &filter, from, RECORDS_PER_READ, false).await?;
            for point in points {
                running.extend(Some(self.latest(point)?).filter(|operation| operation.head().is_running()));
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
                Err(error) => {
                    warn!(operation = O::NAME, %error, "it cannot be seen yet which operations have to be taken up again");
                }
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
        for mut operation in self.running().await? {
            let head = operation.head_mut();
            let id = head.id;
            let silent_for = Utc::now().signed_duration_since(head.heartbeat).to_std().unwrap_or_default();
            let is_ours = self.local_state(id).is_some();
            let may_be_alive = self.store().is_shared() && silent_for < TAKES_OVER_AFTER;
            if is_ours || may_be_alive {
                continue;
            }
            head.worker = self.inner.worker;
            head.heartbeat = Utc::now();
            head.resumed += 1;
            self.store().write(vec![record::to_write(&operation)?]).await?;
            info!(operation = O::NAME, %id, "an operation goes on");
            self.work_on(operation);
        }
        Ok(())
    }

    /// Begin to work on what is recorded as ours.
    fn work_on(&self, operation: O) {
        let id = operation.head().id;
        let worker = (self.inner.new_worker)(&operation);
        let state = Arc::new(watch::Sender::new(operation));
        lock(&self.inner.local).insert(id, state.clone());
        let task = Task::new(self.inner.writing.clone(), state, self.inner.stopping.clone());
        let operations = self.clone();
        let mut tasks = lock(&self.inner.tasks);
        // Those that have ended need no more room.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            match run(task, worker).await {
                RunEnd::Recorded | RunEnd::LetGo => drop(lock(&operations.inner.local).remove(&id)),
                RunEnd::Unrecorded => {}
            }
        });
    }
}

/// What the mutexes here guard is never half done: each change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
