use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use klartext_proto::v1;
use klartext_proto::v1::{Discovery, DiscoveryState, DiscoveryStep};

use super::super::filter_args::FilterArgs;
use super::super::output::print_all;
use super::super::{CliError, Exit};
use super::tables::discoveries_table;
use super::{Client, PAGE, Shared};

/// Find a journey's pain points in the stored mentions. Without any of the flags that say which, the negative ones.
///
/// It runs in the service, which goes on with it after a restart; Ctrl-C only stops watching.
#[derive(Args)]
#[command(after_help = "Examples:\n  klartext painpoints discover\n  \
    klartext painpoints discover --journey generic --since 2026-01-01")]
pub struct DiscoverArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Makes starting safe to repeat: the same id starts one discovery however often it is given.
    #[arg(long, value_name = "ID", default_value = "")]
    request_id: String,
    /// The same mentions and seed give the same pain points.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print its id and do not watch it.
    #[arg(long)]
    detach: bool,
    /// Show all discoveries, newest first, instead of starting one.
    #[arg(long, group = "instead")]
    list: bool,
    /// Watch one that was started before, until it has ended.
    #[arg(long, value_name = "ID", group = "instead")]
    watch: Option<String>,
    /// End one; until it writes, nothing has changed.
    #[arg(long, value_name = "ID", group = "instead")]
    cancel: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

pub async fn run(args: DiscoverArgs) -> Result<Exit, CliError> {
    let mut filter = args.filter.filter()?;
    let journeys = std::mem::take(&mut filter.journeys);
    if journeys.len() > 1 {
        return Err(CliError::configuration("each journey has pain points of its own: name one --journey".to_owned()));
    }
    let journey = journeys.into_iter().next().unwrap_or_default();
    let format = args.shared.format();
    let mut client = args.shared.client().await?;
    if args.list {
        print_all(format, &list(client, journey).await?, discoveries_table)?;
        return Ok(Exit::Done);
    }
    if let Some(discovery_id) = args.cancel {
        let cancelled = client.cancel_discovery(v1::GetDiscoveryRequest { discovery_id }).await?.into_inner();
        print_all(format, &[cancelled], discoveries_table)?;
        return Ok(Exit::Done);
    }
    let id = match args.watch {
        Some(id) => id,
        None => {
            let request =
                v1::DiscoverRequest { journey, filter: Some(filter), request_id: args.request_id, seed: args.seed };
            let started = client.discover(request).await?.into_inner();
            if args.detach {
                println!("{}", started.discovery_id);
                return Ok(Exit::Done);
            }
            eprintln!("discovery {} of {} mentions", started.discovery_id, started.mentions_total);
            started.discovery_id
        }
    };
    tokio::select! {
        ended = watch(client, &id) => {
            let ended = ended?;
            print_all(format, std::slice::from_ref(&ended), discoveries_table)?;
            Ok(if ended.state() == DiscoveryState::Failed { Exit::Failed } else { Exit::Done })
        }
        _ = tokio::signal::ctrl_c() => {
            eprintln!("\nit goes on without being watched");
            eprintln!("  klartext painpoints discover --watch {id}");
            eprintln!("  klartext painpoints discover --cancel {id}");
            Ok(Exit::Done)
        }
    }
}

async fn list(mut client: Client, journey: String) -> Result<Vec<Discovery>, CliError> {
    let mut request = v1::ListDiscoveriesRequest { journey, page_size: PAGE as u32, page_token: String::new() };
    let mut discoveries = Vec::new();
    loop {
        let page = client.list_discoveries(request.clone()).await?.into_inner();
        discoveries.extend(page.discoveries);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(discoveries);
        }
    }
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
    while let Some(state) = states.message().await? {
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
