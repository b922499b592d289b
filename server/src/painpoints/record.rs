//! A pain point as it is kept in the store: one point of its own kind.

use chrono::{DateTime, Utc};
use klartext_models::clusters::KeyTerm;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Measures;
use crate::TENANT;
use crate::error::{Error, Result};
use crate::insights::{from_payload, to_payload};
use crate::store::{Condition, Filter, Point};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PainPointState {
    Active,
    /// A person does not want to see it.
    Dismissed,
    /// A person put it into another one: see [`PainPoint::merged_into`].
    Merged,
    /// The last discovery did not find it any more.
    Resolved,
}

impl PainPointState {
    /// As it stands in payloads.
    pub(super) fn name(self) -> &'static str {
        match self {
            PainPointState::Active => "active",
            PainPointState::Dismissed => "dismissed",
            PainPointState::Merged => "merged",
            PainPointState::Resolved => "resolved",
        }
    }
}

/// A name that a person gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenName {
    pub name: String,
    pub by: String,
}

/// Negative mentions that are about the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PainPoint {
    #[serde(skip)]
    pub id: Uuid,
    pub journey: String,
    pub state: PainPointState,
    pub machine_name: String,
    pub given_name: Option<GivenName>,
    pub key_terms: Vec<KeyTerm>,
    /// Mentions that show what it is about, by id. Their texts stand with them only, so that they go with them.
    pub quotes: Vec<Uuid>,
    /// None while it has no mentions.
    pub measures: Option<Measures>,
    pub born_at: DateTime<Utc>,
    /// The discovery that found it first, or of a part that a person split off, found its mentions last.
    pub born_by: Uuid,
    /// The last discovery that found it.
    pub found_by: Uuid,
    /// Exactly in [`PainPointState::Merged`]. Its mentions and leaves stay its own: whoever reads follows this.
    pub merged_into: Option<Uuid>,
    /// The one that a person split it off from. Discoveries keep the two apart.
    pub split_from: Option<Uuid>,
    /// The leaves of the journey's cluster model whose mentions are its own. A leaf belongs to one pain point at most.
    pub leaves: Vec<u32>,
    /// Mean of its mentions' vectors, of length 1.
    #[serde(skip)]
    pub centre: Vec<f32>,
    /// Of the mean before it was given length 1.
    pub centre_length: f32,
}

impl PainPoint {
    /// The person's name for it, else the machine's.
    pub fn name(&self) -> &str {
        self.given_name.as_ref().map_or(&self.machine_name, |given| &given.name)
    }

    /// Do lists show it, unless something else is asked for?
    pub fn is_shown(&self) -> bool {
        self.state == PainPointState::Active
    }

    /// Of its mentions' vectors.
    pub(super) fn set_mean(&mut self, mean: &[f32]) {
        self.centre_length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        self.centre = mean.iter().map(|value| value / self.centre_length.max(f32::MIN_POSITIVE)).collect();
    }

    /// Mean of its mentions' vectors.
    pub(super) fn mean(&self) -> Vec<f32> {
        self.centre.iter().map(|value| value * self.centre_length).collect()
    }

    pub(super) fn from_point(point: Point) -> Result<Self> {
        let no_vector = || Error::Internal(format!("pain point {} has no vector", point.id));
        let centre = point.vector.clone().ok_or_else(no_vector)?;
        Ok(Self { id: point.id, centre, ..from_payload(point.payload)? })
    }

    pub(super) fn to_point(&self) -> Result<Point> {
        let mut payload = to_payload(self)?;
        payload.insert("tenant".to_owned(), TENANT.into());
        Ok(Point { id: self.id, vector: Some(self.centre.clone()), payload })
    }
}

/// All pain points of the store.
pub(super) fn all_pain_points() -> Filter {
    Filter { all: vec![Condition::is("tenant", TENANT)] }
}
