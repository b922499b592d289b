use std::ops::Range;
use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;

use super::numbers::before;
use super::pattern;

/// IBANs with a valid checksum (ISO 13616), and what is called an IBAN and has the form of one: people mistype.
pub(super) fn ibans(text: &str) -> Vec<Range<usize>> {
    /// The longest IBAN has 34 characters; each may have one separator before it.
    static CANDIDATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)(?-u:\b)[A-Z]{2}[ -]?[0-9][ -]?[0-9](?:[ -]?[A-Z0-9]){11,30}"));
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(candidate) = CANDIDATE.find_at(text, position) {
        match longest_iban(text, candidate.range()).or_else(|| mistyped_iban(text, candidate.range())) {
            Some(end) => {
                found.push(candidate.start()..end);
                position = end;
            }
            // The true one may begin inside the candidate.
            None => position = candidate.start() + 2,
        }
    }
    found
}

/// The end of the longest valid IBAN that begins where `candidate` (ASCII only) begins and ends with a word.
fn longest_iban(text: &str, candidate: Range<usize>) -> Option<usize> {
    let mut letters_and_digits = String::with_capacity(candidate.len());
    let mut longest = None;
    for (offset, character) in text[candidate.clone()].char_indices() {
        if !character.is_ascii_alphanumeric() {
            continue;
        }
        letters_and_digits.push(character.to_ascii_uppercase());
        let end = candidate.start + offset + 1;
        let ends_word = !text[end..].starts_with(char::is_alphanumeric);
        if ends_word && letters_and_digits.len() >= 15 && letters_and_digits.parse::<Iban>().is_ok() {
            longest = Some(end);
        }
    }
    longest
}

/// The end of the digits behind the word "IBAN", whatever their checksum.
fn mistyped_iban(text: &str, candidate: Range<usize>) -> Option<usize> {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\biban(?:[- ]?nr\.?|[- ]?nummer)?(?: ist| lautet| is)?[:\s]*$"));
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z]{2}(?:[ -]?[0-9]){13,32}"));
    const LOOK_BACK_BYTES: usize = 24;
    if !WORD.is_match(before(text, candidate.start, LOOK_BACK_BYTES)) {
        return None;
    }
    let end = candidate.start + DIGITS.find(&text[candidate])?.end();
    (!text[end..].starts_with(char::is_alphanumeric)).then_some(end)
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_valid_and_mistyped_ones() {
        assert_finds(
            PersonalData::Iban,
            &[
                ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
                ("IBAN: DE89370400440532013000, danke", "DE89370400440532013000"),
                ("de89 3704 0044 0532 0130 00 ist meine", "de89 3704 0044 0532 0130 00"),
                ("Konto AT61 1904 3002 3457 3201", "AT61 1904 3002 3457 3201"),
                ("GB82-WEST-1234-5698-7654-32", "GB82-WEST-1234-5698-7654-32"),
                ("Meine IBAN lautet DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
            ],
        );
        assert_leaves(
            PersonalData::Iban,
            &["DE89370400440532013001", "IBAN und BIC fehlen", "Teil AB12345678901234567"],
        );
    }
}
