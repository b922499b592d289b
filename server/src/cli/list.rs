use clap::Args;
use klartext_proto::v1::{ListCommentsRequest, Sorting};

use super::comments::comment_client;
use super::filter_args::{FilterArgs, name_of};
use super::output::{OutputFormat, comments_table, print_all};
use super::paging::all_pages;
use super::{CliError, Exit, ServerArgs};

/// In the order of the proto's numbers, from 1.
const SORTINGS: [&str; 6] = ["time", "nps", "csat", "stars", "sentiment", "severity"];

/// List stored comments.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext list --channel call-centre --touchpoint hotline --mention-sentiment negative\n  \
    klartext list --since 2026-01-01 --sort severity --limit 20 --format jsonl")]
pub struct ListArgs {
    /// By what, greatest first; comments without the score are left out.
    #[arg(long, value_name = "FIELD", default_value = "time", value_parser = name_of(&SORTINGS))]
    sort: i32,
    /// Smallest, or oldest, first.
    #[arg(long)]
    ascending: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only say how many there are.
    #[arg(long)]
    count: bool,
    /// How to print: a table on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: ListArgs) -> Result<Exit, CliError> {
    let sorting = Sorting { by: args.sort, ascending: args.ascending };
    let request =
        ListCommentsRequest { filter: Some(args.filter.filter()?), sorting: Some(sorting), ..Default::default() };
    let mut client = comment_client(&args.server).await?;
    if args.count {
        let request = ListCommentsRequest { count: true, page_size: 1, ..request };
        println!("{}", client.list(request).await?.into_inner().total.unwrap_or_default());
        return Ok(Exit::Done);
    }
    let comments = all_pages(args.limit, async |page_size, page_token| {
        let request = ListCommentsRequest { page_size, page_token, ..request.clone() };
        let page = client.list(request).await?.into_inner();
        Ok((page.comments, page.next_page_token))
    });
    let comments = comments.await?;
    print_all(args.format.unwrap_or_else(OutputFormat::for_stdout), &comments, comments_table)?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use klartext_proto::v1::SortBy;

    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in SORTINGS.iter().zip(1..) {
            let sorting = SortBy::try_from(number).expect("it is known").as_str_name();
            assert_eq!(sorting, format!("SORT_BY_{}", name.to_uppercase()));
        }
        assert!(SortBy::try_from(SORTINGS.len() as i32 + 1).is_err());
    }
}
