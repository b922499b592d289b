use serde::{Deserialize, Serialize};

use super::agreement::Contingency;
use super::graph::Graph;
use super::leiden::{by_size, communities};
use super::neighbours::{Neighbours, nearest};
use super::parallel::in_parallel;
use super::random::mixed;
use super::sample;
use crate::Result;
use crate::train::Matrix;

/// Each makes about a third more clusters than the one before.
const RESOLUTIONS: [f64; 8] = [0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0];
/// Taken where there are too few mentions to say what is stable.
const RESOLUTION_OF_FEW: f64 = 1.0;
const FEW: usize = 50;

const MOST_NEIGHBOURS: usize = 30;
const FEWEST_NEIGHBOURS: usize = 5;

/// How stable a resolution is shows in this many samples of the data.
const SAMPLES: usize = 4;
const SAMPLED_SHARE: f64 = 0.8;
/// Of more mentions, so many stand for all while the level is chosen.
const MENTIONS_TO_CHOOSE: usize = 10_000;

/// Clusters at several resolutions, each inside one of the next coarser level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hierarchy {
    /// The finest first; its clusters are called leaves. Levels that split nothing further are left out.
    pub levels: Vec<Level>,
    /// Position of the level that people see.
    pub chosen: usize,
    /// For every leaf, its cluster at the chosen level.
    clusters: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub resolution: f64,
    /// How far the clusters of two samples agree at this resolution: mean adjusted Rand index, at most 1. None where
    /// there were too few mentions.
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
    fn new(partitions: Vec<Partition>, chosen: usize) -> Self {
        let count = |clusters: &[u32]| clusters.iter().max().map_or(0, |&highest| highest as usize + 1);
        let mut levels: Vec<Level> = Vec::new();
        for (position, partition) in partitions.iter().enumerate() {
            let mut parents = Vec::new();
            if let Some(coarser) = partitions.get(position + 1) {
                parents = vec![0; count(&partition.clusters)];
                for (&cluster, &parent) in partition.clusters.iter().zip(&coarser.clusters) {
                    parents[cluster as usize] = parent;
                }
            }
            let Partition { resolution, stability, ref clusters } = *partition;
            levels.push(Level { resolution, stability, clusters: count(clusters), parents });
        }
        let mut hierarchy = Self { levels, chosen, clusters: Vec::new() };
        let leaves = hierarchy.levels[0].clusters as u32;
        hierarchy.clusters = (0..leaves).map(|leaf| hierarchy.cluster_at(chosen, leaf)).collect();
        hierarchy
    }
}

/// The cluster of every mention at one resolution.
struct Partition {
    resolution: f64,
    stability: Option<f64>,
    clusters: Vec<u32>,
}

/// How far the samples agree at one resolution: mean and standard deviation over the pairs of samples.
#[derive(Debug, Clone, Copy)]
struct Stability {
    mean: f64,
    deviation: f64,
}

/// The hierarchy of transformed vectors, and the leaf of each.
pub fn find(rows: &Matrix, seed: u64, threads: usize) -> Result<(Hierarchy, Vec<u32>)> {
    let count = neighbours_of_each(rows.len());
    // Some neighbours are not drawn into a sample, and farther ones take their places.
    let count_to_choose = (count as f64 * 1.5 / SAMPLED_SHARE).ceil() as usize;
    let (neighbours, stabilities) = if rows.len() < FEW {
        (nearest(rows, count, threads)?, Vec::new())
    } else if rows.len() <= MENTIONS_TO_CHOOSE {
        let neighbours = nearest(rows, count_to_choose, threads)?;
        let stabilities = stabilities(&neighbours, count, seed, threads)?;
        (neighbours, stabilities)
    } else {
        let drawn = rows.select(&sample(rows.len(), MENTIONS_TO_CHOOSE, seed));
        let stabilities = stabilities(&nearest(&drawn, count_to_choose, threads)?, count, seed, threads)?;
        (nearest(rows, count, threads)?, stabilities)
    };
    let graph = Graph::of_neighbours(&neighbours, count);
    let (partitions, chosen) = nested(&graph, &stabilities, seed)?;
    let leaves = partitions[0].clusters.clone();
    Ok((Hierarchy::new(partitions, chosen), leaves))
}

/// The fewer mentions there are, the fewer of them are about the same.
fn neighbours_of_each(mentions: usize) -> usize {
    ((mentions as f64).sqrt() / 2.5).round().clamp(FEWEST_NEIGHBOURS as f64, MOST_NEIGHBOURS as f64) as usize
}

/// One per resolution.
fn stabilities(neighbours: &Neighbours, count: usize, seed: u64, threads: usize) -> Result<Vec<Stability>> {
    let rows = neighbours.rows();
    let sampled = (rows as f64 * SAMPLED_SHARE).round() as usize;
    let samples: Vec<Vec<usize>> =
        (0..SAMPLES).map(|number| sample(rows, sampled, mixed(seed, number as u64))).collect();
    let graphs =
        in_parallel(threads, SAMPLES, |number| Graph::of_drawn(neighbours, count, &samples[number]).for_leiden());
    let graphs = graphs.into_iter().collect::<Result<Vec<_>>>()?;
    // All samples of one resolution after the other: the fine ones take longest, so they come first.
    let found = in_parallel(threads, SAMPLES * RESOLUTIONS.len(), |task| {
        let resolution = RESOLUTIONS[RESOLUTIONS.len() - 1 - task / SAMPLES];
        communities(&graphs[task % SAMPLES], resolution, seed)
    });
    let found = found.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(found.chunks_exact(SAMPLES).rev().map(|clusters| stability(&samples, clusters)).collect())
}

fn stability(samples: &[Vec<usize>], clusters: &[Vec<u32>]) -> Stability {
    let mut agreements = Vec::new();
    for left in 0..samples.len() {
        for right in left + 1..samples.len() {
            let pairs = of_both((&samples[left], &clusters[left]), (&samples[right], &clusters[right]));
            agreements.push(Contingency::new(pairs).adjusted_rand_index());
        }
    }
    let mean = agreements.iter().sum::<f64>() / agreements.len() as f64;
    let variance = agreements.iter().map(|agreement| (agreement - mean).powi(2)).sum::<f64>() / agreements.len() as f64;
    Stability { mean, deviation: variance.sqrt() }
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

/// The finest resolution that is as stable as the most stable one, as far as the samples can tell: within one standard
/// deviation. Coarse levels are stable because they say little.
fn choose(stabilities: &[Stability]) -> Option<usize> {
    let most_stable = stabilities.iter().max_by(|left, right| left.mean.total_cmp(&right.mean))?;
    let least = most_stable.mean - most_stable.deviation;
    stabilities.iter().rposition(|stability| stability.mean >= least)
}

/// Partitions, the finest first, and the position of the chosen one.
///
/// The chosen level comes from the whole graph. Finer ones split its clusters, coarser ones join them.
fn nested(graph: &Graph, stabilities: &[Stability], seed: u64) -> Result<(Vec<Partition>, usize)> {
    let Some(chosen) = choose(stabilities) else {
        let clusters = communities(&graph.for_leiden()?, RESOLUTION_OF_FEW, seed)?;
        return Ok((vec![Partition { resolution: RESOLUTION_OF_FEW, stability: None, clusters }], 0));
    };
    let partition = |position: usize, clusters| Partition {
        resolution: RESOLUTIONS[position],
        stability: Some(stabilities[position].mean),
        clusters,
    };
    let mut coarse_to_fine = vec![partition(chosen, communities(&graph.for_leiden()?, RESOLUTIONS[chosen], seed)?)];
    let mut chosen_position = 0;
    for (position, &resolution) in RESOLUTIONS.iter().enumerate().skip(chosen + 1) {
        let coarser = &coarse_to_fine[coarse_to_fine.len() - 1].clusters;
        let finer = communities(&graph.within(coarser).for_leiden()?, resolution, seed)?;
        if finer.iter().max() > coarser.iter().max() {
            coarse_to_fine.push(partition(position, finer));
        }
    }
    for position in (0..chosen).rev() {
        let finer = &coarse_to_fine[0].clusters;
        let joined = communities(&graph.joined(finer).for_leiden()?, RESOLUTIONS[position], seed)?;
        let coarser = by_size(&finer.iter().map(|&cluster| joined[cluster as usize]).collect::<Vec<_>>());
        if coarser.iter().max() < finer.iter().max() {
            coarse_to_fine.insert(0, partition(position, coarser));
            chosen_position += 1;
        }
    }
    let position = coarse_to_fine.len() - 1 - chosen_position;
    coarse_to_fine.reverse();
    Ok((coarse_to_fine, position))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stabilities(means: &[f64]) -> Vec<Stability> {
        means.iter().map(|&mean| Stability { mean, deviation: 0.02 }).collect()
    }

    #[test]
    fn the_finest_of_the_most_stable_is_chosen() {
        assert_eq!(choose(&stabilities(&[0.9, 0.88, 0.7, 0.6])), Some(1));
        assert_eq!(choose(&stabilities(&[0.85, 0.7, 0.86, 0.86, 0.8])), Some(3));
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn only_rows_of_both_samples_are_compared() {
        let pairs = of_both((&[1, 3, 5, 8], &[0, 1, 2, 3]), (&[0, 3, 4, 8, 9], &[9, 8, 7, 6, 5]));
        assert_eq!(pairs, [(1, 8), (3, 6)]);
    }

    #[test]
    fn levels_are_nested() {
        // Four cliques of six in two pairs.
        let clique = |first: u32| {
            let pairs_of = move |left| (left + 1..first + 6).map(move |right| (left, right));
            (first..first + 6).flat_map(pairs_of)
        };
        let edges = [0, 6, 12, 18].into_iter().flat_map(clique);
        let between = [(0, 6), (1, 7), (2, 8), (12, 18), (13, 19), (14, 20), (3, 15)];
        let graph = Graph::of_edges(24, edges.chain(between));
        let (partitions, chosen) =
            nested(&graph, &stabilities(&[0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1]), 1).expect("levels");
        let hierarchy = Hierarchy::new(partitions, chosen);
        assert_eq!(hierarchy.levels[hierarchy.chosen].clusters, 4);
        let coarsest = hierarchy.levels.len() - 1;
        for leaf in 0..hierarchy.leaves() as u32 {
            assert!(hierarchy.cluster_at(coarsest, leaf) < hierarchy.levels[coarsest].clusters as u32);
            assert_eq!(hierarchy.cluster_at(hierarchy.chosen, leaf), hierarchy.cluster_of(leaf));
        }
        assert!(hierarchy.levels[coarsest].parents.is_empty());
    }
}
