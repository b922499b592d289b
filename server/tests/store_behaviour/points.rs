//! Points, filters, and what the checks share.

use klartext_server::store::{Condition, Filter, Kind, Payload, Point, Store, Write};
use serde_json::{Value, json};
use uuid::Uuid;

pub const VECTOR_SIZE: usize = 8;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn ids(numbers: &[u128]) -> Vec<Uuid> {
    numbers.iter().copied().map(id).collect()
}

pub fn payload(value: Value) -> Payload {
    match value {
        Value::Object(fields) => fields,
        other => panic!("no object: {other}"),
    }
}

/// Of length one, and different for every seed.
pub fn unit_vector(seed: u128) -> Vec<f32> {
    let raw: Vec<f32> =
        (0..VECTOR_SIZE).map(|at| (((seed % 9_973) as f32 + 1.0) * (at as f32 + 0.7)).sin() + 0.01).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    raw.iter().map(|number| number / length).collect()
}

pub fn point(kind: Kind, number: u128, fields: Value) -> Point {
    Point { id: id(number), vector: kind.has_vectors().then(|| unit_vector(number)), payload: payload(fields) }
}

pub fn upsert(kind: Kind, points: Vec<Point>) -> Write {
    Write::Upsert { kind, points }
}

pub fn delete(kind: Kind, condition: Condition) -> Write {
    Write::Delete { kind, filter: only(condition) }
}

pub fn only(condition: Condition) -> Filter {
    Filter { all: vec![condition] }
}

pub fn any_of(field: &'static str, values: &[&str]) -> Condition {
    Condition::AnyOf { field, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

pub fn none_of(field: &'static str, values: &[&str]) -> Condition {
    Condition::NoneOf { field, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

pub async fn write(store: &dyn Store, writes: Vec<Write>) {
    store.write(writes).await.expect("it is written");
}

pub async fn everything(store: &dyn Store, kind: Kind, filter: Filter) -> Vec<Point> {
    let (points, next) = store.scroll(kind, filter, None, 100_000, true).await.expect("it is read");
    assert_eq!(next, None);
    points
}

pub async fn numbers(store: &dyn Store, kind: Kind, filter: Filter) -> Vec<u128> {
    everything(store, kind, filter).await.iter().map(|point| point.id.as_u128()).collect()
}

/// Equal, but for the rounding of the vectors' lengths.
pub fn assert_same(stored: &[Point], expected: &[Point]) {
    let without_vectors =
        |points: &[Point]| -> Vec<_> { points.iter().map(|point| (point.id, point.payload.clone())).collect() };
    assert_eq!(without_vectors(stored), without_vectors(expected));
    for (stored, expected) in stored.iter().zip(expected) {
        match (&stored.vector, &expected.vector) {
            (None, None) => {}
            (Some(stored), Some(expected)) => {
                assert_eq!(stored.len(), expected.len());
                assert!(stored.iter().zip(expected).all(|(left, right)| (left - right).abs() < 1e-6));
            }
            other => panic!("one has a vector and the other has not: {other:?}"),
        }
    }
}

/// Delete all points of all kinds.
pub async fn wipe(store: &dyn Store) {
    let all = Kind::ALL.map(|kind| Write::Delete { kind, filter: Filter::default() });
    write(store, all.to_vec()).await;
}

/// Six mentions that differ in what filters look at.
pub async fn with_six_mentions(store: &dyn Store) {
    let fields = [
        json!({"tenant": "a", "channel": "chat", "topics": ["price", "waiting"], "time": 10, "nps": 0, "score": 0.5}),
        json!({"tenant": "a", "channel": "shop", "topics": ["price"], "time": 20, "nps": 10.0, "score": 1.0}),
        json!({"tenant": "b", "channel": "chat", "topics": [], "time": 30}),
        json!({"tenant": "b", "time": 1_700_000_000_123_i64, "nps": 5}),
        json!({"tenant": "", "channel": null}),
        json!({"tenant": "ä 😀", "mentions": [
            {"touchpoint": "hotline", "sentiment": "negative", "score": -0.5},
            {"touchpoint": "app", "sentiment": "positive", "score": 0.5},
        ]}),
    ];
    let points = (1..).zip(fields).map(|(number, fields)| point(Kind::Mentions, number, fields)).collect();
    write(store, vec![upsert(Kind::Mentions, points)]).await;
}
