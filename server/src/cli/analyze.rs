use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analysis_service_server::AnalysisService;
use klartext_proto::v1::{AnalyzeRequest, AnalyzeResult, Comment, analyze_result};
use tokio_util::sync::CancellationToken;
use tonic::Request;
use tonic::transport::Channel;

use super::output::{OutputFormat, Printer};
use super::rows::{FileFormat, Mapping, Row, Rows};
use super::{CliError, Exit, GlobalArgs, ServerArgs, connect, name_and_value, start};
use crate::ops::logs::{self, LogFormat};
use crate::rpc::AnalysisHandler;

/// Comments per call: enough to fill the model's batches.
const BATCH: usize = 64;

/// Analyse comments and show what was found, without storing them. The text comes from the arguments, from a file, or
/// from standard input (which is one comment).
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext analyze \"Personal super freundlich, aber 40 Minuten Wartezeit\"\n  \
    klartext analyze --file survey.csv --map text=Kommentar --map nps=NPS --format jsonl\n  \
    pbpaste | klartext analyze --local")]
pub struct AnalyzeArgs {
    /// Comments, each an argument.
    texts: Vec<String>,
    /// A CSV or JSON Lines file of comments, or a text file with one comment a line.
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    file: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// How to print: a table on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// Load the model here instead of asking a running service; nothing is read from or written to a store.
    #[arg(long)]
    local: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// How columns become comments.
#[derive(Args)]
pub struct ColumnArgs {
    /// Which column a field is in, for example `--map text=Kommentar`; may be repeated. Fields: external_id, source,
    /// text, journey, channel, language, time, question, nps, csat, stars, touchpoint, survey_kind, subject,
    /// attributes.NAME. Without it a field is read from the column of its own name.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = name_and_value)]
    columns: Vec<(String, String)>,
    /// The same value for every row that has none, for example `--fill channel=survey`; may be repeated.
    #[arg(long = "fill", value_name = "FIELD=VALUE", value_parser = name_and_value)]
    constants: Vec<(String, String)>,
    /// How the file is written, when its ending does not say.
    #[arg(long, value_enum)]
    input_format: Option<FileFormat>,
    /// What separates CSV columns; guessed from the header.
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,
}

impl ColumnArgs {
    pub fn rows(&self, file: &std::path::Path) -> Result<Rows, CliError> {
        let format = self.input_format.map_or_else(|| FileFormat::of(file), Ok)?;
        Rows::open(file, format, self.delimiter, self.mapping()?)
    }

    fn mapping(&self) -> Result<Mapping, CliError> {
        Mapping::new(&self.columns, &self.constants)
    }
}

pub async fn run(global: &GlobalArgs, args: AnalyzeArgs) -> Result<Exit, CliError> {
    let rows = rows(&args)?;
    let analyzer =
        if args.local { Analyzer::local(global).await? } else { Analyzer::remote(connect(&args.server).await?) };
    let mut printer = Printer::new(args.format.unwrap_or_else(OutputFormat::for_stdout));
    let mut refused = false;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        for result in analyzer.analyze(rows.by_ref().take(BATCH).collect()).await? {
            refused |= matches!(result.outcome, Some(analyze_result::Outcome::Error(_)));
            printer.print(&result)?;
        }
    }
    printer.finish()?;
    Ok(if refused { Exit::SomeRefused } else { Exit::Done })
}

fn rows(args: &AnalyzeArgs) -> Result<Box<dyn Iterator<Item = Row> + Send>, CliError> {
    if let Some(file) = &args.file {
        return Ok(Box::new(args.columns.rows(file)?));
    }
    let mut texts = args.texts.clone();
    if texts.is_empty() || texts == ["-"] {
        if std::io::stdin().is_terminal() && texts.is_empty() {
            return Err(CliError::configuration("no text: give it as an argument, with --file, or on standard input"));
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(CliError::failed)?;
        let text =
            String::from_utf8(bytes).map_err(|_| CliError::configuration("standard input is not valid UTF-8"))?;
        texts = vec![text];
    }
    let mapping = args.columns.mapping()?;
    Ok(Box::new(texts.into_iter().zip(1..).map(move |(text, number)| mapping.single_text(number, text))))
}

/// Whoever does the work: a running service, or this process.
enum Analyzer {
    Remote(AnalysisServiceClient<Channel>),
    Local(AnalysisHandler),
}

impl Analyzer {
    fn remote(channel: Channel) -> Self {
        Self::Remote(AnalysisServiceClient::new(channel).max_decoding_message_size(usize::MAX))
    }

    async fn local(global: &GlobalArgs) -> Result<Self, CliError> {
        let config = global.load(&[])?;
        let journeys = start::journeys(&config)?;
        logs::start("warn", LogFormat::Text).map_err(CliError::configuration)?;
        let bundle = start::open_bundle(&config)?;
        let pipeline = start::pipeline(&config, &bundle, journeys, None).await?;
        Ok(Self::Local(AnalysisHandler { pipeline: Arc::new(pipeline), stopping: CancellationToken::new() }))
    }

    /// One result per row, in order; rows that could not be read keep their place.
    async fn analyze(&self, rows: Vec<Row>) -> Result<Vec<AnalyzeResult>, CliError> {
        let comments: Vec<Comment> = rows.iter().filter_map(|row| row.comment.clone().ok()).collect();
        let analysed = if comments.is_empty() { Vec::new() } else { self.call(comments).await? };
        let mut analysed = analysed.into_iter();
        let result_of = |row: Row| match row.comment {
            Ok(_) => analysed.next(),
            Err(error) => Some(AnalyzeResult {
                external_id: row.external_id,
                outcome: Some(analyze_result::Outcome::Error(error)),
            }),
        };
        Ok(rows.into_iter().filter_map(result_of).collect())
    }

    async fn call(&self, comments: Vec<Comment>) -> Result<Vec<AnalyzeResult>, CliError> {
        let request = AnalyzeRequest { comments, store: false, analyses: Vec::new() };
        let response = match self {
            Analyzer::Remote(client) => client.clone().analyze(request).await?,
            Analyzer::Local(handler) => handler.analyze(Request::new(request)).await?,
        };
        Ok(response.into_inner().results)
    }
}
