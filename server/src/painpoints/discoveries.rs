//! The discoveries of a store: begun, watched, cancelled, listed.

use std::sync::Arc;

use uuid::Uuid;

use super::PainPoints;
use super::discovering::Discovering;
use super::discovery::{Discovery, filter_of};
use crate::error::{Error, Result};
use crate::insights::CommentFilter;
use crate::operations::{GiveWay, Head, Operations, States};
use crate::page_token::Request;
use crate::pipeline::{Pipeline, Writing};
use crate::store::{Condition, Kind};

const DEFAULT_SEED: u64 = 1;

/// What a discovery is asked to look at.
#[derive(Debug, Clone, Default)]
pub struct DiscoveryOrder {
    /// Empty means the default.
    pub journey: String,
    pub filter: CommentFilter,
    /// One that is not empty starts one discovery however often it is sent.
    pub request_id: String,
    /// The same mentions and seed give the same clusters; 0 takes the default.
    pub seed: u64,
}

/// The discoveries of a store.
#[derive(Clone)]
pub struct Discoveries {
    operations: Operations<Discovery>,
    writing: Arc<Writing>,
}

impl Discoveries {
    /// Takes up what was running when the process before this one ended. Ends only with [`Discoveries::stop`].
    pub fn open(pain_points: PainPoints, pipeline: Arc<Pipeline>) -> Self {
        let writing = pain_points.writing().clone();
        let new_worker = move |discovery: &Discovery| {
            let give_way = GiveWay { pipeline: pipeline.clone() };
            Box::new(Discovering::new(discovery, pain_points.clone(), give_way)) as Box<_>
        };
        Self { operations: Operations::open(writing.clone(), new_worker), writing }
    }

    /// Begin one, and return at once.
    ///
    /// # Errors
    /// [`Error::JourneyUnknown`]; [`Error::FilterInvalid`] when the filter names journeys; [`Error::DiscoveryRunning`]
    /// while one of this journey runs.
    pub async fn start(&self, order: DiscoveryOrder) -> Result<Discovery> {
        let DiscoveryOrder { journey, filter, request_id, seed } = order;
        filter.check_names_no_journey()?;
        let journey = self.writing.journeys().get(&journey)?.journey.id.clone();
        let seed = if seed == 0 { DEFAULT_SEED } else { seed };
        if i64::try_from(seed).is_err() {
            let expected = format!("0 to {}", i64::MAX);
            return Err(Error::NumberInvalid { field: "seed".to_owned(), value: seed as f64, expected });
        }
        let writing = self.writing.clone();
        let new = move |head: Head, running: Vec<Discovery>| async move {
            if let Some(running) = running.iter().find(|running| running.journey == journey) {
                return Err(Error::DiscoveryRunning { id: running.head.id });
            }
            let taken = filter_of(&head.filter, &journey).for_mentions();
            let mentions_total = writing.store().count(Kind::Mentions, taken).await?;
            Ok(Discovery::begin(head, journey, seed, mentions_total))
        };
        self.operations.start(filter, &request_id, new).await
    }

    /// # Errors
    /// [`Error::DiscoveryNotFound`]; likewise below.
    pub async fn get(&self, id: Uuid) -> Result<Discovery> {
        self.operations.get(id).await
    }

    pub async fn watch(&self, id: Uuid) -> Result<States<Discovery>> {
        self.operations.watch(id).await
    }

    /// End it, and wait for that; one that has ended stays as it is.
    pub async fn cancel(&self, id: Uuid) -> Result<Discovery> {
        self.operations.cancel(id).await
    }

    /// A page of at most `limit`, newest first, and the token of the next one; it is empty on the last page. An empty
    /// journey means all.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list(&self, journey: &str, limit: usize, page_token: &str) -> Result<(Vec<Discovery>, String)> {
        let request = Request::new("discoveries", &journey)?;
        let conditions = if journey.is_empty() { Vec::new() } else { vec![Condition::is("journey", journey)] };
        self.operations.list(conditions, &request, limit, page_token).await
    }

    /// Stop working at the next checkpoint, and wait for that. What was running goes on with the next process.
    pub async fn stop(&self) {
        self.operations.stop().await;
    }
}
