use leiden_rs::{GraphData, GraphDataBuilder, LeidenError};

use super::neighbours::Neighbours;
use crate::{Error, Result};

/// An undirected, weighted graph; each edge is there once.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: usize,
    edges: Vec<Edge>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Edge {
    left: u32,
    right: u32,
    weight: f32,
}

impl Graph {
    /// Every row and its `count` nearest neighbours: the first of them adds 1 to the weight, the second 1/2, the third
    /// 1/3 and so on, seen from both ends.
    pub fn of_neighbours(neighbours: &Neighbours, count: usize) -> Self {
        let rows = 0..neighbours.rows();
        Self::of_ranked(neighbours.rows(), rows.map(|row| neighbours.of(row).iter().copied().take(count)))
    }

    /// The same for the rows at `drawn`, ascending, among themselves; nodes are positions in `drawn`.
    pub fn of_drawn(neighbours: &Neighbours, count: usize, drawn: &[usize]) -> Self {
        const NOT_DRAWN: u32 = u32::MAX;
        let mut position_of = vec![NOT_DRAWN; neighbours.rows()];
        drawn.iter().enumerate().for_each(|(position, &row)| position_of[row] = position as u32);
        let among_drawn = |&row: &usize| {
            let positions = neighbours.of(row).iter().map(|&other| position_of[other as usize]);
            positions.filter(|&position| position != NOT_DRAWN).take(count)
        };
        Self::of_ranked(drawn.len(), drawn.iter().map(among_drawn))
    }

    fn of_ranked<I: IntoIterator<Item = u32>>(nodes: usize, neighbours: impl Iterator<Item = I>) -> Self {
        let mut edges = Vec::new();
        for (node, others) in neighbours.enumerate() {
            let node = node as u32;
            for (rank, other) in others.into_iter().enumerate() {
                let weight = 1.0 / (rank + 1) as f32;
                edges.push(Edge { left: node.min(other), right: node.max(other), weight });
            }
        }
        edges.sort_unstable_by_key(|edge| (edge.left, edge.right));
        edges.dedup_by(|second, first| {
            let is_the_same = (second.left, second.right) == (first.left, first.right);
            if is_the_same {
                first.weight += second.weight;
            }
            is_the_same
        });
        Self { nodes, edges }
    }

    pub fn for_leiden(&self) -> Result<GraphData> {
        let mut builder = GraphDataBuilder::new(self.nodes);
        for edge in &self.edges {
            builder.add_edge(edge.left as usize, edge.right as usize, f64::from(edge.weight)).map_err(of_leiden)?;
        }
        builder.build().map_err(of_leiden)
    }

    #[cfg(test)]
    pub fn of_edges(nodes: usize, edges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let edges = edges.into_iter().map(|(left, right)| Edge { left, right, weight: 1.0 });
        Self { nodes, edges: edges.collect() }
    }
}

pub fn of_leiden(error: LeidenError) -> Error {
    Error::Clustering(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::DiscoveryOptions;
    use super::super::neighbours::nearest;
    use super::*;
    use crate::VECTOR_SIZE;
    use crate::encoder::normalise;
    use crate::train::Matrix;

    /// On a quarter of a circle, at these degrees.
    fn at(degrees: &[f32]) -> Matrix {
        let mut rows = Matrix::default();
        for angle in degrees {
            let mut row = vec![0.0; VECTOR_SIZE];
            row[0] = angle.to_radians().cos();
            row[1] = angle.to_radians().sin();
            normalise(&mut row);
            rows.push(&row);
        }
        rows
    }

    fn edge(left: u32, right: u32, weight: f32) -> Edge {
        Edge { left, right, weight }
    }

    #[test]
    fn nearer_neighbours_weigh_more_and_both_ends_count() {
        let neighbours = nearest(&at(&[0.0, 10.0, 30.0, 90.0]), 2, &DiscoveryOptions::default()).expect("neighbours");
        let graph = Graph::of_neighbours(&neighbours, 2);
        let expected = [edge(0, 1, 2.0), edge(0, 2, 1.0), edge(1, 2, 1.5), edge(1, 3, 0.5), edge(2, 3, 1.0)];
        assert_eq!(graph.edges, expected);
        let nearest_only = Graph::of_neighbours(&neighbours, 1);
        assert_eq!(nearest_only.edges, [edge(0, 1, 2.0), edge(1, 2, 1.0), edge(2, 3, 1.0)]);
        let drawn = Graph::of_drawn(&neighbours, 1, &[0, 2, 3]);
        assert_eq!(drawn.edges, [edge(0, 1, 2.0), edge(1, 2, 1.0)]);
    }
}
