//! Whether clusters keep their identity from month to month.

use std::collections::HashMap;
use std::fmt;

use klartext_models::clusters::{
    Discovery, DiscoveryOptions, Fate, Matching, Origin, SharedMembers, Transform, match_clusters,
};
use klartext_models::train::Matrix;
use serde::Serialize;

use super::{ClassifiedTexts, table};
use crate::Result;
use crate::random::Random;

const MONTHS: usize = 12;
/// Months that one discovery sees: those that share some, and those that share none.
const WINDOWS: [usize; 2] = [4, 2];
/// Of the classes, a quarter ends and a quarter begins within the year.
const QUARTER: usize = 4;

#[derive(Debug, Clone, Serialize)]
pub struct DriftReport {
    pub data: String,
    pub texts: usize,
    /// Months that a discovery sees, and by how many the next one sees later ones.
    pub window: usize,
    pub step: usize,
    /// Clusters that continue a known one, and the share of them that are about what it was about: whose most frequent
    /// class is the same.
    pub continued: usize,
    pub right: f64,
    /// Classes that are the most frequent one of a cluster in two successive discoveries, and the share of them of which
    /// a cluster kept its identity.
    pub seen_again: usize,
    pub kept: f64,
    /// What was reported otherwise.
    pub born: usize,
    pub divided: usize,
    pub joined: usize,
    pub ended: usize,
}

/// All reports, as a table for people.
pub struct DriftTable<'a>(pub &'a [DriftReport]);

/// The same months for each set: once with discoveries each month, which share members, and once with discoveries that
/// share none.
pub fn measure_drift(
    sets: &[ClassifiedTexts],
    polarity: &[f32],
    options: &DiscoveryOptions,
) -> Result<Vec<DriftReport>> {
    let mut reports = Vec::new();
    for set in sets {
        let months = months(set, options.seed);
        for (window, step) in [(WINDOWS[0], 1), (WINDOWS[1], WINDOWS[1])] {
            reports.push(follow(set, &months, window, step, polarity, options)?);
        }
    }
    Ok(reports)
}

/// The texts of each month. Some classes end, and some begin, in a month of their own.
fn months(set: &ClassifiedTexts, seed: u64) -> Vec<Vec<usize>> {
    let mut random = Random::new(seed);
    let classes = random.draw((0..set.class_count()).collect(), set.class_count());
    let mut lives = vec![0..MONTHS; classes.len()];
    for (position, &class) in classes.iter().enumerate() {
        let turn = MONTHS / 4 + random.below(MONTHS / 2);
        if position < classes.len() / QUARTER {
            lives[class] = 0..turn;
        } else if position < classes.len() / QUARTER * 2 {
            lives[class] = turn..MONTHS;
        }
    }
    let mut months = vec![Vec::new(); MONTHS];
    for (text, &class) in set.classes.iter().enumerate() {
        let life = &lives[class as usize];
        months[life.start + random.below(life.len())].push(text);
    }
    months
}

/// A cluster of one discovery.
struct Cluster {
    /// Its most frequent one.
    class: u32,
    members: Vec<usize>,
    centre: Vec<f32>,
}

fn follow(
    set: &ClassifiedTexts,
    months: &[Vec<usize>],
    window: usize,
    step: usize,
    polarity: &[f32],
    options: &DiscoveryOptions,
) -> Result<DriftReport> {
    let mut report = DriftReport {
        data: set.name.clone(),
        texts: months.iter().map(Vec::len).sum(),
        window,
        step,
        continued: 0,
        right: 0.0,
        seen_again: 0,
        kept: 0.0,
        born: 0,
        divided: 0,
        joined: 0,
        ended: 0,
    };
    let mut known: Vec<Cluster> = Vec::new();
    for first in (0..=MONTHS - window).step_by(step) {
        let texts = months[first..first + window].concat();
        let vectors = set.vectors.select(&texts);
        let discovery = Discovery::of(&vectors, polarity, options)?;
        let found = clusters(set, &texts, &vectors, &discovery.clusters());
        if !known.is_empty() {
            report.count(&known, &found, &matched(&known, &found, discovery.model.transform()));
        }
        known = found;
    }
    report.right /= report.continued.max(1) as f64;
    report.kept /= report.seen_again.max(1) as f64;
    Ok(report)
}

fn clusters(set: &ClassifiedTexts, texts: &[usize], vectors: &Matrix, of_texts: &[u32]) -> Vec<Cluster> {
    let count = of_texts.iter().max().map_or(0, |&highest| highest + 1);
    let cluster = |number: u32| {
        let positions: Vec<usize> = (0..texts.len()).filter(|&position| of_texts[position] == number).collect();
        let members: Vec<usize> = positions.iter().map(|&position| texts[position]).collect();
        let mut counts: HashMap<u32, usize> = HashMap::new();
        members.iter().for_each(|&member| *counts.entry(set.classes[member]).or_default() += 1);
        let most = counts.into_iter().max_by_key(|&(class, count)| (count, class));
        Cluster { class: most.map_or(0, |(class, _)| class), members, centre: vectors.select(&positions).mean() }
    };
    (0..count).map(cluster).collect()
}

fn matched(known: &[Cluster], found: &[Cluster], transform: &Transform) -> Matching {
    fn members(clusters: &[Cluster]) -> impl Iterator<Item = &[usize]> {
        clusters.iter().map(|cluster| cluster.members.as_slice())
    }
    let shared = SharedMembers::between(members(known), members(found));
    let centres = |clusters: &[Cluster]| clusters.iter().map(|cluster| cluster.centre.as_slice()).collect::<Matrix>();
    match_clusters(&centres(known), &centres(found), &shared, transform)
}

impl DriftReport {
    /// `right` and `kept` are numbers until the end.
    fn count(&mut self, known: &[Cluster], found: &[Cluster], matching: &Matching) {
        for (origin, found) in matching.origins.iter().zip(found) {
            match *origin {
                Origin::Continues(before) => {
                    self.continued += 1;
                    self.right += f64::from(known[before].class == found.class);
                }
                Origin::PartOf(_) => self.divided += 1,
                Origin::Born => self.born += 1,
            }
        }
        self.joined += matching.fates.iter().filter(|fate| matches!(fate, Fate::Joined(_))).count();
        self.ended += matching.fates.iter().filter(|fate| **fate == Fate::Ended).count();
        let mut kept: HashMap<u32, bool> = HashMap::new();
        for (position, before) in known.iter().enumerate() {
            if found.iter().any(|found| found.class == before.class) {
                let goes_on = match matching.fates[position] {
                    Fate::Continues(found_position) => found[found_position].class == before.class,
                    Fate::Joined(_) | Fate::Ended => false,
                };
                *kept.entry(before.class).or_default() |= goes_on;
            }
        }
        self.seen_again += kept.len();
        self.kept += kept.values().filter(|kept| **kept).count() as f64;
    }
}

impl fmt::Display for DriftTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = [
            "data",
            "texts",
            "window",
            "step",
            "continued",
            "right",
            "seen again",
            "kept",
            "born",
            "divided",
            "joined",
            "ended",
        ];
        let rows = self.0.iter().map(|report| {
            vec![
                report.data.clone(),
                report.texts.to_string(),
                report.window.to_string(),
                report.step.to_string(),
                report.continued.to_string(),
                format!("{:.3}", report.right),
                report.seen_again.to_string(),
                format!("{:.3}", report.kept),
                report.born.to_string(),
                report.divided.to_string(),
                report.joined.to_string(),
                report.ended.to_string(),
            ]
        });
        write!(formatter, "{}", table(&header, rows, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_of_one_month_and_classes_begin_and_end() {
        let classes: Vec<u32> = (0..1_200).map(|text| text % 8).collect();
        let set = ClassifiedTexts { name: "test".to_owned(), classes, vectors: Matrix::default() };
        let months = months(&set, 1);
        let mut texts = months.concat();
        texts.sort_unstable();
        assert_eq!(texts, (0..1_200).collect::<Vec<_>>());
        let classes_of = |month: usize| {
            months[month].iter().map(|&text| set.classes[text]).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(classes_of(0).len() == 6 && classes_of(MONTHS - 1).len() == 6, "{:?}", classes_of(0));
    }

    #[test]
    fn counts_are_of_classes() {
        let cluster = |class| Cluster { class, members: Vec::new(), centre: Vec::new() };
        let mut report = follow_nothing();
        let known = [cluster(1), cluster(2), cluster(3)];
        let found = [cluster(1), cluster(3), cluster(2)];
        let matching = Matching {
            origins: vec![Origin::Continues(0), Origin::Continues(1), Origin::Born],
            fates: vec![Fate::Continues(0), Fate::Continues(1), Fate::Ended],
        };
        report.count(&known, &found, &matching);
        assert_eq!((report.continued, report.seen_again, report.born, report.ended), (2, 3, 1, 1));
        assert_eq!((report.right, report.kept), (1.0, 1.0));
    }

    fn follow_nothing() -> DriftReport {
        let set = ClassifiedTexts { name: "test".to_owned(), classes: Vec::new(), vectors: Matrix::default() };
        let months = vec![Vec::new(); MONTHS];
        follow(&set, &months, MONTHS, 1, &[0.0; klartext_models::VECTOR_SIZE], &DiscoveryOptions::default())
            .expect("there is nothing to follow")
    }
}
