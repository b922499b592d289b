//! Erasure: what is recorded of an operation forgets whom its filter named.

use super::record::{Operation, all, from_point, to_write};
use super::{ERASED, RECORDS_PER_READ};
use crate::error::Result;
use crate::insights::CommentFilter;
use crate::store::paging::page_by_id;
use crate::store::{Kind, Store};

/// Takes the subject out of the records of operations of this kind that have ended. `false` when one that is running names
/// it: it needs its filter until it ends.
pub async fn forget_subject<O: Operation>(store: &dyn Store, subject: &str) -> Result<bool> {
    let mut all_forgotten = true;
    let mut from = None;
    loop {
        let (points, next) = page_by_id(store, Kind::Operations, &all::<O>(), from, RECORDS_PER_READ, false).await?;
        for point in points {
            let mut operation: O = from_point(point)?;
            let is_running = operation.head().is_running();
            let filter = &mut operation.head_mut().filter;
            if !filter.subjects.iter().any(|named| named == subject) {
                continue;
            }
            if is_running {
                all_forgotten = false;
                continue;
            }
            forget_in(filter, subject);
            store.write(vec![to_write(&operation)?]).await?;
        }
        from = next;
        if from.is_none() {
            return Ok(all_forgotten);
        }
    }
}

/// Takes the subject out of a filter, which then selects nobody in its place.
pub fn forget_in(filter: &mut CommentFilter, subject: &str) {
    for named in filter.subjects.iter_mut().filter(|named| *named == subject) {
        ERASED.clone_into(named);
    }
}
