//! Which language a comment is in: German first, English, or something else.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::LazyLock;

use lingua::{Language as LinguaLanguage, LanguageDetectorBuilder};
use serde::{Deserialize, Serialize};

use super::links::NOT_LANGUAGE;

/// What the service tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[serde(rename = "de")]
    German,
    #[serde(rename = "en")]
    English,
    #[serde(rename = "other")]
    Other,
}

impl Language {
    /// `de`, `en` or `other`: the same as its serde form.
    pub fn code(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
            Self::Other => "other",
        }
    }
}

/// Letters that are looked at; more text does not change the answer, only the time.
const SAMPLE_LETTERS: usize = 300;

/// Longer words are cut for the models, whose time grows with the square of a word's length.
const MAX_WORD_LETTERS: usize = 40;

/// So many function words of one language, and hardly any of the other, decide without the n-gram models.
const DECIDING_FUNCTION_WORDS: usize = 2;

/// Below this many letters only German and English are considered: n-grams of so short a text are noise between ten
/// languages ("Super!" is most likely Italian to them).
const MIN_LETTERS_FOR_OTHER: usize = 20;

/// How sure the models have to be of a third language.
const MIN_CONFIDENCE_OTHER: f64 = 0.75;

/// Share of English in the confidence of German and English together, from which a text counts as English; below its
/// complement it counts as German, and between the two the hint decides.
const MIN_SHARE: f64 = 0.7;

/// German words (and inflected forms) that none of the other languages has as a frequent word.
static GERMAN_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "aber auch auf aus bei beim bin bis dass dem doch durch ein eine einem einen einer etwas euch für gar gegen genau \
     gerne gut habe haben hallo hat hatte heute ich ihr immer ist ja jetzt kann kein keine keinen leider mehr mein meine mich \
     mir mit nach nicht nichts noch nur nun oder ohne schlecht schnell schon sehr seit sich sind und uns vom von vor war \
     warum waren weil wenn werden wieder wir wird wurde zu zum zur zwar über"
        .split_whitespace()
        .collect()
});

/// English words that none of the other languages has as a frequent word.
static ENGLISH_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "about and any are because been but can't could couldn't did didn't does doesn't don't ever every for from get good \
     got great had have haven't how i'm i've isn't it it's just love much my never not of our really should than thank \
     thanks that that's the their them there they this to very wasn't we were what what's when which why will with won't \
     would wouldn't you your"
        .split_whitespace()
        .collect()
});

/// Words that German and English comments share; they are no evidence for either.
static SHARED_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "account app bus chat check dm email hotel hotline info lol mail normal ok okay okey online original pizza plus post \
     pro problem restaurant service shop sms sorry standard super support team ticket top update website wifi wow"
        .split_whitespace()
        .collect()
});

/// Tells German, English and other languages apart, by function words and then by the n-gram models of `lingua`.
///
/// The models are compiled into the program and read in place: about 50 MB of file-backed memory once all ten languages
/// were touched, no heap. Cheap to make; safe to share between threads.
pub struct LanguageDetector {
    models: lingua::LanguageDetector,
}

impl LanguageDetector {
    /// A detector with German, English and the eight languages that are most often mistaken for them or met in Germany.
    pub fn new() -> Self {
        let languages = [
            LinguaLanguage::German,
            LinguaLanguage::English,
            LinguaLanguage::French,
            LinguaLanguage::Italian,
            LinguaLanguage::Spanish,
            LinguaLanguage::Dutch,
            LinguaLanguage::Polish,
            LinguaLanguage::Turkish,
            LinguaLanguage::Portuguese,
            LinguaLanguage::Russian,
        ];
        Self { models: LanguageDetectorBuilder::from_languages(&languages).build() }
    }

    /// The language of `text`, judged by its first 300 letters or so without web addresses, handles and placeholders.
    ///
    /// Where the text says too little, the answer is `hint`, and German without one.
    pub fn detect(&self, text: &str, hint: Option<Language>) -> Language {
        let fallback = hint.unwrap_or(Language::German);
        let sample = Sample::of(text);
        if sample.letters < 2 {
            return fallback;
        }
        let votes = sample.votes();
        votes.landslide().or_else(|| self.by_models(&sample)).or_else(|| votes.majority()).unwrap_or(fallback)
    }

    fn by_models(&self, sample: &Sample) -> Option<Language> {
        let confidences = self.models.compute_language_confidence_values(sample.words.join(" "));
        let confidence = |wanted: LinguaLanguage| {
            confidences.iter().find(|(language, _)| *language == wanted).map_or(0.0, |(_, value)| *value)
        };
        let german = confidence(LinguaLanguage::German);
        let english = confidence(LinguaLanguage::English);
        let best = confidences.first().map_or(0.0, |(_, value)| *value);
        let no_other = sample.letters < MIN_LETTERS_FOR_OTHER || best < MIN_CONFIDENCE_OTHER;
        if !no_other && german < best && english < best {
            return Some(Language::Other);
        }
        let english_share = english / (german + english);
        if english_share >= MIN_SHARE {
            Some(Language::English)
        } else if english_share <= 1.0 - MIN_SHARE {
            Some(Language::German)
        } else {
            None
        }
    }
}

impl Default for LanguageDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// The words that the answer is made from, in lower case.
struct Sample {
    words: Vec<String>,
    letters: usize,
}

impl Sample {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut letters = 0;
        let mut piece_start = 0;
        let gaps = NOT_LANGUAGE.find_iter(text).map(|gap| gap.range()).chain(std::iter::once(text.len()..text.len()));
        for gap in gaps {
            let pieces = text[piece_start..gap.start].split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’');
            for word in pieces.filter(|word| word.chars().any(char::is_alphabetic)) {
                let word: String = word.trim_matches(['\'', '’']).chars().take(MAX_WORD_LETTERS).collect();
                let word = word.replace('’', "'").to_lowercase();
                if SHARED_WORDS.contains(word.as_str()) {
                    continue;
                }
                letters += word.chars().count();
                words.push(word);
                if letters >= SAMPLE_LETTERS {
                    return Self { words, letters };
                }
            }
            piece_start = gap.end;
        }
        Self { words, letters }
    }

    fn votes(&self) -> Votes {
        let count = |known: &HashSet<&str>| self.words.iter().filter(|word| known.contains(word.as_str())).count();
        Votes { german: count(&GERMAN_WORDS), english: count(&ENGLISH_WORDS) }
    }
}

/// Function words of each language in a sample.
struct Votes {
    german: usize,
    english: usize,
}

impl Votes {
    fn landslide(&self) -> Option<Language> {
        let decides = |mine: usize, theirs: usize| mine >= DECIDING_FUNCTION_WORDS && mine >= 4 * theirs;
        if decides(self.german, self.english) {
            Some(Language::German)
        } else if decides(self.english, self.german) {
            Some(Language::English)
        } else {
            None
        }
    }

    fn majority(&self) -> Option<Language> {
        match self.german.cmp(&self.english) {
            Ordering::Greater => Some(Language::German),
            Ordering::Less => Some(Language::English),
            Ordering::Equal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::PersonalData;
    use proptest::prelude::*;

    fn detector() -> &'static LanguageDetector {
        static DETECTOR: LazyLock<LanguageDetector> = LazyLock::new(LanguageDetector::new);
        &DETECTOR
    }

    #[test]
    fn detects_comments() {
        let cases = [
            ("Super!", Language::German),
            ("ok", Language::German),
            ("Alles top, gerne wieder", Language::German),
            ("Alles bestens", Language::German),
            ("schlecht", Language::German),
            ("War alles okay", Language::German),
            ("Die Rechnung kam zweimal, und niemand wusste warum.", Language::German),
            ("Lieferung schnell, Verpackung beschädigt", Language::German),
            ("@bahn Zug fällt aus https://example.com/the-very-best-of-the-web #the #and", Language::German),
            ("great app", Language::English),
            ("love it", Language::English),
            ("Nice staff", Language::English),
            ("The parcel came late and nobody answered the phone.", Language::English),
            ("I’ve been waiting for two weeks", Language::English),
            ("Le personnel était très aimable mais nous avons attendu une heure", Language::Other),
            ("Obsługa była bardzo miła, ale czekaliśmy godzinę", Language::Other),
            ("Персонал был очень вежливым, но ждали мы целый час", Language::Other),
            ("Personel çok nazikti ama bir saat bekledik", Language::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(detector().detect(text, None), expected, "{text}");
        }
    }

    #[test]
    fn falls_back_to_the_hint() {
        for text in ["", "👍👍", "12345", "!!!", "ok", "[Telefon]", "@someone https://example.com"] {
            assert_eq!(detector().detect(text, None), Language::German, "{text}");
            assert_eq!(detector().detect(text, Some(Language::English)), Language::English, "{text}");
        }
        let placeholders = PersonalData::ALL.map(PersonalData::placeholder).join(" ");
        assert_eq!(detector().detect(&placeholders, Some(Language::English)), Language::English);
        let german = "Die Ware wurde nicht geliefert";
        assert_eq!(detector().detect(german, Some(Language::English)), Language::German);
    }

    #[test]
    fn writes_its_code() {
        for language in [Language::German, Language::English, Language::Other] {
            let text = serde_json::to_string(&language).unwrap();
            assert_eq!(text, format!("\"{}\"", language.code()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_panics(text in any::<String>()) {
            detector().detect(&text, None);
        }
    }
}
