use clap::Args;

use super::comments::{CommentArgs, comment_client};
use super::output::{OutputFormat, full_comments, print_all};
use super::{CliError, Exit, ServerArgs};

/// Show a stored comment with what was found.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext show 3f2c8a52-6d0f-5c0e-9a9e-0c9f4a3d2b11\n  \
    klartext show --external crm/4711")]
pub struct ShowArgs {
    #[command(flatten)]
    comment: CommentArgs,
    /// How to print: for people on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: ShowArgs) -> Result<Exit, CliError> {
    let stored = comment_client(&args.server).await?.get(args.comment.request()).await?.into_inner();
    print_all(args.format.unwrap_or_else(OutputFormat::for_stdout), &[stored], full_comments)?;
    Ok(Exit::Done)
}
