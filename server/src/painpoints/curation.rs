//! What people do with pain points: name, merge, split, dismiss, and take it back.
//!
//! Each is an event that says who, and what was before, so that the latest can be undone.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::{Event, EventKind};
use super::following::events;
use super::splitting::{SplitOff, move_mentions};
use super::{Changing, GivenName, PainPoint, PainPointState, PainPoints};
use crate::error::{Error, Result};
use crate::insights::intake::{check_by, check_length};
use crate::pipeline::to_the_end;

const MAX_NAME_CHARS: usize = 200;
/// Pain points that one call merges.
pub const MOST_MERGED: usize = 50;
/// Events that are read at once.
const EVENTS_AT_ONCE: usize = 50;

/// What a person changed, as it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Of a renaming.
    GivenName(Option<GivenName>),
    /// Of a dismissal or a restoration.
    State(PainPointState),
    /// Of a merging: those that were merged, and their states.
    Merged(Vec<(Uuid, PainPointState)>),
    /// Of a splitting: the parts, which were one.
    Split(Vec<Uuid>),
    /// Of an undoing: the event that was undone.
    Undone(Uuid),
}

impl PainPoints {
    /// Gives a person's name; an empty one gives it the machine's again.
    ///
    /// # Errors
    /// [`Error::PainPointNotFound`], [`Error::FieldMissing`] without `by`, [`Error::FieldTooLong`], or what the store
    /// says; likewise below.
    pub async fn rename(&self, id: Uuid, name: &str, by: &str) -> Result<Arc<PainPoint>> {
        check_by(by)?;
        let name = name.trim();
        check_length("name", name, MAX_NAME_CHARS)?;
        let changing = self.change().await;
        let mut renamed = self.get(id)?.as_ref().clone();
        let given = (!name.is_empty()).then(|| GivenName { name: name.to_owned(), by: by.trim().to_owned() });
        let before = Before::GivenName(std::mem::replace(&mut renamed.given_name, given));
        let event = curated(&renamed, EventKind::Renamed, by, before);
        self.record(&changing, vec![renamed], event).await
    }

    /// It leaves the lists and is recognised when it comes again. No error when it is dismissed.
    ///
    /// # Errors
    /// [`Error::PainPointUnfit`] for one that was merged into another.
    pub async fn dismiss(&self, id: Uuid, by: &str) -> Result<Arc<PainPoint>> {
        self.set_state(id, PainPointState::Dismissed, by).await
    }

    /// Takes a dismissal back. No error when it is active.
    ///
    /// # Errors
    /// [`Error::PainPointUnfit`] for one that was merged into another, or resolved.
    pub async fn restore(&self, id: Uuid, by: &str) -> Result<Arc<PainPoint>> {
        self.set_state(id, PainPointState::Active, by).await
    }

    async fn set_state(&self, id: Uuid, state: PainPointState, by: &str) -> Result<Arc<PainPoint>> {
        check_by(by)?;
        let changing = self.change().await;
        let known = self.get(id)?;
        let kind = match (known.state, state) {
            (now, wanted) if now == wanted => return Ok(known),
            (PainPointState::Active | PainPointState::Resolved, PainPointState::Dismissed) => EventKind::Dismissed,
            (PainPointState::Dismissed, PainPointState::Active) => EventKind::Restored,
            _ => {
                let reason = "it was merged into another one, or the last discovery did not find it";
                return Err(Error::PainPointUnfit { reason: reason.to_owned() });
            }
        };
        let changed = PainPoint { state, ..known.as_ref().clone() };
        let event = curated(&changed, kind, by, Before::State(known.state));
        self.record(&changing, vec![changed], event).await
    }

    /// Joins others to one, which keeps its identity. Their mentions stay where they are; whoever reads follows.
    ///
    /// # Errors
    /// [`Error::FieldMissing`] without others, [`Error::PainPointUnfit`] for more than [`MOST_MERGED`], for one beside
    /// itself, of another journey, or merged before.
    pub async fn merge(&self, id: Uuid, others: &[Uuid], by: &str) -> Result<Arc<PainPoint>> {
        check_by(by)?;
        let unfit = |reason: String| Error::PainPointUnfit { reason };
        if others.is_empty() {
            return Err(Error::FieldMissing { field: "others" });
        }
        if others.len() > MOST_MERGED {
            return Err(unfit(format!("{} are to be merged, at most {MOST_MERGED} can be", others.len())));
        }
        let changing = self.change().await;
        let kept = self.get(id)?;
        if kept.state == PainPointState::Merged {
            return Err(unfit("it was merged into another one itself".to_owned()));
        }
        let mut changed = Vec::with_capacity(others.len() + 1);
        let mut before = Vec::with_capacity(others.len());
        for other in others.iter().copied().collect::<HashSet<Uuid>>() {
            let known = self.get(other)?;
            if other == id || known.journey != kept.journey || known.state == PainPointState::Merged {
                let reason = "it is the same one, of another journey, or merged already";
                return Err(unfit(format!("{other} cannot be merged: {reason}")));
            }
            before.push((other, known.state));
            changed.push(PainPoint {
                state: PainPointState::Merged,
                merged_into: Some(id),
                // What a person puts together was not kept apart any more.
                split_from: None,
                ..known.as_ref().clone()
            });
        }
        let mut kept = kept.as_ref().clone();
        kept.split_from = kept.split_from.filter(|from| !others.contains(from));
        let event = curated(&kept, EventKind::Merged, by, Before::Merged(before));
        let event = Event { others: changed.iter().map(|merged| merged.id).collect(), ..event };
        changed.push(kept);
        self.record(&changing, changed, event).await
    }

    /// Divides one: what was merged into it becomes its own again, or else its leaves part where the cluster model's
    /// coarsest level below parts them. The largest part keeps the identity and comes first.
    ///
    /// # Errors
    /// [`Error::PainPointIndivisible`].
    pub async fn split(&self, id: Uuid, by: &str) -> Result<Vec<Arc<PainPoint>>> {
        check_by(by)?;
        let (pain_points, by) = (self.clone(), by.to_owned());
        // When the caller stops waiting, the mentions still have to be moved.
        to_the_end(async move { pain_points.split_whole(id, &by).await }).await
    }

    async fn split_whole(&self, id: Uuid, by: &str) -> Result<Vec<Arc<PainPoint>>> {
        let changing = self.change().await;
        let mut whole = self.get(id)?.as_ref().clone();
        let mut merged = self.with_merged(id);
        merged.retain(|other| *other != id);
        let parts = if merged.is_empty() { self.parts_of(&whole).await? } else { self.parts_again(id, merged)? };
        let taken: HashSet<u32> = parts.iter().flat_map(|part| part.record.leaves.iter().copied()).collect();
        whole.leaves.retain(|leaf| !taken.contains(leaf));
        let ids: Vec<Uuid> = parts.iter().map(|part| part.record.id).collect();
        let event = curated(&whole, EventKind::Split, by, Before::Split(ids.clone()));
        let mut changed = vec![whole];
        changed.extend(parts.iter().map(|part| part.record.clone()));
        let mut split = vec![self.record(&changing, changed, Event { others: ids, ..event }).await?];
        for SplitOff { record, mentions } in parts {
            move_mentions(self.writing(), id, record.id, &mentions).await?;
            split.push(self.get(record.id)?);
        }
        Ok(split)
    }

    /// What was merged into it, as parts of its own again.
    fn parts_again(&self, id: Uuid, merged: Vec<Uuid>) -> Result<Vec<SplitOff>> {
        let part_again = |other: Uuid| {
            let (state, merged_into, split_from) = (PainPointState::Active, None, Some(id));
            let record = PainPoint { state, merged_into, split_from, ..self.get(other)?.as_ref().clone() };
            Ok(SplitOff { record, mentions: Vec::new() })
        };
        merged.into_iter().map(part_again).collect()
    }

    /// Takes a person's latest change of it back.
    ///
    /// # Errors
    /// [`Error::NothingToUndo`] when there is none, or when others have changed it since.
    pub async fn undo(&self, id: Uuid, by: &str) -> Result<Arc<PainPoint>> {
        check_by(by)?;
        let changing = self.change().await;
        let known = self.get(id)?;
        let (latest, before) = self.latest_curation(id).await?.ok_or(Error::NothingToUndo)?;
        let mut changed = Vec::new();
        let mut undone = known.as_ref().clone();
        match before {
            Before::GivenName(name) => undone.given_name = name,
            Before::State(state) if known.state == state => return Err(Error::NothingToUndo),
            Before::State(state) => undone.state = state,
            Before::Merged(others) => {
                for (other, state) in others {
                    let merged = self.get(other)?;
                    if merged.merged_into == Some(id) {
                        changed.push(PainPoint { state, merged_into: None, ..merged.as_ref().clone() });
                    }
                }
                if changed.is_empty() {
                    return Err(Error::NothingToUndo);
                }
            }
            Before::Split(parts) => {
                for part in parts {
                    let part = self.get(part)?;
                    if part.split_from != Some(id) || part.state == PainPointState::Merged {
                        return Err(Error::NothingToUndo);
                    }
                    let (state, merged_into) = (PainPointState::Merged, Some(id));
                    changed.push(PainPoint { state, merged_into, split_from: None, ..part.as_ref().clone() });
                }
            }
            Before::Undone(_) => return Err(Error::NothingToUndo),
        }
        let others = changed.iter().map(|other| other.id).collect();
        let event = Event { others, ..curated(&undone, EventKind::Undone, by, Before::Undone(latest)) };
        changed.push(undone);
        self.record(&changing, changed, event).await
    }

    /// The latest thing that a person did to it and that was not taken back.
    async fn latest_curation(&self, id: Uuid) -> Result<Option<(Uuid, Before)>> {
        let mut undone = HashSet::new();
        let filter = events("", Some(id));
        let mut after = None;
        loop {
            let (page, next) = self.events_before(&filter, after, EVENTS_AT_ONCE).await?;
            for event in page {
                match event.before {
                    Some(Before::Undone(other)) => drop(undone.insert(other)),
                    Some(before) if !undone.contains(&event.id) => return Ok(Some((event.id, before))),
                    Some(_) | None => {}
                }
            }
            after = next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }

    async fn record(&self, changing: &Changing<'_>, changed: Vec<PainPoint>, event: Event) -> Result<Arc<PainPoint>> {
        let id = event.pain_point;
        changing.save(changed, vec![event]).await?;
        self.get(id)
    }
}

fn curated(pain_point: &PainPoint, kind: EventKind, by: &str, before: Before) -> Event {
    let mentions = pain_point.measures.as_ref().map_or(0, |measures| measures.mentions);
    Event { by: by.trim().to_owned(), before: Some(before), ..Event::of(pain_point, kind, mentions) }
}
