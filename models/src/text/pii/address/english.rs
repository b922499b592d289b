//! "14 Thistle Lane, Little Corby LC9 9ZZ"

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::house_number::{is_house_number, is_quantity};
use super::town::town_alone;
use crate::text::pii::pattern;
use crate::text::pii::words::{Words, is_function_word, is_verb, word_set};

static ENGLISH_STREETS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "street st road rd avenue ave lane ln drive dr close court ct crescent cres terrace place pl square sq way \
         gardens gdns grove hill mews row walk boulevard blvd parade rise view green wharf yard circle parkway \
         highway hwy quay vale park croft meadow meadows fields heights gate",
    )
});

/// Those that are told from other words even in small letters.
const PLAIN_ENGLISH_STREETS: [&str; 8] = ["street", "road", "lane", "avenue", "drive", "crescent", "terrace", "grove"];

/// What has a number before the name of a street beside it: "bus 14 Station Road".
static ENGLISH_NUMBERED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set("bus line route platform gate terminal flight section chapter page size train linie gleis")
});

pub(super) fn english(words: &Words<'_>, number: usize) -> Option<Range<usize>> {
    const MOST_NAME_WORDS: usize = 4;
    let gap = words.gap_before(number);
    let is_counted =
        gap.ends_with(['£', '$', '€', '#', '.', ':', ',']) || ENGLISH_NUMBERED.contains(words.lower_before(number));
    if is_counted || words.gap_after(number) != " " {
        return None;
    }
    let is_placed = matches!(
        words.lower_before(number),
        "at" | "live" | "address" | "of" | "is" | "to" | "from" | "near" | "outside"
    );
    let street = (number + 2..=number + MOST_NAME_WORDS + 1).find(|index| {
        let lower = words.lower(*index);
        ENGLISH_STREETS.contains(lower) && (words.is_capital(*index) || (is_placed && PLAIN_ENGLISH_STREETS.contains(&lower)))
            // "61 St. Aldwin's Street"
            && !(matches!(lower, "st" | "dr") && words.gap_after(*index) == ". " && words.is_capital(*index + 1))
    })?;
    let is_small = !words.is_capital(street);
    let is_name = |index: usize| {
        let lower = words.lower(index);
        let has_gap = words.gap_before(index) == " "
            || (words.gap_before(index) == ". " && matches!(words.lower(index - 1), "st" | "dr"));
        let is_word = lower.chars().all(|sign| sign.is_alphabetic() || "-'".contains(sign));
        let fits = if is_small { !is_function_word(lower) && !is_verb(lower) } else { words.is_capital(index) };
        has_gap && is_word && fits
    };
    let all_names = (number + 1..street).all(is_name) && words.gap_before(street) == " ";
    if !all_names || is_quantity(words, number) {
        return None;
    }
    let first = flat_before(words, number).unwrap_or(number);
    let last = english_town_behind(words, street).or_else(|| town_alone(words, street + 1)).unwrap_or(street);
    Some(words.bytes(first, last))
}

/// The first word of "Flat 3, " before the number.
fn flat_before(words: &Words<'_>, number: usize) -> Option<usize> {
    let unit = number.checked_sub(1)?;
    let is_joined = matches!(words.gap_before(number), ", " | " ") && is_house_number(words.lower(unit));
    let names_unit = matches!(words.lower_before(unit), "flat" | "apartment" | "apt" | "unit" | "suite");
    (is_joined && names_unit).then(|| unit - 1)
}

/// The last word of "Little Corby LC9 9ZZ" or "Springfield, IL 62704" behind the street.
fn english_town_behind(words: &Words<'_>, street: usize) -> Option<usize> {
    static REST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\.?,?[ \n](?:\p{Lu}[\p{L}'’-]*(?:,? |,?\n)){0,4}(?:(?i:[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2})|[A-Z]{2} [0-9]{5})(?-u:\b)",
        )
    });
    let street_end = words.get(street)?.range.end;
    let end = street_end + REST.find(&words.text[street_end..])?.end();
    words.index_at(end).checked_sub(1)
}
