//! Pain points in the making: mention vectors in, clusters out. No text, no store, no labels.
//!
//! 1. What tells polarity is taken out of the vectors ([`Transform`]), so that praise and complaint about one matter
//!    lie together; near-exact copies are joined (`duplicates`) and count once.
//! 2. Every mention is linked to its nearest neighbours (`neighbours`), the nearer the heavier (`graph`).
//! 3. Leiden (`leiden`) cuts the graph into small clusters, and the similar ones are joined step by step (`joining`),
//!    which makes a [`Hierarchy`]; the level that people see is chosen by how well it is found again in samples of the
//!    data (`levels`), never by labels.
//! 4. Every mention gets a calibrated [`Membership`], also mentions that were not there when the clusters were found.
//!
//! The same vectors and seed give the same clusters, on any number of threads.

pub mod agreement;
#[cfg(test)]
mod drift;
mod duplicates;
mod graph;
mod identity;
mod joining;
mod layout;
mod leiden;
mod levels;
mod membership;
mod names;
mod neighbours;
mod parallel;
mod representatives;
#[cfg(test)]
mod tests;
mod transform;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

pub use identity::{Fate, Matching, Origin, SharedMembers, match_clusters};
pub use layout::{Layout, Point};
pub use levels::{Hierarchy, Level};
pub use membership::{ClusterModel, Membership, WEAK_BELOW};
pub use names::{ClusterName, ClusterText, KeyTerm, name_clusters};
pub use neighbours::{Neighbours, nearest};
pub(crate) use parallel::in_parallel;
pub use representatives::{Candidate, representatives};
pub use transform::Transform;

use crate::random::mixed;
use crate::train::Matrix;
use crate::{Error, Result};

/// More mentions are clustered by a sample of this size, to whose clusters the others are assigned.
pub const CLUSTERED_AT_MOST: usize = 200_000;

#[derive(Debug, Clone)]
pub struct DiscoveryOptions {
    pub seed: u64,
    /// 0 is all cores. The result does not depend on it.
    pub threads: usize,
    pub clustered_at_most: usize,
    pub stop: Stop,
}

impl Default for DiscoveryOptions {
    fn default() -> Self {
        Self { seed: 1, threads: 0, clustered_at_most: CLUSTERED_AT_MOST, stop: Stop::default() }
    }
}

/// Asks a discovery under way, on another thread, to give up: it does within seconds, with [`Error::Stopped`].
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// [`Error::Stopped`] once it has been asked.
    fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }
}

impl DiscoveryOptions {
    /// As many as are used: 0 stands for all cores.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// What was found in a set of mentions.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// One per mention, in the order of the vectors.
    pub memberships: Vec<Membership>,
    /// Per mention, how many mentions are near-exact copies of it, itself included; where a sample was clustered, how
    /// many of the sample, and 1 for those outside.
    pub copies: Vec<u32>,
    /// Assigns mentions that come later.
    pub model: ClusterModel,
}

impl Discovery {
    /// Find clusters in mention vectors, one a row.
    ///
    /// `polarity` are 384 weights whose product with a vector tells how positive it is: `Heads::polarity`. A set that is
    /// larger than `clustered_at_most` is sampled; whoever cannot hold it in memory draws the sample with
    /// [`sample`] before, and gives the other vectors to [`ClusterModel::assign_all`] block by block.
    ///
    /// # Errors
    /// A vector with a number that is not finite; [`Error::Stopped`].
    pub fn of(vectors: &Matrix, polarity: &[f32], options: &DiscoveryOptions) -> Result<Self> {
        if let Some(row) = vectors.rows().position(|row| !row.iter().all(|value| value.is_finite())) {
            return Err(Error::Clustering(format!("vector {row} has a number that is not finite")));
        }
        if vectors.len() <= options.clustered_at_most {
            return Self::of_all(vectors, polarity, options);
        }
        let drawn = sample(vectors.len(), options.clustered_at_most, options.seed);
        let of_sample = Self::of_all(&vectors.select(&drawn), polarity, options)?;
        let mut memberships = of_sample.model.assign_all(vectors, options);
        let mut copies = vec![1; vectors.len()];
        for (position, &row) in drawn.iter().enumerate() {
            memberships[row] = of_sample.memberships[position];
            copies[row] = of_sample.copies[position];
        }
        Ok(Self { memberships, copies, model: of_sample.model })
    }

    /// The cluster of every mention, at the chosen level.
    pub fn clusters(&self) -> Vec<u32> {
        self.memberships.iter().map(|membership| self.model.hierarchy.cluster_of(membership.leaf)).collect()
    }

    fn of_all(vectors: &Matrix, polarity: &[f32], options: &DiscoveryOptions) -> Result<Self> {
        let joined = duplicates::join(vectors);
        options.stop.check()?;
        let mut rows = vectors.select(&joined.originals);
        let transform = Transform::fit(&rows, polarity);
        rows.rows_mut().for_each(|row| transform.apply(row));

        let (hierarchy, leaves) = levels::find(&rows, options)?;
        let model = ClusterModel::new(transform, hierarchy, &rows, &leaves);
        let of_originals =
            parallel::in_parallel(options.threads(), rows.len(), |row| model.score(rows.row(row), leaves[row]));
        let of_mentions = joined.original_of.iter();
        Ok(Self {
            memberships: of_mentions.map(|&original| of_originals[original as usize]).collect(),
            copies: joined.copies(),
            model,
        })
    }
}

/// Positions of `most` of `count` mentions, ascending; all of them if there are no more. Whether a mention is drawn
/// depends on its position and the seed.
pub fn sample(count: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    if count > most {
        positions.select_nth_unstable_by_key(most, |&position| (mixed(seed, position as u64), position));
        positions.truncate(most);
        positions.sort_unstable();
    }
    positions
}
