use serde::Serialize;
use uuid::Uuid;

use crate::TENANT;
use crate::access::Access;
use crate::insights::{InboxItem, InboxState, Reason, ReasonKind, TimeRange};
use crate::store::{Bounds, Condition, Filter};

/// All conditions must hold; within a list one of the values is enough; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct InboxFilter {
    pub journeys: Vec<String>,
    /// An empty one asks for items without an owner.
    pub owners: Vec<String>,
    /// By id.
    pub touchpoints: Vec<String>,
    pub states: Vec<InboxState>,
    pub reasons: Vec<ReasonKind>,
    pub min_severity: Option<f64>,
    pub opened: TimeRange,
    pub comment_id: Option<Uuid>,
    /// What the caller may see.
    pub visible_to: Access,
}

impl InboxFilter {
    /// The items that match.
    pub(super) fn for_items(&self) -> Filter {
        let mut all = self.lasting_conditions();
        let states = self.states.iter().map(|state| state.name().to_owned()).collect();
        let reasons = self.reasons.iter().map(|kind| kind.name().to_owned()).collect();
        let lists = [
            ("owner", self.owners.clone()),
            ("touchpoint", self.touchpoints.clone()),
            ("state", states),
            ("reason_kinds", reasons),
        ];
        let asked_for = lists.into_iter().filter(|(_, values)| !values.is_empty());
        all.extend(asked_for.map(|(field, values)| Condition::AnyOf { field, values }));
        all.extend(self.min_severity.map(|least| Condition::Range {
            field: "severity",
            bounds: Bounds { at_least: Some(least), ..Bounds::default() },
        }));
        all.extend(self.opened.condition("opened_at"));
        all.extend(self.visible_to.to_items());
        Filter { all }
    }

    /// The items that match, or once may have: whoever follows them is told when they do not any more.
    pub(super) fn for_items_ever(&self) -> Filter {
        let mut all = self.lasting_conditions();
        let owners = (!self.owners.is_empty()).then(|| self.owners.clone());
        all.extend(owners.map(|values| Condition::AnyOf { field: "owners", values }));
        all.extend(self.visible_to.to_items_ever());
        Filter { all }
    }

    /// What does not change of an item.
    fn lasting_conditions(&self) -> Vec<Condition> {
        let mut all = vec![Condition::is("tenant", TENANT)];
        let journeys = (!self.journeys.is_empty()).then(|| self.journeys.clone());
        all.extend(journeys.map(|values| Condition::AnyOf { field: "journey", values }));
        all.extend(self.comment_id.map(|id| Condition::is("comment_id", id)));
        all
    }

    /// Does [`InboxFilter::for_items`] select it?
    pub(super) fn takes(&self, item: &InboxItem) -> bool {
        let admits = |wanted: &[String], value: &String| wanted.is_empty() || wanted.contains(value);
        let has_reason = |reason: &Reason| self.reasons.contains(&reason.kind());
        admits(&self.journeys, &item.journey)
            && admits(&self.owners, &item.assignment.owner)
            && admits(&self.touchpoints, &item.assignment.touchpoint)
            && (self.states.is_empty() || self.states.contains(&item.state))
            && (self.reasons.is_empty() || item.reasons.iter().any(has_reason))
            && self.min_severity.is_none_or(|least| item.severity >= least)
            && self.opened.contains(item.opened_at())
            && self.comment_id.is_none_or(|id| item.comment_id == id)
            && self.visible_to.admits_owner(&item.assignment.owner)
    }
}
