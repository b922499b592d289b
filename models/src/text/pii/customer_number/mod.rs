//! Numbers of customers, contracts, orders and the like: known by the word beside them, or by their form.

mod identifier;
mod label;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use self::identifier::identifier;
use self::label::{CLOSE_CONNECTORS, CONNECTORS, Evidence, Label};
use super::numbers::stands_alone;
use super::pattern;
use super::words::Words;

/// Numbers that a word names ("Kundennummer 4711", "order 77-30912"), and those whose form says what they are.
pub(super) fn customer_numbers(words: &Words<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for index in 0..words.len() {
        let Some(label) = Label::at(words, index) else { continue };
        let named = behind(words, &label).or_else(|| before(words, &label));
        if let Some(first) = named {
            found.push(first.clone());
            found.extend(further(words.text, first, &label));
        }
    }
    found.extend(by_form(words.text));
    found.sort_by_key(|range| range.start);
    found.dedup();
    found
}

/// The number that follows the label, or a colon a few words behind it ("Kundennummer, falls nötig: 4711").
fn behind(words: &Words<'_>, label: &Label) -> Option<Range<usize>> {
    directly_behind(words, label).or_else(|| behind_colon(words, label))
}

fn behind_colon(words: &Words<'_>, label: &Label) -> Option<Range<usize>> {
    const MOST_WORDS: usize = 7;
    if label.evidence == Evidence::Matter {
        return None;
    }
    let behind = label.last + 1..label.last + MOST_WORDS;
    let goes_on = |index: &usize| !words.gap_before(*index).contains(['.', '!', '?', '\n', '[']);
    let number = behind.take_while(goes_on).find(|index| words.gap_before(*index).ends_with(": "))?;
    identifier(words.text, words.get(number)?.range.start, Evidence::Number)
}

fn directly_behind(words: &Words<'_>, label: &Label) -> Option<Range<usize>> {
    const MOST_CONNECTORS: usize = 5;
    let connectors = if label.evidence == Evidence::Matter { &CLOSE_CONNECTORS } else { &CONNECTORS };
    let first = label.last + 1;
    for index in first..=first + MOST_CONNECTORS {
        let start = words.get(index)?.range.start;
        let gap = words.gap_before(index);
        let joins = gap.len() <= 4 && gap.chars().all(|sign| " .:#=–-(\"„'\t\n".contains(sign));
        let ends_sentence = gap.starts_with(". ") && words.is_capital(index) && index > first;
        if !joins || ends_sentence {
            return None;
        }
        if let Some(range) = identifier(words.text, start, label.evidence) {
            return Some(range);
        }
        if !connectors.contains(words.lower(index)) {
            return None;
        }
    }
    None
}

/// The number in "4711-22 ist meine Kundennummer".
fn before(words: &Words<'_>, label: &Label) -> Option<Range<usize>> {
    const VERBS: [&str; 6] = ["ist", "lautet", "war", "is", "was", "als"];
    if label.evidence == Evidence::Matter {
        return None;
    }
    let mut verb = label.first.checked_sub(1)?;
    if matches!(words.lower(verb), "meine" | "mein" | "unsere" | "die" | "das" | "my" | "our" | "the") {
        verb = verb.checked_sub(1)?;
    }
    if !VERBS.contains(&words.lower(verb)) || words.gap_after(verb) != " " || words.gap_before(verb) != " " {
        return None;
    }
    let end = words.get(verb.checked_sub(1)?)?.range.end;
    let start = words.text[..end].rfind(|sign: char| sign.is_whitespace() || sign == '(').map_or(0, |at| at + 1);
    identifier(words.text, start, label.evidence).filter(|range| range.end == end)
}

/// The other numbers of a list: "Bestellungen 304-771 und 304-772".
fn further(text: &str, first: Range<usize>, label: &Label) -> Vec<Range<usize>> {
    static JOINT: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(?:,? (?:und|oder|and|or|sowie|bzw\.) |, ?| ?[/&+] ?)"));
    let evidence = if label.evidence == Evidence::Code { Evidence::Number } else { label.evidence };
    let mut found = Vec::new();
    let mut end = first.end;
    let digits = |range: &Range<usize>| text[range.clone()].bytes().filter(u8::is_ascii_digit).count();
    while let Some(joint) = JOINT.find(&text[end..]) {
        let next = identifier(text, end + joint.end(), evidence);
        // A number of another make is another thing.
        let Some(next) = next.filter(|next| digits(next) >= 4 && digits(next).abs_diff(digits(&first)) <= 2) else {
            break;
        };
        end = next.end;
        found.push(next);
    }
    found
}

/// German pension insurance numbers, British national insurance numbers, and parcels (UPS; S10 of the Universal Postal
/// Union), wherever they stand.
fn by_form(text: &str) -> Vec<Range<usize>> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"[0-9]{2} ?(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2} ?[A-Z] ?[0-9]{3}|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]|1Z[0-9A-Z]{16}|[A-Z]{2}[0-9]{9}[A-Z]{2}",
        )
    });
    FORM.find_iter(text).map(|found| found.range()).filter(|range| stands_alone(text, range)).collect()
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_numbers_behind_a_label() {
        assert_finds(
            PersonalData::CustomerNumber,
            &[
                ("Kundennummer 4711", "4711"),
                ("Kd.-Nr. 12 34 56", "12 34 56"),
                ("Meine Kundennr. lautet AB-1234", "AB-1234"),
                ("Aktenzeichen bei Ihnen ist 3 C 123/24", "3 C 123/24"),
                ("Buchungscode: XKWPLQ, danke", "XKWPLQ"),
                ("order no. 112-7734920-1182 missing", "112-7734920-1182"),
                ("my membership no is 0099-21", "0099-21"),
                ("Zählernummer: 1 EMH00 1234 5678", "1 EMH00 1234 5678"),
                ("Rechnung Nr. 2024/00017 ist falsch", "2024/00017"),
                ("Meine Kundennummer (55-90318) fehlt", "55-90318"),
                ("4711-22 ist meine Kundennummer", "4711-22"),
                ("Kundennummer, falls nötig: 4711-22", "4711-22"),
            ],
        );
    }

    #[test]
    fn finds_numbers_behind_their_matter_and_by_form() {
        assert_finds(
            PersonalData::CustomerNumber,
            &[
                ("Bestellung #304-77 kam nie", "#304-77"),
                ("case INC0048213 closed", "INC0048213"),
                ("Buchung X7K2QP storniert", "X7K2QP"),
                ("Ticket 4711 ist noch offen", "4711"),
                ("Reklamation R-33812", "R-33812"),
                ("Reisepass C01X0006H abgelaufen", "C01X0006H"),
                ("my ref is 4419-B", "4419-B"),
                ("Konto 1234 5678 90", "1234 5678"),
                ("unter der Nummer 88-204417 geführt", "88-204417"),
                ("12 280575 K 019", "12 280575 K 019"),
                ("1Z999AA10123456784 hängt fest", "1Z999AA10123456784"),
            ],
        );
        let text = "Kundennummern 1234 und 5678 zusammenlegen";
        assert_eq!(crate::text::pii::testing::pieces(PersonalData::CustomerNumber, text), ["1234", "5678"]);
    }

    #[test]
    fn leaves_things_and_quantities() {
        assert_leaves(
            PersonalData::CustomerNumber,
            &[
                "Artikelnummer 4006381333931",
                "Hausnummer 123, Zimmernummer 308, Zugnummer 1537",
                "Die Bestellung vom 12.03.2024 über 123,45 Euro",
                "Ticket für 49 Euro, Ticket 2. Klasse, 49-Euro-Ticket",
                "Rechnung 2023 fehlt, Rechnung über 12345 Euro",
                "Vertrag 24 Monate, Abo 12345 Euro",
                "Paket 10115 Berlin, Vertrag 5000 Freiminuten, Ticket 2024",
                "Bestellnummer? Hab ich keine bekommen.",
                "Kundennummer vergessen. 12345 Anrufe",
                "Telefonnummer 1234567",
                "Kunde seit 2011",
                "Kino 12345 und covid 12345",
            ],
        );
    }
}
