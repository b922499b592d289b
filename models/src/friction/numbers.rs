//! Numbers as customers write them: digits, German and English words, ordinals.

use std::sync::LazyLock;

use regex::Regex;

/// "40", "2,5", "1.5", "1.000"; a comma is always decimal, a point before exactly three digits separates thousands.
pub(super) const DIGITS: &str = r"\d{1,3}(?:\.\d{3})+|\d+(?:[.,]\d+)?";

static THOUSANDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d{1,3}(?:\.\d{3})+$").expect("the pattern is constant"));

const GERMAN_ONES: [(&str, f64); 12] = [
    ("eins", 1.0),
    ("ein", 1.0),
    ("zwei", 2.0),
    ("zwo", 2.0),
    ("drei", 3.0),
    ("vier", 4.0),
    ("fünf", 5.0),
    ("sechs", 6.0),
    ("sieben", 7.0),
    ("acht", 8.0),
    ("neun", 9.0),
    ("null", 0.0),
];

const GERMAN_TEENS: [(&str, f64); 10] = [
    ("zehn", 10.0),
    ("elf", 11.0),
    ("zwölf", 12.0),
    ("dreizehn", 13.0),
    ("vierzehn", 14.0),
    ("fünfzehn", 15.0),
    ("sechzehn", 16.0),
    ("siebzehn", 17.0),
    ("achtzehn", 18.0),
    ("neunzehn", 19.0),
];

const GERMAN_TENS: [(&str, f64); 8] = [
    ("zwanzig", 20.0),
    ("dreißig", 30.0),
    ("vierzig", 40.0),
    ("fünfzig", 50.0),
    ("sechzig", 60.0),
    ("siebzig", 70.0),
    ("achtzig", 80.0),
    ("neunzig", 90.0),
];

const ENGLISH_SMALL: [(&str, f64); 21] = [
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("a", 1.0),
];

const ENGLISH_TENS: [(&str, f64); 8] = [
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];

/// The value of digits or of a number word in lower case, below 1,000 in words. "eine" and "an" are 1: that they are
/// articles is for the caller to know.
pub(super) fn number(word: &str) -> Option<f64> {
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        return digits(word);
    }
    german(word).or_else(|| english(word))
}

/// The value of an ordinal in lower case: "3.", "dritten", "third", "4th".
pub(super) fn ordinal(word: &str) -> Option<f64> {
    let digits_of = |ending: &str| word.strip_suffix(ending).and_then(|rest| rest.parse::<f64>().ok());
    if let Some(value) = [".", "st", "nd", "rd", "th"].into_iter().find_map(digits_of) {
        return Some(value);
    }
    let stem = ["en", "em", "er", "es", "e"].into_iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
    match stem {
        "erst" | "first" => return Some(1.0),
        "second" => return Some(2.0),
        "dritt" | "third" => return Some(3.0),
        "siebt" => return Some(7.0),
        "acht" => return Some(8.0),
        "fifth" => return Some(5.0),
        "eighth" => return Some(8.0),
        "ninth" => return Some(9.0),
        "twelfth" => return Some(12.0),
        _ => {}
    }
    stem.strip_suffix("st")
        .and_then(german)
        .or_else(|| stem.strip_suffix('t').and_then(german))
        .or_else(|| stem.strip_suffix("th").and_then(english))
        .or_else(|| stem.strip_suffix("ieth").and_then(|tens| english(&format!("{tens}y"))))
}

fn digits(word: &str) -> Option<f64> {
    if THOUSANDS.is_match(word) {
        return word.replace('.', "").parse().ok();
    }
    word.replace(',', ".").parse().ok()
}

fn german(word: &str) -> Option<f64> {
    let fixed = match word {
        "eine" | "einen" | "einer" | "einem" | "eines" | "ne" | "nen" | "ner" => Some(1.0),
        "anderthalb" | "eineinhalb" => Some(1.5),
        "zweieinhalb" => Some(2.5),
        "dreieinhalb" => Some(3.5),
        "dutzend" => Some(12.0),
        "hundert" => Some(100.0),
        _ => None,
    };
    fixed
        .or_else(|| look_up(&GERMAN_ONES, word))
        .or_else(|| look_up(&GERMAN_TEENS, word))
        .or_else(|| german_tens(word))
        .or_else(|| german_hundreds(word))
}

/// "vierzig", "fünfundvierzig".
fn german_tens(word: &str) -> Option<f64> {
    let (tens_word, tens) = GERMAN_TENS.into_iter().find(|(tens_word, _)| word.ends_with(tens_word))?;
    let ones = word.strip_suffix(tens_word)?;
    if ones.is_empty() {
        return Some(tens);
    }
    let ones = ones.strip_suffix("und").and_then(|ones| look_up(&GERMAN_ONES, ones))?;
    Some(tens + ones)
}

/// "hundertzwanzig", "zweihundert".
fn german_hundreds(word: &str) -> Option<f64> {
    let (before, after) = word.split_once("hundert")?;
    let hundreds = if before.is_empty() { 1.0 } else { look_up(&GERMAN_ONES, before)? };
    let rest = if after.is_empty() { 0.0 } else { german(after)? };
    Some(100.0 * hundreds + rest)
}

fn english(word: &str) -> Option<f64> {
    if word == "an" {
        return Some(1.0);
    }
    if let Some(value) = look_up(&ENGLISH_SMALL, word).or_else(|| look_up(&ENGLISH_TENS, word)) {
        return Some(value);
    }
    let (tens, ones) = word.split_once('-')?;
    Some(look_up(&ENGLISH_TENS, tens)? + look_up(&ENGLISH_SMALL, ones)?)
}

fn look_up(words: &[(&str, f64)], word: &str) -> Option<f64> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_words_are_numbers() {
        let cases = [
            ("40", 40.0),
            ("2,5", 2.5),
            ("1.5", 1.5),
            ("1.500", 1_500.0),
            ("zwei", 2.0),
            ("fünfundvierzig", 45.0),
            ("sechzig", 60.0),
            ("hundertzwanzig", 120.0),
            ("anderthalb", 1.5),
            ("twenty-five", 25.0),
            ("forty", 40.0),
        ];
        for (word, value) in cases {
            assert_eq!(number(word), Some(value), "{word}");
        }
        assert_eq!(number("viele"), None);
        assert_eq!(number("zugig"), None);
    }

    #[test]
    fn ordinals_are_numbers_too() {
        let cases = [
            ("dritten", 3.0),
            ("zweite", 2.0),
            ("siebten", 7.0),
            ("achten", 8.0),
            ("zwanzigsten", 20.0),
            ("3.", 3.0),
            ("third", 3.0),
            ("4th", 4.0),
            ("tenth", 10.0),
        ];
        for (word, value) in cases {
            assert_eq!(ordinal(word), Some(value), "{word}");
        }
        assert_eq!(ordinal("letzten"), None);
    }
}
