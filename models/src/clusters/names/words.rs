//! A mention's words as a name needs them: stems, and what may stand at the ends of a phrase.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use rust_stemmers::{Algorithm, Stemmer};

use crate::text::{Language, NOT_LANGUAGE};

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\p{L}[\p{L}\p{N}]*(?:['’&-][\p{L}\p{N}]+)*").expect("the pattern is a constant and compiles")
});

/// Words that say that something is missing or does not happen: of pain points they are half of the matter.
static NEGATIONS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "nicht nichts nie niemals niemand niemanden kein keine keinen keinem keiner keines ohne \
     no not never nobody nothing none without cannot can't don't doesn't didn't isn't wasn't won't aren't couldn't haven't \
     hasn't"
        .split_whitespace()
        .collect()
});

/// What customers say about anything, beside the function words of the library's lists: numbers, times, persons, and verbs
/// that go with every matter.
static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "januar februar märz april mai juni juli august september oktober november dezember montag dienstag mittwoch donnerstag \
     freitag samstag sonntag january february march may june july october december monday tuesday wednesday thursday friday \
     saturday sunday minute minuten min stunde stunden sekunden minutes hours euro euros frau herr mann leute problem problems \
     ahnung dat hod ick muass scho \
     ab beide beiden beim bekommt bestimmt bisschen bitte bleiben bleibt brauche braucht bzw danach danke darauf darf dabei \
     dafür davon deshalb drei dritte dürfen eben echt eigentlich einfach elf erst erste ersten etc fast fehlt finde frage fünf \
     ganz gar geben gegangen geht gehen gelten genau gerade gern gerne gesagt gestern gibt gibts ging gleich gott gute guten \
     hallo halt hast hatten hätt hätte heißt heute hieß hm hoffe immer ja jahr jahre jahren jemand jetz kam kannst kenne komme \
     kommt lang lange lässt leider lieb liebe lieber liegt lt macht mag mal mehr mehrere meint meinte möchte monat moment morgen \
     müssen musst nächste nächsten ne nein nem nen neun nochmal nur oft oh ok okay paar per recht rt sagen sagt sagte schon \
     sechs sehe sehen sei seien seit seitdem selber sich sieben sieht sofort sogar sollen sollten statt steht super tag tage tagen \
     tatsächlich toll trotz trotzdem überhaupt uhr usw via viele vielen vier viert völlig vielleicht voll vorher wann wäre warum \
     wegen weiß weitere wenig weniger wer werde weshalb wieso wirklich wissen woche wochen wohl worden wow wurde wurden wusste \
     wünsche zb zehn zeit zudem zwei zweimal zweite zweiten zwölf \
     able ago also another anything back cannot come could day days definitely eight eleven even ever every five four get gets \
     getting give go goes going good got great hello help hey hi keep know like look made make many may mean much need one please \
     put quite really said say says see seven show six something still take ten thank thanks think third three tell today told \
     tried try trying twelve two us want wanted way week weeks well without would yes yesterday"
    .split_whitespace()
        .collect()
});

/// German and English alike, because customers mix them.
static FUNCTION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let of_library = ["de", "en"].into_iter().filter_map(stop_words::lookup).flatten().copied();
    of_library.chain(FILLERS.iter().copied()).collect()
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Content,
    Negation,
    /// May stand within a phrase only.
    Function,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// As it is written.
    pub surface: &'a str,
    /// The same for all forms of a word.
    pub stem: String,
    pub role: Role,
}

/// Runs of words that nothing but white space parts, so that a phrase may lie within one. What is masked, numbers, web
/// addresses, handles and tags are no words and part runs, as punctuation does.
pub fn runs(text: &str, language: Language) -> Vec<Vec<Word<'_>>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let gaps = NOT_LANGUAGE.find_iter(text).map(|gap| gap.range()).chain(std::iter::once(text.len()..text.len()));
    for gap in gaps {
        add_runs(&text[start..gap.start], language, &mut runs);
        start = gap.end;
    }
    runs
}

fn add_runs<'a>(piece: &'a str, language: Language, runs: &mut Vec<Vec<Word<'a>>>) {
    let mut end = None;
    for word in WORD.find_iter(piece) {
        let follows = end.is_some_and(|end: usize| piece[end..word.start()].chars().all(char::is_whitespace));
        end = Some(word.end());
        let word = self::word(word.as_str(), language);
        match runs.last_mut() {
            Some(run) if follows => run.push(word),
            _ => runs.push(vec![word]),
        }
    }
}

fn word(surface: &str, language: Language) -> Word<'_> {
    let lower = surface.to_lowercase().replace('’', "'");
    let role = if NEGATIONS.contains(lower.as_str()) {
        Role::Negation
    } else if lower.chars().count() < 2 || FUNCTION_WORDS.contains(lower.as_str()) {
        Role::Function
    } else {
        Role::Content
    };
    // "Online-Shop" and "Onlineshop" are one word.
    Word { surface, stem: stem(&lower.replace(['-', '&'], ""), language), role }
}

/// `word` in lower case. Other languages stay as they are: their words are seldom many.
pub fn stem(word: &str, language: Language) -> String {
    let algorithm = match language {
        Language::German => Algorithm::German,
        Language::English => Algorithm::English,
        Language::Other => return word.to_owned(),
    };
    Stemmer::create(algorithm).stem(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str, language: Language) -> Vec<Vec<String>> {
        runs(text, language).into_iter().map(|run| run.into_iter().map(|word| word.stem).collect()).collect()
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert_eq!(stems("Fahrkarte Fahrkarten", Language::German)[0], ["fahrkart", "fahrkart"]);
        assert_eq!(stems("Online-Shop Onlineshop", Language::German)[0], ["onlineshop", "onlineshop"]);
        assert_eq!(stems("payment payments", Language::English)[0], ["payment", "payment"]);
    }

    #[test]
    fn punctuation_numbers_and_what_is_masked_part_runs() {
        let texts = stems("Herr [Name] rief an, um 10 Uhr @bahn #verspätung www.x.de/ab Geld", Language::German);
        assert_eq!(texts, [vec!["herr"], vec!["rief", "an"], vec!["um"], vec!["uhr"], vec!["geld"]]);
    }

    #[test]
    fn roles() {
        let words = runs("Die App funktioniert nicht, it doesn’t work", Language::German);
        let roles: Vec<Role> = words.into_iter().flatten().map(|word| word.role).collect();
        let expected = [
            Role::Function,
            Role::Content,
            Role::Content,
            Role::Negation,
            Role::Function,
            Role::Negation,
            Role::Content,
        ];
        assert_eq!(roles, expected);
    }
}
