use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::pii::pattern;
use crate::text::pii::words::{Words, is_calendar_word, word_set};

/// "17", "7c", "22-24".
pub(super) fn is_house_number(lower: &str) -> bool {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[1-9][0-9]{0,4}[a-z]?(?:-[1-9][0-9]{0,3}[a-z]?)?$"));
    lower.starts_with(|sign: char| sign.is_ascii_digit()) && NUMBER.is_match(lower)
}

/// The last word of the house number ("22 - 24", "60 a", "12/3"); none if it is no house number but a quantity or a time.
pub(super) fn house_number_end(words: &Words<'_>, number: usize) -> Option<usize> {
    let mut last = number;
    for _ in 0..2 {
        let is_joined = matches!(words.gap_after(last), "/" | "-" | "–" | " - " | " – " | "+" | " + ");
        if is_joined && is_house_number(words.lower(last + 1)) {
            last += 1;
        }
    }
    let is_letter =
        words.gap_after(last) == " " && matches!(words.lower(last + 1), "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h");
    if is_letter && !words.is_capital(last + 1) && !words.gap_after(last + 1).starts_with(' ') {
        last += 1;
    }
    (!is_quantity(words, last)).then_some(last)
}

/// Whether the number is a distance, a time, an ordinal or the like.
pub(super) fn is_quantity(words: &Words<'_>, number: usize) -> bool {
    static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "km m cm meter metern kilometer kilometern minuten minute min stunden stunde std h tage tag tagen wochen \
             woche monate monat jahre jahr jahren uhr euro eur cent grad mal x personen leute prozent mins minutes \
             hours hour miles mile days day weeks months years people times stars pm kmh sekunden stück punkte",
        )
    });
    let gap = words.gap_after(number);
    let next = words.lower(number + 1);
    let begins_with_digit = next.starts_with(|sign: char| sign.is_ascii_digit());
    let is_decimal = matches!(gap, "." | "," | ":") && begins_with_digit;
    let has_sign = gap.trim_start().starts_with(['%', '€', '£', '$', '°', '²']);
    let is_ordinal =
        gap == ". " && (is_calendar_word(next) || matches!(next, "stock" | "og" | "etage" | "klasse" | "obergeschoss"));
    is_decimal || has_sign || is_ordinal || (gap == " " && UNITS.contains(next))
}
