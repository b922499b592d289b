use clap::Args;
use klartext_proto::v1::{
    CommentFilter, CommentIds, DeleteCommentsRequest, GetCommentRequest, delete_comments_request,
};

use super::comments::{by_id, comment_client, confirm, external_id};
use super::filter_args::FilterArgs;
use super::{CliError, Exit, ServerArgs};

/// Delete stored comments with their mentions, by id or by filter. Their text may stay in the store's files until these
/// are rewritten; `klartext erase` waits for that.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext delete --external crm/4711 --external crm/4712\n  \
    klartext delete --source survey-2024 --until 2025-01-01 --dry-run")]
pub struct DeleteArgs {
    /// Klartext's ids: UUIDs.
    ids: Vec<String>,
    /// The caller's own id, after the source and a slash; may be repeated.
    #[arg(long, value_name = "SOURCE/ID", value_parser = external_id)]
    external: Vec<GetCommentRequest>,
    /// Only say how many would be deleted.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: DeleteArgs) -> Result<Exit, CliError> {
    let filter = args.filter.filter()?;
    let ids: Vec<GetCommentRequest> = args.ids.iter().map(|id| by_id(id)).chain(args.external).collect();
    let by = match (ids.is_empty(), filter == CommentFilter::default()) {
        (true, true) => {
            return Err(CliError::configuration("say which comments: by id, or with the flags of a filter"));
        }
        (false, false) => return Err(CliError::configuration("ids and a filter do not go together")),
        (false, true) => delete_comments_request::By::Ids(CommentIds { ids }),
        (true, false) => delete_comments_request::By::Filter(filter),
    };
    let mut client = comment_client(&args.server).await?;
    let request = DeleteCommentsRequest { by: Some(by), dry_run: true };
    let comments = client.delete(request.clone()).await?.into_inner().comments;
    if args.dry_run {
        println!("{comments} comments would be deleted");
        return Ok(Exit::Done);
    }
    confirm(&format!("delete {comments} comments?"), args.yes)?;
    let request = DeleteCommentsRequest { dry_run: false, ..request };
    println!("{} comments deleted", client.delete(request).await?.into_inner().comments);
    Ok(Exit::Done)
}
