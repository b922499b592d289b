use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::numbers::{after, before, follows_thing_word, goes_on};
use super::{districts, pattern};

/// Licence plates: German ones of an existing district, British ones of today's form, and others beside a word that
/// speaks of a vehicle or its plate.
pub(super) fn licence_plates(text: &str) -> Vec<Range<usize>> {
    let mut found = german(text);
    found.extend(british(text));
    found.extend(austrian_and_swiss(text));
    found.extend(announced(text));
    found
}

/// Kinds of trains, which stand between letters and digits too: "RE RB 45".
const TRAINS: [&str; 6] = ["RB", "RE", "IC", "EC", "SB", "S"];

/// How far a word that speaks of a vehicle may be, in bytes.
const NEAR_BYTES: usize = 48;

fn german(text: &str) -> Vec<Range<usize>> {
    static PLATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?P<district>[A-ZÄÖÜ]{1,3})(?P<gap> ?[-–:·] ?| )(?P<letters>[A-Z]{1,2})[- ]?(?P<digits>[1-9][0-9]{0,3})[HE]?",
        )
    });
    /// District, letters and digits together.
    const MOST_SIGNS: usize = 8;
    plates(text, &PLATE, |plate, text| {
        let (district, letters, digits) = (&plate["district"], &plate["letters"], &plate["digits"]);
        let range = plate.get(0).map_or(0..0, |whole| whole.range());
        let signs = district.chars().count() + letters.len() + digits.len();
        let is_district = districts::GERMAN.contains(district.to_uppercase().as_str());
        let is_upper = !plate[0].contains(char::is_lowercase);
        let gap = &plate["gap"];
        let is_hyphenated = gap != " ";
        // Without the hyphen, with spaces around it, or in small letters, it might be anything.
        let stands_out = is_upper && !gap.contains(' ') && !follows_thing_word(text, range.start);
        let may_be = (is_upper && !TRAINS.contains(&letters)) || is_hyphenated;
        is_district
            && signs <= MOST_SIGNS
            && (stands_out || (may_be && is_near_vehicle(text, &range)) || (may_be && is_upper && moves(text, &range)))
    })
}

fn british(text: &str) -> Vec<Range<usize>> {
    static PLATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)(?P<place>[A-PR-Y]{2})(?P<age>[0-9]{2}) ?(?P<letters>[A-PR-Z]{3})"));
    plates(text, &PLATE, |plate, text| {
        // The half year: 02 to 30, or 51 to 80 (DVLA, INF104).
        let is_age = plate["age"].parse::<u32>().is_ok_and(|age| (2..=30).contains(&age) || (51..=80).contains(&age));
        let range = plate.get(0).map_or(0..0, |whole| whole.range());
        let is_upper = !plate[0].contains(char::is_lowercase);
        is_age && (is_upper || is_near_vehicle(text, &range)) && !follows_thing_word(text, range.start)
    })
}

fn austrian_and_swiss(text: &str) -> Vec<Range<usize>> {
    static PLATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<district>[A-Z]{1,2})(?P<gap> ?[-·] ?| )(?P<digits>[1-9][0-9]{0,2} [0-9]{3}|[1-9][0-9]{1,5})(?P<letters> ?[A-Z]{1,3})?",
        )
    });
    plates(text, &PLATE, |plate, text| {
        let (district, digits) = (&plate["district"], &plate["digits"]);
        let range = plate.get(0).map_or(0..0, |whole| whole.range());
        let is_form = if plate.name("letters").is_some() {
            districts::AUSTRIAN.contains(district) && digits.len() >= 2
        } else {
            districts::SWISS.contains(district) && digits.len() >= 4
        };
        is_form && is_near_vehicle(text, &range)
    })
}

/// Whatever of capitals and digits stands behind "Kennzeichen" or "number plate".
fn announced(text: &str) -> Vec<Range<usize>> {
    static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i:kennzeichen|nummernschild|number ?plate|licen[cs]e ?plate|reg(?:istration)? ?plate|(?-u:\b)reg(?:istration|\.)?(?: number| no\.?)|(?-u:\b)plate)(?i:[: ]| ist| lautet| is| war| was| number| no\.?)+(?P<plate>[A-ZÄÖÜ0-9]{1,4}(?:[- ·]?[A-ZÄÖÜ0-9]{1,5}){0,3})",
        )
    });
    const SIGNS: std::ops::RangeInclusive<usize> = 4..=9;
    let is_plate = |range: &Range<usize>| {
        let plate = &text[range.clone()];
        SIGNS.contains(&plate.chars().filter(|sign| sign.is_alphanumeric()).count())
            && plate.contains(|sign: char| sign.is_ascii_digit())
            && plate.contains(char::is_alphabetic)
            && !goes_on(text, range.end)
    };
    let plates = ANNOUNCED.captures_iter(text).filter_map(|found| found.name("plate")).map(|plate| plate.range());
    plates.filter(is_plate).collect()
}

/// The matches of `form` that stand alone and are a plate. What is none may hide one that begins inside it.
fn plates(text: &str, form: &Regex, is_plate: impl Fn(&Captures<'_>, &str) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(plate) = form.captures_at(text, position) {
        let range = plate.get(0).map_or(0..0, |whole| whole.range());
        let begins_word = !text[..range.start].ends_with(|sign: char| sign.is_alphanumeric() || "-_/".contains(sign));
        let ends_word = !goes_on(text, range.end) && !text[range.end..].starts_with(['-', '/']);
        if begins_word && ends_word && is_plate(&plate, text) {
            position = range.end;
            found.push(range);
        } else {
            position = text.ceil_char_boundary(range.start + 1);
        }
    }
    found
}

fn is_near_vehicle(text: &str, plate: &Range<usize>) -> bool {
    static VEHICLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)kennzeichen|nummernschild|(?-u:\b)schild|(?-u:\b)(?:auto|wagen|pkw|lkw|kfz|fahrzeug|bus|taxi|motorrad|roller|wohnmobil|anhänger|traktor|transporter|sprinter|lieferwagen|mietwagen|leihwagen|oldtimer|kombi|laster|bulli|strafzettel|knöllchen|bußgeld|falschparker|parkticket|parkausweis|car|van|lorry|truck|coach|cab|vehicle|motorbike|plate|reg|registration|golf)(?-u:\b)|(?:park|geparkt|abgeschleppt|geblitzt|blockiert|gerammt|parked|clamped|towed)",
        )
    });
    VEHICLE.is_match(before(text, plate.start, NEAR_BYTES)) || VEHICLE.is_match(after(text, plate.end, NEAR_BYTES))
}

/// "… steht schief": what is said of a vehicle and of trains too.
fn moves(text: &str, plate: &Range<usize>) -> bool {
    static VERB: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ (?:steht|stand|fuhr|fährt)\b"));
    VERB.is_match(after(text, plate.end, NEAR_BYTES))
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_plates() {
        assert_finds(
            PersonalData::LicencePlate,
            &[
                ("HH-AB 123 parkt hier", "HH-AB 123"),
                ("(WÜ-XY 5)", "WÜ-XY 5"),
                ("Oldtimer K-LM 12H", "K-LM 12H"),
                ("Bus DD XY 1187 schnitt mich", "DD XY 1187"),
                ("mein wagen b-xy 99 wurde zerkratzt", "b-xy 99"),
                ("the van AB12 CDE hit me", "AB12 CDE"),
                ("Das Auto W-12345A parkte da", "W-12345A"),
                ("Der Wagen ZH 123456 stand quer", "ZH 123456"),
                ("ZH 123 456 parkte da", "ZH 123 456"),
                ("WÜ XY 96 steht schief", "WÜ XY 96"),
                ("Kennzeichen: M XY 4711", "M XY 4711"),
                ("number plate is 4KL 2098", "4KL 2098"),
            ],
        );
    }

    #[test]
    fn leaves_trains_and_products() {
        assert_leaves(
            PersonalData::LicencePlate,
            &[
                "ICE 1537 und RE 70123",
                "S-Bahn S 41",
                "Typ HB-2200",
                "Modell K-LM 12",
                "QQ-AB 123",
                "DIN-EN 1234",
                "RE RB 45 hatte Verspätung",
                "Das Kennzeichen war verdreckt",
                "BMW 320 und T-800",
                "LC9 9ZZ",
                "GEÖFFNET AB 10 UHR",
            ],
        );
    }
}
