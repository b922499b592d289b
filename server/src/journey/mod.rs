//! The customer's way: phases, touchpoints with owners, handovers, topics; read from YAML, registered in the store.

mod learn;
mod parse;
mod parties;
mod registry;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use learn::{Found, RegisteredJourney};
pub use parse::{JourneyError, parse};
pub use parties::{NamedParty, Parties};
pub use registry::{JourneyRegistry, register};

/// Journeys that ship with the program, as YAML.
pub const SHIPPED: [(&str, &str); 2] = [
    ("public-transport.yaml", include_str!("../../assets/journeys/public-transport.yaml")),
    ("generic.yaml", include_str!("../../assets/journeys/generic.yaml")),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Awareness,
    Consideration,
    Purchase,
    Retention,
    Advocacy,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Phase::Awareness => "awareness",
            Phase::Consideration => "consideration",
            Phase::Purchase => "purchase",
            Phase::Retention => "retention",
            Phase::Advocacy => "advocacy",
        }
    }
}

/// A contact point and the department responsible for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Touchpoint {
    pub id: String,
    pub name: String,
    pub description: String,
    pub owner: String,
    pub phase: Phase,
    /// What customers say about it.
    pub examples: Vec<String>,
    /// Words that belong to it; they only add to the description.
    pub keywords: Vec<String>,
}

/// An edge between two touchpoints with different owners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub from: String,
    pub to: String,
    pub description: String,
}

/// A category of the taxonomy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    pub id: String,
    pub name: String,
    pub description: String,
    pub examples: Vec<String>,
    pub keywords: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    pub id: String,
    pub name: String,
    /// A trained topic head of the bundle: topics whose id is one of its classes are tagged by it, the others by their
    /// examples.
    pub topic_head: Option<String>,
    /// A trained touchpoint head of the bundle, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint_head: Option<String>,
    pub touchpoints: Vec<Touchpoint>,
    pub handovers: Vec<Handover>,
    pub topics: Vec<Topic>,
}

impl Journey {
    /// The id with a hash of the content: changing anything that labels depend on makes another version, changing
    /// comments or layout of the YAML file does not.
    pub fn version(&self) -> String {
        let content = serde_json::to_vec(self).unwrap_or_default();
        let hash = Sha256::digest(content);
        let hex: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}@{hex}", self.id)
    }

    pub fn touchpoint(&self, id: &str) -> Option<&Touchpoint> {
        self.touchpoints.iter().find(|touchpoint| touchpoint.id == id)
    }
}
