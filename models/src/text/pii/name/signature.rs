use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::first_name::first_name;
use super::word::{ends_phrase, is_small_name, name_end};
use crate::text::pii::words::{Words, is_determiner, word_set};

/// The words that end a letter.
static CLOSINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "gruß gruss grüße grüsse gruesse grüßen grüssen grüßle grüßt lg vg mfg bg vlg hochachtungsvoll regards \
         sincerely faithfully cheers wishes signed unterzeichnet unterschrieben",
    )
});

/// Closings that are a company or a word where they do not close a letter.
const SHORT_CLOSINGS: [&str; 5] = ["lg", "vg", "bg", "vlg", "cheers"];

/// "Viele Grüße, Telse Carstens", "vg sandro".
pub(super) fn signed(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let closing = words.lower(index);
    if !CLOSINGS.contains(closing) {
        return None;
    }
    // "Mein LG Fernseher"
    let may_be_word = SHORT_CLOSINGS.contains(&closing) && (index == 0 || words.gap_before(index) == " ");
    if may_be_word
        && !(is_last_line(words, index) && (!words.is_capital(index) || first_name(words.lower(index + 1)).is_some()))
    {
        return None;
    }
    let mut first = index + 1;
    // "aus dem Norden", "von", up to the comma or the end of the line.
    if words.gap_before(first) == " " && matches!(words.lower(first), "aus" | "vom" | "from") {
        const MOST_WORDS: usize = 5;
        first = (first + 1..first + MOST_WORDS).find(|at| words.gap_before(*at).starts_with([',', '\n']))?;
    }
    let is_between = |at: usize| {
        let gap = words.gap_before(at).trim_matches([' ', ',', '\n', '.', '-', '–', '!', ':', '\t']);
        gap.is_empty()
    };
    const BETWEEN: [&str; 11] =
        ["ihr", "ihre", "dein", "deine", "euer", "eure", "von", "your", "yours", "from", "sendet"];
    while is_between(first) && BETWEEN.contains(&words.lower(first)) {
        first += 1;
    }
    if first >= words.len() || !is_between(first) {
        return None;
    }
    if let Some(end) = name_end(words, first, 4) {
        let end = if words.lower(end) == "und" { name_end(words, end + 1, 2).unwrap_or(end) } else { end };
        return ends_signature(words, end).then_some(first..end);
    }
    small_signature(words, index, first)
}

/// Whether nothing but contact data and new lines follows the signature.
fn ends_signature(words: &Words<'_>, end: usize) -> bool {
    let is_number = words.lower(end).starts_with(|sign: char| sign.is_ascii_digit());
    ends_phrase(words, end) || is_number || matches!(words.lower(end), "aus" | "from")
}

/// "lg petra": one or two words in small letters that end the text or the line.
fn small_signature(words: &Words<'_>, closing: usize, first: usize) -> Option<Range<usize>> {
    static NO_SIGNATURES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "zurück nochmal nochmals retour wieder weiter zuhause euch ihnen ans aufs ins everyone back again mate \
             guys for",
        )
    });
    let is_small = !matches!(words.lower(closing), "grüßen" | "grüßt" | "signed") && !words.is_capital(first);
    let is_initial = |at: usize| words.lower(at).chars().count() == 1 && words.gap_after(at) == ". ";
    let start = if is_initial(first) { first + 1 } else { first };
    let is_name =
        |at: usize| !words.is_capital(at) && is_small_name(words, at) && !NO_SIGNATURES.contains(words.lower(at));
    if !is_small || !is_name(start) {
        return None;
    }
    let end = if words.gap_before(start + 1) == " " && is_name(start + 1) { start + 2 } else { start + 1 };
    let ends_line = end >= words.len() || words.gap_before(end).contains(['\n', '[', ',']);
    ends_line.then_some(first..end)
}

/// Whether at most four words follow on the line, and no brand begins the text.
fn is_last_line(words: &Words<'_>, index: usize) -> bool {
    const MOST_WORDS: usize = 3;
    let ends = |at: usize| at >= words.len() || words.gap_before(at).contains('\n');
    let is_brand = if index == 0 { words.lower(0) == "lg" } else { is_determiner(words.lower(index - 1)) };
    !is_brand && (index + 1..=index + MOST_WORDS + 1).any(ends)
}
