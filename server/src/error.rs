//! One error for everything that a caller can meet.

use std::time::Duration;

use uuid::Uuid;

use crate::store::StoreError;

pub type Result<T> = std::result::Result<T, Error>;

/// Messages never contain a comment's text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the call has no comments")]
    NoComments,
    #[error("{count} comments in one call, at most {limit} are allowed")]
    TooManyComments { count: usize, limit: usize },
    #[error("the text has no visible character")]
    TextEmpty,
    #[error("the text has {chars} characters, at most {limit} are allowed")]
    TextTooLong { chars: usize, limit: usize },
    #[error("{field} has {length} {unit}, at most {limit} are allowed")]
    FieldTooLong { field: String, length: usize, limit: usize, unit: &'static str },
    #[error("journey {journey:?} is not registered; known are {known}")]
    JourneyUnknown { journey: String, known: String },
    #[error("journey {journey} has no touchpoint {touchpoint:?}")]
    TouchpointUnknown { journey: String, touchpoint: String },
    #[error("{field} has the number {number}, which this version does not know")]
    EnumUnknown { field: &'static str, number: i32 },
    #[error("{field} is {value}, expected {expected}")]
    NumberInvalid { field: String, value: f64, expected: String },
    #[error("time is {reason}")]
    TimeInvalid { reason: String },
    #[error("language {language:?} is no BCP 47 tag, for example \"de\"")]
    LanguageInvalid { language: String },
    #[error("store needs every analysis: leave analyses empty")]
    SelectionNotStorable,
    #[error("{reason}")]
    IdInvalid { reason: String },
    #[error("no comment is stored under this id")]
    CommentNotFound,
    #[error("the comment has {mentions} mentions, there is none at place {index}")]
    MentionNotFound { index: usize, mentions: usize },
    #[error("journey {journey} has no topic {topic:?}")]
    TopicUnknown { journey: String, topic: String },
    #[error("the token is malformed or belongs to another request")]
    PageTokenInvalid,
    #[error("page_size is {size}, at most {limit} is allowed")]
    PageSizeInvalid { size: usize, limit: usize },
    #[error("the filter asks for nothing, so everything would be deleted")]
    FilterEmpty,
    #[error("filter: {reason}")]
    FilterInvalid { reason: String },
    #[error("{field} is required")]
    FieldMissing { field: &'static str },
    #[error("re-scoring {id} is running and may touch the same comments; wait for it or cancel it")]
    RescoringRunning { id: Uuid },
    #[error("there is no re-scoring of this id")]
    RescoringNotFound,
    #[error("discovery {id} of this journey is running; wait for it or cancel it")]
    DiscoveryRunning { id: Uuid },
    #[error("there is no discovery of this id")]
    DiscoveryNotFound,
    #[error("there is no pain point of this id")]
    PainPointNotFound,
    #[error("{reason}")]
    PainPointUnfit { reason: String },
    #[error("the pain point has one part only")]
    PainPointIndivisible,
    #[error("nobody has changed the pain point, or a discovery has moved its mentions since")]
    NothingToUndo,
    #[error("there is no inbox item of this id")]
    InboxItemNotFound,
    #[error("the inbox item is {state}: {reason}")]
    InboxItemUnfit { state: &'static str, reason: &'static str },
    #[error("journey {journey} has no owner {owner:?}, or the touchpoint is another one's")]
    OwnerUnknown { journey: String, owner: String },
    #[error("klartext-owners: {reason}")]
    AccessInvalid { reason: &'static str },
    #[error("callers who are limited to some owners may not call this")]
    AccessLimited,
    #[error("there is no measure of this id")]
    MeasureNotFound,
    #[error("{field}: {reason}")]
    MeasureInvalid { field: &'static str, reason: String },
    #[error(
        "{answers} comments with an answer are too few to learn from; {least} are needed, not all with the same answer"
    )]
    TooFewAnswers { answers: usize, least: usize },
    #[error("a stream's options must be its first message")]
    OptionsNotFirst,
    #[error("{in_flight} comments are being worked on, at most {limit} fit; come back in {} ms", .retry_after.as_millis())]
    Overloaded { in_flight: usize, limit: usize, retry_after: Duration },
    #[error(
        "the call would wait {} ms for others, at most {} ms are allowed; come back in {} ms",
        .wait.as_millis(), .limit.as_millis(), .retry_after.as_millis()
    )]
    QueueTooLong { wait: Duration, limit: Duration, retry_after: Duration },
    #[error("the service is shutting down")]
    ShuttingDown,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Models(#[from] klartext_models::Error),
    /// A fault of ours; the message says where.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// The field of the comment at fault, empty when it is no single one.
    pub fn field(&self) -> &str {
        match self {
            Error::TextEmpty | Error::TextTooLong { .. } => "text",
            Error::FieldTooLong { field, .. } | Error::NumberInvalid { field, .. } => field,
            Error::EnumUnknown { field, .. } => field,
            Error::JourneyUnknown { .. } => "journey",
            Error::TouchpointUnknown { .. } => "touchpoint",
            Error::TimeInvalid { .. } => "time",
            Error::LanguageInvalid { .. } => "language",
            Error::NoComments | Error::TooManyComments { .. } => "comments",
            Error::SelectionNotStorable => "analyses",
            Error::PageTokenInvalid => "page_token",
            Error::PageSizeInvalid { .. } => "page_size",
            Error::FilterEmpty | Error::FilterInvalid { .. } => "filter",
            Error::FieldMissing { field } | Error::MeasureInvalid { field, .. } => field,
            Error::TopicUnknown { .. } => "topics",
            Error::OptionsNotFirst => "options",
            Error::OwnerUnknown { .. } => "owner",
            Error::IdInvalid { .. }
            | Error::CommentNotFound
            | Error::MentionNotFound { .. }
            | Error::RescoringRunning { .. }
            | Error::RescoringNotFound
            | Error::DiscoveryRunning { .. }
            | Error::DiscoveryNotFound
            | Error::PainPointNotFound
            | Error::PainPointUnfit { .. }
            | Error::PainPointIndivisible
            | Error::NothingToUndo
            | Error::InboxItemNotFound
            | Error::InboxItemUnfit { .. }
            | Error::AccessInvalid { .. }
            | Error::AccessLimited
            | Error::MeasureNotFound
            | Error::TooFewAnswers { .. }
            | Error::Overloaded { .. }
            | Error::QueueTooLong { .. }
            | Error::ShuttingDown
            | Error::Store(_)
            | Error::Models(_)
            | Error::Internal(_) => "",
        }
    }
}
