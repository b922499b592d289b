use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::fame::{NAME_BEARERS, ends_famous_name, is_famous, names_a_thing};
use super::role::is_person;
use super::word::{is_name_word, name_end};
use crate::text::pii::words::{Words, is_function_word, is_verb};

/// How sure a first name is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text::pii) enum Certainty {
    /// It is hardly anything else.
    Sure,
    /// It is a word, a brand or a place too.
    Ambiguous,
}

static NAMES: LazyLock<HashMap<&str, Certainty>> = LazyLock::new(|| {
    let lines = include_str!("first_names.txt").lines().filter(|line| !line.starts_with('#'));
    let certainty = |name: &'static str| match name.strip_suffix('*') {
        Some(name) => (name, Certainty::Ambiguous),
        None => (name, Certainty::Sure),
    };
    lines.flat_map(str::split_whitespace).map(certainty).collect()
});

/// Whether a word in lower case is a first name: all its parts if it has hyphens, and without the s of a genitive
/// ("Sabines").
pub(in crate::text::pii) fn first_name(lower: &str) -> Option<Certainty> {
    if let Some(known) = NAMES.get(lower) {
        return Some(*known);
    }
    if lower.contains('-') {
        let parts = lower.split('-').map(|part| NAMES.get(part).copied());
        return parts.collect::<Option<Vec<_>>>().map(|_| Certainty::Sure);
    }
    let genitive = lower.strip_suffix("'s").or_else(|| lower.strip_suffix('s').filter(|stem| stem.len() >= 4))?;
    NAMES.get(genitive).copied()
}

/// "Trinkgeld ging an Giuseppe", "Jürgen Kaltschmidt".
pub(super) fn with_first_name(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    if !words.is_capital(index) {
        return None;
    }
    let certainty = first_name(words.lower(index))?;
    // "#Friederike" is a hashtag.
    if words.gap_before(index).ends_with('#') || !is_name_word(words, index) {
        return None;
    }
    let name = with_surname(words, index)?;
    let has_surname = name.len() >= 2;
    let before = words.lower_before(index);
    // "am Alex": a place with a person's name.
    let is_place = matches!(before, "am" | "im" | "ins" | "ans" | "aufs");
    let is_idiom = matches!(before, "schwarzer" | "schwarzen" | "falsche" | "dumme");
    // "Ben & Jerry's" is a firm, a ship is called "Karl Valentin".
    let is_firm = words.gap_after(name.end - 1).starts_with(" & ") || words.gap_before(index).ends_with("& ");
    let is_quoted = words.gap_before(index).ends_with(['"', '„', '“', '»', '«']);
    if NAME_BEARERS.contains(before)
        || is_firm
        || is_quoted
        || is_place
        || is_idiom
        || is_saint(words, index)
        || ends_famous_name(words, index)
    {
        return None;
    }
    if has_surname {
        let is_word =
            certainty == Certainty::Ambiguous && (is_verb(words.lower(index)) || is_function_word(words.lower(index)));
        return (!is_word).then_some(name);
    }
    // "Seat Leon", "Air Berlin": behind another noun it is hardly a person, unless that is one.
    let follows_noun = !before.is_empty()
        && words.is_capital(index - 1)
        && !words.opens_sentence(index - 1)
        && !is_person(before)
        && !is_function_word(before)
        && !matches!(before, "dank" | "grüße" | "gruß");
    (certainty == Certainty::Sure && !follows_noun).then_some(name)
}

fn is_saint(words: &Words<'_>, index: usize) -> bool {
    index > 0 && words.lower(index - 1) == "st" && words.gap_before(index) == ". "
}

/// The first name with what follows of it; none if it is that of a building, a brand or an event.
pub(super) fn with_surname(words: &Words<'_>, first: usize) -> Option<Range<usize>> {
    const MOST_WORDS: usize = 3;
    let end_of_all = name_end(words, first, MOST_WORDS).unwrap_or(first + 1);
    // What follows may be any German noun: only one word behind the first names is taken for the surname.
    let behind_first_names = (first..end_of_all).find(|index| first_name(words.lower(*index)).is_none());
    let surname = behind_first_names.and_then(|start| (start..end_of_all).find(|index| words.is_capital(*index)));
    let end = surname.map_or(end_of_all, |surname| surname + 1);
    let is_called_line = words.gap_before(end) == " " && matches!(words.lower(end), "line" | "the");
    let is_brand = is_famous(words, first) || ends_famous_name(words, first) || is_called_line;
    let is_thing = is_brand || (first + 1..=end).any(|index| names_a_thing(words, index));
    (!is_thing).then_some(first..end)
}

/// "M. Berger" at the start of a line or behind a preposition.
pub(super) fn with_initial(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let surname = index + 1;
    let is_initial = words.lower(index).chars().count() == 1 && words.gap_before(surname) == ". ";
    let before = words.lower_before(index);
    let is_placed =
        index == 0 || words.gap_before(index).contains('\n') || matches!(before, "von" | "an" | "by" | "to" | "from");
    let is_name = is_initial && is_placed && is_name_word(words, index) && is_name_word(words, surname);
    (is_name && !is_verb(words.lower(surname))).then_some(index..surname + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names_and_doubts_words() {
        assert_eq!(first_name("sabine"), Some(Certainty::Sure));
        assert_eq!(first_name("sabines"), Some(Certainty::Sure));
        assert_eq!(first_name("anna-lena"), Some(Certainty::Sure));
        assert_eq!(first_name("mark"), Some(Certainty::Ambiguous));
        for word in ["karl-marx-platz", "straße", "", "-", "s"] {
            assert_eq!(first_name(word), None, "{word}");
        }
    }
}
