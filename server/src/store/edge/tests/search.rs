//! Search and ordered reading, over several segments.

use super::*;

/// So wide that few points are enough for an immutable segment.
const WIDE: usize = 2_048;
const SEALED: u128 = 1_300;
const ALL: u128 = 1_500;

fn fields(number: u128) -> Value {
    let mut fields = json!({"tenant": if number.is_multiple_of(3) { "a" } else { "b" }});
    // Many share a time, and some have none.
    if !number.is_multiple_of(7) {
        fields["time"] = json!(1_700_000_000_000_000_i64 + (number as i64 * 37 % 500));
        // Of few digits, as the service writes them: longer ones come out of JSON a little different.
        fields["severity"] = json!((number as i64 * 53 % 400 - 200) as f64 / 400.0);
    }
    fields
}

fn wide_point(number: u128) -> Point {
    Point { id: id(number), vector: Some(unit_vector(number, WIDE)), payload: payload(fields(number)) }
}

/// Some of the points are in an immutable segment, the others are not; a tenth has been replaced or deleted.
async fn with_several_segments() -> (TempDir, EdgeStore, Vec<Point>) {
    let folder = tempfile::tempdir().unwrap();
    let tidy = TidyOptions { when_quiet_for: Duration::from_millis(100), after_changes: 20_000 };
    let store = EdgeStore::open(folder.path(), EdgeOptions { tidy, ..EdgeOptions::new(WIDE) }).unwrap();
    let before_it_changed = |number: u128| Point {
        vector: Some(unit_vector(number + 1, WIDE)),
        payload: payload(json!({"tenant": "old", "time": 1, "severity": 5.0})),
        ..wide_point(number)
    };
    let is_replaced = |number: u128| number % 20 == 1;
    let first = |number| if is_replaced(number) { before_it_changed(number) } else { wide_point(number) };
    store.write(upsert(Kind::Mentions, (0..SEALED).map(first).collect())).await.unwrap();
    until_a_segment_is_sealed(&store, Kind::Mentions).await;
    let later = (0..SEALED).filter(|number| is_replaced(*number)).chain(SEALED..ALL).map(wide_point).collect();
    let is_deleted = |number: u128| number % 20 == 2;
    let gone = (0..ALL).filter(|number| is_deleted(*number)).map(id).collect();
    let delete = Write::Delete { kind: Kind::Mentions, filter: only(Condition::Ids(gone)) };
    store.write([upsert(Kind::Mentions, later), vec![delete]].concat()).await.unwrap();
    let expected = (0..ALL).filter(|number| !is_deleted(*number)).map(wide_point).collect();
    (folder, store, expected)
}

fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let dot = |left: &[f32], right: &[f32]| -> f64 { left.iter().zip(right).map(|(l, r)| f64::from(l * r)).sum() };
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

#[tokio::test]
async fn search_finds_the_nearest_in_their_order() {
    let (_folder, store, points) = with_several_segments().await;
    // Not of length one: similarity is the cosine all the same.
    let vector: Vec<f32> = unit_vector(421, WIDE).iter().zip(unit_vector(7, WIDE)).map(|(l, r)| 3.0 * l + r).collect();
    for filter in
        [Filter::default(), only(any_of("tenant", &["a"])), only(Condition::Ids(vec![id(1), id(9), id(1_400)]))]
    {
        let matches = |point: &&Point| match &filter.all[..] {
            [] => true,
            [Condition::Ids(ids)] => ids.contains(&point.id),
            _ => point.payload["tenant"] == "a",
        };
        let mut expected: Vec<(f64, &Point)> = points
            .iter()
            .filter(matches)
            .map(|point| (cosine(&vector, point.vector.as_ref().unwrap()), point))
            .collect();
        expected.sort_by(|(left, _), (right, _)| right.total_cmp(left));

        let search = async |offset, limit| {
            store.search(Kind::Mentions, vector.clone(), filter.clone(), offset, limit).await.unwrap()
        };
        let all = search(0, 5_000).await;
        assert_eq!(all.len(), expected.len());
        for (found, (similarity, point)) in all.iter().zip(&expected) {
            // Neighbours that differ by less than rounding may change places.
            assert!((f64::from(found.similarity) - similarity).abs() < 1e-5, "{found:?}");
            assert_eq!(found.point.vector, None);
            let (_, same) = expected.iter().find(|(_, point)| point.id == found.point.id).unwrap();
            assert_eq!(found.point.payload, same.payload);
            assert!((cosine(&vector, same.vector.as_ref().unwrap()) - similarity).abs() < 1e-5, "{point:?}");
        }
        assert!(all.is_sorted_by(|left, right| left.similarity >= right.similarity));
        let ids = |found: &[ScoredPoint]| found.iter().map(|found| found.point.id).collect::<Vec<_>>();
        let mut ids_of_all = ids(&all);
        for (offset, limit) in [(0, 1), (0, 10), (10, 10), (1, 2), (all.len() - 1, 10)] {
            let expected: Vec<Uuid> = ids_of_all.iter().skip(offset).take(limit).copied().collect();
            assert_eq!(ids(&search(offset, limit).await), expected, "{offset} {limit}");
        }
        assert_eq!(search(all.len(), 10).await, []);
        assert_eq!(search(0, 0).await, []);
        ids_of_all.sort();
        ids_of_all.dedup();
        assert_eq!(ids_of_all.len(), all.len());
    }
}

#[tokio::test]
async fn a_search_that_cannot_be_answered_is_an_error() {
    let (_folder, store) = fresh();
    store.write(upsert(Kind::Mentions, vec![a_point(Kind::Mentions, 1, json!({}))])).await.unwrap();
    let search = async |kind, vector| store.search(kind, vector, Filter::default(), 0, 10).await;
    assert!(matches!(search(Kind::Mentions, vec![0.5; SIZE + 1]).await, Err(StoreError::Read { .. })));
    assert!(matches!(search(Kind::Mentions, vec![]).await, Err(StoreError::Read { .. })));
    assert!(matches!(search(Kind::Meta, vec![0.5; SIZE]).await, Err(StoreError::Read { .. })));
    assert_eq!(search(Kind::Mentions, unit_vector(1, SIZE)).await.unwrap().len(), 1);
    assert_eq!(search(Kind::Comments, unit_vector(1, SIZE)).await.unwrap(), []);
}

#[tokio::test]
async fn points_come_in_the_order_of_a_field() {
    let (_folder, store, points) = with_several_segments().await;
    for field in ["time", "severity"] {
        for (descending, tenant) in [(false, None), (true, None), (false, Some("a")), (true, Some("a"))] {
            let filter = tenant.map_or_else(Filter::default, |tenant| only(any_of("tenant", &[tenant])));
            let number = |point: &Point| point.payload.get(field).and_then(Value::as_f64);
            let matching = points.iter().filter(|point| tenant.is_none_or(|tenant| point.payload["tenant"] == tenant));
            let mut expected: Vec<f64> = matching.filter_map(number).collect();
            expected.sort_by(f64::total_cmp);
            if descending {
                expected.reverse();
            }
            for limit in [1, 2, 40, expected.len(), 5_000] {
                let order = Order { field, descending };
                let page = store.scroll_by(Kind::Mentions, filter.clone(), order, limit, true).await.unwrap();
                let numbers: Vec<f64> = page.iter().filter_map(number).collect();
                assert_eq!(numbers, expected[..limit.min(expected.len())], "{order:?} {limit}");
                let mut ids: Vec<Uuid> = page.iter().map(|point| point.id).collect();
                let of_same_ids: Vec<Point> =
                    ids.iter().map(|id| points.iter().find(|point| point.id == *id).unwrap().clone()).collect();
                assert_same(&page, &of_same_ids);
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), page.len());
            }
        }
    }
    let without_vectors = Order { field: "time", descending: false };
    let page = store.scroll_by(Kind::Mentions, Filter::default(), without_vectors, 1, false).await.unwrap();
    assert_eq!(page[0].vector, None);
}

/// A page that begins where the last one ended: what sorted lists are made of.
#[tokio::test]
async fn ordered_pages_put_together_are_the_whole() {
    let (_folder, store, points) = with_several_segments().await;
    let time = |point: &Point| point.payload.get("time").and_then(Value::as_i64);
    let order = Order { field: "time", descending: true };
    let mut seen: Vec<Point> = Vec::new();
    loop {
        // Those of the last time may be cut in two by the page, so they are asked for again, without those seen.
        let all = match seen.last().and_then(time) {
            None => vec![],
            Some(last) => {
                let bounds = Bounds { at_most: Some(last as f64), ..Bounds::default() };
                let at_last = seen.iter().filter(|point| time(point) == Some(last)).map(|point| point.id).collect();
                vec![Condition::Range { field: "time", bounds }, Condition::NotIds(at_last)]
            }
        };
        let page = store.scroll_by(Kind::Mentions, Filter { all }, order, 100, false).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert!(seen.is_sorted_by(|left, right| time(left) >= time(right)));
    let mut ids: Vec<Uuid> = seen.iter().map(|point| point.id).collect();
    ids.sort();
    let mut expected: Vec<Uuid> = points.iter().filter(|point| time(point).is_some()).map(|point| point.id).collect();
    expected.sort();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn an_order_without_an_index_is_an_error() {
    let (_folder, store) = fresh();
    store
        .write(upsert(Kind::Mentions, vec![a_point(Kind::Mentions, 1, json!({"other": 1, "channel": "a"}))]))
        .await
        .unwrap();
    for field in ["other", "channel"] {
        let order = Order { field, descending: false };
        let result = store.scroll_by(Kind::Mentions, Filter::default(), order, 10, false).await;
        assert!(matches!(result, Err(StoreError::Read { .. })), "{field}: {result:?}");
    }
}
