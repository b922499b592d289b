use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{digit_groups, follows_thing_word, is_date, stands_alone};
use super::pattern;

/// Telephone numbers: with an area or country code, in the form of North America, or behind a word such as "Tel.".
pub(super) fn phones(text: &str) -> Vec<Range<usize>> {
    let mut found = with_prefix(text);
    found.extend(north_american(text));
    found.extend(announced(text));
    found
}

fn with_prefix(text: &str) -> Vec<Range<usize>> {
    static CANDIDATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:\(?\+ ?|\(?0)[0-9]*(?:[ \t]?[-–/.()]{0,2}[ \t]?[-–/]?[ \t]?[0-9]+){0,8}"));
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(candidate) = CANDIDATE.find_at(text, position) {
        match phone_end(text, candidate.range()) {
            Some(end) => {
                found.push(candidate.start()..end);
                position = end;
            }
            None => {
                let first_digits = candidate.as_str().trim_start_matches(|character: char| !character.is_ascii_digit());
                let skipped = candidate.len() - first_digits.len();
                let run = first_digits.bytes().take_while(u8::is_ascii_digit).count();
                position = candidate.start() + (skipped + run).max(1);
            }
        }
    }
    found
}

/// The end of the telephone number that begins where `candidate` begins, if there is one.
///
/// Lengths follow E.164 (15 digits at most) and the German numbering plan (area codes of two to five digits behind the
/// zero).
fn phone_end(text: &str, candidate: Range<usize>) -> Option<usize> {
    let groups = digit_groups(text, candidate.clone());
    let first = groups.first()?;
    let leading = &text[candidate.start..first.end];
    let digits = &text[first.clone()];
    let plan = if leading.contains('+') {
        NumberPlan { min_digits: 9, max_digits: 16, usual_digits: 12 }
    } else if digits.starts_with("00") {
        NumberPlan { min_digits: 11, max_digits: 18, usual_digits: 14 }
    } else {
        NumberPlan { min_digits: 9, max_digits: 14, usual_digits: 11 }
    };
    let international = leading.contains('+') || digits.starts_with("00");
    let country = digits.trim_start_matches("00");
    if international && (country.starts_with('0') || (country.is_empty() && groups.len() < 2)) {
        return None;
    }
    if !international && groups.len() > 1 && digits.len() > 6 {
        return None;
    }
    // "0 30 / 23 12 54" and "(0)161 …", but not "01.02.2024".
    let is_short_area = digits.len() < 3 && !(groups.len() >= 3 && text[first.end..].starts_with([' ', ')', '/']));
    if !international && is_short_area {
        return None;
    }
    let mut total = 0;
    let mut best = None;
    for (index, group) in groups.iter().enumerate() {
        let apart = index > 0 && text[groups[index - 1].end..group.start].chars().all(char::is_whitespace);
        let complete = apart && total >= plan.usual_digits;
        total += group.len();
        if complete || total > plan.max_digits {
            break;
        }
        if total >= plan.min_digits && stands_alone(text, &(candidate.start..group.end)) {
            best = Some((index, group.end));
        }
    }
    let (last, end) = best?;
    let is_post_code = !international
        && digits.len() == 5
        && last == 1
        && groups[1].len() <= 4
        && text[groups[0].end..groups[1].start].trim().is_empty();
    (!is_post_code && !follows_thing_word(text, candidate.start)).then_some(end)
}

/// How many digits, prefix included, a telephone number has.
struct NumberPlan {
    min_digits: usize,
    max_digits: usize,
    /// From here on a number behind a mere space is taken for another number.
    usual_digits: usize,
}

/// "(212) 555-0123", "1-212-555-0123": area code and exchange do not begin with 0 or 1 (North American numbering plan).
fn north_american(text: &str) -> Vec<Range<usize>> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-.])[2-9][0-9]{2}[-. ][0-9]{4}"));
    let numbers = NUMBER.find_iter(text).map(|number| number.range());
    numbers.filter(|range| stands_alone(text, range) && !follows_thing_word(text, range.start)).collect()
}

/// Numbers without an area code, which only the word before tells from others.
fn announced(text: &str) -> Vec<Range<usize>> {
    static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?-u:\b)(?:tel(?:efon)?|fon|phone|telephone|mobil|mobile|handy|festnetz|cell|fax|whatsapp|rückruf|durchwahl|call|dial|(?:ring|text) (?:me|us)(?: back)?|anrufen)(?:[- ]?(?:nummer|number|nr|no))?\.?(?: (?:ist|lautet|is|me|us|back|unter|an|on|at|auf|die|der))*[:\s]+(\(?[1-9][0-9]*\)?(?:[ /-]{0,2}[0-9]+){0,5})",
        )
    });
    const DIGITS: std::ops::RangeInclusive<usize> = 6..=13;
    let numbers = ANNOUNCED.captures_iter(text).filter_map(|found| found.get(1)).map(|number| number.range());
    let is_number = |range: &Range<usize>| {
        let digits = text[range.clone()].bytes().filter(u8::is_ascii_digit).count();
        DIGITS.contains(&digits) && stands_alone(text, range) && !is_date(&text[range.clone()])
    };
    numbers.filter(is_number).collect()
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_numbers_in_many_spellings() {
        assert_finds(
            PersonalData::Phone,
            &[
                ("Meine Nummer: 0171/1234567.", "0171/1234567"),
                ("0171 1234567", "0171 1234567"),
                ("01711234567", "01711234567"),
                ("Tel. (030) 123-456", "(030) 123-456"),
                ("030 / 12 34 56 78 anrufen", "030 / 12 34 56 78"),
                ("Hotline 0800 123 45 67 war besetzt", "0800 123 45 67"),
                ("+49 171 1234567", "+49 171 1234567"),
                ("+49 (0) 30 123456-78", "+49 (0) 30 123456-78"),
                ("+49(0)30/123456", "+49(0)30/123456"),
                ("0049 30 1234567", "0049 30 1234567"),
                ("call me: +1 (212) 555-0123", "+1 (212) 555-0123"),
                ("06131-123456", "06131-123456"),
                ("0171 1234567 am 10.05.2024", "0171 1234567"),
                ("(212) 555-0123", "(212) 555-0123"),
                ("call 212-555-0123 now", "212-555-0123"),
                ("Tel. 23125-417", "23125-417"),
                ("Rückruf unter 4710 803 bitte", "4710 803"),
                ("call 555-0123", "555-0123"),
                ("1-212-555-0123", "1-212-555-0123"),
                ("0 30 / 23 12 54 17", "0 30 / 23 12 54 17"),
                ("ring (0)161 496 0722", "(0)161 496 0722"),
            ],
        );
    }

    #[test]
    fn leaves_other_numbers() {
        assert_leaves(
            PersonalData::Phone,
            &[
                "Das kostete 1.234,50 € statt 0,99 €",
                "Abfahrt 08:15, Ankunft 10.45 Uhr",
                "am 01.02.2024 und am 01/02/2024, auch 2024-02-01",
                "01.02.2024 10:15 Uhr",
                "ICE 1234 und RE 5, Gleis 7",
                "500 Stück bestellt, 3 x 12 geliefert",
                "01067 Dresden",
                "01067 2024",
                "PLZ 10115, Berlin",
                "Vorgang 1234567890",
                "Bestellnummer 0123456789",
                "Artikel-Nr.: 0301234567",
                "Version 0.12.345.678",
                "0800-1600 Uhr",
                "007 und 08/15",
                "siehe https://example.de/artikel/0301234567",
                "+20 % und +100 Punkte",
                "0,0171123456",
                "Teil A0301234567B",
                "Fax 12 Seiten",
                "call 2024-02-01",
                "0 5 10 und 0 zu 3",
            ],
        );
    }
}
