//! Erasures whose files are still to be rewritten, noted in the store itself so that no crash forgets them. A note says
//! nothing about whom it concerns.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{Condition, Filter, Kind, Payload, Point, Store, StoreError, Write};
use crate::store::paging::page_by_id;

/// The payload field that tells a note from the other points of [`Kind::Meta`].
const ERASURE_DUE_SINCE: &str = "erasure_due_since";
const PAGE: usize = 256;

/// Notes that an erasure begins; durable when it returns. The id is the note's.
pub async fn note_due_erasure(store: &dyn Store, now: DateTime<Utc>) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    let payload = Payload::from_iter([(ERASURE_DUE_SINCE.to_owned(), json!(now))]);
    let point = Point { id, vector: None, payload };
    store.write(vec![Write::Upsert { kind: Kind::Meta, points: vec![point] }]).await?;
    Ok(id)
}

/// The notes that are there.
pub async fn due_erasures(store: &dyn Store) -> Result<Vec<Uuid>, StoreError> {
    let mut notes = Vec::new();
    let mut from = None;
    loop {
        let (points, next) = page_by_id(store, Kind::Meta, &Filter::default(), from, PAGE, false).await?;
        notes.extend(points.iter().filter(|point| point.payload.contains_key(ERASURE_DUE_SINCE)).map(|point| point.id));
        from = next;
        if from.is_none() {
            return Ok(notes);
        }
    }
}

/// Takes notes back, once the files are rewritten.
pub async fn remove_due_erasures(store: &dyn Store, notes: Vec<Uuid>) -> Result<(), StoreError> {
    if notes.is_empty() {
        return Ok(());
    }
    let filter = Filter { all: vec![Condition::Ids(notes)] };
    store.write(vec![Write::Delete { kind: Kind::Meta, filter }]).await
}
