//! What a store must never be given. Both stores refuse it with the same words, before anything is written: an operation
//! that Qdrant refuses may already be in its log.

use serde_json::Value;

use super::{Condition, Filter, Kind, Payload, Point, StoreError, Write};

/// How deep a payload may nest. Embedded, any depth is written to the log and cannot be read back beyond 128, counting
/// Qdrant's own layers: a shard with such an entry does not open again. To a server, each level is three messages of
/// protobuf, of which a hundred are read.
const MAX_PAYLOAD_DEPTH: usize = 32;

/// Refuses what must not be written.
pub(super) fn check_writes(writes: &[Write], vector_size: usize) -> Result<(), StoreError> {
    for write in writes {
        match write {
            Write::Upsert { kind, points } => {
                for point in points {
                    check_point(*kind, point, vector_size).map_err(|reason| StoreError::InvalidPoint {
                        kind: kind.name(),
                        id: point.id,
                        reason,
                    })?;
                }
            }
            Write::SetFields { kind, fields } => {
                for (id, fields) in fields {
                    check_payload(fields).map_err(|reason| StoreError::InvalidPoint {
                        kind: kind.name(),
                        id: *id,
                        reason,
                    })?;
                }
            }
            Write::Delete { filter, .. } => {
                check_filter(filter).map_err(|reason| StoreError::Write { reason })?;
            }
        }
    }
    Ok(())
}

fn check_point(kind: Kind, point: &Point, vector_size: usize) -> Result<(), String> {
    match (&point.vector, kind.has_vectors()) {
        (Some(vector), true) => check_vector(vector, vector_size)?,
        (None, false) => {}
        (None, true) => return Err("it has no vector".to_owned()),
        (Some(_), false) => return Err("it has a vector, and this kind has none".to_owned()),
    }
    check_payload(&point.payload)
}

fn check_payload(payload: &Payload) -> Result<(), String> {
    payload.values().try_for_each(|value| check_value(value, MAX_PAYLOAD_DEPTH - 1))
}

fn check_vector(vector: &[f32], vector_size: usize) -> Result<(), String> {
    if vector.len() != vector_size {
        return Err(format!("its vector has {} numbers instead of {vector_size}", vector.len()));
    }
    // Qdrant divides by the length, so that has to be a number too.
    let squared_length: f32 = vector.iter().map(|number| number * number).sum();
    if !squared_length.is_finite() {
        return Err("its vector has a number that is not finite, or too large".to_owned());
    }
    Ok(())
}

/// `levels`: how many may lie below this value.
fn check_value(value: &Value, levels: usize) -> Result<(), String> {
    let mut children: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        // Qdrant's messages have no unsigned integers: it would come back as another number.
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            return Err(format!("its payload has an integer above {}", i64::MAX));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(()),
    };
    if levels == 0 {
        return Err(format!("its payload nests deeper than {MAX_PAYLOAD_DEPTH}"));
    }
    children.try_for_each(|child| check_value(child, levels - 1))
}

/// Refuses a filter that no Qdrant can keep or read; the error is for people.
pub(super) fn check_filter(filter: &Filter) -> Result<(), String> {
    filter.all.iter().try_for_each(check_condition)
}

fn check_condition(condition: &Condition) -> Result<(), String> {
    match condition {
        Condition::AnyOf { field, .. } | Condition::NoneOf { field, .. } => check_field(field),
        Condition::Range { field, bounds } => {
            check_field(field)?;
            let ends = [bounds.at_least, bounds.above, bounds.at_most, bounds.below];
            // Not finite would not survive the embedded log, where a filter is kept as JSON.
            if ends.into_iter().flatten().any(|end| !end.is_finite()) {
                return Err(format!("the range of {field} has an end that is not a finite number"));
            }
            Ok(())
        }
        Condition::Nested { field, all } => {
            check_field(field)?;
            all.iter().try_for_each(check_condition)
        }
        Condition::Ids(_) | Condition::NotIds(_) => Ok(()),
    }
}

/// The names that both Qdrants read alike: `time`, or `mentions[].touchpoint`.
pub(super) fn check_field(field: &str) -> Result<(), String> {
    let is_key = |key: &str| {
        let name = key.strip_suffix("[]").unwrap_or(key);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !name.is_empty() && name.bytes().all(plain)
    };
    if field.split('.').all(is_key) { Ok(()) } else { Err(format!("{field:?} is not the name of a field")) }
}
