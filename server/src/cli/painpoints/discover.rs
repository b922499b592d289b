use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use klartext_proto::v1;
use klartext_proto::v1::{Discovery, DiscoveryState, DiscoveryStep};

use super::super::filter_args::FilterArgs;
use super::super::operation::{OperationArgs, cut_off, unless_interrupted};
use super::super::output::print_all;
use super::super::paging::all_pages;
use super::super::{CliError, Exit};
use super::tables::discoveries_table;
use super::{Client, Shared};

/// The command that watches one.
const COMMAND: &str = "painpoints discover";

/// Find a journey's pain points in the stored mentions. Without any of the flags that say which, the negative ones.
///
/// It runs in the service, which goes on with it after a restart; Ctrl-C only stops watching. One that is ended before it
/// writes has changed nothing.
#[derive(Args)]
#[command(after_help = "Examples:\n  klartext painpoints discover\n  \
    klartext painpoints discover --journey generic --since 2026-01-01")]
pub struct DiscoverArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// The same mentions and seed give the same pain points.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    operation: OperationArgs,
    #[command(flatten)]
    shared: Shared,
}

pub async fn run(args: DiscoverArgs) -> Result<Exit, CliError> {
    let (journey, filter) = args.filter.of_one_journey("each journey has pain points of its own")?;
    let format = args.shared.format();
    let mut client = args.shared.client().await?;
    let OperationArgs { request_id, detach, list, watch: watched, cancel } = args.operation;
    if list {
        let discoveries = all_pages(usize::MAX, async |page_size, page_token| {
            let request = v1::ListDiscoveriesRequest { journey: journey.clone(), page_size, page_token };
            let page = client.list_discoveries(request).await?.into_inner();
            Ok((page.discoveries, page.next_page_token))
        });
        print_all(format, &discoveries.await?, discoveries_table)?;
        return Ok(Exit::Done);
    }
    if let Some(discovery_id) = cancel {
        let cancelled = client.cancel_discovery(v1::GetDiscoveryRequest { discovery_id }).await?.into_inner();
        print_all(format, &[cancelled], discoveries_table)?;
        return Ok(Exit::Done);
    }
    let id = match watched {
        Some(id) => id,
        None => {
            let request = v1::DiscoverRequest { journey, filter: Some(filter), request_id, seed: args.seed };
            let started = client.discover(request).await?.into_inner();
            if detach {
                println!("{}", started.discovery_id);
                return Ok(Exit::Done);
            }
            eprintln!("discovery {} of {} mentions", started.discovery_id, started.mentions_total);
            started.discovery_id
        }
    };
    let Some(ended) = unless_interrupted(COMMAND, &id, watch(client, &id)).await? else {
        return Ok(Exit::Done);
    };
    print_all(format, std::slice::from_ref(&ended), discoveries_table)?;
    Ok(if ended.state() == DiscoveryState::Failed { Exit::Failed } else { Exit::Done })
}

/// Its last state.
async fn watch(mut client: Client, id: &str) -> Result<Discovery, CliError> {
    let request = v1::GetDiscoveryRequest { discovery_id: id.to_owned() };
    let mut states = client.watch_discovery(request).await?.into_inner();
    let progress = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} mentions, {msg}, {elapsed}") {
        progress.set_style(style);
    }
    let mut last = None;
    while let Some(state) = states.message().await.map_err(|status| cut_off(COMMAND, id, &status))? {
        progress.set_length(state.mentions_total);
        progress.set_position(state.mentions_done);
        progress.set_message(step_name(state.step()));
        last = Some(state);
    }
    progress.finish_and_clear();
    last.ok_or_else(|| CliError::failed("the service said nothing about it"))
}

fn step_name(step: DiscoveryStep) -> &'static str {
    match step {
        DiscoveryStep::Reading => "reading",
        DiscoveryStep::Clustering => "clustering",
        DiscoveryStep::Describing => "describing",
        DiscoveryStep::Writing => "writing",
        DiscoveryStep::Unspecified => "",
    }
}
