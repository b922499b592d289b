//! Digits in a text, and what stands around them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// Whether a range touches one of `sorted`, which must be in order and without overlap.
pub(super) fn overlaps_any(sorted: &[Range<usize>], range: &Range<usize>) -> bool {
    let behind = sorted.partition_point(|other| other.end <= range.start);
    sorted.get(behind).is_some_and(|other| other.start < range.end)
}

/// Whether a number is not just the part of a longer word, number, date or decimal.
pub(super) fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let mut before = text[..range.start].chars().rev();
    let joined_before = match before.next() {
        Some('.' | ',' | ':' | '/' | '-') => before.next().is_some_and(|character| character.is_ascii_digit()),
        Some(character) => character.is_alphanumeric() || character == '_',
        None => false,
    };
    !joined_before && !goes_on(text, range.end)
}

/// Whether a word, number or decimal goes on at `position`.
pub(super) fn goes_on(text: &str, position: usize) -> bool {
    let mut after = text[position..].chars();
    match after.next() {
        Some('.' | ',' | ':') => after.next().is_some_and(|character| character.is_ascii_digit()),
        Some(character) => character.is_alphanumeric() || character == '_',
        None => false,
    }
}

/// The runs of ASCII digits in `range`.
pub(super) fn digit_groups(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (offset, _) in text[range.clone()].bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let at = range.start + offset;
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Whether a number is written as a date.
pub(super) fn is_date(written: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:[0-3]?[0-9][./-][01]?[0-9][./-](?:[12][09])?[0-9]{2}|[12][09][0-9]{2}-[01][0-9]-[0-3][0-9]|[0-3]?[0-9]\.[01]?[0-9])$",
        )
    });
    DATE.is_match(written)
}

/// The last `bytes` bytes before `position`, cut on a character boundary.
pub(super) fn before(text: &str, position: usize, bytes: usize) -> &str {
    &text[text.floor_char_boundary(position.saturating_sub(bytes))..position]
}

/// The first `bytes` bytes from `position` on, cut on a character boundary.
pub(super) fn after(text: &str, position: usize, bytes: usize) -> &str {
    &text[position..text.ceil_char_boundary((position + bytes).min(text.len()))]
}

/// Whether the word before says that the number belongs to a thing: an article, a device, an error.
pub(super) fn follows_thing_word(text: &str, position: usize) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:artikel|serien|modell|typ|type|teil|ersatzteil|produkt|geräte?|chargen|material|fehler|ean|gtin|isbn|issn|sku|model|serial|product|item|part|error|batch|barcode|version|bauteil|farbe?)[- ]?(?:nummern?|nr|numbers?|no|id|code|bezeichnung)?[.:#]?\s*(?:ist|lautet|is)?[:\s#]*$",
        )
    });
    const LOOK_BACK_BYTES: usize = 40;
    WORD.is_match(before(text, position, LOOK_BACK_BYTES))
}
