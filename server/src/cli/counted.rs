//! What the commands that count comments of one journey have in common.

use clap::Args;
use klartext_proto::v1::CommentFilter;
use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use tonic::transport::Channel;

use super::filter_args::FilterArgs;
use super::sheets::SheetArgs;
use super::{CliError, ServerArgs, connect};

/// Which comments are counted, by which service, and how its answer is printed.
#[derive(Args)]
pub struct CountedArgs {
    /// Community surveys too; they are left out otherwise.
    #[arg(long)]
    pub community: bool,
    #[command(flatten)]
    pub sheet: SheetArgs,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

impl CountedArgs {
    /// The journey, and the filter without it. `what` is counted, in the plural.
    ///
    /// # Errors
    /// Several journeys, or a filter that is none.
    pub fn of_one_journey(&self, what: &str) -> Result<(String, CommentFilter), CliError> {
        self.filter.of_one_journey(&format!("{what} are of one journey"))
    }

    pub async fn client(&self) -> Result<JourneyServiceClient<Channel>, CliError> {
        Ok(JourneyServiceClient::new(connect(&self.server).await?).max_decoding_message_size(usize::MAX))
    }
}
