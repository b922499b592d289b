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
use crate::ops::logs;
use crate::pipeline::Pipeline;
use crate::rpc::{Services, draft_from_proto, serve};
use crate::store::{Filter, Kind};

/// Comments written for this project: twelve months of a public-transport company.
const SAMPLES: &str = include_str!("../../assets/samples.jsonl");
const SAMPLE_BATCH: usize = 64;

/// Start the service on the embedded store. It answers when the model is warm and the store is open.
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
    logs::start(&config.log.filter, config.log.format).map_err(CliError::configuration)?;
    info!(version = env!("CARGO_PKG_VERSION"), data = %config.store.folder.display(), "starting");
    if !config.listen.address.ip().is_loopback() {
        warn!(
            address = %config.listen.address,
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
    let store = start::open_store(&config)?;
    start::check_origin(store.as_ref(), &config, &bundle.manifest.encoder).await?;
    let pipeline = Arc::new(start::pipeline(&config, &bundle, journeys, Some(store.clone())).await?);
    info!(seconds = started.elapsed().as_secs_f32(), "model and store are ready");

    if config.samples.import && store.count(Kind::Comments, Filter::default()).await? == 0 {
        import_samples(&pipeline).await?;
    }
    println!("klartext listens on http://{address} (gRPC; data in {})", config.store.folder.display());
    println!("  klartext analyze --server http://{address} \"Personal super freundlich, aber 40 Minuten Wartezeit\"");
    println!("  klartext import --server http://{address} my-comments.csv --map text=Kommentar");

    let services = Services { pipeline, store };
    serve(listener, services, &config.limits, config.shutdown.drain, stop_signal())
        .await
        .map_err(|error| CliError::failed(format!("{error:#}")))?;
    Ok(Exit::Done)
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
