//! The store: one trait over Qdrant, embedded ([`edge`]) or as a server or cluster ([`remote`]).
//!
//! Ten kinds of point, one Qdrant collection each. Nothing else holds truth.

mod check;
#[cfg(feature = "edge")]
mod commit;
mod due;
#[cfg(feature = "edge")]
pub mod edge;
mod metered;
mod origin;
pub mod paging;
pub mod remote;

use std::collections::HashSet;
use std::path::PathBuf;

use async_trait::async_trait;
use uuid::Uuid;

pub use due::{due_erasures, note_due_erasure, remove_due_erasures};
pub use metered::MeteredStore;
pub use origin::{LAYOUT, Origin, read_origin, write_origin};

/// One kind of point. Each has a collection (on a server) or a shard folder (embedded) of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One point per comment; vector: the comment.
    Comments,
    /// One point per mention; vector: the mention.
    Mentions,
    /// One point per registered journey version; no vector.
    Journeys,
    /// What the store as a whole was written with; no vector.
    Meta,
    /// One point per long operation (a re-scoring, a discovery), and what such a one has worked out; no vector.
    Operations,
    /// One point per pain point; vector: the mean of its mentions' vectors.
    PainPoints,
    /// One point for each thing that happened to a pain point; no vector.
    Events,
    /// One point for each inbox item; no vector.
    InboxItems,
    /// How far each web hook has come, and what it could not deliver; no vector.
    Deliveries,
    /// One point for each measure that people took; no vector.
    Measures,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Comments,
        Kind::Mentions,
        Kind::Journeys,
        Kind::Meta,
        Kind::Operations,
        Kind::PainPoints,
        Kind::Events,
        Kind::InboxItems,
        Kind::Deliveries,
        Kind::Measures,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Comments => "comments",
            Kind::Mentions => "mentions",
            Kind::Journeys => "journeys",
            Kind::Meta => "meta",
            Kind::Operations => "operations",
            Kind::PainPoints => "pain_points",
            Kind::Events => "events",
            Kind::InboxItems => "inbox_items",
            Kind::Deliveries => "deliveries",
            Kind::Measures => "measures",
        }
    }

    pub fn has_vectors(self) -> bool {
        matches!(self, Kind::Comments | Kind::Mentions | Kind::PainPoints)
    }
}

/// How a payload field is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// The tenant: a keyword by which Qdrant also groups points on disk.
    Tenant,
    Keyword,
    /// For ranges.
    Integer,
    /// An integer that is only counted: see [`Store::count_by`].
    CountedInteger,
    Float,
}

/// The payload fields that filters use, by kind of point.
pub const INDEXES: &[(Kind, &str, IndexKind)] = &[
    (Kind::Comments, "tenant", IndexKind::Tenant),
    (Kind::Comments, "channel", IndexKind::Keyword),
    (Kind::Comments, "source", IndexKind::Keyword),
    (Kind::Comments, "journey", IndexKind::Keyword),
    (Kind::Comments, "language", IndexKind::Keyword),
    (Kind::Comments, "survey_kind", IndexKind::Keyword),
    (Kind::Comments, "subject", IndexKind::Keyword),
    (Kind::Comments, "comment_sentiment", IndexKind::Keyword),
    (Kind::Comments, "action", IndexKind::Keyword),
    (Kind::Comments, "score_version", IndexKind::Keyword),
    (Kind::Comments, "time", IndexKind::Integer),
    (Kind::Comments, "nps", IndexKind::Float),
    (Kind::Comments, "csat", IndexKind::Float),
    (Kind::Comments, "stars", IndexKind::Float),
    (Kind::Comments, "comment_score", IndexKind::Float),
    (Kind::Comments, "severity", IndexKind::Float),
    (Kind::Comments, "comments_by_day", IndexKind::CountedInteger),
    (Kind::Comments, "nps_by_day", IndexKind::CountedInteger),
    (Kind::Comments, "csat_by_day", IndexKind::CountedInteger),
    (Kind::Comments, "handover", IndexKind::Keyword),
    (Kind::Comments, "given_touchpoint", IndexKind::Keyword),
    (Kind::Comments, "answered", IndexKind::Keyword),
    (Kind::Comments, "mentions[].touchpoint", IndexKind::Keyword),
    (Kind::Comments, "mentions[].phase", IndexKind::Keyword),
    (Kind::Comments, "mentions[].owner", IndexKind::Keyword),
    (Kind::Comments, "mentions[].topics", IndexKind::Keyword),
    (Kind::Comments, "mentions[].sentiment", IndexKind::Keyword),
    (Kind::Comments, "mentions[].frictions", IndexKind::Keyword),
    (Kind::Mentions, "tenant", IndexKind::Tenant),
    (Kind::Mentions, "comment_id", IndexKind::Keyword),
    (Kind::Mentions, "channel", IndexKind::Keyword),
    (Kind::Mentions, "source", IndexKind::Keyword),
    (Kind::Mentions, "journey", IndexKind::Keyword),
    (Kind::Mentions, "language", IndexKind::Keyword),
    (Kind::Mentions, "survey_kind", IndexKind::Keyword),
    (Kind::Mentions, "subject", IndexKind::Keyword),
    (Kind::Mentions, "comment_sentiment", IndexKind::Keyword),
    (Kind::Mentions, "action", IndexKind::Keyword),
    (Kind::Mentions, "score_version", IndexKind::Keyword),
    (Kind::Mentions, "time", IndexKind::Integer),
    (Kind::Mentions, "nps", IndexKind::Float),
    (Kind::Mentions, "csat", IndexKind::Float),
    (Kind::Mentions, "stars", IndexKind::Float),
    (Kind::Mentions, "comment_score", IndexKind::Float),
    (Kind::Mentions, "severity", IndexKind::Float),
    (Kind::Mentions, "touchpoint", IndexKind::Keyword),
    (Kind::Mentions, "phase", IndexKind::Keyword),
    (Kind::Mentions, "owner", IndexKind::Keyword),
    (Kind::Mentions, "topics", IndexKind::Keyword),
    (Kind::Mentions, "sentiment", IndexKind::Keyword),
    (Kind::Mentions, "frictions", IndexKind::Keyword),
    (Kind::Mentions, "score", IndexKind::Float),
    (Kind::Mentions, "sentiment_by_day", IndexKind::CountedInteger),
    (Kind::Mentions, "frictions_by_day", IndexKind::CountedInteger),
    (Kind::Mentions, "handover", IndexKind::Keyword),
    (Kind::Mentions, "given_touchpoint", IndexKind::Keyword),
    (Kind::Mentions, "pain_point", IndexKind::Keyword),
    (Kind::Mentions, "placed_by", IndexKind::Keyword),
    (Kind::Mentions, "membership", IndexKind::Float),
    (Kind::Journeys, "tenant", IndexKind::Tenant),
    (Kind::Journeys, "journey", IndexKind::Keyword),
    (Kind::Operations, "tenant", IndexKind::Tenant),
    (Kind::Operations, "operation", IndexKind::Keyword),
    (Kind::Operations, "state", IndexKind::Keyword),
    (Kind::Operations, "started_at", IndexKind::Integer),
    (Kind::Operations, "journey", IndexKind::Keyword),
    (Kind::PainPoints, "tenant", IndexKind::Tenant),
    (Kind::PainPoints, "journey", IndexKind::Keyword),
    (Kind::PainPoints, "state", IndexKind::Keyword),
    (Kind::Events, "tenant", IndexKind::Tenant),
    (Kind::Events, "journey", IndexKind::Keyword),
    (Kind::Events, "pain_point", IndexKind::Keyword),
    (Kind::Events, "time", IndexKind::Integer),
    (Kind::InboxItems, "tenant", IndexKind::Tenant),
    (Kind::InboxItems, "comment_id", IndexKind::Keyword),
    (Kind::InboxItems, "subject", IndexKind::Keyword),
    (Kind::InboxItems, "journey", IndexKind::Keyword),
    (Kind::InboxItems, "state", IndexKind::Keyword),
    (Kind::InboxItems, "owner", IndexKind::Keyword),
    (Kind::InboxItems, "owners", IndexKind::Keyword),
    (Kind::InboxItems, "touchpoint", IndexKind::Keyword),
    (Kind::InboxItems, "reason_kinds", IndexKind::Keyword),
    (Kind::InboxItems, "answered", IndexKind::Keyword),
    (Kind::InboxItems, "severity", IndexKind::Float),
    (Kind::InboxItems, "opened_at", IndexKind::Integer),
    (Kind::InboxItems, "changed_at", IndexKind::Integer),
    (Kind::InboxItems, "sequence", IndexKind::Integer),
    (Kind::InboxItems, "acknowledge_seconds", IndexKind::CountedInteger),
    (Kind::InboxItems, "resolve_seconds", IndexKind::CountedInteger),
    (Kind::Deliveries, "tenant", IndexKind::Tenant),
    (Kind::Deliveries, "comment_id", IndexKind::Keyword),
    (Kind::Deliveries, "hook", IndexKind::Keyword),
    (Kind::Deliveries, "first_tried_at", IndexKind::Integer),
    (Kind::Measures, "tenant", IndexKind::Tenant),
    (Kind::Measures, "journey", IndexKind::Keyword),
    (Kind::Measures, "touchpoint", IndexKind::Keyword),
    (Kind::Measures, "state", IndexKind::Keyword),
    (Kind::Measures, "time", IndexKind::Integer),
];

pub type Payload = serde_json::Map<String, serde_json::Value>;

/// A number for a payload, rounded so that it comes out as it went in. A payload is JSON text, and a number of many digits may
/// be a little different when it is read: from what its index holds, so that pages would miss it ([`paging`]), and from
/// what a caller has seen before it was stored.
pub fn millionths(number: f64) -> f64 {
    // Adding zero makes -0 a 0.
    (number * 1e6).round() / 1e6 + 0.0
}

/// A stored thing. `vector` is present exactly for the kinds that have vectors (when it was asked for).
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub id: Uuid,
    /// L2-normalised, `vector_size` numbers (see [`edge::EdgeStore::open`]); distance is cosine.
    pub vector: Option<Vec<f32>>,
    pub payload: Payload,
}

/// One change. A list of changes is applied in its order.
#[derive(Debug, Clone)]
pub enum Write {
    /// Insert or replace whole points by id.
    Upsert { kind: Kind, points: Vec<Point> },
    /// Set these fields of points that are there, and leave their other fields and their vectors as they are. Ids that are
    /// not there are left out; a field that is set to null is taken away.
    SetFields { kind: Kind, fields: Vec<(Uuid, Payload)> },
    /// Delete what the filter matches.
    Delete { kind: Kind, filter: Filter },
}

impl Write {
    pub fn kind(&self) -> Kind {
        match self {
            Write::Upsert { kind, .. } | Write::SetFields { kind, .. } | Write::Delete { kind, .. } => *kind,
        }
    }
}

/// All conditions must hold. The empty filter matches everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub all: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The field has one of these values (a list field: contains one of them).
    AnyOf { field: &'static str, values: Vec<String> },
    /// The field has none of these values.
    NoneOf { field: &'static str, values: Vec<String> },
    /// The field, a number, lies within these bounds.
    Range { field: &'static str, bounds: Bounds },
    /// One element of the field, a list of objects, fulfils all of these; their fields are the element's.
    Nested { field: &'static str, all: Vec<Condition> },
    /// The point's id is one of these.
    Ids(Vec<Uuid>),
    /// The point's id is none of these.
    NotIds(Vec<Uuid>),
}

impl Condition {
    /// The field has this value (a list field: contains it).
    pub fn is(field: &'static str, value: impl Into<String>) -> Condition {
        Condition::AnyOf { field, values: vec![value.into()] }
    }
}

impl Filter {
    /// The same for these points only.
    pub fn among(mut self, ids: Vec<Uuid>) -> Filter {
        self.all.push(Condition::Ids(ids));
        self
    }
}

/// An end that is `None` is open. Every end must be finite.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    pub at_least: Option<f64>,
    pub above: Option<f64>,
    pub at_most: Option<f64>,
    pub below: Option<f64>,
}

impl Bounds {
    pub fn exactly(value: f64) -> Bounds {
        Bounds { at_least: Some(value), at_most: Some(value), ..Bounds::default() }
    }
}

/// In which order points come: by a field with an integer or a float index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub field: &'static str,
    pub descending: bool,
}

/// A point that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPoint {
    /// Without its vector.
    pub point: Point,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

/// A value of a field that can be counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldValue {
    Keyword(String),
    Integer(i64),
}

/// How many different values [`Store::count_by`] tells apart.
pub const MOST_VALUES_COUNTED: usize = 100_000;

/// What [`Store::compact`] could promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compaction {
    /// Nothing of what was deleted is left in the store's files.
    Done,
    /// The server rewrites its files by itself, later.
    LeftToServer,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("data folder {folder} is in use by another process")]
    Locked { folder: PathBuf },
    /// The folder exists and could not be opened: nothing is deleted, a person has to decide.
    /// The reason says what can be done.
    #[error("data folder {folder} could not be opened: {reason}")]
    Damaged { folder: PathBuf, reason: String },
    #[error("the store could not be written: {reason}")]
    Write { reason: String },
    #[error("the store could not be read: {reason}")]
    Read { reason: String },
    /// The Qdrant server does not answer, or not in time. What was to be written may be written or not; writing it again
    /// is safe.
    #[error("the Qdrant server at {address} does not answer: {reason}")]
    Unreachable { address: String, reason: String },
    /// The Qdrant server answers, but refuses this program or holds something else; a person has to decide.
    #[error("the Qdrant server at {address} cannot be used: {reason}")]
    Unusable { address: String, reason: String },
    /// Refused before it reached the log.
    #[error("point {id} of {kind} is not valid: {reason}")]
    InvalidPoint { kind: &'static str, id: Uuid, reason: String },
    #[error("the store is shutting down")]
    Closed,
}

/// A Qdrant, wherever it runs.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Apply `writes` in order. Returns only when all of them are durable: flushed to disk where the store is embedded,
    /// applied and in the log of as many replicas as configured where it is a server (see [`remote`]).
    ///
    /// An invalid point or filter refuses the whole list before anything is written. A write that fails after that
    /// leaves those before it in the list applied, and none after it; itself it may be applied or not, so the caller
    /// repeats it.
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError>;

    /// The points with these ids, in the order of `ids`; missing ones are left out, repeated ones come once.
    async fn get(&self, kind: Kind, ids: Vec<Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError>;

    /// Which of these points are there and match. Nothing else of them is read.
    async fn matching(&self, kind: Kind, filter: Filter, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, StoreError>;

    /// A page of at most `limit` points in order of id, starting at `from` (inclusive); the second value is where the
    /// next page starts, `None` at the end.
    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<Uuid>), StoreError>;

    /// The first `limit` points in the order given; equal ones in any order. Points without the field are left out.
    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError>;

    /// The points of a kind with vectors that are nearest to `vector`, best first, from place `offset` on.
    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError>;

    /// How many points match, exactly.
    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError>;

    /// How many matching points have each value of a field whose index is a keyword or a counted integer, exactly; in any
    /// order, at most [`MOST_VALUES_COUNTED`] of them. A point with several values counts for each of them, once. One that is
    /// being rewritten at that moment may count twice.
    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError>;

    /// Rewrite the files so that nothing of what has been deleted or replaced before this call is left in them. Takes as
    /// long as copying what is left; reads and writes go on meanwhile.
    async fn compact(&self) -> Result<Compaction, StoreError>;

    /// May other processes write to it at the same time? In doubt it answers yes.
    fn is_shared(&self) -> bool {
        true
    }

    /// Is the store able to answer right now?
    async fn ready(&self) -> Result<(), StoreError>;

    /// Finish what is queued, flush, and release the data folder. Later calls answer [`StoreError::Closed`].
    async fn close(&self) -> Result<(), StoreError>;
}
