//! Between our points and filters and Qdrant's. Nothing invalid gets past [`crate::store::check`]: an operation that
//! qdrant-edge refuses has already been written to its log.

use std::collections::HashMap;

use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{
    DEFAULT_VECTOR_NAME, FacetValue, FieldCondition, FloatIndexParamsBuilder, HasIdCondition,
    IntegerIndexParamsBuilder, JsonPath, KeywordIndexParamsBuilder, Match, Memory, PayloadSchemaParams, PointId,
    PointStructPersisted, Range, Record, VectorInternal, VectorStructInternal, VectorStructPersisted,
};
use uuid::Uuid;

use crate::store::check::check_filter;
use crate::store::{Bounds, Condition, FieldValue, Filter, IndexKind, Kind, Payload, Point, ScoredPoint, StoreError};

/// A point that has been checked.
pub(super) fn edge_point(point: Point) -> PointStructPersisted {
    PointStructPersisted {
        id: edge_id(point.id),
        vector: match point.vector {
            Some(vector) => VectorStructPersisted::Single(vector),
            None => VectorStructPersisted::Named(HashMap::new()),
        },
        payload: Some(edge_payload(point.payload)),
    }
}

pub(super) fn edge_payload(payload: Payload) -> qdrant_edge::Payload {
    qdrant_edge::Payload(payload)
}

/// A stored point; `kind` only for what an error says.
pub(super) fn point(kind: Kind, record: Record) -> Result<Point, StoreError> {
    let id = our_id(record.id)?;
    let vector = match record.vector {
        None => None,
        Some(VectorStructInternal::Single(vector)) => Some(vector),
        Some(VectorStructInternal::Named(mut vectors)) => match vectors.remove(DEFAULT_VECTOR_NAME) {
            None => None,
            Some(VectorInternal::Dense(vector)) => Some(vector),
            Some(_) => return Err(unexpected_vector(kind, id)),
        },
        Some(VectorStructInternal::MultiDense(_)) => return Err(unexpected_vector(kind, id)),
    };
    let payload: Payload = record.payload.unwrap_or_default().0;
    Ok(Point { id, vector, payload })
}

/// A point that a search found.
pub(super) fn scored_point(found: qdrant_edge::ScoredPoint) -> Result<ScoredPoint, StoreError> {
    let payload: Payload = found.payload.unwrap_or_default().0;
    let point = Point { id: our_id(found.id)?, vector: None, payload };
    Ok(ScoredPoint { point, similarity: found.score })
}

/// A value that was counted.
pub(super) fn field_value(value: FacetValue) -> Result<FieldValue, StoreError> {
    match value {
        FacetValue::Keyword(value) => Ok(FieldValue::Keyword(value)),
        FacetValue::Int(value) => Ok(FieldValue::Integer(value)),
        FacetValue::Uuid(_) | FacetValue::Bool(_) => {
            Err(StoreError::Read { reason: "a counted value is neither a keyword nor an integer".to_owned() })
        }
    }
}

fn unexpected_vector(kind: Kind, id: Uuid) -> StoreError {
    StoreError::Read { reason: format!("point {id} of {} has a vector of another sort", kind.name()) }
}

pub(super) fn edge_id(id: Uuid) -> PointId {
    PointId::Uuid(id)
}

pub(super) fn our_id(id: PointId) -> Result<Uuid, StoreError> {
    match id {
        PointId::Uuid(id) => Ok(id),
        PointId::NumId(number) => Err(StoreError::Read { reason: format!("point {number} has a number for an id") }),
    }
}

/// The filter for Qdrant; `None` when it matches everything.
pub(super) fn edge_filter(filter: &Filter) -> Result<Option<qdrant_edge::Filter>, String> {
    check_filter(filter)?;
    let mut must = Vec::new();
    let mut must_not = Vec::new();
    for condition in &filter.all {
        match condition {
            Condition::AnyOf { field, values } => must.push(any_of(field, values)?),
            Condition::NoneOf { field, values } => must_not.push(any_of(field, values)?),
            Condition::Range { field, bounds } => must.push(range(field, *bounds)?),
            Condition::Nested { field, all } => must.push(nested(field, all)?),
            Condition::Ids(ids) => must.push(has_id(ids)),
            Condition::NotIds(ids) => must_not.push(has_id(ids)),
        }
    }
    if must.is_empty() && must_not.is_empty() {
        return Ok(None);
    }
    let some_if_any = |conditions: Vec<_>| Some(conditions).filter(|conditions| !conditions.is_empty());
    Ok(Some(qdrant_edge::Filter {
        should: None,
        min_should: None,
        must: some_if_any(must),
        must_not: some_if_any(must_not),
    }))
}

fn nested(field: &str, all: &[Condition]) -> Result<qdrant_edge::Condition, String> {
    // That some element fulfils one condition is the same as the list having such a value, which the index answers
    // alone. For several, qdrant-edge reads the payload of every point that the best index proposes.
    if let [Condition::AnyOf { field: of_element, values }] = all {
        return any_of(&format!("{field}[].{of_element}"), values);
    }
    let filter = edge_filter(&Filter { all: all.to_vec() })?.unwrap_or_default();
    Ok(qdrant_edge::Condition::new_nested(json_path(field)?, filter))
}

fn any_of(field: &str, values: &[String]) -> Result<qdrant_edge::Condition, String> {
    let any = Match::from(values.to_vec());
    Ok(qdrant_edge::Condition::Field(FieldCondition::new_match(json_path(field)?, any)))
}

fn range(field: &str, bounds: Bounds) -> Result<qdrant_edge::Condition, String> {
    let Bounds { at_least, above, at_most, below } = bounds;
    let range = Range {
        gte: at_least.map(OrderedFloat),
        gt: above.map(OrderedFloat),
        lte: at_most.map(OrderedFloat),
        lt: below.map(OrderedFloat),
    };
    Ok(qdrant_edge::Condition::Field(FieldCondition::new_range(json_path(field)?, range)))
}

fn has_id(ids: &[Uuid]) -> qdrant_edge::Condition {
    qdrant_edge::Condition::HasId(ids.iter().copied().map(edge_id).collect::<HasIdCondition>())
}

pub(super) fn json_path(field: &str) -> Result<JsonPath, String> {
    field.parse().map_err(|()| format!("{field} is not the name of a field"))
}

/// How Qdrant is told to index a field. In segments that no longer change, indexes are files mapped into memory.
pub(super) fn index_schema(kind: IndexKind) -> PayloadSchemaParams {
    let memory = Memory::Cached;
    match kind {
        IndexKind::Tenant => {
            PayloadSchemaParams::Keyword(KeywordIndexParamsBuilder::new().is_tenant(true).memory(memory).build())
        }
        IndexKind::Keyword => PayloadSchemaParams::Keyword(KeywordIndexParamsBuilder::new().memory(memory).build()),
        // Ranges need no map that looks up single values, and counting needs nothing else.
        IndexKind::Integer | IndexKind::CountedInteger => {
            let is_counted = kind == IndexKind::CountedInteger;
            let integer = IntegerIndexParamsBuilder::new().lookup(is_counted).range(!is_counted).memory(memory);
            PayloadSchemaParams::Integer(integer.build())
        }
        IndexKind::Float => PayloadSchemaParams::Float(FloatIndexParamsBuilder::new().memory(memory).build()),
    }
}
