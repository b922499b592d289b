use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::{after, before, stands_alone};
use super::pattern;

/// Dates of which the words around them say that somebody was born then.
pub(super) fn birth_dates(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for date in dates(text) {
        let goes_on = found.last().is_some_and(|last| is_alternative(&text[last.end..date.bytes.start]));
        let is_somebodys = is_childs(text, &date) || is_beside_name(text, &date);
        if goes_on || is_announced(text, &date) || is_explained(text, &date) || is_somebodys {
            found.push(date.bytes);
        }
    }
    found
}

struct Date {
    bytes: Range<usize>,
    has_year: bool,
    /// With four digits.
    year: Option<u32>,
}

/// All dates with a possible day and month, in order.
fn dates(text: &str) -> Vec<Date> {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        const MONTH: &str = "jan(?:uar|uary|\\.)?|jänner|feb(?:ruar|ruary|\\.)?|mär(?:z|\\.)|mar(?:ch|\\.)?|apr(?:il|\\.)?|mai|may|jun[ie]?\\.?|jul[iy]?\\.?|aug(?:ust|\\.)?|sep(?:tember|t?\\.)?|o[kc]t(?:ober|\\.)?|nov(?:ember|\\.)?|de[zc](?:ember|\\.)?";
        pattern(&format!(
            r"(?i)(?P<iso>[12][0-9]{{3}})[-/](?P<iso_month>[0-9]{{1,2}})[-/](?P<iso_day>[0-9]{{1,2}})|(?P<first>[0-9]{{1,2}})(?:\. ?|/|-)(?P<second>[0-9]{{1,2}})(?:\. ?|/|-)(?P<year>[0-9]{{4}}|[0-9]{{2}})|(?P<day>[0-9]{{1,2}})(?:\.|st|nd|rd|th)? ?(?:of )?(?:{MONTH})(?:,? ?(?P<day_year>[12][0-9]{{3}}|[0-9]{{2}}(?-u:\b)))?|(?:{MONTH}) (?P<month_day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<month_year>[12][0-9]{{3}}))?"
        ))
    });
    let mut found = Vec::new();
    for date in DATE.captures_iter(text) {
        let Some(bytes) = date.get(0).map(|whole| whole.range()) else { continue };
        let number = |name: &str| date.name(name).and_then(|digits| digits.as_str().parse::<u32>().ok());
        let day = number("iso_day").or(number("day")).or(number("month_day"));
        let fits = |number: Option<u32>, most: u32| number.is_none_or(|number| (1..=most).contains(&number));
        // 31/12 and 12/31.
        let numeric = (number("first"), number("second"));
        let numeric_fits = (fits(numeric.0, 31) && fits(numeric.1, 12)) || (fits(numeric.0, 12) && fits(numeric.1, 31));
        if fits(day, 31) && fits(number("iso_month"), 12) && numeric_fits && stands_alone(text, &bytes) {
            let year = ["iso", "year", "day_year", "month_year"].iter().find_map(|name| date.name(name));
            let long_year = year.filter(|year| year.len() == 4).and_then(|year| year.as_str().parse().ok());
            found.push(Date { bytes, has_year: year.is_some(), year: long_year });
        }
    }
    found
}

/// "geboren am …", "Geburtsdatum falsch, richtig ist …": the word stands before, in the same sentence.
fn is_announced(text: &str, date: &Date) -> bool {
    /// The words between begin with no letter ("gebucht") and hold no other number.
    static BORN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?-u:\b)(?:geb(?:oren\p{L}*|urtsdatum|urtsdaten|\.?-?dat(?:um|\.)?|\.)?|date of birth|birth[ -]?dates?|d\.?o\.?b\.?|born)(?P<gap>(?:[^\p{L}\n;?!0-9][^\n;?!0-9]{0,44})?)$",
        )
    });
    /// A birthday is celebrated every year: only what is said to be one counts.
    static BIRTHDAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:(?-u:\b)(?:geburtstag|birthday)(?:\s?[:,]?\s?|\s+(?:ist|war|is|was)\s+(?:(?:der|am|on|the)\s+)?)|\*\s?)$",
        )
    });
    const LOOK_BACK_BYTES: usize = 80;
    let words_before = before(text, date.bytes.start, LOOK_BACK_BYTES);
    if date.has_year && BIRTHDAY.is_match(words_before) {
        return true;
    }
    let Some(gap) = BORN.captures(words_before).and_then(|found| found.name("gap")) else { return false };
    let gap = gap.as_str();
    let is_near = gap.split_whitespace().count() <= 2;
    let begins_sentence =
        |(at, _): (usize, &str)| gap[at..].trim_start_matches(['.', ' ']).starts_with(char::is_uppercase);
    !gap.match_indices(". ").any(begins_sentence) && (date.has_year || is_near)
}

/// "am … geboren", "… ist mein Geburtsdatum": the word stands behind.
fn is_explained(text: &str, date: &Date) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:\s+[\p{L}-]+){0,4}?\s+(?:geboren|born)(?-u:\b)|^\)?\s+(?:ist|war|is|was|als|as)\s+(?:\p{L}+\s+){0,2}(?:geburtsdatum|geburtstag|birthday|birth ?date|date of birth|dob)(?-u:\b)",
        )
    });
    const LOOK_AHEAD_BYTES: usize = 60;
    WORD.is_match(after(text, date.bytes.end, LOOK_AHEAD_BYTES))
}

/// "Unsere Tochter (17.01.2012)".
fn is_childs(text: &str, date: &Date) -> bool {
    static PERSON: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?-u:\b)(?:sohn|tochter|kind|baby|enkel(?:in|kind)?|mutter|vater|oma|opa|bruder|schwester|patient(?:in)?|versicherte[r]?|son|daughter|child|grandson|granddaughter|husband|wife|mother|father|mum|dad|brother|sister)(?: \p{Lu}\p{L}+| \[Name\])? ?\($|(?-u:\b)(?:mann|frau) ?\($",
        )
    });
    const LOOK_BACK_BYTES: usize = 40;
    date.has_year
        && text[date.bytes.end..].starts_with(')')
        && PERSON.is_match(before(text, date.bytes.start, LOOK_BACK_BYTES))
}

/// "[Name], 12.03.1980": beside a name that was found already, and so long ago that it is no visit.
fn is_beside_name(text: &str, date: &Date) -> bool {
    const LAST_YEAR: u32 = 2009;
    let follows_name = ["[Name], ", "[Name] (", "[Name] "].iter().any(|name| text[..date.bytes.start].ends_with(name));
    follows_name && date.year.is_some_and(|year| year <= LAST_YEAR)
}

/// Whether a date that follows a birth date is another one: "nicht", "statt", "und".
fn is_alternative(gap: &str) -> bool {
    let mut words = gap.split([' ', ',']).filter(|word| !word.is_empty());
    let joins = |word: &str| {
        ["und", "oder", "nicht", "statt", "sondern", "and", "or", "not", "am", "der", "instead", "of"].contains(&word)
    };
    let has_words = !gap.trim().is_empty();
    has_words && gap.len() <= 25 && words.all(joins)
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_dates_of_birth() {
        assert_finds(
            PersonalData::BirthDate,
            &[
                ("geboren am 12.03.1980", "12.03.1980"),
                ("geb. 1.1.70 in Bonn", "1.1.70"),
                ("Geburtsdatum: 12. März 1980", "12. März 1980"),
                ("Das Geburtsdatum stimmt nicht, richtig wäre 1980-03-12", "1980-03-12"),
                ("Meine Tochter ist am 3. Mai 2015 geboren", "3. Mai 2015"),
                ("Unser Sohn (03.05.2015) fährt mit", "03.05.2015"),
                ("Geburtstag: 12.03.80", "12.03.80"),
                ("*12.03.1980", "12.03.1980"),
                ("DOB 12/03/1980", "12/03/1980"),
                ("date of birth: 3rd March 1980", "3rd March 1980"),
                ("I was born on March 3, 1980.", "March 3, 1980"),
                ("12/03/1980 is my date of birth", "12/03/1980"),
                ("Geburtstag 12.03.1980", "12.03.1980"),
                ("born 1980/03/12", "1980/03/12"),
                ("Frau Telse Weber, 12.03.1980, Zimmer 4", "12.03.1980"),
            ],
        );
    }

    #[test]
    fn leaves_other_dates() {
        assert_leaves(
            PersonalData::BirthDate,
            &[
                "Am 12.03.2024 gebucht, geboren wurde die Idee dort",
                "gebucht am 12.03.2024",
                "Ich bin 1980 geboren. Am 12.03.2024 kam ich an.",
                "An meinem Geburtstag am 12.03.2024 war zu",
                "Kaufdatum 12.03.2024",
                "Frau Weber (12.03.2024)",
                "geboren in Zimmer 12",
            ],
        );
    }
}
