//! From a configuration to the parts that run: bundle, store, engine, journeys.

use std::sync::Arc;

use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::Bundle;

use super::CliError;
use crate::journey::{Journey, JourneyRegistry, SHIPPED, parse};
use crate::ops::config::Config;
use crate::pipeline::{Engine, Pipeline};
use crate::store::edge::{EdgeOptions, EdgeStore};
use crate::store::{Origin, Store, read_origin, write_origin};

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

pub fn open_store(config: &Config) -> Result<Arc<dyn Store>, CliError> {
    Ok(Arc::new(EdgeStore::open(&config.store.folder, EdgeOptions::new(VECTOR_SIZE))?))
}

/// Refuse a store with vectors of another encoder; put our name on an empty one.
pub async fn check_origin(store: &dyn Store, config: &Config, encoder: &str) -> Result<(), CliError> {
    match read_origin(store).await? {
        None => Ok(write_origin(store, &Origin { encoder: encoder.to_owned() }).await?),
        Some(origin) if origin.encoder == encoder => Ok(()),
        Some(origin) => Err(CliError::failed(format!(
            "data folder {} holds vectors of encoder {}, this program uses {encoder}; bring it over with `klartext \
             migrate --data {}` (it encodes every stored comment again)",
            config.store.folder.display(),
            origin.encoder,
            config.store.folder.display()
        ))),
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
    Ok(Pipeline::new(Arc::new(engine), registry, store, config.limits.clone()))
}
