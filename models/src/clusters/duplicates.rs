//! Near-exact copies: one text, encoded in different company, has vectors that differ by rounding only.

use crate::VECTOR_SIZE;
use crate::encoder::dot;
use crate::random::mixed;
use crate::train::Matrix;

/// Euclidean distance of unit vectors up to which they are copies: a cosine of .99999.
const LARGEST_DISTANCE: f32 = 0.005;
/// Vectors are compared in full only if they are near in this many random directions.
const DIRECTIONS: usize = 3;
/// A difference's share in a random direction is about its length over the root of the dimensions, which is 19.6;
/// copies lie within six times that.
const LARGEST_GAP: f32 = LARGEST_DISTANCE * 6.0 / 19.6;

/// Which rows are copies of which.
pub struct Joined {
    /// One row of each set of copies. Their order depends on the vectors and not on the order of the rows, so that what
    /// is made of them does not change with ids, nor with copies that come before their original.
    pub originals: Vec<usize>,
    /// For every row, the position of its original in `originals`.
    pub original_of: Vec<u32>,
}

impl Joined {
    /// For every row, how many rows are copies of it, itself included.
    pub fn copies(&self) -> Vec<u32> {
        let mut counts = vec![0; self.originals.len()];
        self.original_of.iter().for_each(|&original| counts[original as usize] += 1);
        self.original_of.iter().map(|&original| counts[original as usize]).collect()
    }
}

/// Join near-exact copies. Rows are sorted by their share in one random direction, so that few have to be compared.
pub fn join(vectors: &Matrix) -> Joined {
    let directions = directions();
    let shares: Vec<[f32; DIRECTIONS]> =
        vectors.rows().map(|row| std::array::from_fn(|direction| dot(row, &directions[direction]))).collect();
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.sort_unstable_by(|&left, &right| shares[left][0].total_cmp(&shares[right][0]).then(left.cmp(&right)));

    // Rows that are no copies of an earlier one, in the sorted order.
    let mut originals: Vec<usize> = Vec::new();
    let mut original_of = vec![0; vectors.len()];
    let mut first_near = 0;
    for &row in &order {
        while originals.get(first_near).is_some_and(|&other| shares[row][0] - shares[other][0] > LARGEST_GAP) {
            first_near += 1;
        }
        let copied =
            (first_near..originals.len()).rev().find(|&near| are_copies(vectors, &shares, originals[near], row));
        original_of[row] = copied.unwrap_or_else(|| {
            originals.push(row);
            originals.len() - 1
        }) as u32;
    }
    Joined { originals, original_of }
}

fn are_copies(vectors: &Matrix, shares: &[[f32; DIRECTIONS]], left: usize, right: usize) -> bool {
    let are_near = shares[left].iter().zip(&shares[right]).all(|(left, right)| (left - right).abs() <= LARGEST_GAP);
    if !are_near {
        return false;
    }
    let differences = vectors.row(left).iter().zip(vectors.row(right)).map(|(left, right)| left - right);
    differences.map(|difference| difference * difference).sum::<f32>() <= LARGEST_DISTANCE * LARGEST_DISTANCE
}

/// Of length 1, with all numbers of one size and random signs.
fn directions() -> [Vec<f32>; DIRECTIONS] {
    let size = 1.0 / (VECTOR_SIZE as f32).sqrt();
    std::array::from_fn(|direction| {
        let sign = |index: usize| if mixed(direction as u64, index as u64).is_multiple_of(2) { size } else { -size };
        (0..VECTOR_SIZE).map(sign).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::normalise;

    fn random_row(seed: u64) -> Vec<f32> {
        let mut row: Vec<f32> =
            (0..VECTOR_SIZE).map(|index| (mixed(seed, index as u64) % 1000) as f32 / 500.0 - 1.0).collect();
        normalise(&mut row);
        row
    }

    #[test]
    fn copies_are_joined_in_spite_of_rounding() {
        let mut rows: Vec<Vec<f32>> = (0..40).map(|index| random_row(index % 10)).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            row.iter_mut().for_each(|value| *value += 1e-6 * (index % 3) as f32);
        }
        let joined = join(&rows.iter().map(Vec::as_slice).collect());
        assert_eq!(joined.originals.len(), 10);
        for (row, &original) in joined.original_of.iter().enumerate() {
            assert_eq!(joined.originals[original as usize] % 10, row % 10);
        }
        assert_eq!(joined.copies(), vec![4; 40]);
    }

    #[test]
    fn the_order_of_originals_is_that_of_their_vectors() {
        let rows: Vec<Vec<f32>> = (0..20).map(random_row).collect();
        let originals = |order: &[usize]| -> Vec<usize> {
            let joined = join(&order.iter().map(|&row| rows[row].as_slice()).collect());
            joined.originals.iter().map(|&position| order[position]).collect()
        };
        let forwards: Vec<usize> = (0..20).collect();
        let backwards: Vec<usize> = (0..20).rev().collect();
        assert_eq!(originals(&forwards), originals(&backwards));
    }

    #[test]
    fn like_is_not_the_same() {
        let near = random_row(1);
        let mut other = near.clone();
        other[0] += 0.02;
        normalise(&mut other);
        let joined = join(&[near.as_slice(), other.as_slice()].into_iter().collect());
        assert_eq!(joined.originals.len(), 2);
    }
}
