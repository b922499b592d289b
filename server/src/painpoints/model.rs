//! What assigns a journey's mentions, as it is kept in the store: JSON in parts, points of [`Kind::Operations`].

use std::sync::Arc;

use klartext_models::clusters::{ClusterModel, Layout};
use serde::{Deserialize, Serialize};
use tracing::warn;
use uuid::Uuid;

use crate::TENANT;
use crate::error::{Error, Result};
use crate::insights::{CommentFilter, cluster_model_id, from_payload, to_payload};
use crate::operations::forget_in;
use crate::store::{Kind, Point, Store, Write};

const OPERATION: &str = "cluster_model";
/// Of a part, in bytes.
const PART: usize = 512 * 1024;

/// What the last discovery of a journey leaves behind, beside its pain points.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct JourneyModel {
    pub(super) discovery: Uuid,
    pub(super) filter: CommentFilter,
    #[serde(with = "shared")]
    pub(super) clusters: Arc<ClusterModel>,
    /// The map.
    #[serde(with = "shared")]
    pub(super) layout: Arc<Layout>,
}

/// Written as what is shared.
mod shared {
    use super::{Arc, Deserialize, Serialize};

    pub fn serialize<T: Serialize, S: serde::Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(serializer)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

#[derive(Serialize, Deserialize)]
struct Part {
    tenant: String,
    operation: String,
    journey: String,
    discovery: Uuid,
    parts: usize,
    json: String,
}

impl JourneyModel {
    /// In place of the one before. The first part is written last: it says that the others are there.
    pub(super) fn to_write(&self, journey: &str) -> Result<Write> {
        let unwritable = |error| Error::Internal(format!("a cluster model cannot be written: {error}"));
        let json = serde_json::to_string(self).map_err(unwritable)?;
        let pieces = pieces(&json);
        let mut points = Vec::with_capacity(pieces.len());
        for (number, piece) in pieces.iter().enumerate().rev() {
            let part = Part {
                tenant: TENANT.to_owned(),
                operation: OPERATION.to_owned(),
                journey: journey.to_owned(),
                discovery: self.discovery,
                parts: pieces.len(),
                json: (*piece).to_owned(),
            };
            points.push(Point { id: cluster_model_id(journey, number), vector: None, payload: to_payload(&part)? });
        }
        Ok(Write::Upsert { kind: Kind::Operations, points })
    }

    /// Takes a subject out of the filters of what discoveries have left behind.
    pub(super) async fn forget_subject(store: &dyn Store, journey: &str, subject: &str) -> Result<()> {
        let Some(mut model) = Self::read(store, journey).await? else { return Ok(()) };
        if model.filter.subjects.iter().any(|named| named == subject) {
            forget_in(&mut model.filter, subject);
            store.write(vec![model.to_write(journey)?]).await?;
        }
        Ok(())
    }

    /// `None` when there is none; when it was cut off while it was written: its discovery goes on and writes it again; and
    /// when another version wrote it: mentions wait for the next discovery.
    pub(super) async fn read(store: &dyn Store, journey: &str) -> Result<Option<Self>> {
        let part = |point: Point| from_payload::<Part>(point.payload);
        let first = store.get(Kind::Operations, vec![cluster_model_id(journey, 0)], false).await?.pop();
        let Some(first) = first.map(part).transpose()? else { return Ok(None) };
        let others = (1..first.parts).map(|number| cluster_model_id(journey, number)).collect();
        let others = store.get(Kind::Operations, others, false).await?;
        let mut json = first.json;
        let mut parts = 1;
        for other in others.into_iter().map(part) {
            let other = other?;
            if other.discovery == first.discovery {
                parts += 1;
                json.push_str(&other.json);
            }
        }
        if parts < first.parts {
            return Ok(None);
        }
        let model = serde_json::from_str(&json);
        Ok(model.inspect_err(|error| warn!(journey, %error, "a stored cluster model cannot be read")).ok())
    }
}

/// The text in pieces of bounded size.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(PART);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, others) = rest.split_at(end);
        pieces.push(piece);
        rest = others;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_text_again() {
        let text = "ä1".repeat(PART);
        let pieces = pieces(&text);
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= PART && !piece.is_empty()));
        assert_eq!(pieces.concat(), text);
    }
}
