use std::sync::Arc;

use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use crate::error::Result;
use crate::insights::{CommentFilter, StoredComment, comments_at};
use crate::page_token::Request;
use crate::store::paging::id_after;
use crate::store::{Filter, Store};

/// Comments read at once. While the caller takes one page, the next is read and one more waits: that many are in memory.
const PAGE: usize = 128;

#[derive(Debug, Clone)]
pub struct Export {
    pub filter: CommentFilter,
    /// Of the last comment that arrived; empty for the beginning.
    pub resume_token: String,
}

#[derive(Debug)]
pub struct Exported {
    pub comment: StoredComment,
    pub resume_token: String,
}

/// Every comment that matches, ordered by id, read only as fast as it is taken. What is written meanwhile is in it as it
/// was or as it is. An error is the last item.
///
/// # Errors
/// [`crate::error::Error::PageTokenInvalid`].
pub fn export(store: Arc<dyn Store>, export: Export) -> Result<impl Stream<Item = Result<Exported>>> {
    let request = Request::new("export", &export.filter)?;
    let after = request.id(&export.resume_token)?;
    let filter = export.filter.for_comments();
    let (sender, pages) = mpsc::channel(1);
    tokio::spawn(read_pages(store, filter, after, sender));
    let comments = ReceiverStream::new(pages).flat_map(|page: Result<Vec<StoredComment>>| {
        futures::stream::iter(match page {
            Ok(comments) => comments.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    });
    Ok(comments.map(move |comment| {
        let comment = comment?;
        Ok(Exported { resume_token: request.id_token(comment.id), comment })
    }))
}

/// Ends when all is read, or nobody listens any more.
async fn read_pages(
    store: Arc<dyn Store>,
    filter: Filter,
    after: Option<Uuid>,
    pages: mpsc::Sender<Result<Vec<StoredComment>>>,
) {
    let mut from = after.map_or(Some(Uuid::nil()), id_after);
    while from.is_some() {
        let page = comments_at(store.as_ref(), filter.clone(), from, PAGE).await;
        let (page, next) = match page {
            Ok((comments, next)) => (Ok(comments), next),
            Err(error) => (Err(error), None),
        };
        if pages.send(page).await.is_err() {
            return;
        }
        from = next;
    }
}
