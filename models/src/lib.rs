//! Text to numbers: normalising, segmentation, encoder, heads.
//!
//! No network, no store, no gRPC. A text goes through [`text`] (normalise, mask, segment), then once through the
//! [`encoder`]; everything else is arithmetic on the vectors that come out: [`heads`] label a mention, [`clusters`] find
//! what many mentions have in common, [`regression`] what moves a score, and [`changes`] since when what is counted from
//! labels is another.

pub mod bundle;
pub mod changes;
pub mod clusters;
pub mod encoder;
pub mod friction;
pub mod heads;
pub mod regression;
pub mod text;
pub mod train;

mod error;
mod random;

pub use error::{Error, Result};

/// Length of every vector: the width of the encoder.
pub const VECTOR_SIZE: usize = 384;
