//! Getting, paging, ordering, searching, counting.

use klartext_server::store::{Bounds, Condition, FieldValue, Filter, Kind, Order, Point, Store, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::points::{
    any_of, assert_same, id, ids, none_of, numbers, only, point, unit_vector, upsert, with_six_mentions, write,
};

/// Conditions, and which of the six mentions they hold for.
pub fn conditions() -> Vec<(Vec<Condition>, Vec<u128>)> {
    let within = |field, bounds| vec![Condition::Range { field, bounds }];
    let open = Bounds::default();
    let from_to = |field, from, to| within(field, Bounds { at_least: from, below: to, ..open });
    let nested = |all| vec![Condition::Nested { field: "mentions", all }];
    let of_element = |field, value| any_of(field, &[value]);
    vec![
        (vec![], vec![1, 2, 3, 4, 5, 6]),
        (vec![any_of("tenant", &["a"])], vec![1, 2]),
        (vec![any_of("tenant", &["a", "b"])], vec![1, 2, 3, 4]),
        (vec![any_of("tenant", &[""])], vec![5]),
        (vec![any_of("tenant", &["ä 😀"])], vec![6]),
        (vec![any_of("tenant", &["A"])], vec![]),
        (vec![any_of("tenant", &[])], vec![]),
        (vec![any_of("topics", &["waiting", "other"])], vec![1]),
        (vec![any_of("topics", &["price"])], vec![1, 2]),
        (vec![any_of("no_such_field", &["x"])], vec![]),
        (vec![none_of("tenant", &["a"])], vec![3, 4, 5, 6]),
        (vec![none_of("channel", &["chat", "shop"])], vec![4, 5, 6]),
        (vec![none_of("topics", &["price"])], vec![3, 4, 5, 6]),
        (vec![none_of("tenant", &[])], vec![1, 2, 3, 4, 5, 6]),
        (from_to("time", Some(10.0), Some(20.0)), vec![1]),
        (from_to("time", Some(10.5), None), vec![2, 3, 4]),
        (from_to("time", None, Some(30.0)), vec![1, 2]),
        (within("time", Bounds { above: Some(10.0), ..open }), vec![2, 3, 4]),
        (within("time", Bounds { at_most: Some(20.0), ..open }), vec![1, 2]),
        (within("time", Bounds { above: Some(10.0), at_most: Some(30.0), ..open }), vec![2, 3]),
        (within("time", Bounds::exactly(1_700_000_000_123.0)), vec![4]),
        (from_to("time", Some(1_700_000_000_124.0), None), vec![]),
        (within("nps", Bounds::exactly(0.0)), vec![1]),
        (from_to("nps", Some(0.0), Some(10.0)), vec![1, 4]),
        (from_to("nps", None, None), vec![1, 2, 4]),
        (from_to("score", Some(0.5), Some(1.0)), vec![1]),
        (from_to("score", Some(5.0), Some(1.0)), vec![]),
        (nested(vec![of_element("touchpoint", "hotline")]), vec![6]),
        (nested(vec![of_element("touchpoint", "hotline"), of_element("sentiment", "negative")]), vec![6]),
        // Each is true of one element, both are of none.
        (nested(vec![of_element("touchpoint", "hotline"), of_element("sentiment", "positive")]), vec![]),
        (nested(from_to("score", Some(0.0), None)), vec![6]),
        (vec![any_of("mentions[].touchpoint", &["app"])], vec![6]),
        (vec![Condition::Ids(ids(&[2, 4, 99]))], vec![2, 4]),
        (vec![Condition::Ids(vec![])], vec![]),
        (vec![Condition::NotIds(ids(&[2, 4, 99]))], vec![1, 3, 5, 6]),
        (vec![Condition::NotIds(vec![])], vec![1, 2, 3, 4, 5, 6]),
        (vec![any_of("tenant", &["a", "b"]), none_of("channel", &["shop"])], vec![1, 3, 4]),
        (vec![any_of("tenant", &["a"]), any_of("tenant", &["b"])], vec![]),
        (vec![Condition::Ids(ids(&[1, 2, 3])), Condition::NotIds(ids(&[2])), any_of("tenant", &["a"])], vec![1]),
    ]
}

pub async fn conditions_select(store: &dyn Store) {
    with_six_mentions(store).await;
    for (all, expected) in conditions() {
        let filter = Filter { all };
        assert_eq!(numbers(store, Kind::Mentions, filter.clone()).await, expected, "{filter:?}");
        let count = store.count(Kind::Mentions, filter.clone()).await.expect("it counts");
        assert_eq!(count, expected.len() as u64, "{filter:?}");
        let some = [1, 3, 6, 99];
        let matching = store.matching(Kind::Mentions, filter.clone(), ids(&some)).await.expect("it reads");
        let of_some = expected.into_iter().filter(|number| some.contains(number));
        assert_eq!(matching, of_some.map(id).collect(), "{filter:?}");
        let of_none = store.matching(Kind::Mentions, filter, Vec::new()).await.expect("it reads");
        assert!(of_none.is_empty());
    }
}

pub async fn get_keeps_the_order(store: &dyn Store) {
    for kind in Kind::ALL {
        let points: Vec<Point> = (0..5).map(|number| point(kind, number, json!({"time": number as u64}))).collect();
        write(store, vec![upsert(kind, points.clone())]).await;
        let got = store.get(kind, ids(&[3, 9, 1, 3, 0, 1]), true).await.expect("it is read");
        assert_same(&got, &[points[3].clone(), points[1].clone(), points[0].clone()]);
        let without = store.get(kind, ids(&[4]), false).await.expect("it is read");
        assert_eq!(without, [Point { vector: None, ..points[4].clone() }]);
        assert_eq!(store.get(kind, ids(&[77]), true).await.expect("it is read"), []);
    }
}

/// Spread over the whole range of ids.
fn spread(number: u128) -> Uuid {
    Uuid::from_u128(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

pub async fn pages_are_complete(store: &dyn Store) {
    // Written in an order that is not that of the ids, and not in one piece.
    for start in [700_u128, 0, 350] {
        let in_piece = |number: u128| {
            let tenant = if number.is_multiple_of(3) { "b" } else { "a" };
            Point { id: spread(number), ..point(Kind::Comments, number, json!({ "tenant": tenant })) }
        };
        write(store, vec![upsert(Kind::Comments, (start..start + 350).rev().map(in_piece).collect())]).await;
    }
    for (filter, expected) in [(Filter::default(), 1_050), (only(any_of("tenant", &["b"])), 350)] {
        for limit in [7, 350, 1_049, 1_050, 5_000] {
            let mut found = Vec::new();
            let mut from = None;
            loop {
                let page = store.scroll(Kind::Comments, filter.clone(), from, limit, false).await;
                let (page, next) = page.expect("it is read");
                assert!(page.len() == limit || next.is_none(), "a short page is the last");
                found.extend(page.iter().map(|point| point.id));
                from = next;
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(found.len(), expected, "in pages of {limit}");
            assert!(found.is_sorted_by(|left, right| left < right));
        }
    }
}

pub async fn a_page_starts_anywhere(store: &dyn Store) {
    let points = [10, 20, 30].map(|number| point(Kind::Mentions, number, json!({})));
    write(store, vec![upsert(Kind::Mentions, points.to_vec())]).await;
    for (from, expected) in [(0, vec![10, 20]), (10, vec![10, 20]), (11, vec![20, 30]), (30, vec![30]), (31, vec![])] {
        let page = store.scroll(Kind::Mentions, Filter::default(), Some(id(from)), 2, false).await;
        let (page, next) = page.expect("it is read");
        assert_eq!(page.iter().map(|point| point.id.as_u128()).collect::<Vec<_>>(), expected, "from {from}");
        assert_eq!(next.map(|next| next.as_u128()), (from <= 10).then_some(30), "from {from}");
    }
}

async fn ordered(store: &dyn Store, filter: Filter, field: &'static str, descending: bool, limit: usize) -> Vec<u128> {
    let points = store.scroll_by(Kind::Comments, filter, Order { field, descending }, limit, false).await;
    points.expect("it is read").iter().map(|point| point.id.as_u128()).collect()
}

pub async fn points_come_in_order(store: &dyn Store) {
    let comments = [
        (1, json!({"time": 30, "severity": 0.25, "channel": "chat"})),
        (2, json!({"time": -5, "severity": 1, "channel": "shop"})),
        (3, json!({"time": 1_700_000_000_123_456_i64, "severity": -0.5, "channel": "chat"})),
        (4, json!({"channel": "chat"})),
        (5, json!({"time": 20, "severity": null})),
    ];
    let points = comments.map(|(number, fields)| point(Kind::Comments, number, fields));
    write(store, vec![upsert(Kind::Comments, points.to_vec())]).await;
    let all = Filter::default;
    assert_eq!(ordered(store, all(), "time", false, 10).await, [2, 5, 1, 3]);
    assert_eq!(ordered(store, all(), "time", true, 10).await, [3, 1, 5, 2]);
    assert_eq!(ordered(store, all(), "time", true, 2).await, [3, 1]);
    assert_eq!(ordered(store, all(), "severity", false, 10).await, [3, 1, 2]);
    assert_eq!(ordered(store, all(), "severity", true, 1).await, [2]);
    assert_eq!(ordered(store, only(any_of("channel", &["chat"])), "time", true, 10).await, [3, 1]);
    let since = Bounds { above: Some(20.0), ..Bounds::default() };
    assert_eq!(ordered(store, only(Condition::Range { field: "time", bounds: since }), "time", false, 1).await, [1]);
    assert_eq!(ordered(store, only(any_of("channel", &["mail"])), "time", true, 10).await, []);
    let order = Order { field: "time", descending: true };
    let with_vectors = store.scroll_by(Kind::Comments, all(), order, 1, true).await.expect("it is read");
    assert_same(&with_vectors, &points[2..3]);
}

pub async fn ties_all_come(store: &dyn Store) {
    let points = (0..90).map(|number| point(Kind::Comments, number, json!({"time": (number / 30) as u64})));
    write(store, vec![upsert(Kind::Comments, points.collect())]).await;
    for (limit, expected_last) in [(30, 2), (31, 1), (60, 1), (90, 0)] {
        let order = Order { field: "time", descending: true };
        let found = store.scroll_by(Kind::Comments, Filter::default(), order, limit, false).await.expect("it is read");
        let mut different: Vec<Uuid> = found.iter().map(|point| point.id).collect();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), limit);
        let times: Vec<u64> = found.iter().filter_map(|point| point.payload["time"].as_u64()).collect();
        assert!(times.is_sorted_by(|earlier, later| earlier >= later));
        assert_eq!(times.last(), Some(&expected_last));
    }
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f32>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

pub async fn the_nearest_come_first(store: &dyn Store) {
    for kind in [Kind::Comments, Kind::Mentions] {
        let mut points: Vec<Point> = (0..50).map(|number| point(kind, number, json!({"n": number as u64}))).collect();
        // One that points the other way.
        points[49].vector = Some(unit_vector(7).iter().map(|number| -number).collect());
        write(store, vec![upsert(kind, points.clone())]).await;
        // Its length does not matter.
        let asked: Vec<f32> = unit_vector(7).iter().map(|number| number * 3.0).collect();
        let found = store.search(kind, asked.clone(), Filter::default(), 0, 50).await.expect("it is searched");
        assert_eq!(found.len(), 50);
        assert_eq!(found[0].point, Point { vector: None, ..points[7].clone() });
        assert_eq!(found[49].point.id, id(49));
        assert!(found.is_sorted_by(|better, worse| better.similarity >= worse.similarity));
        for found in &found {
            let vector = points[found.point.id.as_u128() as usize].vector.as_deref().expect("it has one");
            let expected = cosine(&asked, vector);
            assert!((found.similarity - expected).abs() < 1e-4, "{} instead of {expected}", found.similarity);
        }
    }
}

pub async fn a_search_filters_and_pages(store: &dyn Store) {
    let channel = |number: u128| if number.is_multiple_of(2) { "chat" } else { "shop" };
    let points = (0..40).map(|number| point(Kind::Comments, number, json!({"channel": channel(number)})));
    write(store, vec![upsert(Kind::Comments, points.collect())]).await;
    let chat = only(any_of("channel", &["chat"]));
    let search = async |offset, limit| -> Vec<u128> {
        let found = store.search(Kind::Comments, unit_vector(4), chat.clone(), offset, limit).await;
        found.expect("it is searched").iter().map(|found| found.point.id.as_u128()).collect()
    };
    let all = search(0, 100).await;
    assert_eq!((all.len(), all[0]), (20, 4));
    assert!(all.iter().all(|number| number.is_multiple_of(2)));
    let mut pages = search(0, 7).await;
    pages.extend(search(7, 7).await);
    pages.extend(search(14, 7).await);
    assert_eq!(pages, all);
    assert_eq!(search(20, 7).await, []);
}

pub async fn invalid_questions_are_refused(store: &dyn Store) {
    write(store, vec![upsert(Kind::Comments, vec![point(Kind::Comments, 1, json!({"time": 1}))])]).await;
    let is_refused = |outcome: Result<(), StoreError>, what: &str| {
        let error = outcome.expect_err(what);
        assert!(matches!(error, StoreError::Read { .. }), "{what}: {error}");
    };
    let endless = Condition::Range { field: "time", bounds: Bounds::exactly(f64::INFINITY) };
    for condition in [endless, any_of("a b", &["x"]), Condition::Nested { field: "", all: vec![] }] {
        let filter = only(condition);
        let order = Order { field: "time", descending: true };
        is_refused(store.count(Kind::Comments, filter.clone()).await.map(|_| ()), "count");
        is_refused(store.scroll(Kind::Comments, filter.clone(), None, 1, false).await.map(|_| ()), "scroll");
        is_refused(store.scroll_by(Kind::Comments, filter.clone(), order, 1, false).await.map(|_| ()), "scroll_by");
        is_refused(store.search(Kind::Comments, unit_vector(1), filter, 0, 1).await.map(|_| ()), "search");
    }
    let short = store.search(Kind::Comments, vec![1.0; 3], Filter::default(), 0, 1).await;
    is_refused(short.map(|_| ()), "a vector of another size");
    let no_field = store.scroll_by(Kind::Comments, Filter::default(), Order { field: "", descending: false }, 1, false);
    is_refused(no_field.await.map(|_| ()), "no field");
    is_refused(store.count_by(Kind::Comments, "", Filter::default()).await.map(|_| ()), "no field to count by");
    let no_vectors = store.search(Kind::Meta, unit_vector(1), Filter::default(), 0, 1).await;
    is_refused(no_vectors.map(|_| ()), "a kind without vectors");
}

pub async fn counts_are_exact(store: &dyn Store) {
    assert_eq!(store.count(Kind::Mentions, Filter::default()).await.expect("it counts"), 0);
    let mentions = |numbers: std::ops::Range<u128>| -> Vec<Point> {
        numbers.map(|number| point(Kind::Mentions, number, json!({"tenant": "a", "time": number as u64}))).collect()
    };
    write(store, vec![upsert(Kind::Mentions, mentions(0..1_234))]).await;
    // Replaced ones do not count twice.
    write(store, vec![upsert(Kind::Mentions, mentions(200..900))]).await;
    assert_eq!(store.count(Kind::Mentions, Filter::default()).await.expect("it counts"), 1_234);
    let from = Condition::Range { field: "time", bounds: Bounds { at_least: Some(1_000.0), ..Bounds::default() } };
    assert_eq!(store.count(Kind::Mentions, only(from)).await.expect("it counts"), 234);
    assert_eq!(store.count(Kind::Comments, Filter::default()).await.expect("it counts"), 0);
}

async fn counted(store: &dyn Store, kind: Kind, field: &'static str, filter: Filter) -> Vec<(FieldValue, u64)> {
    let mut counted = store.count_by(kind, field, filter).await.expect("it counts");
    counted.sort();
    counted
}

pub async fn values_are_counted(store: &dyn Store) {
    with_six_mentions(store).await;
    let keywords = |counts: &[(&str, u64)]| -> Vec<(FieldValue, u64)> {
        counts.iter().map(|(value, count)| (FieldValue::Keyword((*value).to_owned()), *count)).collect()
    };
    let all = Filter::default();
    let topics = counted(store, Kind::Mentions, "topics", all.clone()).await;
    assert_eq!(topics, keywords(&[("price", 2), ("waiting", 1)]));
    let channels = counted(store, Kind::Mentions, "channel", only(any_of("tenant", &["a"]))).await;
    assert_eq!(channels, keywords(&[("chat", 1), ("shop", 1)]));
    let with_score = |number: u128, score: i64| point(Kind::Mentions, number, json!({ "sentiment_by_day": score }));
    let scored = (10..15).map(|number| with_score(number, if number < 13 { -100 } else { 42 })).collect();
    write(store, vec![upsert(Kind::Mentions, scored)]).await;
    let scores = counted(store, Kind::Mentions, "sentiment_by_day", all.clone()).await;
    assert_eq!(scores, [(FieldValue::Integer(-100), 3), (FieldValue::Integer(42), 2)]);

    // Elements with one value count the point once, and a replaced point not at all.
    let elements = |names: &[&str]| {
        let elements: Vec<Value> = names.iter().map(|name| json!({ "touchpoint": name })).collect();
        json!({ "mentions": elements })
    };
    let comments = [(1, elements(&["app"])), (2, elements(&["app", "app", "hotline"])), (1, elements(&["hotline"]))];
    for (number, fields) in comments {
        write(store, vec![upsert(Kind::Comments, vec![point(Kind::Comments, number, fields)])]).await;
    }
    let touchpoints = counted(store, Kind::Comments, "mentions[].touchpoint", all).await;
    assert_eq!(touchpoints, keywords(&[("app", 1), ("hotline", 2)]));
}
