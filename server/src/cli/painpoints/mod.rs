//! `klartext painpoints`: find pain points, look at them, and set them right.

mod discover;
mod tables;

use clap::{Args, Subcommand};
use klartext_proto::to_canonical_json;
use klartext_proto::v1;
use klartext_proto::v1::pain_point_service_client::PainPointServiceClient;
use tonic::transport::Channel;

use self::discover::DiscoverArgs;
use self::tables::{events_table, list_table, mentions_table, pain_point_text, similar_table, trend_table};
use super::filter_args::{CHANNELS, FRICTIONS, PERIODS, name_of};
use super::output::{OutputFormat, print_all};
use super::paging::all_pages;
use super::{CliError, Exit, ServerArgs, connect};

type Client = PainPointServiceClient<Channel>;

/// In the order of the proto's numbers, from 1.
const SORTINGS: [&str; 6] = ["severity", "mentions", "hiddenness", "trend", "last-seen", "born"];
const STATES: [&str; 4] = ["active", "dismissed", "merged", "resolved"];

#[derive(Subcommand)]
pub enum PainPointsCommand {
    /// Find a journey's pain points in what is stored, and watch it.
    Discover(Box<DiscoverArgs>),
    /// List pain points, the most severe first.
    List(Box<ListArgs>),
    /// Show one with its quotes and measures.
    Show(OneArgs),
    /// List the mentions of one, strongest members first.
    Mentions(MentionsArgs),
    /// Show the volume of one over time.
    Trend(TrendArgs),
    /// What else is about something like it.
    Similar(SimilarArgs),
    /// Name one; without a name it gets the machine's again.
    Rename(RenameArgs),
    /// Join others to the first, which keeps its identity.
    Merge(MergeArgs),
    /// Divide one by what its mentions say.
    Split(CurateArgs),
    /// Take one out of the lists.
    Dismiss(CurateArgs),
    /// Take a dismissal back.
    Restore(CurateArgs),
    /// Take the latest rename, merge, split, dismissal or restoration of one back.
    Undo(CurateArgs),
    /// Print what happens to pain points, as it happens; Ctrl-C ends it.
    Watch(WatchArgs),
    /// What has happened, newest first.
    Events(EventsArgs),
}

#[derive(Args)]
struct Shared {
    /// How to print: a table on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
}

impl Shared {
    async fn client(&self) -> Result<Client, CliError> {
        Ok(PainPointServiceClient::new(connect(&self.server).await?).max_decoding_message_size(usize::MAX))
    }

    fn format(&self) -> OutputFormat {
        self.format.unwrap_or_else(OutputFormat::for_stdout)
    }
}

#[derive(Args)]
pub struct ListArgs {
    /// The journey; the service's default when left out.
    #[arg(long, default_value = "")]
    journey: String,
    /// By what, greatest or latest first.
    #[arg(long, value_name = "FIELD", default_value = "severity", value_parser = name_of(&SORTINGS))]
    sort: i32,
    /// Smallest, or earliest, first.
    #[arg(long)]
    ascending: bool,
    /// Active ones when left out; this and all lists below: separated by commas, or the flag repeated.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&STATES))]
    state: Vec<i32>,
    /// With mentions from there.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&CHANNELS))]
    channel: Vec<i32>,
    #[arg(long, value_delimiter = ',')]
    touchpoint: Vec<String>,
    #[arg(long)]
    owner: Vec<String>,
    #[arg(long, value_delimiter = ',', value_parser = name_of(&FRICTIONS))]
    friction: Vec<i32>,
    /// In the name or a key term.
    #[arg(long, default_value = "")]
    text: String,
    #[arg(long)]
    min_severity: Option<f64>,
    #[arg(long)]
    min_hiddenness: Option<f64>,
    #[arg(long)]
    min_mentions: Option<u64>,
    /// Only those that are new and grow.
    #[arg(long)]
    emerging: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct OneArgs {
    /// Its id.
    id: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct MentionsArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Weak members too.
    #[arg(long)]
    weak: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Args)]
pub struct TrendArgs {
    #[command(flatten)]
    one: OneArgs,
    #[arg(long, default_value = "week", value_parser = name_of(&PERIODS))]
    period: i32,
}

#[derive(Args)]
pub struct SimilarArgs {
    #[command(flatten)]
    one: OneArgs,
    /// At most so many.
    #[arg(long, default_value_t = 10)]
    limit: u32,
}

#[derive(Args)]
pub struct CurateArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Who does it: a name or a pseudonym.
    #[arg(long, value_name = "NAME")]
    by: String,
}

#[derive(Args)]
pub struct RenameArgs {
    #[command(flatten)]
    curate: CurateArgs,
    #[arg(default_value = "")]
    name: String,
}

#[derive(Args)]
pub struct MergeArgs {
    #[command(flatten)]
    curate: CurateArgs,
    /// Ids of those that are joined to it.
    #[arg(required = true)]
    others: Vec<String>,
}

#[derive(Args)]
pub struct WatchArgs {
    /// The journey; all of them when left out.
    #[arg(long, default_value = "")]
    journey: String,
    /// Go on after an event, by its resume token.
    #[arg(long, default_value = "", value_name = "TOKEN")]
    resume: String,
    /// Begin with the first event that there is.
    #[arg(long, conflicts_with = "resume")]
    all: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct EventsArgs {
    /// Of this pain point; of all when left out.
    #[arg(default_value = "")]
    id: String,
    #[arg(long, default_value = "")]
    journey: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    shared: Shared,
}

pub async fn run(command: PainPointsCommand) -> Result<Exit, CliError> {
    match command {
        PainPointsCommand::Discover(args) => return discover::run(*args).await,
        PainPointsCommand::List(args) => list(*args).await?,
        PainPointsCommand::Show(OneArgs { id, shared }) => {
            let found = shared.client().await?.get(v1::GetPainPointRequest { pain_point_id: id }).await?.into_inner();
            show(&shared, &[found])?;
        }
        PainPointsCommand::Mentions(args) => mentions(args).await?,
        PainPointsCommand::Trend(TrendArgs { one: OneArgs { id, shared }, period }) => {
            let request = v1::PainPointTrendRequest { pain_point_id: id, period, time: None };
            let points = shared.client().await?.trend(request).await?.into_inner().points;
            print_all(shared.format(), &points, trend_table)?;
        }
        PainPointsCommand::Similar(SimilarArgs { one: OneArgs { id, shared }, limit }) => {
            let request = v1::SimilarPainPointsRequest { pain_point_id: id, page_size: limit };
            let found = shared.client().await?.similar(request).await?.into_inner().pain_points;
            print_all(shared.format(), &found, similar_table)?;
        }
        PainPointsCommand::Rename(RenameArgs { curate, name }) => {
            let CurateArgs { one: OneArgs { id, shared }, by } = curate;
            let request = v1::RenamePainPointRequest { pain_point_id: id, name, by };
            show(&shared, &[shared.client().await?.rename(request).await?.into_inner()])?;
        }
        PainPointsCommand::Merge(MergeArgs { curate, others }) => {
            let CurateArgs { one: OneArgs { id, shared }, by } = curate;
            let request = v1::MergePainPointsRequest { pain_point_id: id, others, by };
            show(&shared, &[shared.client().await?.merge(request).await?.into_inner()])?;
        }
        PainPointsCommand::Split(CurateArgs { one: OneArgs { id, shared }, by }) => {
            let request = v1::SplitPainPointRequest { pain_point_id: id, by };
            show(&shared, &shared.client().await?.split(request).await?.into_inner().pain_points)?;
        }
        PainPointsCommand::Dismiss(args) => curate(args, async |mut client, order| client.dismiss(order).await).await?,
        PainPointsCommand::Restore(args) => curate(args, async |mut client, order| client.restore(order).await).await?,
        PainPointsCommand::Undo(args) => curate(args, async |mut client, order| client.undo(order).await).await?,
        PainPointsCommand::Watch(args) => watch(args).await?,
        PainPointsCommand::Events(args) => events(args).await?,
    }
    Ok(Exit::Done)
}

fn show(shared: &Shared, pain_points: &[v1::PainPoint]) -> Result<(), CliError> {
    let for_people =
        |pain_points: &[v1::PainPoint]| pain_points.iter().map(pain_point_text).collect::<Vec<_>>().join("\n\n");
    print_all(shared.format(), pain_points, for_people)
}

async fn curate(
    args: CurateArgs,
    change: impl AsyncFnOnce(Client, v1::CuratePainPointRequest) -> Result<tonic::Response<v1::PainPoint>, tonic::Status>,
) -> Result<(), CliError> {
    let CurateArgs { one: OneArgs { id, shared }, by } = args;
    let changed = change(shared.client().await?, v1::CuratePainPointRequest { pain_point_id: id, by }).await?;
    show(&shared, &[changed.into_inner()])
}

async fn list(args: ListArgs) -> Result<(), CliError> {
    let filter = v1::PainPointFilter {
        journey: args.journey,
        states: args.state,
        channels: args.channel,
        touchpoints: args.touchpoint,
        owners: args.owner,
        frictions: args.friction,
        text: args.text,
        min_severity: args.min_severity,
        min_hiddenness: args.min_hiddenness,
        min_mentions: args.min_mentions,
        only_emerging: args.emerging,
    };
    let mut client = args.shared.client().await?;
    let request = v1::ListPainPointsRequest {
        filter: Some(filter),
        sort_by: args.sort,
        ascending: args.ascending,
        ..v1::ListPainPointsRequest::default()
    };
    let found = all_pages(args.limit, async |page_size, page_token| {
        let request = v1::ListPainPointsRequest { page_size, page_token, ..request.clone() };
        let page = client.list(request).await?.into_inner();
        Ok((page.pain_points, page.next_page_token))
    });
    print_all(args.shared.format(), &found.await?, list_table)
}

async fn mentions(args: MentionsArgs) -> Result<(), CliError> {
    let MentionsArgs { one: OneArgs { id, shared }, weak, limit } = args;
    let mut client = shared.client().await?;
    let request = v1::ListPainPointMentionsRequest { pain_point_id: id, weak_members: weak, ..Default::default() };
    let found = all_pages(limit, async |page_size, page_token| {
        let request = v1::ListPainPointMentionsRequest { page_size, page_token, ..request.clone() };
        let page = client.list_mentions(request).await?.into_inner();
        Ok((page.mentions, page.next_page_token))
    });
    print_all(shared.format(), &found.await?, mentions_table)
}

async fn watch(args: WatchArgs) -> Result<(), CliError> {
    let request =
        v1::WatchPainPointsRequest { journey: args.journey, resume_token: args.resume, from_the_beginning: args.all };
    let mut events = args.shared.client().await?.watch(request).await?.into_inner();
    loop {
        let event = tokio::select! {
            event = events.message() => event?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        let Some(event) = event else { return Ok(()) };
        match args.shared.format() {
            OutputFormat::Table => println!("{}", tables::event_line(&event)),
            OutputFormat::Json | OutputFormat::Jsonl => println!("{}", to_canonical_json(&event)),
        }
    }
}

async fn events(args: EventsArgs) -> Result<(), CliError> {
    let mut client = args.shared.client().await?;
    let request = v1::ListPainPointEventsRequest {
        pain_point_id: args.id,
        journey: args.journey,
        ..v1::ListPainPointEventsRequest::default()
    };
    let found = all_pages(args.limit, async |page_size, page_token| {
        let request = v1::ListPainPointEventsRequest { page_size, page_token, ..request.clone() };
        let page = client.list_events(request).await?.into_inner();
        Ok((page.events, page.next_page_token))
    });
    print_all(args.shared.format(), &found.await?, events_table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in SORTINGS.iter().zip(1..) {
            let sorting = v1::SortPainPointsBy::try_from(number).expect("it is known").as_str_name();
            assert_eq!(sorting, format!("SORT_PAIN_POINTS_BY_{}", name.to_uppercase().replace('-', "_")));
        }
        for (name, number) in STATES.iter().zip(1..) {
            let state = v1::PainPointState::try_from(number).expect("it is known").as_str_name();
            assert_eq!(state, format!("PAIN_POINT_STATE_{}", name.to_uppercase()));
        }
        assert!(v1::SortPainPointsBy::try_from(SORTINGS.len() as i32 + 1).is_err());
        assert!(v1::PainPointState::try_from(STATES.len() as i32 + 1).is_err());
    }
}
