//! What discovered clusters are called, for people to judge.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use klartext_models::clusters::{Candidate, ClusterText, Discovery, DiscoveryOptions, name_clusters, representatives};
use klartext_models::text::{Language, TextPreparer};
use klartext_models::train::Matrix;
use serde::Serialize;

use crate::Result;
use crate::data::{self, DataFolder, read_lines};
use crate::gold::GoldComment;
use crate::vectors::Vectors;

const QUOTES: usize = 3;

/// A cluster and its name.
#[derive(Debug, Clone, Serialize)]
pub struct NamedCluster {
    pub data: String,
    pub name: String,
    pub terms: Vec<String>,
    pub mentions: usize,
    pub quotes: Vec<String>,
}

/// All names, as a list for people.
pub struct NameList<'a>(pub &'a [NamedCluster]);

/// Mentions of one set, with the numbers of their comments.
struct Texts {
    name: String,
    texts: Vec<(usize, String)>,
}

/// The clusters of MobASA, GermEval (whose texts are only shown), Banking77 and each gold journey, largest first.
pub fn name_sets(
    data: &DataFolder,
    gold: &Path,
    vectors: &mut Vectors,
    polarity: &[f32],
    options: &DiscoveryOptions,
) -> Result<Vec<NamedCluster>> {
    let mut sets = Vec::new();
    for name in [data::MOBASA_ASPECTS_TRAIN, data::GERMEVAL_DEV, data::BANKING77_TRAIN] {
        let texts = data.read(name)?.into_iter().map(|example| example.text).enumerate().collect();
        sets.push(Texts { name: name.to_owned(), texts });
    }
    sets.extend(gold_journeys(gold)?);
    let preparer = TextPreparer::default();
    let mut named = Vec::new();
    for set in sets {
        let of_set = vectors.of(&set.name, &set.texts.iter().map(|(_, text)| text).collect::<Vec<_>>())?;
        named.extend(name_set(&set, &of_set, &preparer, polarity, options)?);
    }
    Ok(named)
}

fn gold_journeys(gold: &Path) -> Result<Vec<Texts>> {
    let mut by_journey: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (number, comment) in read_lines::<GoldComment>(gold)?.into_iter().enumerate() {
        let of_journey = by_journey.entry(comment.journey.clone()).or_default();
        of_journey.extend(comment.labels.mentions.iter().map(|mention| (number, comment.words(mention))));
    }
    Ok(by_journey.into_iter().map(|(journey, texts)| Texts { name: format!("gold, {journey}"), texts }).collect())
}

fn name_set(
    set: &Texts,
    vectors: &Matrix,
    preparer: &TextPreparer,
    polarity: &[f32],
    options: &DiscoveryOptions,
) -> Result<Vec<NamedCluster>> {
    let discovery = Discovery::of(vectors, polarity, options)?;
    let clusters = discovery.clusters();
    let prepared: Vec<(String, Language)> = set
        .texts
        .iter()
        .map(|(_, text)| {
            let prepared = preparer.prepare(text, None);
            (prepared.text, prepared.language)
        })
        .collect();
    let strong = |position: &usize| !discovery.memberships[*position].is_weak();
    let mut positions: Vec<usize> = (0..clusters.len()).filter(strong).collect();
    positions.sort_by(|&left, &right| {
        discovery.memberships[right].score.total_cmp(&discovery.memberships[left].score).then(left.cmp(&right))
    });
    let text_of = |&position: &usize| {
        let (text, language) = &prepared[position];
        ClusterText { text, language: *language, comment: set.texts[position].0, cluster: clusters[position] }
    };
    let texts: Vec<ClusterText> = positions.iter().map(text_of).collect();
    let hierarchy = &discovery.model.hierarchy;
    let names = name_clusters(&texts, hierarchy.levels[hierarchy.chosen].clusters);
    let described = names.into_iter().enumerate().map(|(cluster, name)| {
        let members: Vec<usize> =
            positions.iter().copied().filter(|&position| clusters[position] as usize == cluster).collect();
        let candidate = |&position: &usize| Candidate {
            vector: vectors.row(position),
            characters: prepared[position].0.chars().count(),
        };
        let candidates: Vec<Candidate> = members.iter().map(candidate).collect();
        let centre = vectors.select(&members).mean();
        let chosen = representatives(&candidates, &centre, discovery.model.transform(), QUOTES);
        NamedCluster {
            data: set.name.clone(),
            name: name.name,
            terms: name.terms.into_iter().map(|term| term.term).collect(),
            mentions: members.len(),
            quotes: chosen.into_iter().map(|chosen| prepared[members[chosen]].0.clone()).collect(),
        }
    });
    Ok(described.collect())
}

impl fmt::Display for NameList<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cluster in self.0 {
            let NamedCluster { data, name, terms, mentions, quotes } = cluster;
            writeln!(formatter, "{name}  ({data}, {mentions} mentions; {})", terms.join(", "))?;
            quotes.iter().try_for_each(|quote| writeln!(formatter, "    {quote}"))?;
        }
        Ok(())
    }
}
