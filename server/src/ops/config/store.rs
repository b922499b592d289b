//! The settings of the store: embedded, or on a Qdrant server.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tonic::transport::Uri;

use crate::store::remote::{ApiKey, Quantisation, RemoteOptions, Timeouts};

pub const DEFAULT_COLLECTION_PREFIX: &str = "klartext_";
pub const DEFAULT_WAIT_AT_START: Duration = Duration::from_secs(60);
/// Qdrant takes 255 bytes for the name of a collection.
const MAX_COLLECTION_PREFIX: usize = 200;

/// All but `folder` is about a server, and without effect while `url` is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The embedded Qdrant's data folder.
    pub folder: PathBuf,
    /// The gRPC address of a Qdrant server or cluster, for example `http://qdrant:6334`. Empty: the embedded Qdrant. This
    /// is the one value that chooses.
    pub url: String,
    /// The server's API key; best given as KLARTEXT_STORE__API_KEY.
    pub api_key: ApiKey,
    /// Collections are called by this and what they hold, for example `klartext_comments`.
    pub collection_prefix: String,
    /// For one connection to be made, for example "1s".
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// For one read, repetitions included.
    #[serde(with = "humantime_serde")]
    pub read_timeout: Duration,
    /// For one change, repetitions included.
    #[serde(with = "humantime_serde")]
    pub write_timeout: Duration,
    /// How long the start waits for an absent server.
    #[serde(with = "humantime_serde")]
    pub wait_at_start: Duration,
    /// Shards of the comments and of the mentions, when they are made; 0 makes one for each node of the cluster.
    pub shards: u32,
    /// Copies of each shard, when they are made, on different nodes.
    pub replicas: u32,
    /// How many copies must have a change before it is acknowledged.
    pub write_consistency: u32,
    /// int8 or none.
    pub quantisation: Quantisation,
    /// Whether vectors and payload indexes stay on the disk instead of in memory.
    pub on_disk: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        let Timeouts { connect, read, write } = Timeouts::default();
        Self {
            folder: PathBuf::from("data"),
            url: String::new(),
            api_key: ApiKey::default(),
            collection_prefix: DEFAULT_COLLECTION_PREFIX.to_owned(),
            connect_timeout: connect,
            read_timeout: read,
            write_timeout: write,
            wait_at_start: DEFAULT_WAIT_AT_START,
            shards: 0,
            replicas: 1,
            write_consistency: 1,
            quantisation: Quantisation::default(),
            on_disk: true,
        }
    }
}

impl StoreConfig {
    /// Where the store is, for people.
    pub fn place(&self) -> String {
        if self.url.is_empty() {
            return self.folder.display().to_string();
        }
        format!("collections {}* of {}", self.collection_prefix, self.url)
    }

    /// How to reach the server, if there is to be one.
    pub fn remote(&self, vector_size: usize) -> Option<RemoteOptions> {
        (!self.url.is_empty()).then(|| RemoteOptions {
            url: self.url.clone(),
            api_key: self.api_key.clone(),
            collection_prefix: self.collection_prefix.clone(),
            vector_size,
            timeouts: Timeouts { connect: self.connect_timeout, read: self.read_timeout, write: self.write_timeout },
            shards: (self.shards > 0).then_some(self.shards),
            replicas: self.replicas,
            write_consistency: self.write_consistency,
            quantisation: self.quantisation,
            on_disk: self.on_disk,
        })
    }

    /// # Errors
    /// What is wrong, with the setting's name.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.url.is_empty() {
            check_url(&self.url)?;
        }
        if !self.api_key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("store.api_key has a character that is no visible ASCII character".to_owned());
        }
        let prefix = &self.collection_prefix;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if prefix.is_empty() || prefix.len() > MAX_COLLECTION_PREFIX || !prefix.bytes().all(plain) {
            return Err(format!(
                "store.collection_prefix is {prefix:?}, expected 1 to {MAX_COLLECTION_PREFIX} of a-z, A-Z, 0-9, _, - and ."
            ));
        }
        let timeouts = [
            ("store.connect_timeout", self.connect_timeout),
            ("store.read_timeout", self.read_timeout),
            ("store.write_timeout", self.write_timeout),
        ];
        for (name, timeout) in timeouts {
            if !(Duration::from_millis(10)..=Duration::from_secs(600)).contains(&timeout) {
                return Err(format!("{name} is {timeout:?}, expected 10ms to 10min"));
            }
        }
        if self.wait_at_start > Duration::from_secs(3_600) {
            return Err(format!("store.wait_at_start is {:?}, expected 0s to 1h", self.wait_at_start));
        }
        if self.shards > 1_024 {
            return Err(format!("store.shards is {}, expected 0 to 1024", self.shards));
        }
        if !(1..=16).contains(&self.replicas) {
            return Err(format!("store.replicas is {}, expected 1 to 16", self.replicas));
        }
        if !(1..=self.replicas).contains(&self.write_consistency) {
            return Err(format!(
                "store.write_consistency is {}, expected 1 to store.replicas ({})",
                self.write_consistency, self.replicas
            ));
        }
        Ok(())
    }
}

fn check_url(url: &str) -> Result<(), String> {
    const EXPECTED: &str = "expected http://HOST:PORT or https://HOST:PORT, the port being that of gRPC (usually 6334)";
    let parsed: Option<Uri> = url.parse().ok();
    let Some(uri) = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) else {
        return Err(format!("store.url is no such address; {EXPECTED}"));
    };
    // It is shown in messages, so it must not hold a secret.
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(format!("store.url holds a user's name; use store.api_key; {EXPECTED}"));
    }
    if uri.port().is_none() || uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
        return Err(format!("store.url is {url:?}; {EXPECTED}"));
    }
    Ok(())
}
