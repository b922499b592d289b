use std::process::ExitCode;

use tonic::Status;

/// How a command ended, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// Some comments were refused, the others are done.
    SomeRefused,
    /// EX_USAGE of sysexits.h.
    Configuration,
    /// EX_UNAVAILABLE of sysexits.h.
    Unavailable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::SomeRefused => 3,
            Exit::Configuration => 64,
            Exit::Unavailable => 69,
        })
    }
}

/// What a person reads when a command fails: one or two lines, never a stack trace.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    message: String,
    exit: Exit,
}

impl CliError {
    pub fn failed(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Failed }
    }

    pub fn configuration(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Configuration }
    }

    pub fn unavailable(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Unavailable }
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<crate::error::Error> for CliError {
    fn from(error: crate::error::Error) -> Self {
        Self::failed(error)
    }
}

impl From<crate::store::StoreError> for CliError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<klartext_models::Error> for CliError {
    fn from(error: klartext_models::Error) -> Self {
        Self::failed(error)
    }
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        let message = format!("the service says {}: {}", status.code(), status.message());
        match status.code() {
            tonic::Code::Unavailable => Self::unavailable(message),
            _ => Self::failed(message),
        }
    }
}
