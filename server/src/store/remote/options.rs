//! How the server is reached, and what its collections are made like.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::store::Kind;

/// What is needed to open a [`super::RemoteStore`].
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteOptions {
    /// Of the gRPC port: `http://host:6334`, or `https://…`.
    pub url: String,
    pub api_key: ApiKey,
    /// A collection is called by this and its kind's name: `klartext_comments`.
    pub collection_prefix: String,
    /// Numbers per vector; fixed for a collection once it is made.
    pub vector_size: usize,
    pub timeouts: Timeouts,
    /// Of the two kinds with vectors; `None` is as many as the cluster has nodes. The others have one.
    pub shards: Option<u32>,
    /// Copies of every shard, on different nodes.
    pub replicas: u32,
    /// How many of the copies must have a change before it is acknowledged, 1 to `replicas`.
    pub write_consistency: u32,
    pub quantisation: Quantisation,
    /// Vectors and payload indexes are read from the disk as needed, instead of being held in memory.
    pub on_disk: bool,
}

impl RemoteOptions {
    pub(super) fn collection(&self, kind: Kind) -> String {
        format!("{}{}", self.collection_prefix, kind.name())
    }
}

/// How long is waited, repetitions included, before [`crate::store::StoreError::Unreachable`] is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For one connection to be made.
    pub connect: Duration,
    /// For one read. A large one is sent in parts, and each has this time.
    pub read: Duration,
    /// For one change. A large list is sent in parts, and each has this time.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), read: Duration::from_secs(2), write: Duration::from_secs(10) }
    }
}

/// What searches compare first. The best of it are compared again by the full vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantisation {
    /// One byte per number, held in memory: a quarter of the vectors.
    #[default]
    Int8,
    /// The full vectors.
    None,
}

/// Empty means none. Shown to nobody but the server.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(String);

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key itself, for the one place that sends it and the one that checks its characters.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_empty() { "none" } else { "hidden" })
    }
}
