//! Data-set readers, training of the shipped heads, metrics, reports and the load test.

pub mod data;
pub mod evaluation;
pub mod few_shot;
pub mod friction;
pub mod handover;
pub mod load;
pub mod metrics;
pub mod random;
pub mod texts;
pub mod train;
pub mod vectors;

mod error;

pub use error::{Error, Result};
