//! An operation as it is kept in the store: one point of [`Kind::Operations`].

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TENANT;
use crate::error::{Error, Result};
use crate::insights::{CommentFilter, from_payload, to_payload};
use crate::store::{Condition, Filter, Kind, Point, Write};

/// [`OperationState::Running`] in a payload.
const RUNNING: &str = "running";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    Running,
    Done,
    Cancelled,
    Failed,
}

impl OperationState {
    pub(super) fn name(self) -> &'static str {
        match self {
            OperationState::Running => RUNNING,
            OperationState::Done => "done",
            OperationState::Cancelled => "cancelled",
            OperationState::Failed => "failed",
        }
    }
}

/// What the records of all operations begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    #[serde(skip)]
    pub id: Uuid,
    pub state: OperationState,
    pub filter: CommentFilter,
    /// Microseconds since 1970: lists are ordered by it.
    started_at: i64,
    pub ended_at: Option<DateTime<Utc>>,
    /// How often it was taken up again.
    pub resumed: u32,
    /// Why it failed; never contains a text.
    pub error: Option<String>,
    /// Over all attempts.
    pub total_seconds: f64,
    /// The process that works on it.
    pub(super) worker: Uuid,
    /// When that process last said so.
    pub(super) heartbeat: DateTime<Utc>,
}

impl Head {
    pub(crate) fn begin(id: Uuid, filter: CommentFilter, worker: Uuid) -> Self {
        let now = Utc::now();
        Self {
            id,
            state: OperationState::Running,
            filter,
            started_at: now.timestamp_micros(),
            ended_at: None,
            resumed: 0,
            error: None,
            total_seconds: 0.0,
            worker,
            heartbeat: now,
        }
    }

    pub fn is_running(&self) -> bool {
        self.state == OperationState::Running
    }

    pub fn started_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.started_at).unwrap_or_default()
    }
}

/// A kind of operation, as its record says how it stands.
pub trait Operation: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What records and the log call it.
    const NAME: &'static str;

    fn head(&self) -> &Head;

    fn head_mut(&mut self) -> &mut Head;

    /// What a caller is told who asks for an id that is none of this kind.
    fn not_found() -> Error;

    /// The id of the one that was started with this `request_id`.
    fn id_of_request(request_id: &str) -> Uuid;
}

pub(super) fn from_point<O: Operation>(point: Point) -> Result<O> {
    let mut operation: O = from_payload(point.payload)?;
    operation.head_mut().id = point.id;
    Ok(operation)
}

pub(super) fn to_write(operation: &impl Operation) -> Result<Write> {
    Ok(Write::Upsert { kind: Kind::Operations, points: vec![to_point(operation)?] })
}

fn to_point<O: Operation>(operation: &O) -> Result<Point> {
    let mut payload = to_payload(operation)?;
    payload.insert("tenant".to_owned(), TENANT.into());
    payload.insert("operation".to_owned(), O::NAME.into());
    Ok(Point { id: operation.head().id, vector: None, payload })
}

/// Does this point hold an operation of this kind?
pub(super) fn is_of_kind<O: Operation>(point: &Point) -> bool {
    point.payload.get("operation").and_then(|name| name.as_str()) == Some(O::NAME)
}

/// All operations of a kind.
pub(super) fn all<O: Operation>() -> Filter {
    Filter { all: vec![Condition::is("tenant", TENANT), Condition::is("operation", O::NAME)] }
}

/// Those that are running, here or in another process, or were when their process ended.
pub(super) fn running<O: Operation>() -> Filter {
    let mut filter = all::<O>();
    filter.all.push(Condition::is("state", RUNNING));
    filter
}

/// Asks the process that works on an operation, whichever it is, to end it. A point of its own, because only that process
/// writes the operation's.
pub(super) fn cancel_mark(id: Uuid) -> Result<Write> {
    let payload = to_payload(&serde_json::json!({ "tenant": TENANT, "operation": "cancel", "operation_id": id }))?;
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

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Counting {
        #[serde(flatten)]
        head: Head,
        counted: u64,
    }

    impl Operation for Counting {
        const NAME: &'static str = "counting";

        fn head(&self) -> &Head {
            &self.head
        }

        fn head_mut(&mut self) -> &mut Head {
            &mut self.head
        }

        fn not_found() -> Error {
            Error::RescoringNotFound
        }

        fn id_of_request(_request_id: &str) -> Uuid {
            Uuid::nil()
        }
    }

    #[test]
    fn an_operation_comes_back_from_its_point() {
        let mut head = Head::begin(Uuid::now_v7(), CommentFilter::default(), Uuid::now_v7());
        head.total_seconds = 0.25;
        let counting = Counting { head, counted: 7 };
        let point = to_point(&counting).expect("it can be written");
        assert_eq!(point.payload.get("state").and_then(|state| state.as_str()), Some(RUNNING));
        assert!(point.payload.get("started_at").is_some_and(serde_json::Value::is_i64));
        assert!(is_of_kind::<Counting>(&point));
        assert_eq!(from_point::<Counting>(point).expect("it can be read"), counting);
    }
}
