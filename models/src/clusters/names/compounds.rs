//! German writes several words as one: "Zugzielanzeige" is about an Anzeige too.

use super::words::stem;
use crate::text::Language;

/// Shorter ones are endings and prefixes as often as words.
const SHORTEST_FIRST: usize = 3;
const SHORTEST_LAST: usize = 4;

/// The stems of the two words that a German word is made of, if both are known as words of their own: `known` gives how
/// often. Of several ways to divide it, the one whose rarer part is the most frequent. What joins them ("s", "en") goes
/// with the stem's ending.
pub fn parts(word: &str, known: impl Fn(&str) -> Option<u32>) -> Option<(String, String)> {
    let letters = word.chars().count();
    let boundaries = word.char_indices().map(|(boundary, _)| boundary).enumerate();
    let divided = boundaries
        .filter(|(before, _)| *before >= SHORTEST_FIRST && letters - before >= SHORTEST_LAST)
        .filter_map(|(_, boundary)| {
            let (first, last) = word.split_at(boundary);
            let parts = (stem(first, Language::German), stem(last, Language::German));
            Some((known(&parts.0)?.min(known(&parts.1)?), parts))
        });
    divided.max_by_key(|(frequency, _)| *frequency).map(|(_, parts)| parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(word: &str) -> Option<(String, String)> {
        let known = ["fahrkart", "automat", "verkehr", "mittel", "zug", "ziel", "anzeig", "tick"];
        parts(word, |stem| known.contains(&stem).then_some(5))
    }

    #[test]
    fn both_parts_have_to_be_known() {
        let both = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(parts_of("fahrkartenautomaten"), both("fahrkart", "automat"));
        assert_eq!(parts_of("verkehrsmittel"), both("verkehr", "mittel"));
        assert_eq!(parts_of("zielanzeige"), both("ziel", "anzeig"));
        assert_eq!(parts_of("getränkeautomat"), None);
        assert_eq!(parts_of("zug"), None);
        assert_eq!(parts_of(""), None);
    }
}
