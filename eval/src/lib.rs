//! Data-set readers, training of the shipped heads, clusters, metrics, reports, behavioural tests and the load test.

pub mod behaviour;
pub mod clusters;
pub mod data;
pub mod few_shot;
pub mod friction;
pub mod gold;
pub mod handover;
pub mod load;
pub mod metrics;
pub mod parts;
pub mod personal_data;
mod process;
pub mod random;
pub mod reading;
pub mod report;
pub mod service;
pub mod texts;
pub mod train;
pub mod vectors;
pub mod year;

mod error;

pub use error::{Error, Result};
