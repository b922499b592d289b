//! The sentiment head.

use std::path::Path;

use klartext_models::heads::{DataSource, SENTIMENT_CLASSES};
use serde::Deserialize;

use super::mentions::{HELD_OUT, LabelledText, Mentions};
use super::softmax::{self, SoftmaxHead};
use super::sources::{self, TrainingSet};
use super::{class_names, grid};
use crate::Result;
use crate::data::{DataFolder, Example, Sentiment, read_lines};
use crate::gold::{GoldComment, Split};
use crate::parts::OwnFiles;
use crate::vectors::Vectors;

/// How a set tells the sentiment of a text.
type Label = fn(&Example) -> Option<usize>;

/// The weights were chosen by cross-validation: SB10k is the broadest and the most carefully labelled. PotTS counts
/// less, because its annotators saw sentiment in many tweets that those of SB10k called neutral.
const SETS: [(TrainingSet, Label, f32); 5] = [
    (sources::SB10K, of_document, 3.0),
    (sources::POTTS, of_document, 0.5),
    (sources::GERMAN_EMOTIONS, of_document, 0.75),
    (sources::MOBASA_DOCUMENTS, of_document, 2.5),
    (sources::MAMS, class_of_aspects, 0.75),
];

/// How much the project's own mentions count, and those of the gold comments that are there to tune on. Chosen on the
/// latter, cross-validated by comment, beside what the public sets lose: twice as much gains two points there and costs
/// three on SB10k.
const OWN_WEIGHT: f32 = 3.0;
const GOLD_WEIGHT: f32 = 10.0;

/// A line of eval/data/sentiment.jsonl.
#[derive(Deserialize)]
struct OwnMention {
    text: String,
    sentiment: Sentiment,
}

/// Every text with a sentiment, and the sets that they are of.
pub fn texts(data: &DataFolder, own: &OwnFiles) -> Result<(Vec<LabelledText<usize>>, Vec<DataSource>)> {
    let mut texts = Vec::new();
    let mut used = Vec::new();
    for (set, (training_set, label, _)) in SETS.iter().enumerate() {
        let before = texts.len();
        for example in data.read(training_set.name)? {
            if let Some(label) = label(&example) {
                texts.push(LabelledText { id: example.id, text: example.text, set, label });
            }
        }
        used.push(training_set.used(texts.len() - before));
    }
    let own_sets =
        [(sources::SENTIMENT, own_mentions(&own.sentiment)?), (sources::GOLD_TUNE, gold_mentions(&own.gold)?)];
    for (set, (training_set, mentions)) in (SETS.len()..).zip(own_sets) {
        used.push(training_set.used(mentions.len()));
        texts.extend(mentions.into_iter().map(|(id, text, label)| LabelledText { id, text, set, label }));
    }
    Ok((texts, used))
}

/// Train the head; returns it with the sets it was trained on.
pub fn train(data: &DataFolder, own: &OwnFiles, vectors: &mut Vectors) -> Result<(SoftmaxHead, Vec<DataSource>)> {
    let (texts, used) = texts(data, own)?;
    let mentions = Mentions::encode(vectors, "sentiment", &texts)?;
    let public_weights = SETS.iter().map(|(_, _, weight)| *weight);
    let set_weights: Vec<f32> = public_weights.chain([OWN_WEIGHT, GOLD_WEIGHT]).collect();
    let candidates = grid(&[3e-3, 1e-2, 3e-2], &[0.0, 0.1, 0.2, 0.3, 0.5]);
    let head = softmax::train(&mentions, &set_weights, &class_names(&SENTIMENT_CLASSES), &HELD_OUT, &candidates)?;
    Ok((head, used))
}

/// Id, words and class of each.
fn own_mentions(path: &Path) -> Result<Vec<(String, String, usize)>> {
    let labelled = |mention: OwnMention| Some((mention.text.clone(), mention.text, mention.sentiment.class()?));
    Ok(read_lines(path)?.into_iter().filter_map(labelled).collect())
}

/// The mentions of one comment have one id: they are held out together.
fn gold_mentions(path: &Path) -> Result<Vec<(String, String, usize)>> {
    let mut mentions = Vec::new();
    for comment in read_lines::<GoldComment>(path)?.iter().filter(|comment| comment.split == Some(Split::Tune)) {
        for mention in &comment.labels.mentions {
            let class = mention.sentiment.class();
            mentions.extend(class.map(|class| (comment.id.clone(), comment.words(mention), class)));
        }
    }
    Ok(mentions)
}

/// A text of mixed sentiment is left out: its mentions differ.
pub fn of_document(example: &Example) -> Option<usize> {
    example.sentiment.and_then(Sentiment::class)
}

fn class_of_aspects(example: &Example) -> Option<usize> {
    of_aspects(example).and_then(Sentiment::class)
}

/// MAMS has no label for the whole, and every sentence has aspects of at least two polarities. Neutral ones are often
/// only named, so a sentence whose other aspects agree is labelled with what they agree on.
pub fn of_aspects(example: &Example) -> Option<Sentiment> {
    let mut polarities = example.aspects.iter().map(|aspect| aspect.polarity);
    let first = polarities.clone().find(|&polarity| polarity != Sentiment::Neutral)?;
    let agree = polarities.all(|polarity| polarity == first || polarity == Sentiment::Neutral);
    Some(first).filter(|&polarity| agree && polarity != Sentiment::Mixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Aspect, Language};

    fn sentence(polarities: &[Sentiment]) -> Example {
        let aspect = |&polarity: &Sentiment| Aspect { category: "food".to_owned(), polarity };
        Example {
            id: "1".to_owned(),
            text: "Text".to_owned(),
            lang: Language::En,
            sentiment: None,
            relevant: None,
            aspects: polarities.iter().map(aspect).collect(),
            label: None,
        }
    }

    #[test]
    fn aspects_that_agree_make_a_sentiment() {
        use Sentiment::{Mixed, Negative, Neutral, Positive};
        assert_eq!(of_aspects(&sentence(&[Neutral, Positive, Positive])), Some(Positive));
        assert_eq!(of_aspects(&sentence(&[Negative, Neutral])), Some(Negative));
        assert_eq!(of_aspects(&sentence(&[Negative, Positive])), None);
        assert_eq!(of_aspects(&sentence(&[Neutral])), None);
        assert_eq!(of_aspects(&sentence(&[Mixed])), None);
    }
}
