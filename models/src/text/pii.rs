//! Masks personal data, so that no model, store or log ever sees it.
//!
//! Patterns only, no names: e-mail addresses, telephone numbers, IBANs with a valid checksum (ISO 13616) and payment
//! card numbers with a valid Luhn digit (ISO/IEC 7812-1).

use std::ops::Range;
use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::links::WEB_ADDRESS;
use super::span::{OffsetMap, Rewriter};

/// What kind of personal data was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    EMail,
    Phone,
    Iban,
    Card,
}

impl PersonalData {
    /// What stands in its place in the masked text.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::EMail => "[E-Mail]",
            Self::Phone => "[Telefon]",
            Self::Iban => "[IBAN]",
            Self::Card => "[Karte]",
        }
    }
}

/// A piece of personal data in the text that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskedSpan {
    pub kind: PersonalData,
    /// UTF-8 bytes of the source, half open.
    pub bytes: Range<usize>,
}

/// A text without the personal data that was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    pub text: String,
    /// From bytes of `text` to bytes of the text that was given.
    pub map: OffsetMap,
    /// In order, without overlap.
    pub found: Vec<MaskedSpan>,
}

/// A number that touches another find is seen only once that one is masked; more rounds than this would only serve
/// texts made to cost time.
const MAX_ROUNDS: usize = 4;

/// Replaces personal data by `[E-Mail]`, `[Telefon]`, `[IBAN]` or `[Karte]`.
///
/// A text that is masked already stays as it is. When in doubt a number is masked if it has the form of a German or
/// international telephone number; prices, dates, times, train numbers, post codes and numbers that follow a word such
/// as "Bestellnummer" are not.
pub fn mask(source: &str) -> Masked {
    let mut masked = Masked { text: source.to_owned(), map: OffsetMap::identity(source.len()), found: Vec::new() };
    for _ in 0..MAX_ROUNDS {
        let found = find(&masked.text);
        if found.is_empty() {
            break;
        }
        let mut rewriter = Rewriter::with_capacity(masked.text.len());
        let mut kept_until = 0;
        for span in found {
            rewriter.keep(&masked.text[kept_until..span.bytes.start]);
            rewriter.replace(span.bytes.len(), span.kind.placeholder());
            kept_until = span.bytes.end;
            masked.found.push(MaskedSpan { kind: span.kind, bytes: masked.map.to_source(&span.bytes) });
        }
        rewriter.keep(&masked.text[kept_until..]);
        let (text, map) = rewriter.finish();
        masked.map = masked.map.then(&map);
        masked.text = text;
    }
    masked.found.sort_by_key(|span| span.bytes.start);
    masked
}

/// All finds in order; where two kinds overlap, the first of this list wins.
fn find(text: &str) -> Vec<MaskedSpan> {
    let mut found: Vec<MaskedSpan> = Vec::new();
    let web_addresses: Vec<Range<usize>> = if text.contains("://") || text.to_ascii_lowercase().contains("www.") {
        WEB_ADDRESS.find_iter(text).map(|address| address.range()).collect()
    } else {
        Vec::new()
    };
    add(&mut found, PersonalData::EMail, e_mails(text));
    // Digits inside a web address are part of the address.
    let outside = |ranges: Vec<Range<usize>>| -> Vec<Range<usize>> {
        ranges.into_iter().filter(|range| !overlaps_any(&web_addresses, range)).collect()
    };
    add(&mut found, PersonalData::Iban, outside(ibans(text)));
    add(&mut found, PersonalData::Card, outside(cards(text)));
    add(&mut found, PersonalData::Phone, outside(phones(text)));
    found
}

fn add(found: &mut Vec<MaskedSpan>, kind: PersonalData, ranges: Vec<Range<usize>>) {
    let taken: Vec<Range<usize>> = found.iter().map(|span| span.bytes.clone()).collect();
    let free = ranges.into_iter().filter(|range| !overlaps_any(&taken, range));
    found.extend(free.map(|bytes| MaskedSpan { kind, bytes }));
    found.sort_by_key(|span| span.bytes.start);
}

/// `sorted` must be in order and without overlap.
fn overlaps_any(sorted: &[Range<usize>], range: &Range<usize>) -> bool {
    let behind = sorted.partition_point(|other| other.end <= range.start);
    sorted.get(behind).is_some_and(|other| other.start < range.end)
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant and compiles")
}

fn e_mails(text: &str) -> Vec<Range<usize>> {
    static E_MAIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)[\p{L}\p{N}._%+-]*[\p{L}\p{N}_%+-](?:@|\s?[(\[{](?:at|ät)[)\]}]\s?)[\p{L}\p{N}](?:[\p{L}\p{N}-]*(?:\.|\s?[(\[{](?:dot|punkt)[)\]}]\s?))+\p{L}{2,}",
        )
    });
    // Most texts have neither sign, and the pattern is slow on long words.
    if !text.contains(['@', '(', '[', '{']) {
        return Vec::new();
    }
    E_MAIL.find_iter(text).map(|found| found.range()).collect()
}

fn ibans(text: &str) -> Vec<Range<usize>> {
    /// The longest IBAN has 34 characters; each may have one separator before it.
    static CANDIDATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)(?-u:\b)[A-Z]{2}[ -]?[0-9][ -]?[0-9](?:[ -]?[A-Z0-9]){11,30}"));
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(candidate) = CANDIDATE.find_at(text, position) {
        match longest_iban(text, candidate.range()) {
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

fn cards(text: &str) -> Vec<Range<usize>> {
    // Issuers' numbers begin with 2 to 6 (ISO/IEC 7812-1); the first digit alone halves the false finds.
    static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[2-6](?:[ -]?[0-9]){12,18}"));
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(candidate) = CANDIDATE.find_at(text, position) {
        let digits: Vec<u32> = candidate.as_str().chars().filter_map(|character| character.to_digit(10)).collect();
        if stands_alone(text, &candidate.range()) && has_luhn_digit(&digits) {
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

/// Whether a number is not just the part of a longer word, number, date or decimal.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let mut before = text[..range.start].chars().rev();
    let joined_before = match before.next() {
        Some('.' | ',' | ':' | '/' | '-') => before.next().is_some_and(|character| character.is_ascii_digit()),
        Some(character) => character.is_alphanumeric() || character == '_',
        None => false,
    };
    let mut after = text[range.end..].chars();
    let joined_after = match after.next() {
        Some('.' | ',' | ':') => after.next().is_some_and(|character| character.is_ascii_digit()),
        Some(character) => character.is_alphanumeric() || character == '_',
        None => false,
    };
    !joined_before && !joined_after
}

fn phones(text: &str) -> Vec<Range<usize>> {
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
    if !international && (digits.len() < 3 || (groups.len() > 1 && digits.len() > 6)) {
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
    (!is_post_code && !follows_other_number_word(text, candidate.start)).then_some(end)
}

/// How many digits, prefix included, a telephone number has.
struct NumberPlan {
    min_digits: usize,
    max_digits: usize,
    /// From here on a number behind a mere space is taken for another number.
    usual_digits: usize,
}

/// The runs of ASCII digits in `range`.
fn digit_groups(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
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

/// Whether the word before says that the number is one of an order, a customer, an article.
fn follows_other_number_word(text: &str, position: usize) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:kunden|bestell|auftrags?|artikel|rechnungs|sendungs|vertrags|vorgangs|ticket|buchungs|order|tracking|invoice|customer|booking)[- ]?(?:nummer|nr|number|no|id|code)?[.:#]?\s*(?:ist|lautet|is)?[:\s#]*$",
        )
    });
    const LOOK_BACK_BYTES: usize = 40;
    let start = text.floor_char_boundary(position.saturating_sub(LOOK_BACK_BYTES));
    WORD.is_match(&text[start..position])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masks_personal_data() {
        let cases = [
            ("Mail an max.muster@example.de bitte", "Mail an [E-Mail] bitte"),
            ("(erika@sub.example.com)", "([E-Mail])"),
            ("jürgen@müller.example", "[E-Mail]"),
            ("max (at) example (dot) de", "[E-Mail]"),
            ("Meine Nummer: 0171/1234567.", "Meine Nummer: [Telefon]."),
            ("0171 1234567", "[Telefon]"),
            ("01711234567", "[Telefon]"),
            ("Tel. (030) 123-456", "Tel. [Telefon]"),
            ("030 / 12 34 56 78 anrufen", "[Telefon] anrufen"),
            ("Hotline 0800 123 45 67 war besetzt", "Hotline [Telefon] war besetzt"),
            ("+49 171 1234567", "[Telefon]"),
            ("+49 (0) 30 123456-78", "[Telefon]"),
            ("+49(0)30/123456", "[Telefon]"),
            ("0049 30 1234567", "[Telefon]"),
            ("+41 44 123 45 67 oder +43 1 1234567", "[Telefon] oder [Telefon]"),
            ("call me: +1 (212) 555-0123", "call me: [Telefon]"),
            ("06131-123456", "[Telefon]"),
            ("0171 1234567 am 10.05.2024", "[Telefon] am 10.05.2024"),
            ("DE89 3704 0044 0532 0130 00", "[IBAN]"),
            ("IBAN: DE89370400440532013000, danke", "IBAN: [IBAN], danke"),
            ("de89 3704 0044 0532 0130 00 ist meine", "[IBAN] ist meine"),
            ("Konto AT61 1904 3002 3457 3201", "Konto [IBAN]"),
            ("GB82-WEST-1234-5698-7654-32", "[IBAN]"),
            ("Karte 4111 1111 1111 1111 gesperrt", "Karte [Karte] gesperrt"),
            ("5500-0000-0000-0004", "[Karte]"),
            ("378282246310005", "[Karte]"),
            ("a@b.example, 0171 1234567, DE89370400440532013000", "[E-Mail], [Telefon], [IBAN]"),
        ];
        for (source, expected) in cases {
            assert_eq!(mask(source).text, expected, "{source}");
        }
    }

    #[test]
    fn leaves_other_numbers() {
        let cases = [
            "Das kostete 1.234,50 € statt 0,99 €",
            "Abfahrt 08:15, Ankunft 10.45 Uhr",
            "am 01.02.2024 und am 01/02/2024, auch 2024-02-01",
            "01.02.2024 10:15 Uhr",
            "ICE 1234 und RE 5, Gleis 7",
            "500 Stück bestellt, 3 x 12 geliefert",
            "seit 2019 Kunde",
            "01067 Dresden",
            "01067 2024",
            "PLZ 10115, Berlin",
            "Vorgang 1234567890",
            "Bestellnummer 0123456789",
            "Kunden-Nr.: 0301234567",
            "4111 1111 1111 1112",
            "DE89370400440532013001",
            "Version 0.12.345.678",
            "100.000.000 Euro",
            "0800-1600 Uhr",
            "007 und 08/15",
            "siehe https://example.de/artikel/0301234567",
            "@handle und a@b",
            "[E-Mail] [Telefon] [IBAN] [Karte]",
            "+20 % und +100 Punkte",
            "0,0171123456",
            "Teil A0301234567B",
        ];
        for source in cases {
            assert_eq!(mask(source).text, source);
        }
    }

    #[test]
    fn reports_where_it_found_what() {
        let source = "Über 0171/1234567 oder ü@example.de";
        let masked = mask(source);
        let found: Vec<_> = masked.found.iter().map(|span| (span.kind, &source[span.bytes.clone()])).collect();
        assert_eq!(found, [(PersonalData::Phone, "0171/1234567"), (PersonalData::EMail, "ü@example.de")]);
        let placeholder = masked.text.find("[Telefon]").unwrap();
        assert_eq!(&source[masked.map.to_source(&(placeholder + 1..placeholder + 4))], "0171/1234567");
    }

    fn numbers_and_signs() -> impl Strategy<Value = String> {
        "((0|00|\\+)?[1-9]{1,4}|DE89 ?3704 ?0044 ?0532 ?0130 ?00|4111 ?1111 ?1111 ?1111|a@b.de|\\[IBAN\\]|[ ./(),:-]|ä|x){0,14}"
    }

    fn check(source: &str) -> Result<(), TestCaseError> {
        let masked = mask(source);
        let again = mask(&masked.text);
        prop_assert_eq!(&again.text, &masked.text);
        prop_assert!(again.found.is_empty());
        let mut last_end = 0;
        for span in &masked.found {
            prop_assert!(span.bytes.start >= last_end && source.get(span.bytes.clone()).is_some());
            last_end = span.bytes.end;
        }
        for (start, character) in masked.text.char_indices() {
            let range = masked.map.to_source(&(start..start + character.len_utf8()));
            prop_assert!(source.get(range).is_some());
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn is_idempotent_on_any_text(source in any::<String>()) {
            check(&source)?;
        }

        #[test]
        fn is_idempotent_on_numbers(source in numbers_and_signs()) {
            check(&source)?;
        }
    }
}
