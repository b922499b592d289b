//! Dividing a pain point where the cluster model divides its leaves.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use klartext_models::clusters::{ClusterName, Hierarchy};
use klartext_models::train::Matrix;
use serde_json::json;
use uuid::Uuid;

use super::describing::quotes;
use super::model::JourneyModel;
use super::naming::{Said, names};
use super::{PainPoint, PainPointState, PainPoints};
use crate::error::{Error, Result};
use crate::insights::{Place, PlacedMention, pain_point_id};
use crate::pipeline::Writing;
use crate::store::paging::page_by_id;
use crate::store::{Condition, Filter, Kind, Payload, Write};

/// Mentions that are read, or moved, at once.
const AT_ONCE: usize = 128;

/// What a pain point loses to another one.
pub(super) struct SplitOff {
    pub(super) record: PainPoint,
    /// Those that have to be told that they are its now.
    pub(super) mentions: Vec<Uuid>,
}

#[derive(Default)]
struct Members {
    mentions: Vec<PlacedMention>,
    vectors: Matrix,
}

impl Members {
    /// What they say.
    fn said<'a>(&'a self) -> Vec<Said<'a>> {
        let said = |mention: &'a PlacedMention| Said {
            comment_id: mention.comment_id,
            text: &mention.text,
            language: mention.language,
        };
        self.mentions.iter().map(said).collect()
    }
}

impl PainPoints {
    /// The parts of a pain point without its largest one, by number of mentions.
    ///
    /// # Errors
    /// [`Error::PainPointIndivisible`] when its leaves are one cluster at every level, or no longer of the journey's model.
    pub(super) async fn parts_of(&self, whole: &PainPoint) -> Result<Vec<SplitOff>> {
        let model = self.model_of(&whole.journey).filter(|model| model.discovery == whole.found_by);
        let model = model.ok_or(Error::PainPointIndivisible)?;
        let groups = groups(&model.clusters.hierarchy, &whole.leaves).ok_or(Error::PainPointIndivisible)?;
        let mut members = self.members(whole.id, &groups).await?;
        let largest = (0..groups.len()).max_by_key(|group| (members[*group].mentions.len(), groups.len() - group));
        let names = names(members.iter().map(Members::said));
        let mut parts = Vec::new();
        for ((group, leaves), name) in groups.into_iter().enumerate().zip(names) {
            if Some(group) != largest {
                parts.push(split_off(whole, &model, leaves, std::mem::take(&mut members[group]), name));
            }
        }
        Ok(parts)
    }

    /// The mentions of each group of leaves.
    async fn members(&self, id: Uuid, groups: &[Vec<u32>]) -> Result<Vec<Members>> {
        let group_of: HashMap<u32, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(group, leaves)| leaves.iter().map(move |leaf| (*leaf, group)))
            .collect();
        let mut members: Vec<Members> = groups.iter().map(|_| Members::default()).collect();
        let filter = Filter { all: vec![Condition::is("pain_point", id)] };
        let mut from = None;
        loop {
            let (points, next) = page_by_id(self.store(), Kind::Mentions, &filter, from, AT_ONCE, true).await?;
            for mut point in points {
                let vector = point.vector.take().unwrap_or_default();
                let mention = PlacedMention::from_point(point)?;
                let group = mention.place.as_ref().and_then(|place| group_of.get(&place.leaf));
                if let Some(group) = group {
                    members[*group].vectors.push(&vector);
                    members[*group].mentions.push(mention);
                }
            }
            from = next;
            if from.is_none() {
                return Ok(members);
            }
        }
    }
}

/// Tells mentions whose they are now, as far as they still were the other's.
pub(super) async fn move_mentions(writing: &Arc<Writing>, from: Uuid, to: Uuid, mentions: &[Uuid]) -> Result<()> {
    let new: Payload = [("pain_point".to_owned(), json!(to))].into_iter().collect();
    for ids in mentions.chunks(AT_ONCE) {
        let read = async || -> Result<Vec<PlacedMention>> {
            let points = writing.store().get(Kind::Mentions, ids.to_vec(), false).await?;
            points.into_iter().map(PlacedMention::from_point).collect()
        };
        let comments = read().await?.iter().map(|mention| mention.comment_id).collect();
        let _claim = writing.claim_owned(comments).await;
        let was_its = |place: &Place| place.pain_point == Some(from);
        let still_its = read().await?.into_iter().filter(|mention| mention.place.as_ref().is_some_and(was_its));
        let fields: Vec<(Uuid, Payload)> = still_its.map(|mention| (mention.id, new.clone())).collect();
        if !fields.is_empty() {
            writing.store().write(vec![Write::SetFields { kind: Kind::Mentions, fields }]).await?;
        }
    }
    Ok(())
}

/// Leaves that are in one cluster at the coarsest level at which they are in several.
fn groups(hierarchy: &Hierarchy, leaves: &[u32]) -> Option<Vec<Vec<u32>>> {
    for level in (0..hierarchy.levels.len()).rev() {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for leaf in leaves {
            groups.entry(hierarchy.cluster_at(level, *leaf)).or_default().push(*leaf);
        }
        if groups.len() > 1 {
            return Some(groups.into_values().collect());
        }
    }
    None
}

fn split_off(
    whole: &PainPoint,
    model: &JourneyModel,
    leaves: Vec<u32>,
    members: Members,
    name: ClusterName,
) -> SplitOff {
    let Members { mentions, vectors } = members;
    let mean = vectors.mean();
    let quotable =
        mentions.iter().zip(vectors.rows()).map(|(mention, vector)| (mention.id, mention.text.as_str(), vector));
    let quotes = quotes(quotable, &mean, model.clusters.transform());
    let mut record = PainPoint {
        id: pain_point_id(whole.id, leaves.first().copied().unwrap_or_default() as usize),
        state: PainPointState::Active,
        machine_name: name.name,
        given_name: None,
        key_terms: name.terms,
        quotes,
        measures: None,
        born_at: chrono::Utc::now(),
        born_by: whole.found_by,
        merged_into: None,
        split_from: Some(whole.id),
        leaves,
        ..whole.clone()
    };
    record.set_mean(&mean);
    SplitOff { record, mentions: mentions.iter().map(|mention| mention.id).collect() }
}
