//! Structured logs on standard error; never a comment's text.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::traces::Traces;

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
    start_both(filter, format, None)
}

/// Start logging, and tracing into `traces`.
///
/// # Errors
/// A filter that cannot be read.
pub fn start_with(filter: &str, format: LogFormat, traces: &Traces) -> Result<(), String> {
    start_both(filter, format, Some(traces))
}

fn start_both(filter: &str, format: LogFormat, traces: Option<&Traces>) -> Result<(), String> {
    // The embedded Qdrant logs its own housekeeping at info; it is of no use to an operator of Klartext.
    let filter = format!("qdrant_edge=error,{filter}");
    let filter = EnvFilter::try_new(&filter).map_err(|error| format!("log filter {filter:?}: {error}"))?;
    let json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = tracing_subscriber::fmt::layer::<Registry>().with_writer(std::io::stderr);
    let lines = if json {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    let mut layers = Vec::from([lines.with_filter(filter).boxed()]);
    layers.extend(traces.and_then(Traces::layer).map(Layer::boxed));
    // A second start in one process (tests) keeps the first.
    drop(tracing_subscriber::registry().with(layers).try_init());
    Ok(())
}
