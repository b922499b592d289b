use std::time::Duration;

use clap::Args;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{CliError, Exit, ServerArgs, connect};

/// How long the service may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Ask the running service whether it is ready. Exit code 0: yes; 1: no, or nobody answers.
#[derive(Args)]
pub struct HealthArgs {
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: HealthArgs) -> Result<Exit, CliError> {
    // Whoever asks for health knows two answers: any other exit code would be a third.
    let channel = connect(&args.server).await.map_err(CliError::failed)?;
    let asked = async { HealthClient::new(channel).check(HealthCheckRequest::default()).await };
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, asked)
        .await
        .map_err(|_| CliError::failed(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs())))?
        .map_err(CliError::failed)?;
    if answer.into_inner().status() != ServingStatus::Serving {
        return Err(CliError::failed(format!("the service at {} is not ready", args.server.server)));
    }
    println!("ready");
    Ok(Exit::Done)
}
