//! What commands share that start something long in the service and watch it.

use std::future::Future;

use clap::Args;
use tonic::{Code, Status};

use super::CliError;

#[derive(Args)]
pub struct OperationArgs {
    /// Makes starting safe to repeat: the same id starts one only, however often it is given.
    #[arg(long, value_name = "ID", default_value = "")]
    pub request_id: String,
    /// Print its id and do not watch it.
    #[arg(long)]
    pub detach: bool,
    /// Show all, newest first, instead of starting one.
    #[arg(long, group = "instead")]
    pub list: bool,
    /// Watch one that was started before, until it has ended.
    #[arg(long, value_name = "ID", group = "instead")]
    pub watch: Option<String>,
    /// End one.
    #[arg(long, value_name = "ID", group = "instead")]
    pub cancel: Option<String>,
}

/// What watching brings, or nothing when Ctrl-C ends it. `command` is the one that watches and cancels.
pub async fn unless_interrupted<T>(
    command: &str,
    id: &str,
    watching: impl Future<Output = Result<T, CliError>>,
) -> Result<Option<T>, CliError> {
    tokio::select! {
        ended = watching => ended.map(Some),
        _ = tokio::signal::ctrl_c() => {
            eprintln!("\nit goes on without being watched");
            eprintln!("  klartext {command} --watch {id}");
            eprintln!("  klartext {command} --cancel {id}");
            Ok(None)
        }
    }
}

/// Why the states of an operation have come to an end too early.
pub fn cut_off(command: &str, id: &str, status: &Status) -> CliError {
    if status.code() == Code::Unavailable || status.code() == Code::Unknown {
        let message = format!("the service went away; it goes on when it is back: klartext {command} --watch {id}");
        return CliError::unavailable(message);
    }
    CliError::failed(status.message())
}
