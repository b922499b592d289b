//! The sentiment head on the texts of a data set.

use klartext_models::heads::Heads;

use crate::data::{self, DataSet, Example, Sentiment};
use crate::metrics::Bootstrap;
use crate::report::{Answers, Heading, Row};
use crate::train::{most_likely, of_aspects};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Reported on, never fitted on.
pub const DEV_FILES: [&str; 5] =
    [data::SB10K_DEV, data::POTTS_DEV, data::MOBASA_DOCUMENTS_DEV, data::GERMEVAL_DEV, data::MAMS_VAL];

/// Texts of mixed sentiment are left out: the head has three classes.
///
/// # Errors
/// No text of the set has a sentiment, or the encoder is missing.
pub fn row(set: &DataSet, heads: &Heads, vectors: &mut Vectors, bootstrap: &Bootstrap) -> Result<Row> {
    let labelled: Vec<(&str, Sentiment)> =
        set.examples.iter().filter_map(|example| Some((example.text.as_str(), label(example)?))).collect();
    if labelled.is_empty() {
        return Err(Error::TooLittleData(format!("{}: no text has a sentiment", set.name)));
    }
    let texts: Vec<&str> = labelled.iter().map(|&(text, _)| text).collect();
    let classes = &heads.sentiment.classes;
    let mut answers = Answers::default();
    for (position, (vector, &(text, truth))) in vectors.of(&set.name, &texts)?.rows().zip(&labelled).enumerate() {
        let probabilities = heads.sentiment.softmax(vector);
        let given = most_likely(&probabilities);
        answers.add(position, text, &[truth.name()], &[&classes[given]]);
        answers.add_confidence(probabilities[given], classes[given] == truth.name());
    }
    let heading = Heading {
        task: "sentiment".to_owned(),
        data: set.name.clone(),
        unit: "texts",
        note: note(set, labelled.len()),
        has_majority: true,
    };
    Ok(answers.row(heading, labelled.len(), bootstrap))
}

/// Of the whole text. Where only aspects are labelled (MAMS), what they agree on.
fn label(example: &Example) -> Option<Sentiment> {
    match example.sentiment {
        Some(sentiment) => Some(sentiment).filter(|&sentiment| sentiment != Sentiment::Mixed),
        None => of_aspects(example),
    }
}

fn note(set: &DataSet, labelled: usize) -> String {
    let left_out = set.examples.len() - labelled;
    let is_of_aspects = set.examples.iter().all(|example| example.sentiment.is_none());
    let treatment = match (left_out, is_of_aspects) {
        (0, false) => "has no mixed".to_owned(),
        (_, false) => format!("{left_out} mixed left out"),
        (_, true) => format!("{left_out} whose aspects do not agree left out"),
    };
    match set.name == data::GERMEVAL_DEV {
        true => format!("{treatment}; never trained on"),
        false => treatment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[&str]) -> DataSet {
        let examples = lines.iter().map(|line| serde_json::from_str(line).expect("an example")).collect();
        DataSet { name: "set".to_owned(), examples }
    }

    #[test]
    fn the_note_says_what_became_of_mixed_texts() {
        let mixed = r#"{"id":"1","text":"Teils, teils","lang":"de","sentiment":"mixed"}"#;
        let neutral = r#"{"id":"2","text":"Ein Bus","lang":"de","sentiment":"neutral"}"#;
        let aspects = r#"{"id":"3","text":"a","lang":"en","aspects":[{"category":"food","polarity":"neutral"}]}"#;
        assert_eq!(note(&set(&[mixed, neutral]), 1), "1 mixed left out");
        assert_eq!(note(&set(&[neutral]), 1), "has no mixed");
        assert_eq!(note(&set(&[aspects]), 0), "1 whose aspects do not agree left out");
        assert_eq!(set(&[mixed, neutral, aspects]).examples.iter().filter_map(label).count(), 1);
    }
}
