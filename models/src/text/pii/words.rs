//! The words of a text, for what is recognised by the words around it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::overlaps_any;
use super::pattern;
use crate::text::grammar::Grammar;
use crate::text::language::Language;

/// The words of a list, in lower case.
pub(super) fn word_set(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

/// Days and months, which are written like names in English and stand where names stand in German.
static CALENDAR: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar jänner februar feber märz \
         april mai juni juli august september oktober november dezember monday tuesday wednesday thursday friday \
         saturday sunday january february march may june july october december ostern pfingsten weihnachten \
         silvester christmas easter",
    )
});

pub(super) struct Word {
    /// Bytes of the text.
    pub(super) range: Range<usize>,
    pub(super) lower: String,
    pub(super) is_capital: bool,
}

/// Letters and digits, joined by inner hyphens and apostrophes: "Marie-Claire", "7c", "Bgm.-Thiele-Platz".
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    words: Vec<Word>,
}

impl<'a> Words<'a> {
    /// Words in the `barriers` (placeholders, web addresses, what was found before) are left out. `barriers` must be in
    /// order and without overlap.
    pub(super) fn of(text: &'a str, barriers: &[Range<usize>]) -> Self {
        static WORD: LazyLock<Regex> =
            LazyLock::new(|| pattern(r"[\p{L}\p{M}\p{N}]+(?:(?:[-'’]|\.-)[\p{L}\p{M}\p{N}]+)*"));
        let word = |found: regex::Match<'_>| Word {
            range: found.range(),
            lower: found.as_str().to_lowercase().replace('’', "'"),
            is_capital: found.as_str().starts_with(char::is_uppercase),
        };
        let free = WORD.find_iter(text).filter(|found| !overlaps_any(barriers, &found.range()));
        Self { text, words: free.map(word).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Word> {
        self.words.get(index)
    }

    /// In lower case; empty beyond the last word.
    pub(super) fn lower(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| word.lower.as_str())
    }

    /// The word before, in lower case, if only a space stands between; else empty.
    pub(super) fn lower_before(&self, index: usize) -> &str {
        match index.checked_sub(1) {
            Some(before) if self.gap_before(index) == " " => self.lower(before),
            _ => "",
        }
    }

    /// As it is written; empty beyond the last word.
    pub(super) fn written(&self, index: usize) -> &'a str {
        self.words.get(index).map_or("", |word| &self.text[word.range.clone()])
    }

    pub(super) fn is_capital(&self, index: usize) -> bool {
        self.words.get(index).is_some_and(|word| word.is_capital)
    }

    /// What stands between a word and the one before, or the start of the text; for the word behind the last, up to the
    /// end of the text.
    pub(super) fn gap_before(&self, index: usize) -> &'a str {
        if index > self.words.len() {
            return "";
        }
        let start = index.checked_sub(1).and_then(|before| self.words.get(before)).map_or(0, |word| word.range.end);
        let end = self.words.get(index).map_or(self.text.len(), |word| word.range.start);
        &self.text[start..end]
    }

    /// What stands between a word and the one behind it, or the end of the text.
    pub(super) fn gap_after(&self, index: usize) -> &'a str {
        self.gap_before(index + 1)
    }

    /// Whether a sentence or a line begins with the word.
    pub(super) fn opens_sentence(&self, index: usize) -> bool {
        index == 0 || self.gap_before(index).contains(['.', '!', '?', ':', '\n', '"', '„', '“', '(', '…'])
    }

    /// The first word that begins at `byte` or behind it.
    pub(super) fn index_at(&self, byte: usize) -> usize {
        self.words.partition_point(|word| word.range.start < byte)
    }

    /// From the start of one word to the end of another.
    pub(super) fn bytes(&self, first: usize, last: usize) -> Range<usize> {
        self.words[first].range.start..self.words[last].range.end
    }
}

/// Articles, pronouns, prepositions and the like, in German or English.
pub(super) fn is_function_word(lower: &str) -> bool {
    grammars().iter().any(|grammar| grammar.is_function_word(lower))
}

/// Frequent verb forms, in German or English.
pub(super) fn is_verb(lower: &str) -> bool {
    grammars().iter().any(|grammar| grammar.finite_verbs.contains(lower))
}

/// "sehr", "super", "really".
pub(super) fn is_degree(lower: &str) -> bool {
    grammars().iter().any(|grammar| grammar.degrees.contains(lower))
}

pub(super) fn is_determiner(lower: &str) -> bool {
    grammars().iter().any(|grammar| grammar.determiners.contains(lower) || grammar.relatives.contains(lower))
}

pub(super) fn is_calendar_word(lower: &str) -> bool {
    CALENDAR.contains(lower)
}

fn grammars() -> [&'static Grammar; 2] {
    static BOTH: LazyLock<[&Grammar; 2]> = LazyLock::new(|| {
        [Language::German, Language::English].map(|language| Grammar::of(language).expect("both have a grammar"))
    });
    *BOTH
}
