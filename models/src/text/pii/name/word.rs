//! What a name is made of.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fame::NAMED_THINGS;
use super::first_name::first_name;
use super::title::TITLES;
use crate::text::pii::words::{Words, is_calendar_word, is_degree, is_function_word, is_verb, word_set};

/// What follows a name or a title with a capital, in German, and is none.
static NO_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "team service kundenservice support hotline filiale kasse laden shop bahn bus zug app mail danke dank grüße \
         gruß note linie termin angebot essen preis hotel kunde kundin kunden mitarbeiter mitarbeiterin fahrer \
         kollege kollegin kollegen gast gäste fahrgast stammkunde stammkundin stammgast patient patientin leser \
         leserin nutzer nutzerin mieter mieterin freund freunde damen herren herr frau dame mann leute zusammen alle \
         alles bitte super top gut sehr hallo liebe lieber sterne punkte euro uhr tag tage woche jahr jahre problem \
         bestellung vertrag rechnung konto karte paket lieferung auftrag internet telefon rückruf nummer adresse \
         handy firma praxis amt station zimmer gleis deutsche deutschen customer thanks thank regards staff store \
         sir madam dear kind best hello please order mama papa mutti vati oma opa ähm äh versand versandhaus group \
         gruppe gmbh ag kg inc ltd card platz urlaub fall mal preise zeit werbung angebote website reise reisen \
         tickets ticket hilfe bescheid anruf brief post bank hund katze auto wagen name namen",
    )
});

const PARTICLES: [&str; 18] = [
    "von", "van", "de", "der", "den", "zu", "zur", "el", "al", "da", "di", "del", "della", "la", "le", "ter", "ten",
    "bin",
];

/// Whether the word at `index` may be a part of a name: with a capital, and no word that is known to be another.
pub(super) fn is_name_word(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    let written = words.written(index);
    let is_word = lower.chars().all(|sign| sign.is_alphabetic() || "-.'".contains(sign));
    let is_initial = lower.chars().count() == 1 && words.gap_after(index).starts_with('.');
    let is_shouted = !is_initial && !written.contains(char::is_lowercase);
    words.is_capital(index)
        && is_word
        && !is_shouted
        && (is_initial || lower.chars().count() >= 2)
        && !is_function_word(lower)
        && !is_calendar_word(lower)
        && !is_common_noun(lower)
        && !TITLES.contains(lower)
}

/// Whether a German noun is known, or ends as only common nouns do.
pub(super) fn is_common_noun(lower: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "heit", "heiten", "keit", "keiten", "schaft", "tion", "tionen", "tät", "nummer", "service", "zentrum",
        "schrift", "adresse", "kontakt",
    ];
    let is_long_ung = lower.chars().count() >= 8 && (lower.ends_with("ung") || lower.ends_with("ungen"));
    let last_part = lower.rsplit('-').next().unwrap_or(lower);
    is_long_ung
        || NO_NAMES.contains(lower)
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || (last_part != lower && (NAMED_THINGS.contains(last_part) || NO_NAMES.contains(last_part)))
}

/// The end of a name of `most` words at most that begins at `first`; particles do not count.
pub(super) fn name_end(words: &Words<'_>, first: usize, most: usize) -> Option<usize> {
    let mut end = first;
    let mut count = 0;
    while count < most && (end == first || is_joined(words, end)) {
        if is_name_word(words, end) {
            count += 1;
            end += 1;
            continue;
        }
        let behind_particles =
            (end..end + 3).find(|index| !PARTICLES.contains(&words.lower(*index)) || words.is_capital(*index));
        // "Mona der Vampir"
        let is_article = matches!(words.lower(end), "der" | "den");
        match behind_particles
            .filter(|next| *next > end && !is_article && (end + 1..=*next).all(|index| is_joined(words, index)))
        {
            // "Frau Meier von der Hotline": only behind a first name.
            Some(next) if end > first && first_name(words.lower(end - 1)).is_some() && is_name_word(words, next) => {
                count += 1;
                end = next + 1;
            }
            _ => break,
        }
    }
    (count > 0).then_some(end)
}

/// Whether only a space stands before the word, or the full stop of an initial.
pub(super) fn is_joined(words: &Words<'_>, index: usize) -> bool {
    let is_initial = index > 0 && words.lower(index - 1).chars().count() == 1;
    matches!(words.gap_before(index), " ") || (is_initial && matches!(words.gap_before(index), ". " | "."))
}

/// Whether a word in small letters can be a name: it is no other word that is known, and no adjective.
pub(super) fn is_small_name(words: &Words<'_>, index: usize) -> bool {
    const ADJECTIVES: [&str; 9] = ["lich", "ig", "isch", "bar", "sam", "los", "haft", "ell", "voll"];
    let lower = words.lower(index);
    lower.chars().count() >= 2
        && lower.chars().all(|sign| sign.is_alphabetic() || sign == '-')
        && !is_function_word(lower)
        && !is_verb(lower)
        && !is_degree(lower)
        && !is_calendar_word(lower)
        && !is_common_noun(lower)
        && !ADJECTIVES.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a clause ends before the word `end`.
pub(super) fn ends_phrase(words: &Words<'_>, end: usize) -> bool {
    let gap = words.gap_before(end);
    end >= words.len()
        || gap.starts_with([',', '.', '!', '?', ';', ':', '\n', ')', '/', '|', '[', '–', '-'])
        || gap.starts_with(" [")
}
