//! Which language a text is in: the service's detector, without a hint.

use klartext_models::text::{Language, TextPreparer};
use serde::Deserialize;

use super::OwnFiles;
use crate::data::{self, DataFolder, Example, read_lines};
use crate::gold::Split;
use crate::metrics::Bootstrap;
use crate::report::{Answers, Heading, Row};
use crate::{Error, Result};

/// Texts with fewer words are reported apart: often they are in no language.
const WORDS_TO_TELL: usize = 3;

/// A line of any file with texts whose language is known.
#[derive(Debug, Clone, Deserialize)]
pub struct LanguageText {
    pub text: String,
    /// A code such as "de"; every language but German and English is "other" to the service.
    pub lang: String,
    /// Of a gold comment.
    split: Option<Split>,
}

/// The project's own texts: the gold comments that are not there to tune on, and what they lack.
///
/// # Errors
/// A file is missing, or a line is not what it should be.
pub fn own_texts(own: &OwnFiles) -> Result<Vec<LanguageText>> {
    let mut texts: Vec<LanguageText> = read_lines(&own.gold)?;
    texts.retain(|text| text.split != Some(Split::Tune));
    texts.extend(read_lines::<LanguageText>(&own.languages)?);
    Ok(texts)
}

/// Dev files as a source of many texts, with a name for all of them together. Their collectors looked for German
/// (English) texts; some hold others too.
///
/// # Errors
/// One of the files is missing, or a line is not what it should be.
pub fn dev_texts(folder: &DataFolder) -> Result<(String, Vec<LanguageText>)> {
    const FILES: [&str; 3] = [data::GERMEVAL_DEV, data::MOBASA_DOCUMENTS_DEV, data::MAMS_VAL];
    let mut texts = Vec::new();
    for name in FILES {
        let of_example =
            |example: Example| LanguageText { text: example.text, lang: example.lang.code().to_owned(), split: None };
        texts.extend(folder.read(name)?.into_iter().map(of_example));
    }
    Ok((FILES.join(" + "), texts))
}

/// One row for texts of at least three words, one for the shorter ones; where there are none of a kind, no row.
///
/// # Errors
/// There are no texts.
pub fn rows(data: &str, texts: &[LanguageText], bootstrap: &Bootstrap) -> Result<Vec<Row>> {
    if texts.is_empty() {
        return Err(Error::TooLittleData(format!("{data}: no texts")));
    }
    let preparer = TextPreparer::default();
    let (long, short): (Vec<&LanguageText>, Vec<&LanguageText>) =
        texts.iter().partition(|text| text.text.split_whitespace().count() >= WORDS_TO_TELL);
    let kinds = [("language", long), ("language, under three words", short)];
    let kinds = kinds.into_iter().filter(|(_, texts)| !texts.is_empty());
    Ok(kinds.map(|(task, texts)| row(task, data, &texts, &preparer, bootstrap)).collect())
}

fn row(task: &str, data: &str, texts: &[&LanguageText], preparer: &TextPreparer, bootstrap: &Bootstrap) -> Row {
    let mut answers = Answers::default();
    for (position, text) in texts.iter().enumerate() {
        let truth = match text.lang.as_str() {
            "de" => Language::German,
            "en" => Language::English,
            _ => Language::Other,
        };
        let given = preparer.prepare(&text.text, None).language;
        answers.add(position, &text.text, &[truth.code()], &[given.code()]);
    }
    let heading =
        Heading { task: task.to_owned(), data: data.to_owned(), unit: "texts", note: note(texts), has_majority: true };
    answers.row(heading, texts.len(), bootstrap)
}

/// How many of which.
fn note(texts: &[&LanguageText]) -> String {
    let count = |is_meant: fn(&str) -> bool| texts.iter().filter(|text| is_meant(&text.lang)).count();
    let (german, english) = (count(|lang| lang == "de"), count(|lang| lang == "en"));
    format!("de {german}, en {english}, other {}", texts.len() - german - english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_have_a_row_of_their_own() {
        let text = |text: &str, lang: &str| LanguageText { text: text.to_owned(), lang: lang.to_owned(), split: None };
        let texts = [
            text("Der Bus kam nicht, und niemand wusste warum.", "de"),
            text("The parcel never arrived at my house.", "en"),
            text("Le colis n'est jamais arrivé chez nous, c'est très décevant.", "fr"),
            text("Danke!", "de"),
        ];
        let rows = rows("texts", &texts, &Bootstrap::default()).expect("there are texts");
        assert_eq!((rows[0].count, rows[1].count), (3, 1));
        assert_eq!(rows[0].note, "de 1, en 1, other 1");
        assert!((rows[0].micro.value - 1.0).abs() < 1e-9, "{:?}", rows[0].micro);
        assert!(super::rows("nothing", &[], &Bootstrap::default()).is_err());
    }
}
