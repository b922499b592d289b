use leiden_rs::{GraphData, Leiden, LeidenConfig, QualityType};

use super::graph::of_leiden;
use crate::Result;

/// Runs that start from each other's result; a third one gains nothing any more.
const RUNS: u64 = 2;

/// Communities of a graph by Leiden (Traag, Waltman and van Eck 2019, doi 10.1038/s41598-019-41695-z) on modularity with a
/// resolution (Reichardt and Bornholdt 2006): the higher, the smaller the communities.
///
/// One number per node. Communities are connected and numbered by size, the largest first.
///
/// # Errors
/// The resolution is no positive number.
pub fn communities(graph: &GraphData, resolution: f64, seed: u64) -> Result<Vec<u32>> {
    let mut partition = None;
    for run in 0..RUNS {
        let config = LeidenConfig::builder()
            .quality(QualityType::RBConfiguration)
            .resolution(resolution)
            .seed(seed.wrapping_add(run))
            .build();
        let leiden = Leiden::new(config);
        let output = match partition {
            None => leiden.run(graph),
            Some(partition) => leiden.run_with_initial_partition(graph, partition),
        };
        partition = Some(output.map_err(of_leiden)?.partition);
    }
    let community_of = |node| partition.as_ref().map_or(0, |partition| partition.community_of(node));
    let communities: Vec<usize> = (0..graph.node_count()).map(community_of).collect();
    Ok(by_size(&connected(graph, &communities)))
}

/// The connected parts of each community, each with a number of its own: the library's refinement lets a node leave a
/// community that it held together.
fn connected(graph: &GraphData, communities: &[usize]) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let mut parts = vec![UNSEEN; communities.len()];
    let mut found = 0;
    let mut waiting = Vec::new();
    for start in 0..communities.len() {
        if parts[start] != UNSEEN {
            continue;
        }
        parts[start] = found;
        waiting.push(start);
        while let Some(node) = waiting.pop() {
            for (other, _) in graph.neighbors(node) {
                if parts[other] == UNSEEN && communities[other] == communities[start] {
                    parts[other] = found;
                    waiting.push(other);
                }
            }
        }
        found += 1;
    }
    parts
}

/// The same groups, numbered by size; equal ones by their first member.
pub fn by_size(groups: &[u32]) -> Vec<u32> {
    let count = groups.iter().max().map_or(0, |&highest| highest as usize + 1);
    let mut sizes = vec![0usize; count];
    let mut first_members = vec![usize::MAX; count];
    for (member, &group) in groups.iter().enumerate() {
        sizes[group as usize] += 1;
        first_members[group as usize] = first_members[group as usize].min(member);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by_key(|&group| (std::cmp::Reverse(sizes[group]), first_members[group]));
    let mut numbers = vec![0; count];
    order.iter().enumerate().for_each(|(number, &group)| numbers[group] = number as u32);
    groups.iter().map(|&group| numbers[group as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::agreement::Contingency;
    use super::super::graph::Graph;
    use super::*;
    use crate::random::mixed;

    fn cliques(count: u32, size: u32) -> impl Iterator<Item = (u32, u32)> {
        (0..count).flat_map(move |clique| {
            let first = clique * size;
            (first..first + size).flat_map(move |left| (left + 1..first + size).map(move |right| (left, right)))
        })
    }

    #[test]
    fn a_ring_of_cliques_falls_into_its_cliques() {
        let (count, size) = (12, 5);
        let ring = (0..count).map(|clique| (clique * size, (clique + 1) % count * size + 1));
        let graph = Graph::of_edges((count * size) as usize, cliques(count, size).chain(ring));
        let graph = graph.for_leiden().expect("a graph");
        for seed in 0..5 {
            let found = communities(&graph, 1.0, seed).expect("communities");
            let expected: Vec<u32> = (0..count * size).map(|node| node / size).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_planted_partition_is_found_again() {
        let (groups, size) = (10u64, 60u64);
        let nodes = groups * size;
        let drawn = |left: u64, right: u64| mixed(left, right) % 1000;
        let is_edge = |left, right| drawn(left, right) < if left / size == right / size { 200 } else { 10 };
        let edges = (0..nodes).flat_map(|left| (left + 1..nodes).map(move |right| (left, right)));
        let edges =
            edges.filter(|&(left, right)| is_edge(left, right)).map(|(left, right)| (left as u32, right as u32));
        let graph = Graph::of_edges(nodes as usize, edges).for_leiden().expect("a graph");
        let found = communities(&graph, 1.0, 1).expect("communities");
        let planted = (0..nodes).map(|node| (node / size) as u32);
        let agreement = Contingency::new(planted.zip(found.iter().copied())).adjusted_rand_index();
        assert!(agreement > 0.99, "{agreement}");
        assert_eq!(communities(&graph, 1.0, 1).expect("communities"), found);
    }

    #[test]
    fn a_higher_resolution_gives_smaller_communities() {
        let bridges = (0..6).map(|pair| (pair * 8, pair * 8 + 4));
        let graph = Graph::of_edges(48, cliques(12, 4).chain(bridges)).for_leiden().expect("a graph");
        let count = |resolution| communities(&graph, resolution, 1).expect("communities").into_iter().max();
        assert!(count(0.2) < count(2.0), "{:?} {:?}", count(0.2), count(2.0));
    }

    #[test]
    fn graphs_without_edges_or_nodes() {
        let alone = Graph::of_edges(3, []).for_leiden().expect("a graph");
        assert_eq!(communities(&alone, 1.0, 1).expect("communities"), [0, 1, 2]);
        let nothing = Graph::of_edges(0, []).for_leiden().expect("a graph");
        assert!(communities(&nothing, 1.0, 1).expect("communities").is_empty());
    }

    #[test]
    fn what_is_not_connected_is_no_community() {
        let graph = Graph::of_edges(5, [(0, 1), (2, 3), (3, 4)]).for_leiden().expect("a graph");
        assert_eq!(by_size(&connected(&graph, &[0, 0, 0, 0, 0])), [1, 1, 0, 0, 0]);
    }
}
