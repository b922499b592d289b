use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use comfy_table::Table;
use indicatif::ProgressBar;
use tokio::net::TcpListener;
use tracing::{info, warn};

use super::rows::{Mapping, Rows};
use super::{CliError, Exit, GlobalArgs, start};
use crate::insights::{Insight, Polarity, Selection};
use crate::ops::config::Config;
use crate::ops::http::HttpServer;
use crate::ops::logs;
use crate::ops::metrics::{BuildInfo, CallMetrics, HookMetrics, Load, Metrics, StoreMetrics};
use crate::ops::readiness::Readiness;
use crate::ops::traces::Traces;
use crate::pipeline::Pipeline;
use crate::rpc::{Services, draft_from_proto, serve};
use crate::store::{Filter, Kind, MeteredStore, Store};

/// Comments written for this project: twelve months of a public-transport company.
const SAMPLES: &str = include_str!("../../assets/samples.jsonl");
const SAMPLE_BATCH: usize = 64;

/// Start the service. It answers when the model is warm and the store is open.
#[derive(Args)]
pub struct ServeArgs {
    /// Address and port, for example 127.0.0.1:50051; port 0 takes a free one. Same as `--set listen.address=…`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Data folder of the embedded store. Same as `--set store.folder=…`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Import the sample comments when the data folder is empty.
    #[arg(long)]
    samples: bool,
}

pub async fn run(global: &GlobalArgs, args: ServeArgs) -> Result<Exit, CliError> {
    let mut flags = Vec::new();
    flags.extend(args.listen.map(|address| ("listen.address", address)));
    flags.extend(args.data.map(|folder| ("store.folder", folder.display().to_string())));
    flags.extend(args.samples.then(|| ("samples.import", "true".to_owned())));
    let config = global.load(&flags)?;
    let journeys = start::journeys(&config)?;
    let traces = Traces::start(&config.tracing).map_err(CliError::configuration)?;
    logs::start_with(&config.log.filter, config.log.format, &traces).map_err(CliError::configuration)?;
    info!(version = env!("CARGO_PKG_VERSION"), store = config.store.place(), "starting");
    if let Some((_, address)) = config.listen.open_address() {
        warn!(
            %address,
            because = config.listen.open_because,
            "other machines can reach this service, and there is no authentication"
        );
    }

    let started = Instant::now();
    let bundle = start::open_bundle(&config)?;
    let listener = TcpListener::bind(config.listen.address)
        .await
        .map_err(|error| CliError::failed(format!("listen.address {}: {error}", config.listen.address)))?;
    let address = listener.local_addr().map_err(CliError::failed)?;
    let readiness = Readiness::default();
    let http = start_http(&config, &readiness).await?;
    let store_metrics = StoreMetrics::default();
    let store: Arc<dyn Store> = Arc::new(MeteredStore::new(start::open_store(&config).await?, store_metrics.clone()));
    start::check_origin(store.as_ref(), &config, &bundle.manifest.encoder).await?;
    let pipeline = Arc::new(start::pipeline(&config, &bundle, journeys, Some(store.clone())).await?);
    info!(seconds = started.elapsed().as_secs_f32(), "model and store are ready");
    let calls = CallMetrics::default();
    let hooks = HookMetrics::default();
    if let Some(http) = &http {
        http.show(metrics(&pipeline, &calls, &store_metrics, &hooks));
    }

    if config.samples.import && store.count(Kind::Comments, Filter::default()).await? == 0 {
        import_samples(&pipeline).await?;
    }
    let pages = http.as_ref().map(|http| format!(" and http://{} (metrics, health)", http.address()));
    let pages = pages.unwrap_or_default();
    println!("klartext listens on http://{address} (gRPC){pages}; data in {}", config.store.place());
    println!("  the workbench: open http://{address} in a browser");
    println!("  klartext analyze --server http://{address} \"Personal super freundlich, aber 40 Minuten Wartezeit\"");
    println!("  klartext import --server http://{address} my-comments.csv --map text=Kommentar");

    let services = Services {
        pipeline,
        store,
        readiness,
        calls,
        hooks,
        pain_points: config.pain_points.clone(),
        inbox: config.inbox.clone(),
    };
    let served = serve(listener, services, &config.limits, config.shutdown.drain, stop_signal()).await;
    if let Some(http) = http {
        http.stop().await;
    }
    traces.stop().await;
    served.map_err(|error| CliError::failed(format!("{error:#}")))?;
    Ok(Exit::Done)
}

/// The HTTP pages, if they are wanted. They answer while the model is still being loaded.
async fn start_http(config: &Config, readiness: &Readiness) -> Result<Option<HttpServer>, CliError> {
    let Some(address) = config.listen.http else {
        return Ok(None);
    };
    let started = HttpServer::start(address, readiness.clone()).await;
    let failed = |error| {
        CliError::failed(format!("listen.http {address}: {error}; name another, or none with --set listen.http="))
    };
    started.map(Some).map_err(failed)
}

fn metrics(pipeline: &Arc<Pipeline>, calls: &CallMetrics, store: &StoreMetrics, hooks: &HookMetrics) -> Metrics {
    let engine = pipeline.engine();
    let encoder = engine.encoder.info();
    let journeys = pipeline.journeys().all().iter();
    let build = BuildInfo {
        encoder: engine.encoder_version().to_owned(),
        heads: engine.heads.version.clone(),
        precision: encoder.precision.to_string(),
        device: encoder.device,
        journeys: journeys.map(|journey| (journey.journey.id.clone(), journey.version.clone())).collect(),
    };
    let loaded = pipeline.clone();
    let load = move || {
        let waiting = loaded.engine().encoder.load();
        Load {
            in_flight_comments: loaded.in_flight(),
            in_flight_comments_limit: loaded.limits().max_in_flight_comments,
            encoder_waiting_calls: waiting.calls,
            encoder_waiting_tokens: waiting.waiting_tokens,
            encoder_tokens_per_second: waiting.tokens_per_second,
        }
    };
    Metrics::new(build, calls, pipeline.metrics(), engine.encoder.metrics(), store, hooks, load)
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler the signal still stops the process, only less gracefully.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn import_samples(pipeline: &Pipeline) -> Result<(), CliError> {
    let rows = Rows::from_json_lines(SAMPLES.as_bytes(), Mapping::default());
    let comments: Vec<_> = rows.filter_map(|row| row.comment.ok()).collect();
    let progress = if std::io::stderr().is_terminal() {
        ProgressBar::new(comments.len() as u64).with_message("sample comments")
    } else {
        ProgressBar::hidden()
    };
    let mut found = Findings::default();
    let batch_size = SAMPLE_BATCH.min(pipeline.limits().max_comments_per_call);
    for batch in comments.chunks(batch_size) {
        let drafts = batch.iter().cloned().map(draft_from_proto).collect();
        let (results, _) = pipeline.analyse(drafts, Selection::ALL, true).await?;
        for result in results {
            found.add(&result?.analysed.insight);
        }
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    println!("{}", found.table());
    Ok(())
}

/// What the samples say, by touchpoint.
#[derive(Default)]
struct Findings {
    comments: usize,
    mentions: usize,
    touchpoints: BTreeMap<String, Tally>,
}

#[derive(Default)]
struct Tally {
    owner: String,
    mentions: usize,
    negative: usize,
    positive: usize,
}

const NO_TOUCHPOINT: &str = "(none of the journey's)";

impl Findings {
    fn add(&mut self, insight: &Insight) {
        self.comments += 1;
        for mention in &insight.mentions {
            self.mentions += 1;
            let tag = mention.touchpoint.as_ref();
            let name = tag.map_or(NO_TOUCHPOINT, |tag| tag.name.as_str());
            let tally = self.touchpoints.entry(name.to_owned()).or_default();
            tally.owner = tag.map(|tag| tag.owner.clone()).unwrap_or_default();
            tally.mentions += 1;
            match mention.sentiment.map(|sentiment| sentiment.polarity) {
                Some(Polarity::Negative) => tally.negative += 1,
                Some(Polarity::Positive) => tally.positive += 1,
                Some(Polarity::Neutral | Polarity::Mixed) | None => {}
            }
        }
    }

    fn table(&self) -> String {
        let mut rows: Vec<(&String, &Tally)> = self.touchpoints.iter().collect();
        rows.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.mentions));
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY);
        table.set_header(["touchpoint", "owner", "mentions", "negative", "positive"]);
        for (name, tally) in rows {
            table.add_row([
                name.clone(),
                tally.owner.clone(),
                tally.mentions.to_string(),
                tally.negative.to_string(),
                tally.positive.to_string(),
            ]);
        }
        format!("{} sample comments with {} mentions:\n{table}", self.comments, self.mentions)
    }
}
