use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::fame::names_a_thing;
use super::first_name::{Certainty, first_name};
use super::role::is_person;
use super::word::{ends_phrase, is_small_name, name_end};
use crate::text::pii::words::{Words, word_set};

/// What is said before a name, the last word first.
const INTRODUCTIONS: [&[&str]; 26] = [
    &["heiße", "ich"],
    &["heisse", "ich"],
    &["heiß", "ich"],
    &["ist", "name"],
    &["lautet", "name"],
    &["is", "name"],
    &["was", "name"],
    &["name's"],
    &["gezeichnet"],
    &["gez"],
    &["spricht", "hier"],
    &["schreibt", "hier"],
    &["namen", "den", "auf"],
    &["namen", "dem", "unter"],
    &["namen", "im"],
    &["von", "namen", "im"],
    &["of", "name"],
    &["name", "the", "under"],
    &["hd", "z"],
    &["zhd"],
    &["händen", "zu"],
    &["o", "c"],
    &["attn"],
    &["a", "i"],
    &["v", "i"],
    &["ppa"],
];

/// What stands before a name in a form.
static NAME_LABELS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "name vorname nachname familienname surname kontoinhaber kontoinhaberin karteninhaber karteninhaberin \
         inhaber inhaberin ansprechpartner ansprechpartnerin ansprechperson kontaktperson unterzeichner \
         versicherungsnehmer versicherungsnehmerin empfänger empfängerin absender absenderin sachbearbeiter \
         sachbearbeiterin cardholder passenger",
    )
});

/// "Ich heiße …", "My name is …", "Name: …", "Ich, …, kündige", "i bin da …".
pub(super) fn introduced(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let first = index + 1;
    let gap = words.gap_before(first);
    if is_introduction(words, index) && matches!(gap, " " | ": " | ". " | "/" | " \"") {
        let small = || (!words.is_capital(first) && is_small_name(words, first)).then_some(first + 1);
        return name_end(words, first, 3).or_else(small).map(|end| first..end);
    }
    if NAME_LABELS.contains(words.lower(index)) && matches!(gap, " " | ": " | ":") {
        let end = name_end(words, first, 3)?;
        let is_form = gap != " " || (end - first >= 2 && ends_phrase(words, end));
        return is_form.then_some(first..end);
    }
    // "Hier ist Telse Petersen", "I'm Telse Petersen": nouns follow these too, but seldom two.
    let is_presented = match words.lower(index) {
        "ist" => words.lower_before(index) == "hier",
        "is" => words.lower_before(index) == "this",
        "am" => words.lower_before(index) == "i",
        "i'm" | "unterzeichnete" | "unterzeichner" => true,
        _ => false,
    };
    if is_presented && gap == " " {
        let end = name_end(words, first, 3)?;
        let is_known = first_name(words.lower(first)) == Some(Certainty::Sure);
        let is_pair = end - first >= 2 && !words.is_capital(end) && !names_a_thing(words, end);
        return (is_known || is_pair).then_some(first..end);
    }
    let speaks = matches!(words.lower(index), "ich" | "i") && gap == ", ";
    if speaks {
        let end = name_end(words, first, 3)?;
        return (end - first >= 2 && words.gap_before(end).starts_with(',')).then_some(first..end);
    }
    let is_somebody =
        matches!(words.lower(index), "der" | "die" | "da") && matches!(words.lower_before(index), "bin" | "i'm");
    if is_somebody && gap == " " {
        let end = name_end(words, first, 3)?;
        let is_known = first_name(words.lower(first)).is_some();
        // "ich bin der Deutschen Bahn treu"
        return (is_known || (end - first >= 2 && !words.lower(first).ends_with("en"))).then_some(first..end);
    }
    let is_called =
        matches!(words.lower(index), "called" | "named" | "namens" | "genannt" | "heißt" | "hieß") && gap == " ";
    if is_called && is_person(words.lower_before(index)) {
        return name_end(words, first, 2).map(|end| first..end);
    }
    None
}

fn is_introduction(words: &Words<'_>, index: usize) -> bool {
    let matches_phrase = |phrase: &[&str]| {
        let mut at = index;
        phrase.iter().enumerate().all(|(position, word)| {
            if position > 0 {
                if at == 0 || !matches!(words.gap_before(at), " " | ". " | "." | "/") {
                    return false;
                }
                at -= 1;
            }
            words.lower(at) == *word
        })
    };
    INTRODUCTIONS.iter().any(|phrase| phrase[0] == words.lower(index) && matches_phrase(phrase))
}
