//! The way of a comment: intake, encode, label, store.

mod encoder_queue;
mod writing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use klartext_models::bundle::Bundle;
use klartext_models::encoder::{EncoderOptions, Encoding};
use klartext_models::heads::Heads;
use klartext_models::text::{OffsetMap, PersonalData, PreparedText, TextPreparer};
use tokio::sync::Semaphore;
use tracing::warn;
use uuid::Uuid;

pub use encoder_queue::{EncoderInfo, EncoderQueue, SegmentedText};
pub use writing::{Claim, Writing};

use crate::error::{Error, Result};
use crate::insights::intake::{Accepted, Draft, accept};
use crate::insights::{AnalysedComment, Labeller, Selection, StoredComment, comment_id, comments_at};
use crate::journey::{Journey, JourneyRegistry, RegisteredJourney, register};
use crate::ops::config::LimitsConfig;
use crate::store::{Filter, Store};

/// How long an overloaded caller is asked to stay away: about what a full queue takes on two cores.
const RETRY_AFTER: Duration = Duration::from_millis(500);

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
    pub analysed: AnalysedComment,
    pub store_outcome: StoreOutcome,
    /// From the analysed text to the caller's.
    pub map: OffsetMap,
    /// What was masked, in bytes of the caller's text.
    pub personal_data: Vec<(PersonalData, std::ops::Range<usize>)>,
}

/// Where the time of a call went.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageTimes {
    pub intake: Duration,
    pub encode: Duration,
    pub label: Duration,
    pub store: Duration,
}

/// The model with everything that turns a text into vectors; does not need a store.
pub struct Engine {
    pub encoder: EncoderQueue,
    pub heads: Arc<Heads>,
    encoder_version: String,
    preparer: Arc<TextPreparer>,
}

impl Engine {
    /// Load the bundle, the shipped heads and the language models.
    pub async fn load(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        let heads = Heads::shipped()?;
        let encoder_version = bundle.manifest.encoder.clone();
        if heads.encoder != encoder_version {
            // The same network with other rounding: the heads work, their published figures are not measured on it.
            warn!(trained_on = heads.encoder, encoder = encoder_version, "the heads were trained on another encoder");
        }
        let encoder = EncoderQueue::start(bundle, options).await?;
        Ok(Self { encoder, encoder_version, heads: Arc::new(heads), preparer: Arc::new(TextPreparer::new()) })
    }

    /// The version that labels carry.
    pub fn bundle_version(&self) -> String {
        format!("{}+{}", self.encoder_version, self.heads.version)
    }

    /// The version that vectors depend on.
    pub fn encoder_version(&self) -> &str {
        &self.encoder_version
    }

    /// The vector of each text as one mention: how a journey's examples are learnt.
    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let normalised = texts.iter().map(|text| klartext_models::text::normalise(text).text);
        let as_one_mention = |text: String| {
            let whole = 0..text.len();
            (text, Vec::from([whole]))
        };
        let whole_texts: Vec<SegmentedText> = normalised.map(as_one_mention).collect();
        let lengths: Vec<usize> = whole_texts.iter().map(|(text, _)| text.len()).collect();
        let encodings = self.encoder.encode(whole_texts).await?;
        Ok(encodings.iter().zip(lengths).map(|(encoding, length)| encoding.pool(&(0..length))).collect())
    }

    /// Learn a journey, or read from the store what was learnt.
    pub async fn register(&self, journey: Journey, store: Option<&dyn Store>) -> Result<RegisteredJourney> {
        register(journey, &self.bundle_version(), &self.heads, store, |texts| self.embed(texts)).await
    }
}

/// The whole way, shared by all calls.
pub struct Pipeline {
    engine: Arc<Engine>,
    labeller: Labeller,
    journeys: JourneyRegistry,
    writing: Option<Arc<Writing>>,
    limits: LimitsConfig,
    in_flight: Semaphore,
}

impl Pipeline {
    /// Without a store, comments can be analysed but not kept.
    pub fn new(
        engine: Arc<Engine>,
        journeys: JourneyRegistry,
        store: Option<Arc<dyn Store>>,
        limits: LimitsConfig,
    ) -> Self {
        let labeller = Labeller::new(engine.heads.clone(), engine.bundle_version());
        let in_flight = Semaphore::new(limits.max_in_flight_comments);
        let writing = store.map(|store| Arc::new(Writing::new(store, labeller.clone(), journeys.clone())));
        Self { engine, labeller, journeys, writing, limits, in_flight }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn journeys(&self) -> &JourneyRegistry {
        &self.journeys
    }

    /// `None` without a store.
    pub fn writing(&self) -> Option<&Arc<Writing>> {
        self.writing.as_ref()
    }

    pub fn limits(&self) -> &LimitsConfig {
        &self.limits
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
        let _permits = self.admit(drafts.len())?;
        self.run(drafts, selection, store).await
    }

    /// Encode and label a page of stored comments again, from their stored text and mentions; says how many there were
    /// and where the next page starts.
    pub async fn encode_stored_again(&self, from: Option<Uuid>, limit: usize) -> Result<(usize, Option<Uuid>)> {
        let writing = self.writing.clone().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
        let (stored, next) = comments_at(writing.store(), Filter::default(), from, limit).await?;
        let accepted: Vec<Accepted> = stored.into_iter().map(accepted_again).collect();
        let encodings = self.engine.encoder.encode(accepted.iter().map(segmented).collect()).await?;
        let label = |(accepted, encoding)| self.label(accepted, encoding, Selection::ALL);
        let mut results: Vec<Result<Analysed>> = accepted.iter().zip(encodings).map(label).collect();
        writing.store_all(&mut results).await;
        let count = results.len();
        results.into_iter().collect::<Result<Vec<_>>>()?;
        Ok((count, next))
    }

    /// Room for this many comments, or a clear no at once.
    fn admit(&self, comments: usize) -> Result<tokio::sync::SemaphorePermit<'_>> {
        self.in_flight.try_acquire_many(comments as u32).map_err(|_| Error::Overloaded {
            in_flight: self.limits.max_in_flight_comments - self.in_flight.available_permits(),
            limit: self.limits.max_in_flight_comments,
            retry_after: RETRY_AFTER,
        })
    }

    async fn run(
        &self,
        drafts: Vec<Result<Draft>>,
        selection: Selection,
        store: bool,
    ) -> Result<(Vec<Result<Analysed>>, StageTimes)> {
        let mut times = StageTimes::default();
        let start = Instant::now();
        let accepted = self.accept_all(drafts).await?;
        times.intake = start.elapsed();

        let start = Instant::now();
        let texts: Vec<SegmentedText> = accepted.iter().flatten().map(segmented).collect();
        let encodings = if texts.is_empty() { Vec::new() } else { self.engine.encoder.encode(texts).await? };
        times.encode = start.elapsed();

        let start = Instant::now();
        let mut encodings = encodings.into_iter();
        let mut label = |accepted: Accepted| {
            let encoding = encodings.next().ok_or_else(|| Error::Internal("the encoder left a text out".to_owned()))?;
            self.label(&accepted, encoding, selection)
        };
        let mut results: Vec<Result<Analysed>> =
            accepted.into_iter().map(|accepted| accepted.and_then(&mut label)).collect();
        times.label = start.elapsed();

        if store {
            let start = Instant::now();
            let writing = self.writing.clone().ok_or_else(|| Error::Internal("there is no store".to_owned()))?;
            // A task of its own: a caller who hangs up must not leave a write half watched.
            let storing = tokio::spawn(async move {
                writing.store_all(&mut results).await;
                results
            });
            results = storing.await.map_err(|error| Error::Internal(format!("storing failed: {error}")))?;
            times.store = start.elapsed();
        }
        Ok((results, times))
    }

    async fn accept_all(&self, drafts: Vec<Result<Draft>>) -> Result<Vec<Result<Accepted>>> {
        let journeys = self.journeys.clone();
        let preparer = self.engine.preparer.clone();
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

    fn label(&self, accepted: &Accepted, encoding: Encoding, selection: Selection) -> Result<Analysed> {
        let Accepted { comment, text } = accepted;
        let journey = self.journeys.get(&comment.journey)?;
        let labelled = self.labeller.label(comment, text, &encoding, journey, selection);
        let analysed = AnalysedComment {
            id: comment_id(&comment.source, &comment.external_id),
            comment: comment.clone(),
            insight: labelled.insight,
            vector: encoding.comment,
            mention_vectors: labelled.mention_vectors,
        };
        Ok(Analysed {
            analysed,
            store_outcome: StoreOutcome::NotStored,
            map: text.map.clone(),
            personal_data: text.masked.iter().map(|masked| (masked.kind, masked.bytes.clone())).collect(),
        })
    }
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
        mentions: stored.insight.mentions.iter().map(|mention| mention.span.clone()).collect(),
    };
    Accepted { comment: stored.comment, text }
}
