//! Data-set readers, training of the shipped heads, clusters, metrics, reports and the load test.

pub mod clusters;
pub mod data;
pub mod evaluation;
pub mod few_shot;
pub mod load;
pub mod metrics;
pub mod random;
pub mod train;
pub mod vectors;

mod error;

pub use error::{Error, Result};
