//! A measure as it is kept in the store: one point of its own kind.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TENANT;
use crate::error::Result;
use crate::insights::{from_payload, to_payload};
use crate::store::Point;

/// What an owner has done, where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    #[serde(skip)]
    pub id: Uuid,
    pub journey: String,
    #[serde(flatten)]
    pub content: MeasureContent,
    pub created: Signed,
    pub updated: Option<Signed>,
    pub deleted: Option<Signed>,
}

/// What people say of a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasureContent {
    pub title: String,
    pub note: String,
    pub place: MeasurePlace,
    /// A person or a department.
    pub done_by: String,
    pub start: DateTime<Utc>,
    /// None: at once.
    pub rolled_out: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasurePlace {
    /// By id.
    Touchpoint(String),
    /// Between two owners; empty where texts leave open which it is.
    Handover {
        from: String,
        to: String,
    },
    PainPoint(Uuid),
}

/// Who, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Whether lists show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureState {
    Kept,
    Deleted,
}

impl MeasureState {
    /// As it stands in payloads.
    pub(super) fn name(self) -> &'static str {
        match self {
            MeasureState::Kept => "kept",
            MeasureState::Deleted => "deleted",
        }
    }
}

impl Signed {
    pub(super) fn now(by: &str) -> Self {
        Self { by: by.trim().to_owned(), at: Utc::now() }
    }
}

impl MeasureContent {
    /// When it was in force everywhere.
    pub fn in_force_from(&self) -> DateTime<Utc> {
        self.rolled_out.unwrap_or(self.start)
    }
}

impl Measure {
    fn state(&self) -> MeasureState {
        if self.deleted.is_some() { MeasureState::Deleted } else { MeasureState::Kept }
    }

    pub(super) fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    pub(super) fn to_point(&self) -> Result<Point> {
        let mut payload = to_payload(self)?;
        payload.insert("tenant".to_owned(), TENANT.into());
        payload.insert("state".to_owned(), self.state().name().into());
        // Lists are ordered by it, in microseconds since 1970.
        payload.insert("time".to_owned(), self.content.start.timestamp_micros().into());
        if let MeasurePlace::Touchpoint(touchpoint) = &self.content.place {
            payload.insert("touchpoint".to_owned(), touchpoint.clone().into());
        }
        Ok(Point { id: self.id, vector: None, payload })
    }
}
