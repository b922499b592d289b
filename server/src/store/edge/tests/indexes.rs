//! Filters on lists of objects, and indexes that a data folder of an earlier version lacks.

use qdrant_edge::{FieldIndexOperations, JsonPath};

use super::*;

/// So wide that few points are enough for an immutable segment.
const WIDE: usize = 2_048;
const SEALED: u128 = 1_300;

fn nested(all: Vec<Condition>) -> Vec<Condition> {
    vec![Condition::Nested { field: "mentions", all }]
}

fn range(field: &'static str, bounds: Bounds) -> Condition {
    Condition::Range { field, bounds }
}

/// Of the five comments.
const WITH_MENTIONS: usize = 3;

fn five_comments() -> Vec<Point> {
    let mut fields = [
        json!({"mentions": [
            {"touchpoint": "hotline", "sentiment": "negative", "topics": ["waiting", "price"], "score": -0.5},
            {"touchpoint": "shop", "sentiment": "positive", "topics": ["advice"], "score": 0.75},
        ]}),
        json!({"mentions": [
            {"touchpoint": "hotline", "sentiment": "positive", "topics": ["price"], "score": 0.25},
            {"touchpoint": "shop", "sentiment": "negative", "topics": [], "score": -1.0},
        ]}),
        json!({"mentions": [{"touchpoint": "shop", "sentiment": "negative", "topics": ["waiting"]}]}),
        json!({"mentions": []}),
        json!({"time": 1}),
    ];
    for mention in fields.iter_mut().filter_map(|fields| fields["mentions"].as_array_mut()).flatten() {
        mention["phase"] = json!("retention");
        mention["owner"] = json!("customer care");
        mention["frictions"] = json!(["waiting"]);
    }
    (1..).zip(fields).map(|(number, fields)| a_point(Kind::Comments, number, fields)).collect()
}

fn nested_conditions() -> Vec<(Vec<Condition>, Vec<u128>)> {
    let negative = || any_of("sentiment", &["negative"]);
    let at = |touchpoint| any_of("touchpoint", &[touchpoint]);
    let bounds = |at_least, above, at_most, below| Bounds { at_least, above, at_most, below };
    vec![
        (nested(vec![at("hotline")]), vec![1, 2]),
        (nested(vec![negative()]), vec![1, 2, 3]),
        // Of one and the same element.
        (nested(vec![at("hotline"), negative()]), vec![1]),
        (nested(vec![at("shop"), negative()]), vec![2, 3]),
        ([nested(vec![at("hotline")]), nested(vec![negative()])].concat(), vec![1, 2]),
        // Lists within an element.
        (nested(vec![any_of("topics", &["waiting"])]), vec![1, 3]),
        (nested(vec![any_of("topics", &["waiting"]), at("shop")]), vec![3]),
        (nested(vec![any_of("topics", &["price", "advice"]), at("shop")]), vec![1]),
        (nested(vec![any_of("topics", &["waiting"]), any_of("topics", &["price"])]), vec![1]),
        // An element that is not so.
        (nested(vec![at("hotline"), none_of("sentiment", &["negative"])]), vec![2]),
        (nested(vec![none_of("touchpoint", &["shop"])]), vec![1, 2]),
        (nested(vec![none_of("topics", &["waiting", "price", "advice"])]), vec![2]),
        (nested(vec![range("score", bounds(Some(-0.5), None, None, None))]), vec![1, 2]),
        (nested(vec![range("score", bounds(None, Some(-0.5), None, Some(0.75)))]), vec![2]),
        (nested(vec![range("score", bounds(None, None, Some(-0.5), None)), at("hotline")]), vec![1]),
        (nested(vec![range("score", Bounds::exactly(0.25))]), vec![2]),
        (nested(vec![]), vec![1, 2, 3]),
        ([nested(vec![negative()]), vec![Condition::NotIds(vec![id(2)])]].concat(), vec![1, 3]),
        // The list as a whole.
        (vec![any_of("mentions[].touchpoint", &["hotline"])], vec![1, 2]),
        (vec![any_of("mentions[].topics", &["waiting"])], vec![1, 3]),
        (vec![none_of("mentions[].touchpoint", &["hotline"])], vec![3, 4, 5]),
    ]
}

#[tokio::test]
async fn nested_conditions_hold_for_one_and_the_same_element() {
    let (_folder, store) = fresh();
    store.write(upsert(Kind::Comments, five_comments())).await.unwrap();
    for (all, expected) in nested_conditions() {
        let filter = Filter { all };
        assert_eq!(numbers(&store, Kind::Comments, filter.clone()).await, expected, "{filter:?}");
        assert_eq!(store.count(Kind::Comments, filter.clone()).await.unwrap(), expected.len() as u64, "{filter:?}");
    }
}

#[tokio::test]
async fn every_kind_of_bound_is_what_it_says() {
    let (_folder, store) = fresh();
    let points = (1..=5)
        .map(|number| a_point(Kind::Comments, number, json!({"time": number as u64, "severity": number as f64})));
    store.write(upsert(Kind::Comments, points.collect())).await.unwrap();
    let cases = [
        (Bounds { at_least: Some(3.0), ..Bounds::default() }, vec![3, 4, 5]),
        (Bounds { above: Some(3.0), ..Bounds::default() }, vec![4, 5]),
        (Bounds { at_most: Some(3.0), ..Bounds::default() }, vec![1, 2, 3]),
        (Bounds { below: Some(3.0), ..Bounds::default() }, vec![1, 2]),
        (Bounds { above: Some(1.0), at_most: Some(3.0), ..Bounds::default() }, vec![2, 3]),
        (Bounds { at_least: Some(2.0), above: Some(3.0), below: Some(5.0), ..Bounds::default() }, vec![4]),
        (Bounds::exactly(3.0), vec![3]),
        (Bounds::exactly(3.5), vec![]),
        (Bounds { above: Some(3.0), below: Some(3.0), ..Bounds::default() }, vec![]),
    ];
    for (bounds, expected) in cases {
        for field in ["time", "severity"] {
            assert_eq!(
                numbers(&store, Kind::Comments, only(range(field, bounds))).await,
                expected,
                "{field} {bounds:?}"
            );
        }
    }
}

/// How many points each index of a kind has.
async fn indexed_points(store: &EdgeStore, kind: Kind) -> Vec<(String, usize)> {
    let guard = store.shards.read().await;
    let schema = guard.as_ref().unwrap().of(kind).info().unwrap().payload_schema;
    schema.into_iter().map(|(field, index)| (field.to_string(), index.points)).collect()
}

/// A folder as it was before the comments' mentions had indexes, and before there were operations.
#[tokio::test]
async fn a_folder_of_an_earlier_version_gets_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let tidy = TidyOptions { when_quiet_for: Duration::from_millis(100), after_changes: 20_000 };
    let options = EdgeOptions { tidy, ..EdgeOptions::new(WIDE) };
    let store = EdgeStore::open(folder.path(), options).unwrap();
    let widened = |point: Point| Point { vector: Some(unit_vector(point.id.as_u128(), WIDE)), ..point };
    let fillers = (10..SEALED).map(|number| widened(a_point(Kind::Comments, number, json!({"tenant": "a"}))));
    let points = five_comments().into_iter().map(widened).chain(fillers);
    store.write(upsert(Kind::Comments, points.collect())).await.unwrap();
    until_a_segment_is_sealed(&store, Kind::Comments).await;
    store.close().await.unwrap();
    let added = INDEXES.iter().filter(|(kind, field, _)| *kind == Kind::Comments && field.starts_with("mentions[]"));
    let added: Vec<&str> = added.map(|(_, field, _)| *field).collect();
    assert_eq!(added.len(), 6);
    {
        let shard = load_or_create(&folder.path().join("comments"), Kind::Comments, WIDE).unwrap();
        for field in &added {
            let path: JsonPath = json_path(field).unwrap();
            shard.update(UpdateOperation::FieldIndexOperation(FieldIndexOperations::DeleteIndex(path))).unwrap();
        }
        let left = shard.info().unwrap().payload_schema;
        assert!(added.iter().all(|field| !left.contains_key(&json_path(field).unwrap())));
    }
    std::fs::remove_dir_all(folder.path().join("operations")).unwrap();

    for _ in 0..2 {
        let store = EdgeStore::open(folder.path(), options).unwrap();
        let indexed = indexed_points(&store, Kind::Comments).await;
        for field in &added {
            assert!(indexed.contains(&((*field).to_owned(), WITH_MENTIONS)), "{field}: {indexed:?}");
        }
        for (all, expected) in nested_conditions() {
            let filter = Filter { all: [all, vec![Condition::Ids((1..10).map(id).collect())]].concat() };
            assert_eq!(numbers(&store, Kind::Comments, filter.clone()).await, expected, "{filter:?}");
        }
        let operation = a_point(Kind::Operations, 1, json!({"state": "running", "started_at": 5}));
        store.write(upsert(Kind::Operations, vec![operation.clone()])).await.unwrap();
        assert_same(&everything(&store, Kind::Operations, only(any_of("state", &["running"]))).await, &[operation]);
        store.close().await.unwrap();
    }
}
