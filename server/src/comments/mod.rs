//! Finding, changing, deleting, erasing and exporting stored comments. No protobuf here.

mod correct;
mod delete;
mod erase;
mod export;
mod list;
mod search;

pub use correct::{CorrectionOrder, LabelChange, LabelName, correct};
pub use delete::{Deletion, delete};
pub use erase::{Erased, Erasures};
pub use export::{Export, Exported, export};
pub use list::{List, Listed, SortBy, Sorting, list};
pub use search::{Hit, Hits, Query, Search, search};

use crate::error::{Error, Result};

/// How many a page may have: what was asked for, or `default` where nothing was.
///
/// # Errors
/// [`Error::PageSizeInvalid`] over `limit`.
pub fn page_size(asked_for: usize, default: usize, limit: usize) -> Result<usize> {
    match asked_for {
        0 => Ok(default.min(limit)),
        size if size <= limit => Ok(size),
        size => Err(Error::PageSizeInvalid { size, limit }),
    }
}
