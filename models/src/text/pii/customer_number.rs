//! Numbers of customers, contracts, orders and the like: known by the word beside them, or by their form.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{after, goes_on, stands_alone};
use super::pattern;
use super::words::{Words, word_set};

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

/// How much the word beside it says about a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// "Kundennummer": it says that a number follows.
    Number,
    /// "Buchungscode": letters alone may follow.
    Code,
    /// "Bestellung", "Nummer": only what looks like an identifier is one.
    Matter,
}

/// The words that name a number.
struct Label {
    first: usize,
    last: usize,
    evidence: Evidence,
}

/// What "…nummer", "…-Nr." and "… number" may stand for that is no personal data.
static THINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "artikel serien modell typ typen teile ersatzteil produkt geräte gerät chargen material fehler ean haus zimmer \
         seiten seite gleis zug linien linie wagen bus flug telefon handy mobil mobilfunk fax ruf ruck rück rückruf \
         raum platz sitz sitzplatz start los glücks schuh farb farben größen block not notruf service hotline haltestellen \
         tür stock schalter versions bau bank iban bic plz park stellplatz kleider konfektions kapitel kabinen programm \
         gang kanal sender lauf model serial product item part error batch version page room flight train platform line \
         bus phone telephone mobile fax house flat gate seat row size lucky pin tan",
    )
});

/// What "… number" stands for in English, where the words are apart, and "… Nr." in German.
static MATTERS_OF_NUMBERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "abo kunden kunde vertrags vertrag auftrags auftrag bestell bestellung buchungs buchung rechnungs rechnung ticket \
         vorgangs vorgang fall kd konto mitglieds mitglied versicherungs sendungs referenz zähler kundenkonto paket order \
         booking reservation reference ref confirmation policy claim case incident invoice membership member loyalty \
         contract meter tracking parcel consignment shipment delivery file application patient nhs insurance passport \
         licence license employee staff student complaint job transaction receipt record enquiry support return refund \
         rma subscription card roll user login customer client account security",
    )
});

/// Nouns behind which a number of many digits is that of the thing itself.
static MATTERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "abo abonnement akte aktenzeichen anfrage antrag auftrag bahncard bestellung bestellungen buchung buchungen \
         geschäftszeichen kassenzeichen fall kunde kundin kundenkarte kundenkonto konto mahnung mitglied paket police \
         rechnung rechnungen referenz reservierung retoure sendung schaden ticket tickets vertrag verträge vorgang zähler \
         zählpunkt marktlokation account booking bookings case claim consignment contract customer file incident invoice \
         invoices meter member order orders package parcel policy ref reference reservation shipment complaint \
         nummer nummern nr number numbers",
    )
});

/// Words behind which letters alone can be the identifier.
static CODES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "buchungscode buchungsnummer buchungsreferenz reservierungscode reservierungsnummer pnr auftragscode kundenkennung \
         reference referenz",
    )
});

const NUMBER_NOUNS: [&str; 10] =
    ["nummern", "nummer", "numbers", "number", "referenz", "kennung", "num", "nr", "id", "no"];

/// Words that may stand between the label and the number.
static CONNECTORS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "ist lautet lautete war wäre heißt sind lauten bei ihnen euch mir hier noch mal nochmal übrigens also die der das \
         den dem mit zu im system von ihrem eurem meine mein unter is are was were reads with you your yours our my the \
         would be nr no nummer number num id",
    )
});

/// Of [`CONNECTORS`], those behind a noun that only may have a number ("Vertrag mit der Nummer …").
static CLOSE_CONNECTORS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| word_set("nr no nummer number num id mit der unter ist with"));

impl Label {
    fn at(words: &Words<'_>, index: usize) -> Option<Self> {
        let lower = words.lower(index);
        let before = match index.checked_sub(1) {
            Some(before) if matches!(words.gap_before(index), " " | ". " | "." | "-") => words.lower(before),
            _ => "",
        };
        let label = |first: usize, evidence: Evidence| Some(Label { first, last: index, evidence });
        if CODES.contains(lower) || (lower == "code" && MATTERS_OF_NUMBERS.contains(before)) {
            return label(index, Evidence::Code);
        }
        if matches!(lower, "kdnr" | "aktenzeichen" | "az" | "geschäftszeichen" | "kassenzeichen" | "zählpunkt" | "iknr")
        {
            return label(index, Evidence::Number);
        }
        let is_number_noun = NUMBER_NOUNS.contains(&lower);
        if is_number_noun && MATTERS_OF_NUMBERS.contains(before) {
            return label(index - 1, Evidence::Number);
        }
        // "card ending 1234" says too little, "loyalty card" says it all.
        if lower == "card" && matches!(before, "loyalty" | "member" | "membership" | "bonus" | "customer") {
            return label(index - 1, Evidence::Number);
        }
        if is_number_noun && THINGS.contains(before) {
            return None;
        }
        if MATTERS.contains(lower) {
            return label(index, Evidence::Matter);
        }
        let (noun, stem) = NUMBER_NOUNS.iter().find_map(|noun| Some((*noun, lower.strip_suffix(noun)?)))?;
        let stem = stem.trim_end_matches('-');
        // "kino", "valid": these need a hyphen, or a stem that is known.
        let ends_other_words = matches!(noun, "num" | "id" | "no" | "kennung");
        let is_compound = !ends_other_words || lower.contains('-') || MATTERS_OF_NUMBERS.contains(stem);
        let thing = stem.rsplit('-').next().unwrap_or(stem);
        (is_compound && stem.chars().count() >= 2 && !is_thing(thing)).then_some(())?;
        label(index, Evidence::Number)
    }
}

/// "artikel", "flugs", "hausnummern": with or without the s that joins German words.
fn is_thing(stem: &str) -> bool {
    let bare = stem.strip_suffix('s').unwrap_or(stem);
    THINGS.contains(stem) || THINGS.contains(bare)
}

/// The number that follows the label.
fn behind(words: &Words<'_>, label: &Label) -> Option<Range<usize>> {
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

/// An identifier that begins at `start`: groups of digits and capitals with hyphens, slashes, dots or spaces between.
fn identifier(text: &str, start: usize, evidence: Evidence) -> Option<Range<usize>> {
    let is_labelled = evidence != Evidence::Matter;
    let hash = text[..start].ends_with('#');
    let mut end = group_end(text, start)?;
    loop {
        let rest = &text[end..];
        let separator = rest.chars().next();
        let next = match separator {
            Some('-' | '/' | '_') => group_end(text, end + 1).filter(|next| joins(&text[end + 1..*next])),
            Some('.') => group_end(text, end + 1).filter(|next| is_digits(&text[end + 1..*next])),
            Some(' ') if is_labelled => spaced_group(text, start, end),
            Some(' ') => digits_behind_digits(text, start, end),
            _ => None,
        };
        match next {
            Some(next) => end = next,
            None => break,
        }
    }
    let start = if hash { start - 1 } else { start };
    let written = &text[start..end];
    let has_end = !text[end..].starts_with(|sign: char| sign.is_alphanumeric() || sign == '@');
    let is_number = has_end && !goes_on(text, end) && !is_date(written) && !has_unit(text, end);
    (is_number && is_enough(text, start..end, evidence)).then_some(start..end)
}

/// The end of the letters and digits that begin at `start`, unless they are a word.
fn group_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let length = rest.find(|sign: char| !sign.is_alphanumeric()).unwrap_or(rest.len());
    let group = &rest[..length];
    let letters = group.bytes().take_while(u8::is_ascii_alphabetic).count();
    let has_digits = letters < length && letters <= 5;
    let is_code = group.is_ascii() && (has_digits || is_capitals(group) && (length <= 4 || length == 6));
    is_code.then_some(start + length)
}

/// A group behind a space belongs to the number if it is nothing but digits, or a capital with digits behind it.
fn spaced_group(text: &str, start: usize, end: usize) -> Option<usize> {
    let next = group_end(text, end + 1)?;
    let group = &text[end + 1..next];
    let has_digits = text[start..end].contains(|sign: char| sign.is_ascii_digit());
    let goes_on_with_digits =
        text[next..].strip_prefix(' ').is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()));
    let is_part = is_digits(group) && group.len() >= 2 && (!has_unit(text, next) && !is_decimal(text, next))
        || is_capitals(group) && group.len() == 1 && has_digits && goes_on_with_digits
        || !has_digits && group.len() >= 3 && is_digits(group)
        || has_digits && group.len() >= 3 && is_upper_code(group);
    is_part.then_some(next)
}

/// "7081 4312": without a label only groups of three digits or more.
fn digits_behind_digits(text: &str, start: usize, end: usize) -> Option<usize> {
    const LEAST_DIGITS: usize = 3;
    let next = group_end(text, end + 1)?;
    let is_long = |group: &str| group.len() >= LEAST_DIGITS && is_digits(group);
    let last_group = text[start..end].rsplit(' ').next().unwrap_or_default();
    let is_number = is_long(last_group) && is_long(&text[end + 1..next]);
    (is_number && !has_unit(text, next) && !goes_on(text, next)).then_some(next)
}

/// "EMH00": capitals and digits.
fn is_upper_code(group: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    group.bytes().all(is_sign) && group.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str, end: usize) -> bool {
    goes_on(text, end) && text[end..].starts_with([',', ':'])
}

fn is_digits(group: &str) -> bool {
    !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_capitals(group: &str) -> bool {
    !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a group behind a hyphen belongs to the number: "77-30912-C", but not "49-Euro".
fn joins(group: &str) -> bool {
    group.contains(|sign: char| sign.is_ascii_digit()) || is_capitals(group) && group.len() <= 3
}

fn is_date(written: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:[0-3]?[0-9][./-][01]?[0-9][./-](?:[12][09])?[0-9]{2}|[12][09][0-9]{2}-[01][0-9]-[0-3][0-9]|[0-3]?[0-9]\.[01]?[0-9])$",
        )
    });
    DATE.is_match(written)
}

/// Whether a quantity ends here: "12345 Euro", "24 Monate".
fn has_unit(text: &str, end: usize) -> bool {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^ ?(?:€|%|£|\$|°|(?:euro?s?|chf|franken|uhr|h|min(?:uten?)?|stunden?|tagen?|wochen?|monaten?|jahren?|mal|stück|x|kg|g|km|m|cm|kwh|gb|mb|punkten?|personen|hours?|days?|weeks?|months?|years?|minutes|times|points|pounds)\b)",
        )
    });
    const LOOK_AHEAD_BYTES: usize = 16;
    UNIT.is_match(after(text, end, LOOK_AHEAD_BYTES))
}

/// Whether it has enough of an identifier for what the words say.
fn is_enough(text: &str, range: Range<usize>, evidence: Evidence) -> bool {
    let written = &text[range.clone()];
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let letters = written.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_upper = !written.contains(char::is_lowercase);
    match evidence {
        Evidence::Number => digits >= 3,
        // A record locator has six signs (IATA).
        Evidence::Code => digits >= 3 || (is_upper && letters + digits == 6 && written.len() == 6 && !is_shouted(text)),
        Evidence::Matter => {
            let is_locator =
                is_upper && written.len() == 6 && letters >= 2 && (2..6).contains(&digits) && letters + digits == 6;
            let is_hashed = written.starts_with('#') && digits >= 3;
            // "Paket 10115 Berlin"
            let is_post_code = digits == 5
                && letters == 0
                && text[range.end..].starts_with(' ')
                && text[range.end + 1..].starts_with(char::is_uppercase);
            // A telephone number, which is looked for later.
            let is_phone = written.starts_with('0') && letters == 0;
            (digits >= 5 && !is_post_code && !is_phone) || is_locator || is_hashed
        }
    }
}

/// Whether the text is all capitals, so that a word looks like a code.
fn is_shouted(text: &str) -> bool {
    !text.contains(char::is_lowercase)
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
                "Paket 10115 Berlin",
                "Bestellnummer? Hab ich keine bekommen.",
                "Kundennummer vergessen. 12345 Anrufe",
                "Telefonnummer 1234567",
                "Kunde seit 2011",
                "Kino 12345 und covid 12345",
            ],
        );
    }
}
