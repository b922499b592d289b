//! One thread owns the model; everybody else queues in front of it.
//!
//! The model takes what is waiting, up to about [`RUN_TIME`] of work, as soon as it is free: concurrent callers share
//! batches, and nobody waits for company. Callers share it fairly ([`super::fair_queue`]), and what nobody waits for any
//! more leaves the queue at once.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use klartext_models::bundle::Bundle;
use klartext_models::encoder::{Encoder, EncoderOptions, Encoding, Precision, Tokenizer, Tokens, Work};
use tokio::sync::oneshot;
use tracing::error;

use super::fair_queue::{CallerId, FairQueue, Place, Portion};
use crate::error::{Error, Result};
use crate::insights::SegmentedText;
use crate::ops::metrics::EncoderMetrics;

/// How long one run of the model should take. A newcomer waits for the end of a run, half of this on average.
const RUN_TIME: Duration = Duration::from_millis(400);
/// Smaller runs do not fill the batches of a few cores.
const LEAST_RUN_TOKENS: usize = 1_024;
/// The states of a run are held at once, 1.5 KB a token.
const MOST_RUN_TOKENS: usize = 65_536;
/// While calls wait, streams get one part of so many.
const STREAM_PART: usize = 4;
/// How much of the measured speed is kept when a run is added to it.
const SPEED_MEMORY: f64 = 0.9;
/// Of this sentence a run is made to measure the speed for the first time.
const MEASURED_TEXT: &str = "Der Bus kam wieder zwanzig Minuten zu spät, und an der Anzeige stand nichts davon.";

/// What the loaded model is.
#[derive(Debug, Clone, Copy)]
pub struct EncoderInfo {
    pub precision: Precision,
    pub device: &'static str,
}

/// How much is waiting, and how fast it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueueLoad {
    /// Calls that were let in and are not done, and their tokens that are not computed.
    pub calls: usize,
    pub call_tokens: usize,
    /// Tokens of streams and of calls that wait for a run of the model, and those of the run that is going on.
    pub waiting_tokens: usize,
    pub running_tokens: usize,
    pub tokens_per_second: f64,
}

/// Whose turn it is in one queue never depends on how many wait in the other: see [`STREAM_PART`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Calls,
    Streams,
}

struct Job {
    caller: CallerId,
    texts: Vec<Tokens>,
    reply: oneshot::Sender<Result<Vec<Encoding>>>,
}

/// A job that the model's thread has begun.
struct BegunJob {
    lane: Lane,
    place: Place,
    caller: CallerId,
    work: Work,
    reply: oneshot::Sender<Result<Vec<Encoding>>>,
}

/// Tokens per second, over the last runs; larger runs count more.
struct Speed {
    tokens: f64,
    seconds: f64,
}

impl Speed {
    fn add(&mut self, tokens: usize, elapsed: Duration) {
        self.tokens = self.tokens * SPEED_MEMORY + tokens as f64;
        self.seconds = self.seconds * SPEED_MEMORY + elapsed.as_secs_f64();
    }

    fn tokens_per_second(&self) -> f64 {
        self.tokens / self.seconds.max(f64::MIN_POSITIVE)
    }
}

struct State {
    calls: FairQueue<Job>,
    streams: FairQueue<Job>,
    /// Of each call that was let in: the tokens that are not computed yet, estimated until they are counted.
    remaining: HashMap<CallerId, usize>,
    next_caller: CallerId,
    running_tokens: usize,
    speed: Speed,
    is_closed: bool,
}

impl State {
    fn lane(&mut self, lane: Lane) -> &mut FairQueue<Job> {
        match lane {
            Lane::Calls => &mut self.calls,
            Lane::Streams => &mut self.streams,
        }
    }

    fn new_caller(&mut self) -> CallerId {
        self.next_caller += 1;
        self.next_caller
    }

    fn run_tokens(&self) -> usize {
        let tokens = self.speed.tokens_per_second() * RUN_TIME.as_secs_f64();
        (tokens as usize).clamp(LEAST_RUN_TOKENS, MOST_RUN_TOKENS)
    }

    /// How long a call with so many tokens would wait for others: fair queueing serves no more of another call before it
    /// than it brings itself, and of the streams only their part.
    fn expected_wait(&self, tokens: usize) -> Duration {
        let of_calls: usize = self.remaining.values().map(|remaining| tokens.min(*remaining)).sum();
        let of_streams = self.streams.cost().min(of_calls / (STREAM_PART - 1));
        self.time_for(of_calls + of_streams)
    }

    fn time_for(&self, tokens: usize) -> Duration {
        let seconds = tokens as f64 / self.speed.tokens_per_second();
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn take_run(&mut self) -> Vec<(Lane, Portion<Job>)> {
        let budget = self.run_tokens();
        let for_streams = if self.calls.is_empty() { budget } else { budget / STREAM_PART };
        let of_streams = self.streams.take(for_streams);
        let spent: usize = of_streams.iter().map(|portion| portion.cost).sum();
        let of_calls = self.calls.take(budget.saturating_sub(spent));
        self.running_tokens = spent + of_calls.iter().map(|portion| portion.cost).sum::<usize>();
        let of_streams = of_streams.into_iter().map(|portion| (Lane::Streams, portion));
        of_streams.chain(of_calls.into_iter().map(|portion| (Lane::Calls, portion))).collect()
    }
}

struct Shared {
    state: Mutex<State>,
    something_waits: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait for work; `None` when there will be none.
    fn next_run(&self) -> Option<Vec<(Lane, Portion<Job>)>> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if !state.calls.is_empty() || !state.streams.is_empty() {
                return Some(state.take_run());
            }
            state = self.something_waits.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whoever waits is told that the thread has ended, by the end of its channel.
    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.calls = FairQueue::new();
        state.streams = FairQueue::new();
        drop(state);
        self.something_waits.notify_all();
    }
}

/// A place among those who share the model. Dropping it takes everything of it out of the queue.
pub struct EncoderCaller {
    shared: Arc<Shared>,
    lane: Lane,
    id: CallerId,
}

impl EncoderCaller {
    /// `estimate` is what the job was counted as until now.
    fn push(&self, job: Job, estimate: usize) -> Result<QueuedJob<'_>> {
        let units: Vec<usize> = job.texts.iter().flat_map(Tokens::window_costs).collect();
        let cost: usize = units.iter().sum();
        let mut state = self.shared.lock();
        if state.is_closed {
            return Err(Error::ShuttingDown);
        }
        if let Some(remaining) = state.remaining.get_mut(&self.id) {
            *remaining = remaining.saturating_sub(estimate) + cost;
        }
        let place = state.lane(self.lane).push(self.id, units, job);
        drop(state);
        self.shared.something_waits.notify_all();
        Ok(QueuedJob { caller: self, place })
    }
}

impl Drop for EncoderCaller {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.remaining.remove(&self.id);
        state.lane(self.lane).leave(self.id);
    }
}

/// Leaves the queue when nobody waits for it any more.
struct QueuedJob<'a> {
    caller: &'a EncoderCaller,
    place: Place,
}

impl Drop for QueuedJob<'_> {
    fn drop(&mut self) {
        self.caller.shared.lock().lane(self.caller.lane).remove(self.place);
    }
}

/// A handle to the model's thread. Dropping it waits for the run that is going on.
pub struct EncoderQueue {
    shared: Arc<Shared>,
    tokenizer: Arc<Tokenizer>,
    info: EncoderInfo,
    metrics: EncoderMetrics,
    thread: Option<JoinHandle<()>>,
}

impl EncoderQueue {
    /// Load the model and run it at its largest batch. Takes seconds.
    pub async fn start(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        let tokenizer = Arc::new(Tokenizer::load(bundle)?);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                calls: FairQueue::new(),
                streams: FairQueue::new(),
                remaining: HashMap::new(),
                next_caller: 0,
                running_tokens: 0,
                speed: Speed { tokens: 0.0, seconds: 0.0 },
                is_closed: false,
            }),
            something_waits: Condvar::new(),
        });
        let metrics = EncoderMetrics::default();
        let (loaded, is_loaded) = oneshot::channel();
        let thread_bundle = bundle.clone();
        let thread_tokenizer = tokenizer.clone();
        let thread_shared = shared.clone();
        let thread_metrics = metrics.clone();
        let thread = std::thread::Builder::new().name("encoder".to_owned()).spawn(move || {
            let _closing = Closing(&thread_shared);
            let started = Encoder::load(&thread_bundle, options)
                .and_then(|encoder| Ok((measure_speed(&encoder, &thread_tokenizer)?, encoder)));
            match started {
                Ok((speed, encoder)) => {
                    thread_shared.lock().speed = speed;
                    let info = EncoderInfo { precision: encoder.precision(), device: encoder.device_name() };
                    if loaded.send(Ok(info)).is_ok() {
                        run_until_closed(&encoder, &thread_shared, &thread_metrics);
                    }
                }
                Err(error) => drop(loaded.send(Err(error))),
            }
        });
        let thread = thread.map_err(|error| Error::Internal(format!("no thread for the encoder: {error}")))?;
        let info = is_loaded.await.map_err(|_| thread_ended())??;
        Ok(Self { shared, tokenizer, info, metrics, thread: Some(thread) })
    }

    pub fn info(&self) -> EncoderInfo {
        self.info
    }

    /// Every run is counted here.
    pub fn metrics(&self) -> &EncoderMetrics {
        &self.metrics
    }

    pub fn load(&self) -> QueueLoad {
        let state = self.shared.lock();
        QueueLoad {
            calls: state.remaining.len(),
            call_tokens: state.remaining.values().sum(),
            waiting_tokens: state.calls.cost() + state.streams.cost(),
            running_tokens: state.running_tokens,
            tokens_per_second: state.speed.tokens_per_second(),
        }
    }

    /// Tokens that one caller should bring at a time: with some of these on their way, runs are full.
    pub fn chunk_tokens(&self) -> usize {
        self.shared.lock().run_tokens() / 2
    }

    /// How long a call with so many tokens would wait for others.
    pub fn expected_wait(&self, tokens: usize) -> Duration {
        self.shared.lock().expected_wait(tokens)
    }

    /// A place for a call with about so many tokens, unless it would wait for others longer than this, or, if it is a large
    /// one, longer than it takes itself.
    ///
    /// # Errors
    /// How long it would wait.
    pub fn enter_call(&self, tokens: usize, longest_wait: Duration) -> std::result::Result<EncoderCaller, Duration> {
        let mut state = self.shared.lock();
        let expected_wait = state.expected_wait(tokens);
        if expected_wait > longest_wait.max(state.time_for(tokens)) {
            return Err(expected_wait);
        }
        let id = state.new_caller();
        state.remaining.insert(id, tokens);
        Ok(EncoderCaller { shared: self.shared.clone(), lane: Lane::Calls, id })
    }

    /// A place for a stream.
    pub fn enter_stream(&self) -> EncoderCaller {
        let id = self.shared.lock().new_caller();
        EncoderCaller { shared: self.shared.clone(), lane: Lane::Streams, id }
    }

    /// Encode texts in their order, each with its mentions apart. Tokenising runs on the blocking pool, beside the model.
    /// What was queued leaves the queue when the future is dropped.
    pub async fn encode(&self, caller: &EncoderCaller, texts: Vec<SegmentedText>) -> Result<Vec<Encoding>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let estimate = texts.iter().map(|(text, _)| estimated_tokens(text)).sum();
        let tokenizer = self.tokenizer.clone();
        let tokenise = move || {
            let tokenise_one = |(text, mentions): &SegmentedText| tokenizer.tokenise_mentions(text, mentions);
            texts.iter().map(tokenise_one).collect::<klartext_models::Result<_>>()
        };
        let tokens: Vec<Tokens> = tokio::task::spawn_blocking(tokenise)
            .await
            .map_err(|error| Error::Internal(format!("tokenising failed: {error}")))??;
        let (reply, answer) = oneshot::channel();
        let _queued = caller.push(Job { caller: caller.id, texts: tokens, reply }, estimate)?;
        answer.await.map_err(|_| thread_ended())?
    }
}

impl Drop for EncoderQueue {
    fn drop(&mut self) {
        self.shared.close();
        // A program must not end while libtorch computes.
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the encoder's thread panicked");
        }
    }
}

/// Before a text is tokenised: German and English have about four bytes a token.
pub fn estimated_tokens(text: &str) -> usize {
    const TOKENS_AROUND: usize = 5;
    text.len() / 4 + TOKENS_AROUND
}

/// However the thread ends, nobody waits for it in vain.
struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn thread_ended() -> Error {
    Error::Internal("the encoder's thread ended".to_owned())
}

fn measure_speed(encoder: &Encoder, tokenizer: &Tokenizer) -> klartext_models::Result<Speed> {
    encoder.warm_up(tokenizer)?;
    let tokens = tokenizer.tokenise(MEASURED_TEXT)?;
    let texts = vec![tokens.clone(); LEAST_RUN_TOKENS.div_ceil(tokens.cost())];
    let mut speed = Speed { tokens: 0.0, seconds: 0.0 };
    let started = Instant::now();
    encoder.encode(&texts)?;
    speed.add(texts.len() * tokens.cost(), started.elapsed());
    Ok(speed)
}

fn run_until_closed(encoder: &Encoder, shared: &Shared, metrics: &EncoderMetrics) {
    let mut begun: Vec<BegunJob> = Vec::new();
    while let Some(portions) = shared.next_run() {
        let mut run: Vec<(BegunJob, Portion<()>)> = Vec::with_capacity(portions.len());
        for (lane, Portion { place, payload, units, cost, is_last }) in portions {
            let job = match payload {
                Some(Job { caller, texts, reply }) => {
                    Some(BegunJob { lane, place, caller, work: Work::new(texts), reply })
                }
                None => {
                    let index = begun.iter().position(|job| job.lane == lane && job.place == place);
                    index.map(|index| begun.swap_remove(index))
                }
            };
            run.extend(job.map(|job| (job, Portion { place, payload: None, units, cost, is_last })));
        }
        begun.extend(compute(encoder, shared, metrics, run));
        // A job whose caller hung up left the queue; what was computed of it goes too.
        begun.retain(|job| !job.reply.is_closed());
    }
}

/// Compute one run, and answer the jobs of which nothing is left; the others come back.
fn compute(
    encoder: &Encoder,
    shared: &Shared,
    metrics: &EncoderMetrics,
    mut run: Vec<(BegunJob, Portion<()>)>,
) -> Vec<BegunJob> {
    let started = Instant::now();
    let mut works: Vec<(&mut Work, usize)> =
        run.iter_mut().map(|(job, portion)| (&mut job.work, portion.units)).collect();
    let computed = encoder.advance(&mut works);
    let elapsed = started.elapsed();
    let tokens: usize = run.iter().map(|(_, portion)| portion.cost).sum();
    metrics.ran(run.iter().map(|(_, portion)| portion.units).sum(), tokens, elapsed);

    let mut state = shared.lock();
    state.speed.add(tokens, elapsed);
    state.running_tokens = 0;
    for (job, portion) in &run {
        if let Some(remaining) = state.remaining.get_mut(&job.caller) {
            *remaining = remaining.saturating_sub(portion.cost);
        }
        if computed.is_err() {
            state.lane(job.lane).remove(job.place);
        }
    }
    drop(state);

    let failed = computed.err().map(|error| error.to_string());
    let mut unfinished = Vec::new();
    for (job, portion) in run {
        let answer = match &failed {
            Some(reason) => Err(Error::Internal(format!("encoding failed: {reason}"))),
            None if portion.is_last => {
                let missing = || Error::Internal("the encoder left a window out".to_owned());
                job.work.finish().ok_or_else(missing)
            }
            None => {
                unfinished.push(job);
                continue;
            }
        };
        // A failed send means that the caller hung up meanwhile: nobody waits for this job.
        drop(job.reply.send(answer));
    }
    unfinished
}
