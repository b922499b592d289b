use serde::Serialize;

use super::{Inbox, InboxFilter, ShownItem};
use crate::error::Result;
use crate::insights::{InboxItem, InboxState};
use crate::page_token::Request;
use crate::store::paging::page_by;
use crate::store::{Kind, Order};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum SortInboxBy {
    #[default]
    Severity,
    Opened,
    Changed,
}

impl SortInboxBy {
    fn field(self) -> &'static str {
        match self {
            SortInboxBy::Severity => "severity",
            SortInboxBy::Opened => "opened_at",
            SortInboxBy::Changed => "changed_at",
        }
    }
}

#[derive(Debug, Clone)]
pub struct InboxList {
    /// Without states it asks for open and acknowledged items.
    pub filter: InboxFilter,
    pub sort_by: SortInboxBy,
    /// Otherwise the most severe, or the newest, first.
    pub ascending: bool,
    /// At least 1.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub count: bool,
}

#[derive(Debug)]
pub struct ListedItems {
    pub items: Vec<ShownItem>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// How many match on all pages, when it was asked for.
    pub total: Option<u64>,
}

impl Inbox {
    /// A page of the items that match.
    ///
    /// # Errors
    /// [`crate::error::Error::PageTokenInvalid`], or what the store says.
    pub async fn list(&self, list: InboxList) -> Result<ListedItems> {
        let InboxList { mut filter, sort_by, ascending, page_size, page_token, count } = list;
        if filter.states.is_empty() {
            filter.states = vec![InboxState::Open, InboxState::Acknowledged];
        }
        let request = Request::new("inbox", &(&filter, sort_by, ascending))?;
        let after = request.position(&page_token)?;
        let selected = filter.for_items();
        let order = Order { field: sort_by.field(), descending: !ascending };
        let page = page_by(self.store(), Kind::InboxItems, &selected, order, after, page_size).await?;
        let total = if count { Some(self.store().count(Kind::InboxItems, selected).await?) } else { None };
        let items = page.points.into_iter().map(InboxItem::from_point).collect::<Result<_>>()?;
        Ok(ListedItems {
            items: self.shown(items).await?,
            next_page_token: page.next.map(|position| request.position_token(position)).unwrap_or_default(),
            total,
        })
    }
}
