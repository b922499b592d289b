//! What happens to pain points, as it is kept in the store: points of a kind of their own.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PainPoint;
use super::curation::Before;
use crate::TENANT;
use crate::error::Result;
use crate::insights::{from_payload, to_payload};
use crate::store::Point;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Born,
    /// A discovery found its mentions in several clusters.
    Divided,
    /// A discovery found its mentions in another one.
    Joined,
    Resolved,
    /// A resolved one was found again.
    CameAgain,
    Growing,
    Renamed,
    Merged,
    Split,
    Dismissed,
    Restored,
    Undone,
}

/// Something that happened to a pain point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// In the order of time: a UUIDv7.
    #[serde(skip)]
    pub id: Uuid,
    pub kind: EventKind,
    pub pain_point: Uuid,
    pub journey: String,
    /// The pain point's name then.
    pub name: String,
    /// Microseconds since 1970.
    pub(super) time: i64,
    /// The person; empty when it was a discovery or a comment.
    pub by: String,
    pub others: Vec<Uuid>,
    /// The pain point's mentions then.
    pub mentions: u64,
    /// Of what a person did: how it was before.
    #[serde(default)]
    pub before: Option<Before>,
}

impl Event {
    /// Now; by a machine, with nobody else in it.
    pub fn of(pain_point: &PainPoint, kind: EventKind, mentions: u64) -> Self {
        Self {
            id: Uuid::now_v7(),
            kind,
            pain_point: pain_point.id,
            journey: pain_point.journey.clone(),
            name: pain_point.name().to_owned(),
            time: Utc::now().timestamp_micros(),
            by: String::new(),
            others: Vec::new(),
            mentions,
            before: None,
        }
    }

    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.time).unwrap_or_default()
    }

    pub fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    pub(super) fn to_point(&self) -> Result<Point> {
        let mut payload = to_payload(self)?;
        payload.insert("tenant".to_owned(), TENANT.into());
        Ok(Point { id: self.id, vector: None, payload })
    }
}
