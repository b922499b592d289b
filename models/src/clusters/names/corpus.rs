//! The words of all texts as numbers, and how often each is said.

use std::collections::HashMap;

use super::ClusterText;
use super::compounds::parts;
use super::words::{Role, runs};
use crate::text::Language;

/// Of each cluster so many texts are read: more change neither name nor terms.
const TEXTS_PER_CLUSTER: usize = 1_000;
/// What fewer comments say is one customer's way to say it, and may be a name.
pub const FEWEST_COMMENTS: u32 = 2;
/// Texts whose first content words are these are copies of one, as shared news are, and count once.
const WORDS_OF_COPY: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub stem: u32,
    pub surface: u32,
    pub role: Role,
}

/// A text's words.
#[derive(Debug)]
pub struct Words {
    /// Its comment, or the first one of which it is a copy.
    pub comment: usize,
    pub runs: Vec<Vec<Token>>,
}

#[derive(Debug, Default)]
pub struct Corpus {
    stems: Numbered,
    surfaces: Numbered,
    /// By cluster; within each, texts of a comment follow each other.
    pub clusters: Vec<Vec<Words>>,
    /// For each stem, the stems of the words that it is made of.
    parts: Vec<Option<[u32; 2]>>,
    /// For each stem, in how many comments it is, as a content word or part of one.
    comments: Vec<u32>,
    /// For each stem, how it is written and how often.
    written: Vec<HashMap<u32, u32>>,
    /// For each stem, whether German texts write it with a capital letter where no sentence begins; none where they have
    /// no such place.
    is_noun: Vec<Option<bool>>,
}

impl Words {
    fn contents(&self) -> impl Iterator<Item = Token> {
        self.runs.iter().flatten().filter(|token| token.role == Role::Content).copied()
    }
}

/// Strings with numbers from 0 on.
#[derive(Debug, Default)]
struct Numbered {
    numbers: HashMap<String, u32>,
    strings: Vec<String>,
}

impl Numbered {
    fn number(&mut self, string: &str) -> u32 {
        if let Some(&number) = self.numbers.get(string) {
            return number;
        }
        let number = self.strings.len() as u32;
        self.numbers.insert(string.to_owned(), number);
        self.strings.push(string.to_owned());
        number
    }
}

/// Counts what is seen, once for each of a sequence's members.
#[derive(Debug, Default)]
struct OncePerComment {
    counts: Vec<u32>,
    seen_in: Vec<Option<usize>>,
}

impl OncePerComment {
    fn of(stems: usize) -> Self {
        Self { counts: vec![0; stems], seen_in: vec![None; stems] }
    }

    fn add(&mut self, stem: u32, comment: usize) {
        let stem = stem as usize;
        if self.seen_in[stem] != Some(comment) {
            self.seen_in[stem] = Some(comment);
            self.counts[stem] += 1;
        }
    }
}

impl Corpus {
    /// `clusters` is how many there are.
    pub fn new(texts: &[ClusterText], clusters: usize) -> Self {
        let mut of_clusters: Vec<Vec<usize>> = vec![Vec::new(); clusters];
        texts.iter().enumerate().for_each(|(position, text)| of_clusters[text.cluster as usize].push(position));
        let mut corpus = Self::default();
        let mut is_german = Vec::new();
        let mut copied: HashMap<Vec<u32>, usize> = HashMap::new();
        for mut positions in of_clusters {
            positions.truncate(TEXTS_PER_CLUSTER);
            let read = |&position: &usize| {
                let mut words = corpus.read(&texts[position], &mut is_german);
                let first: Vec<u32> = words.contents().take(WORDS_OF_COPY).map(|token| token.stem).collect();
                if first.len() == WORDS_OF_COPY {
                    words.comment = *copied.entry(first).or_insert(words.comment);
                }
                words
            };
            let mut words: Vec<Words> = positions.iter().map(read).collect();
            words.sort_by_key(|words| words.comment);
            corpus.clusters.push(words);
        }
        corpus.count(&is_german);
        corpus
    }

    fn read(&mut self, text: &ClusterText, is_german: &mut Vec<bool>) -> Words {
        let mut token = |word: super::words::Word| {
            let token = Token {
                stem: self.stems.number(&word.stem),
                surface: self.surfaces.number(word.surface),
                role: word.role,
            };
            if token.surface as usize == is_german.len() {
                is_german.push(text.language == Language::German);
            }
            token
        };
        let mut runs_of_text = Vec::new();
        for run in runs(text.text, text.language) {
            runs_of_text.push(run.into_iter().map(&mut token).collect());
        }
        Words { comment: text.comment, runs: runs_of_text }
    }

    /// `is_german` tells of each surface form whether a German text has it.
    fn count(&mut self, is_german: &[bool]) {
        let stems = self.stems.strings.len();
        let mut by_comment: Vec<&Words> = self.clusters.iter().flatten().collect();
        by_comment.sort_by_key(|words| words.comment);
        let mut as_words = OncePerComment::of(stems);
        let mut written: Vec<HashMap<u32, u32>> = vec![HashMap::new(); stems];
        for words in &by_comment {
            for token in words.contents() {
                as_words.add(token.stem, words.comment);
                *written[token.stem as usize].entry(token.surface).or_default() += 1;
            }
        }
        let known = |stem: &str| {
            let number = *self.stems.numbers.get(stem)?;
            Some(as_words.counts[number as usize]).filter(|&comments| comments >= FEWEST_COMMENTS)
        };
        let parts_of = |surfaces: &HashMap<u32, u32>| {
            let surfaces = surfaces.keys().filter(|&&surface| is_german[surface as usize]).min();
            let word = self.surfaces.strings[*surfaces? as usize].to_lowercase().replace('-', "");
            let (first, last) = parts(&word, known)?;
            Some([self.stems.numbers[&first], self.stems.numbers[&last]])
        };
        let parts: Vec<Option<[u32; 2]>> = written.iter().map(parts_of).collect();
        let mut comments = OncePerComment::of(stems);
        for words in &by_comment {
            for token in words.contents() {
                comments.add(token.stem, words.comment);
                let parts = parts[token.stem as usize].into_iter().flatten();
                parts.for_each(|part| comments.add(part, words.comment));
            }
        }
        self.is_noun = self.nouns(is_german);
        self.parts = parts;
        self.comments = comments.counts;
        self.written = written;
    }

    fn nouns(&self, is_german: &[bool]) -> Vec<Option<bool>> {
        let mut capitals = vec![0i64; self.stems.strings.len()];
        let mut is_seen = vec![false; capitals.len()];
        let runs = self.clusters.iter().flatten().flat_map(|words| &words.runs);
        // A run may begin a sentence.
        for token in runs.flat_map(|run| run.iter().skip(1)).filter(|token| is_german[token.surface as usize]) {
            let begins_large = self.surface(token.surface).starts_with(char::is_uppercase);
            capitals[token.stem as usize] += if begins_large { 1 } else { -1 };
            is_seen[token.stem as usize] = true;
        }
        let is_noun = |(capitals, is_seen): (&i64, bool)| is_seen.then_some(*capitals > 0);
        capitals.iter().zip(is_seen).map(is_noun).collect()
    }

    /// As far as the texts tell.
    pub fn is_noun(&self, stem: u32) -> Option<bool> {
        self.is_noun[stem as usize]
    }

    /// In how many comments a word is.
    pub fn comments(&self, stem: u32) -> u32 {
        self.comments[stem as usize]
    }

    pub fn parts(&self, stem: u32) -> impl Iterator<Item = u32> {
        self.parts[stem as usize].into_iter().flatten()
    }

    pub fn stem(&self, stem: u32) -> &str {
        &self.stems.strings[stem as usize]
    }

    pub fn surface(&self, surface: u32) -> &str {
        &self.surfaces.strings[surface as usize]
    }

    /// How a word is written most.
    pub fn written(&self, stem: u32) -> Option<u32> {
        let written = self.written[stem as usize].iter();
        written.max_by_key(|&(surface, count)| (*count, std::cmp::Reverse(*surface))).map(|(surface, _)| *surface)
    }
}
