//! Writing, deleting, compacting, closing.

use futures::future::join_all;
use klartext_server::store::{Bounds, Compaction, Condition, Filter, Kind, Payload, Point, Store, StoreError, Write};
use serde_json::json;

use super::points::{
    any_of, assert_same, delete, everything, id, ids, numbers, only, payload, point, unit_vector, upsert,
    with_six_mentions, write,
};
use super::reading::conditions;

pub async fn every_kind_comes_back(store: &dyn Store) {
    for kind in Kind::ALL {
        let points = vec![point(kind, 1, json!({"tenant": "a", "time": 7})), point(kind, 2, json!({}))];
        write(store, vec![upsert(kind, points.clone())]).await;
        assert_same(&everything(store, kind, Filter::default()).await, &points);
        assert_eq!(store.count(kind, Filter::default()).await.expect("it counts"), 2);
    }
    store.ready().await.expect("it is ready");
}

pub async fn odd_values_survive(store: &dyn Store) {
    let fields = json!({
        "text": "Grüße, 40 Minuten gewartet 😀 \"oh\"\n\u{0}\u{200d}", "nothing": null, "yes": true, "no": false,
        "zero": 0, "whole": 9.0, "part": -3.25, "small": 5e-324, "large": 1.7976931348623157e308,
        "most": i64::MAX, "least": i64::MIN, "micros": 1_700_000_000_123_456_i64,
        "list": [1, "zwei", null, [3.5], {}], "empty": [], "deep": {"spans": [{"from": 1, "to": null}]},
        "": "a field without a name", "with.dot": 1, "mit Umlaut ß": "ß",
    });
    for kind in Kind::ALL {
        let odd = point(kind, u128::MAX, fields.clone());
        write(store, vec![upsert(kind, vec![odd.clone()])]).await;
        let stored = store.get(kind, vec![odd.id], true).await.expect("it is read");
        assert_same(&stored, std::slice::from_ref(&odd));
    }
}

pub async fn the_deepest_payload_survives(store: &dyn Store) {
    let (mut objects, mut lists) = (json!(1), json!(1));
    for _ in 0..31 {
        objects = json!({ "a": objects });
        lists = json!([lists]);
    }
    let deep = point(Kind::Meta, 1, json!({"objects": objects, "lists": lists}));
    write(store, vec![upsert(Kind::Meta, vec![deep.clone()])]).await;
    assert_same(&everything(store, Kind::Meta, Filter::default()).await, &[deep]);
}

pub async fn vectors_are_normalised(store: &dyn Store) {
    let long = Point { vector: Some(vec![3.0; 8]), ..point(Kind::Comments, 1, json!({})) };
    write(store, vec![upsert(Kind::Comments, vec![long.clone()])]).await;
    let length_one = Point { vector: Some(vec![8f32.sqrt().recip(); 8]), ..long };
    assert_same(&everything(store, Kind::Comments, Filter::default()).await, &[length_one]);
}

pub async fn an_upsert_replaces_the_whole_point(store: &dyn Store) {
    for kind in Kind::ALL {
        write(store, vec![upsert(kind, vec![point(kind, 1, json!({"tenant": "a", "old": 1}))])]).await;
        let mut new = point(kind, 1, json!({"tenant": "b"}));
        new.vector = kind.has_vectors().then(|| unit_vector(77));
        write(store, vec![upsert(kind, vec![new.clone()])]).await;
        assert_same(&everything(store, kind, Filter::default()).await, &[new]);
        assert_eq!(store.count(kind, only(any_of("tenant", &["a"]))).await.expect("it counts"), 0);
    }
}

pub async fn setting_fields_leaves_the_rest(store: &dyn Store) {
    for kind in Kind::ALL {
        let points: Vec<Point> =
            (1..4).map(|number| point(kind, number, json!({"tenant": "a", "old": {"deep": number as u64}}))).collect();
        write(store, vec![upsert(kind, points.clone())]).await;
        let fields = vec![
            (id(1), payload(json!({"tenant": "b", "new": [1.5, 2]}))),
            (id(9), payload(json!({"tenant": "b"}))),
            (id(2), payload(json!({"tenant": null, "old": 7}))),
            (id(2), payload(json!({"new": true}))),
        ];
        write(store, vec![Write::SetFields { kind, fields }, Write::SetFields { kind, fields: vec![] }]).await;
        let mut expected = points;
        expected[0].payload = payload(json!({"tenant": "b", "old": {"deep": 1}, "new": [1.5, 2]}));
        expected[1].payload = payload(json!({"old": 7, "new": true}));
        assert_same(&everything(store, kind, Filter::default()).await, &expected);
        for (tenant, count) in [("a", 1), ("b", 1)] {
            assert_eq!(store.count(kind, only(any_of("tenant", &[tenant]))).await.expect("it counts"), count);
        }
    }
}

pub async fn the_last_of_one_id_counts(store: &dyn Store) {
    let version = |tenant| point(Kind::Comments, 1, json!({ "tenant": tenant }));
    write(store, vec![upsert(Kind::Comments, vec![version("a"), version("b")])]).await;
    assert_same(&everything(store, Kind::Comments, Filter::default()).await, &[version("b")]);
}

pub async fn a_list_is_applied_in_its_order(store: &dyn Store) {
    let mention = |comment| point(Kind::Mentions, 1, json!({ "comment_id": comment }));
    let comment = point(Kind::Comments, 1, json!({"tenant": "a"}));
    let list = vec![
        upsert(Kind::Mentions, vec![mention("old")]),
        upsert(Kind::Comments, vec![comment.clone()]),
        delete(Kind::Mentions, any_of("comment_id", &["old"])),
        upsert(Kind::Mentions, vec![mention("new")]),
        delete(Kind::Mentions, any_of("comment_id", &["old"])),
        delete(Kind::Comments, any_of("tenant", &["b"])),
    ];
    write(store, list).await;
    assert_same(&everything(store, Kind::Mentions, Filter::default()).await, &[mention("new")]);
    assert_same(&everything(store, Kind::Comments, Filter::default()).await, &[comment]);
}

pub async fn writing_again_changes_nothing(store: &dyn Store) {
    let points: Vec<Point> =
        (0..20).map(|number| point(Kind::Mentions, number, json!({"time": number as u64}))).collect();
    let early = Condition::Range { field: "time", bounds: Bounds { below: Some(5.0), ..Bounds::default() } };
    let list = vec![upsert(Kind::Mentions, points.clone()), delete(Kind::Mentions, early)];
    for _ in 0..3 {
        write(store, list.clone()).await;
        assert_same(&everything(store, Kind::Mentions, Filter::default()).await, &points[5..]);
    }
}

pub async fn empty_lists_do_nothing(store: &dyn Store) {
    write(store, vec![]).await;
    write(store, vec![upsert(Kind::Mentions, vec![]), upsert(Kind::Meta, vec![])]).await;
    assert_eq!(store.get(Kind::Mentions, vec![], true).await.expect("it is read"), []);
    assert_eq!(numbers(store, Kind::Mentions, Filter::default()).await, []);
}

pub async fn an_invalid_point_refuses_the_list(store: &dyn Store) {
    let good = point(Kind::Comments, 1, json!({"tenant": "a"}));
    let with_vector = |vector| Point { id: id(2), vector, payload: Payload::new() };
    let with_payload = |fields| Point { id: id(2), vector: None, payload: payload(fields) };
    let mut deep = json!(1);
    for _ in 0..32 {
        deep = json!([deep]);
    }
    let bad = [
        (Kind::Comments, with_vector(None), "no vector"),
        (Kind::Comments, with_vector(Some(vec![])), "0 numbers"),
        (Kind::Comments, with_vector(Some(vec![0.5; 9])), "9 numbers instead of 8"),
        (Kind::Comments, with_vector(Some(vec![f32::NAN; 8])), "not finite"),
        (Kind::Comments, with_vector(Some(vec![f32::INFINITY; 8])), "not finite"),
        (Kind::Comments, with_vector(Some(vec![f32::MAX; 8])), "too large"),
        (Kind::Meta, with_vector(Some(vec![0.5; 8])), "this kind has none"),
        (Kind::Meta, with_payload(json!({ "deep": deep })), "nests deeper"),
        (Kind::Meta, with_payload(json!({"big": [u64::MAX]})), "an integer above"),
    ];
    for (kind, point, reason) in bad {
        let list = vec![upsert(Kind::Comments, vec![good.clone()]), upsert(kind, vec![point])];
        let error = store.write(list).await.expect_err(reason);
        assert!(matches!(&error, StoreError::InvalidPoint { id: bad, .. } if *bad == id(2)), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    for kind in Kind::ALL {
        assert_eq!(store.count(kind, Filter::default()).await.expect("it counts"), 0);
    }
}

pub async fn an_invalid_filter_refuses_the_list(store: &dyn Store) {
    let not_finite = Condition::Range { field: "time", bounds: Bounds::exactly(f64::NAN) };
    let inside = Condition::Nested { field: "mentions", all: vec![not_finite.clone()] };
    for condition in [not_finite, inside, any_of("", &["a"]), any_of("a..b", &["a"]), any_of("a b", &["a"])] {
        let list = vec![
            upsert(Kind::Comments, vec![point(Kind::Comments, 1, json!({}))]),
            delete(Kind::Comments, condition.clone()),
        ];
        let error = store.write(list).await.expect_err("it is invalid");
        assert!(matches!(error, StoreError::Write { .. }), "{condition:?}: {error}");
    }
    assert_eq!(store.count(Kind::Comments, Filter::default()).await.expect("it counts"), 0);
}

pub async fn delete_removes_what_is_selected(store: &dyn Store) {
    for (all, expected) in conditions() {
        with_six_mentions(store).await;
        let filter = Filter { all };
        write(store, vec![Write::Delete { kind: Kind::Mentions, filter: filter.clone() }]).await;
        let kept: Vec<u128> = (1..=6).filter(|number| !expected.contains(number)).collect();
        assert_eq!(numbers(store, Kind::Mentions, Filter::default()).await, kept, "{filter:?}");
    }
}

pub async fn delete_all_empties_one_kind(store: &dyn Store) {
    for kind in Kind::ALL {
        write(store, vec![upsert(kind, vec![point(kind, 1, json!({})), point(kind, 2, json!({}))])]).await;
    }
    write(store, vec![Write::Delete { kind: Kind::Journeys, filter: Filter::default() }]).await;
    for kind in Kind::ALL {
        let left = if kind == Kind::Journeys { 0 } else { 2 };
        assert_eq!(store.count(kind, Filter::default()).await.expect("it counts"), left, "{kind:?}");
    }
}

pub async fn a_big_list_arrives(store: &dyn Store) {
    let points: Vec<Point> =
        (0..3_000).map(|number| point(Kind::Mentions, number, json!({"time": number as u64, "tenant": "a"}))).collect();
    let gone = ids(&(0..3_000).step_by(3).collect::<Vec<_>>());
    write(store, vec![upsert(Kind::Mentions, points.clone()), delete(Kind::Mentions, Condition::Ids(gone))]).await;
    let kept: Vec<Point> = points.into_iter().filter(|point| point.id.as_u128() % 3 != 0).collect();
    assert_same(&everything(store, Kind::Mentions, Filter::default()).await, &kept);
    let asked: Vec<_> = kept.iter().rev().map(|point| point.id).collect();
    let got = store.get(Kind::Mentions, asked.clone(), false).await.expect("it is read");
    assert_eq!(got.iter().map(|point| point.id).collect::<Vec<_>>(), asked);
}

pub async fn big_points_arrive(store: &dyn Store) {
    let text = |number: u128| format!("{number} {}", "Ü".repeat(250_000));
    let points: Vec<Point> = (0..12).map(|number| point(Kind::Meta, number, json!({"text": text(number)}))).collect();
    write(store, vec![upsert(Kind::Meta, points.clone())]).await;
    assert_same(&everything(store, Kind::Meta, Filter::default()).await, &points);
}

pub async fn concurrent_writers_lose_nothing(store: &dyn Store) {
    const WRITERS: u128 = 8;
    const ROUNDS: u64 = 5;
    let writer = |writer: u128| async move {
        for round in 0..ROUNDS {
            let fields = json!({"tenant": writer.to_string(), "time": round});
            let mine = (0..10).map(|number| point(Kind::Mentions, 1_000 * (writer + 1) + number, fields.clone()));
            let shared = point(Kind::Comments, 1, fields.clone());
            let gone = id(1_000 * (writer + 1) + u128::from(round));
            let list = vec![
                upsert(Kind::Mentions, mine.collect()),
                upsert(Kind::Comments, vec![shared]),
                delete(Kind::Mentions, Condition::Ids(vec![gone])),
            ];
            write(store, list).await;
        }
    };
    join_all((0..WRITERS).map(writer)).await;
    let stored = everything(store, Kind::Mentions, Filter::default()).await;
    assert_eq!(stored.len() as u128, WRITERS * 9);
    assert!(stored.iter().all(|point| point.payload["time"] == json!(ROUNDS - 1)));
    // The shared one is somebody's last version, whole.
    let shared = everything(store, Kind::Comments, Filter::default()).await;
    assert_eq!((shared.len(), &shared[0].payload["time"]), (1, &json!(ROUNDS - 1)));
}

pub async fn writes_are_seen_at_once(store: &dyn Store) {
    for number in 0..20 {
        write(store, vec![upsert(Kind::Comments, vec![point(Kind::Comments, number, json!({"tenant": "a"}))])]).await;
        let count = store.count(Kind::Comments, only(any_of("tenant", &["a"]))).await;
        assert_eq!(count.expect("it counts"), number as u64 + 1);
    }
}

pub async fn compacting_loses_nothing(store: &dyn Store) {
    let points: Vec<Point> = (0..300).map(|number| point(Kind::Mentions, number, json!({"tenant": "a"}))).collect();
    let gone = ids(&(0..150).collect::<Vec<_>>());
    write(store, vec![upsert(Kind::Mentions, points.clone()), delete(Kind::Mentions, Condition::Ids(gone))]).await;
    let compaction = store.compact().await.expect("it compacts");
    assert!(matches!(compaction, Compaction::Done | Compaction::LeftToServer));
    assert_same(&everything(store, Kind::Mentions, Filter::default()).await, &points[150..]);
    write(store, vec![upsert(Kind::Mentions, points[..10].to_vec())]).await;
    assert_eq!(store.count(Kind::Mentions, only(any_of("tenant", &["a"]))).await.expect("it counts"), 160);
}

pub async fn closed_is_closed(store: &dyn Store) {
    write(store, vec![upsert(Kind::Meta, vec![point(Kind::Meta, 1, json!({}))])]).await;
    store.close().await.expect("it closes");
    assert!(matches!(store.write(vec![]).await, Err(StoreError::Closed)));
    assert!(matches!(store.get(Kind::Meta, vec![], false).await, Err(StoreError::Closed)));
    assert!(matches!(store.scroll(Kind::Meta, Filter::default(), None, 1, false).await, Err(StoreError::Closed)));
    assert!(matches!(store.count(Kind::Meta, Filter::default()).await, Err(StoreError::Closed)));
    assert!(matches!(store.compact().await, Err(StoreError::Closed)));
    assert!(matches!(store.ready().await, Err(StoreError::Closed)));
    assert!(matches!(store.close().await, Err(StoreError::Closed)));
}
