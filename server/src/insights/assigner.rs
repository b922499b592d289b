//! Which pain point a mention belongs to, told at once from its vector.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use klartext_models::clusters::{ClusterModel, Layout, Point, WEAK_BELOW};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AnalysedComment, CommentFilter};
use crate::store::millionths;

/// Where a mention lies among the pain points of its journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The one that its leaf belongs to, also when that was merged into another one since; `None`: none.
    pub pain_point: Option<Uuid>,
    /// Probability that it is about what most of its pain point is about, 0 to 1.
    pub membership: f64,
    /// Its cluster at the finest level of the cluster model that it was placed by.
    pub leaf: u32,
    /// How many mentions nearly repeat its words, itself included, as far as the discovery knew.
    pub copies: u32,
    /// Where it is on the journey's map.
    pub map: Point,
    /// The discovery that made the cluster model.
    pub placed_by: Uuid,
}

impl Place {
    pub fn is_weak(&self) -> bool {
        self.membership < f64::from(WEAK_BELOW)
    }
}

/// Gives the mentions of one journey their places, as its last discovery found them.
pub struct Assigner {
    pub discovery: Uuid,
    /// Which mentions the discovery took.
    pub filter: CommentFilter,
    pub model: Arc<ClusterModel>,
    pub layout: Arc<Layout>,
    /// The pain point of each leaf.
    pub owners: Vec<Option<Uuid>>,
}

impl Assigner {
    pub fn owner_of(&self, leaf: u32) -> Option<Uuid> {
        self.owners.get(leaf as usize).copied().flatten()
    }

    /// The place of a mention that no discovery has seen; one that fits nowhere is in no pain point. `None` where there
    /// are no clusters.
    pub fn place(&self, vector: &[f32]) -> Option<Place> {
        let membership = self.model.assign(vector)?;
        Some(Place {
            pain_point: self.owner_of(membership.leaf).filter(|_| !membership.is_weak()),
            membership: millionths(membership.score.into()),
            leaf: membership.leaf,
            copies: 1,
            map: self.layout.place(vector),
            placed_by: self.discovery,
        })
    }
}

/// A pain point as callers see it beside a mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPainPoint {
    pub id: Uuid,
    pub name: String,
}

/// The assigners of all journeys, and what their pain points are called. Empty until pain points are opened.
#[derive(Default)]
pub struct Assigners {
    by_journey: RwLock<HashMap<String, Arc<Assigner>>>,
    shown: RwLock<HashMap<Uuid, ShownPainPoint>>,
}

impl Assigners {
    pub fn of(&self, journey: &str) -> Option<Arc<Assigner>> {
        self.by_journey.read().unwrap_or_else(PoisonError::into_inner).get(journey).cloned()
    }

    /// From here on the journey's mentions are placed by this one.
    pub fn replace(&self, journey: &str, assigner: Assigner) {
        let mut by_journey = self.by_journey.write().unwrap_or_else(PoisonError::into_inner);
        by_journey.insert(journey.to_owned(), Arc::new(assigner));
    }

    /// What callers see of each pain point: of one that was merged away the other one, of a dismissed one nothing.
    pub fn show(&self, shown: HashMap<Uuid, ShownPainPoint>) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }

    pub fn shown(&self, pain_point: Uuid) -> Option<ShownPainPoint> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).get(&pain_point).cloned()
    }

    /// Brings the places of a comment's mentions up to its labels: a mention that the discovery would not have taken is in
    /// no pain point, one that it would have taken is where it was, or else where its vector says.
    pub fn place(&self, analysed: &mut AnalysedComment) {
        let Some(assigner) = self.of(&analysed.comment.journey) else { return };
        let insight = &analysed.insight;
        let mut places = Vec::with_capacity(insight.mentions.len());
        for (mention, vector) in insight.mentions.iter().zip(&analysed.mention_vectors) {
            let is_taken = assigner.filter.takes(&analysed.comment, insight, mention);
            let known = mention.place.clone().filter(|place| place.placed_by == assigner.discovery);
            places.push(match known {
                Some(place) if !is_taken => Some(Place { pain_point: None, ..place }),
                Some(place) if place.pain_point.is_none() && !place.is_weak() => {
                    Some(Place { pain_point: assigner.owner_of(place.leaf), ..place })
                }
                Some(place) => Some(place),
                None if is_taken => assigner.place(vector),
                None => None,
            });
        }
        for (mention, place) in analysed.insight.mentions.iter_mut().zip(places) {
            mention.place = place;
        }
    }
}
