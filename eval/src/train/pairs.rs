//! Longer comments made of two training texts.
//!
//! The service pools a mention's vector out of a comment that says more than one thing, so the states of the mention's
//! words have seen the rest. Two texts with different labels, joined and encoded together, teach the heads to listen
//! to the mention alone.

use std::ops::Range;

use crate::data::Language;
use crate::random::Random;
use crate::vectors::Spanned;

/// What two texts have to agree on, and differ in, to be joined.
#[derive(Debug, Clone)]
pub struct Joinable<'a, L> {
    pub text: &'a str,
    pub language: Language,
    /// Texts of different parts are never joined, so that what is held out stays apart.
    pub part: u64,
    pub label: L,
}

/// A joined text; its two spans are those of the members, positions among the texts given.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub text: Spanned,
    pub members: [usize; 2],
}

/// Draw at most `count` pairs of one language and part whose labels differ.
pub fn draw_pairs<L: PartialEq>(texts: &[Joinable<'_, L>], count: usize, random: &mut Random) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(count);
    // Texts that find no partner must not keep the loop going.
    for _ in 0..count * 20 {
        if pairs.len() == count || texts.len() < 2 {
            break;
        }
        let members = [random.below(texts.len()), random.below(texts.len())];
        let [first, second] = members.map(|member| &texts[member]);
        if first.language == second.language && first.part == second.part && first.label != second.label {
            let joints = joints_of(first.language);
            let joint = joints[random.below(joints.len())];
            pairs.push(Pair { text: join(first.text, joint, second.text), members });
        }
    }
    pairs
}

/// What stands between two clauses: punctuation, then the conjunction that opens the second clause.
type Joint = (&'static str, &'static str);

fn joints_of(language: Language) -> &'static [Joint] {
    match language {
        Language::De => &[(". ", ""), (", ", "aber "), ("; ", ""), (" ", "und ")],
        Language::En => &[(". ", ""), (", ", "but "), ("; ", ""), (" ", "and ")],
    }
}

/// The conjunction belongs to the second span. A first text that ends in "!", "?", a link or a smiley keeps its end.
fn join(first: &str, (punctuation, conjunction): Joint, second: &str) -> Spanned {
    let first = first.trim();
    let without_stop = first.trim_end_matches(['.', ',', ';', ':', ' ']);
    let ends_in_a_word = without_stop.ends_with(char::is_alphanumeric);
    let (first, punctuation) = if ends_in_a_word { (without_stop, punctuation) } else { (first, " ") };
    let text = format!("{first}{punctuation}{conjunction}{}", second.trim());
    let second_start = first.len() + punctuation.len();
    let spans: [Range<usize>; 2] = [0..first.len(), second_start..text.len()];
    Spanned { text, spans: spans.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(joined: &Spanned) -> Vec<&str> {
        joined.spans.iter().map(|span| &joined.text[span.clone()]).collect()
    }

    #[test]
    fn texts_are_joined_as_clauses() {
        let joined = join("Das Personal war nett.", (", ", "aber "), "ich habe gewartet.");
        assert_eq!(joined.text, "Das Personal war nett, aber ich habe gewartet.");
        assert_eq!(pieces(&joined), ["Das Personal war nett", "aber ich habe gewartet."]);
        let joined = join("Wie lange noch? ", ("; ", ""), "Schön hier");
        assert_eq!(joined.text, "Wie lange noch? Schön hier");
        assert_eq!(pieces(&joined), ["Wie lange noch?", "Schön hier"]);
    }

    #[test]
    fn only_differing_labels_of_one_part_and_language_meet() {
        let text = |language, part, label| Joinable { text: "Text", language, part, label };
        let texts = [
            text(Language::De, 0, 'a'),
            text(Language::De, 0, 'b'),
            text(Language::De, 1, 'b'),
            text(Language::En, 0, 'b'),
            text(Language::De, 0, 'a'),
        ];
        let pairs = draw_pairs(&texts, 50, &mut Random::new(1));
        assert!(!pairs.is_empty());
        for pair in pairs {
            let mut members = pair.members;
            members.sort_unstable();
            assert!(matches!(members, [0, 1] | [1, 4]), "{members:?}");
        }
    }
}
