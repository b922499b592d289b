//! What the commands about stored comments share.

use std::io::{IsTerminal, Write};

use clap::Args;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{ExternalId, GetCommentRequest, get_comment_request};
use tonic::transport::Channel;

use super::{CliError, ServerArgs, connect};

pub type CommentClient = CommentServiceClient<Channel>;

/// A page may be larger than what gRPC takes by default.
pub async fn comment_client(server: &ServerArgs) -> Result<CommentClient, CliError> {
    Ok(CommentServiceClient::new(connect(server).await?).max_decoding_message_size(usize::MAX))
}

/// One stored comment.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct CommentArgs {
    /// Klartext's id: a UUID.
    id: Option<String>,
    /// The caller's own id, after the source and a slash.
    #[arg(long, value_name = "SOURCE/ID", value_parser = external_id)]
    external: Option<GetCommentRequest>,
}

impl CommentArgs {
    pub fn request(&self) -> GetCommentRequest {
        match (&self.id, &self.external) {
            (Some(id), _) => by_id(id),
            (None, Some(external)) => external.clone(),
            (None, None) => GetCommentRequest::default(),
        }
    }
}

pub fn by_id(id: &str) -> GetCommentRequest {
    GetCommentRequest { by: Some(get_comment_request::By::CommentId(id.to_owned())) }
}

/// `SOURCE/ID`; the id may have slashes.
pub fn external_id(argument: &str) -> Result<GetCommentRequest, String> {
    let (source, external_id) = argument.split_once('/').ok_or("expected SOURCE/ID")?;
    let external = ExternalId { source: source.to_owned(), external_id: external_id.to_owned() };
    Ok(GetCommentRequest { by: Some(get_comment_request::By::External(external)) })
}

/// Ask before something is lost; without a terminal to ask on, `--yes` must say so.
pub fn confirm(question: &str, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(CliError::configuration("nobody can be asked here: say --yes if it is meant"));
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush().map_err(CliError::failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(CliError::failed)?;
    if ["y", "yes", "j", "ja"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(CliError::failed("nothing was done"))
}
