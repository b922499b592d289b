use chrono::DateTime;
use clap::Args;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    GetRescoringRequest, ListRescoringsRequest, Rescoring, RescoringState, StartRescoringRequest,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::filter_args::FilterArgs;
use super::output::{OutputFormat, print_all};
use super::{CliError, Exit, ServerArgs, connect};

type Client = RescoringServiceClient<Channel>;

/// Re-scorings per page of a list.
const LIST_PAGE: u32 = 100;

/// Give stored comments the labels of the running service's heads and journeys, from their stored vectors. Corrections
/// and touchpoints that callers gave stay. Without any of the flags that say which comments, all of them.
///
/// It runs in the service, which goes on with it after a restart; Ctrl-C only stops watching.
#[derive(Args)]
#[command(after_help = "Example:\n  klartext rescore --journey public-transport --since 2026-01-01")]
pub struct RescoreArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Makes starting safe to repeat: the same id starts one re-scoring however often it is given.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Print its id and do not watch it.
    #[arg(long)]
    detach: bool,
    /// Show all re-scorings, newest first, instead of starting one.
    #[arg(long, group = "instead")]
    list: bool,
    /// Watch a re-scoring that was started before, until it has ended.
    #[arg(long, value_name = "ID", group = "instead")]
    watch: Option<String>,
    /// End a re-scoring; what is done stays done.
    #[arg(long, value_name = "ID", group = "instead")]
    cancel: Option<String>,
    /// How it is printed; by default a table on a terminal, else one Rescoring message a line.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: RescoreArgs) -> Result<Exit, CliError> {
    let filter = args.filter.filter()?;
    let format = args.format.unwrap_or_else(OutputFormat::for_stdout);
    let mut client = RescoringServiceClient::new(connect(&args.server).await?).max_decoding_message_size(usize::MAX);
    if args.list {
        print_all(format, &list(client).await?, overview)?;
        return Ok(Exit::Done);
    }
    if let Some(id) = args.cancel {
        let cancelled = client.cancel(GetRescoringRequest { rescoring_id: id }).await?.into_inner();
        print_all(format, &[cancelled], summaries)?;
        return Ok(Exit::Done);
    }
    let id = match args.watch {
        Some(id) => id,
        None => {
            let request =
                StartRescoringRequest { filter: Some(filter), request_id: args.request_id.unwrap_or_default() };
            let started = client.start(request).await?.into_inner();
            if args.detach {
                println!("{}", started.rescoring_id);
                return Ok(Exit::Done);
            }
            eprintln!("re-scoring {} of {} comments", started.rescoring_id, started.comments_total);
            started.rescoring_id
        }
    };
    tokio::select! {
        ended = watch(client, &id) => {
            let ended = ended?;
            print_all(format, std::slice::from_ref(&ended), summaries)?;
            Ok(if ended.state() == RescoringState::Failed { Exit::Failed } else { Exit::Done })
        }
        _ = tokio::signal::ctrl_c() => {
            eprintln!("\nit goes on without being watched");
            eprintln!("  klartext rescore --watch {id}");
            eprintln!("  klartext rescore --cancel {id}");
            Ok(Exit::Done)
        }
    }
}

async fn list(mut client: Client) -> Result<Vec<Rescoring>, CliError> {
    let mut rescorings = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = client.list(ListRescoringsRequest { page_size: LIST_PAGE, page_token }).await?.into_inner();
        rescorings.extend(page.rescorings);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(rescorings);
        }
    }
}

/// Its last state.
async fn watch(mut client: Client, id: &str) -> Result<Rescoring, CliError> {
    let mut states = client.watch(GetRescoringRequest { rescoring_id: id.to_owned() }).await?.into_inner();
    let progress = ProgressBar::new(0);
    let template = "{bar:30} {pos}/{len} comments, {msg}, {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        progress.set_style(style);
    }
    let mut last = None;
    while let Some(state) = states.message().await.map_err(|status| interrupted(&status, id))? {
        let seen = state.comments_done + state.comments_skipped;
        // Comments that came meanwhile count too.
        progress.set_length(state.comments_total.max(seen));
        progress.set_position(seen);
        progress.set_message(format!("{:.0} mentions/s", per_second(state.mentions_done, state.total_seconds)));
        last = Some(state);
    }
    progress.finish_and_clear();
    last.ok_or_else(|| CliError::failed("the service said nothing about it"))
}

fn interrupted(status: &Status, id: &str) -> CliError {
    if status.code() == Code::Unavailable || status.code() == Code::Unknown {
        let message =
            format!("the service went away; the re-scoring goes on when it is back: klartext rescore --watch {id}");
        return CliError::unavailable(message);
    }
    CliError::failed(status.message())
}

fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}

/// One line each.
fn overview(rescorings: &[Rescoring]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["re-scoring", "started", "state", "comments", "of", "mentions changed"]);
    for rescoring in rescorings {
        let started = rescoring.started_at.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
        table.add_row([
            rescoring.rescoring_id.clone(),
            started.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
            state_name(rescoring.state()).to_owned(),
            rescoring.comments_done.to_string(),
            rescoring.comments_total.to_string(),
            rescoring.mentions_changed.to_string(),
        ]);
    }
    table.to_string()
}

fn summaries(rescorings: &[Rescoring]) -> String {
    rescorings.iter().map(summary).collect::<Vec<_>>().join("\n")
}

fn summary(rescoring: &Rescoring) -> String {
    let mut lines = vec![format!(
        "{}: {} comments, {} mentions, {} of them with changed labels, in {:.1} s",
        state_name(rescoring.state()),
        rescoring.comments_done,
        rescoring.mentions_done,
        rescoring.mentions_changed,
        rescoring.total_seconds,
    )];
    if rescoring.mentions_done > 0 {
        lines.push(format!(
            "scoring alone {:.2} s, {:.0} mentions/s; with reading and durable writing {:.0} mentions/s",
            rescoring.scoring_seconds,
            per_second(rescoring.mentions_done, rescoring.scoring_seconds),
            per_second(rescoring.mentions_done, rescoring.total_seconds),
        ));
    }
    if rescoring.comments_skipped > 0 {
        lines.push(format!(
            "{} comments are of journeys that the service does not know; they keep their labels",
            rescoring.comments_skipped
        ));
    }
    if rescoring.comments_encoded > 0 {
        lines.push(format!(
            "{} comments were stored under another label branch; the encoder has read them again",
            rescoring.comments_encoded
        ));
    }
    if rescoring.resumed > 0 {
        lines.push(format!("taken up again {} times", rescoring.resumed));
    }
    if !rescoring.error.is_empty() {
        lines.push(format!("failed: {}", rescoring.error));
    }
    for version in &rescoring.score_versions {
        lines.push(format!("labels are of {} and {}", version.bundle, version.journey));
    }
    if !rescoring.changes.is_empty() {
        lines.push(changes(rescoring).to_string());
    }
    lines.join("\n")
}

fn changes(rescoring: &Rescoring) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["label", "from", "to", "mentions"]);
    let named = |name: &str| if name.is_empty() { "–".to_owned() } else { name.to_owned() };
    for change in &rescoring.changes {
        let mentions = change.mentions.to_string();
        table.add_row([change.label.clone(), named(&change.from), named(&change.to), mentions]);
    }
    table
}

fn state_name(state: RescoringState) -> &'static str {
    match state {
        RescoringState::Unspecified => "unknown",
        RescoringState::Running => "running",
        RescoringState::Done => "done",
        RescoringState::Cancelled => "cancelled",
        RescoringState::Failed => "failed",
    }
}
