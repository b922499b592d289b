//! Whose comments a caller may see.
//!
//! A limited caller sees the comments that have a mention about a touchpoint of its owners, as a whole, and of mentions and
//! inbox items those of its owners. [`Access`] is a part of every filter, so that whoever asks the store through one asks
//! for no more.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::insights::{Insight, Mention};
use crate::store::Condition;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    #[default]
    Everything,
    /// At least one.
    Owners(Vec<String>),
}

impl Access {
    pub fn is_limited(&self) -> bool {
        *self != Access::Everything
    }

    /// Of comments' points; `None` where everything may be seen; likewise below.
    pub fn to_comments(&self) -> Option<Condition> {
        self.to("mentions[].owner")
    }

    /// Of mentions' points.
    pub fn to_mentions(&self) -> Option<Condition> {
        self.to("owner")
    }

    /// Of inbox items' points, as they are now.
    pub fn to_items(&self) -> Option<Condition> {
        self.to("owner")
    }

    /// Of inbox items' points that are, or were, of one of these owners.
    pub fn to_items_ever(&self) -> Option<Condition> {
        self.to("owners")
    }

    fn to(&self, field: &'static str) -> Option<Condition> {
        match self {
            Access::Everything => None,
            Access::Owners(values) => Some(Condition::AnyOf { field, values: values.clone() }),
        }
    }

    pub fn admits_owner(&self, owner: &str) -> bool {
        match self {
            Access::Everything => true,
            Access::Owners(owners) => owners.iter().any(|known| known == owner),
        }
    }

    pub fn admits_mention(&self, insight: &Insight, mention: &Mention) -> bool {
        let touchpoint = mention.touchpoint.as_ref().or(insight.given_touchpoint.as_ref());
        self.admits_owner(touchpoint.map_or("", |tag| &tag.owner))
    }

    pub fn admits_comment(&self, insight: &Insight) -> bool {
        !self.is_limited() || insight.mentions.iter().any(|mention| self.admits_mention(insight, mention))
    }

    /// What a limited caller may not see is not there for it.
    ///
    /// # Errors
    /// [`Error::CommentNotFound`].
    pub fn check_comment(&self, insight: &Insight) -> Result<()> {
        if self.admits_comment(insight) { Ok(()) } else { Err(Error::CommentNotFound) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_no_owner() {
        let limited = Access::Owners(vec!["Vertrieb".to_owned()]);
        assert!(limited.admits_owner("Vertrieb") && !limited.admits_owner("") && !limited.admits_owner("vertrieb"));
        assert!(Access::Everything.admits_owner("") && !Access::Everything.is_limited());
        assert!(Access::Everything.to_comments().is_none() && limited.to_mentions().is_some());
    }
}
