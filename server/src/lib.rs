//! The Klartext service: comments in over gRPC, touchpoint-tagged insights out, stored durably in Qdrant.
//!
//! Calls go down only: [`rpc`] and [`cli`] -> [`comments`] -> [`pipeline`] -> [`journey`], [`insights`] -> [`store`].

pub mod access;
pub mod changes;
pub mod cli;
pub mod comments;
pub mod drivers;
pub mod error;
pub mod figures;
pub mod gaps;
pub mod inbox;
pub mod insights;
pub mod journey;
pub mod measures;
pub mod operations;
pub mod ops;
mod page_token;
pub mod painpoints;
pub mod period;
pub mod pipeline;
pub mod rescoring;
pub mod rpc;
pub mod statistics;
pub mod store;
pub mod web;

/// Whose data it is. A constant until tenants exist, and part of every id from the first point on.
pub const TENANT: &str = "default";
