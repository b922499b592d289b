//! Journeys as versions in the store.

use std::sync::Arc;

use klartext_models::heads::Heads;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::learn::{Taggers, learn};
use super::{Journey, RegisteredJourney};
use crate::TENANT;
use crate::error::{Error, Result};
use crate::insights::{from_payload, journey_point_id, to_payload};
use crate::store::{Kind, Point, Store, Write};

/// The journeys that this process labels with: the current version of each.
#[derive(Debug, Clone)]
pub struct JourneyRegistry {
    journeys: Vec<Arc<RegisteredJourney>>,
    default: Arc<RegisteredJourney>,
}

/// What is stored of a journey version.
#[derive(Serialize, Deserialize)]
struct JourneyRecord {
    tenant: String,
    journey: String,
    version: String,
    /// The bundle whose vectors the taggers were learnt from.
    bundle: String,
    content: Journey,
    taggers: Taggers,
}

impl JourneyRegistry {
    /// # Errors
    /// Two journeys with one id, or none with the default's.
    pub fn new(journeys: Vec<RegisteredJourney>, default: &str) -> Result<Self> {
        let journeys: Vec<Arc<RegisteredJourney>> = journeys.into_iter().map(Arc::new).collect();
        for (index, journey) in journeys.iter().enumerate() {
            if journeys[..index].iter().any(|other| other.journey.id == journey.journey.id) {
                return Err(Error::Internal(format!("two journeys have the id {:?}", journey.journey.id)));
            }
        }
        let default = find(&journeys, default)?.clone();
        Ok(Self { journeys, default })
    }

    pub fn all(&self) -> &[Arc<RegisteredJourney>] {
        &self.journeys
    }

    pub fn default_journey(&self) -> &Arc<RegisteredJourney> {
        &self.default
    }

    /// The journey with this id; the default for an empty id.
    pub fn get(&self, id: &str) -> Result<&Arc<RegisteredJourney>> {
        if id.is_empty() { Ok(&self.default) } else { find(&self.journeys, id) }
    }
}

fn find<'a>(journeys: &'a [Arc<RegisteredJourney>], id: &str) -> Result<&'a Arc<RegisteredJourney>> {
    journeys.iter().find(|journey| journey.journey.id == id).ok_or_else(|| {
        let known: Vec<&str> = journeys.iter().map(|journey| journey.journey.id.as_str()).collect();
        Error::JourneyUnknown { journey: id.to_owned(), known: known.join(", ") }
    })
}

/// Find this version of the journey in the store, or learn it and put it there.
pub async fn register<F>(
    journey: Journey,
    bundle: &str,
    heads: &Heads,
    store: Option<&dyn Store>,
    embed: impl Fn(Vec<String>) -> F,
) -> Result<RegisteredJourney>
where
    F: Future<Output = Result<Vec<Vec<f32>>>>,
{
    let version = journey.version();
    let id = journey_point_id(&version);
    if let Some(store) = store {
        let known = store.get(Kind::Journeys, vec![id], false).await?;
        let record = known.into_iter().next().map(|point| from_payload::<JourneyRecord>(point.payload)).transpose()?;
        if let Some(record) = record.filter(|record| record.bundle == bundle) {
            return Ok(RegisteredJourney::new(journey, record.taggers, heads));
        }
    }
    info!(journey = version, "learning the journey's touchpoints and topics");
    let taggers = learn(&journey, heads, embed).await?;
    if let Some(store) = store {
        let record = JourneyRecord {
            tenant: TENANT.to_owned(),
            journey: journey.id.clone(),
            version,
            bundle: bundle.to_owned(),
            content: journey.clone(),
            taggers: taggers.clone(),
        };
        let payload = to_payload(&record)?;
        store
            .write(vec![Write::Upsert { kind: Kind::Journeys, points: vec![Point { id, vector: None, payload }] }])
            .await?;
    }
    Ok(RegisteredJourney::new(journey, taggers, heads))
}
