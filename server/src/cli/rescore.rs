use chrono::DateTime;
use clap::Args;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    GetRescoringRequest, ListRescoringsRequest, Rescoring, RescoringState, StartRescoringRequest,
};
use tonic::transport::Channel;

use super::filter_args::FilterArgs;
use super::operation::{OperationArgs, cut_off, unless_interrupted};
use super::output::{OutputFormat, print_all};
use super::paging::all_pages;
use super::{CliError, Exit, ServerArgs, connect};

type Client = RescoringServiceClient<Channel>;

/// The command that watches one.
const COMMAND: &str = "rescore";

/// Give stored comments the labels of the running service's heads and journeys, from their stored vectors. Corrections
/// and touchpoints that callers gave stay. Without any of the flags that say which comments, all of them.
///
/// It runs in the service, which goes on with it after a restart; Ctrl-C only stops watching. When it is ended, what is
/// done stays done.
#[derive(Args)]
#[command(after_help = "Example:\n  klartext rescore --journey public-transport --since 2026-01-01")]
pub struct RescoreArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    operation: OperationArgs,
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
    let OperationArgs { request_id, detach, list, watch: watched, cancel } = args.operation;
    if list {
        let rescorings = all_pages(usize::MAX, async |page_size, page_token| {
            let page = client.list(ListRescoringsRequest { page_size, page_token }).await?.into_inner();
            Ok((page.rescorings, page.next_page_token))
        });
        print_all(format, &rescorings.await?, overview)?;
        return Ok(Exit::Done);
    }
    if let Some(id) = cancel {
        let cancelled = client.cancel(GetRescoringRequest { rescoring_id: id }).await?.into_inner();
        print_all(format, &[cancelled], summaries)?;
        return Ok(Exit::Done);
    }
    let id = match watched {
        Some(id) => id,
        None => {
            let started = client.start(StartRescoringRequest { filter: Some(filter), request_id }).await?.into_inner();
            if detach {
                println!("{}", started.rescoring_id);
                return Ok(Exit::Done);
            }
            eprintln!("re-scoring {} of {} comments", started.rescoring_id, started.comments_total);
            started.rescoring_id
        }
    };
    let Some(ended) = unless_interrupted(COMMAND, &id, watch(client, &id)).await? else {
        return Ok(Exit::Done);
    };
    print_all(format, std::slice::from_ref(&ended), summaries)?;
    Ok(if ended.state() == RescoringState::Failed { Exit::Failed } else { Exit::Done })
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
    while let Some(state) = states.message().await.map_err(|status| cut_off(COMMAND, id, &status))? {
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
