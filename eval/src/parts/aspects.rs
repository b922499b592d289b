//! The trained topic head: which categories a text is about, and how each is meant.

use klartext_models::heads::{Heads, Linear, TopicHead};
use klartext_models::train::Matrix;

use crate::data::{self, DataFolder, DataSet, Example};
use crate::metrics::Bootstrap;
use crate::report::{Answers, Heading, Row};
use crate::train::most_likely;
use crate::vectors::Vectors;
use crate::{Error, Result};

/// The head that MobASA trained.
const HEAD: &str = "mobasa";

/// The texts that have aspects; and the same among texts about something else, as a service meets them.
pub fn dev_sets(folder: &DataFolder) -> Result<[DataSet; 2]> {
    let aspects = folder.set(data::MOBASA_ASPECTS_DEV)?;
    let documents = folder.read(data::MOBASA_DOCUMENTS_DEV)?;
    let irrelevant = documents.into_iter().filter(|example| example.relevant == Some(false)).map(without_aspects);
    let with_irrelevant = DataSet {
        name: format!("{} + irrelevant texts", aspects.name),
        examples: aspects.examples.iter().cloned().chain(irrelevant).collect(),
    };
    Ok([aspects, with_irrelevant])
}

/// The documents' own categories are others than the head's.
fn without_aspects(example: Example) -> Example {
    Example { aspects: Vec::new(), ..example }
}

/// The set of categories of each text, and the set of (category, polarity), as published for MobASA.
///
/// # Errors
/// No text has aspects, the heads lack the topic head, or the encoder is missing.
pub fn rows(set: &DataSet, heads: &Heads, vectors: &mut Vectors, bootstrap: &Bootstrap) -> Result<Vec<Row>> {
    if set.examples.iter().all(|example| example.aspects.is_empty()) {
        return Err(Error::TooLittleData(format!("{}: no text has aspects", set.name)));
    }
    let head = heads
        .topic_head(HEAD)
        .ok_or_else(|| Error::TooLittleData(format!("these heads have no topic head \"{HEAD}\"")))?;
    let sentiment = heads.sentiment_of_set(data::MOBASA_ASPECTS_TRAIN);
    let texts: Vec<&str> = set.examples.iter().map(|example| example.text.as_str()).collect();
    let text_vectors = vectors.of(&set.name, &texts)?;
    let mention_vectors = vectors.by_mention(&set.name, &texts)?;

    let (mut categories, mut polarities) = (Answers::default(), Answers::default());
    let rows = text_vectors.rows().zip(&mention_vectors).zip(&set.examples).enumerate();
    for (position, ((vector, mentions), example)) in rows {
        let probabilities = head.linear.sigmoids(vector);
        let given: Vec<usize> =
            (0..probabilities.len()).filter(|&class| probabilities[class] >= head.thresholds[class]).collect();
        add_categories(&mut categories, position, example, head, &probabilities, &given);
        let with_polarity: Vec<String> = given
            .iter()
            .map(|&class| named(&head.linear.classes[class], polarity(sentiment, head, class, mentions)))
            .collect();
        let truth = without_repetitions(
            example.aspects.iter().map(|aspect| named(&aspect.category, aspect.polarity.name())).collect(),
        );
        polarities.add(position, &example.text, &borrowed(&truth), &borrowed(&with_polarity));
    }
    let heading = |task: &str, note: &str| Heading {
        task: task.to_owned(),
        data: set.name.clone(),
        unit: "texts",
        note: note.to_owned(),
        has_majority: true,
    };
    let count = set.examples.len();
    Ok(vec![
        categories.row(heading("aspect category", "the set per text"), count, bootstrap),
        polarities.row(
            heading("category + polarity", "the set per text; polarity of the mentions with the category"),
            count,
            bootstrap,
        ),
    ])
}

fn add_categories(
    answers: &mut Answers,
    position: usize,
    example: &Example,
    head: &TopicHead,
    probabilities: &[f32],
    given: &[usize],
) {
    let classes = &head.linear.classes;
    let truth = without_repetitions(example.aspects.iter().map(|aspect| aspect.category.clone()).collect());
    let given: Vec<&str> = given.iter().map(|&class| classes[class].as_str()).collect();
    answers.add(position, &example.text, &borrowed(&truth), &given);
    for (class, &probability) in classes.iter().zip(probabilities) {
        answers.add_confidence(probability, truth.contains(class));
    }
}

/// How a category of a text is meant to MobASA's labellers: the mean sentiment of the mentions that have it; where none reaches the threshold
/// by itself, of the one that comes nearest.
fn polarity<'a>(sentiment: &'a Linear, head: &TopicHead, class: usize, mentions: &Matrix) -> &'a str {
    let logits: Vec<f32> = mentions.rows().map(|vector| head.linear.logit(class, vector)).collect();
    let threshold = logit(head.thresholds[class]);
    let mut with_category: Vec<usize> = (0..logits.len()).filter(|&mention| logits[mention] >= threshold).collect();
    if with_category.is_empty() {
        with_category.push(most_likely(&logits));
    }
    let mut sums = vec![0.0; sentiment.len()];
    for mention in with_category {
        let probabilities = sentiment.softmax(mentions.row(mention));
        sums.iter_mut().zip(probabilities).for_each(|(sum, probability)| *sum += probability);
    }
    &sentiment.classes[most_likely(&sums)]
}

fn logit(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

fn named(category: &str, polarity: &str) -> String {
    format!("{category}: {polarity}")
}

fn without_repetitions(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors that point along or against the direction of a class.
    fn along(direction: &[f32], factor: f32) -> Vec<f32> {
        direction.iter().map(|value| factor * value).collect()
    }

    #[test]
    fn a_category_is_meant_as_the_mentions_that_have_it() {
        let heads = Heads::shipped().expect("they are inside the program");
        let mut head = heads.topic_head(HEAD).expect("it is shipped").clone();
        // The first number decides about the category, the second about the sentiment.
        let basis = |position: usize| {
            let mut vector = vec![0.0; klartext_models::VECTOR_SIZE];
            vector[position] = 1.0;
            vector
        };
        head.linear.weights = (0..head.linear.len()).flat_map(|_| basis(0)).collect();
        head.linear.bias.fill(0.0);
        head.thresholds.fill(0.5);
        let mut sentiment = heads.sentiment.clone();
        sentiment.weights = [along(&basis(1), -1.0), vec![0.0; klartext_models::VECTOR_SIZE], basis(1)].concat();
        sentiment.bias.fill(0.0);

        let mention = |category: f32, sentiment: f32| {
            let mut vector = along(&basis(0), category);
            vector[1] = sentiment;
            vector
        };
        let matrix = |mentions: &[Vec<f32>]| {
            let mut matrix = Matrix::default();
            mentions.iter().for_each(|mention| matrix.push(mention));
            matrix
        };
        let without_the_category = matrix(&[mention(3.0, 4.0), mention(-3.0, -9.0)]);
        assert_eq!(polarity(&sentiment, &head, 0, &without_the_category), "positive");
        let two_with_it = matrix(&[mention(3.0, 1.0), mention(2.0, -9.0)]);
        assert_eq!(polarity(&sentiment, &head, 0, &two_with_it), "negative");
        let none_reaches_the_threshold = matrix(&[mention(-3.0, 4.0), mention(-1.0, -9.0)]);
        assert_eq!(polarity(&sentiment, &head, 0, &none_reaches_the_threshold), "negative");
    }

    #[test]
    fn a_category_counts_once_a_text() {
        let names = vec!["lift".to_owned(), "escalator".to_owned(), "lift".to_owned()];
        assert_eq!(without_repetitions(names), ["escalator", "lift"]);
    }
}
