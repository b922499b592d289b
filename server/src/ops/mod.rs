//! Running the service: configuration, logs, what is ready, how it stops.

pub mod config;
pub mod logs;
