//! Between our points and filters and Qdrant's messages.

use qdrant_client::qdrant::facet_value::Variant;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    self, FacetValue, FieldCondition, HasIdCondition, Match, NamedVectors, NestedCondition, PointId, PointStruct,
    PointsSelector, PointsUpdateOperation, Range, RepeatedStrings, RetrievedPoint, Value, Vectors, VectorsOutput,
    condition, points_update_operation, vector_output, vectors, vectors_output,
};
use std::collections::HashMap;
use uuid::Uuid;

use crate::store::check::check_filter;
use crate::store::{Bounds, Condition, FieldValue, Filter, Kind, Payload, Point, ScoredPoint, StoreError};

/// Points per message, and bytes from which one is full: the server holds a message in memory several times over.
const MAX_POINTS_PER_MESSAGE: usize = 500;
const FULL_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// The points in messages of bounded size, in their order.
pub(super) fn messages(points: Vec<Point>) -> Vec<Vec<PointStruct>> {
    in_messages(points.into_iter().map(remote_point))
}

/// Changes of fields in messages of bounded size, in their order.
pub(super) fn field_messages(fields: Vec<(Uuid, Payload)>) -> Vec<Vec<PointsUpdateOperation>> {
    in_messages(fields.into_iter().map(|(id, fields)| {
        let set = points_update_operation::SetPayload {
            payload: remote_payload(fields),
            // By a filter, so that a point which is gone is no error.
            points_selector: Some(PointsSelector {
                points_selector_one_of: Some(PointsSelectorOneOf::Filter(all_of(&[Condition::Ids(vec![id])]))),
            }),
            ..points_update_operation::SetPayload::default()
        };
        PointsUpdateOperation { operation: Some(points_update_operation::Operation::SetPayload(set)) }
    }))
}

fn in_messages<T: prost::Message>(parts: impl Iterator<Item = T>) -> Vec<Vec<T>> {
    let mut messages: Vec<Vec<T>> = Vec::new();
    let mut bytes = FULL_MESSAGE_BYTES;
    for part in parts {
        let size = part.encoded_len();
        match messages.last_mut() {
            Some(message) if message.len() < MAX_POINTS_PER_MESSAGE && bytes + size <= FULL_MESSAGE_BYTES => {
                bytes += size;
                message.push(part);
            }
            _ => {
                bytes = size;
                messages.push(vec![part]);
            }
        }
    }
    messages
}

/// A point that has been checked.
fn remote_point(point: Point) -> PointStruct {
    let vectors = match point.vector {
        Some(vector) => Vectors::from(vector),
        // Left out would be an error, also where the collection has none.
        None => Vectors { vectors_options: Some(vectors::VectorsOptions::Vectors(NamedVectors::default())) },
    };
    PointStruct { id: Some(remote_id(point.id)), payload: remote_payload(point.payload), vectors: Some(vectors) }
}

fn remote_payload(payload: Payload) -> HashMap<String, Value> {
    payload.into_iter().map(|(field, value)| (field, value.into())).collect()
}

/// A value that was counted.
pub(super) fn field_value(value: Option<FacetValue>) -> Result<FieldValue, StoreError> {
    match value.and_then(|value| value.variant) {
        Some(Variant::StringValue(value)) => Ok(FieldValue::Keyword(value)),
        Some(Variant::IntegerValue(value)) => Ok(FieldValue::Integer(value)),
        Some(Variant::BoolValue(_)) | None => {
            Err(StoreError::Read { reason: "a counted value is neither a keyword nor an integer".to_owned() })
        }
    }
}

/// A stored point; `kind` only for what an error says.
pub(super) fn point(kind: Kind, stored: RetrievedPoint) -> Result<Point, StoreError> {
    let id = our_id(stored.id)?;
    let vector = stored
        .vectors
        .map_or(Ok(None), dense_vector)
        .map_err(|reason| StoreError::Read { reason: format!("point {id} of {} {reason}", kind.name()) })?;
    Ok(Point { id, vector, payload: our_payload(stored.payload) })
}

/// A point that a search found.
pub(super) fn scored_point(found: qdrant::ScoredPoint) -> Result<ScoredPoint, StoreError> {
    let point = Point { id: our_id(found.id)?, vector: None, payload: our_payload(found.payload) };
    Ok(ScoredPoint { point, similarity: found.score })
}

fn our_payload(payload: HashMap<String, Value>) -> Payload {
    let mut fields: Vec<(String, Value)> = payload.into_iter().collect();
    // Messages do not keep the order of fields; the same one each time is easier to read.
    fields.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    fields.into_iter().map(|(field, value)| (field, value.into_json())).collect()
}

fn dense_vector(stored: VectorsOutput) -> Result<Option<Vec<f32>>, &'static str> {
    match stored.vectors_options {
        None => Ok(None),
        Some(vectors_output::VectorsOptions::Vectors(named)) if named.vectors.is_empty() => Ok(None),
        Some(vectors_output::VectorsOptions::Vectors(_)) => Err("has vectors with names"),
        Some(vectors_output::VectorsOptions::Vector(vector)) => match vector.into_vector() {
            vector_output::Vector::Dense(dense) => Ok(Some(dense.data)),
            vector_output::Vector::Sparse(_) | vector_output::Vector::MultiDense(_) => {
                Err("has a vector of another sort")
            }
        },
    }
}

pub(super) fn remote_id(id: Uuid) -> PointId {
    PointId { point_id_options: Some(PointIdOptions::Uuid(id.to_string())) }
}

pub(super) fn our_id(id: Option<PointId>) -> Result<Uuid, StoreError> {
    let unreadable = |what: String| StoreError::Read { reason: format!("a point has {what} for an id") };
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(text)) => text.parse().map_err(|_| unreadable(format!("{text:?}"))),
        Some(PointIdOptions::Num(number)) => Err(unreadable(format!("the number {number}"))),
        None => Err(unreadable("nothing".to_owned())),
    }
}

/// The filter for Qdrant.
///
/// # Errors
/// What [`check_filter`] refuses, for people.
pub(super) fn remote_filter(filter: &Filter) -> Result<qdrant::Filter, String> {
    check_filter(filter)?;
    Ok(all_of(&filter.all))
}

fn all_of(all: &[Condition]) -> qdrant::Filter {
    let mut filter = qdrant::Filter::default();
    for condition in all {
        match condition {
            Condition::AnyOf { field, values } => filter.must.push(any_of(field, values)),
            Condition::NoneOf { field, values } => filter.must_not.push(any_of(field, values)),
            Condition::Range { field, bounds } => filter.must.push(range(field, *bounds)),
            Condition::Nested { field, all } => filter.must.push(nested(field, all)),
            Condition::Ids(ids) => filter.must.push(has_id(ids)),
            Condition::NotIds(ids) => filter.must_not.push(has_id(ids)),
        }
    }
    filter
}

fn any_of(field: &str, values: &[String]) -> qdrant::Condition {
    let strings = RepeatedStrings { strings: values.to_vec() };
    let r#match = Match { match_value: Some(MatchValue::Keywords(strings)) };
    on_field(FieldCondition { key: field.to_owned(), r#match: Some(r#match), ..FieldCondition::default() })
}

fn range(field: &str, bounds: Bounds) -> qdrant::Condition {
    let Bounds { at_least, above, at_most, below } = bounds;
    let range = Range { gte: at_least, gt: above, lte: at_most, lt: below };
    on_field(FieldCondition { key: field.to_owned(), range: Some(range), ..FieldCondition::default() })
}

fn on_field(condition: FieldCondition) -> qdrant::Condition {
    qdrant::Condition { condition_one_of: Some(condition::ConditionOneOf::Field(condition)) }
}

fn nested(field: &str, all: &[Condition]) -> qdrant::Condition {
    let nested = NestedCondition { key: field.to_owned(), filter: Some(all_of(all)) };
    qdrant::Condition { condition_one_of: Some(condition::ConditionOneOf::Nested(nested)) }
}

fn has_id(ids: &[Uuid]) -> qdrant::Condition {
    let ids = HasIdCondition { has_id: ids.iter().copied().map(remote_id).collect() };
    qdrant::Condition { condition_one_of: Some(condition::ConditionOneOf::HasId(ids)) }
}
