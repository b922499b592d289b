use clap::Args;
use klartext_proto::v1::{MentionRef, SearchCommentsRequest, search_comments_request};

use super::comments::{by_id, comment_client};
use super::filter_args::{FilterArgs, name_of};
use super::output::{OutputFormat, hits_table, print_all};
use super::paging::{PAGE, all_pages};
use super::{CliError, Exit, ServerArgs};

/// In the order of the proto's numbers, from 1.
const UNITS: [&str; 2] = ["mention", "comment"];

/// Find stored comments, or mentions of them, by meaning.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext search \"niemand geht ans Telefon\" --channel app-store,survey\n  \
    klartext search --like 3f2c8a52-6d0f-5c0e-9a9e-0c9f4a3d2b11 --mention 0")]
pub struct SearchArgs {
    /// What to look for, in any words.
    #[arg(required_unless_present = "like", conflicts_with = "like")]
    text: Option<String>,
    /// What is like this stored comment.
    #[arg(long, value_name = "ID")]
    like: Option<String>,
    /// What is like this mention of it, by its place, from 0.
    #[arg(long, value_name = "PLACE", requires = "like")]
    mention: Option<u32>,
    /// What to find; by default comments when looking for what is like a comment, else mentions.
    #[arg(long, value_parser = name_of(&UNITS))]
    unit: Option<i32>,
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// How to print: a table on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: SearchArgs) -> Result<Exit, CliError> {
    let query = match (args.like, args.mention) {
        (Some(comment_id), Some(index)) => search_comments_request::Query::Mention(MentionRef { comment_id, index }),
        (Some(id), None) => search_comments_request::Query::Comment(by_id(&id)),
        (None, _) => search_comments_request::Query::Text(args.text.unwrap_or_default()),
    };
    let request = SearchCommentsRequest {
        query: Some(query),
        unit: args.unit.unwrap_or_default(),
        filter: Some(args.filter.filter()?),
        // All pages of one size: a search's pages are cut out of a ranking.
        page_size: PAGE.min(args.limit) as u32,
        ..Default::default()
    };
    let mut client = comment_client(&args.server).await?;
    let hits = all_pages(args.limit, async |_, page_token| {
        let page = client.search(SearchCommentsRequest { page_token, ..request.clone() }).await?.into_inner();
        Ok((page.hits, page.next_page_token))
    });
    let mut hits = hits.await?;
    hits.truncate(args.limit);
    print_all(args.format.unwrap_or_else(OutputFormat::for_stdout), &hits, hits_table)?;
    Ok(Exit::Done)
}
