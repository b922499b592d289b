//! From a configuration to the parts that run: bundle, store, engine, journeys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::Bundle;
use tracing::warn;

use super::CliError;
use crate::journey::{Journey, JourneyRegistry, SHIPPED, parse};
use crate::ops::config::Config;
use crate::pipeline::{Engine, Pipeline};
#[cfg(feature = "edge")]
use crate::store::edge::{EdgeOptions, EdgeStore};
use crate::store::remote::{RemoteOptions, RemoteStore};
use crate::store::{LAYOUT, Origin, Store, StoreError, read_origin, write_origin};

/// How often an absent Qdrant server is looked for at the start.
const STORE_POLL: Duration = Duration::from_secs(1);

/// The shipped journeys and those of the configuration; a configured one replaces a shipped one with the same id.
pub fn journeys(config: &Config) -> Result<Vec<Journey>, CliError> {
    let mut journeys: Vec<Journey> = Vec::new();
    for (file, yaml) in SHIPPED {
        journeys.push(parse(file, yaml).map_err(CliError::configuration)?);
    }
    for file in &config.journeys.files {
        let yaml = std::fs::read_to_string(file)
            .map_err(|error| CliError::configuration(format!("{}: {error}", file.display())))?;
        let journey = parse(&file.display().to_string(), &yaml).map_err(CliError::configuration)?;
        journeys.retain(|shipped| shipped.id != journey.id);
        journeys.push(journey);
    }
    if !journeys.iter().any(|journey| journey.id == config.journeys.default) {
        let known: Vec<&str> = journeys.iter().map(|journey| journey.id.as_str()).collect();
        return Err(CliError::configuration(format!(
            "journeys.default: there is no journey {:?}; known are {}",
            config.journeys.default,
            known.join(", ")
        )));
    }
    Ok(journeys)
}

/// The store of the configuration: the embedded one in its folder, or the server at its address, which is waited for.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, CliError> {
    match config.store.remote(VECTOR_SIZE) {
        Some(options) => connect_store(options, config.store.wait_at_start).await,
        None => open_embedded(config),
    }
}

#[cfg(feature = "edge")]
fn open_embedded(config: &Config) -> Result<Arc<dyn Store>, CliError> {
    Ok(Arc::new(EdgeStore::open(&config.store.folder, EdgeOptions::new(VECTOR_SIZE))?))
}

#[cfg(not(feature = "edge"))]
fn open_embedded(_config: &Config) -> Result<Arc<dyn Store>, CliError> {
    Err(CliError::configuration(
        "store.url is empty, and this program was built without the embedded store (cargo feature `edge`): name a Qdrant \
         server, for example --set store.url=http://127.0.0.1:6334",
    ))
}

async fn connect_store(options: RemoteOptions, wait: Duration) -> Result<Arc<dyn Store>, CliError> {
    let deadline = Instant::now() + wait;
    loop {
        let error = match RemoteStore::connect(options.clone()).await {
            Ok(store) => return Ok(Arc::new(store)),
            Err(error) => error,
        };
        match &error {
            StoreError::Unreachable { .. } if Instant::now() + STORE_POLL < deadline => {
                warn!(error = %error, "waiting for the store");
                tokio::time::sleep(STORE_POLL).await;
            }
            StoreError::Unreachable { .. } => return Err(CliError::unavailable(format!("{error} (store.url)"))),
            StoreError::Unusable { .. } => return Err(CliError::configuration(error)),
            StoreError::Locked { .. }
            | StoreError::Damaged { .. }
            | StoreError::Write { .. }
            | StoreError::Read { .. }
            | StoreError::InvalidPoint { .. }
            | StoreError::Closed => return Err(error.into()),
        }
    }
}

/// Refuse a store with vectors of another encoder or another layout; put our name on an empty one.
pub async fn check_origin(store: &dyn Store, config: &Config, encoder: &str) -> Result<(), CliError> {
    match read_origin(store).await? {
        None => Ok(write_origin(store, &Origin::current(encoder)).await?),
        Some(origin) if origin == Origin::current(encoder) => Ok(()),
        Some(origin) if origin.layout > LAYOUT => Err(CliError::failed(format!(
            "{} was written by a newer version of this program (layout {}, this one knows {LAYOUT})",
            config.store.place(),
            origin.layout
        ))),
        Some(origin) => {
            let place = config.store.place();
            let which = if config.store.url.is_empty() {
                format!("--data {place}")
            } else {
                format!("--set store.url={}", config.store.url)
            };
            let (reason, work) = if origin.encoder == encoder {
                ("is laid out as an earlier version did it".to_owned(), "writes every stored comment anew")
            } else {
                let reason = format!("holds vectors of encoder {}, this program uses {encoder}", origin.encoder);
                (reason, "encodes every stored comment again")
            };
            Err(CliError::failed(format!(
                "{place} {reason}; bring it over with `klartext migrate {which}` (it {work})"
            )))
        }
    }
}

/// The configured encoder, with every checksum verified.
pub fn open_bundle(config: &Config) -> Result<Bundle, CliError> {
    let bundle = Bundle::open(&config.models.bundle_folder())?;
    bundle.verify()?;
    Ok(bundle)
}

pub async fn pipeline(
    config: &Config,
    bundle: &Bundle,
    journeys: Vec<Journey>,
    store: Option<Arc<dyn Store>>,
) -> Result<Pipeline, CliError> {
    let engine = Engine::load(bundle, config.models.encoder_options()).await?;
    let mut registered = Vec::with_capacity(journeys.len());
    for journey in journeys {
        registered.push(engine.register(journey, store.as_deref()).await?);
    }
    let registry = JourneyRegistry::new(registered, &config.journeys.default)?;
    let pipeline = Pipeline::new(Arc::new(engine), registry, store, config.limits.clone());
    Ok(pipeline.with_masking(config.personal_data.policy()).with_inbox_rules(config.inbox.rules()))
}
