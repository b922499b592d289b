//! The sentiment head.

use std::ops::RangeFrom;
use std::path::Path;

use klartext_models::heads::{self, DataSource, LabellingHabit, Linear, SENTIMENT_CLASSES};
use klartext_models::train::{LogisticOptions, Matrix, Scaling, fit_scaling, fit_softmax};
use serde::Deserialize;

use super::mentions::{FIFTHS, HELD_OUT, Judged, LabelledComment, LabelledText, Mentions};
use super::softmax;
use super::sources::{self, TrainingSet};
use super::trials::Trial;
use super::{Draw, class_names, grid};
use crate::Result;
use crate::data::{DataFolder, Example, Sentiment, read_lines};
use crate::parts::OwnFiles;
use crate::random::Random;
use crate::texts::DegreesExample;
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

/// How much the project's own clauses count, its statements in three degrees, the mentions of the gold comments that are there to
/// tune on, and those of the written comments. How mentions of public texts are meant (eval/data/public) is not learnt: MobASA's own labellers hear
/// fewer complaints in the same tweets, and what was learnt from both did worse on theirs.
const OWN_WEIGHTS: [f32; 4] = [3.0, 1.0, 10.0, 6.0];
/// Of heads that are fitted to one set: what the shipped head was given by its trials, not chosen anew.
const L2_OF_ADAPTED: f64 = 3e-2;
/// Of heads of one public set.
const L2S_OF_SETS: [f64; 5] = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
/// The sets of whole comments among all.
const COMMENTS: RangeFrom<usize> = SETS.len() + 2..;

/// A line of eval/data/sentiment.jsonl.
#[derive(Deserialize)]
struct OwnMention {
    text: String,
    sentiment: Sentiment,
}

/// Every text with a sentiment, and the sets that they are of.
pub fn texts(data: &DataFolder, own: &OwnFiles, draw: Draw) -> Result<(Vec<LabelledText<usize>>, Vec<DataSource>)> {
    let mut texts = Vec::new();
    let mut used = Vec::new();
    for (set, (training_set, label, _)) in SETS.iter().enumerate() {
        let before = texts.len();
        let examples = data.read(training_set.name)?;
        let count = (examples.len() as f64 * draw.share).round() as usize;
        for example in Random::new(draw.seed).draw(examples, count) {
            if let Some(label) = label(&example) {
                texts.push(LabelledText::new(example.id, example.text, set, label));
            }
        }
        used.push(training_set.used(texts.len() - before));
    }
    let first = SETS.len();
    let in_comments = |comments: &[LabelledComment], set| {
        LabelledComment::mentions(comments, set, |_, mention| Ok(mention.sentiment.class()))
    };
    let own_sets = [
        (sources::SENTIMENT, own_mentions(&own.sentiment, first)?),
        (sources::DEGREES, in_degrees(&own.degrees, first + 1)?),
        (sources::GOLD_TUNE, in_comments(&LabelledComment::read_tune(&own.gold)?, first + 2)?),
        (sources::COMMENTS, in_comments(&LabelledComment::read_written(&own.comments)?, first + 3)?),
    ];
    for (training_set, mentions) in own_sets {
        used.push(training_set.used(mentions.len()));
        texts.extend(mentions);
    }
    Ok((texts, used))
}

/// Texts of MobASA whose aspects are all meant alike.
pub fn texts_of_aspects(data: &DataFolder, set: usize) -> Result<Vec<LabelledText<usize>>> {
    let labelled = |example: Example| {
        let label = common_polarity(&example)?;
        Some(LabelledText::new(example.id, example.text, set, label))
    };
    Ok(data.read(sources::MOBASA_ASPECTS.name)?.into_iter().filter_map(labelled).collect())
}

/// The class that all aspects of a text have.
fn common_polarity(example: &Example) -> Option<usize> {
    let mut polarities = example.aspects.iter().map(|aspect| aspect.polarity);
    let first = polarities.next()?;
    polarities.all(|polarity| polarity == first).then_some(first)?.class()
}

/// The sentiment head, with those of public data sets.
pub struct SentimentHead {
    /// Calibrated for customers' comments.
    pub linear: Linear,
    pub habits: Vec<LabellingHabit>,
    pub trials: Vec<Trial>,
    pub chosen: Trial,
    /// On held-out texts after calibration: of comments, then of each public set.
    pub calibration_errors: Vec<(&'static str, f64)>,
}

/// Train the head; returns it with the sets it was trained on.
///
/// All sets share the weights of the words. Each public set has a bias of its own while they are learnt, so that its
/// priors do not become those of comments. What a set's own labellers see is learnt from its texts alone.
pub fn train(
    data: &DataFolder,
    own: &OwnFiles,
    vectors: &mut Vectors,
    draw: Draw,
) -> Result<(SentimentHead, Vec<DataSource>)> {
    let (texts, used) = texts(data, own, draw)?;
    let public_weights = SETS.iter().map(|(_, _, weight)| *weight);
    let set_weights: Vec<f32> = public_weights.chain(OWN_WEIGHTS).collect();
    let mentions = Mentions::encode(vectors, "sentiment", &texts)?;
    let shared = Mentions { vectors: with_sets(&mentions), mentions: mentions.mentions.clone() };
    let classes = class_names(&SENTIMENT_CLASSES);
    let candidates = grid(&[3e-3, 1e-2, 3e-2], &[0.0, 0.1, 0.2, 0.3, 0.5]);
    let choice = softmax::choose(&shared, &set_weights, &classes, &HELD_OUT, &candidates)?;

    let (comments, error) = scaling_of_comments(&choice.held_out)?;
    let mut head = SentimentHead {
        linear: without_sets(&choice.linear),
        habits: Vec::new(),
        trials: choice.trials,
        chosen: choice.chosen,
        calibration_errors: vec![("comments", error)],
    };
    for (class, &offset) in comments.offsets.iter().enumerate() {
        head.linear.calibrate(class, comments.slope, offset);
    }
    let mut of_sets: Vec<(TrainingSet, Mentions<usize>)> =
        SETS.iter().enumerate().map(|(set, &(training_set, ..))| (training_set, mentions.of_set(set))).collect();
    let aspects = Mentions::encode(vectors, "aspects", &texts_of_aspects(data, 0)?)?;
    of_sets.push((sources::MOBASA_ASPECTS, aspects));
    for (training_set, of_set) in &of_sets {
        let of_set = softmax::train(of_set, &[1.0; SETS.len()], &classes, &HELD_OUT, &grid(&L2S_OF_SETS, &[0.0, 0.3]))?;
        head.habits.push(LabellingHabit { set: training_set.name.to_owned(), linear: of_set.linear });
        head.calibration_errors.push((training_set.name, of_set.calibration_error));
    }
    Ok((head, used))
}

/// Behind each vector, one number for each public set: whether the text is of it.
fn with_sets(mentions: &Mentions<usize>) -> Matrix {
    let mut features = Matrix::of_width(mentions.vectors.width() + SETS.len());
    for (vector, mention) in mentions.vectors.rows().zip(&mentions.mentions) {
        let mut is_of_set = [0.0; SETS.len()];
        if let Some(mark) = is_of_set.get_mut(mention.set) {
            *mark = 1.0;
        }
        features.push(&[vector, &is_of_set].concat());
    }
    features
}

/// The weights of the vector alone.
fn without_sets(linear: &Linear) -> Linear {
    let width = linear.width() - SETS.len();
    let weights = (0..linear.len()).flat_map(|class| linear.weights_of(class)[..width].to_vec()).collect();
    Linear { classes: linear.classes.clone(), weights, bias: linear.bias.clone() }
}

/// What heads say that were fitted on four fifths of a set's texts, each about the texts of the fifth that it has not seen:
/// probabilities of [`SENTIMENT_CLASSES`], a text each. `texts` are id, words and class.
///
/// # Errors
/// A fifth lacks a class, or the encoder is missing.
pub fn judge_adapted(set: &str, texts: &[(String, String, usize)], vectors: &mut Vectors) -> Result<Vec<Vec<f32>>> {
    let texts: Vec<LabelledText<usize>> =
        texts.iter().map(|(id, words, class)| LabelledText::new(id.clone(), words.clone(), 0, *class)).collect();
    let mentions = Mentions::encode(vectors, set, &texts)?;
    let judged = mentions.judge_held_out(&FIFTHS, |rows| {
        let labels: Vec<usize> = rows.iter().map(|&row| mentions.mentions[row].label).collect();
        let options = LogisticOptions { l2: L2_OF_ADAPTED, ..LogisticOptions::default() };
        Ok(fit_softmax(&mentions.vectors.select(rows), &labels, &class_names(&SENTIMENT_CLASSES), &options)?)
    })?;
    let mut probabilities = vec![Vec::new(); texts.len()];
    judged.into_iter().for_each(|judged| probabilities[judged.row] = heads::softmax(&judged.logits));
    Ok(probabilities)
}

/// The scaling of the sets of comments, each of which counts alike, and the calibration error afterwards.
fn scaling_of_comments(held_out: &[Judged<'_, usize>]) -> Result<(Scaling, f64)> {
    let meant: Vec<&Judged<'_, usize>> =
        held_out.iter().filter(|judged| COMMENTS.contains(&judged.mention.set)).collect();
    let size_of = |set: usize| meant.iter().filter(|judged| judged.mention.set == set).count() as f32;
    let weights: Vec<f32> = meant.iter().map(|judged| 1.0 / size_of(judged.mention.set)).collect();
    let labels: Vec<usize> = meant.iter().map(|judged| judged.mention.label).collect();
    let logits: Vec<Vec<f32>> = meant.iter().map(|judged| judged.logits.clone()).collect();
    let scaling = fit_scaling(&logits, &labels, &weights)?;
    let scaled = |logits: &Vec<f32>| -> Vec<f32> {
        logits.iter().zip(&scaling.offsets).map(|(logit, offset)| scaling.slope * logit + offset).collect()
    };
    let error = softmax::calibration_error(&logits.iter().map(scaled).collect::<Vec<_>>(), &labels);
    Ok((scaling, error))
}

fn own_mentions(path: &Path, set: usize) -> Result<Vec<LabelledText<usize>>> {
    let labelled = |mention: OwnMention| {
        let label = mention.sentiment.class()?;
        Some(LabelledText::new(mention.text.clone(), mention.text, set, label))
    };
    Ok(read_lines(path)?.into_iter().filter_map(labelled).collect())
}

/// A statement is meant alike in each of its degrees.
fn in_degrees(path: &Path, set: usize) -> Result<Vec<LabelledText<usize>>> {
    let mut texts = Vec::new();
    for statement in read_lines::<DegreesExample>(path)? {
        if let Some(label) = statement.sentiment.class() {
            texts.extend(statement.degrees().map(|text| statement.labelled(text, set, label)));
        }
    }
    Ok(texts)
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
