//! Data-set readers, training of the shipped heads, metrics, reports and the load test.

pub mod data;
pub mod evaluation;
pub mod few_shot;
pub mod load;
pub mod metrics;
pub mod personal_data;
pub mod random;
pub mod train;
pub mod vectors;

mod error;

pub use error::{Error, Result};
