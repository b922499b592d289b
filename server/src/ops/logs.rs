//! Structured logs on standard error; never a comment's text.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    #[default]
    Auto,
    Text,
    Json,
}

/// Start logging. `filter` is in the syntax of `RUST_LOG`, for example `info,klartext_server=debug`.
///
/// # Errors
/// A filter that cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    // The embedded Qdrant logs its own housekeeping at info; it is of no use to an operator of Klartext.
    let filter = format!("qdrant_edge=error,{filter}");
    let filter = EnvFilter::try_new(&filter).map_err(|error| format!("log filter {filter:?}: {error}"))?;
    let json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started =
        if json { builder.json().flatten_event(true).try_init() } else { builder.with_target(false).try_init() };
    // A second start in one process (tests) keeps the first.
    drop(started);
    Ok(())
}
