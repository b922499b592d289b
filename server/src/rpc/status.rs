//! Errors as callers see them: a gRPC code, a message, and a reason for programs.

use std::collections::HashMap;

use klartext_proto::v1::{ErrorReason, ItemError};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tracing::error;

use crate::error::Error;
use crate::store::StoreError;

/// The domain of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "klartext";

/// What a caller sees of an error. No wildcard arm: a new error does not compile until somebody has decided.
fn code_and_reason(error: &Error) -> (Code, ErrorReason) {
    match error {
        Error::NoComments => (Code::InvalidArgument, ErrorReason::NoComments),
        Error::TooManyComments { .. } => (Code::InvalidArgument, ErrorReason::TooManyComments),
        Error::TextEmpty => (Code::InvalidArgument, ErrorReason::TextEmpty),
        Error::TextTooLong { .. } => (Code::InvalidArgument, ErrorReason::TextTooLong),
        Error::FieldTooLong { .. } => (Code::InvalidArgument, ErrorReason::FieldTooLong),
        Error::JourneyUnknown { .. } => (Code::InvalidArgument, ErrorReason::JourneyUnknown),
        Error::TouchpointUnknown { .. } => (Code::InvalidArgument, ErrorReason::TouchpointUnknown),
        Error::EnumUnknown { .. } => (Code::InvalidArgument, ErrorReason::EnumUnknown),
        Error::NumberInvalid { .. } => (Code::InvalidArgument, ErrorReason::NumberInvalid),
        Error::TimeInvalid { .. } => (Code::InvalidArgument, ErrorReason::TimeInvalid),
        Error::LanguageInvalid { .. } => (Code::InvalidArgument, ErrorReason::LanguageInvalid),
        Error::SelectionNotStorable => (Code::InvalidArgument, ErrorReason::SelectionNotStorable),
        Error::IdInvalid { .. } => (Code::InvalidArgument, ErrorReason::IdInvalid),
        Error::CommentNotFound => (Code::NotFound, ErrorReason::CommentNotFound),
        Error::MentionNotFound { .. } => (Code::NotFound, ErrorReason::MentionNotFound),
        Error::TopicUnknown { .. } => (Code::InvalidArgument, ErrorReason::TopicUnknown),
        Error::PageTokenInvalid => (Code::InvalidArgument, ErrorReason::PageTokenInvalid),
        Error::PageSizeInvalid { .. } => (Code::InvalidArgument, ErrorReason::PageSizeInvalid),
        Error::FilterEmpty => (Code::InvalidArgument, ErrorReason::FilterEmpty),
        Error::FilterInvalid { .. } => (Code::InvalidArgument, ErrorReason::FilterInvalid),
        Error::FieldMissing { .. } => (Code::InvalidArgument, ErrorReason::FieldMissing),
        Error::RescoringRunning { .. } => (Code::FailedPrecondition, ErrorReason::RescoringRunning),
        Error::RescoringNotFound => (Code::NotFound, ErrorReason::RescoringNotFound),
        Error::DiscoveryRunning { .. } => (Code::FailedPrecondition, ErrorReason::DiscoveryRunning),
        Error::DiscoveryNotFound => (Code::NotFound, ErrorReason::DiscoveryNotFound),
        Error::PainPointNotFound => (Code::NotFound, ErrorReason::PainPointNotFound),
        Error::PainPointUnfit { .. } => (Code::FailedPrecondition, ErrorReason::PainPointUnfit),
        Error::PainPointIndivisible => (Code::FailedPrecondition, ErrorReason::PainPointIndivisible),
        Error::NothingToUndo => (Code::FailedPrecondition, ErrorReason::NothingToUndo),
        Error::InboxItemNotFound => (Code::NotFound, ErrorReason::InboxItemNotFound),
        Error::InboxItemUnfit { .. } => (Code::FailedPrecondition, ErrorReason::InboxItemUnfit),
        Error::OwnerUnknown { .. } => (Code::InvalidArgument, ErrorReason::OwnerUnknown),
        Error::AccessInvalid { .. } => (Code::InvalidArgument, ErrorReason::AccessInvalid),
        Error::AccessLimited => (Code::PermissionDenied, ErrorReason::AccessLimited),
        Error::MeasureNotFound => (Code::NotFound, ErrorReason::MeasureNotFound),
        Error::MeasureInvalid { .. } => (Code::InvalidArgument, ErrorReason::MeasureInvalid),
        Error::TooFewAnswers { .. } => (Code::FailedPrecondition, ErrorReason::TooFewAnswers),
        Error::OptionsNotFirst => (Code::InvalidArgument, ErrorReason::OptionsNotFirst),
        Error::Overloaded { .. } | Error::QueueTooLong { .. } => (Code::ResourceExhausted, ErrorReason::Overloaded),
        Error::ShuttingDown => (Code::Unavailable, ErrorReason::ShuttingDown),
        Error::Store(StoreError::Closed) => (Code::Unavailable, ErrorReason::ShuttingDown),
        Error::Store(
            StoreError::Locked { .. }
            | StoreError::Damaged { .. }
            | StoreError::Write { .. }
            | StoreError::Read { .. }
            | StoreError::Unreachable { .. }
            | StoreError::Unusable { .. }
            | StoreError::InvalidPoint { .. },
        ) => (Code::Unavailable, ErrorReason::StoreUnavailable),
        Error::Models(_) | Error::Internal(_) => (Code::Internal, ErrorReason::Internal),
    }
}

/// The name without the enum's prefix, as `ErrorInfo.reason`.
fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

/// The reason that a caller is told.
pub fn reason_of(error: &Error) -> &'static str {
    reason_name(code_and_reason(error).1)
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let (code, reason) = code_and_reason(&error);
        if code == Code::Internal {
            error!(reason = reason_name(reason), error = %error, "a call failed");
        }
        let metadata = match &error {
            Error::RescoringRunning { id } => HashMap::from([("rescoring_id".to_owned(), id.to_string())]),
            Error::DiscoveryRunning { id } => HashMap::from([("discovery_id".to_owned(), id.to_string())]),
            _ => HashMap::new(),
        };
        let mut details = ErrorDetails::with_error_info(reason_name(reason), ERROR_DOMAIN, metadata);
        if !error.field().is_empty() {
            details.add_bad_request_violation(error.field(), error.to_string());
        }
        if let Error::Overloaded { retry_after, .. } | Error::QueueTooLong { retry_after, .. } = &error {
            details.set_retry_info(Some(*retry_after));
        }
        Status::with_error_details(code, error.to_string(), details)
    }
}

/// The error of one comment among others.
pub fn item_error(error: &Error) -> ItemError {
    let (code, reason) = code_and_reason(error);
    if code == Code::Internal {
        error!(reason = reason_name(reason), error = %error, "a comment failed");
    }
    ItemError { code: code as i32, reason: reason.into(), message: error.to_string(), field: error.field().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn overload_carries_a_retry_hint() {
        let status =
            Status::from(Error::Overloaded { in_flight: 5, limit: 5, retry_after: Duration::from_millis(700) });
        assert_eq!(status.code(), Code::ResourceExhausted);
        let details = status.get_error_details();
        assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("OVERLOADED"));
        assert_eq!(details.retry_info().and_then(|info| info.retry_delay), Some(Duration::from_millis(700)));
    }

    #[test]
    fn a_field_at_fault_is_named() {
        let status = Status::from(Error::TextEmpty);
        let violations = status.get_error_details().bad_request().map(|request| request.field_violations.clone());
        assert_eq!(violations.expect("there is one")[0].field, "text");
    }
}
