use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::fame::is_famous;
use super::first_name::first_name;
use super::role::is_role;
use super::word::{is_common_noun, is_joined, is_small_name, name_end};
use crate::text::pii::words::{Words, is_degree, is_determiner, is_function_word, is_verb, word_set};

pub(super) static TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "herr herrn hr hrn frau fr fräulein frl mr mrs ms miss mx mister dr prof familie fam eheleute doktor doctor \
         professor",
    )
});

/// What may stand between a title and the name.
static FURTHER_TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "dr prof doktor doktorin doctor professor professorin h c mult med dent rer nat phil jur ing dipl mag \
         direktor direktorin minister ministerin kommissar kommissarin pfarrer pfarrerin bürgermeister \
         bürgermeisterin oberarzt oberärztin chefarzt chefärztin kapitän notar notarin rechtsanwalt rechtsanwältin \
         kollege kollegin nachbar nachbarin lehrer lehrerin schaffner schaffnerin ober oberbürgermeister \
         oberbürgermeisterin bundespräsident wachtmeister wachtmeisterin präsident präsidentin bundeskanzler \
         bundeskanzlerin namens",
    )
});

/// "Herr Pawlowski", "Frau Dr. med. Nasrin Tavakoli", "Mrs Applegarth".
pub(super) fn titled(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    if !TITLES.contains(words.lower(index)) || is_other_word(words, index) || is_famous(words, index) {
        return None;
    }
    if !words.is_capital(index) {
        return small_titled(words, index);
    }
    let follows = |at: usize| matches!(words.gap_before(at), " " | ". " | ".");
    // "Frau Busfahrerin"
    let is_role_of_woman = |lower: &str| lower.ends_with("in") && is_role(lower);
    let is_title = |at: usize| {
        let lower = words.lower(at);
        FURTHER_TITLES.contains(lower) || TITLES.contains(lower) || is_role_of_woman(lower)
    };
    // "Herr und Frau Meier"
    let joins = |at: usize| matches!(words.lower(at), "und" | "and") && TITLES.contains(words.lower(at + 1));
    const MOST_TITLES: usize = 8;
    let is_part = |at: &usize| follows(*at) && (is_title(*at) || joins(*at));
    let first = (index + 1..index + MOST_TITLES).take_while(is_part).last().map_or(index + 1, |last| last + 1);
    if !follows(first)
        || is_famous(words, first - 1)
        || (is_anybody(words, index) && first_name(words.lower(first)).is_none())
    {
        return None;
    }
    let most = if first_name(words.lower(first)).is_some() { 3 } else { 2 };
    let has_particle =
        matches!(words.lower(first), "von" | "van" | "de" | "el" | "al" | "zu") && !words.is_capital(first);
    if has_particle {
        // "die Frau von Rossmann"
        let is_any = words.lower(first) == "von" && is_determiner(words.lower_before(index));
        let noun = (first + 1..first + 3).find(|at| words.is_capital(*at))?;
        let has_article = noun == first + 2 && words.lower(first + 1) != "der";
        let end = name_end(words, noun, 1).filter(|_| !is_any && !has_article && is_joined(words, first + 1))?;
        return Some(first..end);
    }
    if is_shouted_name(words, first) {
        return Some(first..first + 1);
    }
    // "Mrs P Whitcombe"
    let is_bare_initial =
        words.lower(first).chars().count() == 1 && words.is_capital(first) && is_joined(words, first + 1);
    let surname = if is_bare_initial { first + 1 } else { first };
    name_end(words, surname, most).map(|end| first..end)
}

/// "einer netten Frau Geld geben"
fn is_anybody(words: &Words<'_>, title: usize) -> bool {
    let adjective = words.lower_before(title);
    let is_inflected = ["e", "er", "es", "en", "em"].iter().any(|ending| adjective.ends_with(ending));
    let article = title.checked_sub(1).map_or("", |adjective| words.lower_before(adjective));
    let is_indefinite = ["ein", "kein", "jede"].iter().any(|stem| article.starts_with(stem));
    is_inflected && is_indefinite && !is_function_word(adjective)
}

/// "Mo-Fr. Ruhetag", "Fr Termin", "MS Europa", "MR-Gerät": a short title is one with a full stop, or at least not all
/// capitals.
fn is_other_word(words: &Words<'_>, index: usize) -> bool {
    let written = words.written(index);
    let needs_full_stop = matches!(words.lower(index), "fr" | "hr" | "hrn" | "fam");
    let is_shouted = written.len() == 2 && !written.contains(char::is_lowercase);
    words.gap_before(index).ends_with(['-', '–', '/'])
        || (needs_full_stop && !words.gap_after(index).starts_with('.'))
        || (is_shouted && !is_shouted_name(words, index + 1))
}

/// "Frau MÜLLER"
fn is_shouted_name(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    let is_word = lower.chars().count() >= 3 && lower.chars().all(|sign| sign.is_alphabetic() || sign == '-');
    let is_known_word = is_function_word(lower) || is_verb(lower) || is_degree(lower) || is_common_noun(lower);
    is_word && !words.written(index).contains(char::is_lowercase) && !is_known_word
}

/// "herr bayer hat": all in small letters, so only with a verb behind the name or a preposition before the title.
fn small_titled(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let before = words.lower_before(index);
    let first = index + 1;
    let next = words.lower(first);
    let calls = matches!(
        before,
        "an" | "von"
            | "mit"
            | "bei"
            | "durch"
            | "für"
            | "hallo"
            | "danke"
            | "liebe"
            | "lieber"
            | "to"
            | "by"
            | "with"
            | "from"
            | "dear"
            | "thanks"
    );
    if (is_determiner(before) && !calls)
        || !matches!(words.gap_before(first), " " | ". ")
        || !is_small_name(words, first)
    {
        return None;
    }
    let acts = words.gap_after(first) == " " && is_verb(words.lower(first + 1));
    let is_english = matches!(words.lower(index), "mr" | "mrs" | "ms");
    (next.chars().count() >= 3 && (calls || acts || is_english)).then_some(first..first + 1)
}
