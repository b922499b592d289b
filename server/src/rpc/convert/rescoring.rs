//! Re-scorings for protobuf.

use klartext_proto::v1;

use super::{filter_to_proto, score_version_to_proto, time_to_proto};
use crate::operations::OperationState;
use crate::rescoring::Rescoring;

pub fn rescoring_to_proto(rescoring: &Rescoring) -> v1::Rescoring {
    let head = &rescoring.head;
    let done = &rescoring.done;
    let changes = done.changes.most_frequent_first().into_iter().map(|(change, mentions)| v1::LabelChange {
        label: change.label.name().to_owned(),
        from: change.from.clone(),
        to: change.to.clone(),
        mentions,
    });
    v1::Rescoring {
        rescoring_id: head.id.to_string(),
        state: state_to_proto(head.state).into(),
        filter: Some(filter_to_proto(&head.filter)),
        started_at: Some(time_to_proto(head.started_at())),
        ended_at: head.ended_at.map(time_to_proto),
        comments_total: rescoring.comments_total,
        comments_done: done.comments,
        mentions_done: done.mentions,
        mentions_changed: done.mentions_changed,
        score_versions: done.score_versions.iter().map(score_version_to_proto).collect(),
        changes: changes.collect(),
        resumed: head.resumed,
        error: head.error.clone().unwrap_or_default(),
        scoring_seconds: rescoring.scoring_seconds,
        total_seconds: head.total_seconds,
        comments_skipped: done.comments_skipped,
        comments_encoded: done.comments_encoded,
    }
}

fn state_to_proto(state: OperationState) -> v1::RescoringState {
    match state {
        OperationState::Running => v1::RescoringState::Running,
        OperationState::Done => v1::RescoringState::Done,
        OperationState::Cancelled => v1::RescoringState::Cancelled,
        OperationState::Failed => v1::RescoringState::Failed,
    }
}
