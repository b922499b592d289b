//! Data-set readers, training of the shipped heads, metrics and reports.

pub mod data;
pub mod evaluation;
pub mod few_shot;
pub mod metrics;
pub mod random;
pub mod train;
pub mod vectors;

mod error;

pub use error::{Error, Result};
