use serde::Serialize;

use crate::error::Result;
use crate::insights::{CommentFilter, ScoreKind, StoredComment, stored_comments};
use crate::page_token::Request;
use crate::store::paging::page_by;
use crate::store::{Bounds, Condition, Kind, Order, Store};

/// What comments are ordered by; ids ascend where it is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sorting {
    pub by: SortBy,
    pub ascending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SortBy {
    Time,
    /// Comments without the score are left out.
    Score(ScoreKind),
}

impl SortBy {
    fn field(self) -> &'static str {
        match self {
            SortBy::Time => "time",
            SortBy::Score(kind) => kind.field(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct List {
    pub filter: CommentFilter,
    pub sorting: Sorting,
    /// At least 1.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub count: bool,
}

#[derive(Debug)]
pub struct Listed {
    pub comments: Vec<StoredComment>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// How many match on all pages, when it was asked for.
    pub total: Option<u64>,
}

/// A page of the comments that match.
///
/// # Errors
/// [`crate::error::Error::PageTokenInvalid`], or what the store says.
pub async fn list(store: &dyn Store, list: List) -> Result<Listed> {
    let List { filter, sorting, page_size, page_token, count } = list;
    let request = Request::new("list", &(&filter, sorting))?;
    let after = request.position(&page_token)?;
    let filter = filter.for_comments();
    let order = Order { field: sorting.by.field(), descending: !sorting.ascending };
    let page = page_by(store, Kind::Comments, &filter, order, after, page_size).await?;
    let total = if count {
        let mut listed = filter;
        // Any value: what has none is not listed.
        let bounds = Bounds { at_least: Some(f64::MIN), ..Bounds::default() };
        listed.all.push(Condition::Range { field: order.field, bounds });
        Some(store.count(Kind::Comments, listed).await?)
    } else {
        None
    };
    Ok(Listed {
        comments: stored_comments(store, page.points).await?,
        next_page_token: page.next.map(|position| request.position_token(position)).unwrap_or_default(),
        total,
    })
}
