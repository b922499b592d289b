//! What a store was written with. Vectors of two encoders cannot be compared, and filters need one layout of the payloads:
//! so a store holds those of one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kind, Point, Store, StoreError, Write};

/// How this version lays out payloads. 1 had no mentions in comments' points, and times in seconds; 2 and 3 had no
/// scores that can be counted by day.
pub const LAYOUT: u32 = 4;

/// The point of [`Kind::Meta`] that is always there.
const ORIGIN_ID: Uuid = Uuid::from_u128(0x6b6c_6172_7465_7874_8000_0000_0000_0002);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The encoder version of all vectors.
    pub encoder: String,
    /// How payloads are laid out; the first version did not say.
    #[serde(default = "first_layout")]
    pub layout: u32,
}

fn first_layout() -> u32 {
    1
}

impl Origin {
    /// Of what this version writes with `encoder`.
    pub fn current(encoder: &str) -> Origin {
        Origin { encoder: encoder.to_owned(), layout: LAYOUT }
    }
}

/// `None` for a store that nothing was written to.
pub async fn read_origin(store: &dyn Store) -> Result<Option<Origin>, StoreError> {
    let points = store.get(Kind::Meta, vec![ORIGIN_ID], false).await?;
    let Some(point) = points.into_iter().next() else {
        return Ok(None);
    };
    let origin = serde_json::from_value(serde_json::Value::Object(point.payload));
    origin.map(Some).map_err(|error| StoreError::Read { reason: format!("the store's origin is unreadable: {error}") })
}

pub async fn write_origin(store: &dyn Store, origin: &Origin) -> Result<(), StoreError> {
    let Ok(serde_json::Value::Object(payload)) = serde_json::to_value(origin) else {
        return Err(StoreError::Write { reason: "the store's origin is no object".to_owned() });
    };
    store
        .write(vec![Write::Upsert { kind: Kind::Meta, points: vec![Point { id: ORIGIN_ID, vector: None, payload }] }])
        .await
}
