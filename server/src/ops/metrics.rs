//! What the service counts, for Prometheus: every metric is defined here, and counted at one place of the program.
//!
//! Names begin with `klartext_`, units are base units. Labels come from small closed sets; no comment's text, id, source or
//! subject is ever one. Parts of the program hold the handles that they count with; [`Metrics`] names and collects them.

use std::fmt::{self, Debug, Formatter};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Half a millisecond to two minutes.
fn seconds() -> Histogram {
    Histogram::new([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0,
    ])
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabels {
    /// Full name, for example `klartext.v1.AnalysisService`.
    pub service: &'static str,
    pub method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndedCallLabels {
    service: &'static str,
    method: &'static str,
    code: &'static str,
}

/// gRPC calls of all services; a streaming call ends with its stream.
#[derive(Debug, Clone)]
pub struct CallMetrics {
    ended: Family<EndedCallLabels, Counter>,
    duration: Family<CallLabels, Histogram>,
    open: Family<CallLabels, Gauge>,
}

impl Default for CallMetrics {
    fn default() -> Self {
        Self { ended: Family::default(), duration: Family::new_with_constructor(seconds), open: Family::default() }
    }
}

impl CallMetrics {
    pub fn begin(&self, call: &CallLabels) {
        self.open.get_or_create(call).inc();
    }

    /// `code` is the name of a gRPC code, for example `RESOURCE_EXHAUSTED`.
    pub fn end(&self, call: &CallLabels, code: &'static str, elapsed: Duration) {
        self.duration.get_or_create(call).observe(elapsed.as_secs_f64());
        let CallLabels { service, method } = *call;
        self.ended.get_or_create(&EndedCallLabels { service, method, code }).inc();
        // Last: when no call is open, all are counted.
        self.open.get_or_create(call).dec();
    }

    fn register(&self, registry: &mut Registry) {
        let help = "gRPC calls that have ended, by code; CANCELLED: the caller hung up, or its deadline passed";
        registry.register("klartext_grpc_calls", help, self.ended.clone());
        let help = "From a call's headers to the end of its answer; of a streaming call to the end of the stream";
        registry.register_with_unit("klartext_grpc_call_duration", help, Unit::Seconds, self.duration.clone());
        registry.register("klartext_grpc_calls_open", "gRPC calls under way, streams included", self.open.clone());
    }
}

/// The model's thread.
#[derive(Debug, Clone)]
pub struct EncoderMetrics {
    run_texts: Histogram,
    run_tokens: Histogram,
    run_duration: Histogram,
}

impl Default for EncoderMetrics {
    fn default() -> Self {
        Self {
            run_texts: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            run_tokens: Histogram::new(exponential_buckets(16.0, 2.0, 12)),
            run_duration: seconds(),
        }
    }
}

impl EncoderMetrics {
    /// One run of the model over texts that may come from several calls.
    pub fn ran(&self, texts: usize, tokens: usize, elapsed: Duration) {
        self.run_texts.observe(texts as f64);
        self.run_tokens.observe(tokens as f64);
        self.run_duration.observe(elapsed.as_secs_f64());
    }

    fn register(&self, registry: &mut Registry) {
        let texts = "Texts in one run of the model, from one or several calls; of a long one, its windows";
        registry.register("klartext_encoder_run_texts", texts, self.run_texts.clone());
        registry.register("klartext_encoder_run_tokens", "Tokens in one run of the model", self.run_tokens.clone());
        let duration = "How long one run of the model took";
        registry.register_with_unit(
            "klartext_encoder_run_duration",
            duration,
            Unit::Seconds,
            self.run_duration.clone(),
        );
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CommentLabels {
    pub channel: &'static str,
    pub language: &'static str,
    pub sentiment: &'static str,
    pub store_outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SentimentLabels {
    sentiment: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// The way of a comment.
#[derive(Debug, Clone)]
pub struct PipelineMetrics {
    stages: Family<StageLabels, Histogram>,
    comments: Family<CommentLabels, Counter>,
    mentions: Family<SentimentLabels, Counter>,
    refused: Family<ReasonLabels, Counter>,
    rescored_mentions: Counter,
    discoveries: Counter,
    discovered_mentions: Counter,
}

impl Default for PipelineMetrics {
    fn default() -> Self {
        Self {
            stages: Family::new_with_constructor(seconds),
            comments: Family::default(),
            mentions: Family::default(),
            refused: Family::default(),
            rescored_mentions: Counter::default(),
            discoveries: Counter::default(),
            discovered_mentions: Counter::default(),
        }
    }
}

impl PipelineMetrics {
    /// One pass of comments that were worked on together through one stage.
    pub fn stage(&self, stage: &'static str, elapsed: Duration) {
        self.stages.get_or_create(&StageLabels { stage }).observe(elapsed.as_secs_f64());
    }

    /// A comment that has its insight, and the sentiments of its mentions.
    pub fn analysed(&self, comment: &CommentLabels, mentions: impl Iterator<Item = &'static str>) {
        self.comments.get_or_create(comment).inc();
        for sentiment in mentions {
            self.mentions.get_or_create(&SentimentLabels { sentiment }).inc();
        }
    }

    /// Comments that got no insight, by the reason that their caller was told.
    pub fn refused(&self, reason: &'static str, comments: usize) {
        self.refused.get_or_create(&ReasonLabels { reason }).inc_by(comments as u64);
    }

    /// Mentions that a re-scoring has given today's labels, durably.
    pub fn rescored(&self, mentions: u64) {
        self.rescored_mentions.inc_by(mentions);
    }

    /// A discovery that has ended, and the mentions that it looked at.
    pub fn discovered(&self, mentions: u64) {
        self.discoveries.inc();
        self.discovered_mentions.inc_by(mentions);
    }

    fn register(&self, registry: &mut Registry) {
        let stages = "How long a stage took, for the comments that were worked on together";
        registry.register_with_unit("klartext_stage_duration", stages, Unit::Seconds, self.stages.clone());
        let comments = "Comments that were answered with an insight";
        registry.register("klartext_comments", comments, self.comments.clone());
        registry.register("klartext_mentions", "Mentions of analysed comments", self.mentions.clone());
        let refused = "Comments refused, by themselves or with their call, by reason";
        registry.register("klartext_refused_comments", refused, self.refused.clone());
        let rescored = "Mentions with which re-scorings are done";
        registry.register("klartext_rescored_mentions", rescored, self.rescored_mentions.clone());
        let discoveries = "Discoveries of pain points that have ended, however they ended";
        registry.register("klartext_discoveries", discoveries, self.discoveries.clone());
        let discovered = "Mentions that these discoveries looked at";
        registry.register("klartext_discovered_mentions", discovered, self.discovered_mentions.clone());
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    operation: &'static str,
    kind: &'static str,
    outcome: &'static str,
}

/// Operations on the store; a write ends when it is durable.
#[derive(Debug, Clone)]
pub struct StoreMetrics {
    duration: Family<StoreLabels, Histogram>,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self { duration: Family::new_with_constructor(seconds) }
    }
}

impl StoreMetrics {
    pub fn done(&self, operation: &'static str, kind: &'static str, outcome: &'static str, elapsed: Duration) {
        let labels = StoreLabels { operation, kind, outcome };
        self.duration.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    fn register(&self, registry: &mut Registry) {
        let help = "How long an operation on the store took; a write ends when it is durable";
        registry.register_with_unit("klartext_store_operation_duration", help, Unit::Seconds, self.duration.clone());
    }
}

/// Messages to web hooks.
#[derive(Debug, Clone)]
pub struct HookMetrics {
    attempts: Family<AttemptLabels, Counter>,
    undelivered: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    outcome: &'static str,
}

const DELIVERED: AttemptLabels = AttemptLabels { outcome: "delivered" };
const FAILED: AttemptLabels = AttemptLabels { outcome: "failed" };

impl Default for HookMetrics {
    fn default() -> Self {
        let attempts: Family<AttemptLabels, Counter> = Family::default();
        // From the first scrape on, so that an increase from nothing is seen.
        for outcome in [DELIVERED, FAILED] {
            drop(attempts.get_or_create(&outcome));
        }
        Self { attempts, undelivered: Counter::default() }
    }
}

impl HookMetrics {
    pub fn delivered(&self) {
        self.attempts.get_or_create(&DELIVERED).inc();
    }

    pub fn failed(&self) {
        self.attempts.get_or_create(&FAILED).inc();
    }

    /// After the last attempt.
    pub fn gave_up(&self) {
        self.undelivered.inc();
    }

    fn register(&self, registry: &mut Registry) {
        let help = "Attempts to send a change of the inbox to a web hook";
        registry.register("klartext_hook_attempts", help, self.attempts.clone());
        let help = "Changes of the inbox that were given up and put on the list of undelivered ones";
        registry.register("klartext_hook_undelivered", help, self.undelivered.clone());
    }
}

/// How much work there is at this moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    pub in_flight_comments: usize,
    pub in_flight_comments_limit: usize,
    /// Calls that were let in and are not done.
    pub encoder_waiting_calls: usize,
    /// Tokens of calls and streams that wait for the model.
    pub encoder_waiting_tokens: usize,
    /// As measured over the last runs.
    pub encoder_tokens_per_second: f64,
}

/// Asks for the load when a scrape comes.
struct LoadCollector {
    load: Box<dyn Fn() -> Load + Send + Sync>,
}

impl Debug for LoadCollector {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("LoadCollector")
    }
}

impl Collector for LoadCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let load = (self.load)();
        let gauges = [
            ("in_flight_comments", "Comments being worked on.", load.in_flight_comments as f64),
            ("in_flight_comments_limit", "Comments that may be worked on.", load.in_flight_comments_limit as f64),
            ("encoder_waiting_calls", "Calls let in and not done with the model.", load.encoder_waiting_calls as f64),
            ("encoder_waiting_tokens", "Tokens that wait for the model.", load.encoder_waiting_tokens as f64),
            ("encoder_tokens_per_second", "Speed of the model's last runs.", load.encoder_tokens_per_second),
        ];
        for (name, help, value) in gauges {
            let name = format!("klartext_{name}");
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?)?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JourneyLabels {
    journey: String,
    version: String,
}

/// What runs here; labels of metrics that are always 1.
#[derive(Debug, Clone)]
pub struct BuildInfo {
    pub encoder: String,
    pub heads: String,
    pub precision: String,
    pub device: &'static str,
    /// Id and version.
    pub journeys: Vec<(String, String)>,
}

/// All of it, to be scraped.
pub struct Metrics {
    registry: Registry,
}

impl Metrics {
    pub fn new(
        build: BuildInfo,
        calls: &CallMetrics,
        pipeline: &PipelineMetrics,
        encoder: &EncoderMetrics,
        store: &StoreMetrics,
        hooks: &HookMetrics,
        load: impl Fn() -> Load + Send + Sync + 'static,
    ) -> Self {
        let mut registry = Registry::default();
        register_build(&mut registry, build);
        calls.register(&mut registry);
        pipeline.register(&mut registry);
        encoder.register(&mut registry);
        store.register(&mut registry);
        hooks.register(&mut registry);
        registry.register_collector(Box::new(LoadCollector { load: Box::new(load) }));
        Self { registry }
    }

    /// In the OpenMetrics text format, version 1.0.0.
    ///
    /// # Errors
    /// Never in practice: writing to a string does not fail.
    pub fn scrape(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn register_build(registry: &mut Registry, build: BuildInfo) {
    let labels: Vec<(&'static str, String)> = Vec::from([
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("encoder", build.encoder),
        ("heads", build.heads),
        ("precision", build.precision),
        ("device", build.device.to_owned()),
    ]);
    registry.register("klartext_build", "Versions of the program, the encoder and the heads", Info::new(labels));
    let journeys: Family<JourneyLabels, Gauge> = Family::default();
    for (journey, version) in build.journeys {
        journeys.get_or_create(&JourneyLabels { journey, version }).set(1);
    }
    registry.register("klartext_journey_version", "Journeys that comments can be tagged with", journeys);
    let start: Gauge<f64, std::sync::atomic::AtomicU64> = Gauge::default();
    start.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
    let help = "When the service became ready, since the Unix epoch";
    registry.register_with_unit("klartext_start_time", help, Unit::Seconds, start);
}
