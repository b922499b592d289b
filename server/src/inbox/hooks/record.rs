//! How far a hook has come, and what it could not deliver, as it is kept in the store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TENANT;
use crate::error::Result;
use crate::insights::{delivery_id, from_payload, hook_position_id, to_payload};
use crate::store::paging::Position;
use crate::store::{Condition, Filter, Kind, Payload, Point, Store, Write};

/// The last change that a hook is done with. It has no `first_tried_at`, and so is on no list.
#[derive(Serialize, Deserialize)]
struct HookPosition {
    position_of: String,
    sequence: i64,
    item: Uuid,
}

/// `None` for a hook that is new.
pub(super) async fn read_position(store: &dyn Store, hook: &str) -> Result<Option<Position>> {
    let found = store.get(Kind::Deliveries, vec![hook_position_id(hook)], false).await?.pop();
    let Some(point) = found else { return Ok(None) };
    let HookPosition { sequence, item, .. } = from_payload(point.payload)?;
    Ok(Some(Position { value: sequence as f64, id: item }))
}

pub(super) fn position_write(hook: &str, position: Position) -> Result<Write> {
    let record = HookPosition { position_of: hook.to_owned(), sequence: position.value as i64, item: position.id };
    let point = Point { id: hook_position_id(hook), vector: None, payload: payload(&record)? };
    Ok(Write::Upsert { kind: Kind::Deliveries, points: vec![point] })
}

/// A change that a hook has given up on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undelivered {
    #[serde(skip)]
    pub id: Uuid,
    pub hook: String,
    pub item_id: Uuid,
    /// The item's, so that it goes with it; none of an item that has left what the hook is told of.
    pub comment_id: Option<Uuid>,
    pub sequence: i64,
    /// Microseconds since 1970.
    first_tried_at: i64,
    pub last_tried_at: DateTime<Utc>,
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: String,
}

impl Undelivered {
    pub(super) fn new(
        hook: &str,
        item_id: Uuid,
        comment_id: Option<Uuid>,
        sequence: i64,
        began: DateTime<Utc>,
    ) -> Self {
        Self {
            id: delivery_id(hook, item_id, sequence),
            hook: hook.to_owned(),
            item_id,
            comment_id,
            sequence,
            first_tried_at: began.timestamp_micros(),
            last_tried_at: began,
            attempts: 0,
            error: String::new(),
        }
    }

    /// An attempt that failed.
    pub(super) fn failed(&mut self, error: String) {
        self.last_tried_at = Utc::now();
        self.attempts += 1;
        self.error = error;
    }

    pub fn first_tried_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.first_tried_at).unwrap_or_default()
    }

    pub(super) fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    pub(super) fn write(&self) -> Result<Write> {
        let point = Point { id: self.id, vector: None, payload: payload(self)? };
        Ok(Write::Upsert { kind: Kind::Deliveries, points: vec![point] })
    }

    pub(super) fn removal(&self) -> Write {
        Write::Delete { kind: Kind::Deliveries, filter: Filter { all: vec![Condition::Ids(vec![self.id])] } }
    }
}

fn payload(record: &impl Serialize) -> Result<Payload> {
    let mut payload = to_payload(record)?;
    payload.insert("tenant".to_owned(), TENANT.into());
    Ok(payload)
}
