//! Erasure: what is recorded of a re-scoring forgets whom its filter named.

use super::record::{Rescoring, all_rescorings};
use super::{ERASED, RECORDS_PER_READ};
use crate::error::Result;
use crate::store::paging::page_by_id;
use crate::store::{Kind, Store};

/// Takes the subject out of the records of re-scorings that have ended. `false` when one that is running names it: it
/// needs its filter until it ends.
pub async fn forget_subject(store: &dyn Store, subject: &str) -> Result<bool> {
    let mut all_forgotten = true;
    let mut from = None;
    loop {
        let (points, next) =
            page_by_id(store, Kind::Operations, &all_rescorings(), from, RECORDS_PER_READ, false).await?;
        for point in points {
            let mut rescoring = Rescoring::from_point(point)?;
            if !rescoring.filter.subjects.iter().any(|named| named == subject) {
                continue;
            }
            if rescoring.is_running() {
                all_forgotten = false;
                continue;
            }
            for named in rescoring.filter.subjects.iter_mut().filter(|named| *named == subject) {
                ERASED.clone_into(named);
            }
            store.write(vec![rescoring.to_write()?]).await?;
        }
        from = next;
        if from.is_none() {
            return Ok(all_forgotten);
        }
    }
}
