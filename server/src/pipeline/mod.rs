//! The way of a comment: intake, encode, label, store.
//!
//! Comments go this way in chunks of a bounded number of tokens, a few chunks of a call or a stream at a time: so nobody's
//! work keeps the model for long, and what is held between two stages does not grow with what was sent.

mod chunks;
mod encoder_queue;
mod fair_queue;
mod sequence;
mod stream;
mod writing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures::StreamExt;
use klartext_models::bundle::Bundle;
use klartext_models::encoder::{Branch, EncoderOptions, Encoding, LabelBranch};
use klartext_models::heads::{Heads, few_shot};
use klartext_models::text::{MaskingPolicy, OffsetMap, PersonalData, PreparedText, TextPreparer};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{Instrument, debug_span, warn};
use uuid::Uuid;

pub use encoder_queue::{EncoderCaller, EncoderInfo, EncoderQueue, QueueLoad};
pub use sequence::{Numbers, Sequence};
pub use stream::{AnalysedChunk, ResultOrder};
pub use writing::{Claim, Labellable, OwnedClaim, Writing, to_the_end};

use crate::error::{Error, Result};
use crate::insights::intake::{Accepted, Draft, accept, query_text};
use crate::insights::{
    AnalysedComment, Assigners, Explanation, InboxRules, Labeller, Occlusions, SegmentedText, Selection, StoredComment,
    comment_id, comments_at,
};
use crate::journey::{Journey, JourneyRegistry, RegisteredJourney, register};
use crate::ops::config::LimitsConfig;
use crate::ops::metrics::PipelineMetrics;
use crate::store::{Filter, Store, StoreError};
use chunks::chunks;
use encoder_queue::estimated_tokens;

/// Chunks of one call, or of one stream, that are worked on at a time: while one is labelled or stored, others are
/// encoded or wait for the model.
const CHUNKS_AT_ONCE: usize = 4;
/// A refused caller is asked to stay away until what waits now is done, but within these bounds.
const RETRY_AFTER: std::ops::RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(30);

/// What happened to a comment in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    NotStored,
    Created,
    Replaced,
    Unchanged,
}

/// One comment's way, done.
#[derive(Debug)]
pub struct Analysed {
    /// Without its vectors once it is in a result.
    pub analysed: AnalysedComment,
    pub store_outcome: StoreOutcome,
    /// From the analysed text to the caller's.
    pub map: OffsetMap,
    /// What was masked or dropped, in bytes of the caller's text.
    pub personal_data: Vec<(PersonalData, std::ops::Range<usize>)>,
}

/// Where the time of a call went: the sums over its chunks, several of which are under way at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageTimes {
    pub intake: Duration,
    pub encode: Duration,
    pub label: Duration,
    pub store: Duration,
}

/// The model with everything that turns a prepared text into vectors; does not need a store.
pub struct Engine {
    pub encoder: EncoderQueue,
    pub heads: Arc<Heads>,
    encoder_version: String,
    /// Names the label branch's weights.
    label_branch: String,
}

impl Engine {
    /// Load the bundle and the shipped heads.
    pub async fn load(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        let heads = Heads::shipped()?;
        let encoder_version = bundle.manifest.encoder.clone();
        if heads.encoder != encoder_version {
            // The same network with other rounding: the heads work, their published figures are not measured on it.
            warn!(trained_on = heads.encoder, encoder = encoder_version, "the heads were trained on another encoder");
        }
        let encoder = EncoderQueue::start(bundle, options).await?;
        let label_branch = LabelBranch::shipped()?.digest().to_owned();
        Ok(Self { encoder, encoder_version, label_branch, heads: Arc::new(heads) })
    }

    /// The version that labels carry.
    pub fn bundle_version(&self) -> String {
        format!("{}+{}", self.encoder_version, self.heads.version)
    }

    /// Labels with today's heads.
    pub fn labeller(&self) -> Labeller {
        Labeller::new(self.heads.clone(), self.bundle_version(), self.label_branch.clone())
    }

    /// The version that vectors depend on.
    pub fn encoder_version(&self) -> &str {
        &self.encoder_version
    }

    /// The vector of each text as one mention: how a journey's examples are learnt, and searches made.
    async fn embed(&self, branch: Branch, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let normalised = texts.iter().map(|text| klartext_models::text::normalise(text).text);
        let whole_texts: Vec<SegmentedText> = normalised.map(as_one_mention).collect();
        let lengths: Vec<usize> = whole_texts.iter().map(|(text, _)| text.len()).collect();
        let encodings = self.encode(whole_texts).await?;
        let pool = |(encoding, length): (&Encoding, usize)| encoding.pool(branch, &(0..length));
        Ok(encodings.iter().zip(lengths).map(pool).collect())
    }

    /// For work that was let in already, or that is not a caller's.
    async fn encode(&self, texts: Vec<SegmentedText>) -> Result<Vec<Encoding>> {
        let tokens = texts.iter().map(|(text, _)| estimated_tokens(text)).sum();
        let refused = |_| Error::Internal("a call without a limit was refused".to_owned());
        let caller = self.encoder.enter_call(tokens, Duration::MAX).map_err(refused)?;
        self.encoder.encode(&caller, texts).await
    }

    /// Learn a journey, or read from the store what was learnt.
    pub async fn register(&self, journey: Journey, store: Option<&dyn Store>) -> Result<RegisteredJourney> {
        let embed = |texts| self.embed(few_shot::BRANCH, texts);
        register(journey, &self.bundle_version(), &self.heads, store, embed).await
    }
}

/// The whole way, shared by all calls.
pub struct Pipeline {
    engine: Arc<Engine>,
    preparer: Arc<TextPreparer>,
    labeller: Labeller,
    journeys: JourneyRegistry,
    assigners: Arc<Assigners>,
    writing: Option<Arc<Writing>>,
    limits: LimitsConfig,
    /// Comments of calls and streams.
    in_flight: Arc<Semaphore>,
    /// The part of it that streams may have, so that those who wait leave room for calls.
    in_flight_streamed: Arc<Semaphore>,
    metrics: PipelineMetrics,
}

/// Held while a call is worked on.
struct Admission<'a> {
    _room: SemaphorePermit<'a>,
    caller: EncoderCaller,
}

impl Pipeline {
    /// Without a store, comments can be analysed but not kept.
    pub fn new(
        engine: Arc<Engine>,
        journeys: JourneyRegistry,
        store: Option<Arc<dyn Store>>,
        limits: LimitsConfig,
    ) -> Self {
        let labeller = engine.labeller();
        let in_flight = Arc::new(Semaphore::new(limits.max_in_flight_comments));
        let in_flight_streamed = Arc::new(Semaphore::new(stream::most_streamed(&limits)));
        let assigners = Arc::<Assigners>::default();
        let rules = InboxRules::default();
        let new_writing = |store| Writing::new(store, engine.clone(), journeys.clone(), assigners.clone(), rules);
        let writing = store.map(|store| Arc::new(new_writing(store)));
        let metrics = PipelineMetrics::default();
        let preparer = Arc::new(TextPreparer::default());
        Self {
            engine,
            preparer,
            labeller,
            journeys,
            assigners,
            writing,
            limits,
            in_flight,
            in_flight_streamed,
            metrics,
        }
    }

    /// Treats personal data by this policy instead of the default.
    pub fn with_masking(self, policy: MaskingPolicy) -> Self {
        Self { preparer: Arc::new(TextPreparer::new(policy)), ..self }
    }

    /// By these rules stored comments need somebody, instead of by the default.
    pub fn with_inbox_rules(self, rules: InboxRules) -> Self {
        let writing = self.writing.map(|writing| {
            let (engine, journeys, assigners) = (self.engine.clone(), self.journeys.clone(), self.assigners.clone());
            Arc::new(Writing::new(writing.shared_store(), engine, journeys, assigners, rules))
        });
        Self { writing, ..self }
    }

    /// Without the personal data that the policy treats.
    pub fn mask(&self, text: &str) -> String {
        self.preparer.mask(text)
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn journeys(&self) -> &JourneyRegistry {
        &self.journeys
    }

    pub fn assigners(&self) -> &Arc<Assigners> {
        &self.assigners
    }

    /// `None` without a store.
    pub fn writing(&self) -> Option<&Arc<Writing>> {
        self.writing.as_ref()
    }

    /// Comments of calls and streams that are being worked on right now.
    pub fn in_flight(&self) -> usize {
        self.limits.max_in_flight_comments - self.in_flight.available_permits()
    }

    pub fn limits(&self) -> &LimitsConfig {
        &self.limits
    }

    pub fn metrics(&self) -> &PipelineMetrics {
        &self.metrics
    }

    /// Analyse drafts; an `Err` draft (it could not even be read) stays an error in its place. With `store`, a comment
    /// is in the result only when it is durable.
    ///
    /// # Errors
    /// Only what concerns the whole call: too many comments, none, or no room.
    pub async fn analyse(
        &self,
        drafts: Vec<Result<Draft>>,
        selection: Selection,
        store: bool,
    ) -> Result<(Vec<Result<Analysed>>, StageTimes)> {
        if drafts.is_empty() {
            return Err(Error::NoComments);
        }
        let limit = self.limits.max_comments_per_call;
        if drafts.len() > limit {
            return Err(Error::TooManyComments { count: drafts.len(), limit });
        }
        if store && selection != Selection::ALL {
            return Err(Error::SelectionNotStorable);
        }
        let tokens = drafts.iter().map(|draft| self.expected_tokens(draft)).sum();
        let admission = self.admit(drafts.len(), tokens)?;
        let chunks =
            chunks(drafts, |draft| self.expected_tokens(draft), self.engine.encoder.chunk_tokens(), usize::MAX);
        self.run(chunks, &admission.caller, selection, store).await
    }

    /// Encode and label a page of stored comments again, from their stored text and mentions; says how many there were
    /// and where the next page starts.
    pub async fn encode_stored_again(&self, from: Option<Uuid>, limit: usize) -> Result<(usize, Option<Uuid>)> {
        let writing = self.writing.clone().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let (stored, next) = comments_at(writing.store(), Filter::default(), from, limit).await?;
        let accepted: Vec<Accepted> = stored.into_iter().map(accepted_again).collect();
        let texts: Vec<SegmentedText> = accepted.iter().map(segmented).collect();
        let encodings = self.engine.encode(texts).await?;
        let accepted = accepted.into_iter().map(Ok).collect();
        let mut results = self.label_all(accepted, encodings, Selection::ALL).await?;
        writing.store_all(&mut results).await;
        let count = results.len();
        results.into_iter().collect::<Result<Vec<_>>>()?;
        Ok((count, next))
    }

    /// The vector of a text as one mention: what a search looks for. The text is checked, normalised and masked as a
    /// comment's is.
    pub async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        let text = query_text(text, self.limits.max_text_chars, &self.preparer)?;
        let _admission = self.admit(1, estimated_tokens(&text))?;
        let vectors = self.engine.embed(Branch::Vectors, vec![text]).await?;
        vectors.into_iter().next().ok_or_else(|| Error::Internal("the encoder left a text out".to_owned()))
    }

    /// Why one of the mentions of a comment, given as stored, has the labels that it would get today. Spans are in bytes of
    /// the mention.
    ///
    /// # Errors
    /// [`Error::JourneyUnknown`], or [`Error::Overloaded`] or [`Error::QueueTooLong`] when there is no room.
    pub async fn explain(&self, comment: SegmentedText, mention: usize, journey: &str) -> Result<Vec<Explanation>> {
        let journey = self.journeys.get(journey)?;
        let occlusions = Occlusions::new(comment, mention);
        let texts = occlusions.texts().to_vec();
        let tokens = texts.iter().map(|(text, _)| estimated_tokens(text)).sum();
        let admission = self.admit(1, tokens)?;
        let encodings = self.engine.encoder.encode(&admission.caller, texts).await?;
        Ok(occlusions.explain(&self.labeller, &encodings, journey))
    }

    /// The same for a text that is not stored, read as a comment of one mention. It is checked, normalised and masked as a
    /// comment's is; the first value is what that makes of it.
    pub async fn explain_text(&self, text: &str, journey: &str) -> Result<(String, Vec<Explanation>)> {
        let text = query_text(text, self.limits.max_text_chars, &self.preparer)?;
        let explanations = self.explain(as_one_mention(text.clone()), 0, journey).await?;
        Ok((text, explanations))
    }

    /// Room for a call, or a clear no at once: when too many comments are in flight, which is what bounds memory, or when
    /// the call would wait for the model longer than `max_queue_wait` (a large one longer than it takes itself), which is
    /// what keeps accepted calls fast.
    fn admit(&self, comments: usize, tokens: usize) -> Result<Admission<'_>> {
        let encoder = &self.engine.encoder;
        let retry_after = |wait: Duration| wait.clamp(*RETRY_AFTER.start(), *RETRY_AFTER.end());
        let room = self.in_flight.try_acquire_many(comments as u32).map_err(|_| Error::Overloaded {
            in_flight: self.in_flight(),
            limit: self.limits.max_in_flight_comments,
            retry_after: retry_after(encoder.expected_wait(tokens)),
        })?;
        let limit = self.limits.max_queue_wait;
        let caller = encoder.enter_call(tokens, limit).map_err(|wait| Error::QueueTooLong {
            wait,
            limit,
            retry_after: retry_after(wait),
        })?;
        Ok(Admission { _room: room, caller })
    }

    /// What a comment will cost the model; nothing when it will be refused.
    fn expected_tokens(&self, draft: &Result<Draft>) -> usize {
        draft.as_ref().map_or(0, |draft| {
            let is_too_long = draft.text.len() > 4 * self.limits.max_text_chars;
            if is_too_long { 0 } else { estimated_tokens(&draft.text) }
        })
    }

    async fn run(
        &self,
        chunks: Vec<Vec<Result<Draft>>>,
        caller: &EncoderCaller,
        selection: Selection,
        store: bool,
    ) -> Result<(Vec<Result<Analysed>>, StageTimes)> {
        let comments: usize = chunks.iter().map(Vec::len).sum();
        let mut results = Vec::with_capacity(comments);
        let mut times = StageTimes::default();
        let mut labelled = futures::stream::iter(chunks)
            .map(|chunk| self.intake_to_label(chunk, caller, selection))
            .buffered(CHUNKS_AT_ONCE);
        while let Some(chunk) = labelled.next().await {
            let (chunk, chunk_times) = chunk?;
            times.add(chunk_times);
            let chunk = if store { self.store(chunk, &mut times).await? } else { chunk };
            let failure = store_failure(&chunk);
            results.extend(chunk.into_iter().map(without_vectors));
            if let Some(reason) = failure {
                // The store is away: the rest would only wait for it in vain.
                let not_stored = || Err(Error::Store(StoreError::Write { reason: reason.clone() }));
                results.resize_with(comments, not_stored);
                break;
            }
        }
        Ok((results, times))
    }

    /// The first three stages of comments that are worked on together.
    async fn intake_to_label(
        &self,
        drafts: Vec<Result<Draft>>,
        caller: &EncoderCaller,
        selection: Selection,
    ) -> Result<(Vec<Result<Analysed>>, StageTimes)> {
        let mut times = StageTimes::default();
        let accepted = self.stage("intake", &mut times.intake, self.accept_all(drafts)).await?;
        let texts: Vec<SegmentedText> = accepted.iter().flatten().map(segmented).collect();
        let encoding = self.engine.encoder.encode(caller, texts);
        let encodings = self.stage("encode", &mut times.encode, encoding).await?;
        let labelling = self.label_all(accepted, encodings, selection);
        let results = self.stage("label", &mut times.label, labelling).await?;
        Ok((results, times))
    }

    /// The last stage.
    async fn store(&self, mut results: Vec<Result<Analysed>>, times: &mut StageTimes) -> Result<Vec<Result<Analysed>>> {
        let writing = self.writing.clone().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let storing = async move {
            writing.store_all(&mut results).await;
            results
        };
        // A task of its own: a caller who hangs up must not leave a write half watched.
        let watched = async move { tokio::spawn(storing.in_current_span()).await };
        let stored = self.stage("store", &mut times.store, watched).await;
        stored.map_err(|error| Error::Internal(format!("storing failed: {error}")))
    }

    /// One stage of comments that are worked on together: its time is added to `elapsed` and counted, and it is a span of
    /// the call's trace.
    async fn stage<T>(&self, name: &'static str, elapsed: &mut Duration, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let done = work.instrument(debug_span!("stage", otel.name = name)).await;
        self.metrics.stage(name, start.elapsed());
        *elapsed += start.elapsed();
        done
    }

    async fn accept_all(&self, drafts: Vec<Result<Draft>>) -> Result<Vec<Result<Accepted>>> {
        let journeys = self.journeys.clone();
        let preparer = self.preparer.clone();
        let max_text_chars = self.limits.max_text_chars;
        let now = Utc::now();
        let accept_all = move || {
            let accept = |draft| accept(draft, &journeys, max_text_chars, &preparer, now);
            drafts.into_iter().map(|draft| draft.and_then(accept)).collect()
        };
        tokio::task::spawn_blocking(accept_all)
            .await
            .map_err(|error| Error::Internal(format!("intake failed: {error}")))
    }

    /// On the blocking pool: a long comment must not hold up other calls.
    async fn label_all(
        &self,
        accepted: Vec<Result<Accepted>>,
        encodings: Vec<Encoding>,
        selection: Selection,
    ) -> Result<Vec<Result<Analysed>>> {
        let journeys = self.journeys.clone();
        let labeller = self.labeller.clone();
        let assigners = self.assigners.clone();
        let label_all = move || {
            let mut encodings = encodings.into_iter();
            let mut label_next = |accepted: Accepted| {
                let missing = || Error::Internal("the encoder left a text out".to_owned());
                let encoding = encodings.next().ok_or_else(missing)?;
                let mut done = label(&labeller, &journeys, accepted, encoding, selection)?;
                assigners.place(&mut done.analysed);
                Ok(done)
            };
            accepted.into_iter().map(|accepted| accepted.and_then(&mut label_next)).collect()
        };
        tokio::task::spawn_blocking(label_all)
            .await
            .map_err(|error| Error::Internal(format!("labelling failed: {error}")))
    }
}

impl StageTimes {
    fn add(&mut self, other: StageTimes) {
        self.intake += other.intake;
        self.encode += other.encode;
        self.label += other.label;
        self.store += other.store;
    }
}

fn label(
    labeller: &Labeller,
    journeys: &JourneyRegistry,
    accepted: Accepted,
    encoding: Encoding,
    selection: Selection,
) -> Result<Analysed> {
    let Accepted { comment, text } = accepted;
    let journey = journeys.get(&comment.journey)?;
    let labelled = labeller.label(&comment, &text, &encoding, journey, selection);
    let analysed = AnalysedComment {
        id: comment_id(&comment.source, &comment.external_id),
        comment,
        insight: labelled.insight,
        vector: encoding.comment(Branch::Vectors).to_vec(),
        mention_vectors: labelled.mention_vectors,
        label_vectors: Some(labelled.label_vectors),
        answered: None,
    };
    Ok(Analysed {
        analysed,
        store_outcome: StoreOutcome::NotStored,
        map: text.map,
        personal_data: text.masked.into_iter().map(|masked| (masked.kind, masked.bytes)).collect(),
    })
}

/// A reply has no vectors: they are let go when they are stored.
fn without_vectors(result: Result<Analysed>) -> Result<Analysed> {
    let mut done = result?;
    done.analysed.vector = Vec::new();
    done.analysed.mention_vectors = Vec::new();
    done.analysed.label_vectors = None;
    Ok(done)
}

/// Why these could not be stored, if so.
fn store_failure(results: &[Result<Analysed>]) -> Option<String> {
    results.iter().find_map(|result| match result {
        Err(Error::Store(error)) => Some(error.to_string()),
        _ => None,
    })
}

fn as_one_mention(text: String) -> SegmentedText {
    let whole = 0..text.len();
    (text, Vec::from([whole]))
}

/// What the encoder gets of a comment.
fn segmented(accepted: &Accepted) -> SegmentedText {
    (accepted.text.text.clone(), accepted.text.mentions.clone())
}

/// A stored comment as the intake left it.
fn accepted_again(stored: StoredComment) -> Accepted {
    let text = PreparedText {
        map: OffsetMap::identity(stored.comment.text.len()),
        text: stored.comment.text.clone(),
        masked: Vec::new(),
        language: stored.insight.language,
        mentions: stored.insight.mention_spans(),
    };
    Accepted { comment: stored.comment, text }
}
