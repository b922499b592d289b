//! What has happened to pain points: pages of it, and the stream of what happens.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::PainPoints;
use super::event::Event;
use crate::TENANT;
use crate::error::{Error, Result};
use crate::page_token::Request;
use crate::store::paging::{Position, id_after, page_by, page_by_id};
use crate::store::{Condition, Filter, Kind, Order};

/// Events that are read at once.
const EVENTS_AT_ONCE: usize = 100;
/// How often a stream looks for events of other processes, where there can be some.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const NEWEST_FIRST: Order = Order { field: "time", descending: true };

/// Where a stream of events begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    Now,
    FirstEvent,
    /// After the event with this token.
    After(String),
}

/// Events in the order in which they happened, without end. Dropping it stops it.
pub struct EventStream {
    pain_points: PainPoints,
    filter: Filter,
    request: Request,
    /// Of the last event that was read; none before the first.
    last: Option<Uuid>,
    read: VecDeque<Event>,
    written: watch::Receiver<u64>,
}

impl PainPoints {
    /// A page of at most `limit` events of a journey (empty: of all) or of one pain point, newest first, and the token of
    /// the next page; it is empty on the last one.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub async fn list_events(
        &self,
        journey: &str,
        pain_point: Option<Uuid>,
        limit: usize,
        page_token: &str,
    ) -> Result<(Vec<Event>, String)> {
        let request = Request::new("pain point events", &(journey, pain_point))?;
        let after = request.position(page_token)?;
        let (events, next) = self.events_before(&events(journey, pain_point), after, limit).await?;
        Ok((events, next.map(|position| request.position_token(position)).unwrap_or_default()))
    }

    /// Some events that a filter selects, newest first, and where the next are.
    pub(super) async fn events_before(
        &self,
        filter: &Filter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<Event>, Option<Position>)> {
        let page = page_by(self.store(), Kind::Events, filter, NEWEST_FIRST, after, limit).await?;
        let events = page.points.into_iter().map(Event::from_point).collect::<Result<_>>()?;
        Ok((events, page.next))
    }

    /// The events of a journey (empty: of all), from a beginning on.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`].
    pub fn follow(&self, journey: &str, beginning: Beginning) -> Result<EventStream> {
        let filter = events(journey, None);
        let request = Request::new("follow pain point events", &journey)?;
        let written = self.events_written();
        let last = match beginning {
            Beginning::FirstEvent => None,
            Beginning::After(token) => Some(request.id(&token)?.ok_or(Error::PageTokenInvalid)?),
            Beginning::Now => Some(Uuid::now_v7()),
        };
        Ok(EventStream { pain_points: self.clone(), filter, request, last, read: VecDeque::new(), written })
    }
}

impl EventStream {
    /// The next event, as soon as there is one, and the token to go on after it.
    pub async fn next(&mut self) -> Result<(Event, String)> {
        loop {
            if let Some(event) = self.read.pop_front() {
                let token = self.request.id_token(event.id);
                return Ok((event, token));
            }
            self.written.mark_unchanged();
            let from = self.last.and_then(id_after);
            let store = self.pain_points.store();
            let (points, _) = page_by_id(store, Kind::Events, &self.filter, from, EVENTS_AT_ONCE, false).await?;
            self.read = points.into_iter().map(Event::from_point).collect::<Result<_>>()?;
            match self.read.back() {
                Some(newest) => self.last = Some(newest.id),
                None => self.wait().await?,
            }
        }
    }

    async fn wait(&mut self) -> Result<()> {
        let is_shared = self.pain_points.store().is_shared();
        tokio::select! {
            written = self.written.changed() => written.map_err(|_| Error::ShuttingDown),
            () = tokio::time::sleep(LOOK_AGAIN), if is_shared => Ok(()),
        }
    }
}

/// Of a journey, and of a pain point; what is left out asks for nothing.
pub(super) fn events(journey: &str, pain_point: Option<Uuid>) -> Filter {
    let mut all = vec![Condition::is("tenant", TENANT)];
    all.extend((!journey.is_empty()).then(|| Condition::is("journey", journey)));
    all.extend(pain_point.map(|id| Condition::is("pain_point", id)));
    Filter { all }
}
