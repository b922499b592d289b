//! What happens between touchpoints: waiting, repeated contact, uncertainty, dead ends.

mod detector;
mod numbers;
mod quantities;

use serde::{Deserialize, Serialize};

pub use detector::{FoundFriction, FrictionHead, NUMBER_FEATURES, NamedNumbers};
pub use quantities::{NamedCount, NamedDuration, counts, durations, ordinals};

/// What happens between touchpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrictionKind {
    /// For a person, an answer, an appointment, goods or money.
    Waiting,
    /// Calling, writing, coming or explaining the same thing again.
    RepeatedContact,
    /// Not knowing what is or comes next.
    Uncertainty,
    /// It does not go on.
    DeadEnd,
}

impl FrictionKind {
    pub const ALL: [FrictionKind; 4] = [Self::Waiting, Self::RepeatedContact, Self::Uncertainty, Self::DeadEnd];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::RepeatedContact => "repeated_contact",
            Self::Uncertainty => "uncertainty",
            Self::DeadEnd => "dead_end",
        }
    }
}
