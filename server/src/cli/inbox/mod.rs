//! `klartext inbox`: who has to do something about which comment, and what became of it.

mod tables;

use std::io::{IsTerminal, Write};

use clap::{Args, Subcommand, ValueEnum};
use klartext_proto::to_canonical_json;
use klartext_proto::v1;
use klartext_proto::v1::insight_service_client::InsightServiceClient;
use klartext_proto::v1::watch_inbox_response::Change;
use prost::{Message, Name};
use tonic::transport::Channel;

use self::tables::{
    change_line, figures_csv, figures_table, item_text, items_csv, items_table, undelivered_csv, undelivered_table,
};
use super::filter_args::name_of;
use super::paging::all_pages;
use super::{CliError, Exit, ServerArgs, connect};

type Client = InsightServiceClient<Channel>;

/// In the order of the proto's numbers, from 1.
const STATES: [&str; 4] = ["open", "acknowledged", "resolved", "withdrawn"];
const REASONS: [&str; 5] = ["answer-needed", "severity", "discrepancy", "friction", "handover"];
const SORTINGS: [&str; 3] = ["severity", "opened", "changed"];
const DIMENSIONS: [&str; 2] = ["owner", "touchpoint"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON array of messages.
    Json,
    /// One message a line.
    Jsonl,
    Csv,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    klartext inbox --owner Vertrieb\n  \
    klartext inbox --owner Vertrieb --watch\n  \
    klartext inbox resolve 5b0c… --by anna --note \"Gutschrift geschickt\" --answered\n  \
    klartext inbox figures --by touchpoint")]
pub struct InboxArgs {
    #[command(subcommand)]
    command: Option<InboxCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Subcommand)]
enum InboxCommand {
    /// Show one with its evidence and history.
    Show(OneArgs),
    /// Take one on.
    Acknowledge(ChangeArgs),
    /// One is done.
    Resolve(ResolveArgs),
    /// One is not done after all.
    Reopen(ChangeArgs),
    /// Give one to another department or touchpoint.
    Reassign(ReassignArgs),
    /// How many there are, and how long they take.
    Figures(FiguresArgs),
    /// What web hooks could not deliver.
    Undelivered(UndeliveredArgs),
    /// Try undelivered ones again, once each.
    Redeliver(RedeliverArgs),
}

#[derive(Args)]
struct Shared {
    /// How to print: a table on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The same as `--format json`.
    #[arg(long, conflicts_with_all = ["format", "csv"])]
    json: bool,
    /// The same as `--format csv`.
    #[arg(long, conflicts_with = "format")]
    csv: bool,
    #[command(flatten)]
    server: ServerArgs,
}

impl Shared {
    async fn client(&self) -> Result<Client, CliError> {
        Ok(InsightServiceClient::new(connect(&self.server).await?).max_decoding_message_size(usize::MAX))
    }

    fn format(&self) -> Format {
        match (self.format, self.json, self.csv) {
            (Some(format), ..) => format,
            (None, true, _) => Format::Json,
            (None, _, true) => Format::Csv,
            (None, false, false) if std::io::stdout().is_terminal() => Format::Table,
            (None, false, false) => Format::Jsonl,
        }
    }

    fn print<M: Message + Name>(
        &self,
        messages: &[M],
        for_people: impl Fn(&[M]) -> String,
        as_csv: impl Fn(&[M]) -> Result<String, CliError>,
    ) -> Result<(), CliError> {
        let json = || messages.iter().map(to_canonical_json);
        let text = match self.format() {
            Format::Table => for_people(messages),
            Format::Json => serde_json::Value::Array(json().collect()).to_string(),
            Format::Jsonl => json().map(|message| message.to_string()).collect::<Vec<_>>().join("\n"),
            Format::Csv => as_csv(messages)?,
        };
        if text.is_empty() {
            return Ok(());
        }
        writeln!(std::io::stdout(), "{}", text.trim_end()).map_err(CliError::failed)
    }
}

#[derive(Args)]
struct FilterArgs {
    /// The journey; all of them when left out. This and all lists below: separated by commas, or the flag repeated.
    #[arg(long, value_delimiter = ',')]
    journey: Vec<String>,
    /// The department; "" finds what is nobody's yet. The flag may be repeated.
    #[arg(long)]
    owner: Vec<String>,
    #[arg(long, value_delimiter = ',')]
    touchpoint: Vec<String>,
    #[arg(long, value_delimiter = ',', value_parser = name_of(&STATES))]
    state: Vec<i32>,
    /// What made the comment need somebody.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&REASONS))]
    reason: Vec<i32>,
    /// 0 to 1.
    #[arg(long)]
    min_severity: Option<f64>,
    /// What one comment asks of people.
    #[arg(long, value_name = "ID", default_value = "")]
    comment: String,
}

impl FilterArgs {
    fn into_filter(self) -> v1::InboxFilter {
        v1::InboxFilter {
            journeys: self.journey,
            owners: self.owner,
            touchpoints: self.touchpoint,
            states: self.state,
            reasons: self.reason,
            min_severity: self.min_severity,
            opened: None,
            comment_id: self.comment,
        }
    }
}

/// List what has to be done, the most severe first: open and acknowledged items unless `--state` says otherwise.
#[derive(Args)]
struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// By what, greatest or latest first.
    #[arg(long, value_name = "FIELD", default_value = "severity", value_parser = name_of(&SORTINGS))]
    sort: i32,
    /// Smallest, or earliest, first.
    #[arg(long)]
    ascending: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print what changes, as it changes, instead; Ctrl-C ends it.
    #[arg(long)]
    watch: bool,
    /// Watch on after a message, by its resume token.
    #[arg(long, default_value = "", value_name = "TOKEN", requires = "watch")]
    resume: String,
    /// Watch from the first item on that there is.
    #[arg(long, conflicts_with = "resume", requires = "watch")]
    all: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct OneArgs {
    /// Its id.
    id: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct ChangeArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Who does it: a name or a pseudonym.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// For those who read it later.
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
struct ResolveArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// The customer has got an answer.
    #[arg(long)]
    answered: bool,
}

#[derive(Args)]
struct ReassignArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// The department; may be left out with a touchpoint.
    #[arg(long, default_value = "", required_unless_present = "touchpoint")]
    owner: String,
    /// Its touchpoint, by id.
    #[arg(long, default_value = "")]
    touchpoint: String,
}

#[derive(Args)]
struct FiguresArgs {
    /// What the figures are divided by.
    #[arg(long, default_value = "owner", value_parser = name_of(&DIMENSIONS))]
    by: i32,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct UndeliveredArgs {
    /// Of this web hook; of all when left out.
    #[arg(default_value = "")]
    hook: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
struct RedeliverArgs {
    /// Ids from the list; all that there are when left out.
    ids: Vec<String>,
    /// Only of this web hook.
    #[arg(long, default_value = "")]
    hook: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: InboxArgs) -> Result<Exit, CliError> {
    match args.command {
        None if args.list.watch => watch(args.list).await?,
        None => list(args.list).await?,
        Some(InboxCommand::Show(OneArgs { id, shared })) => {
            let item = shared.client().await?.get(v1::GetInboxItemRequest { item_id: id }).await?.into_inner();
            show(&shared, item)?;
        }
        Some(InboxCommand::Acknowledge(ChangeArgs { one: OneArgs { id, shared }, by, note })) => {
            let request = v1::AcknowledgeInboxItemRequest { item_id: id, by, note, request_id: String::new() };
            let item = shared.client().await?.acknowledge(request).await?.into_inner();
            show(&shared, item)?;
        }
        Some(InboxCommand::Resolve(ResolveArgs { change, answered })) => {
            let ChangeArgs { one: OneArgs { id, shared }, by, note } = change;
            let request = v1::ResolveInboxItemRequest {
                item_id: id,
                by,
                note,
                customer_answered: answered,
                request_id: String::new(),
            };
            let item = shared.client().await?.resolve(request).await?.into_inner();
            show(&shared, item)?;
        }
        Some(InboxCommand::Reopen(ChangeArgs { one: OneArgs { id, shared }, by, note })) => {
            let request = v1::ReopenInboxItemRequest { item_id: id, by, note, request_id: String::new() };
            let item = shared.client().await?.reopen(request).await?.into_inner();
            show(&shared, item)?;
        }
        Some(InboxCommand::Reassign(ReassignArgs { change, owner, touchpoint })) => {
            let ChangeArgs { one: OneArgs { id, shared }, by, note } = change;
            let request =
                v1::ReassignInboxItemRequest { item_id: id, by, note, owner, touchpoint, request_id: String::new() };
            let item = shared.client().await?.reassign(request).await?.into_inner();
            show(&shared, item)?;
        }
        Some(InboxCommand::Figures(args)) => figures(args).await?,
        Some(InboxCommand::Undelivered(args)) => undelivered(args).await?,
        Some(InboxCommand::Redeliver(RedeliverArgs { ids, hook, server })) => {
            let mut client = InsightServiceClient::new(connect(&server).await?);
            let request = v1::RedeliverRequest { delivery_ids: ids, hook };
            let done = client.redeliver(request).await?.into_inner();
            println!("{} delivered, {} still undelivered", done.delivered, done.still_undelivered);
        }
    }
    Ok(Exit::Done)
}

fn show(shared: &Shared, item: v1::InboxItem) -> Result<(), CliError> {
    let in_full = |items: &[v1::InboxItem]| items.iter().map(item_text).collect::<Vec<_>>().join("\n\n");
    shared.print(&[item], in_full, items_csv)
}

async fn list(args: ListArgs) -> Result<(), CliError> {
    let mut client = args.shared.client().await?;
    let request = v1::ListInboxItemsRequest {
        filter: Some(args.filter.into_filter()),
        sort_by: args.sort,
        ascending: args.ascending,
        ..v1::ListInboxItemsRequest::default()
    };
    let found = all_pages(args.limit, async |page_size, page_token| {
        let request = v1::ListInboxItemsRequest { page_size, page_token, ..request.clone() };
        let page = client.list(request).await?.into_inner();
        Ok((page.items, page.next_page_token))
    });
    args.shared.print(&found.await?, items_table, items_csv)
}

async fn watch(args: ListArgs) -> Result<(), CliError> {
    let request = v1::WatchInboxRequest {
        filter: Some(args.filter.into_filter()),
        resume_token: args.resume,
        from_the_beginning: args.all,
    };
    let mut changes = args.shared.client().await?.watch(request).await?.into_inner();
    loop {
        let change = tokio::select! {
            change = changes.message() => change?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        let Some(change) = change else { return Ok(()) };
        match (args.shared.format(), &change.change) {
            (Format::Json | Format::Jsonl, _) => println!("{}", to_canonical_json(&change)),
            (Format::Csv, Some(Change::Item(item))) => print!("{}", tables::csv_line(item)?),
            (Format::Table, Some(changed)) => println!("{}", change_line(changed)),
            (Format::Table | Format::Csv, _) => {}
        }
    }
}

async fn figures(args: FiguresArgs) -> Result<(), CliError> {
    let request = v1::GetInboxFiguresRequest { dimension: args.by, filter: Some(args.filter.into_filter()) };
    let found = args.shared.client().await?.get_figures(request).await?.into_inner();
    let rows: Vec<v1::InboxFigures> = found.rows.into_iter().chain(found.total).collect();
    let dimension = DIMENSIONS[(args.by - 1) as usize];
    args.shared.print(&rows, |rows| figures_table(rows, dimension), figures_csv)
}

async fn undelivered(args: UndeliveredArgs) -> Result<(), CliError> {
    let mut client = args.shared.client().await?;
    let request = v1::ListUndeliveredRequest { hook: args.hook, ..v1::ListUndeliveredRequest::default() };
    let found = all_pages(args.limit, async |page_size, page_token| {
        let request = v1::ListUndeliveredRequest { page_size, page_token, ..request.clone() };
        let page = client.list_undelivered(request).await?.into_inner();
        Ok((page.undelivered, page.next_page_token))
    });
    args.shared.print(&found.await?, undelivered_table, undelivered_csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        let in_proto = |name: &str| name.to_uppercase().replace('-', "_");
        for (name, number) in STATES.iter().zip(1..) {
            let state = v1::InboxState::try_from(number).expect("it is known").as_str_name();
            assert_eq!(state, format!("INBOX_STATE_{}", in_proto(name)));
        }
        for (name, number) in REASONS.iter().zip(1..) {
            let reason = v1::InboxReasonKind::try_from(number).expect("it is known").as_str_name();
            assert_eq!(reason, format!("INBOX_REASON_KIND_{}", in_proto(name)));
        }
        for (name, number) in SORTINGS.iter().zip(1..) {
            let sorting = v1::SortInboxBy::try_from(number).expect("it is known").as_str_name();
            assert_eq!(sorting, format!("SORT_INBOX_BY_{}", in_proto(name)));
        }
        for (name, number) in DIMENSIONS.iter().zip(1..) {
            let dimension = v1::InboxDimension::try_from(number).expect("it is known").as_str_name();
            assert_eq!(dimension, format!("INBOX_DIMENSION_{}", in_proto(name)));
        }
    }
}
