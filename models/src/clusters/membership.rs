use serde::{Deserialize, Serialize};

use super::parallel::in_parallel;
use super::{DiscoveryOptions, Hierarchy, Transform};
use crate::VECTOR_SIZE;
use crate::encoder::{dot, normalise};
use crate::heads::sigmoid;
use crate::train::Matrix;

/// Below this score a mention is a weak member: more likely it is about something else than what its cluster is about.
pub const WEAK_BELOW: f32 = 0.5;

/// The score is the sigmoid of a line: how much nearer the cluster's centre is than the next one, as a difference of
/// cosines. Fitted on texts with known classes; `klartext-eval clusters` measures how well it is calibrated.
const SLOPE: f32 = 4.4;
const OFFSET: f32 = 0.3;

/// Where a mention belongs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// Cluster at the finest level; the hierarchy tells those above it.
    pub leaf: u32,
    /// Probability that the mention is about what most of its cluster, at the chosen level, is about: 0 to 1.
    pub score: f32,
}

impl Membership {
    pub fn is_weak(&self) -> bool {
        self.score < WEAK_BELOW
    }
}

/// What assigns mentions to clusters that were found before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterModel {
    pub hierarchy: Hierarchy,
    transform: Transform,
    /// Mean of the members of each cluster at the chosen level, of length 1 or 0.
    centres: Matrix,
    leaf_centres: Matrix,
}

impl ClusterModel {
    /// `rows` are transformed; `leaves` are theirs.
    pub(super) fn new(transform: Transform, hierarchy: Hierarchy, rows: &Matrix, leaves: &[u32]) -> Self {
        let clusters: Vec<u32> = leaves.iter().map(|&leaf| hierarchy.cluster_of(leaf)).collect();
        let centres = centres(rows, &clusters, hierarchy.levels[hierarchy.chosen].clusters);
        let leaf_centres = centres_of_leaves(&hierarchy, rows, leaves, &centres);
        Self { hierarchy, transform, centres, leaf_centres }
    }

    /// What the clusters were found in: vectors after this.
    pub fn transform(&self) -> &Transform {
        &self.transform
    }

    /// The cluster whose centre is nearest, and within it the leaf whose centre is. `vector` is as the encoder gives it.
    /// None where there are no clusters.
    pub fn assign(&self, vector: &[f32]) -> Option<Membership> {
        let mut row = vector.to_vec();
        self.transform.apply(&mut row);
        let cluster = nearest(&row, &self.centres, |_| true)?;
        let leaf = nearest(&row, &self.leaf_centres, |leaf| self.hierarchy.cluster_of(leaf) == cluster)?;
        Some(self.score(&row, leaf))
    }

    /// As [`assign`](Self::assign), for many vectors; there have to be clusters.
    pub fn assign_all(&self, vectors: &Matrix, options: &DiscoveryOptions) -> Vec<Membership> {
        let assigned = in_parallel(options.threads(), vectors.len(), |row| self.assign(vectors.row(row)));
        assigned.into_iter().flatten().collect()
    }

    /// `row` is transformed.
    pub(super) fn score(&self, row: &[f32], leaf: u32) -> Membership {
        let cluster = self.hierarchy.cluster_of(leaf) as usize;
        let own = self.centres.row(cluster);
        // Copies of one text are all there is: they are in the middle, which is zero.
        let is_all_there_is = self.centres.len() == 1 && own.iter().all(|&value| value == 0.0);
        let similarity = if is_all_there_is { 1.0 } else { dot(row, own) };
        let others = self.centres.rows().enumerate().filter(|&(other, _)| other != cluster);
        let next = others.map(|(_, centre)| dot(row, centre)).reduce(f32::max).unwrap_or(0.0);
        Membership { leaf, score: sigmoid(SLOPE * (similarity - next) + OFFSET) }
    }
}

fn nearest(row: &[f32], centres: &Matrix, may_be: impl Fn(u32) -> bool) -> Option<u32> {
    let candidates = centres.rows().enumerate().filter(|&(centre, _)| may_be(centre as u32));
    let similarities = candidates.map(|(centre, numbers)| (centre as u32, dot(row, numbers)));
    // The first of equally near ones, which is the larger cluster.
    let nearest = similarities.reduce(|best, other| if other.1 > best.1 { other } else { best });
    nearest.map(|(centre, _)| centre)
}

fn centres(rows: &Matrix, clusters: &[u32], count: usize) -> Matrix {
    let mut centres = Matrix::default();
    (0..count).for_each(|_| centres.push(&[0.0; VECTOR_SIZE]));
    for (row, &cluster) in rows.rows().zip(clusters) {
        let centre = centres.row_mut(cluster as usize);
        centre.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    centres.rows_mut().for_each(normalise);
    centres
}

fn centres_of_leaves(hierarchy: &Hierarchy, rows: &Matrix, leaves: &[u32], of_clusters: &Matrix) -> Matrix {
    match hierarchy.chosen {
        0 => of_clusters.clone(),
        _ => centres(rows, leaves, hierarchy.leaves()),
    }
}
