//! From Qdrant's messages to the engine's points and filters, and back. Strict: what we do not send is an error.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

use klartext_server::store::{Bounds, Condition, FieldValue, Filter, Kind, Order, Payload, Point};
use qdrant_client::qdrant::facet_value::Variant;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    self, DenseVector, Direction, FacetHit, FacetValue, FieldCondition, OrderBy, PointId, PointStruct, PointsSelector,
    PointsUpdateOperation, RetrievedPoint, Value, VectorOutput, Vectors, VectorsOutput, condition,
    points_update_operation, vector, vector_output, vectors, vectors_output,
};
use tonic::Status;
use uuid::Uuid;

pub fn kind_of(collection: &str) -> Result<Kind, Status> {
    let kind = Kind::ALL.into_iter().find(|kind| collection.ends_with(kind.name()));
    kind.ok_or_else(|| Status::not_found(format!("Collection `{collection}` doesn't exist!")))
}

pub fn our_point(kind: Kind, point: PointStruct) -> Result<Point, Status> {
    let id = our_id(point.id)?;
    let payload = point.payload.into_iter().map(|(field, value)| (field, value.into_json())).collect();
    // A real server refuses a point that leaves its vectors out altogether.
    let vectors = point.vectors.ok_or_else(|| Status::invalid_argument("Expected some vectors"))?;
    let vector = our_vector(vectors)?;
    if vector.is_some() != kind.has_vectors() {
        return Err(Status::invalid_argument("Wrong input: vectors do not fit the collection"));
    }
    Ok(Point { id, vector, payload })
}

fn our_vector(vectors: Vectors) -> Result<Option<Vec<f32>>, Status> {
    match vectors.vectors_options {
        Some(vectors::VectorsOptions::Vectors(named)) if named.vectors.is_empty() => Ok(None),
        Some(vectors::VectorsOptions::Vector(only)) => match only.vector {
            Some(vector::Vector::Dense(dense)) => Ok(Some(dense.data)),
            other => Err(Status::invalid_argument(format!("unexpected vector {other:?}"))),
        },
        other => Err(Status::invalid_argument(format!("unexpected vectors {other:?}"))),
    }
}

/// What is set in which points.
pub fn changed_fields(operation: PointsUpdateOperation) -> Result<Vec<(Uuid, Payload)>, Status> {
    let Some(points_update_operation::Operation::SetPayload(set)) = operation.operation else {
        return Err(Status::invalid_argument("unexpected operation"));
    };
    let fields: Payload = set.payload.into_iter().map(|(field, value)| (field, value.into_json())).collect();
    let selected = selected(set.points_selector)?;
    let [Condition::Ids(ids)] = selected.all.as_slice() else {
        return Err(Status::invalid_argument("unexpected selection"));
    };
    Ok(ids.iter().map(|id| (*id, fields.clone())).collect())
}

pub fn retrieved(point: Point) -> RetrievedPoint {
    RetrievedPoint {
        id: Some(remote_id(point.id)),
        payload: remote_payload(point.payload),
        vectors: point.vector.map(remote_vector),
        ..RetrievedPoint::default()
    }
}

pub fn scored(found: klartext_server::store::ScoredPoint) -> qdrant::ScoredPoint {
    qdrant::ScoredPoint {
        id: Some(remote_id(found.point.id)),
        payload: remote_payload(found.point.payload),
        score: found.similarity,
        ..qdrant::ScoredPoint::default()
    }
}

pub fn facet_hit((value, count): (FieldValue, u64)) -> FacetHit {
    let variant = match value {
        FieldValue::Keyword(value) => Variant::StringValue(value),
        FieldValue::Integer(value) => Variant::IntegerValue(value),
    };
    FacetHit { value: Some(FacetValue { variant: Some(variant) }), count }
}

fn remote_payload(payload: Payload) -> HashMap<String, Value> {
    payload.into_iter().map(|(field, value)| (field, value.into())).collect()
}

fn remote_vector(data: Vec<f32>) -> VectorsOutput {
    let vector =
        VectorOutput { vector: Some(vector_output::Vector::Dense(DenseVector { data })), ..VectorOutput::default() };
    VectorsOutput { vectors_options: Some(vectors_output::VectorsOptions::Vector(vector)) }
}

pub fn remote_id(id: Uuid) -> PointId {
    PointId { point_id_options: Some(PointIdOptions::Uuid(id.to_string())) }
}

pub fn our_id(id: Option<PointId>) -> Result<Uuid, Status> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(text)) => text.parse().map_err(|_| Status::invalid_argument("Unable to parse UUID")),
        other => Err(Status::invalid_argument(format!("unexpected id {other:?}"))),
    }
}

pub fn our_ids(ids: Vec<PointId>) -> Result<Vec<Uuid>, Status> {
    ids.into_iter().map(|id| our_id(Some(id))).collect()
}

pub fn selected(selector: Option<PointsSelector>) -> Result<Filter, Status> {
    match selector.and_then(|selector| selector.points_selector_one_of) {
        Some(PointsSelectorOneOf::Filter(filter)) => our_filter(Some(filter)),
        other => Err(Status::invalid_argument(format!("unexpected selector {other:?}"))),
    }
}

pub fn our_filter(filter: Option<qdrant::Filter>) -> Result<Filter, Status> {
    let qdrant::Filter { should, must, must_not, min_should } = filter.unwrap_or_default();
    if !should.is_empty() || min_should.is_some() {
        return Err(Status::invalid_argument("unexpected part of a filter"));
    }
    let mut all = Vec::new();
    for condition in must {
        all.push(our_condition(condition)?);
    }
    for condition in must_not {
        all.push(match our_condition(condition)? {
            Condition::AnyOf { field, values } => Condition::NoneOf { field, values },
            Condition::Ids(ids) => Condition::NotIds(ids),
            other => return Err(Status::invalid_argument(format!("unexpected not {other:?}"))),
        });
    }
    Ok(Filter { all })
}

fn our_condition(condition: qdrant::Condition) -> Result<Condition, Status> {
    match condition.condition_one_of {
        Some(condition::ConditionOneOf::Field(condition)) => on_field(condition),
        Some(condition::ConditionOneOf::Nested(nested)) => {
            Ok(Condition::Nested { field: interned(&nested.key), all: our_filter(nested.filter)?.all })
        }
        Some(condition::ConditionOneOf::HasId(ids)) => Ok(Condition::Ids(our_ids(ids.has_id)?)),
        other => Err(Status::invalid_argument(format!("unexpected condition {other:?}"))),
    }
}

fn on_field(condition: FieldCondition) -> Result<Condition, Status> {
    let field = interned(&condition.key);
    match (condition.r#match.and_then(|matched| matched.match_value), condition.range) {
        (Some(MatchValue::Keywords(keywords)), None) => Ok(Condition::AnyOf { field, values: keywords.strings }),
        (None, Some(range)) => {
            let bounds = Bounds { at_least: range.gte, above: range.gt, at_most: range.lte, below: range.lt };
            Ok(Condition::Range { field, bounds })
        }
        other => Err(Status::invalid_argument(format!("unexpected condition {other:?}"))),
    }
}

pub fn our_order(order: OrderBy) -> Result<Order, Status> {
    match order.direction.map(Direction::try_from) {
        Some(Ok(direction)) => Ok(Order { field: interned(&order.key), descending: direction == Direction::Desc }),
        _ => Err(Status::invalid_argument("no direction")),
    }
}

/// Our filters name fields of the program's text; those of messages are kept for good instead. They are few.
pub fn interned(field: &str) -> &'static str {
    static FIELDS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut fields = FIELDS.lock().expect("nobody panics here");
    if let Some(known) = fields.get(field) {
        return known;
    }
    let kept: &'static str = Box::leak(field.to_owned().into_boxed_str());
    fields.insert(kept);
    kept
}
