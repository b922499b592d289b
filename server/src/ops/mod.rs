//! Running the service: configuration, logs, metrics, traces, what is ready, how it stops.

pub mod config;
pub mod http;
pub mod logs;
pub mod metrics;
pub mod readiness;
pub mod traces;
