use proptest::prelude::*;

use super::agreement::Contingency;
use super::*;
use crate::VECTOR_SIZE;
use crate::encoder::normalise;
use crate::random::mixed;

/// Numbers between -1 and 1.
pub(super) fn noise(seed: u64) -> impl Iterator<Item = f32> {
    (0..VECTOR_SIZE as u64).map(move |index| (mixed(seed, index) % 2_001) as f32 / 1_000.0 - 1.0)
}

pub(super) fn direction(seed: u64) -> Vec<f32> {
    let mut direction: Vec<f32> = noise(seed).collect();
    normalise(&mut direction);
    direction
}

/// Weights that read polarity, and the direction along which `mention` moves with it.
pub(super) fn polarity() -> Vec<f32> {
    direction(1_000_000)
}

/// As the encoder's: all have much in common, then come the subject and the polarity, then what only this one says.
pub(super) fn mention(subject: u64, is_positive: bool, number: u64) -> Vec<f32> {
    let sign = if is_positive { 0.3 } else { -0.3 };
    let parts = direction(2_000_000).into_iter().zip(direction(subject)).zip(polarity()).zip(noise(3_000_000 + number));
    let mut vector: Vec<f32> = parts
        .map(|(((common, subject), polarity), own)| common + 0.4 * subject + sign * polarity + 0.02 * own)
        .collect();
    normalise(&mut vector);
    vector
}

/// `count` mentions of subjects that are spoken of with falling frequency, praised and blamed in turn.
fn mentions(count: usize, subjects: u64) -> (Matrix, Vec<u32>) {
    let mut vectors = Matrix::default();
    let mut truth = Vec::new();
    for number in 0..count as u64 {
        let draw = mixed(7, number) % 1_000;
        let subject = (draw * draw * subjects) / 1_000_000;
        vectors.push(&mention(subject, mixed(8, number).is_multiple_of(2), number));
        truth.push(subject as u32);
    }
    (vectors, truth)
}

fn discover(vectors: &Matrix) -> Discovery {
    Discovery::of(vectors, &polarity(), &DiscoveryOptions::default()).expect("a discovery")
}

fn agreement(left: &[u32], right: &[u32]) -> f64 {
    Contingency::new(left.iter().copied().zip(right.iter().copied())).adjusted_rand_index()
}

#[test]
fn subjects_are_found_whatever_the_polarity() {
    let (vectors, truth) = mentions(1_500, 12);
    let discovery = discover(&vectors);
    assert!(agreement(&truth, &discovery.clusters()) > 0.95, "{}", agreement(&truth, &discovery.clusters()));
    let weak = discovery.memberships.iter().filter(|membership| membership.is_weak()).count();
    assert!(weak < 75, "{weak}");
}

#[test]
fn one_that_is_asked_to_stop_gives_up() {
    let (vectors, _) = mentions(800, 9);
    let options = DiscoveryOptions::default();
    options.stop.clone().ask();
    assert!(matches!(Discovery::of(&vectors, &polarity(), &options), Err(crate::Error::Stopped)));
}

#[test]
fn the_same_data_and_seed_give_the_same_on_any_number_of_threads() {
    let (vectors, _) = mentions(800, 9);
    let with = |threads, seed| {
        let options = DiscoveryOptions { threads, seed, ..DiscoveryOptions::default() };
        Discovery::of(&vectors, &polarity(), &options).expect("a discovery")
    };
    let first = with(1, 3);
    for threads in [1, 2, 5] {
        let again = with(threads, 3);
        assert_eq!(again.memberships, first.memberships);
        assert_eq!(again.model.hierarchy, first.model.hierarchy);
    }
}

#[test]
fn no_mention_one_mention_and_five() {
    let nothing = discover(&Matrix::default());
    assert!(nothing.memberships.is_empty() && nothing.model.assign(&mention(0, true, 0)).is_none());

    let one = discover(&mentions(1, 1).0);
    assert_eq!(one.clusters(), [0]);

    let five = discover(&mentions(5, 3).0);
    assert_eq!(five.memberships.len(), 5);
    assert!(five.model.assign(&mention(1, false, 77)).is_some());
}

#[test]
fn one_text_again_and_again_is_one_strong_cluster() {
    let vector = mention(0, false, 1);
    let vectors: Matrix = std::iter::repeat_n(vector.as_slice(), 300).collect();
    let discovery = discover(&vectors);
    assert!(discovery.clusters().iter().all(|&cluster| cluster == 0));
    assert!(discovery.copies.iter().all(|&copies| copies == 300));
    assert!(discovery.memberships.iter().all(|membership| membership.score > 0.9));
}

#[test]
fn a_copied_complaint_counts_once() {
    let (originals, _) = mentions(400, 6);
    let mut with_copies = originals.clone();
    // Half of all rows are copies of one mention, which would drown the others.
    (0..400).for_each(|_| with_copies.push(originals.row(17)));
    let (without, with) = (discover(&originals), discover(&with_copies));
    assert_eq!(with.memberships[..400], without.memberships);
    assert!(with.memberships[400..].iter().all(|&membership| membership == without.memberships[17]));
    assert_eq!((with.copies[17], with.copies[18]), (401, 1));
}

#[test]
fn what_has_nothing_in_common_does_no_harm() {
    let mut vectors = Matrix::default();
    (0..500).for_each(|number| vectors.push(&direction(number)));
    let discovery = discover(&vectors);
    assert_eq!(discovery.memberships.len(), 500);
}

#[test]
fn beyond_the_sample_mentions_are_assigned() {
    let (vectors, truth) = mentions(2_000, 8);
    let options = DiscoveryOptions { clustered_at_most: 600, ..DiscoveryOptions::default() };
    let discovery = Discovery::of(&vectors, &polarity(), &options).expect("a discovery");
    assert_eq!(discovery.memberships.len(), 2_000);
    assert!(agreement(&truth, &discovery.clusters()) > 0.95);

    let drawn = sample(2_000, 600, options.seed);
    assert_eq!(drawn.len(), 600);
    assert!(drawn.is_sorted());
    assert_eq!(sample(600, 600, 1), (0..600).collect::<Vec<_>>());
}

#[test]
fn a_mention_that_comes_later_joins_the_cluster_of_its_subject() {
    let (vectors, truth) = mentions(1_000, 5);
    let discovery = discover(&vectors);
    let clusters = discovery.clusters();
    for number in 0..50 {
        let subject = number % 5;
        let later = discovery.model.assign(&mention(subject, true, 50_000 + number)).expect("there are clusters");
        let known = truth.iter().position(|&known| u64::from(known) == subject).expect("a mention of it");
        assert_eq!(discovery.model.hierarchy.cluster_of(later.leaf), clusters[known]);
        assert!(!later.is_weak());
    }
}

#[test]
fn a_number_that_is_none_is_an_error() {
    let (mut vectors, _) = mentions(10, 2);
    vectors.row_mut(4)[3] = f32::NAN;
    let error = Discovery::of(&vectors, &polarity(), &DiscoveryOptions::default()).expect_err("it is not finite");
    assert!(error.to_string().contains("vector 4"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_small_set_gets_a_membership_each(
        picks in proptest::collection::vec((0u64..4, any::<bool>(), 0u64..20), 0..90),
        seed in any::<u64>(),
    ) {
        let mut vectors = Matrix::default();
        picks.iter().for_each(|&(subject, is_positive, number)| vectors.push(&mention(subject, is_positive, number)));
        let options = DiscoveryOptions { seed, threads: 2, ..DiscoveryOptions::default() };
        let discovery = Discovery::of(&vectors, &polarity(), &options).expect("a discovery");
        let hierarchy = &discovery.model.hierarchy;
        prop_assert_eq!(discovery.memberships.len(), picks.len());
        for membership in &discovery.memberships {
            prop_assert!((0.0..=1.0).contains(&membership.score));
            prop_assert!((membership.leaf as usize) < hierarchy.leaves());
            for level in 0..hierarchy.levels.len() {
                let cluster = hierarchy.cluster_at(level, membership.leaf) as usize;
                prop_assert!(cluster < hierarchy.levels[level].clusters);
            }
        }
        let copies_agree = |left: usize, right: usize| {
            picks[left] != picks[right] || discovery.memberships[left] == discovery.memberships[right]
        };
        prop_assert!((1..picks.len()).all(|position| copies_agree(0, position)));
    }
}
