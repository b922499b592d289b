//! A re-scoring as it is kept in the store: one point of [`Kind::Operations`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::changes::Counts;
use crate::TENANT;
use crate::error::Result;
use crate::insights::{CommentFilter, from_payload, to_payload};
use crate::store::{Condition, Filter, Kind, Point, Write};

/// What kind of operation a point is about.
const OPERATION: &str = "rescoring";
/// [`RescoringState::Running`] in a payload.
const RUNNING: &str = "running";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RescoringState {
    Running,
    Done,
    Cancelled,
    Failed,
}

impl RescoringState {
    pub(super) fn name(self) -> &'static str {
        match self {
            RescoringState::Running => RUNNING,
            RescoringState::Done => "done",
            RescoringState::Cancelled => "cancelled",
            RescoringState::Failed => "failed",
        }
    }
}

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
    #[serde(skip)]
    pub id: Uuid,
    pub state: RescoringState,
    pub filter: CommentFilter,
    /// Microseconds since 1970: lists are ordered by it.
    pub(super) started_at: i64,
    pub ended_at: Option<DateTime<Utc>>,
    /// Comments that matched when it was started.
    pub comments_total: u64,
    pub done: Counts,
    /// How often it was taken up again.
    pub resumed: u32,
    /// Why it failed; never contains a text.
    pub error: Option<String>,
    /// Spent on the heads alone, over all attempts.
    pub scoring_seconds: f64,
    pub total_seconds: f64,
    pub(super) position: Position,
    pub(super) pending: Option<PendingPage>,
    /// The process that works on it.
    pub(super) worker: Uuid,
    /// When that process last said so.
    pub(super) heartbeat: DateTime<Utc>,
}

impl Rescoring {
    pub(super) fn begin(id: Uuid, filter: CommentFilter, comments_total: u64, worker: Uuid) -> Self {
        let now = Utc::now();
        Self {
            id,
            state: RescoringState::Running,
            filter,
            started_at: now.timestamp_micros(),
            ended_at: None,
            comments_total,
            done: Counts::default(),
            resumed: 0,
            error: None,
            scoring_seconds: 0.0,
            total_seconds: 0.0,
            position: Position::Start,
            pending: None,
            worker,
            heartbeat: now,
        }
    }

    pub fn is_running(&self) -> bool {
        self.state == RescoringState::Running
    }

    pub fn started_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.started_at).unwrap_or_default()
    }

    pub(super) fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    pub(super) fn to_write(&self) -> Result<Write> {
        let mut payload = to_payload(self)?;
        payload.insert("tenant".to_owned(), TENANT.into());
        payload.insert("operation".to_owned(), OPERATION.into());
        let point = Point { id: self.id, vector: None, payload };
        Ok(Write::Upsert { kind: Kind::Operations, points: vec![point] })
    }
}

/// All re-scorings of the store.
pub(super) fn all_rescorings() -> Filter {
    let is = |field, value: &str| Condition::AnyOf { field, values: vec![value.to_owned()] };
    Filter { all: vec![is("tenant", TENANT), is("operation", OPERATION)] }
}

/// Those that are running, here or in another process, or were when their process ended.
pub(super) fn running_rescorings() -> Filter {
    let mut filter = all_rescorings();
    filter.all.push(Condition::AnyOf { field: "state", values: vec![RUNNING.to_owned()] });
    filter
}

/// Asks the process that works on a re-scoring, whichever it is, to end it. A point of its own, because only that process
/// writes the re-scoring's.
pub(super) fn cancel_mark(id: Uuid) -> Result<Write> {
    let payload = to_payload(&serde_json::json!({ "tenant": TENANT, "operation": "cancel", "rescoring_id": id }))?;
    let point = Point { id: cancel_mark_id(id), vector: None, payload };
    Ok(Write::Upsert { kind: Kind::Operations, points: vec![point] })
}

pub(super) fn delete_cancel_mark(id: Uuid) -> Write {
    Write::Delete { kind: Kind::Operations, filter: Filter { all: vec![Condition::Ids(vec![cancel_mark_id(id)])] } }
}

pub(super) fn cancel_mark_id(id: Uuid) -> Uuid {
    Uuid::new_v5(&id, b"cancel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rescoring_comes_back_from_its_point() {
        let mut rescoring = Rescoring::begin(Uuid::now_v7(), CommentFilter::default(), 7, Uuid::now_v7());
        rescoring.scoring_seconds = 0.25;
        rescoring.position = Position::At(Uuid::now_v7());
        rescoring.pending = Some(PendingPage {
            ids: vec![Uuid::now_v7()],
            next: Position::End,
            counts: Counts { comments: 1, ..Counts::default() },
        });
        let Write::Upsert { points, .. } = rescoring.to_write().expect("it can be written") else {
            panic!("no upsert")
        };
        let point = points.into_iter().next().expect("one point");
        assert_eq!(point.payload.get("state").and_then(|state| state.as_str()), Some(RUNNING));
        assert!(point.payload.get("started_at").is_some_and(serde_json::Value::is_i64));
        assert_eq!(Rescoring::from_point(point).expect("it can be read"), rescoring);
    }
}
