//! Inbox items and requests about them for protobuf.

use klartext_proto::v1;
use prost_types::Duration;
use uuid::Uuid;

use super::filter::{friction_kind_to_proto, time_range_from_proto};
use super::{
    DEFAULT_PAGE_SIZE, SpanTarget, channel_to_proto, polarity_to_proto, sentiment_to_proto, time_to_proto, uuid_of,
};
use crate::access::Access;
use crate::comments::page_size;
use crate::error::{Error, Result};
use crate::inbox::hooks::{Redelivery, Undelivered};
use crate::inbox::{
    Beginning, Followed, InboxDimension, InboxFigures, InboxFilter, InboxList, ItemChange, ItemOrder, ListedItems,
    ShownItem, SortInboxBy, Times,
};
use crate::insights::{
    Assignment, HistoryEntry, InboxChangeKind, InboxState, Mention, Reason, ReasonKind, SuggestedAction, TimeRange,
};

/// `None` is the empty filter.
///
/// # Errors
/// Enum numbers that this version does not know, malformed ids and times, and a severity that is none.
pub fn inbox_filter_from_proto(filter: Option<v1::InboxFilter>, access: &Access) -> Result<InboxFilter> {
    let filter = filter.unwrap_or_default();
    if filter.min_severity.is_some_and(|least| !least.is_finite()) {
        return Err(Error::FilterInvalid { reason: "min_severity is not a finite number".to_owned() });
    }
    let comment_id = Some(filter.comment_id.as_str()).filter(|id| !id.is_empty());
    Ok(InboxFilter {
        journeys: filter.journeys,
        owners: filter.owners,
        touchpoints: filter.touchpoints,
        states: filter.states.into_iter().map(state_from_proto).collect::<Result<_>>()?,
        reasons: filter.reasons.into_iter().map(reason_kind_from_proto).collect::<Result<_>>()?,
        min_severity: filter.min_severity,
        opened: filter.opened.map_or(Ok(TimeRange::default()), time_range_from_proto)?,
        comment_id: comment_id.map(|id| uuid_of("comment_id", id)).transpose()?,
        visible_to: access.clone(),
    })
}

pub fn inbox_list_from_proto(
    request: v1::ListInboxItemsRequest,
    access: &Access,
    max_page_size: usize,
) -> Result<InboxList> {
    let sort_by = match v1::SortInboxBy::try_from(request.sort_by) {
        Ok(v1::SortInboxBy::Unspecified | v1::SortInboxBy::Severity) => SortInboxBy::Severity,
        Ok(v1::SortInboxBy::Opened) => SortInboxBy::Opened,
        Ok(v1::SortInboxBy::Changed) => SortInboxBy::Changed,
        Err(_) => return Err(Error::EnumUnknown { field: "sort_by", number: request.sort_by }),
    };
    Ok(InboxList {
        filter: inbox_filter_from_proto(request.filter, access)?,
        sort_by,
        ascending: request.ascending,
        page_size: page_size(request.page_size as usize, DEFAULT_PAGE_SIZE, max_page_size)?,
        page_token: request.page_token,
        count: request.count,
    })
}

pub fn listed_items_to_proto(listed: &ListedItems) -> v1::ListInboxItemsResponse {
    v1::ListInboxItemsResponse {
        items: listed.items.iter().map(item_to_proto).collect(),
        next_page_token: listed.next_page_token.clone(),
        total: listed.total,
    }
}

/// Where to begin, and what to follow.
pub fn watch_inbox_from_proto(request: v1::WatchInboxRequest, access: &Access) -> Result<(InboxFilter, Beginning)> {
    let v1::WatchInboxRequest { filter, resume_token, from_the_beginning } = request;
    let beginning = match (resume_token.is_empty(), from_the_beginning) {
        (true, false) => Beginning::Now,
        (true, true) => Beginning::FirstItem,
        (false, false) => Beginning::After(resume_token),
        (false, true) => return Err(Error::PageTokenInvalid),
    };
    Ok((inbox_filter_from_proto(filter, access)?, beginning))
}

pub fn followed_to_proto(followed: &Followed, resume_token: String) -> v1::WatchInboxResponse {
    use v1::watch_inbox_response::Change;
    let change = match followed {
        Followed::Changed(shown) => Change::Item(item_to_proto(shown)),
        Followed::Left(id) => Change::LeftItemId(id.to_string()),
    };
    v1::WatchInboxResponse { change: Some(change), resume_token }
}

/// # Errors
/// [`Error::IdInvalid`].
pub fn item_id_from_proto(id: &str) -> Result<Uuid> {
    uuid_of("item_id", id)
}

pub fn acknowledge_from_proto(request: v1::AcknowledgeInboxItemRequest, access: Access) -> Result<ItemOrder> {
    let v1::AcknowledgeInboxItemRequest { item_id, by, note, request_id } = request;
    let item = item_id_from_proto(&item_id)?;
    Ok(ItemOrder { item, change: ItemChange::Acknowledge, by, note, request_id, access })
}

pub fn resolve_from_proto(request: v1::ResolveInboxItemRequest, access: Access) -> Result<ItemOrder> {
    let v1::ResolveInboxItemRequest { item_id, by, note, customer_answered, request_id } = request;
    let item = item_id_from_proto(&item_id)?;
    Ok(ItemOrder { item, change: ItemChange::Resolve { customer_answered }, by, note, request_id, access })
}

pub fn reopen_from_proto(request: v1::ReopenInboxItemRequest, access: Access) -> Result<ItemOrder> {
    let v1::ReopenInboxItemRequest { item_id, by, note, request_id } = request;
    let item = item_id_from_proto(&item_id)?;
    Ok(ItemOrder { item, change: ItemChange::Reopen, by, note, request_id, access })
}

pub fn reassign_from_proto(request: v1::ReassignInboxItemRequest, access: Access) -> Result<ItemOrder> {
    let v1::ReassignInboxItemRequest { item_id, by, note, owner, touchpoint, request_id } = request;
    let item = item_id_from_proto(&item_id)?;
    let change = ItemChange::Reassign(Assignment { owner, touchpoint });
    Ok(ItemOrder { item, change, by, note, request_id, access })
}

/// Without its history.
pub fn item_to_proto(shown: &ShownItem) -> v1::InboxItem {
    let ShownItem { item, comment, evidence, touchpoint_name } = shown;
    let target = SpanTarget::stored(&comment.comment.text);
    let evidence = evidence.iter().filter_map(|index| {
        let mention = comment.insight.mentions.get(*index)?;
        Some(evidence_to_proto(shown, *index, mention, &target))
    });
    let scores = comment.comment.scores;
    v1::InboxItem {
        item_id: item.id.to_string(),
        state: state_to_proto(item.state).into(),
        owner: item.assignment.owner.clone(),
        touchpoint: item.assignment.touchpoint.clone(),
        touchpoint_name: touchpoint_name.clone(),
        journey: item.journey.clone(),
        severity: item.severity,
        reasons: item.reasons.iter().map(|reason| reason_to_proto(reason, item.severity)).collect(),
        suggested_action: suggested_action_to_proto(item.suggested_action).into(),
        evidence: evidence.collect(),
        comment_id: item.comment_id.to_string(),
        channel: channel_to_proto(comment.comment.channel).into(),
        comment_time: Some(time_to_proto(comment.comment.time)),
        scores: Some(v1::Scores { nps: scores.nps, csat: scores.csat, stars: scores.stars }),
        sentiment: comment.insight.sentiment.map(sentiment_to_proto),
        opened_at: Some(time_to_proto(item.opened_at())),
        acknowledged_at: item.acknowledged_at.map(time_to_proto),
        resolved_at: item.resolved_at.map(time_to_proto),
        customer_answered: item.customer_answered() == Some(true),
        changed_at: Some(time_to_proto(item.changed_at())),
        history: Vec::new(),
        reassigned: item.is_reassigned,
    }
}

pub fn item_with_history_to_proto(shown: &ShownItem) -> v1::InboxItem {
    let history = shown.item.history.iter().map(history_entry_to_proto).collect();
    v1::InboxItem { history, ..item_to_proto(shown) }
}

fn evidence_to_proto(shown: &ShownItem, index: usize, mention: &Mention, target: &SpanTarget<'_>) -> v1::InboxEvidence {
    let (span, text) = target.resolve(&mention.span);
    let sentiment = mention.sentiment.map(|sentiment| polarity_to_proto(sentiment.polarity));
    v1::InboxEvidence {
        mention: Some(v1::MentionRef { comment_id: shown.item.comment_id.to_string(), index: index as u32 }),
        span: Some(span),
        text,
        sentiment: sentiment.unwrap_or_default().into(),
        frictions: mention.frictions.iter().map(|friction| friction_kind_to_proto(friction.kind).into()).collect(),
        touchpoint: mention.touchpoint.as_ref().map(|tag| tag.touchpoint.clone()).unwrap_or_default(),
    }
}

fn reason_to_proto(reason: &Reason, severity: f64) -> v1::InboxReason {
    let plain = v1::InboxReason {
        kind: reason_kind_to_proto(reason.kind()).into(),
        text: reason.text(severity),
        ..v1::InboxReason::default()
    };
    match reason {
        Reason::AnswerNeeded | Reason::Severity => plain,
        Reason::Discrepancy { kind, .. } => {
            v1::InboxReason { discrepancy: super::discrepancy_kind_to_proto(*kind).into(), ..plain }
        }
        Reason::Friction(kinds) => {
            let frictions = kinds.iter().map(|kind| friction_kind_to_proto(*kind).into()).collect();
            v1::InboxReason { frictions, ..plain }
        }
        Reason::Handover { from, to } => v1::InboxReason { from_owner: from.clone(), to_owner: to.clone(), ..plain },
    }
}

fn history_entry_to_proto(entry: &HistoryEntry) -> v1::InboxHistoryEntry {
    let kind = match entry.kind {
        InboxChangeKind::Opened => v1::InboxChangeKind::Opened,
        InboxChangeKind::Acknowledged => v1::InboxChangeKind::Acknowledged,
        InboxChangeKind::Resolved => v1::InboxChangeKind::Resolved,
        InboxChangeKind::Reopened => v1::InboxChangeKind::Reopened,
        InboxChangeKind::Reassigned => v1::InboxChangeKind::Reassigned,
        InboxChangeKind::Withdrawn => v1::InboxChangeKind::Withdrawn,
    };
    v1::InboxHistoryEntry {
        kind: kind.into(),
        time: Some(time_to_proto(entry.time)),
        by: entry.by.clone(),
        note: entry.note.clone(),
        customer_answered: entry.customer_answered,
        from_owner: entry.from.owner.clone(),
        to_owner: entry.to.owner.clone(),
        from_touchpoint: entry.from.touchpoint.clone(),
        to_touchpoint: entry.to.touchpoint.clone(),
    }
}

fn state_from_proto(number: i32) -> Result<InboxState> {
    match v1::InboxState::try_from(number) {
        Ok(v1::InboxState::Open) => Ok(InboxState::Open),
        Ok(v1::InboxState::Acknowledged) => Ok(InboxState::Acknowledged),
        Ok(v1::InboxState::Resolved) => Ok(InboxState::Resolved),
        Ok(v1::InboxState::Withdrawn) => Ok(InboxState::Withdrawn),
        Ok(v1::InboxState::Unspecified) | Err(_) => Err(Error::EnumUnknown { field: "filter.states", number }),
    }
}

fn state_to_proto(state: InboxState) -> v1::InboxState {
    match state {
        InboxState::Open => v1::InboxState::Open,
        InboxState::Acknowledged => v1::InboxState::Acknowledged,
        InboxState::Resolved => v1::InboxState::Resolved,
        InboxState::Withdrawn => v1::InboxState::Withdrawn,
    }
}

fn reason_kind_from_proto(number: i32) -> Result<ReasonKind> {
    match v1::InboxReasonKind::try_from(number) {
        Ok(v1::InboxReasonKind::AnswerNeeded) => Ok(ReasonKind::AnswerNeeded),
        Ok(v1::InboxReasonKind::Severity) => Ok(ReasonKind::Severity),
        Ok(v1::InboxReasonKind::Discrepancy) => Ok(ReasonKind::Discrepancy),
        Ok(v1::InboxReasonKind::Friction) => Ok(ReasonKind::Friction),
        Ok(v1::InboxReasonKind::Handover) => Ok(ReasonKind::Handover),
        Ok(v1::InboxReasonKind::Unspecified) | Err(_) => Err(Error::EnumUnknown { field: "filter.reasons", number }),
    }
}

fn reason_kind_to_proto(kind: ReasonKind) -> v1::InboxReasonKind {
    match kind {
        ReasonKind::AnswerNeeded => v1::InboxReasonKind::AnswerNeeded,
        ReasonKind::Severity => v1::InboxReasonKind::Severity,
        ReasonKind::Discrepancy => v1::InboxReasonKind::Discrepancy,
        ReasonKind::Friction => v1::InboxReasonKind::Friction,
        ReasonKind::Handover => v1::InboxReasonKind::Handover,
    }
}

fn suggested_action_to_proto(action: SuggestedAction) -> v1::SuggestedAction {
    match action {
        SuggestedAction::Answer => v1::SuggestedAction::Answer,
        SuggestedAction::SettleHandover => v1::SuggestedAction::SettleHandover,
        SuggestedAction::Contact => v1::SuggestedAction::Contact,
        SuggestedAction::Ask => v1::SuggestedAction::Ask,
        SuggestedAction::RemoveFriction => v1::SuggestedAction::RemoveFriction,
    }
}

/// # Errors
/// [`Error::EnumUnknown`].
pub fn inbox_dimension_from_proto(number: i32) -> Result<InboxDimension> {
    match v1::InboxDimension::try_from(number) {
        Ok(v1::InboxDimension::Unspecified | v1::InboxDimension::Owner) => Ok(InboxDimension::Owner),
        Ok(v1::InboxDimension::Touchpoint) => Ok(InboxDimension::Touchpoint),
        Err(_) => Err(Error::EnumUnknown { field: "dimension", number }),
    }
}

pub fn inbox_figures_to_proto(figures: &InboxFigures) -> v1::InboxFigures {
    let [open, acknowledged, resolved, withdrawn] = figures.states;
    v1::InboxFigures {
        value: figures.value.clone(),
        open,
        acknowledged,
        resolved,
        withdrawn,
        time_to_acknowledge: Some(times_to_proto(figures.to_acknowledge)),
        time_to_resolve: Some(times_to_proto(figures.to_resolve)),
        share_answered: figures.share_answered,
    }
}

fn times_to_proto(times: Times) -> v1::InboxTimes {
    let duration = |seconds: Option<i64>| seconds.map(|seconds| Duration { seconds, nanos: 0 });
    v1::InboxTimes { count: times.count, median: duration(times.median), p90: duration(times.p90) }
}

pub fn undelivered_to_proto(undelivered: &Undelivered) -> v1::Undelivered {
    v1::Undelivered {
        delivery_id: undelivered.id.to_string(),
        hook: undelivered.hook.clone(),
        item_id: undelivered.item_id.to_string(),
        first_tried_at: Some(time_to_proto(undelivered.first_tried_at())),
        last_tried_at: Some(time_to_proto(undelivered.last_tried_at)),
        attempts: undelivered.attempts,
        error: undelivered.error.clone(),
    }
}

/// # Errors
/// [`Error::IdInvalid`].
pub fn redelivery_from_proto(request: v1::RedeliverRequest) -> Result<Redelivery> {
    let v1::RedeliverRequest { delivery_ids, hook } = request;
    let ids = delivery_ids.iter().map(|id| uuid_of("delivery_ids", id)).collect::<Result<_>>()?;
    Ok(Redelivery { ids, hook })
}
