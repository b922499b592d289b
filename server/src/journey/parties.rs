//! Words by which a text can name who is responsible for a touchpoint: what the journey calls the department and the
//! contact point, and the touchpoint's keywords.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Journey;

/// How much a word of the owner's name, of the touchpoint's name, and a keyword say.
const OF_OWNER: f32 = 1.0;
const OF_NAME: f32 = 0.8;
const OF_KEYWORD: f32 = 0.7;
/// A word that several touchpoints have says less for each.
const SHARED: f32 = 0.7;
/// Shorter words name no department ("und", "App").
const LEAST_LETTERS: usize = 4;
/// Longer ones also stand at the beginning of a compound ("Rechnungsabteilung", "Vertriebsmitarbeiter").
const LEAST_LETTERS_OF_STEM: usize = 5;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\pL\pN]+").expect("the pattern is constant"));
/// "Abo-Center" is named by either part.
static JOINED_WORDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\pL\pN]+(?:-[\pL\pN]+)*").expect("the pattern is constant"));

/// Of one journey.
#[derive(Debug, Clone, Default)]
pub struct Parties {
    /// In lower case, with the touchpoints (positions in the journey) that they can mean.
    words: BTreeMap<String, BTreeMap<usize, f32>>,
}

/// Words of a text that name a touchpoint or its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedParty {
    /// Position in the journey.
    pub touchpoint: usize,
    /// 0 to 1: how much they say.
    pub weight: f32,
    /// In bytes of the text.
    pub span: Range<usize>,
}

impl Parties {
    pub(super) fn new(journey: &Journey) -> Self {
        let mut parties = Self::default();
        for (position, touchpoint) in journey.touchpoints.iter().enumerate() {
            // What joins the nouns of a name ("für", "oder") is written small.
            for (name, weight) in [(&touchpoint.owner, OF_OWNER), (&touchpoint.name, OF_NAME)] {
                let nouns = words(name).filter(|word| word.starts_with(char::is_uppercase));
                nouns.for_each(|noun| parties.add(noun, position, weight));
            }
            let keywords = touchpoint.keywords.iter().flat_map(|keyword| words(keyword));
            keywords.for_each(|keyword| parties.add(keyword, position, OF_KEYWORD));
        }
        parties
    }

    fn add(&mut self, word: &str, touchpoint: usize, weight: f32) {
        if word.chars().count() >= LEAST_LETTERS {
            let known = self.words.entry(word.to_lowercase()).or_default().entry(touchpoint).or_default();
            *known = known.max(weight);
        }
    }

    /// Every word of `text` that names one, in order; a word that can mean several comes once for each.
    pub fn find(&self, text: &str) -> Vec<NamedParty> {
        let mut found = Vec::new();
        for word in JOINED_WORDS.find_iter(text) {
            let mut touchpoints: BTreeMap<usize, f32> = BTreeMap::new();
            for part in words(word.as_str()) {
                for (touchpoint, weight) in self.named_by(&part.to_lowercase()) {
                    let known = touchpoints.entry(touchpoint).or_default();
                    *known = known.max(weight);
                }
            }
            let party = |(touchpoint, weight)| NamedParty { touchpoint, weight, span: word.range() };
            found.extend(touchpoints.into_iter().map(party));
        }
        found
    }

    fn named_by(&self, word: &str) -> impl Iterator<Item = (usize, f32)> {
        let known = self.words.iter().filter(move |(known, _)| names(word, known));
        known.flat_map(|(_, touchpoints)| {
            let share = if touchpoints.len() > 1 { SHARED } else { 1.0 };
            touchpoints.iter().map(move |(&touchpoint, weight)| (touchpoint, weight * share))
        })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    WORD.find_iter(text).map(|word| word.as_str())
}

fn names(word: &str, known: &str) -> bool {
    word == known || (known.chars().count() >= LEAST_LETTERS_OF_STEM && word.starts_with(stem(known)))
}

/// Without the ending that other forms of the word replace ("Verkäuferin" to "Verkäufer").
fn stem(word: &str) -> &str {
    let shortened = ["innen", "in", "en", "er", "es", "e", "s", "n"]
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.chars().count() >= LEAST_LETTERS_OF_STEM));
    shortened.unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::{SHIPPED, parse};

    #[test]
    fn departments_are_found_by_name_and_in_compounds() {
        let journey = parse(SHIPPED[1].0, SHIPPED[1].1).expect("it is valid");
        let parties = Parties::new(&journey);
        let named = |text: &str| -> Vec<String> {
            let names = parties.find(text).into_iter();
            names.map(|party| format!("{} {}", &text[party.span], journey.touchpoints[party.touchpoint].id)).collect()
        };
        assert_eq!(named("Der Vertrieb hat es zugesagt"), ["Vertrieb ordering"]);
        assert!(named("die Rechnungsabteilung weiß nichts").contains(&"Rechnungsabteilung billing".to_owned()));
        assert!(named("der Verkäufer war nett").contains(&"Verkäufer advice".to_owned()));
        assert!(named("ein Techniker-Team kam").contains(&"Techniker-Team first-use".to_owned()));
        assert!(named("Es regnet").is_empty());
    }
}
