//! Measures are made at the end of a discovery, and again in the background after comments have changed.

use std::time::Instant;

use chrono::Utc;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::event::{Event, EventKind};
use super::{MeasuredComment, Measurer, Measures, PainPoint, PainPoints, Place};
use crate::error::{Error, Result};
use crate::insights::{CommentFilter, StoredComment, comments_at};
use crate::operations::GiveWay;

/// Comments that are read at once.
const PAGE: usize = 256;
/// After measuring it rests at least this many times as long as that took.
const REST_PER_WORK: u32 = 10;

impl PainPoints {
    /// Measures again whenever comments have changed, but not more often than configured. Ends with `stopping`.
    pub async fn keep_measuring(&self, give_way: GiveWay, stopping: CancellationToken) {
        let mut rest = self.inner.config.refresh_every;
        let mut measured = self.inner.writing.changes();
        loop {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = stopping.cancelled() => return,
            }
            rest = self.inner.config.refresh_every;
            if self.store().is_shared()
                && let Err(error) = self.read_again().await
            {
                warn!(%error, "what other processes did to pain points cannot be seen yet");
            }
            let changes = self.inner.writing.changes();
            if changes == measured {
                continue;
            }
            let start = Instant::now();
            for journey in self.journeys() {
                if let Err(error) = self.measure(&journey, &give_way).await {
                    warn!(journey, %error, "pain points could not be measured");
                }
            }
            measured = changes;
            rest = rest.max(start.elapsed() * REST_PER_WORK);
        }
    }

    /// Measures the pain points of a journey, and writes those that have changed and what begins to grow.
    pub(super) async fn measure(&self, journey: &str, give_way: &GiveWay) -> Result<()> {
        let now = Utc::now();
        let mut measurer = Measurer::new(now, self.inner.config.severity);
        let filter = CommentFilter { journeys: vec![journey.to_owned()], ..CommentFilter::default() };
        let mut from = None;
        loop {
            let start = Instant::now();
            let page;
            (measurer, page) = self.measure_page(measurer, &filter, from).await?;
            from = page;
            give_way.after(start.elapsed()).await;
            if from.is_none() {
                break;
            }
        }
        let mut measures = measurer.finish();
        let changing = self.change().await;
        let mut changed = Vec::new();
        let mut events = Vec::new();
        for known in self.of_journey(journey) {
            let now = measures.remove(&known.id);
            if says_the_same(known.measures.as_ref(), now.as_ref()) {
                continue;
            }
            let is_growing = |measures: Option<&Measures>| measures.is_some_and(|measures| measures.is_growing);
            let has_begun_to_grow = !is_growing(known.measures.as_ref()) && is_growing(now.as_ref());
            let mentions = now.as_ref().map_or(0, |measures| measures.mentions);
            let measured = PainPoint { measures: now, ..known.as_ref().clone() };
            if has_begun_to_grow && measured.is_shown() {
                events.push(Event::of(&measured, EventKind::Growing, mentions));
            }
            changed.push(measured);
        }
        if changed.is_empty() { Ok(()) } else { changing.save(changed, events).await }
    }

    /// On a thread for blocking work: reading many comments would hold up the calls that share ours.
    async fn measure_page(
        &self,
        mut measurer: Measurer,
        filter: &CommentFilter,
        from: Option<Uuid>,
    ) -> Result<(Measurer, Option<Uuid>)> {
        let pain_points = self.clone();
        let filter = filter.for_comments();
        let runtime = Handle::current();
        let measure = move || {
            let (comments, next) = runtime.block_on(comments_at(pain_points.store(), filter, from, PAGE))?;
            for StoredComment { comment, insight, .. } in &comments {
                let places: Vec<Option<Place>> =
                    insight.mentions.iter().map(|mention| pain_points.measured_place(mention.place.as_ref())).collect();
                measurer.add(MeasuredComment { comment, insight, places: &places });
            }
            Ok((measurer, next))
        };
        let measured = tokio::task::spawn_blocking(measure).await;
        measured.map_err(|error| Error::Internal(format!("measuring failed: {error}")))?
    }

    fn measured_place(&self, place: Option<&crate::insights::Place>) -> Option<Place> {
        let place = place?;
        let pain_point = self.known().shown_as(place.pain_point?)?;
        Some(Place { pain_point, membership: place.membership as f32 })
    }
}

/// Apart from when it was measured.
fn says_the_same(before: Option<&Measures>, now: Option<&Measures>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => *before == Measures { measured_at: before.measured_at, ..now.clone() },
        (None, None) => true,
        _ => false,
    }
}
