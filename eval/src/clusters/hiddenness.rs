//! Whether a pain point that nobody configured is discovered.
//!
//! Each category is taken out of the journey in turn, and counts as brought back if one cluster consists of it and holds
//! most of it. Two ways to look for it: among all mentions, whose clusters do not depend on the journey; and among those
//! that the journey's other categories, learnt from examples, do not explain. Beside it stands what these vectors allow at
//! best: a head that learns the category from its labels, and is cut where it fits best.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use klartext_models::clusters::{Discovery, DiscoveryOptions};
use klartext_models::heads::Heads;
use klartext_models::heads::few_shot::{ClassExamples, FewShotTagger, THRESHOLD};
use klartext_models::train::{LogisticOptions, Matrix, fit_one_vs_rest};
use serde::Serialize;

use super::table;
use crate::Result;
use crate::data::{self, DataFolder, Example, read_lines};
use crate::few_shot::unrelated_texts;
use crate::gold::{GoldComment, Split};
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
/// Of the heads that learn from labels: each scores the comments that it has not seen.
const FOLDS: usize = 5;

/// Mentions with their categories: none, one or several.
struct CategorisedMentions {
    name: String,
    categories: Vec<BTreeSet<String>>,
    /// The number of each one's comment.
    comments: Vec<usize>,
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
    pub f1: f64,
    pub purity: f64,
    pub coverage: f64,
    /// Of the mentions that a head scores highest which has learnt the category from its labels.
    pub with_labels: WithLabels,
}

/// What can be hoped for without labels is less.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct WithLabels {
    /// Some cut of the ranking would count as brought back.
    pub is_back: bool,
    /// Of the cut that fits best.
    pub f1: f64,
}

impl HiddennessReport {
    /// Share of the categories that are brought back at the chosen level.
    pub fn recall(&self) -> f64 {
        self.share(|category| category.is_back)
    }

    fn share(&self, holds: impl Fn(&HiddenCategory) -> bool) -> f64 {
        self.mean(|category| f64::from(u8::from(holds(category))))
    }

    fn mean(&self, value: impl Fn(&HiddenCategory) -> f64) -> f64 {
        self.categories.iter().map(value).sum::<f64>() / self.categories.len().max(1) as f64
    }
}

/// All reports and their categories, as tables for people.
pub struct HiddennessTable<'a>(pub &'a [HiddennessReport]);

/// MobASA's categories, GermEval's categories (reported only), and the touchpoints and hidden matters of the gold
/// comments of the test split by journey.
pub fn measure_hiddenness(
    data: &DataFolder,
    gold: &Path,
    vectors: &mut Vectors,
    heads: &Heads,
    options: &DiscoveryOptions,
) -> Result<Vec<HiddennessReport>> {
    let mut sets = Vec::new();
    for name in [data::MOBASA_ASPECTS_TRAIN, data::MOBASA_ASPECTS_DEV, data::GERMEVAL_DEV] {
        sets.push(texts_with_categories(name, data.read(name)?, vectors)?);
    }
    sets.extend(gold_mentions(gold, vectors)?);
    let unrelated = unrelated_texts(data, data::SB10K_TRAIN, vectors, options.seed)?;

    let mut reports = Vec::new();
    for set in &sets {
        let with_labels = with_labels(set)?;
        let mut found = [among_all(set, heads, options)?, among_unexplained(set, &unrelated, heads, options)?];
        for category in found.iter_mut().flat_map(|report| &mut report.categories) {
            category.with_labels = with_labels.get(&category.category).copied().unwrap_or_default();
        }
        reports.extend(found);
    }
    Ok(reports)
}

fn texts_with_categories(name: &str, examples: Vec<Example>, vectors: &mut Vectors) -> Result<CategorisedMentions> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let vectors = vectors.of(name, &texts)?;
    let categories_of = |example: Example| example.aspects.into_iter().map(|aspect| aspect.category).collect();
    Ok(CategorisedMentions {
        name: name.to_owned(),
        comments: (0..vectors.len()).collect(),
        categories: examples.into_iter().map(categories_of).collect(),
        vectors,
    })
}

/// One set per journey. A mention without touchpoint in a comment about a hidden matter is of that.
fn gold_mentions(gold: &Path, vectors: &mut Vectors) -> Result<Vec<CategorisedMentions>> {
    const TAG_OF_HIDDEN: &str = "hidden-";
    let mut by_journey: BTreeMap<String, Vec<(usize, String, BTreeSet<String>)>> = BTreeMap::new();
    let comments = read_lines::<GoldComment>(gold)?;
    let of_test = comments.iter().enumerate().filter(|(_, comment)| comment.split == Some(Split::Test));
    for (number, comment) in of_test {
        let hidden = comment.tags.iter().find(|tag| tag.starts_with(TAG_OF_HIDDEN));
        let of_journey = by_journey.entry(comment.journey.clone()).or_default();
        for mention in &comment.labels.mentions {
            let category = mention.touchpoint.as_ref().or(hidden).cloned();
            of_journey.push((number, comment.words(mention), category.into_iter().collect()));
        }
    }
    let mut sets = Vec::new();
    for (journey, mentions) in by_journey {
        let name = format!("gold test, {journey}");
        let texts: Vec<&str> = mentions.iter().map(|(_, text, _)| text.as_str()).collect();
        let of_journey = vectors.of(&name, &texts)?;
        let (comments, categories) = mentions.into_iter().map(|(comment, _, categories)| (comment, categories)).unzip();
        sets.push(CategorisedMentions { name, categories, comments, vectors: of_journey });
    }
    Ok(sets)
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

/// For each category that is large enough. A comment's mentions are in one fold.
fn with_labels(set: &CategorisedMentions) -> Result<BTreeMap<String, WithLabels>> {
    let by_category = set.by_category();
    let large = by_category.into_iter().filter(|(_, mentions)| mentions.len() >= FEWEST_MENTIONS);
    let (names, mentions): (Vec<String>, Vec<Vec<usize>>) =
        large.map(|(category, mentions)| (category.to_owned(), mentions)).unzip();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let labels_of = |mention: usize| -> Vec<usize> {
        (0..names.len()).filter(|&category| set.categories[mention].contains(&names[category])).collect()
    };
    let mut scored: Vec<Vec<(f32, bool)>> = vec![Vec::new(); names.len()];
    for fold in 0..FOLDS {
        let (left_out, learnt_from): (Vec<usize>, Vec<usize>) =
            (0..set.categories.len()).partition(|&mention| set.comments[mention] % FOLDS == fold);
        let labels: Vec<Vec<usize>> = learnt_from.iter().map(|&mention| labels_of(mention)).collect();
        let head = fit_one_vs_rest(&set.vectors.select(&learnt_from), &labels, &names, &LogisticOptions::default())?;
        for mention in left_out {
            let labels = labels_of(mention);
            for (category, logit) in head.logits(set.vectors.row(mention)).into_iter().enumerate() {
                scored[category].push((logit, labels.contains(&category)));
            }
        }
    }
    let best = scored.into_iter().zip(&mentions).map(|(scored, mentions)| best_cut(scored, mentions.len()));
    Ok(names.iter().cloned().zip(best).collect())
}

/// Of mentions with their scores, and whether they are of the category.
fn best_cut(mut scored: Vec<(f32, bool)>, mentions: usize) -> WithLabels {
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut best = WithLabels::default();
    let mut hits = 0;
    for (position, (_, is_of_it)) in scored.into_iter().enumerate() {
        hits += usize::from(is_of_it);
        let fit = Fit { members: position + 1, hits, mentions };
        best.is_back |= fit.is_back();
        best.f1 = best.f1.max(fit.f1());
    }
    best
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
        f1: best.map_or(0.0, |best| best.f1()),
        purity: best.map_or(0.0, |best| best.purity()),
        coverage: best.map_or(0.0, |best| best.coverage()),
        with_labels: WithLabels::default(),
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
        let header = [
            "data",
            "mentions",
            "among",
            "categories",
            "left out",
            "back",
            "recall",
            "at some level",
            "with labels",
            "mean F1",
            "mean F1 with labels",
        ];
        let rows = self.0.iter().map(|report| {
            let shown =
                |figure: f64| if report.categories.is_empty() { "–".to_owned() } else { format!("{figure:.2}") };
            vec![
                report.data.clone(),
                report.mentions.to_string(),
                report.among.to_owned(),
                report.categories.len().to_string(),
                report.left_out.to_string(),
                report.categories.iter().filter(|category| category.is_back).count().to_string(),
                shown(report.recall()),
                shown(report.share(|category| category.is_back_at_some_level)),
                shown(report.share(|category| category.with_labels.is_back)),
                shown(report.mean(|category| category.f1)),
                shown(report.mean(|category| category.with_labels.f1)),
            ]
        });
        writeln!(formatter, "{}\n", table(&header, rows, 3))?;
        let header = ["data", "among", "category", "mentions", "back", "F1", "purity", "coverage", "F1 with labels"];
        let categories =
            self.0.iter().flat_map(|report| report.categories.iter().map(move |category| (report, category)));
        let rows = categories.map(|(report, category)| {
            vec![
                report.data.clone(),
                report.among.to_owned(),
                category.category.clone(),
                category.mentions.to_string(),
                if category.is_back { "yes" } else { "" }.to_owned(),
                format!("{:.2}", category.f1),
                format!("{:.2}", category.purity),
                format!("{:.2}", category.coverage),
                format!("{:.2}", category.with_labels.f1),
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

    #[test]
    fn the_best_cut_of_a_ranking() {
        let scored = [(0.9, true), (0.1, false), (0.8, true), (0.7, false), (0.6, true), (0.2, true)];
        let best = best_cut(scored.to_vec(), 4);
        assert!(best.is_back, "three of four, all four of five");
        assert!((best.f1 - 8.0 / 9.0).abs() < 1e-9, "{best:?}");
        let worst = best_cut(vec![(0.9, false), (0.8, false), (0.7, true)], 1);
        assert!(!worst.is_back && (worst.f1 - 0.5).abs() < 1e-9, "{worst:?}");
    }
}
