//! What figures are divided by.

use std::collections::BTreeSet;

use klartext_models::friction::FrictionKind;

use crate::error::Result;
use crate::insights::CommentFilter;
use crate::journey::Journey;
use crate::store::{Condition, FieldValue, Filter, Kind, Store};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Touchpoint,
    Phase,
    Owner,
    Channel,
    Topic,
    Friction,
    SurveyKind,
    /// Owners between whom the comment's matter passes.
    Handover,
    /// Where the customer was asked, whatever the text speaks of.
    GivenTouchpoint,
}

/// A value's name for people, and who is responsible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    pub name: String,
    pub owner: String,
    pub phase: String,
}

impl Dimension {
    /// The field of mentions' points.
    pub fn of_mentions(self) -> &'static str {
        match self {
            Dimension::Touchpoint => "touchpoint",
            Dimension::Phase => "phase",
            Dimension::Owner => "owner",
            Dimension::Channel => "channel",
            Dimension::Topic => "topics",
            Dimension::Friction => "frictions",
            Dimension::SurveyKind => "survey_kind",
            Dimension::Handover => "handover",
            Dimension::GivenTouchpoint => "given_touchpoint",
        }
    }

    /// The field of comments' points; of what mentions differ in, that of all their mentions.
    pub fn of_comments(self) -> &'static str {
        match self {
            Dimension::Touchpoint => "mentions[].touchpoint",
            Dimension::Phase => "mentions[].phase",
            Dimension::Owner => "mentions[].owner",
            Dimension::Topic => "mentions[].topics",
            Dimension::Friction => "mentions[].frictions",
            Dimension::Channel | Dimension::SurveyKind | Dimension::Handover | Dimension::GivenTouchpoint => {
                self.of_mentions()
            }
        }
    }

    /// Values are what customers say, not where or to whom they say it.
    pub fn is_of_what_is_said(self) -> bool {
        matches!(self, Dimension::Topic | Dimension::Friction | Dimension::Handover)
    }

    fn is_of_comments(self) -> bool {
        self.of_comments() == self.of_mentions()
    }

    /// The values that occur in these mentions, in their order.
    ///
    /// # Errors
    /// What the store says.
    pub async fn values(self, store: &dyn Store, mentions: Filter) -> Result<Vec<String>> {
        let counted = store.count_by(Kind::Mentions, self.of_mentions(), mentions).await?;
        let keyword = |value| match value {
            FieldValue::Keyword(value) => Some(value),
            FieldValue::Integer(_) => None,
        };
        let mut values: Vec<String> = counted.into_iter().filter_map(|(value, _)| keyword(value)).collect();
        values.sort();
        Ok(values)
    }

    /// The mentions that `filter` selects and that have one of these values.
    pub fn mentions(self, filter: &CommentFilter, values: Vec<String>) -> Filter {
        let mut mentions = filter.for_mentions();
        mentions.all.push(Condition::AnyOf { field: self.of_mentions(), values });
        mentions
    }

    /// The comments with such a mention.
    pub fn comments(self, filter: &CommentFilter, values: Vec<String>) -> Filter {
        let mut comments = filter.for_comments();
        // From an index; alone it does not say that the other conditions hold for the same mention.
        comments.all.push(Condition::AnyOf { field: self.of_comments(), values: values.clone() });
        if !self.is_of_comments() {
            comments.all.extend(filter.same_mention(Condition::AnyOf { field: self.of_mentions(), values }));
        }
        comments
    }

    /// Values that are shown also where nobody speaks of them.
    pub(super) fn known_values(self, journey: &Journey) -> BTreeSet<String> {
        let touchpoints = journey.touchpoints.iter();
        match self {
            Dimension::Touchpoint | Dimension::GivenTouchpoint => {
                touchpoints.map(|touchpoint| touchpoint.id.clone()).collect()
            }
            Dimension::Phase => touchpoints.map(|touchpoint| touchpoint.phase.name().to_owned()).collect(),
            Dimension::Owner => touchpoints.map(|touchpoint| touchpoint.owner.clone()).collect(),
            Dimension::Friction => FrictionKind::ALL.iter().map(|kind| kind.name().to_owned()).collect(),
            Dimension::Channel | Dimension::Topic | Dimension::SurveyKind | Dimension::Handover => BTreeSet::new(),
        }
    }

    pub fn describe(self, journey: &Journey, value: &str) -> Described {
        let plain = || Described { name: value.to_owned(), ..Described::default() };
        match self {
            Dimension::Touchpoint | Dimension::GivenTouchpoint => {
                journey.touchpoint(value).map_or_else(plain, |touchpoint| Described {
                    name: touchpoint.name.clone(),
                    owner: touchpoint.owner.clone(),
                    phase: touchpoint.phase.name().to_owned(),
                })
            }
            Dimension::Topic => {
                let topic = journey.topics.iter().find(|topic| topic.id == value);
                topic.map_or_else(plain, |topic| Described { name: topic.name.clone(), ..Described::default() })
            }
            Dimension::Phase
            | Dimension::Owner
            | Dimension::Channel
            | Dimension::Friction
            | Dimension::SurveyKind
            | Dimension::Handover => plain(),
        }
    }
}
