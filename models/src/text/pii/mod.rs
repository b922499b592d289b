//! Masks personal data, so that no model, store or log ever sees it.
//!
//! Patterns with a check digit or a numbering plan where there is one, and otherwise the words around: "Kundennummer",
//! "geboren am", "Frau", "Mit freundlichen Grüßen". No model: what nothing points to (a rare first name in the middle of a
//! sentence) is not found.

mod address;
mod birth_date;
mod card;
mod customer_number;
mod districts;
mod e_mail;
mod handle;
mod iban;
mod kind;
mod licence_plate;
mod name;
mod numbers;
mod phone;
mod policy;
mod removal;
mod words;

use std::borrow::Cow;
use std::ops::Range;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub use kind::PersonalData;
pub use policy::{MaskingPolicy, Treatment};

use super::links::{PLACEHOLDER, WEB_ADDRESS};
use super::span::{OffsetMap, Rewriter};
use numbers::overlaps_any;
use words::Words;

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
    /// What was masked or dropped, in order, without overlap.
    pub found: Vec<MaskedSpan>,
}

/// What touches another find is seen only once that one is masked; more rounds than this would only serve texts made to
/// cost time.
const MAX_ROUNDS: usize = 4;

/// Treats personal data as the policy says: a placeholder such as `[Telefon]`, nothing, or what was there.
///
/// A text that is masked already stays as it is. What is dropped takes the space, comma or brackets with it that stood
/// around it; a text of which nothing would be left is masked instead. In doubt a number is masked if it has the form of a
/// German or international telephone number; prices, dates, times, train numbers, post codes and article numbers are not.
pub fn mask(source: &str, policy: &MaskingPolicy) -> Masked {
    let found = find(source, policy);
    let drops = |span: &MaskedSpan| policy.treatment(span.kind) == Treatment::Drop;
    let (text, map) = match found.iter().any(drops) && is_left(source, found.iter().filter(|span| drops(span))) {
        true => removal::without(source, &found, drops),
        false => with_placeholders(source, &found),
    };
    Masked { text, map, found }
}

/// What is not to be kept, in order, without overlap.
fn find(source: &str, policy: &MaskingPolicy) -> Vec<MaskedSpan> {
    let is_kept = |span: &MaskedSpan| policy.treatment(span.kind) == Treatment::Keep;
    let mut found: Vec<MaskedSpan> = Vec::new();
    for round in 0..MAX_ROUNDS {
        let (masked, map) = match round {
            0 => (Cow::Borrowed(source), OffsetMap::identity(source.len())),
            _ => {
                let (masked, map) = with_placeholders(source, &found);
                (Cow::Owned(masked), map)
            }
        };
        let mut further = find_once(&masked);
        further.retain(|span| !is_kept(span));
        if further.is_empty() {
            break;
        }
        found.extend(further.into_iter().map(|span| MaskedSpan { kind: span.kind, bytes: map.to_source(&span.bytes) }));
        found.sort_by_key(|span| span.bytes.start);
    }
    found
}

/// One round, every kind. Where two overlap, the one that is looked for first wins.
fn find_once(text: &str) -> Vec<MaskedSpan> {
    let mut finds = Finds::behind(barriers(text));
    finds.add(PersonalData::Handle, handle::handles(text));
    finds.add(PersonalData::EMail, e_mail::e_mails(text));
    finds.add(PersonalData::Iban, iban::ibans(text));
    finds.add(PersonalData::Card, card::cards(text));
    let words = Words::of(text, &finds.taken);
    finds.add(PersonalData::CustomerNumber, customer_number::customer_numbers(&words));
    finds.add(PersonalData::BirthDate, birth_date::birth_dates(text));
    finds.add(PersonalData::LicencePlate, licence_plate::licence_plates(text));
    finds.add(PersonalData::Address, address::addresses(&words));
    finds.add(PersonalData::Phone, phone::phones(text));
    let is_contact =
        |kind: PersonalData| matches!(kind, PersonalData::EMail | PersonalData::Phone | PersonalData::Address);
    let contacts = finds.found.iter().filter(|span| is_contact(span.kind)).map(|span| span.bytes.clone());
    let names = name::names(&words, &contacts.collect::<Vec<_>>());
    finds.add(PersonalData::Name, names);
    finds.found
}

/// Web addresses, whose digits and names are part of them, and the placeholders of what is masked already; in order.
fn barriers(text: &str) -> Vec<Range<usize>> {
    let mut barriers: Vec<Range<usize>> = Vec::new();
    if text.contains("://") || text.to_ascii_lowercase().contains("www.") {
        barriers.extend(WEB_ADDRESS.find_iter(text).map(|address| address.range()));
    }
    if text.contains('[') {
        let addresses = barriers.clone();
        let placeholders = PLACEHOLDER.find_iter(text).map(|placeholder| placeholder.range());
        barriers.extend(placeholders.filter(|range| !overlaps_any(&addresses, range)));
        barriers.sort_by_key(|range| range.start);
    }
    barriers
}

/// What was found so far.
struct Finds {
    /// In order, without overlap.
    found: Vec<MaskedSpan>,
    /// Where nothing more may be found: in order, without overlap.
    taken: Vec<Range<usize>>,
}

impl Finds {
    fn behind(barriers: Vec<Range<usize>>) -> Self {
        Self { found: Vec::new(), taken: barriers }
    }

    /// Takes the ranges that are free; of those that overlap each other, the first and longest.
    fn add(&mut self, kind: PersonalData, mut ranges: Vec<Range<usize>>) {
        ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut last_end = 0;
        ranges.retain(|range| {
            let is_free = !range.is_empty() && range.start >= last_end && !overlaps_any(&self.taken, range);
            if is_free {
                last_end = range.end;
            }
            is_free
        });
        if ranges.is_empty() {
            return;
        }
        self.found.extend(ranges.iter().map(|bytes| MaskedSpan { kind, bytes: bytes.clone() }));
        self.found.sort_by_key(|span| span.bytes.start);
        self.taken.extend(ranges);
        self.taken.sort_by_key(|range| range.start);
    }
}

/// Whether a letter or a digit stands outside of the `dropped` spans, which are in order.
fn is_left<'a>(source: &str, dropped: impl Iterator<Item = &'a MaskedSpan>) -> bool {
    let mut kept_until = 0;
    let has_content = |range: Range<usize>| source[range].contains(char::is_alphanumeric);
    for span in dropped {
        if has_content(kept_until..span.bytes.start) {
            return true;
        }
        kept_until = span.bytes.end;
    }
    has_content(kept_until..source.len())
}

fn with_placeholders(source: &str, found: &[MaskedSpan]) -> (String, OffsetMap) {
    let mut rewriter = Rewriter::with_capacity(source.len());
    let mut kept_until = 0;
    for span in found {
        rewriter.keep(&source[kept_until..span.bytes.start]);
        rewriter.replace(span.bytes.len(), span.kind.placeholder());
        kept_until = span.bytes.end;
    }
    rewriter.keep(&source[kept_until..]);
    rewriter.finish()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant and compiles")
}

/// What the tests of every kind need.
#[cfg(test)]
mod testing {
    use super::{MaskingPolicy, PersonalData, Treatment, mask};

    /// What is found of one kind, as it is written.
    pub(super) fn pieces(kind: PersonalData, text: &str) -> Vec<&str> {
        let found = mask(text, &MaskingPolicy::all(Treatment::Mask)).found.into_iter();
        found.filter(|span| span.kind == kind).map(|span| &text[span.bytes]).collect()
    }

    /// In each text the piece behind it and no other is found.
    pub(super) fn assert_finds(kind: PersonalData, cases: &[(&str, &str)]) {
        for (text, piece) in cases {
            assert_eq!(pieces(kind, text), [*piece], "{text}");
        }
    }

    pub(super) fn assert_leaves(kind: PersonalData, texts: &[&str]) {
        for text in texts {
            assert!(pieces(kind, text).is_empty(), "{text}: {:?}", pieces(kind, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use proptest::prelude::*;

    fn everything() -> MaskingPolicy {
        MaskingPolicy::all(Treatment::Mask)
    }

    #[test]
    fn keeps_the_sentence_readable() {
        let cases = [
            ("a@b.example, 0171 1234567, DE89370400440532013000", "[E-Mail], [Telefon], [IBAN]"),
            ("Karte 4111 1111 1111 1111 gesperrt", "Karte [Karte] gesperrt"),
            (
                "Frau Müller hat den Vertrag V-2210-88431 nicht gefunden.",
                "Frau [Name] hat den Vertrag [Kundennummer] nicht gefunden.",
            ),
            ("Mein Wagen HH-AB 123 steht am Deich 5", "Mein Wagen [Kennzeichen] steht am Deich 5"),
            ("geb. 12.03.1980, wohnhaft Dorfstr. 5", "geb. [Geburtsdatum], wohnhaft [Adresse]"),
            ("Danke @lena, Lisa!", "Danke [Nutzername], [Name]!"),
        ];
        for (source, expected) in cases {
            assert_eq!(mask(source, &everything()).text, expected, "{source}");
        }
    }

    #[test]
    fn leaves_what_is_masked_already() {
        let placeholders = PersonalData::ALL.map(PersonalData::placeholder).join(" ");
        assert_eq!(mask(&placeholders, &everything()).text, placeholders);
        for source in [
            "Frau [Name] Müller",
            "Kundennummer [Kundennummer] 12345",
            "[name]: Petra",
            "geb. [Geburtsdatum] 12.03.1980",
        ] {
            assert!(mask(source, &everything()).text.starts_with(&source[..source.find(']').unwrap()]), "{source}");
        }
    }

    #[test]
    fn follows_the_policy() {
        let source = "Frau Müller, 0171 1234567, @lena";
        assert_eq!(mask(source, &MaskingPolicy::default()).text, "Frau [Name], [Telefon], @lena");
        assert_eq!(mask(source, &MaskingPolicy::all(Treatment::Keep)).text, source);
        let policy = everything().with(PersonalData::Phone, Treatment::Keep).with(PersonalData::Name, Treatment::Drop);
        let masked = mask(source, &policy);
        assert_eq!(masked.text, "Frau, 0171 1234567, [Nutzername]");
        let kinds: Vec<PersonalData> = masked.found.iter().map(|span| span.kind).collect();
        assert_eq!(kinds, [PersonalData::Name, PersonalData::Handle]);
    }

    #[test]
    fn reports_where_it_found_what() {
        let source = "Über 0171/1234567 oder ü@example.de";
        let masked = mask(source, &everything());
        let found: Vec<_> = masked.found.iter().map(|span| (span.kind, &source[span.bytes.clone()])).collect();
        assert_eq!(found, [(PersonalData::Phone, "0171/1234567"), (PersonalData::EMail, "ü@example.de")]);
        let placeholder = masked.text.find("[Telefon]").unwrap();
        assert_eq!(&source[masked.map.to_source(&(placeholder + 1..placeholder + 4))], "0171/1234567");
    }

    /// Texts that are made to cost time: a search that goes back would take minutes.
    #[test]
    fn long_texts_cost_little() {
        const CHARS: usize = 20_000;
        let pieces = [
            "Dr ",
            "Frau ",
            "Kundennummer ist ",
            "Konto 123 ",
            "lg ihr ",
            "geb. 1.1.70 nicht ",
            "A-B 1 ",
            "Am Deich ",
            "5 Park ",
            "0171 ",
            "von der ",
            "a@",
            "DE89 ",
            "[Name] ",
            "M. ",
            "1-",
            "Anna ",
            ".",
            "Nummer ",
            "Adresse neu ",
            "X",
        ];
        let start = Instant::now();
        for piece in pieces {
            let text = piece.repeat(CHARS / piece.len());
            assert!(!mask(&text, &everything()).text.is_empty());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }

    fn numbers_and_signs() -> impl Strategy<Value = String> {
        "((0|00|\\+)?[1-9]{1,4}|DE89 ?3704 ?0044 ?0532 ?0130 ?00|4111 ?1111 ?1111 ?1111|a@b.de|\\[IBAN\\]|[ ./(),:-]|ä|x){0,14}"
    }

    fn words_and_numbers() -> impl Strategy<Value = String> {
        "((Frau|Herr|Dr\\.|Lisa|Müller|von|der|lg|Gruß|ich heiße|Name:|Busfahrer|hat|Kundennummer|ist|Vertrag|geb\\.|geboren|am|Am Deich|Straße|Wagen|Street|1\\.1\\.1970|4711|12 C 34/5|HH-AB 123|B QY 7|AB12 CDE|12345 Berlin|5a|14 Park Road|@lena|\\[Name\\]|\\[Kundennummer\\]|\\[Telefon\\])[ ,.:;\n(]{0,2}){0,12}"
    }

    fn check(source: &str, policy: &MaskingPolicy) -> Result<(), TestCaseError> {
        let masked = mask(source, policy);
        let again = mask(&masked.text, policy);
        prop_assert_eq!(&again.text, &masked.text);
        prop_assert!(again.found.is_empty());
        let mut last_end = 0;
        for span in &masked.found {
            prop_assert!(
                span.bytes.start >= last_end && source.get(span.bytes.clone()).is_some_and(|piece| !piece.is_empty())
            );
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
            check(&source, &everything())?;
            check(&source, &MaskingPolicy::default())?;
        }

        #[test]
        fn is_idempotent_on_numbers(source in numbers_and_signs()) {
            check(&source, &everything())?;
        }

        #[test]
        fn is_idempotent_on_words(source in words_and_numbers()) {
            check(&source, &everything())?;
            check(&source, &MaskingPolicy::default())?;
            check(&source, &everything().with(PersonalData::Name, Treatment::Keep))?;
        }
    }
}
