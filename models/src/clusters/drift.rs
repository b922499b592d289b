//! Twelve months in which subjects drift, grow, divide, join, end and begin, discovered month by month.

use std::collections::HashMap;

use super::tests::{direction, noise, polarity};
use super::*;
use crate::encoder::normalise;
use crate::random::mixed;

const MONTHS: u64 = 12;

/// The month in which something first happens.
const JOINS: u64 = 2;
const ENDS: u64 = 4;
const BEGINS: u64 = 5;

const DIVIDING: u64 = 0;
/// What comes out of it.
const PART: u64 = 20;
const JOINED: u64 = 1;
const JOINING: u64 = 2;
const ENDING: u64 = 3;
const BEGINNING: u64 = 4;
const GROWING: u64 = 5;
const STEADY: u64 = 6;
const SUBJECTS: u64 = 14;

struct Mention {
    number: u64,
    /// What it is about, as a person would say.
    subject: u64,
    vector: Vec<f32>,
}

/// Mentions of each subject in a month; the others come in different numbers.
fn volume(subject: u64, month: u64) -> u64 {
    match subject {
        DIVIDING => 80,
        JOINED => 60,
        ENDING if month >= ENDS => 0,
        BEGINNING if month < BEGINS => 0,
        GROWING => 15 + 10 * month,
        STEADY.. => 25 + 5 * (subject - STEADY) + mixed(subject, month) % 15,
        _ => 40,
    }
}

/// `share` of one direction and the rest of another.
fn between(from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
    let mut between: Vec<f32> = from.iter().zip(to).map(|(from, to)| (1.0 - share) * from + share * to).collect();
    normalise(&mut between);
    between
}

/// Where mentions of a subject lie in a month. All drift towards something else by a third over the year.
fn place(subject: u64, month: u64) -> Vec<f32> {
    let drifting =
        |subject: u64| between(&direction(subject), &direction(500 + subject), month as f32 / MONTHS as f32 / 3.0);
    match subject {
        // It moves away step by step, and is something else sometime in spring.
        PART => between(&drifting(DIVIDING), &direction(PART), (0.08 * (month + 1) as f32).min(0.75)),
        JOINING if month >= JOINS => {
            between(&drifting(JOINING), &drifting(JOINED), (0.12 * (month - JOINS + 1) as f32).min(1.0))
        }
        _ => drifting(subject),
    }
}

fn mentions_of(month: u64) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for of_place in 0..SUBJECTS {
        for count in 0..volume(of_place, month) {
            let number = month * 100_000 + of_place * 1_000 + count;
            let has_moved = of_place == DIVIDING && count % 5 < 2;
            let place = place(if has_moved { PART } else { of_place }, month);
            let sign = if mixed(9, number).is_multiple_of(4) { 0.3 } else { -0.3 };
            let parts = direction(2_000_000).into_iter().zip(place).zip(polarity()).zip(noise(4_000_000 + number));
            let mut vector: Vec<f32> = parts
                .map(|(((common, place), polarity), own)| common + 0.4 * place + sign * polarity + 0.025 * own)
                .collect();
            normalise(&mut vector);
            let subject = if has_moved { PART } else { of_place };
            mentions.push(Mention { number, subject, vector });
        }
    }
    mentions
}

/// A pain point as the discoveries know it.
struct Known {
    id: usize,
    /// What most of it was about when it was last found.
    subject: u64,
    centre: Vec<f32>,
    members: Vec<u64>,
}

#[derive(Debug, Default)]
struct Year {
    /// How often a subject was found in two successive discoveries, and the months and subjects where it lost its
    /// identity. What is dividing or joining has none to lose.
    seen_again: usize,
    lost: Vec<(u64, u64)>,
    /// Months and subjects of what was reported.
    divided: Vec<(u64, u64)>,
    joined: Vec<(u64, u64)>,
    ended: Vec<(u64, u64)>,
    born: Vec<(u64, u64)>,
}

/// A discovery each month over so many months.
fn year(window: u64) -> Year {
    let months: Vec<Vec<Mention>> = (0..MONTHS).map(mentions_of).collect();
    let mut year = Year::default();
    let mut known: Vec<Known> = Vec::new();
    let mut ids = 0..;
    for month in 0..MONTHS {
        let window = &months[(month + 1).saturating_sub(window) as usize..=month as usize];
        let mentions: Vec<&Mention> = window.iter().flatten().collect();
        let vectors: Matrix = mentions.iter().map(|mention| mention.vector.as_slice()).collect();
        let discovery = Discovery::of(&vectors, &polarity(), &DiscoveryOptions::default()).expect("a discovery");
        let mut found: Vec<Known> = found(&mentions, &vectors, &discovery.clusters());
        let matching = matched(&known, &found, discovery.model.transform());

        if month > 0 {
            for (origin, found) in matching.origins.iter().zip(&found) {
                match *origin {
                    Origin::Born => year.born.push((month, found.subject)),
                    Origin::PartOf(whole) => year.divided.push((month, known[whole].subject)),
                    Origin::Continues(_) => {}
                }
            }
        }
        for (fate, known) in matching.fates.iter().zip(&known) {
            match *fate {
                Fate::Ended => year.ended.push((month, known.subject)),
                Fate::Joined(_) => year.joined.push((month, known.subject)),
                Fate::Continues(_) => {}
            }
        }
        for (origin, found) in matching.origins.iter().zip(&mut found) {
            let before = match *origin {
                Origin::Continues(position) => Some(&known[position]),
                _ => None,
            };
            found.id = before.map_or_else(|| ids.next().expect("there are always more"), |before| before.id);
            let of_subject = || known.iter().filter(|known| known.subject == found.subject);
            if of_subject().next().is_some() && ![PART, JOINING].contains(&found.subject) {
                year.seen_again += 1;
                if !of_subject().any(|known| known.id == found.id) {
                    year.lost.push((month, found.subject));
                }
            }
        }
        known = found;
    }
    year
}

fn found(mentions: &[&Mention], vectors: &Matrix, clusters: &[u32]) -> Vec<Known> {
    let count = clusters.iter().max().map_or(0, |&highest| highest + 1);
    let of_cluster = |cluster| {
        let members: Vec<usize> = (0..clusters.len()).filter(|&member| clusters[member] == cluster).collect();
        let mut subjects: HashMap<u64, usize> = HashMap::new();
        members.iter().for_each(|&member| *subjects.entry(mentions[member].subject).or_default() += 1);
        let most = subjects.into_iter().max_by_key(|&(_, count)| count);
        Known {
            id: 0,
            subject: most.map_or(0, |(subject, _)| subject),
            centre: vectors.select(&members).mean(),
            members: members.iter().map(|&member| mentions[member].number).collect(),
        }
    };
    (0..count).map(of_cluster).collect()
}

fn matched(known: &[Known], found: &[Known], transform: &Transform) -> Matching {
    fn members(clusters: &[Known]) -> impl Iterator<Item = &[u64]> {
        clusters.iter().map(|cluster| cluster.members.as_slice())
    }
    let shared = SharedMembers::between(members(known), members(found));
    let centres = |clusters: &[Known]| clusters.iter().map(|known| known.centre.as_slice()).collect::<Matrix>();
    match_clusters(&centres(known), &centres(found), &shared, transform)
}

impl Year {
    fn share_kept(&self) -> f64 {
        1.0 - self.lost.len() as f64 / self.seen_again as f64
    }

    fn has(&self, happened: &[(u64, u64)], subject: u64, months: std::ops::RangeInclusive<u64>) -> bool {
        happened.iter().any(|(month, of)| *of == subject && months.contains(month))
    }
}

#[test]
fn identities_hold_over_a_year_of_a_sliding_window() {
    let year = year(3);
    assert!(year.seen_again > 120 && year.share_kept() >= 0.95, "{year:?}");
    assert!(year.has(&year.divided, DIVIDING, 3..=8), "{year:?}");
    assert!(year.has(&year.joined, JOINING, JOINS + 1..=JOINS + 8), "{year:?}");
    assert!(year.has(&year.ended, ENDING, ENDS + 1..=ENDS + 2), "{year:?}");
    assert!(year.has(&year.born, BEGINNING, BEGINS..=BEGINS), "{year:?}");
    let reported = year.divided.len() + year.joined.len() + year.ended.len() + year.born.len();
    assert!(reported <= 8, "little is reported that did not happen: {year:?}");
}

#[test]
fn identities_hold_where_no_mention_is_seen_twice() {
    let year = year(1);
    assert!(year.share_kept() >= 0.95, "{year:?}");
    assert!(year.has(&year.ended, ENDING, ENDS..=ENDS), "{year:?}");
    assert!(year.has(&year.born, BEGINNING, BEGINS..=BEGINS), "{year:?}");
}
