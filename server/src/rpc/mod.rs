//! gRPC handlers: convert, call one domain function, convert back.

mod access;
mod analysis;
mod answered;
mod calls;
mod comment;
mod convert;
mod inbox;
mod journey;
mod measure;
mod painpoint;
mod rescoring;
mod serve;
mod states;
mod status;
mod system;

pub use analysis::AnalysisHandler;
pub use convert::draft_from_proto;
pub use serve::{Services, serve};
pub use status::ERROR_DOMAIN;
use status::item_error;
