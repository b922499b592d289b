//! What becomes of a comment's inbox items when it is stored again, or gets other labels.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    HistoryEntry, InboxChangeKind, InboxItem, InboxRules, InboxState, Matter, ReasonKind, inbox_item_id, matters,
};
use crate::insights::{AnalysedComment, mention_id};

/// A comment's items after a change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reconciled {
    /// Those that are to be written.
    pub changed: Vec<InboxItem>,
    /// All of them.
    pub items: Vec<InboxItem>,
    /// Of the comment: has the customer been answered? See [`is_answered`].
    pub answered: Option<bool>,
}

/// Brings the items of a comment up to its labels. `known` are those that it had; `is_new_text` says that they were made of
/// another text.
///
/// Each matter goes to the item that is its owner's already, or was made for that owner, or, when neither is there, to one
/// that a person has reassigned and that would be left over: a person's word on whose it is counts more than labels. What is
/// left over is withdrawn, unless a person has touched it. New words open a resolved item again.
pub fn reconcile(
    analysed: &AnalysedComment,
    known: Vec<InboxItem>,
    is_new_text: bool,
    rules: &InboxRules,
    now: DateTime<Utc>,
) -> Reconciled {
    let before = known.clone();
    let mut left_over = known;
    // Whatever becomes of them: what is about a subject must be found by it.
    for item in &mut left_over {
        item.subject.clone_from(&analysed.comment.subject);
        item.journey.clone_from(&analysed.comment.journey);
    }
    let mut items = Vec::new();
    let mut homeless = Vec::new();
    for matter in matters(&analysed.insight, rules) {
        match take(&mut left_over, |item| item.assignment.owner == matter.assignment.owner)
            .or_else(|| take(&mut left_over, |item| item.first_owner == matter.assignment.owner))
        {
            Some(item) => items.push(revised(item, matter, analysed, is_new_text, now)),
            None => homeless.push(matter),
        }
    }
    for matter in homeless {
        items.push(match take(&mut left_over, |item| item.is_reassigned) {
            Some(item) => revised(item, matter, analysed, is_new_text, now),
            None => opened(matter, analysed, now),
        });
    }
    items.extend(left_over.into_iter().map(|item| withdrawn_unless_touched(item, now)));
    let unchanged: HashSet<Uuid> = before.iter().filter(|item| items.contains(item)).map(|item| item.id).collect();
    let changed = items.iter().filter(|item| !unchanged.contains(&item.id)).cloned().collect();
    Reconciled { changed, answered: is_answered(&items), items }
}

/// Of a comment with these items: has the customer been answered? `None` when they never waited, and nobody has resolved
/// anything.
pub fn is_answered(items: &[InboxItem]) -> Option<bool> {
    let standing = || items.iter().filter(|item| item.state != InboxState::Withdrawn);
    if standing().any(|item| item.customer_answered() == Some(true)) {
        return Some(true);
    }
    let waits = |item: &InboxItem| item.reasons.iter().any(|reason| reason.kind() == ReasonKind::AnswerNeeded);
    standing().any(|item| item.state == InboxState::Resolved || waits(item)).then_some(false)
}

fn take(items: &mut Vec<InboxItem>, is_wanted: impl Fn(&InboxItem) -> bool) -> Option<InboxItem> {
    let place = items.iter().position(is_wanted)?;
    Some(items.remove(place))
}

fn opened(matter: Matter, analysed: &AnalysedComment, now: DateTime<Utc>) -> InboxItem {
    let owner = matter.assignment.owner.clone();
    let mut item = InboxItem {
        id: inbox_item_id(analysed.id, &owner),
        comment_id: analysed.id,
        subject: analysed.comment.subject.clone(),
        journey: analysed.comment.journey.clone(),
        state: InboxState::Open,
        assignment: matter.assignment.clone(),
        owners: vec![owner.clone()],
        first_owner: owner,
        is_reassigned: false,
        severity: 0.0,
        reasons: Vec::new(),
        reason_kinds: Vec::new(),
        suggested_action: matter.suggested_action,
        mentions: Vec::new(),
        opened_at: now.timestamp_micros(),
        changed_at: now.timestamp_micros(),
        acknowledged_at: None,
        resolved_at: None,
        answered: None,
        acknowledge_seconds: None,
        resolve_seconds: None,
        history: vec![HistoryEntry::by_labels(InboxChangeKind::Opened, now)],
        revision: 0,
        sequence: 0,
    };
    item.describe(matter, analysed);
    item
}

fn revised(
    mut item: InboxItem,
    matter: Matter,
    analysed: &AnalysedComment,
    is_new_text: bool,
    now: DateTime<Utc>,
) -> InboxItem {
    if !item.is_reassigned {
        item.assignment = matter.assignment.clone();
    }
    item.describe(matter, analysed);
    let comes_again = match item.state {
        InboxState::Withdrawn => Some(InboxChangeKind::Opened),
        InboxState::Resolved if is_new_text => Some(InboxChangeKind::Reopened),
        InboxState::Open | InboxState::Acknowledged | InboxState::Resolved => None,
    };
    if let Some(kind) = comes_again {
        item.open(now);
        item.history.push(HistoryEntry::by_labels(kind, now));
    }
    item
}

fn withdrawn_unless_touched(mut item: InboxItem, now: DateTime<Utc>) -> InboxItem {
    if item.state != InboxState::Withdrawn && !item.is_touched() {
        item.state = InboxState::Withdrawn;
        item.history.push(HistoryEntry::by_labels(InboxChangeKind::Withdrawn, now));
    }
    item
}

impl InboxItem {
    /// Takes over what the labels say.
    fn describe(&mut self, matter: Matter, analysed: &AnalysedComment) {
        let AnalysedComment { id, comment, insight, .. } = analysed;
        self.severity = crate::store::millionths(insight.severity.into());
        self.suggested_action = matter.suggested_action;
        self.reason_kinds = matter.reasons.iter().map(super::Reason::kind).collect();
        self.reasons = matter.reasons;
        self.mentions = matter.mentions.iter().map(|index| mention_id(*id, &comment.text, *index)).collect();
    }
}
