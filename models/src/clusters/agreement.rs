//! How far two partitions of the same things agree.

use std::collections::BTreeMap;

/// How many things lie in each pair of a group on the left and a group on the right.
#[derive(Debug, Clone)]
pub struct Contingency {
    pub things: u64,
    pub left: BTreeMap<u32, u64>,
    pub right: BTreeMap<u32, u64>,
    pub both: BTreeMap<(u32, u32), u64>,
}

impl Contingency {
    /// The group of each thing, in both partitions.
    pub fn new(pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut counted = Self { things: 0, left: BTreeMap::new(), right: BTreeMap::new(), both: BTreeMap::new() };
        for (left, right) in pairs {
            counted.things += 1;
            *counted.left.entry(left).or_default() += 1;
            *counted.right.entry(right).or_default() += 1;
            *counted.both.entry((left, right)).or_default() += 1;
        }
        counted
    }

    /// Adjusted Rand index (Hubert and Arabie 1985): the share of pairs of things on which both agree whether they lie
    /// together, rescaled so that chance gives 0 and equal partitions give 1. It can be below 0.
    pub fn adjusted_rand_index(&self) -> f64 {
        let pairs_within = |sizes: &mut dyn Iterator<Item = &u64>| sizes.map(|&size| pairs(size)).sum::<f64>();
        let together = pairs_within(&mut self.both.values());
        let left = pairs_within(&mut self.left.values());
        let right = pairs_within(&mut self.right.values());
        let expected = left * right / pairs(self.things).max(1.0);
        let highest = (left + right) / 2.0;
        if highest == expected {
            // Both put everything together, or everything apart.
            return 1.0;
        }
        (together - expected) / (highest - expected)
    }
}

fn pairs(things: u64) -> f64 {
    things as f64 * (things as f64 - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ari(left: &[u32], right: &[u32]) -> f64 {
        Contingency::new(left.iter().copied().zip(right.iter().copied())).adjusted_rand_index()
    }

    #[test]
    fn by_hand() {
        // Cells 2, 1, 1, 2; together 2 pairs, left 6, right 6 of 15 pairs: (2 - 2.4) / (6 - 2.4).
        assert!((ari(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 0, 1, 1]) + 0.4 / 3.6).abs() < 1e-12);
        // Cells 2, 1, 3: together 4, left 6, right 4 of 15: (4 - 1.6) / (5 - 1.6).
        assert!((ari(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 2, 2, 2]) - 2.4 / 3.4).abs() < 1e-12);
    }

    #[test]
    fn trivial_partitions() {
        assert_eq!(ari(&[], &[]), 1.0);
        assert_eq!(ari(&[4], &[2]), 1.0);
        assert_eq!(ari(&[0, 0, 0], &[7, 7, 7]), 1.0);
        assert_eq!(ari(&[0, 1, 2], &[2, 0, 1]), 1.0);
        assert_eq!(ari(&[0, 0, 0], &[0, 1, 2]), 0.0);
    }

    proptest! {
        #[test]
        fn names_of_groups_do_not_matter(pairs in proptest::collection::vec((0u32..5, 0u32..5), 0..60)) {
            let (left, right): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            let renamed: Vec<u32> = left.iter().map(|group| 9 - group).collect();
            prop_assert!((ari(&left, &left) - 1.0).abs() < 1e-12);
            prop_assert!((ari(&left, &right) - ari(&renamed, &right)).abs() < 1e-12);
            prop_assert!((ari(&left, &right) - ari(&right, &left)).abs() < 1e-12);
            prop_assert!(ari(&left, &right) <= 1.0 + 1e-12);
        }
    }
}
