//! The sentiment head on the texts of a data set.

use std::path::Path;

use klartext_models::encoder::LabelBranch;
use klartext_models::heads::{Heads, SENTIMENT_CLASSES};
use klartext_models::train::BranchOptions;

use crate::data::{self, DataSet, Example, Sentiment};
use crate::metrics::Bootstrap;
use crate::report::{Answers, Heading, Row};
use crate::train::{judge_adapted, judge_fine_tuned, most_likely, of_aspects};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Reported on, never fitted on.
pub const DEV_FILES: [&str; 5] =
    [data::SB10K_DEV, data::POTTS_DEV, data::MOBASA_DOCUMENTS_DEV, data::GERMEVAL_DEV, data::MAMS_VAL];

/// Whose labelling habits the head takes on for a set: that of its training file. What is not listed is read as customers'
/// comments are. GermEval is read both ways: nothing was learnt from it, and the labellers of MobASA are the ones
/// who have labelled posts about public transport as well.
const LABELLED_LIKE: [(&str, &str); 6] = [
    (data::SB10K_DEV, data::SB10K_TRAIN),
    (data::POTTS_DEV, data::POTTS_TRAIN),
    (data::MOBASA_DOCUMENTS_DEV, data::MOBASA_DOCUMENTS_TRAIN),
    (data::GERMEVAL_DEV, COMMENTS),
    (data::GERMEVAL_DEV, data::MOBASA_DOCUMENTS_TRAIN),
    (data::MAMS_VAL, data::MAMS_TRAIN),
];
/// No set's habit.
const COMMENTS: &str = "";

/// One for each habit that the set is read with.
///
/// # Errors
/// As [`row`].
pub fn rows(set: &DataSet, heads: &Heads, vectors: &mut Vectors, bootstrap: &Bootstrap) -> Result<Vec<Row>> {
    let listed = LABELLED_LIKE.iter().filter(|(name, _)| *name == set.name).map(|&(_, habit)| habit);
    let habits: Vec<&str> = listed.collect();
    let habits = if habits.is_empty() { vec![COMMENTS] } else { habits };
    habits.into_iter().map(|habit| row(set, habit, heads, vectors, bootstrap)).collect()
}

/// Texts of mixed sentiment are left out: the head has three classes.
///
/// # Errors
/// No text of the set has a sentiment, or the encoder is missing.
fn row(set: &DataSet, habit: &str, heads: &Heads, vectors: &mut Vectors, bootstrap: &Bootstrap) -> Result<Row> {
    let labelled: Vec<(&str, Sentiment)> =
        set.examples.iter().filter_map(|example| Some((example.text.as_str(), label(example)?))).collect();
    if labelled.is_empty() {
        return Err(Error::TooLittleData(format!("{}: no text has a sentiment", set.name)));
    }
    let texts: Vec<&str> = labelled.iter().map(|&(text, _)| text).collect();
    let head = heads.sentiment_of_set(habit);
    let classes = &head.classes;
    let mut answers = Answers::default();
    for (position, (vector, &(text, truth))) in vectors.of(&set.name, &texts)?.rows().zip(&labelled).enumerate() {
        let probabilities = head.softmax(vector);
        let given = most_likely(&probabilities);
        answers.add(position, text, &[truth.name()], &[&classes[given]]);
        answers.add_confidence(probabilities[given], classes[given] == truth.name());
    }
    let heading = Heading {
        task: "sentiment".to_owned(),
        data: data_name(set, habit),
        unit: "texts",
        note: note(set, labelled.len()),
        has_majority: true,
    };
    Ok(answers.row(heading, labelled.len(), bootstrap))
}

/// What the label vectors allow where the head may be fitted to the set itself: five heads, each fitted on four fifths of its
/// texts and measured on the fifth. Nothing of it ships.
///
/// # Errors
/// As [`row`].
pub fn adapted_row(set: &DataSet, vectors: &mut Vectors, bootstrap: &Bootstrap) -> Result<Row> {
    let texts = labelled_texts(set)?;
    let probabilities = judge_adapted(&set.name, &texts, vectors)?;
    Ok(row_of_fifths(
        set,
        "sentiment, adapted",
        "heads fitted on the other four fifths",
        &texts,
        &probabilities,
        bootstrap,
    ))
}

/// The same where `branch` itself may learn from the four fifths, and no vector stays what it was.
///
/// # Errors
/// As [`row`], and a text is longer than one of the encoder's windows.
pub fn fine_tuned_row(
    set: &DataSet,
    cache_folder: &Path,
    branch: &LabelBranch,
    options: &BranchOptions,
    threads: usize,
    bootstrap: &Bootstrap,
) -> Result<Row> {
    let texts = labelled_texts(set)?;
    let probabilities = judge_fine_tuned(cache_folder, branch, &texts, options, threads)?;
    let note = "the branch fine-tuned on the other four fifths";
    Ok(row_of_fifths(set, "sentiment, fine-tuned", note, &texts, &probabilities, bootstrap))
}

/// Id, words and class of those that have one.
fn labelled_texts(set: &DataSet) -> Result<Vec<(String, String, usize)>> {
    let labelled = |example: &Example| Some((example.id.clone(), example.text.clone(), label(example)?.class()?));
    let texts: Vec<(String, String, usize)> = set.examples.iter().filter_map(labelled).collect();
    if texts.is_empty() {
        return Err(Error::TooLittleData(format!("{}: no text has a sentiment", set.name)));
    }
    Ok(texts)
}

fn row_of_fifths(
    set: &DataSet,
    task: &str,
    note: &str,
    texts: &[(String, String, usize)],
    probabilities: &[Vec<f32>],
    bootstrap: &Bootstrap,
) -> Row {
    let mut answers = Answers::default();
    for (position, (probabilities, (_, text, truth))) in probabilities.iter().zip(texts).enumerate() {
        let given = most_likely(probabilities);
        answers.add(position, text, &[SENTIMENT_CLASSES[*truth]], &[SENTIMENT_CLASSES[given]]);
        answers.add_confidence(probabilities[given], given == *truth);
    }
    let heading = Heading {
        task: task.to_owned(),
        data: set.name.clone(),
        unit: "texts",
        note: note.to_owned(),
        has_majority: true,
    };
    answers.row(heading, texts.len(), bootstrap)
}

/// Of the whole text. Where only aspects are labelled (MAMS), what they agree on.
fn label(example: &Example) -> Option<Sentiment> {
    match example.sentiment {
        Some(sentiment) => Some(sentiment).filter(|&sentiment| sentiment != Sentiment::Mixed),
        None => of_aspects(example),
    }
}

/// GermEval is read in two ways.
fn data_name(set: &DataSet, habit: &str) -> String {
    match set.name == data::GERMEVAL_DEV && habit != COMMENTS {
        true => format!("{} as {habit}", set.name),
        false => set.name.clone(),
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
