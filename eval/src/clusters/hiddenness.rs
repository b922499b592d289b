//! Whether a pain point that nobody configured is discovered.
//!
//! Each category is taken out of the journey in turn, and counts as brought back if one cluster consists of it and holds
//! most of it. Two ways to look for it: among all mentions, whose clusters do not depend on the journey; and among those
//! that the journey's other categories, learnt from examples, do not explain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use klartext_models::clusters::{Discovery, DiscoveryOptions};
use klartext_models::heads::Heads;
use klartext_models::heads::few_shot::{ClassExamples, FewShotTagger, THRESHOLD};
use klartext_models::train::Matrix;
use serde::Serialize;

use super::table;
use crate::Result;
use crate::data::{self, DataFolder, Example, read_lines};
use crate::few_shot::unrelated_texts;
use crate::gold::GoldComment;
use crate::random::Random;
use crate::vectors::Vectors;

/// Smaller categories are left out, and counted.
const FEWEST_MENTIONS: usize = 30;
/// Of a cluster's members, so many are of the category.
const LEAST_PURITY: f64 = 0.7;
/// Of the category's mentions, so many are in the cluster.
const LEAST_COVERAGE: f64 = 0.5;
/// From which the journey's other categories are learnt.
const EXAMPLES_PER_CATEGORY: usize = 32;

/// Mentions with their categories: none, one or several.
struct CategorisedMentions {
    name: String,
    categories: Vec<BTreeSet<String>>,
    vectors: Matrix,
}

#[derive(Debug, Clone, Serialize)]
pub struct HiddennessReport {
    pub data: String,
    pub mentions: usize,
    /// "all" or "unexplained".
    pub among: &'static str,
    /// Categories with fewer than 30 mentions.
    pub left_out: usize,
    pub categories: Vec<HiddenCategory>,
}

/// One category that was taken out of the journey.
#[derive(Debug, Clone, Serialize)]
pub struct HiddenCategory {
    pub category: String,
    pub mentions: usize,
    /// At the level that people see.
    pub is_back: bool,
    /// At some level of the hierarchy.
    pub is_back_at_some_level: bool,
    /// Of the cluster of the chosen level that fits best, by F1.
    pub purity: f64,
    pub coverage: f64,
}

impl HiddennessReport {
    /// Share of the categories that are brought back at the chosen level.
    pub fn recall(&self) -> f64 {
        self.share(|category| category.is_back)
    }

    fn share(&self, holds: impl Fn(&HiddenCategory) -> bool) -> f64 {
        let count = self.categories.iter().filter(|category| holds(category)).count();
        count as f64 / self.categories.len().max(1) as f64
    }
}

/// All reports, as a table for people.
pub struct HiddennessTable<'a>(pub &'a [HiddennessReport]);

/// MobASA's categories, GermEval's categories (reported only), and the touchpoints and hidden matters of the gold
/// comments by journey.
pub fn measure_hiddenness(
    data: &DataFolder,
    gold: &Path,
    vectors: &mut Vectors,
    heads: &Heads,
    options: &DiscoveryOptions,
) -> Result<Vec<HiddennessReport>> {
    let mut sets = Vec::new();
    for name in [data::MOBASA_ASPECTS_TRAIN, data::GERMEVAL_DEV] {
        sets.push(texts_with_categories(name, data.read(name)?, vectors)?);
    }
    sets.extend(gold_mentions(gold, vectors)?);
    let unrelated = unrelated_texts(data, data::SB10K_TRAIN, vectors, options.seed)?;

    let mut reports = Vec::new();
    for set in &sets {
        reports.push(among_all(set, heads, options)?);
        reports.push(among_unexplained(set, &unrelated, heads, options)?);
    }
    Ok(reports)
}

fn texts_with_categories(name: &str, examples: Vec<Example>, vectors: &mut Vectors) -> Result<CategorisedMentions> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let vectors = vectors.of(name, &texts)?;
    let categories_of = |example: Example| example.aspects.into_iter().map(|aspect| aspect.category).collect();
    Ok(CategorisedMentions {
        name: name.to_owned(),
        categories: examples.into_iter().map(categories_of).collect(),
        vectors,
    })
}

/// One set per journey: nothing is chosen on these, so both splits are in it. A mention without touchpoint in a comment
/// about a hidden matter is of that.
fn gold_mentions(gold: &Path, vectors: &mut Vectors) -> Result<Vec<CategorisedMentions>> {
    const TAG_OF_HIDDEN: &str = "hidden-";
    let mut by_journey: BTreeMap<String, Vec<(String, BTreeSet<String>)>> = BTreeMap::new();
    for comment in read_lines::<GoldComment>(gold)? {
        let hidden = comment.tags.iter().find(|tag| tag.starts_with(TAG_OF_HIDDEN));
        let of_journey = by_journey.entry(comment.journey.clone()).or_default();
        for mention in &comment.labels.mentions {
            let category = mention.touchpoint.as_ref().or(hidden).cloned();
            of_journey.push((comment.words(mention), category.into_iter().collect()));
        }
    }
    let encode = |(journey, mentions): (String, Vec<(String, BTreeSet<String>)>)| {
        let name = format!("gold, {journey}");
        let (texts, categories): (Vec<String>, Vec<BTreeSet<String>>) = mentions.into_iter().unzip();
        Ok(CategorisedMentions { vectors: vectors.of(&name, &texts)?, categories, name })
    };
    by_journey.into_iter().map(encode).collect()
}

impl CategorisedMentions {
    /// Mentions of each category.
    fn by_category(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut by_category: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (mention, categories) in self.categories.iter().enumerate() {
            categories.iter().for_each(|category| by_category.entry(category).or_default().push(mention));
        }
        by_category
    }

    fn report(&self, among: &'static str, categories: Vec<HiddenCategory>) -> HiddennessReport {
        let left_out = self.by_category().values().filter(|mentions| mentions.len() < FEWEST_MENTIONS).count();
        HiddennessReport { data: self.name.clone(), mentions: self.categories.len(), among, left_out, categories }
    }
}

fn among_all(set: &CategorisedMentions, heads: &Heads, options: &DiscoveryOptions) -> Result<HiddennessReport> {
    let discovery = Discovery::of(&set.vectors, &heads.polarity, options)?;
    let by_category = set.by_category();
    let large = by_category.iter().filter(|(_, mentions)| mentions.len() >= FEWEST_MENTIONS);
    let looked_for = large.map(|(category, mentions)| {
        let is_of_it: Vec<bool> = set.categories.iter().map(|categories| categories.contains(*category)).collect();
        look_for(category, mentions.len(), &is_of_it, &discovery)
    });
    Ok(set.report("all", looked_for.collect()))
}

fn among_unexplained(
    set: &CategorisedMentions,
    unrelated: &Matrix,
    heads: &Heads,
    options: &DiscoveryOptions,
) -> Result<HiddennessReport> {
    let by_category = set.by_category();
    let mut found = Vec::new();
    for (&category, mentions) in by_category.iter().filter(|(_, mentions)| mentions.len() >= FEWEST_MENTIONS) {
        let others = by_category.iter().filter(|&(&other, _)| other != category);
        let classes: Vec<ClassExamples> =
            others.map(|(other, mentions)| examples(set, other, category, mentions, options.seed)).collect();
        let classes: Vec<ClassExamples> = classes.into_iter().filter(|class| !class.vectors.is_empty()).collect();
        let tagger = FewShotTagger::fit(&classes, unrelated, &heads.mean)?;
        let is_unexplained = |mention: &usize| tagger.best(set.vectors.row(*mention)).confidence < THRESHOLD;
        let unexplained: Vec<usize> = (0..set.categories.len()).filter(is_unexplained).collect();
        let discovery = Discovery::of(&set.vectors.select(&unexplained), &heads.polarity, options)?;
        let is_of_it: Vec<bool> =
            unexplained.iter().map(|&mention| set.categories[mention].contains(category)).collect();
        found.push(look_for(category, mentions.len(), &is_of_it, &discovery));
    }
    Ok(set.report("unexplained", found))
}

/// Examples of a category that are not of the hidden one too.
fn examples(set: &CategorisedMentions, category: &str, hidden: &str, mentions: &[usize], seed: u64) -> ClassExamples {
    let is_usable = |mention: &usize| !set.categories[*mention].contains(hidden);
    let usable = mentions.iter().copied().filter(is_usable).collect();
    let mentions = Random::new(seed).draw(usable, EXAMPLES_PER_CATEGORY);
    ClassExamples { id: category.to_owned(), vectors: set.vectors.select(&mentions) }
}

/// `is_of_it` tells for each discovered mention whether it is of the category; `mentions` counts also those that were
/// not among them.
fn look_for(category: &str, mentions: usize, is_of_it: &[bool], discovery: &Discovery) -> HiddenCategory {
    let hierarchy = &discovery.model.hierarchy;
    let fits = |level: usize| {
        let mut counts = vec![(0usize, 0usize); hierarchy.levels[level].clusters];
        for (membership, &is_of_it) in discovery.memberships.iter().zip(is_of_it) {
            let (members, hits) = &mut counts[hierarchy.cluster_at(level, membership.leaf) as usize];
            *members += 1;
            *hits += usize::from(is_of_it);
        }
        counts.into_iter().map(move |(members, hits)| Fit { members, hits, mentions }).collect::<Vec<_>>()
    };
    let at_chosen = fits(hierarchy.chosen);
    let best = at_chosen.iter().copied().max_by(|left, right| left.f1().total_cmp(&right.f1()));
    HiddenCategory {
        category: category.to_owned(),
        mentions,
        is_back: at_chosen.iter().any(Fit::is_back),
        is_back_at_some_level: (0..hierarchy.levels.len()).any(|level| fits(level).iter().any(Fit::is_back)),
        purity: best.map_or(0.0, |best| best.purity()),
        coverage: best.map_or(0.0, |best| best.coverage()),
    }
}

/// A cluster beside a category.
#[derive(Debug, Clone, Copy)]
struct Fit {
    members: usize,
    hits: usize,
    /// Of the category.
    mentions: usize,
}

impl Fit {
    fn purity(&self) -> f64 {
        self.hits as f64 / self.members.max(1) as f64
    }

    fn coverage(&self) -> f64 {
        self.hits as f64 / self.mentions.max(1) as f64
    }

    fn f1(&self) -> f64 {
        2.0 * self.hits as f64 / (self.members + self.mentions).max(1) as f64
    }

    fn is_back(&self) -> bool {
        self.purity() >= LEAST_PURITY && self.coverage() >= LEAST_COVERAGE
    }
}

impl fmt::Display for HiddennessTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header =
            ["data", "mentions", "among", "categories", "left out", "brought back", "recall", "recall at some level"];
        let rows = self.0.iter().map(|report| {
            vec![
                report.data.clone(),
                report.mentions.to_string(),
                report.among.to_owned(),
                report.categories.len().to_string(),
                report.left_out.to_string(),
                report.categories.iter().filter(|category| category.is_back).count().to_string(),
                format!("{:.2}", report.recall()),
                format!("{:.2}", report.share(|category| category.is_back_at_some_level)),
            ]
        });
        write!(formatter, "{}", table(&header, rows, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_the_cluster_and_half_of_the_category() {
        let fit = |members, hits, mentions| Fit { members, hits, mentions };
        assert!(fit(100, 70, 140).is_back());
        assert!(!fit(100, 69, 100).is_back(), "too many others");
        assert!(!fit(100, 100, 201).is_back(), "too few of them");
        assert!(!fit(0, 0, 30).is_back());
    }
}
