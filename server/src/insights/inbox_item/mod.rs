//! What a comment asks of people: inbox items, as they are kept in the store.
//!
//! An item holds no text of the comment's: it names the mentions that it is about by id, so that they go with them.

mod matter;
mod reconciling;

use chrono::{DateTime, Utc};
use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use matter::{InboxRules, Matter, matters};
pub use reconciling::{Reconciled, is_answered, reconcile};

use super::records::{from_payload, to_payload};
use super::{DiscrepancyKind, inbox_item_id};
use crate::TENANT;
use crate::error::{Error, Result};
use crate::store::paging::each_point;
use crate::store::{Condition, Filter, Kind, Point, Store, Write, millionths};

/// Items that are read at once.
const PAGE: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxState {
    /// Nobody has taken it on yet.
    Open,
    Acknowledged,
    Resolved,
    /// Labels have changed so that nobody is needed, and nobody had touched it.
    Withdrawn,
}

impl InboxState {
    pub const ALL: [InboxState; 4] =
        [InboxState::Open, InboxState::Acknowledged, InboxState::Resolved, InboxState::Withdrawn];

    /// As it stands in payloads.
    pub fn name(self) -> &'static str {
        match self {
            InboxState::Open => "open",
            InboxState::Acknowledged => "acknowledged",
            InboxState::Resolved => "resolved",
            InboxState::Withdrawn => "withdrawn",
        }
    }
}

/// What makes a comment need somebody; strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    AnswerNeeded,
    Severity,
    Discrepancy,
    Friction,
    Handover,
}

impl ReasonKind {
    pub const ALL: [ReasonKind; 5] = [
        ReasonKind::AnswerNeeded,
        ReasonKind::Severity,
        ReasonKind::Discrepancy,
        ReasonKind::Friction,
        ReasonKind::Handover,
    ];

    /// As it stands in payloads.
    pub fn name(self) -> &'static str {
        match self {
            ReasonKind::AnswerNeeded => "answer_needed",
            ReasonKind::Severity => "severity",
            ReasonKind::Discrepancy => "discrepancy",
            ReasonKind::Friction => "friction",
            ReasonKind::Handover => "handover",
        }
    }
}

/// The same with what the labels say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    AnswerNeeded,
    Severity,
    /// With the labels' words for it.
    Discrepancy {
        kind: DiscrepancyKind,
        text: String,
    },
    /// In the order of the kinds, each once.
    Friction(Vec<FrictionKind>),
    /// From whom to whom; empty where the text leaves it open.
    Handover {
        from: String,
        to: String,
    },
}

impl Reason {
    pub fn kind(&self) -> ReasonKind {
        match self {
            Reason::AnswerNeeded => ReasonKind::AnswerNeeded,
            Reason::Severity => ReasonKind::Severity,
            Reason::Discrepancy { .. } => ReasonKind::Discrepancy,
            Reason::Friction(_) => ReasonKind::Friction,
            Reason::Handover { .. } => ReasonKind::Handover,
        }
    }

    /// In words, in English; `severity` is the item's.
    pub fn text(&self, severity: f64) -> String {
        match self {
            Reason::AnswerNeeded => "the customer waits for an answer".to_owned(),
            Reason::Severity => format!("severity {severity:.2}"),
            Reason::Discrepancy { text, .. } => text.clone(),
            Reason::Friction(kinds) => {
                let names: Vec<String> = kinds.iter().map(|kind| kind.name().replace('_', " ")).collect();
                format!("friction: {}", names.join(", "))
            }
            Reason::Handover { from, to } => {
                let [from, to] = [from, to].map(|owner| if owner.is_empty() { "?" } else { owner });
                format!("handover {from} → {to}")
            }
        }
    }
}

/// What the owner may do first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestedAction {
    Answer,
    SettleHandover,
    Contact,
    Ask,
    RemoveFriction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxChangeKind {
    Opened,
    Acknowledged,
    Resolved,
    Reopened,
    Reassigned,
    Withdrawn,
}

/// Something that happened to an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub kind: InboxChangeKind,
    pub time: DateTime<Utc>,
    /// The person; empty when labels did it.
    pub by: String,
    pub note: String,
    /// Of a resolution.
    pub customer_answered: bool,
    /// Of a reassignment: how it was.
    pub from: Assignment,
    /// Of a reassignment: how it became.
    pub to: Assignment,
    /// The caller's, so that a repeated order is known; empty: none.
    pub request_id: String,
}

/// Whose it is, and about what; empty where nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Assignment {
    pub owner: String,
    /// By id.
    pub touchpoint: String,
}

impl HistoryEntry {
    /// What labels did.
    fn by_labels(kind: InboxChangeKind, time: DateTime<Utc>) -> Self {
        Self {
            kind,
            time,
            by: String::new(),
            note: String::new(),
            customer_answered: false,
            from: Assignment::default(),
            to: Assignment::default(),
            request_id: String::new(),
        }
    }
}

/// What a comment asks of one owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxItem {
    /// UUIDv5 of the comment and `first_owner`.
    #[serde(skip)]
    pub id: Uuid,
    pub comment_id: Uuid,
    /// The comment's, so that what is about a subject is found; likewise below.
    pub subject: String,
    pub journey: String,
    pub state: InboxState,
    #[serde(flatten)]
    pub assignment: Assignment,
    /// Whom the labels named first.
    pub first_owner: String,
    /// Everybody whose it was or is: who watches for one of them hears that it has left.
    pub owners: Vec<String>,
    /// A person has reassigned it: labels do not move it any more.
    pub is_reassigned: bool,
    /// 0 to 1.
    pub severity: f64,
    /// In the order of their kinds, each once.
    pub reasons: Vec<Reason>,
    reason_kinds: Vec<ReasonKind>,
    pub suggested_action: SuggestedAction,
    /// The mentions that it is about, by id, in the order of the text.
    pub mentions: Vec<Uuid>,
    /// Microseconds since 1970, likewise below: when it came into the inbox, the last time.
    opened_at: i64,
    /// When anything of it changed last.
    changed_at: i64,
    /// When somebody first took it on, by acknowledging or resolving it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Exactly in [`InboxState::Resolved`].
    pub resolved_at: Option<DateTime<Utc>>,
    /// Exactly in [`InboxState::Resolved`]: "yes" or "no".
    answered: Option<String>,
    /// From `opened_at` to `acknowledged_at` and `resolved_at`, as numbers that can be counted: see [`countable`].
    acknowledge_seconds: Option<i64>,
    resolve_seconds: Option<i64>,
    pub history: Vec<HistoryEntry>,
    /// How often it was written.
    pub revision: u32,
    /// Its place among all changes of items: given when it is written.
    pub sequence: i64,
}

impl InboxItem {
    pub fn opened_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.opened_at).unwrap_or_default()
    }

    pub fn changed_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.changed_at).unwrap_or_default()
    }

    /// Of a resolved one: has the customer been answered?
    pub fn customer_answered(&self) -> Option<bool> {
        self.answered.as_ref().map(|answered| answered == name_of_answered(true))
    }

    /// Has a person done anything with it?
    pub fn is_touched(&self) -> bool {
        self.history.iter().any(|entry| !entry.by.is_empty())
    }

    /// It is somebody's task now, the first or another time; how long it takes is measured anew.
    fn open(&mut self, now: DateTime<Utc>) {
        self.state = InboxState::Open;
        self.opened_at = now.timestamp_micros();
        self.acknowledged_at = None;
        self.acknowledge_seconds = None;
        self.unresolve();
    }

    /// Somebody has it.
    pub fn acknowledge(&mut self, now: DateTime<Utc>) {
        self.state = InboxState::Acknowledged;
        self.note_first_contact(now);
    }

    pub fn resolve(&mut self, customer_answered: bool, now: DateTime<Utc>) {
        self.state = InboxState::Resolved;
        self.note_first_contact(now);
        self.resolved_at = Some(now);
        self.resolve_seconds = Some(self.seconds_until(now));
        self.answered = Some(name_of_answered(customer_answered).to_owned());
    }

    /// A person wants it done after all. The time that it takes counts from its first opening on, unless it had been
    /// withdrawn.
    pub fn reopen(&mut self, now: DateTime<Utc>) {
        if self.state == InboxState::Withdrawn {
            self.open(now);
            return;
        }
        self.state = InboxState::Open;
        self.unresolve();
    }

    /// With another owner nobody has taken it on yet.
    pub fn reassign(&mut self, to: Assignment) {
        if to.owner != self.assignment.owner {
            self.state = InboxState::Open;
        }
        if !self.owners.contains(&to.owner) {
            self.owners.push(to.owner.clone());
        }
        self.assignment = to;
        self.is_reassigned = true;
    }

    fn note_first_contact(&mut self, now: DateTime<Utc>) {
        if self.acknowledged_at.is_none() {
            self.acknowledged_at = Some(now);
            self.acknowledge_seconds = Some(self.seconds_until(now));
        }
    }

    fn unresolve(&mut self) {
        self.resolved_at = None;
        self.resolve_seconds = None;
        self.answered = None;
    }

    fn seconds_until(&self, now: DateTime<Utc>) -> i64 {
        countable((now - self.opened_at()).num_seconds())
    }

    pub fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    /// As the next revision, changed now, at this place among all changes.
    pub fn to_point(mut self, sequence: i64, now: DateTime<Utc>) -> Result<Point> {
        self.sequence = sequence;
        self.revision += 1;
        self.changed_at = now.timestamp_micros();
        self.reason_kinds = self.reasons.iter().map(Reason::kind).collect();
        self.severity = millionths(self.severity);
        let mut payload = to_payload(&self)?;
        payload.insert("tenant".to_owned(), TENANT.into());
        Ok(Point { id: self.id, vector: None, payload })
    }
}

/// As it stands in the payloads of items and comments.
pub fn name_of_answered(answered: bool) -> &'static str {
    if answered { "yes" } else { "no" }
}

/// A number of seconds to three significant digits: so that durations of any length are few different values, which a store
/// can count.
fn countable(seconds: i64) -> i64 {
    let seconds = seconds.max(0);
    let mut unit = 1;
    while seconds / unit >= 1_000 {
        unit *= 10;
    }
    (seconds + unit / 2) / unit * unit
}

/// The items of these comments.
pub async fn items_of(store: &dyn Store, comments: &[Uuid]) -> Result<Vec<InboxItem>> {
    if comments.is_empty() {
        return Ok(Vec::new());
    }
    let filter = of_comments(comments);
    let mut items = Vec::new();
    let take = |point: Point| -> Result<()> {
        items.push(InboxItem::from_point(point)?);
        Ok(())
    };
    each_point(store, Kind::InboxItems, &filter, PAGE, take).await?;
    Ok(items)
}

/// What takes everything away that hangs on comments' items.
pub fn deletion_of_items(comments: &[Uuid]) -> Vec<Write> {
    let filter = of_comments(comments);
    Vec::from([Kind::Deliveries, Kind::InboxItems])
        .into_iter()
        .map(|kind| Write::Delete { kind, filter: filter.clone() })
        .collect()
}

fn of_comments(comments: &[Uuid]) -> Filter {
    let values = comments.iter().map(Uuid::to_string).collect();
    Filter { all: vec![Condition::AnyOf { field: "comment_id", values }] }
}

/// # Errors
/// [`Error::InboxItemNotFound`].
pub async fn read_item(store: &dyn Store, id: Uuid) -> Result<InboxItem> {
    let found = store.get(Kind::InboxItems, vec![id], false).await?.pop();
    found.map_or(Err(Error::InboxItemNotFound), InboxItem::from_point)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn durations_keep_three_digits(seconds in 0i64..4_000_000_000) {
            let counted = countable(seconds);
            proptest::prop_assert!((counted - seconds).abs() * 200 <= seconds, "{seconds} is counted as {counted}");
        }
    }

    #[test]
    fn there_are_few_different_durations() {
        let mut different = std::collections::HashSet::new();
        (0..200_000).for_each(|seconds| {
            different.insert(countable(seconds));
        });
        // A hundred years have 900 values for each further digit.
        assert!(different.len() + 900 * 5 < crate::store::MOST_VALUES_COUNTED, "{}", different.len());
        assert_eq!([999, 1_004, 1_005, 99_949].map(countable), [999, 1_000, 1_010, 99_900]);
    }
}
