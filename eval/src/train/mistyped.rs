//! Texts as they are typed in a hurry, for the label branch to learn that it is the same that they say.

use crate::random::Random;
use crate::vectors::Passage;

/// How often a word has an error.
const ERRORS_A_WORD: f64 = 0.12;
/// Shorter words hardly stay what they are with an error.
const SHORTEST_WITH_ERROR: usize = 4;
/// How often a text has no capital letters, and how often no umlauts.
const SMALL_LETTERS: f64 = 0.3;
const NO_UMLAUTS: f64 = 0.2;
/// Keys that lie side by side on a German keyboard.
const ROWS: [&str; 3] = ["qwertzuiopü", "asdfghjklöä", "yxcvbnm"];

/// The passage with typing errors: letters swapped, left out, typed twice, or the key beside; some in small letters, some with umlauts
/// written out.
pub fn mistyped(passage: &Passage, random: &mut Random) -> Passage {
    let is_small = random.uniform() < SMALL_LETTERS;
    let has_umlauts = random.uniform() >= NO_UMLAUTS;
    passage.reworded(|word| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() >= SHORTEST_WITH_ERROR && random.uniform() < ERRORS_A_WORD {
            slip(&mut letters, random);
        }
        let typed = String::from_iter(letters);
        let typed = if is_small { typed.to_lowercase() } else { typed };
        if has_umlauts { typed } else { without_umlauts(&typed) }
    })
}

/// One error, not in the first letter: that one is looked at.
fn slip(letters: &mut Vec<char>, random: &mut Random) {
    let place = 1 + random.below(letters.len() - 1);
    match random.below(4) {
        0 if place + 1 < letters.len() => letters.swap(place, place + 1),
        1 => letters.insert(place, letters[place]),
        2 => letters[place] = beside(letters[place], random),
        _ => {
            letters.remove(place);
        }
    }
}

/// The letter of a key beside, or the letter itself where there is none.
fn beside(letter: char, random: &mut Random) -> char {
    let of_row = |row: &str| -> Option<char> {
        let keys: Vec<char> = row.chars().collect();
        let place = keys.iter().position(|&key| key == letter)?;
        let neighbours = [place.checked_sub(1), Some(place + 1).filter(|&right| right < keys.len())];
        let neighbours: Vec<usize> = neighbours.into_iter().flatten().collect();
        Some(keys[neighbours[random.below(neighbours.len())]])
    };
    ROWS.into_iter().find_map(of_row).unwrap_or(letter)
}

fn without_umlauts(word: &str) -> String {
    const WRITTEN_OUT: [(&str, &str); 7] =
        [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")];
    WRITTEN_OUT.iter().fold(word.to_owned(), |word, (umlaut, letters)| word.replace(umlaut, letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_stay_where_they_are_and_masked_data_as_it_is() {
        let text = "Überraschend freundlich, aber niemand rief unter [Telefon] zurück.";
        let pieces = ["Überraschend freundlich", "aber niemand rief unter [Telefon] zurück."];
        let spans = pieces.map(|piece| text.find(piece).map(|begin| begin..begin + piece.len()).expect("it is there"));
        let passage = Passage::mentions(text, &spans);
        let mut random = Random::new(1);
        let mut differing = 0;
        for _ in 0..50 {
            let typed = mistyped(&passage, &mut random);
            assert!(typed.words(1).starts_with('a') && typed.words(1).contains(" [Telefon] "), "{typed:?}");
            assert!(typed.words(0).split(' ').count() == 2 && typed.words(1).ends_with('.'), "{typed:?}");
            differing += usize::from(typed != passage);
        }
        assert!(differing > 25, "{differing}");
        assert_eq!(passage.reworded(str::to_owned), passage);
    }

    #[test]
    fn a_slip_changes_a_letter_or_two() {
        let mut random = Random::new(2);
        for _ in 0..200 {
            let mut letters: Vec<char> = "Rechnung".chars().collect();
            slip(&mut letters, &mut random);
            assert!(letters[0] == 'R' && (7..=9).contains(&letters.len()), "{letters:?}");
        }
    }
}
