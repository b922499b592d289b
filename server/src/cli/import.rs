use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, AnalyzeResult, Comment, ErrorReason, ItemError, StoreOutcome, analyze_result,
};
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::analyze::ColumnArgs;
use super::rows::Row;
use super::{CliError, Exit, ServerArgs, connect};

const DEFAULT_BATCH: usize = 64;
/// Calls on their way at once: while one is written, the next is encoded.
const CALLS_AT_ONCE: usize = 3;
/// How long an overloaded service is waited for when it does not say.
const DEFAULT_RETRY: Duration = Duration::from_millis(500);

/// Store the comments of a CSV or JSON Lines file through the running service. A comment with an external id, or with
/// the same content, is stored once however often the file is imported; rows that are refused go to a file of their
/// own with the reasons.
#[derive(Args)]
#[command(after_help = "Example:\n  klartext import survey.csv --map text=Kommentar --map external_id=Nr \
                        --map nps=NPS --fill source=survey-2026 --fill channel=survey")]
pub struct ImportArgs {
    /// CSV, JSON Lines, or a text file with one comment a line.
    file: PathBuf,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Where refused rows go, as JSON Lines; by default beside the file, with `.rejected.jsonl` at the end.
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Comments per call.
    #[arg(long, default_value_t = DEFAULT_BATCH, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    batch: usize,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: ImportArgs) -> Result<Exit, CliError> {
    let rows = args.columns.rows(&args.file)?;
    let channel = connect(&args.server).await?;
    let client = AnalysisServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    let mut rejected = RejectedFile::new(args.rejected.unwrap_or_else(|| beside(&args.file)));
    let mut tally = Tally::default();
    let progress = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} comments, {per_sec}, {elapsed} {msg}") {
        progress.set_style(style);
    }
    let start = Instant::now();
    let batches = futures::stream::iter(Batches { rows, size: args.batch });
    let mut calls = batches.map(|batch| store(client.clone(), batch)).buffered(CALLS_AT_ONCE);
    while let Some(batch) = calls.next().await {
        let batch = batch?;
        progress.inc(batch.len() as u64);
        for (row, outcome) in batch {
            match outcome {
                Ok(outcome) => tally.stored(outcome),
                Err(error) => {
                    tally.refused += 1;
                    rejected.add(&row, &error)?;
                }
            }
        }
        progress.set_message(format!("({} refused)", tally.refused));
    }
    progress.finish_and_clear();
    rejected.finish()?;
    tally.print(start.elapsed());
    if tally.refused == 0 {
        return Ok(Exit::Done);
    }
    println!("{} rows were refused; see {}", tally.refused, rejected.path.display());
    Ok(Exit::SomeRefused)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejected.jsonl");
    PathBuf::from(name)
}

/// Rows in groups.
struct Batches<I> {
    rows: I,
    size: usize,
}

impl<I: Iterator<Item = Row>> Iterator for Batches<I> {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Vec<Row>> {
        let batch: Vec<Row> = self.rows.by_ref().take(self.size).collect();
        (!batch.is_empty()).then_some(batch)
    }
}

type Outcome = Result<StoreOutcome, ItemError>;

/// Store a batch, waiting while the service is full. A row that fails does not fail the others.
async fn store(client: AnalysisServiceClient<Channel>, rows: Vec<Row>) -> Result<Vec<(Row, Outcome)>, CliError> {
    let comments: Vec<Comment> = rows.iter().filter_map(|row| row.comment.clone().ok()).collect();
    let results = if comments.is_empty() { Vec::new() } else { call(client, comments).await? };
    let mut results = results.into_iter();
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let outcome = match &row.comment {
            Err(error) => Err(error.clone()),
            Ok(_) => match results.next().and_then(|result| result.outcome) {
                Some(analyze_result::Outcome::Insight(insight)) => Ok(insight.store_outcome()),
                Some(analyze_result::Outcome::Error(error)) if is_ours(&error) => {
                    return Err(CliError::failed(format!("the service could not store: {}", error.message)));
                }
                Some(analyze_result::Outcome::Error(error)) => Err(error),
                None => return Err(CliError::failed("the service left a comment unanswered")),
            },
        };
        outcomes.push((row, outcome));
    }
    Ok(outcomes)
}

/// Nothing is wrong with the row; trying it again later can help.
fn is_ours(error: &ItemError) -> bool {
    [Code::Unavailable as i32, Code::Internal as i32].contains(&error.code)
}

async fn call(
    mut client: AnalysisServiceClient<Channel>,
    comments: Vec<Comment>,
) -> Result<Vec<AnalyzeResult>, CliError> {
    loop {
        let request = AnalyzeRequest { comments: comments.clone(), store: true, analyses: Vec::new() };
        match client.analyze(request).await {
            Ok(response) => return Ok(response.into_inner().results),
            Err(status) if status.code() == Code::ResourceExhausted => {
                tokio::time::sleep(retry_after(&status)).await;
            }
            Err(status) => return Err(interrupted(&status)),
        }
    }
}

fn retry_after(status: &Status) -> Duration {
    let details = status.get_error_details();
    details.retry_info().and_then(|info| info.retry_delay).unwrap_or(DEFAULT_RETRY)
}

fn interrupted(status: &Status) -> CliError {
    let message = format!(
        "the import stopped: {}; what was acknowledged is stored, run the same command again to go on",
        status.message()
    );
    if status.code() == Code::Unavailable { CliError::unavailable(message) } else { CliError::failed(message) }
}

/// Made only when a row is refused.
struct RejectedFile {
    path: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl RejectedFile {
    fn new(path: PathBuf) -> Self {
        Self { path, writer: None }
    }

    /// Line, id and reason; the text stays where it is.
    fn add(&mut self, row: &Row, error: &ItemError) -> Result<(), CliError> {
        let failed = |error: std::io::Error| CliError::failed(format!("{}: {error}", self.path.display()));
        if self.writer.is_none() {
            self.writer = Some(BufWriter::new(File::create(&self.path).map_err(failed)?));
        }
        let reason = ErrorReason::try_from(error.reason).unwrap_or(ErrorReason::Unspecified).as_str_name();
        let entry = json!({
            "line": row.line,
            "external_id": row.external_id,
            "reason": reason.strip_prefix("ERROR_REASON_").unwrap_or(reason),
            "field": error.field,
            "message": error.message,
        });
        match &mut self.writer {
            Some(writer) => writeln!(writer, "{entry}").map_err(failed),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), CliError> {
        let failed = |error: std::io::Error| CliError::failed(format!("{}: {error}", self.path.display()));
        self.writer.as_mut().map_or(Ok(()), |writer| writer.flush().map_err(failed))
    }
}

#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<i32, usize>,
    refused: usize,
}

impl Tally {
    fn stored(&mut self, outcome: StoreOutcome) {
        *self.outcomes.entry(outcome.into()).or_default() += 1;
    }

    fn print(&self, elapsed: Duration) {
        let count = |outcome: StoreOutcome| self.outcomes.get(&i32::from(outcome)).copied().unwrap_or(0);
        let stored: usize = self.outcomes.values().sum();
        println!(
            "{stored} comments in {:.1} s ({:.0}/s): {} created, {} replaced, {} unchanged",
            elapsed.as_secs_f64(),
            stored as f64 / elapsed.as_secs_f64(),
            count(StoreOutcome::Created),
            count(StoreOutcome::Replaced),
            count(StoreOutcome::Unchanged),
        );
    }
}
