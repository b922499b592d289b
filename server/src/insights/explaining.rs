//! Why a mention has its labels: how likely each would be without each of its words.
//!
//! Occlusion (Zeiler and Fergus 2014, arXiv 1311.2901), with words in the place of patches: it asks the whole network, not
//! only its last layer, which is what evidence does.

use std::ops::Range;
use std::sync::LazyLock;

use klartext_models::encoder::{Branch, BranchVectors, Encoding};
use klartext_models::friction::{FrictionKind, NamedNumbers};
use regex::Regex;

use super::labelling::Labeller;
use super::{Evidence, Polarity};
use crate::journey::RegisteredJourney;

/// Words of a mention that are left out one by one; of longer mentions, as many runs of words of like length.
const MOST_PIECES: usize = 64;

/// A label of a mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExplainedLabel {
    Sentiment(Polarity),
    /// By id; likewise the touchpoint.
    Topic(String),
    Touchpoint(String),
    Friction(FrictionKind),
}

impl ExplainedLabel {
    /// As evidence calls it: "sentiment", "topic:<id>", "touchpoint:<id>", "friction:<kind>".
    pub fn name(&self) -> String {
        match self {
            ExplainedLabel::Sentiment(_) => Evidence::SENTIMENT.to_owned(),
            ExplainedLabel::Topic(id) => Evidence::topic_label(id),
            ExplainedLabel::Touchpoint(id) => Evidence::touchpoint_label(id),
            ExplainedLabel::Friction(kind) => format!("friction:{}", kind.name()),
        }
    }
}

/// What the words of a mention do for one of its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub label: ExplainedLabel,
    /// With all words.
    pub probability: f32,
    /// In the order of the mention.
    pub words: Vec<WordShare>,
}

/// A word, or a run of words, in bytes of the mention.
#[derive(Debug, Clone, PartialEq)]
pub struct WordShare {
    pub span: Range<usize>,
    /// The probability less that without the word: positive when the word speaks for the label.
    pub share: f32,
}

/// A mention, and the same without each of its words.
///
/// It stands alone: what a mention's vectors say does not depend on what stands beside it.
pub struct Occlusions {
    pieces: Vec<Range<usize>>,
    /// The whole mention first, then one a piece.
    texts: Vec<String>,
}

impl Occlusions {
    pub fn new(mention: &str) -> Self {
        let pieces = pieces(mention);
        let mut texts = vec![mention.to_owned()];
        // Without its only word a mention says nothing; there is nothing to encode.
        if pieces.len() > 1 {
            texts.extend(pieces.iter().map(|piece| without(mention, piece)));
        }
        Self { pieces, texts }
    }

    /// What has to be encoded, each as one mention.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// `encodings` are of `texts`. Spans are in bytes of the mention.
    pub fn explain(
        &self,
        labeller: &Labeller,
        encodings: &[Encoding],
        journey: &RegisteredJourney,
    ) -> Vec<Explanation> {
        let texts = self.texts.iter().zip(encodings);
        let states: Vec<Occluded> = texts.map(|(text, encoding)| Occluded::new(labeller, text, encoding)).collect();
        let Some((whole, occluded)) = states.split_first() else { return Vec::new() };
        let explain = |label: ExplainedLabel| {
            let probability_of = |state: &Occluded| labeller.probability(&label, state.vectors(), state.words, journey);
            let probability = probability_of(whole);
            let without = occluded.iter().map(probability_of).chain(std::iter::repeat(0.0));
            let words = self.pieces.iter().zip(without);
            let words = words.map(|(span, without)| WordShare { span: span.clone(), share: probability - without });
            Explanation { probability, words: words.collect(), label }
        };
        labeller.labels_of(whole.vectors(), whole.words, journey).into_iter().map(explain).collect()
    }
}

/// The mention, or what is left of it.
struct Occluded<'a> {
    words: &'a str,
    vector: Vec<f32>,
    label_vector: Vec<f32>,
}

impl<'a> Occluded<'a> {
    fn new(labeller: &Labeller, words: &'a str, encoding: &Encoding) -> Self {
        let whole = 0..words.len();
        let mut label_vectors = labeller.label_vectors(encoding, std::slice::from_ref(&whole)).mentions;
        let label_vector = label_vectors.pop().unwrap_or_default();
        Self { words, vector: encoding.pool(Branch::Vectors, &whole), label_vector }
    }

    fn vectors(&self) -> BranchVectors<'_> {
        BranchVectors { vector: &self.vector, label: &self.label_vector }
    }
}

impl Labeller {
    /// The labels that a mention with these vectors and words gets.
    fn labels_of(&self, vectors: BranchVectors<'_>, words: &str, journey: &RegisteredJourney) -> Vec<ExplainedLabel> {
        let found = self.find(vectors, words, journey);
        let mut labels = vec![ExplainedLabel::Sentiment(found.sentiment.polarity)];
        labels.extend(found.topics.iter().map(|topic| ExplainedLabel::Topic(topic.label.id.clone())));
        labels.extend(found.touchpoint.iter().map(|found| ExplainedLabel::Touchpoint(found.label.id.clone())));
        labels.extend(found.frictions.iter().map(|friction| ExplainedLabel::Friction(friction.kind)));
        labels
    }

    /// How likely a label is, whether or not the mention would get it.
    fn probability(
        &self,
        label: &ExplainedLabel,
        vectors: BranchVectors<'_>,
        words: &str,
        journey: &RegisteredJourney,
    ) -> f32 {
        match label {
            ExplainedLabel::Sentiment(polarity) => {
                let probabilities = self.heads().sentiment(vectors.label);
                match polarity {
                    Polarity::Negative => probabilities.negative,
                    Polarity::Positive => probabilities.positive,
                    Polarity::Neutral | Polarity::Mixed => probabilities.neutral,
                }
            }
            ExplainedLabel::Topic(id) => journey.topic_probability(id, vectors),
            ExplainedLabel::Touchpoint(id) => journey.touchpoint_probability(id, vectors),
            ExplainedLabel::Friction(kind) => {
                let probabilities = self.heads().friction.probabilities(vectors.label, &NamedNumbers::of(words));
                probabilities.get(*kind as usize).copied().unwrap_or_default()
            }
        }
    }
}

/// The words, in bytes of the mention, or runs of them where there are many.
fn pieces(mention: &str) -> Vec<Range<usize>> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\S+").expect("it is a pattern"));
    let words: Vec<Range<usize>> = WORD.find_iter(mention).map(|word| word.range()).collect();
    let length = words.len().div_ceil(MOST_PIECES).max(1);
    words.chunks(length).map(|run| run[0].start..run[run.len() - 1].end).collect()
}

fn without(mention: &str, piece: &Range<usize>) -> String {
    let (before, after) = (mention[..piece.start].trim_end(), mention[piece.end..].trim_start());
    let separator = if before.is_empty() || after.is_empty() { "" } else { " " };
    format!("{before}{separator}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_left_out_once() {
        let occlusions = Occlusions::new("aber 40 Minuten gewartet.");
        let rests: Vec<&str> = occlusions.texts()[1..].iter().map(String::as_str).collect();
        assert_eq!(rests, ["40 Minuten gewartet.", "aber Minuten gewartet.", "aber 40 gewartet.", "aber 40 Minuten"]);
        assert_eq!(occlusions.pieces[2], 8..15);
    }

    #[test]
    fn long_mentions_lose_runs_of_words_and_short_ones_nothing() {
        let long = "wort ".repeat(200);
        let occlusions = Occlusions::new(&long);
        assert!(occlusions.pieces.len() <= MOST_PIECES);
        assert_eq!(occlusions.pieces.last().map(|piece| piece.end), Some(long.len() - 1));
        assert_eq!(Occlusions::new("Schlecht!").texts().len(), 1);
    }
}
