//! A discovery as it is kept in the store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::insights::{CommentFilter, Polarity, discovery_id};
use crate::operations::{Head, Operation};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveryStep {
    Reading,
    Clustering,
    Describing,
    Writing,
}

/// One discovery, running or ended. One that is taken up again begins anew, so that it sees what is stored then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// Its filter is as the caller gave it: see [`Discovery::takes`].
    #[serde(flatten)]
    pub head: Head,
    pub journey: String,
    pub seed: u64,
    pub step: DiscoveryStep,
    /// Mentions that matched, and of the present step how many are done.
    pub mentions_total: u64,
    pub mentions_done: u64,
    pub counts: DiscoveryCounts,
}

/// What a discovery found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscoveryCounts {
    /// Of the mentions that were clustered, those that nearly repeat another one.
    pub copies: u64,
    pub weak_members: u64,
    pub pain_points: u32,
    pub born: u32,
    pub continued: u32,
    pub ended: u32,
}

impl Discovery {
    pub(super) fn begin(head: Head, journey: String, seed: u64, mentions_total: u64) -> Self {
        let step = DiscoveryStep::Reading;
        Self { head, journey, seed, step, mentions_total, mentions_done: 0, counts: DiscoveryCounts::default() }
    }

    /// The filter of its mentions: the caller's, of the journey, and negative ones unless something else was asked for.
    pub fn takes(&self) -> CommentFilter {
        filter_of(&self.head.filter, &self.journey)
    }
}

/// See [`Discovery::takes`].
pub(super) fn filter_of(asked_for: &CommentFilter, journey: &str) -> CommentFilter {
    let mut filter = asked_for.clone();
    filter.journeys = vec![journey.to_owned()];
    if filter.mention.sentiments.is_empty() {
        filter.mention.sentiments = vec![Polarity::Negative];
    }
    filter
}

impl Operation for Discovery {
    const NAME: &'static str = "discovery";

    fn head(&self) -> &Head {
        &self.head
    }

    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    fn not_found() -> Error {
        Error::DiscoveryNotFound
    }

    fn id_of_request(request_id: &str) -> Uuid {
        discovery_id(request_id)
    }
}
