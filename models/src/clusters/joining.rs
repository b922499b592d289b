use crate::VECTOR_SIZE;
use crate::encoder::dot;

/// Levels at which clusters are joined: as long as two are that similar to each other, measured by how similar the
/// members of the looser one are among themselves. 1 joins only what is no looser together than apart.
pub const SIMILARITIES: [f64; 17] =
    [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2];

/// Members that are less similar than this are not similar, so a cluster of one is joined to whatever is near.
const LEAST_SIMILARITY_WITHIN: f64 = 1e-3;

/// What is known of clusters while they are joined: products of the sums of their members give the mean cosine of the
/// pairs between them and within them.
struct Clusters {
    count: usize,
    /// Count x count: product of the sums over two clusters' members.
    products: Vec<f64>,
    sizes: Vec<f64>,
    /// Sum of the squared lengths of the members, which have length 1 or 0.
    squares: Vec<f64>,
    /// What each cluster has been joined to, itself at first.
    joined_to: Vec<usize>,
}

/// Join clusters step by step, always the two that are the most similar (average linkage on cosines, relative to the
/// looser cluster). For each of [`SIMILARITIES`], the group of each cluster.
///
/// Modularity likes clusters of one size, and cuts what many customers say into pieces. Pieces are similar, and become
/// one again before anything else is joined.
pub fn join<'a>(rows: impl Iterator<Item = &'a [f32]>, clusters: &[u32]) -> Vec<Vec<u32>> {
    let mut clusters = Clusters::new(rows, clusters);
    let mut levels = Vec::with_capacity(SIMILARITIES.len());
    while levels.len() < SIMILARITIES.len() {
        let next = clusters.most_similar();
        let similarity = next.map_or(f64::NEG_INFINITY, |(similarity, _, _)| similarity);
        while levels.len() < SIMILARITIES.len() && similarity < SIMILARITIES[levels.len()] {
            levels.push(clusters.groups());
        }
        if let Some((_, left, right)) = next {
            clusters.join(left, right);
        }
    }
    levels
}

impl Clusters {
    fn new<'a>(rows: impl Iterator<Item = &'a [f32]>, clusters: &[u32]) -> Self {
        let count = clusters.iter().max().map_or(0, |&highest| highest as usize + 1);
        let mut sums = vec![[0.0f32; VECTOR_SIZE]; count];
        let mut sizes = vec![0.0; count];
        let mut squares = vec![0.0; count];
        for (row, &cluster) in rows.zip(clusters) {
            let cluster = cluster as usize;
            sums[cluster].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            sizes[cluster] += 1.0;
            squares[cluster] += f64::from(dot(row, row));
        }
        let pairs = (0..count).flat_map(|left| (0..count).map(move |right| (left, right)));
        let products = pairs.map(|(left, right)| f64::from(dot(&sums[left], &sums[right]))).collect();
        Self { count, products, sizes, squares, joined_to: (0..count).collect() }
    }

    fn product(&self, left: usize, right: usize) -> f64 {
        self.products[left * self.count + right]
    }

    /// Mean cosine of the pairs of members.
    fn similarity_within(&self, cluster: usize) -> f64 {
        let ordered_pairs = self.sizes[cluster] * (self.sizes[cluster] - 1.0);
        let sum = self.product(cluster, cluster) - self.squares[cluster];
        (sum / ordered_pairs.max(1.0)).max(LEAST_SIMILARITY_WITHIN)
    }

    /// Their similarity and the two, the smaller number first; none where there is one cluster only.
    fn most_similar(&self) -> Option<(f64, usize, usize)> {
        let left_over: Vec<(usize, f64)> = (0..self.count)
            .filter(|&cluster| self.joined_to[cluster] == cluster)
            .map(|cluster| (cluster, self.similarity_within(cluster)))
            .collect();
        let mut best: Option<(f64, usize, usize)> = None;
        for (position, &(left, within_left)) in left_over.iter().enumerate() {
            for &(right, within_right) in &left_over[position + 1..] {
                let between = self.product(left, right) / (self.sizes[left] * self.sizes[right]);
                let similarity = between / within_left.min(within_right);
                if best.is_none_or(|(highest, _, _)| similarity > highest) {
                    best = Some((similarity, left, right));
                }
            }
        }
        best
    }

    fn join(&mut self, left: usize, right: usize) {
        for other in 0..self.count {
            self.products[left * self.count + other] += self.product(right, other);
        }
        for other in 0..self.count {
            self.products[other * self.count + left] += self.product(other, right);
        }
        self.sizes[left] += self.sizes[right];
        self.squares[left] += self.squares[right];
        self.joined_to[right] = left;
    }

    /// The group of every cluster.
    fn groups(&self) -> Vec<u32> {
        let group_of = |mut cluster: usize| {
            while self.joined_to[cluster] != cluster {
                cluster = self.joined_to[cluster];
            }
            cluster as u32
        };
        (0..self.count).map(group_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::normalise;
    use crate::train::Matrix;

    /// Ten rows around a direction, each with a number of its own, so that their cosines are about 1 / (1 + spread²).
    fn around(direction: &[(usize, f32)], spread: f32, first: usize) -> Vec<Vec<f32>> {
        let row = |own: usize| {
            let mut row = vec![0.0; VECTOR_SIZE];
            direction.iter().for_each(|&(index, value)| row[index] = value);
            row[own] = spread;
            normalise(&mut row);
            row
        };
        (first..first + 10).map(row).collect()
    }

    #[test]
    fn pieces_of_a_loose_cluster_are_joined_before_close_ones() {
        // Two halves of one loose cluster; two tight clusters with more in common than those, and yet apart.
        let rows: Matrix = [
            around(&[(0, 1.0)], 2.0, 100),
            around(&[(0, 1.0)], 2.0, 110),
            around(&[(1, 0.8), (2, 0.6)], 0.1, 120),
            around(&[(1, 0.8), (3, 0.6)], 0.1, 130),
        ]
        .concat()
        .iter()
        .map(Vec::as_slice)
        .collect();
        let clusters: Vec<u32> = (0..40).map(|row| row / 10).collect();
        let levels = join(rows.rows(), &clusters);
        assert_eq!(levels.len(), SIMILARITIES.len());
        let at = |similarity: f64| {
            let level = SIMILARITIES.iter().position(|&level| level == similarity);
            &levels[level.expect("a level")]
        };
        assert_eq!(at(0.9), &[0, 0, 2, 3]);
        assert_eq!(at(0.6), &[0, 0, 2, 2]);
        assert_eq!(at(0.2), &[0, 0, 2, 2], "what has nothing in common stays apart");
    }

    #[test]
    fn no_cluster_and_one_cluster() {
        assert!(join(std::iter::empty(), &[]).iter().all(Vec::is_empty));
        let zeros = [0.0; VECTOR_SIZE];
        assert_eq!(join([zeros.as_slice()].into_iter(), &[0])[3], [0]);
    }
}
