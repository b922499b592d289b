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
use super::{Evidence, Polarity, SegmentedText};
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

/// A comment, and the same without each of the words of one of its mentions. The others stay: how a mention is meant
/// depends on what stands beside it.
pub struct Occlusions {
    /// Position of the mention in the comment.
    explained: usize,
    /// Bytes of the mention.
    pieces: Vec<Range<usize>>,
    /// The whole comment first, then one a piece.
    texts: Vec<SegmentedText>,
}

impl Occlusions {
    /// `explained` is a position among the comment's mentions.
    pub fn new(comment: SegmentedText, explained: usize) -> Self {
        let (text, mentions) = &comment;
        let pieces = pieces(&text[mentions[explained].clone()]);
        // Without its only word a mention says nothing; there is nothing to encode.
        let left_out = if pieces.len() > 1 { pieces.as_slice() } else { &[] };
        let without: Vec<SegmentedText> =
            left_out.iter().map(|piece| without_words(text, mentions, explained, piece)).collect();
        let texts = std::iter::once(comment).chain(without).collect();
        Self { explained, pieces, texts }
    }

    /// What has to be encoded.
    pub fn texts(&self) -> &[SegmentedText] {
        &self.texts
    }

    /// `encodings` are of `texts`. Spans are in bytes of the mention.
    pub fn explain<'a>(
        &'a self,
        labeller: &Labeller,
        encodings: &[Encoding],
        journey: &RegisteredJourney,
    ) -> Vec<Explanation> {
        let texts = self.texts.iter().zip(encodings);
        let state = |((text, mentions), encoding): (&'a SegmentedText, &Encoding)| {
            Occluded::new(labeller, text, &mentions[self.explained], encoding)
        };
        let states: Vec<Occluded> = texts.map(state).collect();
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
    fn new(labeller: &Labeller, text: &'a str, mention: &Range<usize>, encoding: &Encoding) -> Self {
        let mut label_vectors = labeller.label_vectors(encoding, std::slice::from_ref(mention)).mentions;
        let label_vector = label_vectors.pop().unwrap_or_default();
        Self { words: &text[mention.clone()], vector: encoding.pool(Branch::Vectors, mention), label_vector }
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

/// The comment without a piece of one of its mentions, given in bytes of the mention.
fn without_words(text: &str, mentions: &[Range<usize>], explained: usize, piece: &Range<usize>) -> SegmentedText {
    let mention = &mentions[explained];
    let words = &text[mention.clone()];
    let (before, after) = (words[..piece.start].trim_end(), words[piece.end..].trim_start());
    let separator = if before.is_empty() || after.is_empty() { "" } else { " " };
    let left = format!("{before}{separator}{after}");
    let lost = words.len() - left.len();
    let moved = |position: usize| if position >= mention.end { position - lost } else { position };
    let mentions = mentions.iter().map(|mention| moved(mention.start)..moved(mention.end)).collect();
    (format!("{}{left}{}", &text[..mention.start], &text[mention.end..]), mentions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_left_out_once_and_the_rest_of_the_comment_stays() {
        let text = "Nett, aber 40 Minuten gewartet. Nie wieder.".to_owned();
        let occlusions = Occlusions::new((text, vec![0..4, 6..31, 32..43]), 1);
        let words = |(text, mentions): &SegmentedText| -> Vec<String> {
            mentions.iter().map(|mention| text[mention.clone()].to_owned()).collect()
        };
        let left: Vec<Vec<String>> = occlusions.texts()[1..].iter().map(words).collect();
        assert!(left.iter().all(|words| words[0] == "Nett" && words[2] == "Nie wieder."), "{left:?}");
        let rests: Vec<&str> = left.iter().map(|words| words[1].as_str()).collect();
        assert_eq!(rests, ["40 Minuten gewartet.", "aber Minuten gewartet.", "aber 40 gewartet.", "aber 40 Minuten"]);
        assert_eq!(occlusions.pieces[2], 8..15);
    }

    #[test]
    fn long_mentions_lose_runs_of_words_and_short_ones_nothing() {
        let alone = |text: String| {
            let whole = 0..text.len();
            Occlusions::new((text, Vec::from([whole])), 0)
        };
        let occlusions = alone("wort ".repeat(200));
        assert!(occlusions.pieces.len() <= MOST_PIECES);
        assert_eq!(occlusions.pieces.last().map(|piece| piece.end), Some(999));
        assert_eq!(alone("Schlecht!".to_owned()).texts().len(), 1);
    }
}
