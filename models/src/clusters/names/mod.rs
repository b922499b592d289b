//! What clusters are called.

mod compounds;
mod corpus;
mod words;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::text::Language;
use serde::{Deserialize, Serialize};

use corpus::{Corpus, FEWEST_COMMENTS, Token};
use words::Role;

/// Words of a phrase, function words within it counted.
const LONGEST_PHRASE: usize = 3;
/// A name has a second phrase when that is worth at least this share of the first.
const WORTH_OF_SECOND: f64 = 0.35;
/// A part of compounds is left out where one of them has this share of its comments.
const SHARE_OF_COMPOUND: f64 = 0.6;
const MOST_TERMS: usize = 8;
/// What is no noun is worth less: a name says what it is about before it says what is the matter with it.
const WORTH_OF_OTHERS: f64 = 0.6;
/// A phrase of several words tells more than its words: "virtual card" more than "virtual".
const WORTH_OF_PHRASE: f64 = 1.3;
/// A phrase of several words stands for its cluster when at least this share of the comments has it.
const LEAST_SHARE_OF_PHRASE: f64 = 0.02;
/// Of letters that two words have in common, from which they look alike.
const LIKE_LETTERS: usize = 3;

/// What one mention says.
#[derive(Debug, Clone, Copy)]
pub struct ClusterText<'a> {
    /// Masked.
    pub text: &'a str,
    pub language: Language,
    /// The same number for mentions of one comment.
    pub comment: usize,
    pub cluster: u32,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterName {
    /// A key phrase, or two parted by a comma; empty where no word is said in two comments.
    pub name: String,
    /// Words that set the cluster apart, most telling first.
    pub terms: Vec<KeyTerm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyTerm {
    /// As customers write it most.
    pub term: String,
    /// Class-based TF-IDF, greater than 0.
    pub weight: f64,
}

/// Names for `clusters` clusters, all different. Give the strongest members of each first: of very large ones the others
/// are not read.
///
/// Words weigh as in class-based TF-IDF (Grootendorst 2022, arXiv 2203.05794): the share of a cluster's comments that
/// have the word, times ln(1 + mean comments of a cluster / comments with the word); one comment is taken off, which
/// matters in small clusters only. Forms of a word count as one, German compounds count for their parts too, and copies
/// of one text count once. A phrase of up to three words, none of them a function word at the ends, weighs what
/// its words weigh, the less the more often they are said apart. No word is shown that fewer than two comments have.
pub fn name_clusters(texts: &[ClusterText], clusters: usize) -> Vec<ClusterName> {
    let corpus = Corpus::new(texts, clusters);
    let comments: usize = (0..clusters).map(|cluster| Counted::comments_of(&corpus, cluster)).sum();
    let mean_comments = comments as f64 / clusters.max(1) as f64;
    let mut taken = HashSet::new();
    (0..clusters).map(|cluster| Counted::new(&corpus, cluster, mean_comments).name(&mut taken)).collect()
}

/// Stems of up to three words that follow each other.
type Phrase = Vec<u32>;

/// A phrase that may name a cluster.
#[derive(Debug, Clone)]
struct Candidate {
    phrase: Phrase,
    worth: f64,
}

/// What a cluster's comments say.
struct Counted<'a> {
    corpus: &'a Corpus,
    cluster: usize,
    comments: f64,
    /// Comments with each word; words that are parts of compounds count.
    words: HashMap<u32, u32>,
    /// The same for phrases of several words.
    phrases: HashMap<Phrase, u32>,
    /// Roles of the words of phrases.
    negations: HashSet<u32>,
    weights: HashMap<u32, f64>,
}

impl<'a> Counted<'a> {
    fn comments_of(corpus: &Corpus, cluster: usize) -> usize {
        let comments = corpus.clusters[cluster].iter().map(|words| words.comment);
        comments.collect::<HashSet<_>>().len()
    }

    fn new(corpus: &'a Corpus, cluster: usize, mean_comments: f64) -> Self {
        let mut words: HashMap<u32, HashSet<usize>> = HashMap::new();
        let mut phrases: HashMap<Phrase, HashSet<usize>> = HashMap::new();
        let mut negations = HashSet::new();
        for text in &corpus.clusters[cluster] {
            for run in &text.runs {
                for (position, token) in run.iter().enumerate() {
                    match token.role {
                        Role::Function => continue,
                        Role::Negation => {
                            negations.insert(token.stem);
                        }
                        Role::Content => {}
                    }
                    let parts = corpus.parts(token.stem).filter(|_| token.role == Role::Content);
                    for word in std::iter::once(token.stem).chain(parts) {
                        words.entry(word).or_default().insert(text.comment);
                    }
                    for phrase in phrases_from(corpus, &run[position..]) {
                        phrases.entry(phrase).or_default().insert(text.comment);
                    }
                }
            }
        }
        let counts = |comments: HashSet<usize>| comments.len() as u32;
        let words: HashMap<u32, u32> = words.into_iter().map(|(word, comments)| (word, counts(comments))).collect();
        let comments = Self::comments_of(corpus, cluster) as f64;
        let weight = |(&word, &count): (&u32, &u32)| {
            let in_all = corpus.comments(word).max(count);
            // Seen in one comment only, it is still worth more than nothing.
            let surely = f64::from(count) - 1.0 + 0.1;
            (word, surely / comments * (1.0 + mean_comments / f64::from(in_all)).ln())
        };
        Self {
            corpus,
            cluster,
            weights: words.iter().map(weight).collect(),
            comments,
            words,
            phrases: phrases.into_iter().map(|(phrase, comments)| (phrase, counts(comments))).collect(),
            negations,
        }
    }

    fn name(&self, taken: &mut HashSet<String>) -> ClusterName {
        let candidates = self.candidates();
        let terms = self.terms(&candidates);
        // The word that says most stands in the name, with what customers say around it.
        let Some(word) = candidates.iter().find(|candidate| candidate.phrase.len() == 1) else {
            return ClusterName::default();
        };
        let first = candidates.iter().find(|candidate| candidate.phrase.contains(&word.phrase[0])).unwrap_or(word);
        let name = self.free_name(first, &candidates, taken);
        taken.insert(name.to_lowercase());
        ClusterName { name, terms }
    }

    /// What says most first.
    fn candidates(&self) -> Vec<Candidate> {
        let content = |word: &u32| !self.negations.contains(word);
        let often = |least: u32| {
            let words = self.words.iter().filter(move |(word, count)| content(word) && **count >= least);
            let shown = words.filter(|(word, _)| self.corpus.comments(**word) >= FEWEST_COMMENTS);
            shown.map(|(word, _)| self.of_word(*word)).collect::<Vec<_>>()
        };
        let mut candidates = often(FEWEST_COMMENTS);
        if candidates.is_empty() {
            candidates = often(1);
        }
        candidates.retain(|candidate| !self.is_mostly_one_compound(candidate.phrase[0]));
        let least = (LEAST_SHARE_OF_PHRASE * self.comments).max(f64::from(FEWEST_COMMENTS));
        let phrases = self.phrases.iter().filter(|(_, count)| f64::from(**count) >= least);
        candidates.extend(phrases.map(|(phrase, count)| self.of_phrase(phrase, *count)));
        let spelt = |candidate: &Candidate| -> Vec<&str> {
            candidate.phrase.iter().map(|&word| self.corpus.stem(word)).collect()
        };
        candidates
            .sort_by(|left, right| right.worth.total_cmp(&left.worth).then_with(|| spelt(left).cmp(&spelt(right))));
        candidates
    }

    fn of_word(&self, word: u32) -> Candidate {
        let share = if self.corpus.is_noun(word) == Some(false) { WORTH_OF_OTHERS } else { 1.0 };
        Candidate { phrase: vec![word], worth: share * self.weights[&word] }
    }

    fn of_phrase(&self, phrase: &Phrase, count: u32) -> Candidate {
        let told: Vec<u32> = phrase.iter().copied().filter(|word| self.words.contains_key(word)).collect();
        let log_counts = told.iter().map(|word| f64::from(self.words[word]).ln());
        let mean_count = (log_counts.sum::<f64>() / told.len() as f64).exp();
        let weight: f64 = told.iter().map(|word| self.weights[word]).sum();
        let is_no_noun = |word: &u32| self.corpus.is_noun(*word) == Some(false);
        let share = if told.iter().all(is_no_noun) { WORTH_OF_OTHERS } else { 1.0 };
        Candidate {
            phrase: phrase.clone(),
            worth: WORTH_OF_PHRASE * share * weight * (f64::from(count) / mean_count).sqrt(),
        }
    }

    fn is_mostly_one_compound(&self, part: u32) -> bool {
        let compounds = self.words.iter().filter(|(word, _)| self.corpus.parts(**word).any(|other| other == part));
        let most = compounds.map(|(_, count)| *count).max().unwrap_or(0);
        f64::from(most) >= SHARE_OF_COMPOUND * f64::from(self.words[&part])
    }

    fn terms(&self, candidates: &[Candidate]) -> Vec<KeyTerm> {
        let words = candidates.iter().filter(|candidate| candidate.phrase.len() == 1);
        let term = |candidate: &Candidate| KeyTerm { term: self.written(&candidate.phrase), weight: candidate.worth };
        words.take(MOST_TERMS).map(term).collect()
    }

    fn free_name(&self, first: &Candidate, candidates: &[Candidate], taken: &HashSet<String>) -> String {
        let is_free = |name: &String| !taken.contains(&name.to_lowercase());
        let others = || candidates.iter().filter(|other| !self.are_alike(&first.phrase, &other.phrase));
        let with = |other: &Candidate| format!("{}, {}", self.title(&first.phrase), self.written(&other.phrase));
        let alone = self.title(&first.phrase);
        let best = match others().next().filter(|other| other.worth >= WORTH_OF_SECOND * first.worth) {
            Some(second) => with(second),
            None => alone.clone(),
        };
        let more = others().map(with);
        let numbered = (2..).map(|number: usize| format!("{alone} ({number})"));
        std::iter::once(best).chain(more).chain(numbered).find(is_free).unwrap_or(alone)
    }

    /// Whether a word of one is in a word of the other, so that together they say little more than one.
    fn are_alike(&self, left: &[u32], right: &[u32]) -> bool {
        let is_in = |part: u32, whole: u32| {
            let part = self.corpus.stem(part);
            part.chars().count() >= LIKE_LETTERS && self.corpus.stem(whole).contains(part)
        };
        let mut pairs = left.iter().flat_map(|&left| right.iter().map(move |&right| (left, right)));
        pairs.any(|(left, right)| left == right || is_in(left, right) || is_in(right, left))
    }

    /// With a capital letter.
    fn title(&self, phrase: &[u32]) -> String {
        let written = self.written(phrase);
        let mut letters = written.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// As the cluster's customers write it most, else as all do.
    fn written(&self, phrase: &[u32]) -> String {
        let mut counts: HashMap<Vec<u32>, usize> = HashMap::new();
        let runs = self.corpus.clusters[self.cluster].iter().flat_map(|text| &text.runs);
        for window in runs.flat_map(|run| run.windows(phrase.len())) {
            if window.iter().map(|token| token.stem).eq(phrase.iter().copied()) {
                *counts.entry(window.iter().map(|token| token.surface).collect()).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(surfaces, count)| (*count, Reverse(surfaces.clone())));
        let surfaces = most.map(|(surfaces, _)| surfaces);
        let surfaces =
            surfaces.unwrap_or_else(|| phrase.iter().filter_map(|&word| self.corpus.written(word)).collect());
        surfaces.iter().map(|&surface| self.corpus.surface(surface)).collect::<Vec<_>>().join(" ")
    }
}

/// Phrases of several words that begin with the first of these. "Funktioniert nicht" is one; "Aufzug nicht" is left without
/// its verb, and "infolge einer technischen" without its noun.
fn phrases_from<'a>(corpus: &Corpus, run: &'a [Token]) -> impl Iterator<Item = Phrase> + use<'a> {
    let is_no_noun = |word: &Token| corpus.is_noun(word.stem) == Some(false);
    let is_phrase = |words: &&[Token]| {
        let has_function_word = words.iter().any(|word| word.role == Role::Function);
        let last = words[words.len() - 1];
        let ends_well = match last.role {
            Role::Content => !has_function_word || !is_no_noun(&last),
            Role::Negation => words.len() == 2 && words.iter().all(is_no_noun),
            Role::Function => false,
        };
        ends_well && words.iter().any(|word| word.role == Role::Content)
    };
    let longest = run.len().min(LONGEST_PHRASE);
    let phrases: Vec<&[Token]> = (2..=longest).map(|length| &run[..length]).filter(is_phrase).collect();
    phrases.into_iter().map(|words| words.iter().map(|word| word.stem).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clusters of German texts, each a comment of its own.
    fn names(clusters: &[&[&str]]) -> Vec<ClusterName> {
        let mut texts = Vec::new();
        for (cluster, of_cluster) in clusters.iter().enumerate() {
            for text in *of_cluster {
                let comment = texts.len();
                texts.push(ClusterText { text, language: Language::German, comment, cluster: cluster as u32 });
            }
        }
        name_clusters(&texts, clusters.len())
    }

    fn name(clusters: &[&[&str]]) -> String {
        names(clusters)[0].name.clone()
    }

    const OTHERS: &[&str] = &[
        "Der Fahrer war unfreundlich.",
        "Ein unfreundlicher Fahrer im Bus.",
        "Der Fahrer grüßt nie, ist unfreundlich",
    ];

    #[test]
    fn a_phrase_that_customers_use() {
        let clusters: &[&[&str]] = &[
            &[
                "Die Rolltreppe ist schon wieder außer Betrieb.",
                "Rolltreppe außer Betrieb",
                "Aufzug und Rolltreppen außer Betrieb",
            ],
            OTHERS,
        ];
        assert_eq!(name(clusters), "Rolltreppe außer Betrieb");
        assert_eq!(names(clusters)[1].name, "Fahrer, unfreundlich");
    }

    #[test]
    fn terms_are_words_in_the_form_that_is_written_most() {
        let clusters: &[&[&str]] = &[
            &["die Rechnungen sind falsch", "meine Rechnung ist falsch", "Rechnung doppelt", "falsche Rechnung"],
            OTHERS,
        ];
        let terms = &names(clusters)[0].terms;
        assert_eq!(terms[0].term, "Rechnung");
        assert!(terms.iter().all(|term| term.weight > 0.0));
        assert!(terms.is_sorted_by(|left, right| left.weight >= right.weight));
    }

    #[test]
    fn compounds_count_for_their_parts() {
        let clusters: &[&[&str]] = &[
            &["Die Zuganzeige fehlt.", "Die Gleisanzeige ist aus.", "Keine Wagenanzeige", "Eine Anzeige, die stimmt!"],
            &["Der Zug kam nicht, die Anzeige stimmte", "Ein Zug am Gleis, ein Wagen zu wenig", "Das Gleis, der Wagen"],
        ];
        assert!(name(clusters).starts_with("Anzeige"), "{}", name(clusters));
    }

    #[test]
    fn what_one_customer_says_is_not_shown() {
        let mut texts = Vec::new();
        for text in ["Herr Kowalski hat gelogen", "Kowalski ruft nie zurück", "Wartezeit", "Wartezeit am Schalter"] {
            let comment = if text.contains("Kowalski") { 0 } else { texts.len() };
            texts.push(ClusterText { text, language: Language::German, comment, cluster: 0 });
        }
        let named = name_clusters(&texts, 1);
        assert_eq!(named[0].name, "Wartezeit");
        assert!(named[0].terms.iter().all(|term| term.term != "Kowalski"));
    }

    #[test]
    fn what_is_masked_is_not_shown() {
        let clusters: &[&[&str]] =
            &[&["[Name] war unhöflich", "[Name] war sehr unhöflich", "unhöflich, [Name]!"], OTHERS];
        assert_eq!(name(clusters), "Unhöflich");
    }

    #[test]
    fn copies_count_once() {
        let copied = "Bahn räumt Versäumnisse ein: Sprecher kündigt umfassende Prüfung aller Weichen an";
        let clusters: &[&[&str]] =
            &[&[copied, copied, copied, copied, "Weichen vereist", "Schon wieder vereist, die Weichen"], OTHERS];
        assert!(name(clusters).starts_with("Weichen"), "{}", name(clusters));
    }

    #[test]
    fn a_tiny_cluster_takes_words_that_others_say_too() {
        let clusters: &[&[&str]] = &[OTHERS, &["Fahrer Zickzack, einmalig"], &["Quatsch mit Soße"]];
        let named = names(clusters);
        assert_eq!(named[1].name, "Fahrer");
        assert_eq!(named[2], ClusterName::default());
    }

    #[test]
    fn names_differ() {
        let alike: &[&str] = &["Aufzug defekt", "Aufzug wieder defekt", "defekter Aufzug"];
        let named = names(&[alike, alike, alike]);
        let different: HashSet<&str> = named.iter().map(|name| name.name.as_str()).collect();
        assert_eq!(different.len(), 3, "{different:?}");
    }

    #[test]
    fn english_and_mixed() {
        let mut texts = Vec::new();
        let of_cluster = ["My virtual card was declined", "virtual cards declined again", "Virtual card geht nicht"];
        for text in of_cluster {
            texts.push(ClusterText { text, language: Language::English, comment: texts.len(), cluster: 0 });
        }
        assert!(name_clusters(&texts, 1)[0].name.starts_with("Virtual card"));
        assert!(name_clusters(&[], 2).iter().all(|name| name.name.is_empty()));
    }
}
