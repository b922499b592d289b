//! The town of an address.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::house_number::is_quantity;
use crate::text::pii::name::first_name;
use crate::text::pii::pattern;
use crate::text::pii::words::{Words, is_calendar_word, is_function_word, word_set};

/// The last word of "26999 Süderkoog" behind the word `number`.
pub(super) fn town_behind(words: &Words<'_>, number: usize) -> Option<usize> {
    static POST_CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:(?:d|de|a|at|ch|l)-)?[0-9]{4,5}$"));
    let is_beside = |gap: &str| gap.len() <= 4 && gap.chars().all(|sign| " ,;|/–-·\n".contains(sign));
    let code = number + 1;
    if !is_beside(words.gap_before(code)) || !POST_CODE.is_match(words.lower(code)) {
        return None;
    }
    let town = code + 1;
    let is_town = words.gap_before(town) == " " && is_town_word(words, town) && !is_quantity(words, code);
    is_town.then(|| town_end(words, town))
}

/// The last word of ", Hamburg." or ", Little Corby," behind an address: nothing but one or two words to the next comma or
/// the end of the sentence.
pub(super) fn town_alone(words: &Words<'_>, first: usize) -> Option<usize> {
    if words.gap_before(first) != ", " {
        return None;
    }
    let is_name = |index: usize| {
        is_town_word(words, index)
            && !is_function_word(words.lower(index))
            && !NO_TOWNS.contains(words.lower(index))
            && first_name(words.lower(index)).is_none()
    };
    let second = (words.gap_before(first + 1) == " " && is_name(first + 1)).then_some(first + 1);
    let last = second.unwrap_or(first);
    let rest = words.gap_after(last);
    let ends = rest.starts_with(['.', ',', '!', '?', ';', ')', '\n']) || (rest.is_empty() && last + 1 == words.len());
    (is_name(first) && ends).then_some(last)
}

/// What stands alone behind an address and is no town.
static NO_TOWNS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "danke dank grüße gruß hinterhaus vorderhaus seitenflügel erdgeschoss keller dachgeschoss parterre \
         hochparterre garage hof eingang klingel tiefgarage innenhof telefon handy bitte thanks regards flat floor \
         basement herr herrn frau familie dr mr mrs ms",
    )
});

fn is_town_word(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    words.is_capital(index)
        && lower.chars().all(|sign| sign.is_alphabetic() || "-.'".contains(sign))
        && !is_calendar_word(lower)
}

/// The last word of a town that begins with `first`: "Bad Homburg", "Frankfurt am Main", "Neustadt an der Aisch".
fn town_end(words: &Words<'_>, first: usize) -> usize {
    let opener = words.lower(first);
    let is_opener = matches!(
        opener,
        "bad" | "st" | "sankt" | "markt" | "burg" | "alt" | "neu" | "groß" | "klein" | "deutsch" | "hann"
    ) || opener.ends_with("isch");
    if is_opener && matches!(words.gap_after(first), " " | ". ") && is_town_word(words, first + 1) {
        return first + 1;
    }
    let mut river = first + 1;
    let joins = words.gap_before(river) == " "
        && matches!(words.lower(river), "am" | "an" | "ob" | "vor" | "im" | "in" | "bei" | "unter");
    if !joins || words.is_capital(river) {
        return first;
    }
    river += 1;
    if matches!(words.lower_before(river + 1), "der" | "dem" | "den") {
        river += 1;
    }
    if words.gap_before(river) == " " && is_town_word(words, river) { river } else { first }
}

/// The first word of "Untermühlhausen, " or "26999 Süderkoog, " before the street.
pub(super) fn town_before(words: &Words<'_>, street: usize) -> Option<usize> {
    let town = street.checked_sub(1)?;
    if words.gap_before(street) != ", " || !is_town_word(words, town) || is_function_word(words.lower(town)) {
        return None;
    }
    let before = words.lower_before(town);
    if before.len() >= 4 && before.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(town - 1);
    }
    matches!(before, "in" | "aus" | "nach" | "adresse" | "anschrift").then_some(town)
}
