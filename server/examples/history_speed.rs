//! Measures what is done with years of comments: the journey's figures, what matters, what good scores hide, the effect
//! of a measure, and re-scoring: how fast labels are made from vectors, how fast stored comments get them, and what live
//! calls notice of it.
//!
//! `cargo run --release --example history_speed` after `cargo build --release --workspace`. It fills a folder of its own
//! with perturbed copies of the sample comments, labelled with a journey in which one touchpoint has another name, and
//! starts the real service on it twice: with the shipped journey, so that everything gets new labels and nothing else
//! runs; and with the other one again, beside single-comment calls that come at a fixed rate whatever happens.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::Parser;
use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::encoder::EncoderOptions;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::measure::Place;
use klartext_proto::v1::measure_service_client::MeasureServiceClient;
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, Comment, CommentFilter, CreateMeasureRequest, GetDriversRequest, GetGapsRequest,
    GetJourneyInsightsRequest, GetMeasureEffectRequest, GetRescoringRequest, JourneyDimension, ListChangesRequest,
    Measure, Period, Rescoring, RescoringState, StartRescoringRequest, TimeRange, analyze_result,
};
use klartext_server::insights::{
    AnalysedComment, InboxRules, Labeller, Reconciled, Selection, analysed_comments, comment_id, reconcile, writes,
};
use klartext_server::journey::{JourneyRegistry, RegisteredJourney, SHIPPED, parse};
use klartext_server::ops::config::LimitsConfig;
use klartext_server::pipeline::{Engine, Pipeline};
use klartext_server::rpc::draft_from_proto;
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::{Filter, Kind, Store, Write};
use tonic::Code;
use tonic::transport::Channel;

const SAMPLES: &str = include_str!("../assets/samples.jsonl");
/// A touchpoint of the shipped journey, and what it is called in the other one.
const RENAMED: (&str, &str) = ("on-board-ride", "ride");
/// Comments per call and per write while filling.
const BATCH: usize = 64;
/// Largest change of a number of a vector: a copy is a little farther from its original than a paraphrase.
const NOISE: f32 = 0.025;
/// 1 January 2026, UTC.
const YEAR_BEGINS: DateTime<Utc> = DateTime::from_timestamp_nanos(1_767_225_600_000_000_000);
/// How often each question is asked.
const FIGURES_TIMES: usize = 5;
/// How long live calls are measured without a re-scoring beside them.
const CALM: Duration = Duration::from_secs(30);

/// Measures figures and re-scoring on a store of its own.
#[derive(Parser)]
struct Args {
    /// Stored mentions.
    #[arg(long, default_value_t = 100_000)]
    mentions: usize,
    /// Live calls a second, one comment each, stored.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// The service; by default the one built beside this program.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Fill this folder, measure the figures only, and leave it for `klartext serve --data`.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let data = args.keep.clone().unwrap_or_else(|| folder.path().join("data"));
    let (shipped_file, shipped_yaml) = SHIPPED[0];
    let other_yaml = shipped_yaml.replace(RENAMED.0, RENAMED.1);
    let other_file = folder.path().join(shipped_file);
    std::fs::write(&other_file, &other_yaml)?;
    let config = folder.path().join("klartext.toml");
    std::fs::write(&config, format!("[journeys]\nfiles = [{:?}]\n", other_file.display().to_string()))?;

    let engine = Arc::new(load_engine().await?);
    let shipped = engine.register(parse(shipped_file, shipped_yaml)?, None).await?;
    let other = engine.register(parse(shipped_file, &other_yaml)?, None).await?;
    let labeller = engine.labeller();
    let originals = analysed_samples(&folder.path().join("samples"), engine.clone(), shipped.clone()).await?;
    let copies = Copies { originals, labeller: labeller.clone(), journey: other, random: 1 };
    println!("labels from vectors in memory, one thread: {:.0} mentions/s", scoring_speed(copies.clone(), &shipped));
    let (comments, mentions) = fill(&data, copies, args.mentions).await?;
    // The service loads its own.
    drop((engine, labeller, shipped));
    println!("stored: {comments} comments with {mentions} mentions\n");

    let binary = args.binary.map_or_else(binary_beside_this, Ok)?;
    let service = Service::start(&binary, &data, &[])?;
    figures(service.connect().await?).await?;
    effect(service.connect().await?).await?;
    changes(service.connect().await?).await?;
    if args.keep.is_some() {
        return service.stop();
    }
    let alone = rescore(service.connect().await?).await?;
    service.stop()?;
    report("nothing else running", &alone);

    let service = Service::start(&binary, &data, &["--config".as_ref(), config.as_os_str()])?;
    let channel = service.connect().await?;
    let calm = live_calls(channel.clone(), args.rate, 0, tokio::time::sleep(CALM)).await?;
    let mut busy = None;
    let during = live_calls(channel.clone(), args.rate, calm.sent, async {
        busy = Some(rescore(channel.clone()).await);
    })
    .await?;
    service.stop()?;
    report("beside live calls", &busy.context("the re-scoring ended")??);

    let mut table = comfy_table::Table::new();
    table.set_header(["live calls", "sent", "refused", "p50 ms", "p90 ms", "p99 ms", "longest ms"]);
    for (name, calls) in [("without re-scoring", calm), ("during re-scoring", during)] {
        let refused = calls.sent - calls.answered_after.len();
        let mut row = vec![name.to_owned(), calls.sent.to_string(), refused.to_string()];
        row.extend([0.5, 0.9, 0.99, 1.0].map(|share| format!("{:.1}", quantile(&calls.answered_after, share))));
        table.add_row(row);
    }
    println!("{table}");
    Ok(())
}

async fn load_engine() -> anyhow::Result<Engine> {
    let bundle = Bundle::open(&Bundle::folder_in(&default_cache_dir()))?;
    Ok(Engine::load(&bundle, EncoderOptions::default()).await?)
}

/// The sample comments, encoded once and read back with their vectors.
async fn analysed_samples(
    folder: &Path,
    engine: Arc<Engine>,
    journey: RegisteredJourney,
) -> anyhow::Result<Vec<AnalysedComment>> {
    let id = journey.journey.id.clone();
    let journeys = JourneyRegistry::new(vec![journey], &id)?;
    let store: Arc<dyn Store> = Arc::new(EdgeStore::open(folder, EdgeOptions::new(VECTOR_SIZE))?);
    let pipeline = Pipeline::new(engine, journeys, Some(store.clone()), LimitsConfig::default());
    let texts = sample_texts()?;
    for batch in texts.chunks(BATCH) {
        let drafts = batch.iter().map(|text| draft_from_proto(sample(text))).collect();
        let (results, _) = pipeline.analyse(drafts, Selection::ALL, true).await?;
        results.into_iter().collect::<Result<Vec<_>, _>>()?;
    }
    let (points, _) = store.scroll(Kind::Comments, Filter::default(), None, texts.len(), true).await?;
    let stored = analysed_comments(store.as_ref(), points).await?;
    store.close().await?;
    Ok(stored.into_iter().map(|(analysed, _)| analysed).collect())
}

fn sample_texts() -> anyhow::Result<Vec<String>> {
    let text_of = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line)?;
        Ok(row["text"].as_str().context("a sample without a text")?.to_owned())
    };
    SAMPLES.lines().map(text_of).collect()
}

fn sample(text: &str) -> Comment {
    Comment { text: text.to_owned(), source: "speed".to_owned(), ..Comment::default() }
}

/// Copies of a few comments, each with vectors of its own and a journey's labels for them. Never ends, unless the
/// originals have no label vectors.
#[derive(Clone)]
struct Copies {
    originals: Vec<AnalysedComment>,
    labeller: Labeller,
    journey: RegisteredJourney,
    random: u64,
}

impl Iterator for Copies {
    type Item = AnalysedComment;

    fn next(&mut self) -> Option<AnalysedComment> {
        let number = self.random;
        let mut copy = self.originals[number as usize % self.originals.len()].clone();
        copy.comment.external_id = number.to_string();
        copy.id = comment_id(&copy.comment.source, &copy.comment.external_id);
        let mut noise = Noise(number);
        // Over a year, half of them with scores.
        copy.comment.time = YEAR_BEGINS + chrono::Duration::minutes((number * 7_919 % (365 * 24 * 60)) as i64);
        let answer = |noise: &mut Noise, most: f32| f64::from(((noise.next() + 1.0) / 2.0 * most).round());
        if number.is_multiple_of(2) {
            copy.comment.scores.nps = Some(answer(&mut noise, 10.0));
            copy.comment.scores.csat = Some(1.0 + answer(&mut noise, 4.0));
        }
        let labels =
            copy.label_vectors.iter_mut().flat_map(|labels| labels.mentions.iter_mut().chain([&mut labels.comment]));
        for vector in copy.mention_vectors.iter_mut().chain([&mut copy.vector]).chain(labels) {
            vector.iter_mut().for_each(|value| *value += NOISE * noise.next());
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|value| *value /= length);
        }
        copy.insight = self.labeller.label_again(&copy, &self.journey).ok()?;
        self.random += 1;
        Some(copy)
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Noise(u64);

impl Noise {
    /// -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Mentions a second of the heads alone.
fn scoring_speed(copies: Copies, journey: &RegisteredJourney) -> f64 {
    let labeller = copies.labeller.clone();
    let comments: Vec<AnalysedComment> = copies.take(5_000).collect();
    let start = Instant::now();
    let label = |comment| labeller.label_again(comment, journey).map_or(0, |insight| insight.mentions.len());
    let labelled: usize = comments.iter().map(label).sum();
    labelled as f64 / start.elapsed().as_secs_f64()
}

async fn fill(data: &Path, copies: Copies, mentions: usize) -> anyhow::Result<(usize, usize)> {
    let store = EdgeStore::open(data, EdgeOptions::new(VECTOR_SIZE))?;
    let (mut stored_comments, mut stored_mentions) = (0, 0);
    let mut batch = Vec::new();
    let mut items = 0;
    let (rules, now) = (InboxRules::default(), Utc::now());
    for mut copy in copies {
        stored_comments += 1;
        stored_mentions += copy.mention_vectors.len();
        let Reconciled { changed, answered, .. } = reconcile(&copy, Vec::new(), false, &rules, now);
        copy.answered = answered;
        let of_comment = changed.into_iter().map(|item| {
            items += 1;
            item.to_point(items, now)
        });
        batch.push(Write::Upsert { kind: Kind::InboxItems, points: of_comment.collect::<Result<_, _>>()? });
        batch.extend(writes(&copy, None, now)?);
        let is_full = stored_mentions >= mentions;
        if is_full || stored_comments % BATCH == 0 {
            store.write(std::mem::take(&mut batch)).await?;
        }
        if is_full {
            break;
        }
    }
    store.close().await?;
    Ok((stored_comments, stored_mentions))
}

fn binary_beside_this() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().and_then(Path::parent).context("this program lies in a folder of cargo's")?;
    let binary = folder.join("klartext");
    ensure!(binary.is_file(), "{} is not there; run `cargo build --release --workspace`", binary.display());
    Ok(binary)
}

/// The running binary.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(binary: &Path, data: &Path, more: &[&std::ffi::OsStr]) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--set", "log.filter=warn", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned))
            .context("the service did not start")?;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    async fn connect(&self) -> anyhow::Result<Channel> {
        Ok(Channel::from_shared(self.address.clone())?.connect().await?)
    }

    fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(self.child.wait()?.success(), "the service did not stop cleanly");
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // One that has stopped already does not mind.
        drop(self.child.kill());
    }
}

/// The journey's figures, as a page would ask for them.
async fn figures(channel: Channel) -> anyhow::Result<()> {
    let mut client = JourneyServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    let year = TimeRange { from: Some(timestamp(0)), until: Some(timestamp(365)) };
    let filter = CommentFilter { time: Some(year), ..CommentFilter::default() };
    let requests = [
        ("by touchpoint, the whole time", JourneyDimension::Touchpoint, Period::Unspecified),
        ("by touchpoint, 12 months", JourneyDimension::Touchpoint, Period::Month),
        ("by owner, 53 weeks", JourneyDimension::Owner, Period::Week),
        ("by channel, 365 days", JourneyDimension::Channel, Period::Day),
    ];
    for (name, dimension, period) in requests {
        let request = GetJourneyInsightsRequest {
            dimension: dimension.into(),
            period: period.into(),
            filter: Some(filter.clone()),
            ..GetJourneyInsightsRequest::default()
        };
        timed(&format!("figures {name}"), async || {
            let answer = client.get_journey_insights(request.clone()).await?.into_inner();
            ensure!(answer.total.and_then(|total| total.figures).is_some_and(|figures| figures.nps.is_some()));
            Ok(())
        })
        .await?;
    }
    timed("what matters for NPS", async || {
        ensure!(client.get_drivers(GetDriversRequest::default()).await?.into_inner().fit.is_some());
        Ok(())
    })
    .await?;
    timed("what good scores hide", async || {
        ensure!(client.get_gaps(GetGapsRequest::default()).await?.into_inner().rated_comments > 0);
        Ok(())
    })
    .await
}

/// Before and after a measure, with eight weeks on each side.
async fn effect(channel: Channel) -> anyhow::Result<()> {
    let mut client = MeasureServiceClient::new(channel);
    let place = Some(Place::Touchpoint("customer-service".to_owned()));
    let measure = Measure { title: "x".to_owned(), place, start: Some(timestamp(180)), ..Measure::default() };
    let request =
        CreateMeasureRequest { measure: Some(measure), by: "x".to_owned(), ..CreateMeasureRequest::default() };
    let measure_id = client.create(request).await?.into_inner().measure_id;
    timed("the effect of a measure", async || {
        let request = GetMeasureEffectRequest { measure_id: measure_id.clone(), ..GetMeasureEffectRequest::default() };
        ensure!(!client.get_effect(request).await?.into_inner().figures.is_empty());
        Ok(())
    })
    .await
}

/// Prints how long a question takes.
async fn timed(name: &str, mut ask: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut seconds = Vec::new();
    for _ in 0..FIGURES_TIMES {
        let start = Instant::now();
        ask().await?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    println!("{name}: median {:.2} s of {FIGURES_TIMES}", seconds[FIGURES_TIMES / 2]);
    Ok(())
}

/// What has changed in the year, as a page would ask for it.
async fn changes(channel: Channel) -> anyhow::Result<()> {
    let mut client = JourneyServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    let year = TimeRange { from: Some(timestamp(0)), until: Some(timestamp(365)) };
    let filter = CommentFilter { time: Some(year), ..CommentFilter::default() };
    let touchpoints = vec![JourneyDimension::Touchpoint.into()];
    for (name, dimensions) in [("by touchpoint", touchpoints), ("by all six dimensions", Vec::new())] {
        let request = ListChangesRequest { dimensions, filter: Some(filter.clone()), ..ListChangesRequest::default() };
        let start = Instant::now();
        let answer = client.list_changes(request).await?.into_inner();
        let (tested, found) = (answer.tested, answer.changes.len());
        println!("changes {name}: {:.2} s, {found} in {tested} series", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The beginning of a day of the year.
fn timestamp(day: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: YEAR_BEGINS.timestamp() + day * 86_400, nanos: 0 }
}

async fn rescore(channel: Channel) -> anyhow::Result<Rescoring> {
    let mut client = RescoringServiceClient::new(channel);
    let started = client.start(StartRescoringRequest::default()).await?.into_inner();
    let request = GetRescoringRequest { rescoring_id: started.rescoring_id };
    let mut states = client.watch(request).await?.into_inner();
    let mut last = None;
    while let Some(state) = states.message().await? {
        last = Some(state);
    }
    let last = last.context("it has a state")?;
    ensure!(last.state() == RescoringState::Done, "it ended as {}: {}", last.state().as_str_name(), last.error);
    Ok(last)
}

fn report(circumstances: &str, rescoring: &Rescoring) {
    let mentions = rescoring.mentions_done as f64;
    println!(
        "re-scoring, {circumstances}: {} mentions ({} changed) in {:.1} s, {:.0}/s with durable writes; scoring alone \
         {:.2} s, {:.0}/s",
        rescoring.mentions_done,
        rescoring.mentions_changed,
        rescoring.total_seconds,
        mentions / rescoring.total_seconds,
        rescoring.scoring_seconds,
        mentions / rescoring.scoring_seconds,
    );
}

struct LiveCalls {
    sent: usize,
    /// Milliseconds from when each was due to its answer, sorted. A service that is full refuses calls at once.
    answered_after: Vec<f64>,
}

/// Calls at a fixed rate until `end`, each with another text.
async fn live_calls(
    channel: Channel,
    rate: f64,
    first_number: usize,
    end: impl Future<Output = ()>,
) -> anyhow::Result<LiveCalls> {
    let texts = sample_texts()?;
    let client = AnalysisServiceClient::new(channel);
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut calls = tokio::task::JoinSet::new();
    let mut number = first_number;
    tokio::pin!(end);
    loop {
        let due = tokio::select! {
            due = ticks.tick() => due,
            () = &mut end => break,
        };
        let mut client = client.clone();
        // Another text each time: one that is stored already would not be written.
        let comment = sample(&format!("{} ({number})", texts[number % texts.len()]));
        number += 1;
        calls.spawn(async move {
            let request = AnalyzeRequest { comments: vec![comment], store: true, analyses: Vec::new() };
            let results = match client.analyze(request).await {
                Ok(response) => response.into_inner().results,
                Err(status) if status.code() == Code::ResourceExhausted => return Ok(None),
                Err(status) => return Err(status.into()),
            };
            let is_stored =
                results.iter().all(|result| matches!(result.outcome, Some(analyze_result::Outcome::Insight(_))));
            ensure!(is_stored, "a live comment was not stored");
            Ok(Some(due.elapsed().as_secs_f64() * 1_000.0))
        });
    }
    let mut answered_after = Vec::new();
    while let Some(answered) = calls.join_next().await {
        answered_after.extend(answered??);
    }
    answered_after.sort_by(f64::total_cmp);
    Ok(LiveCalls { sent: number - first_number, answered_after })
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}
