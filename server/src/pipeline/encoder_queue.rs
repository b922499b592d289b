//! One thread owns the model; everybody else queues in front of it.
//!
//! The model takes what is waiting, up to a token budget, as soon as it is free: concurrent callers share batches, and
//! nobody waits for company. Whoever stopped waiting is skipped.

use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle;

use klartext_models::bundle::Bundle;
use klartext_models::encoder::{Encoder, EncoderOptions, Encoding, Precision, Tokenizer, Tokens};
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};

/// Tokens that one run of the model takes from the queue: enough to fill its batches with texts of similar length,
/// little enough that a newcomer waits no longer than about a second on two cores.
const RUN_TOKENS: usize = 8192;
/// Calls that may wait; the pipeline admits fewer comments than this.
const QUEUE_LENGTH: usize = 1024;

/// A text and the bytes of its mentions, in order.
pub type SegmentedText = (String, Vec<Range<usize>>);

struct Job {
    texts: Vec<Tokens>,
    reply: oneshot::Sender<Result<Vec<Encoding>>>,
}

impl Job {
    fn cost(&self) -> usize {
        self.texts.iter().map(Tokens::cost).sum()
    }
}

/// What the loaded model is.
#[derive(Debug, Clone, Copy)]
pub struct EncoderInfo {
    pub precision: Precision,
    pub device: &'static str,
}

/// A handle to the model's thread. The thread ends when the last handle is gone.
pub struct EncoderQueue {
    jobs: mpsc::Sender<Job>,
    tokenizer: Arc<Tokenizer>,
    info: EncoderInfo,
    _thread: JoinHandle<()>,
}

impl EncoderQueue {
    /// Load the model and run it once at its largest batch. Takes seconds.
    pub async fn start(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        let tokenizer = Arc::new(Tokenizer::load(bundle)?);
        let (jobs, waiting) = mpsc::channel(QUEUE_LENGTH);
        let (loaded, is_loaded) = oneshot::channel();
        let thread_bundle = bundle.clone();
        let thread_tokenizer = tokenizer.clone();
        let thread = std::thread::Builder::new().name("encoder".to_owned()).spawn(move || {
            let encoder = Encoder::load(&thread_bundle, options)
                .and_then(|encoder| encoder.warm_up(&thread_tokenizer).map(|()| encoder));
            match encoder {
                Ok(encoder) => {
                    let info = EncoderInfo { precision: encoder.precision(), device: encoder.device_name() };
                    if loaded.send(Ok(info)).is_ok() {
                        work(&encoder, waiting);
                    }
                }
                Err(error) => drop(loaded.send(Err(error))),
            }
        });
        let thread = thread.map_err(|error| Error::Internal(format!("no thread for the encoder: {error}")))?;
        let info = is_loaded.await.map_err(|_| Error::Internal("the encoder's thread ended".to_owned()))??;
        Ok(Self { jobs, tokenizer, info, _thread: thread })
    }

    pub fn info(&self) -> EncoderInfo {
        self.info
    }

    /// Encode texts in their order, each with its mentions apart. Tokenising runs on the blocking pool, beside the model.
    pub async fn encode(&self, texts: Vec<SegmentedText>) -> Result<Vec<Encoding>> {
        let tokenizer = self.tokenizer.clone();
        let tokenise = move || {
            let tokenise_one = |(text, mentions): &SegmentedText| tokenizer.tokenise_mentions(text, mentions);
            texts.iter().map(tokenise_one).collect::<klartext_models::Result<_>>()
        };
        let tokens: Vec<Tokens> = tokio::task::spawn_blocking(tokenise)
            .await
            .map_err(|error| Error::Internal(format!("tokenising failed: {error}")))??;
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { texts: tokens, reply }).await.map_err(|_| Error::ShuttingDown)?;
        answer.await.map_err(|_| Error::Internal("the encoder's thread ended".to_owned()))?
    }
}

fn work(encoder: &Encoder, mut waiting: mpsc::Receiver<Job>) {
    let mut next = waiting.blocking_recv();
    while let Some(first) = next.take() {
        let mut cost = first.cost();
        let mut jobs = vec![first];
        while let Ok(job) = waiting.try_recv() {
            cost += job.cost();
            if cost > RUN_TOKENS {
                next = Some(job);
                break;
            }
            jobs.push(job);
        }
        jobs.retain(|job| !job.reply.is_closed());
        run(encoder, jobs);
        if next.is_none() {
            next = waiting.blocking_recv();
        }
    }
}

fn run(encoder: &Encoder, jobs: Vec<Job>) {
    let mut texts = Vec::new();
    let mut shares = Vec::with_capacity(jobs.len());
    for job in jobs {
        shares.push((job.texts.len(), job.reply));
        texts.extend(job.texts);
    }
    match encoder.encode(&texts) {
        Ok(encodings) => {
            let mut encodings = encodings.into_iter();
            for (count, reply) in shares {
                // A failed send means that the caller hung up meanwhile: nobody waits for this share.
                drop(reply.send(Ok(encodings.by_ref().take(count).collect())));
            }
        }
        Err(error) => {
            let reason = error.to_string();
            for (_, reply) in shares {
                drop(reply.send(Err(Error::Internal(format!("encoding failed: {reason}")))));
            }
        }
    }
}
