use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use pathfinding::prelude::{Matrix as Weights, kuhn_munkres};

use super::Transform;
use crate::encoder::dot;
use crate::heads::sigmoid;
use crate::train::Matrix;

/// The likeness of two centres counts as that many members would: it decides where few or none are shared.
const MEMBERS_PER_LIKENESS: f64 = 5.0;
/// Probability that two centres are of one subject: the sigmoid of a line over their cosine, one half at a cosine of
/// .7. Of halves of a class's texts, 30 each, 1 to 5 % are less alike than that; of classes beside the one that is most
/// like them, 5 to 20 % are more alike (classes of Banking77, MASSIVE-de and MobASA). At .6, discoveries that share no
/// mention continue 13 clusters rightly that they would not, and 19 wrongly (`klartext-eval clusters --drift`).
const SLOPE: f32 = 20.0;
const EVEN_AT: f32 = 0.7;
/// A cluster goes on in another, or comes out of it, when at least this share of its members is there too.
const MOST: f64 = 0.5;
/// What has less in common with a cluster than this share of the cluster cannot stand for it.
const LEAST: f64 = 0.1;

/// How many members of a known cluster a discovery found in one of its clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMembers {
    /// Position among the known ones.
    pub known: usize,
    /// Position among the found ones.
    pub found: usize,
    /// More than 0. Each pair comes once at most.
    pub count: usize,
}

impl SharedMembers {
    /// From one pair of positions, (known, found), for each member that is in both.
    pub fn count(members: impl IntoIterator<Item = (usize, usize)>) -> Vec<Self> {
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        members.into_iter().for_each(|pair| *counts.entry(pair).or_default() += 1);
        counts.into_iter().map(|((known, found), count)| Self { known, found, count }).collect()
    }

    /// Those of clusters that are given by their members; in one discovery a member is in one cluster.
    pub fn between<'a, M: Eq + Hash + 'a>(
        known: impl IntoIterator<Item = &'a [M]>,
        found: impl IntoIterator<Item = &'a [M]>,
    ) -> Vec<Self> {
        let mut found_in: HashMap<&M, usize> = HashMap::new();
        for (position, members) in found.into_iter().enumerate() {
            found_in.extend(members.iter().map(|member| (member, position)));
        }
        let known = known.into_iter().enumerate();
        let members = known.flat_map(|(position, members)| members.iter().map(move |member| (position, member)));
        Self::count(members.filter_map(|(position, member)| Some((position, *found_in.get(member)?))))
    }
}

/// Where a found cluster comes from. Positions are those of known clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is this one.
    Continues(usize),
    /// It was a part of this one, which another found cluster continues.
    PartOf(usize),
    Born,
}

/// What became of a known cluster. Positions are those of found clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// This one is it, though parts may have gone: see [`Origin::PartOf`].
    Continues(usize),
    /// Most of it is in this one, which continues another, or is new: of many small ones together, none stands for it.
    Joined(usize),
    Ended,
}

/// Which found cluster is which known one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// One per found cluster.
    pub origins: Vec<Origin>,
    /// One per known cluster.
    pub fates: Vec<Fate>,
}

/// Recognise known clusters among found ones, one to one, so that as many members as possible stay where they were: the
/// optimal assignment (Kuhn 1955, Munkres 1957) on shared members, to which the likeness of the centres adds as a few
/// members would. Where no member is shared, as when a window of time has moved on, the centres decide alone.
///
/// Centres are means of members' vectors as the encoder gives them, one a row; `transform` is that of the discovery, so
/// that they are compared as its vectors are. Shared members are those that both discoveries saw; what a cluster shares
/// with none does not count against it. Time grows with the cube: a few thousand clusters at most.
pub fn match_clusters(known: &Matrix, found: &Matrix, shared: &[SharedMembers], transform: &Transform) -> Matching {
    let pairs = Pairs::new(known, found, shared, transform);
    let mut matching = Matching { origins: vec![Origin::Born; found.len()], fates: vec![Fate::Ended; known.len()] };
    for (known, found) in pairs.assigned() {
        matching.origins[found] = Origin::Continues(known);
        matching.fates[known] = Fate::Continues(found);
    }
    let is_continued = |known: &usize| matches!(matching.fates[*known], Fate::Continues(_));
    let parts: Vec<Option<usize>> = (0..found.len())
        .map(|found| {
            let wholes = (0..known.len()).filter(is_continued).filter(|&known| pairs.get(known, found).is_part());
            wholes.max_by(|&left, &right| pairs.get(left, found).common.total_cmp(&pairs.get(right, found).common))
        })
        .collect();
    for (origin, part_of) in matching.origins.iter_mut().zip(parts) {
        if let (Origin::Born, Some(whole)) = (*origin, part_of) {
            *origin = Origin::PartOf(whole);
        }
    }
    for (known, fate) in matching.fates.iter_mut().enumerate().filter(|(_, fate)| **fate == Fate::Ended) {
        let joined = (0..found.len()).filter(|&found| pairs.get(known, found).is_joined());
        let most =
            joined.max_by(|&left, &right| pairs.get(known, left).common.total_cmp(&pairs.get(known, right).common));
        if let Some(found) = most {
            *fate = Fate::Joined(found);
        }
    }
    matching
}

/// A known and a found cluster.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    /// Shared members, and those that the likeness stands for.
    common: f64,
    /// `common` as a share of the known cluster's members that were seen again, and of the found one's that were known.
    of_known: f64,
    of_found: f64,
}

impl Pair {
    /// May one be the other?
    fn may_be_one(&self) -> bool {
        self.of_known.max(self.of_found) >= MOST && self.of_known.min(self.of_found) >= LEAST
    }

    /// Was the found one a part of the known one?
    fn is_part(&self) -> bool {
        self.of_found >= MOST && self.of_known >= LEAST
    }

    /// Is the known one in the found one?
    fn is_joined(&self) -> bool {
        self.of_known >= MOST
    }
}

struct Pairs {
    known: usize,
    found: usize,
    /// Known x found.
    pairs: Vec<Pair>,
}

impl Pairs {
    fn new(known: &Matrix, found: &Matrix, shared: &[SharedMembers], transform: &Transform) -> Self {
        let mut seen_again = vec![0.0; known.len()];
        let mut were_known = vec![0.0; found.len()];
        let mut counts = vec![0.0; known.len() * found.len()];
        for SharedMembers { known, found: position, count } in shared {
            seen_again[*known] += *count as f64;
            were_known[*position] += *count as f64;
            counts[known * found.len() + position] += *count as f64;
        }
        let transformed = |centres: &Matrix| {
            let mut centres = centres.clone();
            centres.rows_mut().for_each(|centre| transform.apply(centre));
            centres
        };
        let (known_centres, found_centres) = (transformed(known), transformed(found));
        let positions = (0..known.len()).flat_map(|known| (0..found.len()).map(move |found| (known, found)));
        let pair = |((known, found), count): ((usize, usize), f64)| {
            let cosine = dot(known_centres.row(known), found_centres.row(found));
            let likeness = f64::from(sigmoid(SLOPE * (cosine - EVEN_AT)));
            let common = count + MEMBERS_PER_LIKENESS * likeness;
            Pair {
                common,
                of_known: common / (seen_again[known] + MEMBERS_PER_LIKENESS),
                of_found: common / (were_known[found] + MEMBERS_PER_LIKENESS),
            }
        };
        Self { known: known.len(), found: found.len(), pairs: positions.zip(counts).map(pair).collect() }
    }

    fn get(&self, known: usize, found: usize) -> Pair {
        self.pairs[known * self.found + found]
    }

    /// Positions of known and found clusters that are one, such that most is kept.
    fn assigned(&self) -> Vec<(usize, usize)> {
        /// The library counts in whole numbers.
        const PER_MEMBER: f64 = 1_000.0;
        if self.pairs.is_empty() {
            return Vec::new();
        }
        let kept = |known: usize, found: usize| {
            let pair = self.get(known, found);
            if pair.may_be_one() { (pair.common * PER_MEMBER).round() as i64 } else { 0 }
        };
        // The library wants no more rows than columns.
        let assigned: Vec<(usize, usize)> = if self.known <= self.found {
            let kept = Weights::from_fn(self.known, self.found, |(known, found)| kept(known, found));
            kuhn_munkres(&kept).1.into_iter().enumerate().collect()
        } else {
            let kept = Weights::from_fn(self.found, self.known, |(found, known)| kept(known, found));
            kuhn_munkres(&kept).1.into_iter().enumerate().map(|(found, known)| (known, found)).collect()
        };
        assigned.into_iter().filter(|&(known, found)| self.get(known, found).may_be_one()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VECTOR_SIZE;

    /// Subjects that are unlike each other, and a transform that takes out what they share.
    struct World {
        centres: Matrix,
        transform: Transform,
    }

    impl World {
        fn new(subjects: usize) -> Self {
            let centre = |subject: usize| {
                let mut centre = vec![0.0; VECTOR_SIZE];
                centre[0] = 0.9;
                centre[subject + 1] = 0.4;
                centre
            };
            let mut centres = Matrix::default();
            (0..subjects).for_each(|subject| centres.push(&centre(subject)));
            Self { transform: Transform::fit(&centres, &[0.0; VECTOR_SIZE]), centres }
        }

        /// Subjects of known and of found clusters, and what they share as (known, found, count).
        fn matched(&self, known: &[usize], found: &[usize], shared: &[(usize, usize, usize)]) -> Matching {
            let (known, found) = (self.centres.select(known), self.centres.select(found));
            let of_counts = |&(known, found, count): &(usize, usize, usize)| SharedMembers { known, found, count };
            match_clusters(&known, &found, &shared.iter().map(of_counts).collect::<Vec<_>>(), &self.transform)
        }
    }

    /// The found clusters that were parts of a known one, beside the one that continues it.
    fn parts_of(matching: &Matching, known: usize) -> Vec<usize> {
        let is_part = |found: &usize| matching.origins[*found] == Origin::PartOf(known);
        (0..matching.origins.len()).filter(is_part).collect()
    }

    #[test]
    fn shared_members_are_those_in_both() {
        let known: [&[char]; 2] = [&['a', 'b', 'c'], &['d']];
        let found: [&[char]; 3] = [&['x'], &['c', 'd', 'y'], &['b', 'a']];
        let shared = |known, found, count| SharedMembers { known, found, count };
        assert_eq!(SharedMembers::between(known, found), [shared(0, 1, 1), shared(0, 2, 2), shared(1, 1, 1)]);
    }

    #[test]
    fn members_decide_whatever_the_order() {
        let shared = [(0, 2, 40), (1, 0, 30), (1, 2, 3), (2, 1, 20)];
        let matching = World::new(6).matched(&[0, 1, 2], &[1, 2, 0, 5], &shared);
        assert_eq!(matching.origins, [Origin::Continues(1), Origin::Continues(2), Origin::Continues(0), Origin::Born]);
        assert_eq!(matching.fates, [Fate::Continues(2), Fate::Continues(0), Fate::Continues(1)]);
    }

    #[test]
    fn centres_decide_where_no_member_is_shared() {
        let matching = World::new(6).matched(&[0, 1, 2], &[2, 4, 0], &[]);
        assert_eq!(matching.origins, [Origin::Continues(2), Origin::Born, Origin::Continues(0)]);
        assert_eq!(matching.fates, [Fate::Continues(2), Fate::Ended, Fate::Continues(0)]);
    }

    #[test]
    fn the_larger_part_keeps_the_identity() {
        let matching = World::new(6).matched(&[0, 1], &[0, 0, 1], &[(0, 0, 35), (0, 1, 60), (1, 2, 50)]);
        assert_eq!(matching.origins, [Origin::PartOf(0), Origin::Continues(0), Origin::Continues(1)]);
        assert_eq!(parts_of(&matching, 0), [0]);
        assert_eq!(parts_of(&matching, 1).len(), 0);
    }

    #[test]
    fn the_smaller_one_joins_the_larger() {
        let matching = World::new(6).matched(&[0, 1, 2], &[0, 2], &[(0, 0, 60), (1, 0, 40), (2, 1, 9)]);
        assert_eq!(matching.fates, [Fate::Continues(0), Fate::Joined(0), Fate::Continues(1)]);
        assert_eq!(matching.origins, [Origin::Continues(0), Origin::Continues(2)]);
    }

    #[test]
    fn many_small_ones_join_what_none_of_them_stands_for() {
        let shared: Vec<_> = (0..12).map(|known| (known, 0, 9)).collect();
        let known: Vec<usize> = (1..13).collect();
        let matching = World::new(14).matched(&known, &[0], &shared);
        assert_eq!(matching.origins, [Origin::Born]);
        assert_eq!(matching.fates, [Fate::Joined(0); 12]);
    }

    #[test]
    fn a_few_that_wander_found_nothing() {
        // The new cluster took five of a hundred along, and is about something else.
        let matching = World::new(6).matched(&[0], &[0, 4], &[(0, 0, 95), (0, 1, 5)]);
        assert_eq!(matching.origins, [Origin::Continues(0), Origin::Born]);
        // What has gone altogether ends.
        let matching = World::new(6).matched(&[0, 3], &[0], &[(0, 0, 95)]);
        assert_eq!(matching.fates, [Fate::Continues(0), Fate::Ended]);
    }

    #[test]
    fn the_largest_of_many_small_parts_keeps_the_identity() {
        let shared: Vec<_> = (0..4).map(|found| (0, found, 20 + found)).collect();
        let matching = World::new(6).matched(&[0], &[1, 2, 3, 4], &shared);
        assert_eq!(matching.fates, [Fate::Continues(3)]);
        assert_eq!(parts_of(&matching, 0), [0, 1, 2]);
    }

    #[test]
    fn nothing_known_and_nothing_found() {
        let world = World::new(3);
        assert_eq!(world.matched(&[], &[0], &[]).origins, [Origin::Born]);
        assert_eq!(world.matched(&[0], &[], &[]).fates, [Fate::Ended]);
        assert!(world.matched(&[], &[], &[]).origins.is_empty());
    }
}
