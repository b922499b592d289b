use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::word::{is_small_name, name_end};
use crate::text::pii::numbers::overlaps_any;
use crate::text::pii::words::{Words, word_set};

/// "Zur Rückfrage: Holger Mierisch, 030 …": two words with capitals that open a line or a list, and then how to reach them.
pub(super) fn before_contact(words: &Words<'_>, index: usize, contacts: &[Range<usize>]) -> Option<Range<usize>> {
    let opens = index == 0 || words.gap_before(index).ends_with([':', '\n']) || words.gap_before(index) == ": ";
    if contacts.is_empty() || !opens {
        return None;
    }
    let end = name_end(words, index, 3).filter(|end| *end - index >= 2)?;
    let name_ends = words.get(end - 1)?.range.end;
    const LOOK_AHEAD_BYTES: usize = 4;
    let gap_end = words.text.ceil_char_boundary((name_ends + LOOK_AHEAD_BYTES).min(words.text.len()));
    let is_beside = overlaps_any(contacts, &(name_ends..gap_end))
        && words.text[name_ends..].starts_with([',', '\n', ';', ' ', ':']);
    is_beside.then_some(index..end)
}

/// "Rückruf unter 030 …, Petersen": one or two words between how to reach somebody and the end of the text.
pub(super) fn behind_contact(words: &Words<'_>, index: usize, contacts: &[Range<usize>]) -> Option<Range<usize>> {
    static NO_PEOPLE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "abends morgens mittags vormittags nachmittags tagsüber jederzeit mobil privat dienstlich geschäftlich \
             dringend eilig merci thanks thx asap büro arbeit zuhause festnetz whatsapp egal ganztags sofort anytime \
             mornings evenings office home work urgent urgently",
        )
    });
    let gap = words.gap_before(index);
    let gap_start = words.get(index)?.range.start - gap.len();
    let is_beside = gap == ", " && gap_start > 0 && overlaps_any(contacts, &(gap_start - 1..gap_start));
    if !is_beside || NO_PEOPLE.contains(words.lower(index)) {
        return None;
    }
    let is_small = !words.is_capital(index) && is_small_name(words, index) && words.lower(index).chars().count() >= 4;
    let end = name_end(words, index, 2).or_else(|| is_small.then_some(index + 1))?;
    (end == words.len() && words.gap_before(end).trim_matches(['.', '!', ' ', '\n']).is_empty()).then_some(index..end)
}
