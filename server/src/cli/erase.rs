use clap::Args;
use klartext_proto::v1::EraseSubjectRequest;

use super::comments::{comment_client, confirm};
use super::{CliError, Exit, ServerArgs};

/// Erase everything about a subject: delete the comments, and rewrite the store's files so that nothing of them is left.
/// What was exported, copied or backed up before is not touched.
#[derive(Args)]
pub struct EraseArgs {
    /// Exactly as it was sent with the comments.
    subject: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: EraseArgs) -> Result<Exit, CliError> {
    let mut client = comment_client(&args.server).await?;
    confirm(&format!("erase every comment about {:?} for good?", args.subject), args.yes)?;
    let erased = client.erase(EraseSubjectRequest { subject: args.subject }).await?.into_inner();
    let files = if erased.files_rewritten {
        "nothing of them is left in the store's files"
    } else {
        "the Qdrant server rewrites its files by itself, later"
    };
    println!("{} comments with {} mentions erased; {files}", erased.comments, erased.mentions);
    Ok(Exit::Done)
}
