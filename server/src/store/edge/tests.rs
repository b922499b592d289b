mod compaction;
mod figures;
mod indexes;
mod search;

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use qdrant_edge::{PointInsertOperations, PointOperations, UpdateOperation};

use super::open::load_or_create;
use super::*;
use crate::store::{Bounds, Condition, INDEXES, Payload};

const SIZE: usize = 8;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn payload(value: Value) -> Payload {
    match value {
        Value::Object(fields) => fields,
        other => panic!("no object: {other}"),
    }
}

fn unit_vector(seed: u128, size: usize) -> Vec<f32> {
    let raw: Vec<f32> = (0..size).map(|at| ((seed as f32 + 1.0) * (at as f32 + 0.7)).sin() + 0.01).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    raw.iter().map(|number| number / length).collect()
}

fn a_point(kind: Kind, number: u128, fields: Value) -> Point {
    let vector = kind.has_vectors().then(|| unit_vector(number, SIZE));
    Point { id: id(number), vector, payload: payload(fields) }
}

fn upsert(kind: Kind, points: Vec<Point>) -> Vec<Write> {
    vec![Write::Upsert { kind, points }]
}

fn only(condition: Condition) -> Filter {
    Filter { all: vec![condition] }
}

fn any_of(field: &'static str, values: &[&str]) -> Condition {
    Condition::AnyOf { field, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn none_of(field: &'static str, values: &[&str]) -> Condition {
    Condition::NoneOf { field, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn open(folder: &Path) -> EdgeStore {
    EdgeStore::open(folder, EdgeOptions::new(SIZE)).unwrap()
}

fn fresh() -> (TempDir, EdgeStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    (folder, store)
}

async fn everything(store: &EdgeStore, kind: Kind, filter: Filter) -> Vec<Point> {
    let (points, next) = store.scroll(kind, filter, None, 1_000_000, true).await.unwrap();
    assert_eq!(next, None);
    points
}

async fn numbers(store: &EdgeStore, kind: Kind, filter: Filter) -> Vec<u128> {
    everything(store, kind, filter).await.iter().map(|point| point.id.as_u128()).collect()
}

/// Equal, but for the rounding of the vectors' lengths.
fn assert_same(stored: &[Point], expected: &[Point]) {
    let without_vector =
        |points: &[Point]| -> Vec<_> { points.iter().map(|point| (point.id, point.payload.clone())).collect() };
    assert_eq!(without_vector(stored), without_vector(expected));
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

#[tokio::test]
async fn all_kinds_come_back_as_they_were_written() {
    let (_folder, store) = fresh();
    let fields = json!({
        "tenant": "a", "text": "Grüße, 40 Minuten gewartet 😀", "time": 1_700_000_000_123_i64, "nps": 9, "csat": 3.5,
        "nothing": null, "yes": true, "topics": ["price", "waiting"], "empty": [], "deep": {"spans": [{"from": 1}]},
        "big": i64::MAX, "": "", "with.dot": 1,
    });
    for kind in Kind::ALL {
        let points = vec![a_point(kind, 1, fields.clone()), a_point(kind, 2, json!({}))];
        store.write(upsert(kind, points.clone())).await.unwrap();
        assert_same(&everything(&store, kind, Filter::default()).await, &points);
        assert_same(
            &store.get(kind, vec![id(2), id(9), id(1)], true).await.unwrap(),
            &[points[1].clone(), points[0].clone()],
        );
        let without = store.get(kind, vec![id(1)], false).await.unwrap();
        assert_eq!(without[0].vector, None);
        assert_eq!(store.count(kind, Filter::default()).await.unwrap(), 2);
    }
    store.ready().await.unwrap();
}

#[tokio::test]
async fn upsert_replaces_the_whole_point() {
    let (_folder, store) = fresh();
    for kind in Kind::ALL {
        store.write(upsert(kind, vec![a_point(kind, 1, json!({"tenant": "a", "old": 1}))])).await.unwrap();
        let mut new = a_point(kind, 1, json!({"tenant": "b"}));
        new.vector = kind.has_vectors().then(|| unit_vector(77, SIZE));
        store.write(upsert(kind, vec![new.clone()])).await.unwrap();
        assert_same(&everything(&store, kind, Filter::default()).await, &[new]);
        assert_eq!(store.count(kind, only(any_of("tenant", &["a"]))).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn of_two_points_with_one_id_the_last_counts() {
    let (_folder, store) = fresh();
    let twice = |value| a_point(Kind::Comments, 1, json!({"tenant": value}));
    store.write(upsert(Kind::Comments, vec![twice("a"), twice("b")])).await.unwrap();
    assert_same(&everything(&store, Kind::Comments, Filter::default()).await, &[twice("b")]);
}

#[tokio::test]
async fn writes_are_applied_in_their_order() {
    let (_folder, store) = fresh();
    let point = |value| a_point(Kind::Mentions, 1, json!({"comment_id": value}));
    let writes = vec![
        Write::Upsert { kind: Kind::Mentions, points: vec![point("old")] },
        Write::Delete { kind: Kind::Mentions, filter: only(any_of("comment_id", &["old"])) },
        Write::Upsert { kind: Kind::Mentions, points: vec![point("new")] },
        Write::Delete { kind: Kind::Mentions, filter: only(any_of("comment_id", &["old"])) },
    ];
    store.write(writes).await.unwrap();
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &[point("new")]);
}

async fn with_five_mentions(store: &EdgeStore) {
    let fields = [
        json!({"tenant": "a", "channel": "chat", "topics": ["price", "waiting"], "time": 10, "nps": 0, "score": 0.5}),
        json!({"tenant": "a", "channel": "shop", "topics": ["price"], "time": 20, "nps": 10.0, "score": 1.0}),
        json!({"tenant": "b", "channel": "chat", "topics": [], "time": 30}),
        json!({"tenant": "b", "time": 1_700_000_000_123_i64, "nps": 5}),
        json!({"tenant": "", "channel": null}),
    ];
    let points = (1..).zip(fields).map(|(number, fields)| a_point(Kind::Mentions, number, fields)).collect();
    store.write(upsert(Kind::Mentions, points)).await.unwrap();
}

/// Conditions, and which of the five mentions they hold for.
fn conditions() -> Vec<(Vec<Condition>, Vec<u128>)> {
    let range =
        |field, from, to| Condition::Range { field, bounds: Bounds { at_least: from, below: to, ..Bounds::default() } };
    let ids = |numbers: &[u128]| numbers.iter().copied().map(id).collect::<Vec<_>>();
    vec![
        (vec![], vec![1, 2, 3, 4, 5]),
        (vec![any_of("tenant", &["a"])], vec![1, 2]),
        (vec![any_of("tenant", &["a", "b"])], vec![1, 2, 3, 4]),
        (vec![any_of("tenant", &[""])], vec![5]),
        (vec![any_of("tenant", &["A"])], vec![]),
        (vec![any_of("tenant", &[])], vec![]),
        (vec![any_of("topics", &["waiting", "other"])], vec![1]),
        (vec![any_of("topics", &["price"])], vec![1, 2]),
        (vec![any_of("no_such_field", &["x"])], vec![]),
        (vec![none_of("tenant", &["a"])], vec![3, 4, 5]),
        (vec![none_of("channel", &["chat", "shop"])], vec![4, 5]),
        (vec![none_of("topics", &["price"])], vec![3, 4, 5]),
        (vec![none_of("tenant", &[])], vec![1, 2, 3, 4, 5]),
        (vec![range("time", Some(10.0), Some(20.0))], vec![1]),
        (vec![range("time", Some(10.5), None)], vec![2, 3, 4]),
        (vec![range("time", None, Some(30.0))], vec![1, 2]),
        (vec![range("time", Some(1_700_000_000_123.0), Some(1_700_000_000_124.0))], vec![4]),
        (vec![range("time", Some(1_700_000_000_124.0), None)], vec![]),
        (vec![range("nps", Some(0.0), Some(10.0))], vec![1, 4]),
        (vec![range("nps", Some(0.0), Some(10.1))], vec![1, 2, 4]),
        (vec![range("nps", None, None)], vec![1, 2, 4]),
        (vec![range("score", Some(0.5), Some(1.0))], vec![1]),
        (vec![range("score", Some(5.0), Some(1.0))], vec![]),
        (vec![Condition::Ids(ids(&[2, 4, 99]))], vec![2, 4]),
        (vec![Condition::Ids(vec![])], vec![]),
        (vec![Condition::NotIds(ids(&[2, 4, 99]))], vec![1, 3, 5]),
        (vec![Condition::NotIds(vec![])], vec![1, 2, 3, 4, 5]),
        (vec![any_of("tenant", &["a", "b"]), none_of("channel", &["shop"]), range("nps", Some(0.0), None)], vec![1, 4]),
        (vec![any_of("tenant", &["a"]), any_of("tenant", &["b"])], vec![]),
        (vec![Condition::Ids(ids(&[1, 2, 3])), Condition::NotIds(ids(&[2])), any_of("tenant", &["a"])], vec![1]),
    ]
}

#[tokio::test]
async fn every_condition_selects_what_it_says() {
    let (_folder, store) = fresh();
    with_five_mentions(&store).await;
    for (all, expected) in conditions() {
        let filter = Filter { all };
        assert_eq!(numbers(&store, Kind::Mentions, filter.clone()).await, expected, "{filter:?}");
        assert_eq!(store.count(Kind::Mentions, filter.clone()).await.unwrap(), expected.len() as u64, "{filter:?}");
    }
}

#[tokio::test]
async fn delete_removes_what_every_condition_selects() {
    let (_folder, store) = fresh();
    for (all, expected) in conditions() {
        with_five_mentions(&store).await;
        let filter = Filter { all };
        store.write(vec![Write::Delete { kind: Kind::Mentions, filter: filter.clone() }]).await.unwrap();
        let kept: Vec<u128> = (1..=5).filter(|number| !expected.contains(number)).collect();
        assert_eq!(numbers(&store, Kind::Mentions, Filter::default()).await, kept, "{filter:?}");
    }
}

#[tokio::test]
async fn a_bad_range_is_refused_everywhere() {
    let (folder, store) = fresh();
    let bad = only(Condition::Range { field: "time", bounds: Bounds::exactly(f64::NAN) });
    assert!(matches!(store.count(Kind::Comments, bad.clone()).await, Err(StoreError::Read { .. })));
    let delete = vec![Write::Delete { kind: Kind::Comments, filter: bad }];
    assert!(matches!(store.write(delete).await, Err(StoreError::Write { .. })));
    store.close().await.unwrap();
    open(folder.path());
}

#[tokio::test]
async fn pages_are_complete_and_in_order() {
    let (_folder, store) = fresh();
    // Written in an order that is not that of the ids, and not in one piece.
    for start in [700_u128, 0, 350] {
        let point = |number: u128| {
            let tenant = if number.is_multiple_of(3) { "b" } else { "a" };
            let mut point = a_point(Kind::Comments, number, json!({"tenant": tenant}));
            point.id = Uuid::from_u128(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            point
        };
        let points = (start..start + 350).rev().map(point).collect();
        store.write(upsert(Kind::Comments, points)).await.unwrap();
    }
    for (filter, expected) in [(Filter::default(), 1_050), (only(any_of("tenant", &["b"])), 350)] {
        for limit in [1, 7, 350, 5_000] {
            let mut ids = Vec::new();
            let mut from = None;
            loop {
                let (page, next) = store.scroll(Kind::Comments, filter.clone(), from, limit, false).await.unwrap();
                assert!(page.len() <= limit);
                assert_eq!(page.len() == limit, next.is_some() || ids.len() + limit == expected);
                ids.extend(page.iter().map(|point| point.id));
                from = next;
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(ids.len(), expected);
            assert!(ids.is_sorted_by(|left, right| left < right));
        }
    }
}

#[tokio::test]
async fn reopening_finds_everything() {
    let (folder, store) = fresh();
    let mut expected = Vec::new();
    for kind in Kind::ALL {
        let points: Vec<_> = (0..50).map(|number| a_point(kind, number, json!({"tenant": "a", "n": 1}))).collect();
        store.write(upsert(kind, points.clone())).await.unwrap();
        store.write(vec![Write::Delete { kind, filter: only(Condition::Ids(vec![id(7)])) }]).await.unwrap();
        expected.push(points.into_iter().filter(|point| point.id != id(7)).collect::<Vec<_>>());
    }
    store.close().await.unwrap();
    for _ in 0..2 {
        let store = open(folder.path());
        for (kind, expected) in Kind::ALL.into_iter().zip(&expected) {
            assert_same(&everything(&store, kind, only(Condition::NotIds(vec![]))).await, expected);
        }
        let store_indexes = |kind| INDEXES.iter().filter(move |(of, _, _)| *of == kind).count();
        let guard = store.shards.read().await;
        for kind in Kind::ALL {
            let schema = guard.as_ref().unwrap().of(kind).info().unwrap().payload_schema;
            assert_eq!(schema.len(), store_indexes(kind), "{kind:?}");
        }
        drop(guard);
        store.close().await.unwrap();
    }
}

/// As a crash in the middle of a tidy-up leaves them: the new segment, and the one that it was made from.
#[tokio::test]
async fn points_that_stand_in_two_segments_are_counted_once() {
    let (folder, store) = fresh();
    with_five_mentions(&store).await;
    let counted = |store: EdgeStore| async move {
        let mut counted = store.count_by(Kind::Mentions, "channel", Filter::default()).await.unwrap();
        counted.sort();
        store.close().await.unwrap();
        counted
    };
    let once = counted(store).await;
    let segments = folder.path().join(Kind::Mentions.name()).join("segments");
    let segment = std::fs::read_dir(&segments).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
    copy_folder(&segment.unwrap(), &segments.join(id(1).to_string()));
    assert_eq!(counted(open(folder.path())).await, once);
    assert!(once.iter().any(|(_, count)| *count > 1));
}

#[tokio::test]
async fn a_folder_of_a_version_that_knew_fewer_kinds_opens() {
    let (folder, store) = fresh();
    let known = vec![a_point(Kind::Comments, 1, json!({"tenant": "a"}))];
    store.write(upsert(Kind::Comments, known.clone())).await.unwrap();
    store.close().await.unwrap();
    std::fs::remove_dir_all(super::folders::current(folder.path(), Kind::Measures).unwrap()).unwrap();
    let store = open(folder.path());
    let new = vec![a_point(Kind::Measures, 2, json!({"tenant": "a"}))];
    store.write(upsert(Kind::Measures, new.clone())).await.unwrap();
    assert_same(&everything(&store, Kind::Comments, Filter::default()).await, &known);
    assert_same(&everything(&store, Kind::Measures, Filter::default()).await, &new);
}

#[tokio::test]
async fn dropping_without_closing_loses_nothing() {
    let (folder, store) = fresh();
    store.write(upsert(Kind::Meta, vec![a_point(Kind::Meta, 1, json!({"a": 1}))])).await.unwrap();
    drop(store);
    assert_eq!(numbers(&open(folder.path()), Kind::Meta, Filter::default()).await, [1]);
}

#[tokio::test]
async fn a_second_opener_is_locked_out_until_the_first_closes() {
    let (folder, store) = fresh();
    let second = EdgeStore::open(folder.path(), EdgeOptions::new(SIZE));
    assert!(matches!(second, Err(StoreError::Locked { folder: locked }) if locked == folder.path()));
    store.write(upsert(Kind::Meta, vec![a_point(Kind::Meta, 1, json!({}))])).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(numbers(&open(folder.path()), Kind::Meta, Filter::default()).await, [1]);
}

#[tokio::test]
async fn after_closing_everything_answers_closed() {
    let (_folder, store) = fresh();
    store.close().await.unwrap();
    assert!(matches!(store.write(vec![]).await, Err(StoreError::Closed)));
    assert!(matches!(store.get(Kind::Meta, vec![], false).await, Err(StoreError::Closed)));
    assert!(matches!(store.count(Kind::Meta, Filter::default()).await, Err(StoreError::Closed)));
    assert!(matches!(store.ready().await, Err(StoreError::Closed)));
    assert!(matches!(store.close().await, Err(StoreError::Closed)));
}

#[tokio::test]
async fn invalid_points_are_refused_and_nothing_of_their_list_is_written() {
    let (folder, store) = fresh();
    let good = a_point(Kind::Comments, 1, json!({"tenant": "a"}));
    let with_vector = |vector| Point { id: id(2), vector, payload: Payload::new() };
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let bad = [
        (Kind::Comments, with_vector(None), "no vector"),
        (Kind::Comments, with_vector(Some(vec![])), "0 numbers"),
        (Kind::Comments, with_vector(Some(vec![0.5; SIZE + 1])), "9 numbers instead of 8"),
        (Kind::Comments, with_vector(Some(vec![f32::NAN; SIZE])), "not finite"),
        (Kind::Comments, with_vector(Some(vec![f32::INFINITY; SIZE])), "not finite"),
        (Kind::Comments, with_vector(Some(vec![f32::MAX; SIZE])), "too large"),
        (Kind::Meta, with_vector(Some(vec![0.5; SIZE])), "this kind has none"),
        (Kind::Meta, a_point(Kind::Meta, 2, json!({ "deep": deep })), "nests deeper"),
    ];
    for (kind, point, reason) in bad {
        let mut writes = upsert(Kind::Comments, vec![good.clone()]);
        writes.extend(upsert(kind, vec![point]));
        let error = store.write(writes).await.unwrap_err();
        assert!(matches!(&error, StoreError::InvalidPoint { id: bad, .. } if *bad == id(2)), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(store.count(Kind::Comments, Filter::default()).await.unwrap(), 0);
    store.write(upsert(Kind::Comments, vec![good.clone()])).await.unwrap();
    store.close().await.unwrap();
    assert_same(&everything(&open(folder.path()), Kind::Comments, Filter::default()).await, &[good]);
}

#[tokio::test]
async fn the_deepest_allowed_payload_survives_a_replay() {
    let mut deep = json!(1);
    for _ in 0..31 {
        deep = json!([deep]);
    }
    let expected = a_point(Kind::Meta, 1, json!({ "deep": deep }));
    let folder = tempfile::tempdir().unwrap();
    {
        let shard = load_or_create(&folder.path().join("meta"), Kind::Meta, SIZE).unwrap();
        let operation = PointOperations::UpsertPoints(PointInsertOperations::PointsList(vec![convert::edge_point(
            expected.clone(),
        )]));
        shard.update(UpdateOperation::PointOperation(operation)).unwrap();
        // The log is in the files already; leaking the shard keeps it from flushing the segments.
        copy_folder(&folder.path().join("meta"), &folder.path().join("copy"));
    }
    let copy = load_or_create(&folder.path().join("copy"), Kind::Meta, SIZE).unwrap();
    let request = RetrieveRequestBuilder::new(vec![edge_id(id(1))]).build();
    let stored: Vec<_> = copy.retrieve(request).unwrap();
    assert_eq!(stored[0].payload.as_ref().unwrap().0, expected.payload);
}

const PAGE: usize = 4_096;

fn copy_folder(from: &Path, to: &Path) {
    merge_folders(from, None, to, &mut |_| true);
}

/// Writes to `to` what of `old` and `new` is on the disk when `takes_old` decides so for each page, and for each file
/// that only one of them has.
fn merge_folders(old: &Path, new: Option<&Path>, to: &Path, takes_old: &mut impl FnMut(&str) -> bool) {
    std::fs::create_dir_all(to).unwrap();
    let names_in = |folder: &Path| -> Vec<_> {
        std::fs::read_dir(folder)
            .map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect())
            .unwrap_or_default()
    };
    let mut names = names_in(old);
    names.extend(new.map(names_in).unwrap_or_default());
    names.sort();
    names.dedup();
    for name in names {
        let (old, new, to) = (old.join(&name), new.map(|new| new.join(&name)), to.join(&name));
        if old.is_dir() || new.as_ref().is_some_and(|new| new.is_dir()) {
            merge_folders(&old, new.as_deref(), &to, takes_old);
            continue;
        }
        let path = to.to_str().unwrap();
        let content = match (std::fs::read(&old), new.map(std::fs::read)) {
            (Ok(old), None) => old,
            (Ok(mut old), Some(Ok(new))) if old.len() == new.len() => {
                for (old, new) in old.chunks_mut(PAGE).zip(new.chunks(PAGE)) {
                    if old != new && !takes_old(path) {
                        old.copy_from_slice(new);
                    }
                }
                old
            }
            (Ok(old), Some(Ok(new))) => {
                if takes_old(path) {
                    old
                } else {
                    new
                }
            }
            (Ok(old), Some(Err(_gone))) if takes_old(path) => old,
            (Err(_absent), Some(Ok(new))) if !takes_old(path) => new,
            _ => continue,
        };
        // Most of these files is empty space.
        use std::os::unix::fs::FileExt as _;
        let file = File::create(&to).unwrap();
        file.set_len(content.len() as u64).unwrap();
        for (at, page) in content.chunks(PAGE).enumerate().filter(|(_, page)| page.iter().any(|byte| *byte != 0)) {
            file.write_all_at(page, (at * PAGE) as u64).unwrap();
        }
    }
}

/// The log is synced when a write is acknowledged, the segments are not: after a power failure any of their pages may
/// be as they were at the last checkpoint, or newer. Opening must make good what is missing from the log.
#[tokio::test]
async fn what_was_acknowledged_survives_a_power_failure() {
    let rounds: u64 = std::env::var("KLARTEXT_TEST_POWER_FAILURES").map_or(4, |rounds| rounds.parse().unwrap());
    let (folder, store) = fresh();
    let point = |number: u128, text: &str| {
        let fields = json!({"tenant": text, "time": number as u64, "text": format!("{text} {}", "x".repeat(number as usize % 300))});
        a_point(Kind::Mentions, number, fields)
    };
    let before: Vec<_> = (0..400).map(|number| point(number, "before")).collect();
    store.write(upsert(Kind::Mentions, before.clone())).await.unwrap();
    store.close().await.unwrap();
    let store = open(folder.path());
    let at_checkpoint = tempfile::tempdir().unwrap();
    copy_folder(&folder.path().join("mentions"), at_checkpoint.path());

    let mut expected: std::collections::BTreeMap<_, _> =
        before.into_iter().map(|point| (point.id.as_u128(), point)).collect();
    for number in (0..600).step_by(3) {
        let mut changed = point(number, "after");
        changed.vector = Some(unit_vector(number + 5_000, SIZE));
        expected.insert(number, changed.clone());
        store.write(upsert(Kind::Mentions, vec![changed])).await.unwrap();
    }
    let gone = Condition::Range {
        field: "time",
        bounds: Bounds { at_least: Some(100.0), below: Some(200.0), ..Bounds::default() },
    };
    store.write(vec![Write::Delete { kind: Kind::Mentions, filter: only(gone) }]).await.unwrap();
    expected.retain(|number, _| !(100..200).contains(number));
    store.write(upsert(Kind::Mentions, vec![point(150, "again")])).await.unwrap();
    expected.insert(150, point(150, "again"));
    let at_failure = tempfile::tempdir().unwrap();
    copy_folder(&folder.path().join("mentions"), at_failure.path());
    let expected: Vec<_> = expected.into_values().collect();

    for round in 0..rounds {
        let after = tempfile::tempdir().unwrap();
        let mut random = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        merge_folders(at_checkpoint.path(), Some(at_failure.path()), &after.path().join("mentions"), &mut |path| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // The first round is the worst case: nothing but the log has reached the disk.
            !path.contains("/wal/") && (round == 0 || random >> 63 == 0)
        });
        let store = open(after.path());
        assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &expected);
        let filter = only(any_of("tenant", &["again", "after"]));
        let changed: Vec<_> = expected
            .iter()
            .filter(|point| point.payload["tenant"] != "before")
            .map(|point| point.id.as_u128())
            .collect();
        assert_eq!(numbers(&store, Kind::Mentions, filter).await, changed, "round {round}");
    }
}

#[tokio::test]
async fn another_vector_size_is_told_apart_from_damage() {
    let (folder, store) = fresh();
    store.close().await.unwrap();
    let error = EdgeStore::open(folder.path(), EdgeOptions::new(SIZE * 2)).unwrap_err();
    assert!(error.to_string().contains("have 8 numbers, and the configuration asks for 16"), "{error}");
    open(folder.path());
}

#[tokio::test]
async fn a_damaged_shard_is_named_and_left_alone() {
    let cases: [(&str, &str); 3] =
        [("comments/edge_config.json", "{"), ("mentions/wal/first-index", "?"), ("meta/wal/open-1", "no log")];
    for (path, rubbish) in cases {
        let (folder, store) = fresh();
        store.write(upsert(Kind::Meta, vec![a_point(Kind::Meta, 1, json!({}))])).await.unwrap();
        store.close().await.unwrap();
        let file = folder.path().join(path);
        std::fs::write(&file, rubbish).unwrap();
        for _ in 0..2 {
            let error = EdgeStore::open(folder.path(), EdgeOptions::new(SIZE)).unwrap_err();
            let StoreError::Damaged { folder: named, reason } = error else { panic!("{path}: {error}") };
            assert!(file.starts_with(&named) && named != folder.path(), "{path}: {named:?}");
            assert!(reason.contains("restore a backup"), "{reason}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), rubbish);
        }
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = EdgeStore::open(&file.path().join("data"), EdgeOptions::new(SIZE)).unwrap_err();
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
}

/// Nothing tells when a tidy-up is done.
async fn until_a_segment_is_sealed(store: &EdgeStore, kind: Kind) {
    let segments = || async { store.shards.read().await.as_ref().unwrap().of(kind).info().unwrap().segments_count };
    while segments().await < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Tidying up at every opportunity, while points are replaced and deleted, must neither lose nor revive anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tidying_up_beside_writes_keeps_everything() {
    const WIDE: usize = 1_024;
    const POINTS: u128 = 4_000;
    let options = EdgeOptions {
        tidy: TidyOptions { when_quiet_for: Duration::ZERO, after_changes: 1 },
        ..EdgeOptions::new(WIDE)
    };
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(EdgeStore::open(folder.path(), options).unwrap());
    let point = |number: u128, round: u32| Point {
        id: id(number),
        vector: Some(unit_vector(number, WIDE)),
        payload: payload(json!({"tenant": "a", "round": round})),
    };
    const ROUNDS: u32 = 6;
    let mut tasks = Vec::new();
    for part in 0..4 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let mine: Vec<u128> = (0..POINTS).filter(|number| number % 4 == part).collect();
            for round in 0..ROUNDS {
                for chunk in mine.chunks(100) {
                    let points = chunk.iter().map(|number| point(*number, round)).collect();
                    store.write(upsert(Kind::Mentions, points)).await.unwrap();
                }
                // A fifth goes, to come back in the next round.
                let gone = mine.iter().copied().filter(|number| number % 5 == 0).map(id).collect();
                let filter = only(Condition::Ids(gone));
                store.write(vec![Write::Delete { kind: Kind::Mentions, filter }]).await.unwrap();
                let seen = store.count(Kind::Mentions, Filter::default()).await.unwrap();
                assert!(seen <= POINTS as u64);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let expected: Vec<Point> =
        (0..POINTS).filter(|number| number % 5 != 0).map(|number| point(number, ROUNDS - 1)).collect();
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &expected);
    until_a_segment_is_sealed(&store, Kind::Mentions).await;
    store.close().await.unwrap();

    let store = EdgeStore::open(folder.path(), options).unwrap();
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &expected);
    assert_same(&everything(&store, Kind::Mentions, only(any_of("tenant", &["a"]))).await, &expected);
}

const CHILD: &str = "KLARTEXT_TEST_STORE_OF_CHILD";

/// Not a test of its own: the process that the next one kills.
#[tokio::test]
async fn a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    // Never flushed, so that all of it has to come from the log.
    let durability = Durability::Timer(Duration::from_secs(3_600));
    let store = EdgeStore::open(Path::new(&folder), EdgeOptions { durability, ..EdgeOptions::new(SIZE) }).unwrap();
    for (all, _) in conditions() {
        with_five_mentions(&store).await;
        store.write(vec![Write::Delete { kind: Kind::Mentions, filter: Filter { all } }]).await.unwrap();
    }
    with_five_mentions(&store).await;
    let filter = only(any_of("tenant", &["b"]));
    store.write(vec![Write::Delete { kind: Kind::Mentions, filter }]).await.unwrap();
    for kind in [Kind::Comments, Kind::Journeys, Kind::Meta] {
        let points = (0..300).map(|number| a_point(kind, number, json!({"tenant": "a", "nps": 1}))).collect();
        store.write(upsert(kind, points)).await.unwrap();
    }
    println!("\nacknowledged");
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let (_crate, module) = module_path!().split_once("::").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("{module}::a_process_that_is_killed")])
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line == "acknowledged"), "the child failed");
    assert!(matches!(EdgeStore::open(folder.path(), EdgeOptions::new(SIZE)), Err(StoreError::Locked { .. })));
    child.kill().unwrap();
    child.wait().unwrap();

    let store = open(folder.path());
    assert_eq!(numbers(&store, Kind::Mentions, Filter::default()).await, [1, 2, 5]);
    for kind in [Kind::Comments, Kind::Journeys, Kind::Meta] {
        assert_eq!(store.count(kind, Filter::default()).await.unwrap(), 300);
    }
    with_five_mentions(&store).await;
    assert_eq!(store.count(Kind::Mentions, Filter::default()).await.unwrap(), 5);
}

/// What is on the disk of a shard besides its log.
fn without_log(shard: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(shard, &copy.path().join(shard.file_name().unwrap()));
    std::fs::remove_dir_all(copy.path().join(shard.file_name().unwrap()).join("wal")).unwrap();
    copy
}

#[tokio::test]
async fn segments_are_on_the_disk_when_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let options = EdgeOptions { durability: Durability::Segments, ..EdgeOptions::new(SIZE) };
    let store = EdgeStore::open(folder.path(), options).unwrap();
    store
        .write(upsert(Kind::Mentions, (0..20).map(|number| a_point(Kind::Mentions, number, json!({}))).collect()))
        .await
        .unwrap();
    let copy = without_log(&folder.path().join("mentions"));
    assert_eq!(open(copy.path()).count(Kind::Mentions, Filter::default()).await.unwrap(), 20);
}

#[tokio::test]
async fn the_log_is_checkpointed_before_it_is_long() {
    let (folder, store) = fresh();
    let points =
        |numbers: std::ops::Range<u128>| numbers.map(|number| a_point(Kind::Meta, number, json!({}))).collect();
    store.write(upsert(Kind::Meta, points(0..5_000))).await.unwrap();
    // Between this answer and the last, the writer has done its housekeeping.
    store.write(upsert(Kind::Meta, points(5_000..5_001))).await.unwrap();
    let copy = without_log(&folder.path().join("meta"));
    assert_eq!(open(copy.path()).count(Kind::Meta, Filter::default()).await.unwrap(), 5_000);
}

/// What the advice for a damaged log comes to. qdrant-edge alone would ignore every change to the points from then on.
#[tokio::test]
async fn points_can_be_changed_after_the_log_was_moved_aside() {
    let (folder, store) = fresh();
    for kind in Kind::ALL {
        for round in 0..30 {
            store.write(upsert(kind, vec![a_point(kind, 1, json!({ "round": round }))])).await.unwrap();
        }
    }
    store.close().await.unwrap();
    for kind in Kind::ALL {
        std::fs::remove_dir_all(folder.path().join(kind.name()).join("wal")).unwrap();
    }
    for round in 30..33 {
        let store = open(folder.path());
        for kind in Kind::ALL {
            let changed = a_point(kind, 1, json!({ "round": round }));
            store.write(upsert(kind, vec![changed.clone()])).await.unwrap();
            assert_same(&everything(&store, kind, Filter::default()).await, &[changed]);
        }
        store.close().await.unwrap();
    }
}
