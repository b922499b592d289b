//! Comments that come one after the other, without end: worked on together when they are there together.

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tracing::Instrument;
use uuid::Uuid;

use super::writing::BusyIds;
use super::{Analysed, CHUNKS_AT_ONCE, EncoderCaller, Pipeline, StageTimes, chunks, store_failure, without_vectors};
use crate::error::{Error, Result};
use crate::insights::intake::Draft;
use crate::insights::{Selection, comment_id};
use crate::ops::config::LimitsConfig;
use crate::store::StoreError;

/// Comments of one chunk.
const CHUNK_COMMENTS: usize = 32;
/// Comments with more tokens count as several in the room that streams have.
const TOKENS_OF_ONE_COMMENT: usize = 256;

/// In which order a stream's results come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultOrder {
    AsSent,
    AsReady,
}

/// Results of comments that were worked on together, each with what came with its draft.
pub type AnalysedChunk<T> = Vec<(T, Result<Analysed>)>;

/// How much of the room for comments streams may have.
pub fn most_streamed(limits: &LimitsConfig) -> usize {
    (limits.max_in_flight_comments / 2).max(1)
}

impl Pipeline {
    /// Analyse drafts as they come; `T` is handed through to the result. With `store`, a comment is in a result only when
    /// it is durable, and of two with the same id the later one is what is stored in the end.
    ///
    /// Reads on only while fewer than [`CHUNKS_AT_ONCE`] chunks are under way or not taken yet, and waits while the service
    /// is full. Work goes on while nobody takes results, and ends when the returned stream is dropped.
    ///
    /// # Errors
    /// What concerns the stream as a whole, a store that is away for one; nothing of use comes after it.
    pub fn analyse_stream<T: Send + 'static>(
        self: &Arc<Self>,
        drafts: impl Stream<Item = (T, Result<Draft>)> + Send + 'static,
        selection: Selection,
        store: bool,
        order: ResultOrder,
    ) -> BoxStream<'static, Result<AnalysedChunk<T>>> {
        let stream = Arc::new(AnalysisStream {
            pipeline: self.clone(),
            caller: Arc::new(self.engine.encoder.enter_stream()),
            selection,
            store,
            order,
            open_ids: Arc::default(),
        });
        let cutting = self.clone();
        let cut = move |ready| futures::stream::iter(cutting.stream_chunks(ready));
        let begun = drafts.ready_chunks(CHUNK_COMMENTS).flat_map(cut).then(move |chunk| begin(stream.clone(), chunk));
        match order {
            ResultOrder::AsSent => begun.buffered(CHUNKS_AT_ONCE).boxed(),
            ResultOrder::AsReady => begun.buffer_unordered(CHUNKS_AT_ONCE).boxed(),
        }
    }

    fn stream_chunks<T>(&self, ready: Vec<(T, Result<Draft>)>) -> Vec<Vec<(T, Result<Draft>)>> {
        let most_comments = CHUNK_COMMENTS.min(most_streamed(&self.limits));
        let tokens = |(_, draft): &(T, Result<Draft>)| self.expected_tokens(draft);
        chunks(ready, tokens, self.engine.encoder.chunk_tokens(), most_comments)
    }
}

struct AnalysisStream {
    pipeline: Arc<Pipeline>,
    /// Of results in order; else a chunk is a caller of its own, so that a long one does not hold up those after it.
    caller: Arc<EncoderCaller>,
    selection: Selection,
    store: bool,
    order: ResultOrder,
    /// Comments of chunks that are not stored yet: a later version of one of them waits.
    open_ids: Arc<BusyIds>,
}

/// Wait for room, and begin to work on a chunk. The work goes on by itself; the future that comes back waits for it.
async fn begin<T: Send + 'static>(
    stream: Arc<AnalysisStream>,
    chunk: Vec<(T, Result<Draft>)>,
) -> BoxFuture<'static, Result<AnalysedChunk<T>>> {
    let (sent, drafts): (Vec<T>, Vec<Result<Draft>>) = chunk.into_iter().unzip();
    let (begun, has_begun) = oneshot::channel();
    // The task waits for room, not this future: nobody polls a stream whose client reads nothing, and room that it was
    // given while it slept would be kept from all others.
    let work = spawn(async move {
        let room = stream.room_for(&drafts).await?;
        // Whoever waits for this may have hung up.
        let _ = begun.send(());
        stream.analyse(drafts, room).await
    });
    // Without the message, the work failed and says why.
    drop(has_begun.await);
    let answer = async move { Ok(sent.into_iter().zip(work.await?).collect()) };
    answer.boxed()
}

/// What a chunk holds while it is worked on, and no longer: not while its results wait to be read.
struct Room {
    _streamed: OwnedSemaphorePermit,
    _in_flight: OwnedSemaphorePermit,
    _ids: OpenIds,
}

impl AnalysisStream {
    async fn room_for(&self, drafts: &[Result<Draft>]) -> Result<Room> {
        let pipeline = &self.pipeline;
        let tokens: usize = drafts.iter().map(|draft| pipeline.expected_tokens(draft)).sum();
        let weight = drafts.len().max(tokens.div_ceil(TOKENS_OF_ONE_COMMENT)).min(most_streamed(&pipeline.limits));
        Ok(Room {
            _streamed: acquire(&pipeline.in_flight_streamed, weight).await?,
            _in_flight: acquire(&pipeline.in_flight, drafts.len()).await?,
            _ids: OpenIds::open(&self.open_ids, if self.store { named_ids(drafts) } else { HashSet::new() }).await,
        })
    }

    async fn analyse(self: Arc<Self>, drafts: Vec<Result<Draft>>, room: Room) -> Result<Vec<Result<Analysed>>> {
        let pipeline = &self.pipeline;
        let caller = match self.order {
            ResultOrder::AsSent => self.caller.clone(),
            ResultOrder::AsReady => Arc::new(pipeline.engine.encoder.enter_stream()),
        };
        let (mut results, mut times): (_, StageTimes) =
            pipeline.intake_to_label(drafts, &caller, self.selection).await?;
        if self.store {
            results = pipeline.store(results, &mut times).await?;
            if let Some(reason) = store_failure(&results) {
                return Err(Error::Store(StoreError::Write { reason }));
            }
        }
        drop(room);
        Ok(results.into_iter().map(without_vectors).collect())
    }
}

async fn acquire(room: &Arc<Semaphore>, permits: usize) -> Result<OwnedSemaphorePermit> {
    room.clone().acquire_many_owned(permits as u32).await.map_err(|_| Error::ShuttingDown)
}

/// Comments without an id of their own have one by their content: sending them twice is no new version.
fn named_ids(drafts: &[Result<Draft>]) -> HashSet<Uuid> {
    let named = drafts.iter().flatten().filter(|draft| !draft.external_id.is_empty());
    named.map(|draft| comment_id(&draft.source, &draft.external_id)).collect()
}

struct OpenIds {
    busy: Arc<BusyIds>,
    ids: HashSet<Uuid>,
}

impl OpenIds {
    async fn open(busy: &Arc<BusyIds>, ids: HashSet<Uuid>) -> Self {
        busy.occupy(&ids).await;
        Self { busy: busy.clone(), ids }
    }
}

impl Drop for OpenIds {
    fn drop(&mut self) {
        self.busy.release(&self.ids);
    }
}

/// Ends the task when nobody waits for it.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Work that goes on while its future is not polled, and ends when the future is dropped.
fn spawn<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> impl Future<Output = Result<T>> + Send + 'static {
    let mut task = AbortOnDrop(tokio::spawn(work.in_current_span()));
    async move {
        let ended = (&mut task.0).await;
        ended.map_err(|error| Error::Internal(format!("a chunk of a stream failed: {error}")))?
    }
}
