//! Group commit: one thread owns a log, applies what callers queue, and flushes once for all that were waiting.
//!
//! A flush costs milliseconds however much it covers. So the writer takes the first queued batch *and everything else
//! that is already there*, applies it in order, flushes each touched kind once, and only then answers the callers.
//! Nobody waits for company: a batch alone is flushed alone.
//!
//! A compaction is asked for through the same queue, so it covers what was written before. The writer does it in short
//! steps, each between two groups. Who asks while one is under way waits for the next.
//!
//! The log is a trait so that a test can prove the order (no answer before the flush that covers it).

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{Kind, StoreError, Write};

/// Points (and deletes) that may be queued; a caller beyond that waits.
const MAX_QUEUED: u32 = 16_384;
/// Points (and deletes) that one flush covers at most: bounds how long the first caller waits for the others.
const MAX_GROUP: u32 = 4_096;

/// What the writer thread drives. Nobody else calls it, and never two calls at a time.
pub(super) trait Log: Send + 'static {
    /// Put one change into the log. After an error the change may or may not be there.
    fn apply(&mut self, write: Write) -> Result<(), String>;

    /// Make everything applied to `kind` so far durable.
    fn flush(&mut self, kind: Kind) -> Result<(), String>;

    /// Housekeeping between two groups; must be short. `quiet_for` is how long nothing was written. Returns when
    /// it wants to be called again even though nothing is written, `None` for "not before the next write".
    fn maintain(&mut self, quiet_for: Duration) -> Result<Option<Duration>, String>;

    /// Begin to rewrite everything that was applied so far; only when no compaction is under way.
    fn begin_compaction(&mut self);

    /// A step of the compaction under way; must be short. An error is one after which nobody knows what is on the disk;
    /// a compaction that merely did not succeed has ended.
    fn compact_some(&mut self) -> Result<CompactionStep, String>;

    /// The last call, after the last flush: end the housekeeping, and abandon the compaction under way.
    fn finish(&mut self) -> Result<(), String>;
}

/// What a step of a compaction came to.
#[derive(Debug)]
pub(super) enum CompactionStep {
    /// There is more to do, not before this time has passed.
    ContinueAfter(Duration),
    /// It is over; what failed is put back as it was.
    Ended(Result<(), String>),
}

type Reply = oneshot::Sender<Result<(), StoreError>>;

enum Request {
    Write(Batch),
    Compact(Reply),
}

struct Batch {
    writes: Vec<Write>,
    weight: u32,
    reply: Reply,
    /// Returned to the queue's budget when the batch is dropped.
    _permit: OwnedSemaphorePermit,
}

/// The handle on the writer thread.
#[derive(Debug)]
pub(super) struct Committer {
    sender: Mutex<Option<mpsc::Sender<Request>>>,
    budget: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<Result<(), String>>>>,
    failure: Arc<OnceLock<String>>,
}

impl Committer {
    /// Start the writer thread, which owns `log` until [`Committer::close`].
    ///
    /// With a timer, callers are answered as soon as their batch is applied, and the flush follows within that time.
    pub(super) fn start<L: Log>(log: L, timer: Option<Duration>) -> std::io::Result<Committer> {
        let (sender, receiver) = mpsc::channel();
        let failure = Arc::new(OnceLock::new());
        let writer = Writer {
            log,
            timer,
            receiver,
            failure: Arc::clone(&failure),
            unflushed: Kinds::default(),
            flush_due: None,
            last_write: Instant::now(),
            compactions_asked_for: Vec::new(),
            compaction_under_way: None,
        };
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.run())?;
        Ok(Committer {
            sender: Mutex::new(Some(sender)),
            budget: Arc::new(Semaphore::new(MAX_QUEUED as usize)),
            thread: Mutex::new(Some(thread)),
            failure,
        })
    }

    /// Queue `writes` and wait until they are acknowledged. Waits while the queue is full. A caller that stops waiting
    /// does not take its batch back.
    pub(super) async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let weight = weight_of(&writes);
        let permit = Arc::clone(&self.budget).acquire_many_owned(weight).await.map_err(|_closed| StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        self.send(Request::Write(Batch { writes, weight, reply, _permit: permit }))?;
        answer.await.unwrap_or_else(|_gone| Err(writer_gone()))
    }

    /// Queue a compaction and wait until it has ended. It goes on when the caller stops waiting.
    pub(super) async fn compact(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Compact(reply))?;
        answer.await.unwrap_or_else(|_gone| Err(writer_gone()))
    }

    fn send(&self, request: Request) -> Result<(), StoreError> {
        match &*lock(&self.sender) {
            Some(sender) => sender.send(request).map_err(|_gone| writer_gone()),
            None => Err(StoreError::Closed),
        }
    }

    /// Why nothing can be written any more, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Take no more batches, finish those that are queued, flush, and end the thread. Blocks.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        self.budget.close();
        // Without a sender the thread sees the end of the queue once it has drained it.
        drop(lock(&self.sender).take());
        let Some(thread) = lock(&self.thread).take() else { return Err(StoreError::Closed) };
        match thread.join() {
            Ok(result) => result.map_err(|reason| StoreError::Write { reason }),
            Err(_panic) => Err(writer_gone()),
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        match self.close() {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => tracing::error!(%error, "the store could not be closed cleanly"),
        }
    }
}

fn writer_gone() -> StoreError {
    StoreError::Write { reason: "the writer thread is gone".to_owned() }
}

/// The mutexes here guard an `Option` that is only ever taken: nothing a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn weight_of(writes: &[Write]) -> u32 {
    let total: usize = writes
        .iter()
        .map(|write| match write {
            Write::Upsert { points, .. } => points.len().max(1),
            Write::SetFields { fields, .. } => fields.len().max(1),
            Write::Delete { .. } => 1,
        })
        .sum();
    // A batch larger than the whole queue takes all of it, or it would wait for ever.
    u32::try_from(total).unwrap_or(MAX_QUEUED).clamp(1, MAX_QUEUED)
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds([bool; Kind::ALL.len()]);

impl Kinds {
    fn add(&mut self, kind: Kind) {
        self.0[kind as usize] = true;
    }

    fn add_all(&mut self, other: Kinds) {
        other.iter().for_each(|kind| self.add(kind));
    }

    fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.0[*kind as usize])
    }
}

enum Next {
    Group(Vec<Batch>),
    Nothing,
    Closed,
}

struct Writer<L> {
    log: L,
    timer: Option<Duration>,
    receiver: mpsc::Receiver<Request>,
    /// Set once and for good: after a failed flush nobody knows what is on the disk (the kernel may report a failed
    /// page only once), and after a panic nobody knows what is in memory. Reopening reads what is really there.
    failure: Arc<OnceLock<String>>,
    unflushed: Kinds,
    flush_due: Option<Instant>,
    last_write: Instant,
    /// Who waits for the next compaction to begin.
    compactions_asked_for: Vec<Reply>,
    /// Who waits for the end of the one that has begun.
    compaction_under_way: Option<Vec<Reply>>,
}

impl<L: Log> Writer<L> {
    fn run(mut self) -> Result<(), String> {
        let mut wake_after = None;
        loop {
            match self.next(wake_after) {
                Next::Group(group) => self.commit(group),
                Next::Nothing => {}
                Next::Closed => break,
            }
            if self.flush_due.is_some_and(|due| due <= Instant::now()) {
                self.flush_unflushed();
            }
            wake_after = [self.maintain(), self.compact()].into_iter().flatten().min();
        }
        self.flush_unflushed();
        self.refuse_compactions(|| StoreError::Closed);
        let finished = self.guarded(L::finish);
        match self.failure.get() {
            Some(reason) => Err(reason.clone()),
            None => finished,
        }
    }

    /// The first request and all that wait behind it, up to a bound.
    fn next(&mut self, wake_after: Option<Duration>) -> Next {
        let until_flush = self.flush_due.map(|due| due.saturating_duration_since(Instant::now()));
        let first = match [wake_after, until_flush].into_iter().flatten().min() {
            None => match self.receiver.recv() {
                Ok(request) => request,
                Err(mpsc::RecvError) => return Next::Closed,
            },
            Some(timeout) => match self.receiver.recv_timeout(timeout) {
                Ok(request) => request,
                Err(RecvTimeoutError::Timeout) => return Next::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Next::Closed,
            },
        };
        let mut weight: u32 = 0;
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Write(batch) => {
                    weight = weight.saturating_add(batch.weight);
                    group.push(batch);
                }
                Request::Compact(reply) => self.compactions_asked_for.push(reply),
            }
            next = if weight < MAX_GROUP { self.receiver.try_recv().ok() } else { None };
        }
        if group.is_empty() { Next::Nothing } else { Next::Group(group) }
    }

    fn commit(&mut self, group: Vec<Batch>) {
        let mut applied = Vec::with_capacity(group.len());
        for mut batch in group {
            let (touched, result) = self.apply(std::mem::take(&mut batch.writes));
            self.unflushed.add_all(touched);
            applied.push((batch, touched, result));
        }
        self.last_write = Instant::now();

        let flushed = match self.timer {
            None => self.flush_unflushed(),
            Some(interval) => {
                self.flush_due.get_or_insert(self.last_write + interval);
                HashMap::new()
            }
        };

        for (batch, touched, result) in applied {
            let failed_flush = touched.iter().find_map(|kind| flushed.get(&kind));
            let answer = match (result, failed_flush) {
                (Err(reason), _) => Err(StoreError::Write { reason }),
                (Ok(()), Some(reason)) => Err(StoreError::Write { reason: reason.clone() }),
                (Ok(()), None) => Ok(()),
            };
            // Nobody listens when the caller has hung up; the batch is written all the same.
            let _ = batch.reply.send(answer);
        }
    }

    /// Apply one caller's writes in order, up to the first that fails.
    fn apply(&mut self, writes: Vec<Write>) -> (Kinds, Result<(), String>) {
        let mut touched = Kinds::default();
        for write in writes {
            if let Some(reason) = self.failure.get() {
                return (touched, Err(reason.clone()));
            }
            // Also when it fails: the log may hold a part of it.
            touched.add(write.kind());
            if let Err(reason) = self.guarded(|log| log.apply(write)) {
                return (touched, Err(reason));
            }
        }
        (touched, Ok(()))
    }

    /// Flush every kind with unflushed changes; returns the reasons of those that failed.
    fn flush_unflushed(&mut self) -> HashMap<Kind, String> {
        self.flush_due = None;
        let mut failed = HashMap::new();
        for kind in std::mem::take(&mut self.unflushed).iter() {
            // After a panic the memory behind a flush cannot be trusted.
            let result = match self.failure.get() {
                Some(reason) => Err(reason.clone()),
                None => self.guarded(|log| log.flush(kind)),
            };
            if let Err(reason) = result {
                self.fail(format!("flush of {} failed: {reason}", kind.name()));
                failed.insert(kind, reason);
            }
        }
        failed
    }

    fn maintain(&mut self) -> Option<Duration> {
        if self.failure.get().is_some() {
            return None;
        }
        let quiet_for = self.last_write.elapsed();
        match self.guarded(|log| log.maintain(quiet_for)) {
            Ok(wake_after) => wake_after,
            Err(reason) => {
                self.fail(format!("housekeeping failed: {reason}"));
                None
            }
        }
    }

    /// Takes a step of the compaction under way, or begins the next; returns when to come back for more.
    fn compact(&mut self) -> Option<Duration> {
        if let Some(reason) = self.failure.get().cloned() {
            self.refuse_compactions(|| StoreError::Write { reason: reason.clone() });
            return None;
        }
        if self.compaction_under_way.is_none() {
            if self.compactions_asked_for.is_empty() {
                return None;
            }
            self.compaction_under_way = Some(std::mem::take(&mut self.compactions_asked_for));
            self.log.begin_compaction();
        }
        let result = match self.guarded(L::compact_some) {
            Ok(CompactionStep::ContinueAfter(pause)) => return Some(pause),
            Ok(CompactionStep::Ended(result)) => result,
            Err(reason) => {
                self.fail(format!("compaction failed: {reason}"));
                Err(reason)
            }
        };
        for reply in self.compaction_under_way.take().into_iter().flatten() {
            // Nobody listens when the caller has hung up.
            let _ = reply.send(result.clone().map_err(|reason| StoreError::Write { reason }));
        }
        (!self.compactions_asked_for.is_empty()).then_some(Duration::ZERO)
    }

    fn refuse_compactions(&mut self, error: impl Fn() -> StoreError) {
        let under_way = self.compaction_under_way.take().into_iter().flatten();
        for reply in under_way.chain(self.compactions_asked_for.drain(..)) {
            let _ = reply.send(Err(error()));
        }
    }

    fn guarded<T>(&mut self, call: impl FnOnce(&mut L) -> Result<T, String>) -> Result<T, String> {
        catch_unwind(AssertUnwindSafe(|| call(&mut self.log))).unwrap_or_else(|panic| {
            let reason = panic_message(&*panic);
            self.fail(reason.clone());
            Err(reason)
        })
    }

    fn fail(&self, reason: String) {
        tracing::error!(reason, "the store stops taking writes until it is reopened");
        // The first reason is the one that explains the others.
        let _ = self.failure.set(format!("{reason}; no more writes until the store is reopened"));
    }
}

/// What a caught panic said.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", message.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc as events;

    use super::*;
    use crate::store::{Condition, Filter};

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Event {
        Applied(u128),
        FlushBegun(Kind),
        FlushEnded(Kind),
        Answered(u128),
        CompactionBegun,
        Finished,
    }

    /// What happened, in the order in which it happened.
    #[derive(Debug, Clone, Default)]
    struct Record(Arc<Mutex<Vec<Event>>>);

    impl Record {
        fn add(&self, event: Event) {
            lock(&self.0).push(event);
        }

        fn all(&self) -> Vec<Event> {
            lock(&self.0).clone()
        }

        fn flushes(&self) -> usize {
            self.all().iter().filter(|event| matches!(event, Event::FlushEnded(_))).count()
        }

        fn applied(&self) -> Vec<u128> {
            self.all()
                .iter()
                .filter_map(|event| if let Event::Applied(number) = event { Some(*number) } else { None })
                .collect()
        }
    }

    const REFUSED: u128 = u128::MAX;
    const PANICS: u128 = u128::MAX - 1;

    /// A log in memory that writes down what is done with it.
    struct TestLog {
        record: Record,
        flush_begun: events::UnboundedSender<()>,
        /// Each flush takes one token from here; without a channel, flushes do not wait.
        gate: Option<mpsc::Receiver<()>>,
        failing: Option<Kind>,
        compacting: events::UnboundedSender<()>,
        /// What each step of a compaction comes to; without a channel, it ends with its first.
        compaction_steps: Option<mpsc::Receiver<CompactionStep>>,
    }

    impl Log for TestLog {
        fn apply(&mut self, write: Write) -> Result<(), String> {
            let number = number_of(&write);
            assert_ne!(number, PANICS, "as the test wants it");
            if number == REFUSED {
                return Err("refused".to_owned());
            }
            self.record.add(Event::Applied(number));
            Ok(())
        }

        fn flush(&mut self, kind: Kind) -> Result<(), String> {
            self.record.add(Event::FlushBegun(kind));
            let _ = self.flush_begun.send(());
            if let Some(gate) = &self.gate {
                gate.recv().map_err(|error| error.to_string())?;
            }
            if self.failing == Some(kind) {
                return Err("disk on fire".to_owned());
            }
            self.record.add(Event::FlushEnded(kind));
            Ok(())
        }

        fn maintain(&mut self, _quiet_for: Duration) -> Result<Option<Duration>, String> {
            Ok(None)
        }

        fn begin_compaction(&mut self) {
            self.record.add(Event::CompactionBegun);
        }

        fn compact_some(&mut self) -> Result<CompactionStep, String> {
            let _ = self.compacting.send(());
            match &self.compaction_steps {
                Some(steps) => steps.recv().map_err(|error| error.to_string()),
                None => Ok(CompactionStep::Ended(Ok(()))),
            }
        }

        fn finish(&mut self) -> Result<(), String> {
            self.record.add(Event::Finished);
            Ok(())
        }
    }

    struct Setup {
        committer: Arc<Committer>,
        record: Record,
        flush_begun: events::UnboundedReceiver<()>,
        open_gate: Option<mpsc::Sender<()>>,
        compacting: events::UnboundedReceiver<()>,
    }

    fn start(gated: bool, failing: Option<Kind>, timer: Option<Duration>) -> Setup {
        start_with(gated, failing, timer, None)
    }

    /// With the hand on every step of a compaction.
    fn start_compacting() -> (Setup, mpsc::Sender<CompactionStep>) {
        let (sender, receiver) = mpsc::channel();
        (start_with(false, None, None, Some(receiver)), sender)
    }

    fn start_with(
        gated: bool,
        failing: Option<Kind>,
        timer: Option<Duration>,
        compaction_steps: Option<mpsc::Receiver<CompactionStep>>,
    ) -> Setup {
        let record = Record::default();
        let (flush_begun_sender, flush_begun) = events::unbounded_channel();
        let (compacting_sender, compacting) = events::unbounded_channel();
        let (open_gate, gate) = if gated {
            let (sender, receiver) = mpsc::channel();
            (Some(sender), Some(receiver))
        } else {
            (None, None)
        };
        let log = TestLog {
            record: record.clone(),
            flush_begun: flush_begun_sender,
            gate,
            failing,
            compacting: compacting_sender,
            compaction_steps,
        };
        let committer = Arc::new(Committer::start(log, timer).unwrap());
        Setup { committer, record, flush_begun, open_gate, compacting }
    }

    /// Asks for a compaction, and returns when that is queued.
    async fn ask_for_compaction(setup: &Setup) -> Answer {
        let committer = Arc::clone(&setup.committer);
        let answer = tokio::spawn(async move { committer.compact().await });
        // On the one thread of these tests, this lets the task run until it waits for its answer.
        tokio::task::yield_now().await;
        answer
    }

    const MORE: CompactionStep = CompactionStep::ContinueAfter(Duration::ZERO);

    fn numbered(kind: Kind, number: u128) -> Write {
        let ids = vec![uuid::Uuid::from_u128(number)];
        Write::Delete { kind, filter: Filter { all: vec![Condition::Ids(ids)] } }
    }

    fn number_of(write: &Write) -> u128 {
        match write {
            Write::Delete { filter: Filter { all }, .. } => match &all[..] {
                [Condition::Ids(ids)] => ids[0].as_u128(),
                other => panic!("unexpected filter: {other:?}"),
            },
            Write::Upsert { .. } | Write::SetFields { .. } => panic!("unexpected write"),
        }
    }

    type Answer = tokio::task::JoinHandle<Result<(), StoreError>>;

    /// Starts a caller for each list of writes and returns when all of them are queued.
    async fn queue(setup: &Setup, batches: Vec<Vec<Write>>) -> Vec<Answer> {
        let mut answers = Vec::new();
        for batch in batches {
            let free_before = setup.committer.budget.available_permits();
            let committer = Arc::clone(&setup.committer);
            let record = setup.record.clone();
            let last = number_of(batch.last().unwrap());
            answers.push(tokio::spawn(async move {
                let answer = committer.write(batch).await;
                record.add(Event::Answered(last));
                answer
            }));
            while setup.committer.budget.available_permits() >= free_before {
                tokio::task::yield_now().await;
            }
        }
        answers
    }

    fn open_gate(setup: &Setup, times: usize) {
        for _ in 0..times {
            setup.open_gate.as_ref().unwrap().send(()).unwrap();
        }
    }

    #[tokio::test]
    async fn nobody_is_answered_before_the_flush_that_covers_him() {
        let mut setup = start(true, None, None);
        let first = queue(&setup, vec![vec![numbered(Kind::Comments, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        // The flush of the first is under way, so these cannot be covered by it.
        let later = queue(&setup, (2..=20).map(|number| vec![numbered(Kind::Comments, number)]).collect()).await;
        assert_eq!(setup.record.all(), [Event::Applied(1), Event::FlushBegun(Kind::Comments)]);
        open_gate(&setup, 2);
        for answer in first.into_iter().chain(later) {
            answer.await.unwrap().unwrap();
        }

        let events = setup.record.all();
        let position = |wanted: Event| events.iter().position(|event| *event == wanted).unwrap();
        for number in 1..=20 {
            let covering_flush = position(Event::Applied(number))
                + events[position(Event::Applied(number))..]
                    .iter()
                    .position(|event| *event == Event::FlushEnded(Kind::Comments))
                    .unwrap();
            assert!(covering_flush < position(Event::Answered(number)), "{number}: {events:?}");
        }
        assert_eq!(setup.record.applied(), (1..=20).collect::<Vec<_>>(), "in the order in which they were queued");
        assert_eq!(setup.record.flushes(), 2, "19 batches share one flush: {events:?}");
    }

    #[tokio::test]
    async fn a_group_has_a_bound() {
        let mut setup = start(true, None, None);
        let first = queue(&setup, vec![vec![numbered(Kind::Mentions, 0)]]).await;
        setup.flush_begun.recv().await.unwrap();
        let rest = u128::from(MAX_GROUP) + 100;
        let later = queue(&setup, (1..=rest).map(|number| vec![numbered(Kind::Mentions, number)]).collect()).await;
        open_gate(&setup, 3);
        for answer in first.into_iter().chain(later) {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(setup.record.applied(), (0..=rest).collect::<Vec<_>>());
        assert_eq!(setup.record.flushes(), 3);
    }

    #[tokio::test]
    async fn each_touched_kind_is_flushed_once_for_a_group() {
        let mut setup = start(true, None, None);
        let mut answers = queue(&setup, vec![vec![numbered(Kind::Meta, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        let both = |number| vec![numbered(Kind::Mentions, number), numbered(Kind::Comments, number + 1)];
        answers.extend(queue(&setup, vec![both(2), both(4), both(6)]).await);
        open_gate(&setup, 3);
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(setup.record.flushes(), 3);
        assert_eq!(setup.record.applied(), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[tokio::test]
    async fn a_refused_write_fails_its_own_batch_only() {
        let mut setup = start(true, None, None);
        let mut answers = queue(&setup, vec![vec![numbered(Kind::Comments, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        let bad = [2, REFUSED, 3].map(|number| numbered(Kind::Comments, number)).to_vec();
        let good = vec![numbered(Kind::Comments, 4)];
        answers.extend(queue(&setup, vec![bad, good]).await);
        open_gate(&setup, 2);
        let mut results = Vec::new();
        for answer in answers {
            results.push(answer.await.unwrap());
        }
        assert!(matches!(&results[..], [Ok(()), Err(StoreError::Write { reason }), Ok(())] if reason == "refused"));
        assert_eq!(setup.record.applied(), [1, 2, 4], "what comes before it is applied, what comes after is not");
        assert_eq!(setup.record.flushes(), 2);
        assert!(setup.committer.failure().is_none());
        setup.committer.close().unwrap();
    }

    #[tokio::test]
    async fn a_failed_flush_fails_what_it_covers_and_all_that_follows() {
        let setup = start(false, Some(Kind::Mentions), None);
        setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.unwrap();
        let both = vec![numbered(Kind::Comments, 2), numbered(Kind::Mentions, 3)];
        let error = setup.committer.write(both).await.unwrap_err();
        assert!(error.to_string().contains("disk on fire"), "{error}");

        let error = setup.committer.write(vec![numbered(Kind::Comments, 4)]).await.unwrap_err();
        assert!(error.to_string().contains("flush of mentions failed: disk on fire"), "{error}");
        assert_eq!(setup.record.applied(), [1, 2, 3], "nothing is applied after the failure");
        assert!(setup.committer.failure().is_some());
        assert!(setup.committer.close().is_err());
    }

    #[tokio::test]
    async fn a_failed_flush_reaches_every_caller_in_the_group() {
        let mut setup = start(true, Some(Kind::Comments), None);
        let mut answers = queue(&setup, vec![vec![numbered(Kind::Meta, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        answers.extend(queue(&setup, (2..10).map(|number| vec![numbered(Kind::Comments, number)]).collect()).await);
        open_gate(&setup, 2);
        let mut results = Vec::new();
        for answer in answers {
            results.push(answer.await.unwrap());
        }
        assert!(results[0].is_ok());
        assert!(results[1..].iter().all(|result| matches!(result, Err(StoreError::Write { .. }))), "{results:?}");
    }

    #[tokio::test]
    async fn a_panic_in_the_log_is_an_error_and_ends_the_writing() {
        let setup = start(false, None, None);
        let error = setup.committer.write(vec![numbered(Kind::Comments, PANICS)]).await.unwrap_err();
        assert!(error.to_string().contains("as the test wants it"), "{error}");
        assert!(setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.is_err());
        assert_eq!(setup.record.flushes(), 0, "what is in memory cannot be trusted");
        assert!(setup.committer.close().is_err());
    }

    #[tokio::test]
    async fn closing_finishes_what_is_queued() {
        let mut setup = start(true, None, None);
        let mut answers = queue(&setup, vec![vec![numbered(Kind::Comments, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        answers.extend(queue(&setup, (2..=20).map(|number| vec![numbered(Kind::Comments, number)]).collect()).await);

        let committer = Arc::clone(&setup.committer);
        let closing = tokio::task::spawn_blocking(move || committer.close());
        while !setup.committer.budget.is_closed() {
            tokio::task::yield_now().await;
        }
        let refused = setup.committer.write(vec![numbered(Kind::Comments, 21)]).await;
        assert!(matches!(refused, Err(StoreError::Closed)));
        open_gate(&setup, 2);
        closing.await.unwrap().unwrap();
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(setup.record.applied(), (1..=20).collect::<Vec<_>>());
        let without_answers: Vec<_> =
            setup.record.all().into_iter().filter(|event| !matches!(event, Event::Answered(_))).collect();
        assert_eq!(without_answers[without_answers.len() - 2..], [Event::FlushEnded(Kind::Comments), Event::Finished]);
        assert!(matches!(setup.committer.close(), Err(StoreError::Closed)));
    }

    #[tokio::test]
    async fn with_a_timer_the_answer_comes_first_and_the_flush_by_itself() {
        let mut setup = start(false, None, Some(Duration::from_millis(20)));
        setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.unwrap();
        setup.flush_begun.recv().await.unwrap();
        setup.committer.close().unwrap();
        assert_eq!(setup.record.flushes(), 1, "what is flushed is not flushed again");
    }

    #[tokio::test]
    async fn with_a_timer_closing_flushes() {
        let setup = start(false, None, Some(Duration::from_secs(3_600)));
        setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.unwrap();
        assert_eq!(setup.record.flushes(), 0);
        setup.committer.close().unwrap();
        assert_eq!(setup.record.flushes(), 1);
    }

    #[tokio::test]
    async fn a_batch_larger_than_the_queue_is_written() {
        let setup = start(false, None, None);
        let writes = vec![numbered(Kind::Comments, 1); MAX_QUEUED as usize + 1];
        setup.committer.write(writes).await.unwrap();
        assert_eq!(setup.record.applied().len(), MAX_QUEUED as usize + 1);
    }

    #[tokio::test]
    async fn a_caller_who_hangs_up_hurts_nobody() {
        let mut setup = start(true, None, None);
        let first = queue(&setup, vec![vec![numbered(Kind::Comments, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        let mut others =
            queue(&setup, vec![vec![numbered(Kind::Comments, 2)], vec![numbered(Kind::Comments, 3)]]).await;
        others.remove(0).abort();
        open_gate(&setup, 2);
        for answer in first.into_iter().chain(others) {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(setup.record.applied(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_compaction_lets_writes_through_between_its_steps() {
        let (mut setup, steps) = start_compacting();
        let compaction = ask_for_compaction(&setup).await;
        for number in 1..=3 {
            setup.compacting.recv().await.unwrap();
            let write = queue(&setup, vec![vec![numbered(Kind::Comments, number)]]).await.remove(0);
            steps.send(MORE).unwrap();
            write.await.unwrap().unwrap();
        }
        assert!(!compaction.is_finished());
        steps.send(CompactionStep::Ended(Ok(()))).unwrap();
        compaction.await.unwrap().unwrap();
        assert_eq!(setup.record.applied(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn what_was_queued_before_a_compaction_is_applied_before_it_begins() {
        let mut setup = start(true, None, None);
        let mut answers = queue(&setup, vec![vec![numbered(Kind::Comments, 1)]]).await;
        setup.flush_begun.recv().await.unwrap();
        answers.extend(queue(&setup, vec![vec![numbered(Kind::Comments, 2)]]).await);
        let compaction = ask_for_compaction(&setup).await;
        open_gate(&setup, 2);
        compaction.await.unwrap().unwrap();
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
        let events = setup.record.all();
        let position = |wanted: Event| events.iter().position(|event| *event == wanted).unwrap();
        assert!(position(Event::Applied(2)) < position(Event::CompactionBegun), "{events:?}");
    }

    #[tokio::test]
    async fn who_asks_during_a_compaction_waits_for_the_next() {
        let (mut setup, steps) = start_compacting();
        let first = ask_for_compaction(&setup).await;
        setup.compacting.recv().await.unwrap();
        let later = [ask_for_compaction(&setup).await, ask_for_compaction(&setup).await];
        // In the step after this one they are known.
        steps.send(MORE).unwrap();
        steps.send(CompactionStep::Ended(Ok(()))).unwrap();
        first.await.unwrap().unwrap();
        assert!(later.iter().all(|answer| !answer.is_finished()));
        steps.send(CompactionStep::Ended(Ok(()))).unwrap();
        for answer in later {
            answer.await.unwrap().unwrap();
        }
        let begun = setup.record.all().iter().filter(|event| **event == Event::CompactionBegun).count();
        assert_eq!(begun, 2, "two share the second");
    }

    #[tokio::test]
    async fn a_compaction_goes_on_without_the_caller_who_asked_for_it() {
        let (mut setup, steps) = start_compacting();
        let compaction = ask_for_compaction(&setup).await;
        setup.compacting.recv().await.unwrap();
        compaction.abort();
        assert!(compaction.await.unwrap_err().is_cancelled());
        steps.send(MORE).unwrap();
        setup.compacting.recv().await.unwrap();
        steps.send(CompactionStep::Ended(Ok(()))).unwrap();
        setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.unwrap();
        setup.committer.close().unwrap();
    }

    #[tokio::test]
    async fn a_compaction_that_does_not_succeed_hurts_no_writes() {
        let (setup, steps) = start_compacting();
        let compaction = ask_for_compaction(&setup).await;
        steps.send(CompactionStep::Ended(Err("no space".to_owned()))).unwrap();
        assert!(matches!(compaction.await.unwrap(), Err(StoreError::Write { reason }) if reason == "no space"));
        setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.unwrap();
        assert!(setup.committer.failure().is_none());
    }

    #[tokio::test]
    async fn a_broken_compaction_ends_the_writing() {
        let (setup, steps) = start_compacting();
        drop(steps);
        assert!(setup.committer.compact().await.is_err());
        assert!(setup.committer.write(vec![numbered(Kind::Comments, 1)]).await.is_err());
        assert!(matches!(setup.committer.compact().await, Err(StoreError::Write { .. })));
        assert!(setup.committer.failure().is_some());
    }

    #[tokio::test]
    async fn closing_abandons_a_compaction() {
        let (mut setup, steps) = start_compacting();
        let compaction = ask_for_compaction(&setup).await;
        setup.compacting.recv().await.unwrap();
        let waiting = ask_for_compaction(&setup).await;
        let committer = Arc::clone(&setup.committer);
        let closing = tokio::task::spawn_blocking(move || committer.close());
        while !setup.committer.budget.is_closed() {
            tokio::task::yield_now().await;
        }
        // The writer sees the end of the queue after this step or the next.
        while steps.send(MORE).is_ok() {
            tokio::task::yield_now().await;
        }
        closing.await.unwrap().unwrap();
        for answer in [compaction, waiting] {
            assert!(matches!(answer.await.unwrap(), Err(StoreError::Closed)));
        }
        assert!(matches!(setup.committer.compact().await, Err(StoreError::Closed)));
        assert_eq!(setup.record.all().last(), Some(&Event::Finished));
    }
}
