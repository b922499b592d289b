//! Pages over a [`Store`] that is written meanwhile: a page goes on exactly after the last point of the one before,
//! whatever came or went in between, and what was there all the time is never left out.
//!
//! Qdrant first looks for a page's ids and then reads the points: those deleted in between make a page shorter, and like
//! the last one. So here only a read that finds nothing at all is the end.

use std::cmp::Ordering;
use std::collections::HashSet;

use uuid::Uuid;

use super::{Bounds, Condition, Filter, Kind, Order, Point, Store, StoreError};

/// A read asks for no fewer points: that many are not deleted between two steps of one read.
const LEAST_READ: usize = 32;

/// At most `limit` points in order of id, starting at `from` (inclusive); the second value is where the next page
/// starts, `None` at the end.
pub async fn page_by_id(
    store: &dyn Store,
    kind: Kind,
    filter: &Filter,
    from: Option<Uuid>,
    limit: usize,
    with_vectors: bool,
) -> Result<(Vec<Point>, Option<Uuid>), StoreError> {
    let mut points = Vec::new();
    let mut next = from;
    // One more than asked for tells where the next page starts.
    while points.len() <= limit {
        let missing = limit + 1 - points.len();
        let (more, _) = store.scroll(kind, filter.clone(), next, missing.max(LEAST_READ), with_vectors).await?;
        let Some(last) = more.last().map(|point| point.id) else { break };
        points.extend(more);
        next = id_after(last);
        if next.is_none() {
            break;
        }
    }
    let next = points.get(limit).map(|point| point.id);
    points.truncate(limit);
    Ok((points, next))
}

/// Takes all points in order of id, which are read `limit` at a time; without vectors. The store reads the next ones while those
/// before are taken.
pub async fn each_point<E: From<StoreError>>(
    store: &dyn Store,
    kind: Kind,
    filter: &Filter,
    limit: usize,
    mut take: impl FnMut(Point) -> Result<(), E>,
) -> Result<(), E> {
    let mut take_all = |points: Vec<Point>| points.into_iter().try_for_each(&mut take);
    let (mut points, mut next) = page_by_id(store, kind, filter, None, limit, false).await?;
    while next.is_some() {
        let (read, taken) =
            futures::join!(page_by_id(store, kind, filter, next, limit, false), async { take_all(points) });
        taken?;
        (points, next) = read?;
    }
    take_all(points)
}

/// The id that follows; `None` after the last.
pub fn id_after(id: Uuid) -> Option<Uuid> {
    id.as_u128().checked_add(1).map(Uuid::from_u128)
}

/// The place of a point in an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Of the field that the order is by.
    pub value: f64,
    pub id: Uuid,
}

#[derive(Debug)]
pub struct Page {
    pub points: Vec<Point>,
    /// The last of `points`, when more come after it.
    pub next: Option<Position>,
}

/// At most `limit` points after `after`, in the order of a field, and of ids where the field is equal; ids always
/// ascend. Points without the field are left out. Without vectors.
///
/// The field's numbers must come out of the payload as they went into the index: they have few digits, or are integers
/// that an `f64` holds exactly.
pub async fn page_by(
    store: &dyn Store,
    kind: Kind,
    filter: &Filter,
    order: Order,
    after: Option<Position>,
    limit: usize,
) -> Result<Page, StoreError> {
    let reading = Reading { store, kind, filter, order };
    // One more than asked for tells whether there is a next page.
    let wanted = limit + 1;
    let mut found: Vec<(Position, Point)> = Vec::new();
    let mut passed = after.map(|after| after.value);
    if let Some((value, from)) = after.and_then(|after| Some((after.value, id_after(after.id)?))) {
        found = reading.equal(value, Some(from), wanted).await?;
    }
    while found.len() < wanted {
        let mut nearest = reading.beyond(passed, wanted - found.len() + 1).await?;
        let Some(last) = nearest.last().map(|(position, _)| position.value) else { break };
        // The points that share the last value may be cut off, and which of them came is not by id: read them anew.
        nearest.retain(|(position, _)| position.value != last);
        found.extend(nearest);
        if found.len() < wanted {
            found.extend(reading.equal(last, None, wanted - found.len()).await?);
        }
        passed = Some(last);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|(position, _)| *position).filter(|_| more);
    Ok(Page { points: found.into_iter().map(|(_, point)| point).collect(), next })
}

struct Reading<'a> {
    store: &'a dyn Store,
    kind: Kind,
    filter: &'a Filter,
    order: Order,
}

impl Reading<'_> {
    /// Points with this value in the order of ids, from `from` on.
    async fn equal(&self, value: f64, from: Option<Uuid>, limit: usize) -> Result<Vec<(Position, Point)>, StoreError> {
        let filter = self.with(Bounds::exactly(value));
        let (points, _) = page_by_id(self.store, self.kind, &filter, from, limit, false).await?;
        Ok(points.into_iter().map(|point| (Position { value, id: point.id }, point)).collect())
    }

    /// At least the first `limit` points whose value is beyond `passed`, sorted; empty when there are none.
    async fn beyond(&self, passed: Option<f64>, limit: usize) -> Result<Vec<(Position, Point)>, StoreError> {
        let bounds = if self.order.descending {
            Bounds { below: passed, ..Bounds::default() }
        } else {
            Bounds { above: passed, ..Bounds::default() }
        };
        let filter = if passed.is_some() { self.with(bounds) } else { self.filter.clone() };
        loop {
            let points =
                self.store.scroll_by(self.kind, filter.clone(), self.order, limit.max(LEAST_READ), false).await?;
            if points.is_empty() {
                return Ok(Vec::new());
            }
            let mut found = Vec::with_capacity(points.len());
            // A point that is written meanwhile may come twice, or with a value that is not beyond any more.
            let mut seen = HashSet::new();
            for point in points.into_iter().filter(|point| seen.insert(point.id)) {
                let position = self.position(&point)?;
                if passed.is_none_or(|passed| self.compare(passed, position.value).is_lt()) {
                    found.push((position, point));
                }
            }
            if !found.is_empty() {
                found.sort_by(|(left, _), (right, _)| {
                    self.compare(left.value, right.value).then(left.id.cmp(&right.id))
                });
                return Ok(found);
            }
        }
    }

    fn compare(&self, left: f64, right: f64) -> Ordering {
        let ascending = left.total_cmp(&right);
        if self.order.descending { ascending.reverse() } else { ascending }
    }

    fn with(&self, bounds: Bounds) -> Filter {
        let mut filter = self.filter.clone();
        filter.all.push(Condition::Range { field: self.order.field, bounds });
        filter
    }

    fn position(&self, point: &Point) -> Result<Position, StoreError> {
        let value = point.payload.get(self.order.field).and_then(serde_json::Value::as_f64);
        // Adding zero makes -0 a 0: they are equal, and must sort so.
        value.map(|value| Position { value: value + 0.0, id: point.id }).ok_or_else(|| StoreError::Read {
            reason: format!("point {} of {} has no number {}", point.id, self.kind.name(), self.order.field),
        })
    }
}

#[cfg(all(test, feature = "edge"))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::store::edge::{EdgeOptions, EdgeStore};
    use crate::store::{Payload, Write};

    /// An integer and a float index, and what stands in payloads.
    const FIELDS: [&str; 2] = ["time", "severity"];

    #[derive(Debug, Clone)]
    struct Change {
        id: u128,
        /// `None` deletes.
        value: Option<i64>,
    }

    fn change() -> impl Strategy<Value = Change> {
        // Few values make many ties; ids lie around 2^127 too, where a signed comparison would turn round.
        let id = prop_oneof![0..40u128, (u128::MAX - 20)..=u128::MAX, (1 << 127) - 10..(1 << 127) + 10u128];
        (id, proptest::option::weighted(0.8, -2..3i64)).prop_map(|(id, value)| Change { id, value })
    }

    fn number(field: &str, value: i64) -> serde_json::Value {
        if field == "time" { json!(value * 1_000_000_007) } else { json!(value as f64 / 10.0) }
    }

    fn position(field: &str, id: u128, value: i64) -> Position {
        let value = number(field, value).as_f64().expect("it is a number");
        Position { value, id: Uuid::from_u128(id) }
    }

    fn write_of(change: &Change) -> Write {
        let id = Uuid::from_u128(change.id);
        let Some(value) = change.value else {
            return Write::Delete { kind: Kind::Comments, filter: Filter { all: vec![Condition::Ids(vec![id])] } };
        };
        let mut payload: Payload = FIELDS.iter().map(|field| ((*field).to_owned(), number(field, value))).collect();
        payload.insert("channel".to_owned(), json!(if change.id.is_multiple_of(5) { "shop" } else { "chat" }));
        Write::Upsert { kind: Kind::Comments, points: vec![Point { id, vector: Some(vec![1.0, 0.0]), payload }] }
    }

    /// What the model expects after `after`.
    fn expected(model: &BTreeMap<u128, i64>, order: Order, after: Option<Position>) -> Vec<Position> {
        let mut all: Vec<Position> = model
            .iter()
            .filter(|(id, _)| !id.is_multiple_of(5))
            .map(|(id, value)| position(order.field, *id, *value))
            .collect();
        let compare = |left: &Position, right: &Position| {
            let by_value = left.value.total_cmp(&right.value);
            let by_value = if order.descending { by_value.reverse() } else { by_value };
            by_value.then(left.id.cmp(&right.id))
        };
        all.sort_by(compare);
        all.retain(|position| after.is_none_or(|after| compare(position, &after).is_gt()));
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        /// After every page, something is written; the next page is what comes after the last one's end, as of now.
        #[test]
        fn pages_go_on_exactly_after_the_last_one(
            first in proptest::collection::vec(change(), 0..80),
            between in proptest::collection::vec(proptest::collection::vec(change(), 0..12), 0..12),
            limit in 1..12usize,
            descending: bool,
            field in proptest::sample::select(&FIELDS[..]),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                let folder = tempfile::tempdir().expect("a folder");
                let store = EdgeStore::open(folder.path(), EdgeOptions::new(2)).expect("it opens");
                let filter = Filter { all: vec![Condition::AnyOf { field: "channel", values: vec!["chat".to_owned()] }] };
                let order = Order { field, descending };
                let mut model = BTreeMap::new();
                let mut after = None;
                let mut changes = between.iter();
                let mut next_changes = Some(&first);
                loop {
                    for change in next_changes.into_iter().flatten() {
                        match change.value {
                            Some(value) => model.insert(change.id, value),
                            None => model.remove(&change.id),
                        };
                    }
                    let writes = next_changes.into_iter().flatten().map(write_of).collect();
                    store.write(writes).await.expect("it is written");
                    next_changes = changes.next();
                    let page = page_by(&store, Kind::Comments, &filter, order, after, limit).await.expect("it is read");
                    let rest = expected(&model, order, after);
                    let ids: Vec<Uuid> = page.points.iter().map(|point| point.id).collect();
                    let expected_ids: Vec<Uuid> = rest.iter().take(limit).map(|position| position.id).collect();
                    prop_assert_eq!(ids, expected_ids);
                    prop_assert_eq!(page.next, rest.get(limit.wrapping_sub(1)).copied().filter(|_| rest.len() > limit));
                    if page.next.is_none() {
                        break;
                    }
                    after = page.next;
                }
                store.close().await.expect("it closes");
                Ok(())
            })?;
        }
    }
}
