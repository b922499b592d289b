use serde::{Deserialize, Serialize};

use super::agreement::Contingency;
use super::graph::Graph;
use super::joining::{SIMILARITIES, join};
use super::leiden::{by_size, communities};
use super::neighbours::{Neighbours, nearest};
use super::parallel::in_parallel;
use super::{DiscoveryOptions, sample};
use crate::Result;
use crate::random::mixed;
use crate::train::Matrix;

/// Of the clusters that are joined afterwards: as fine as pain points may be.
const RESOLUTION: f64 = 3.0;
/// Fewer than `MANY` mentions are not enough about anything to be cut as finely.
const RESOLUTION_BELOW_MANY: f64 = 1.0;
const MANY: usize = 1_000;
/// Too few mentions to say what is stable.
const FEW: usize = 50;

const MOST_NEIGHBOURS: usize = 30;
const FEWEST_NEIGHBOURS: usize = 5;

/// How stable a level is shows in this many samples of the data.
const SAMPLES: usize = 20;
/// The smaller, the clearer the unstable levels show.
const SAMPLED_SHARE: f64 = 0.5;
/// Levels whose agreements differ by less are equally stable, as far as the samples can tell.
const TOLERANCE: f64 = 0.045;
/// Of more mentions, so many stand for all while the level is chosen.
const MENTIONS_TO_CHOOSE: usize = 10_000;

/// Clusters at several levels, each inside one of the next coarser level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hierarchy {
    /// The finest first; its clusters are called leaves. Levels at which nothing is joined are left out.
    pub levels: Vec<Level>,
    /// Position of the level that people see.
    pub chosen: usize,
    /// For every leaf, its cluster at the chosen level.
    clusters: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Two clusters are one from this similarity on, relative to the similarity within the looser one; 1 at the finest.
    pub similarity: f64,
    /// How far the clusters of two samples agree at this level: mean adjusted Rand index, at most 1. None where there
    /// were too few mentions.
    pub stability: Option<f64>,
    /// How many clusters there are. They are numbered by size, the largest first.
    pub clusters: usize,
    /// For every cluster, the one that it is in at the next coarser level; empty at the coarsest.
    pub parents: Vec<u32>,
}

impl Hierarchy {
    /// The cluster of a leaf at the chosen level.
    pub fn cluster_of(&self, leaf: u32) -> u32 {
        self.clusters[leaf as usize]
    }

    /// The cluster of a leaf at some level, 0 being the finest.
    pub fn cluster_at(&self, level: usize, leaf: u32) -> u32 {
        self.levels[..level].iter().fold(leaf, |cluster, finer| finer.parents[cluster as usize])
    }

    pub fn leaves(&self) -> usize {
        self.clusters.len()
    }

    /// From the cluster of every mention at each level, the finest first.
    fn new(partitions: &[Partition], chosen: usize) -> Self {
        let mut levels: Vec<Level> = Vec::new();
        for (position, partition) in partitions.iter().enumerate() {
            let Partition { similarity, stability, ref clusters } = *partition;
            let count = count(clusters);
            let mut parents = Vec::new();
            if let Some(coarser) = partitions.get(position + 1) {
                parents.resize(count, 0);
                for (&cluster, &parent) in clusters.iter().zip(&coarser.clusters) {
                    parents[cluster as usize] = parent;
                }
            }
            levels.push(Level { similarity, stability, clusters: count, parents });
        }
        let mut hierarchy = Self { levels, chosen, clusters: Vec::new() };
        let leaves = hierarchy.levels[0].clusters as u32;
        hierarchy.clusters = (0..leaves).map(|leaf| hierarchy.cluster_at(chosen, leaf)).collect();
        hierarchy
    }
}

fn count(clusters: &[u32]) -> usize {
    clusters.iter().max().map_or(0, |&highest| highest as usize + 1)
}

/// The cluster of every mention at one level.
struct Partition {
    similarity: f64,
    stability: Option<f64>,
    clusters: Vec<u32>,
}

/// The hierarchy of transformed vectors, and the leaf of each.
pub fn find(rows: &Matrix, options: &DiscoveryOptions) -> Result<(Hierarchy, Vec<u32>)> {
    let seed = options.seed;
    let count = neighbours_of_each(rows.len());
    // Some neighbours are not drawn into a sample, and farther ones take their places.
    let count_to_choose = (count as f64 * 1.5 / SAMPLED_SHARE).ceil() as usize;
    let (neighbours, stabilities) = if rows.len() < FEW {
        (nearest(rows, count, options)?, Vec::new())
    } else if rows.len() <= MENTIONS_TO_CHOOSE {
        let neighbours = nearest(rows, count_to_choose, options)?;
        let stabilities = stabilities(rows, &neighbours, count, options)?;
        (neighbours, stabilities)
    } else {
        let drawn = rows.select(&sample(rows.len(), MENTIONS_TO_CHOOSE, seed));
        let of_drawn = nearest(&drawn, count_to_choose, options)?;
        let stabilities = stabilities(&drawn, &of_drawn, count, options)?;
        (nearest(rows, count, options)?, stabilities)
    };
    let graph = Graph::of_neighbours(&neighbours, count).for_leiden()?;
    options.stop.check()?;
    let pieces = communities(&graph, resolution(rows.len()), seed)?;
    options.stop.check()?;
    let (partitions, chosen) = joined(rows, &pieces, &stabilities);
    Ok((Hierarchy::new(&partitions, chosen), partitions.into_iter().next().map_or(pieces, |finest| finest.clusters)))
}

/// The fewer mentions there are, the fewer of them are about the same.
fn neighbours_of_each(mentions: usize) -> usize {
    ((mentions as f64).sqrt() / 2.0).round().clamp(FEWEST_NEIGHBOURS as f64, MOST_NEIGHBOURS as f64) as usize
}

fn resolution(mentions: usize) -> f64 {
    if mentions < MANY { RESOLUTION_BELOW_MANY } else { RESOLUTION }
}

/// One per level.
fn stabilities(rows: &Matrix, neighbours: &Neighbours, count: usize, options: &DiscoveryOptions) -> Result<Vec<f64>> {
    let (seed, threads) = (options.seed, options.threads());
    let sampled = (rows.len() as f64 * SAMPLED_SHARE).round() as usize;
    let samples: Vec<Vec<usize>> =
        (0..SAMPLES).map(|number| sample(rows.len(), sampled, mixed(seed, number as u64))).collect();
    let found = in_parallel(threads, SAMPLES, |number| {
        options.stop.check()?;
        let drawn = &samples[number];
        let graph = Graph::of_drawn(neighbours, count, drawn).for_leiden()?;
        let pieces = communities(&graph, resolution(rows.len()), seed)?;
        let levels = join(drawn.iter().map(|&row| rows.row(row)), &pieces);
        Ok(levels.iter().map(|groups| of_members(groups, &pieces)).collect::<Vec<_>>())
    });
    let found = found.into_iter().collect::<Result<Vec<_>>>()?;
    let clusters_at = |level: usize| found.iter().map(|levels| levels[level].as_slice()).collect::<Vec<_>>();
    Ok(in_parallel(threads, SIMILARITIES.len(), |level| stability(&samples, &clusters_at(level))))
}

/// The group of every member, given the groups of its cluster.
fn of_members(groups: &[u32], clusters: &[u32]) -> Vec<u32> {
    clusters.iter().map(|&cluster| groups[cluster as usize]).collect()
}

/// How far the clusters of two samples agree, in the mean over all pairs of samples.
fn stability(samples: &[Vec<usize>], clusters: &[&[u32]]) -> f64 {
    let mut agreements = Vec::new();
    for left in 0..samples.len() {
        for right in left + 1..samples.len() {
            let pairs = of_both((&samples[left], clusters[left]), (&samples[right], clusters[right]));
            agreements.push(Contingency::new(pairs).adjusted_rand_index());
        }
    }
    agreements.iter().sum::<f64>() / agreements.len() as f64
}

/// The clusters of the rows that are in both samples, which are ascending.
fn of_both(left: (&[usize], &[u32]), right: (&[usize], &[u32])) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let mut rest = right.0.iter().zip(right.1).peekable();
    for (row, &cluster) in left.0.iter().zip(left.1) {
        while rest.next_if(|&(other, _)| other < row).is_some() {}
        if let Some((_, &other)) = rest.next_if(|&(other, _)| other == row) {
            pairs.push((cluster, other));
        }
    }
    pairs
}

/// The finest level that is as stable as the most stable one. Coarse levels are often stable because they say little.
fn choose(stabilities: &[f64]) -> Option<usize> {
    let highest = stabilities.iter().copied().reduce(f64::max)?;
    stabilities.iter().position(|&stability| stability >= highest - TOLERANCE)
}

/// Partitions, the finest first, and the position of the chosen one. Without stabilities it is the finest.
fn joined(rows: &Matrix, pieces: &[u32], stabilities: &[f64]) -> (Vec<Partition>, usize) {
    let chosen = choose(stabilities).unwrap_or(0);
    let mut partitions: Vec<Partition> = Vec::new();
    let mut chosen_position = 0;
    for (level, groups) in join(rows.rows(), pieces).iter().enumerate() {
        let clusters = by_size(&of_members(groups, pieces));
        let joins_nothing = partitions.last().is_some_and(|finer| count(&finer.clusters) == count(&clusters));
        if !joins_nothing {
            let stability = stabilities.get(level).copied();
            partitions.push(Partition { similarity: SIMILARITIES[level], stability, clusters });
        }
        if level == chosen {
            chosen_position = partitions.len() - 1;
        }
    }
    (partitions, chosen_position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VECTOR_SIZE;

    #[test]
    fn the_finest_of_the_most_stable_is_chosen() {
        assert_eq!(choose(&[0.6, 0.7, 0.86, 0.9]), Some(2));
        assert_eq!(choose(&[0.8, 0.86, 0.87, 0.7, 0.9]), Some(1));
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn only_rows_of_both_samples_are_compared() {
        let pairs = of_both((&[1, 3, 5, 8], &[0, 1, 2, 3]), (&[0, 3, 4, 8, 9], &[9, 8, 7, 6, 5]));
        assert_eq!(pairs, [(1, 8), (3, 6)]);
    }

    #[test]
    fn levels_are_nested_and_left_out_where_they_join_nothing() {
        // Two pairs of clusters: within a pair the cosine is .8.
        let row = |first: usize, second: usize| {
            let mut row = vec![0.0; VECTOR_SIZE];
            row[first] = 0.8f32.sqrt();
            row[second] = 0.2f32.sqrt();
            row
        };
        let kinds = [row(0, 2), row(0, 3), row(1, 4), row(1, 5)];
        let rows: Matrix = (0..40).map(|index| kinds[index % 4].as_slice()).collect();
        let pieces: Vec<u32> = (0..40).map(|index| index % 4).collect();
        let mut means = [0.5; SIMILARITIES.len()];
        means[6] = 0.9;
        let (partitions, chosen) = joined(&rows, &pieces, &means);
        let hierarchy = Hierarchy::new(&partitions, chosen);
        assert_eq!(hierarchy.levels.iter().map(|level| level.clusters).collect::<Vec<_>>(), [4, 2]);
        assert_eq!(hierarchy.chosen, 1);
        assert_eq!(hierarchy.levels[0].parents, [0, 0, 1, 1]);
        assert!(hierarchy.levels[1].parents.is_empty());
        for leaf in 0..4 {
            assert_eq!(hierarchy.cluster_at(1, leaf), hierarchy.cluster_of(leaf));
        }
    }
}
