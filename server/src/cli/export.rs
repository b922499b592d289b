use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use klartext_proto::to_canonical_json;
use klartext_proto::v1::{CommentFilter, ExportCommentsRequest, ExportCommentsResponse};
use serde::{Deserialize, Serialize};
use tonic::{Code, Status, Streaming};

use super::comments::{CommentClient, comment_client};
use super::filter_args::FilterArgs;
use super::{CliError, Exit, ServerArgs};

/// How often it is put on the disk how far the export is.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(1);

/// Export stored comments as JSON Lines, one StoredComment message a line, in order of id.
///
/// With a file, an export that was cut off goes on where it stopped when the same command is run again.
#[derive(Args)]
#[command(
    after_help = "Example:\n  klartext export --journey public-transport --since 2026-01-01 --out comments.jsonl"
)]
pub struct ExportArgs {
    /// Where to; standard output when left out. Until it is complete, the file is called FILE.part.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: ExportArgs) -> Result<Exit, CliError> {
    let filter = args.filter.filter()?;
    let client = comment_client(&args.server).await?;
    match args.out {
        None => to_stdout(client, filter).await,
        Some(file) => to_file(client, filter, &file).await,
    }
}

async fn to_stdout(mut client: CommentClient, filter: CommentFilter) -> Result<Exit, CliError> {
    let request = ExportCommentsRequest { filter: Some(filter), resume_token: String::new() };
    let mut comments = client.export(request).await?.into_inner();
    let mut out = BufWriter::new(std::io::stdout().lock());
    while let Some(exported) = comments.message().await? {
        writeln!(out, "{}", line_of(&exported)).map_err(CliError::failed)?;
    }
    out.flush().map_err(CliError::failed)?;
    Ok(Exit::Done)
}

async fn to_file(mut client: CommentClient, filter: CommentFilter, file: &Path) -> Result<Exit, CliError> {
    let mut part = PartFile::open(file)?;
    let resume_token = part.state.resume_token.clone();
    if !resume_token.is_empty() {
        eprintln!("going on after {} comments in {}", part.state.comments, part.path.display());
    }
    let request = ExportCommentsRequest { filter: Some(filter), resume_token };
    let started = client.export(request).await;
    let comments = match started {
        Ok(response) => response.into_inner(),
        Err(status) => return Err(part.stopped(&status)),
    };
    let progress = ProgressBar::new_spinner();
    let ended = tokio::select! {
        ended = write_all(comments, &mut part, &progress) => ended,
        _ = tokio::signal::ctrl_c() => Err(Status::cancelled("interrupted")),
    };
    progress.finish_and_clear();
    part.checkpoint()?;
    if let Err(status) = ended {
        return Err(part.stopped(&status));
    }
    let comments = part.finish(file)?;
    println!("{comments} comments in {}", file.display());
    Ok(Exit::Done)
}

async fn write_all(
    mut comments: Streaming<ExportCommentsResponse>,
    part: &mut PartFile,
    progress: &ProgressBar,
) -> Result<(), Status> {
    while let Some(exported) = comments.message().await? {
        part.add(&exported).map_err(|error| Status::internal(error.to_string()))?;
        progress.inc(1);
    }
    Ok(())
}

fn line_of(exported: &ExportCommentsResponse) -> String {
    to_canonical_json(&exported.comment.clone().unwrap_or_default()).to_string()
}

/// How far a part file is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PartState {
    /// Up to here the file holds whole lines that are on the disk.
    bytes: u64,
    comments: u64,
    resume_token: String,
}

/// An export on its way. Beside it lies a file that says how far it is; what is behind that is cut off when it is opened.
struct PartFile {
    path: PathBuf,
    state_path: PathBuf,
    writer: BufWriter<File>,
    /// As far as it is written; the file beside it may be behind.
    state: PartState,
    last_checkpoint: Instant,
}

impl PartFile {
    fn open(file: &Path) -> Result<Self, CliError> {
        let path = with_ending(file, ".part");
        let state_path = with_ending(file, ".part.state");
        let failed = |error: std::io::Error| CliError::failed(format!("{}: {error}", path.display()));
        let mut part =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let length = part.metadata().map_err(failed)?.len();
        let state = std::fs::read(&state_path).ok().and_then(|content| serde_json::from_slice(&content).ok());
        let state: PartState = state.filter(|state: &PartState| state.bytes <= length).unwrap_or_default();
        part.set_len(state.bytes).map_err(failed)?;
        part.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { writer: BufWriter::new(part), path, state_path, state, last_checkpoint: Instant::now() })
    }

    fn add(&mut self, exported: &ExportCommentsResponse) -> Result<(), CliError> {
        let line = line_of(exported);
        writeln!(self.writer, "{line}").map_err(|error| self.failed(&error))?;
        self.state.bytes += line.len() as u64 + 1;
        self.state.comments += 1;
        self.state.resume_token.clone_from(&exported.resume_token);
        if self.last_checkpoint.elapsed() < CHECKPOINT_AFTER {
            return Ok(());
        }
        self.checkpoint()
    }

    /// First the lines are on the disk, then what says that they are.
    fn checkpoint(&mut self) -> Result<(), CliError> {
        self.last_checkpoint = Instant::now();
        self.writer.flush().and_then(|()| self.writer.get_ref().sync_data()).map_err(|error| self.failed(&error))?;
        let new_state = with_ending(&self.state_path, ".new");
        let content = serde_json::to_vec(&self.state).map_err(CliError::failed)?;
        let written = std::fs::write(&new_state, content).and_then(|()| std::fs::rename(&new_state, &self.state_path));
        written.map_err(|error| self.failed(&error))
    }

    /// It is complete; returns how many comments are in it.
    fn finish(self, file: &Path) -> Result<u64, CliError> {
        let moved = std::fs::rename(&self.path, file).and_then(|()| std::fs::remove_file(&self.state_path));
        moved.map_err(|error| self.failed(&error))?;
        Ok(self.state.comments)
    }

    fn failed(&self, error: &std::io::Error) -> CliError {
        CliError::failed(format!("{}: {error}", self.path.display()))
    }

    fn stopped(&self, status: &Status) -> CliError {
        let part = self.path.display();
        if status.code() == Code::InvalidArgument && !self.state.resume_token.is_empty() {
            return CliError::failed(format!(
                "{part} was begun with another filter ({}); delete it to begin anew",
                status.message()
            ));
        }
        let message = format!(
            "the export stopped: {}; {} comments are in {part}, run the same command again to go on",
            status.message(),
            self.state.comments
        );
        if status.code() == Code::Unavailable { CliError::unavailable(message) } else { CliError::failed(message) }
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
