use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{follows_thing_word, stands_alone};
use super::pattern;

/// Payment card numbers with a valid Luhn digit (ISO/IEC 7812-1).
pub(super) fn cards(text: &str) -> Vec<Range<usize>> {
    // Issuers' numbers begin with 2 to 6; the first digit alone halves the false finds.
    static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[2-6](?:[ -]?[0-9]){12,18}"));
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(candidate) = CANDIDATE.find_at(text, position) {
        let digits: Vec<u32> = candidate.as_str().chars().filter_map(|character| character.to_digit(10)).collect();
        // An article's number (EAN) is as long and passes for one in ten.
        let is_card = stands_alone(text, &candidate.range())
            && has_luhn_digit(&digits)
            && !follows_thing_word(text, candidate.start());
        if is_card {
            found.push(candidate.range());
            position = candidate.end();
        } else {
            let run = candidate.as_str().bytes().take_while(u8::is_ascii_digit).count();
            position = candidate.start() + run;
        }
    }
    found
}

/// Luhn's check: from the right every second digit doubled, its digits added, sum divisible by ten.
fn has_luhn_digit(digits: &[u32]) -> bool {
    let values = digits.iter().rev().enumerate().map(|(index, digit)| match index % 2 {
        0 => *digit,
        _ => 2 * digit / 10 + 2 * digit % 10,
    });
    values.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_numbers_with_a_check_digit() {
        assert_finds(
            PersonalData::Card,
            &[
                ("Karte 4111 1111 1111 1111 gesperrt", "4111 1111 1111 1111"),
                ("5500-0000-0000-0004", "5500-0000-0000-0004"),
                ("378282246310005", "378282246310005"),
            ],
        );
        // The last one is valid, but an article's.
        assert_leaves(PersonalData::Card, &["4111 1111 1111 1112", "100.000.000 Euro", "EAN 4006381333930"]);
    }
}
