//! What happens between touchpoints: waiting, repeated contact, uncertainty, dead ends.

mod numbers;
mod quantities;

pub use quantities::{NamedCount, NamedDuration, counts, durations};
