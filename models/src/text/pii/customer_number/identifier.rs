//! What an identifier looks like.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::label::Evidence;
use crate::text::pii::numbers::{after, goes_on, is_date};
use crate::text::pii::pattern;

/// An identifier that begins at `start`: groups of digits and capitals with hyphens, slashes, dots or spaces between.
pub(super) fn identifier(text: &str, start: usize, evidence: Evidence) -> Option<Range<usize>> {
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
        Evidence::Matter => looks_like_identifier(text, range),
    }
}

/// Whether a number is an identifier by its form alone: long, with letters, or with a sign for numbers.
fn looks_like_identifier(text: &str, range: Range<usize>) -> bool {
    let written = &text[range.clone()];
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let letters = written.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_upper = !written.contains(char::is_lowercase);
    // "Paket 10115 Berlin", "Vertrag 5000 Freiminuten"
    let counts =
        letters == 0 && text[range.end..].strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_uppercase));
    // A telephone number, which is looked for later.
    let is_phone = letters == 0 && written.starts_with('0');
    let is_year = digits == 4 && (written.starts_with("19") || written.starts_with("20"));
    let is_hashed = written.starts_with('#') && digits >= 3;
    let is_coded = is_upper && letters >= 1 && digits + letters >= 5 && digits >= 3 && written.contains(['-', '/']);
    // Passports and record locators mix both.
    let is_mixed = is_upper
        && letters >= 2
        && digits >= 2
        && digits + letters == written.len()
        && (6..=10).contains(&written.len());
    match digits {
        _ if is_phone => false,
        0..4 => is_hashed || is_coded || is_mixed,
        4 => is_hashed || is_coded || is_mixed || !(is_year || counts || written.contains(['.', '/', '-'])),
        5 => letters > 0 || !counts,
        _ => true,
    }
}

/// Whether the text is all capitals, so that a word looks like a code.
fn is_shouted(text: &str) -> bool {
    !text.contains(char::is_lowercase)
}
