//! A re-scoring as it is kept in the store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::changes::Counts;
use crate::error::Error;
use crate::insights::rescoring_id;
use crate::operations::{Head, Operation};

/// Where a re-scoring is in the comments, which it takes in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Position {
    Start,
    At(Uuid),
    End,
}

impl Position {
    /// After a page; `next` is where the next one starts.
    pub(super) fn after_page(next: Option<Uuid>) -> Self {
        next.map_or(Position::End, Position::At)
    }
}

/// A page that is about to be written, or is. After a crash nobody knows how far that came: the page is done again, and
/// what is counted is what was found before its first change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PendingPage {
    pub(super) ids: Vec<Uuid>,
    /// Where the page after it starts.
    pub(super) next: Position,
    pub(super) counts: Counts,
}

/// One re-scoring, running or ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rescoring {
    #[serde(flatten)]
    pub head: Head,
    /// Comments that matched when it was started.
    pub comments_total: u64,
    pub done: Counts,
    /// Spent on the heads alone, over all attempts.
    pub scoring_seconds: f64,
    pub(super) position: Position,
    pub(super) pending: Option<PendingPage>,
}

impl Rescoring {
    pub(super) fn begin(head: Head, comments_total: u64) -> Self {
        Self {
            head,
            comments_total,
            done: Counts::default(),
            scoring_seconds: 0.0,
            position: Position::Start,
            pending: None,
        }
    }
}

impl Operation for Rescoring {
    const NAME: &'static str = "rescoring";

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn not_found() -> Error {
        Error::RescoringNotFound
    }

    fn id_of_request(request_id: &str) -> Uuid {
        rescoring_id(request_id)
    }
}
