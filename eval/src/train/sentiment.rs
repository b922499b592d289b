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

/// The sentiment head, with what sets it apart from the labelling of public data sets.
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
/// priors do not become those of comments; slope and offsets of each come from the tenth.
pub fn train(
    data: &DataFolder,
    own: &OwnFiles,
    vectors: &mut Vectors,
    draw: Draw,
) -> Result<(SentimentHead, Vec<DataSource>)> {
    let (texts, used) = texts(data, own, draw)?;
    let mut mentions = Mentions::encode(vectors, "sentiment", &texts)?;
    mentions.vectors = with_sets(&mentions);
    let public_weights = SETS.iter().map(|(_, _, weight)| *weight);
    let set_weights: Vec<f32> = public_weights.chain(OWN_WEIGHTS).collect();
    let candidates = grid(&[3e-3, 1e-2, 3e-2], &[0.0, 0.1, 0.2, 0.3, 0.5]);
    let choice = softmax::choose(&mentions, &set_weights, &class_names(&SENTIMENT_CLASSES), &HELD_OUT, &candidates)?;

    let (linear, set_biases) = without_sets(&choice.linear);
    let (comments, error) = scaling(&choice.held_out, |set| COMMENTS.contains(&set))?;
    let mut head = SentimentHead {
        linear,
        habits: Vec::new(),
        trials: choice.trials,
        chosen: choice.chosen,
        calibration_errors: vec![("comments", error)],
    };
    for (set, ((training_set, _, _), biases)) in SETS.iter().zip(&set_biases).enumerate() {
        let (of_set, error) = scaling(&choice.held_out, |other| other == set)?;
        head.habits.push(habit(training_set.name, &of_set, biases, &comments));
        head.calibration_errors.push((training_set.name, error));
    }
    for (class, &offset) in comments.offsets.iter().enumerate() {
        head.linear.calibrate(class, comments.slope, offset);
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

/// The weights of the vector alone, and what each public set adds to the logits.
fn without_sets(linear: &Linear) -> (Linear, Vec<Vec<f32>>) {
    let width = linear.width() - SETS.len();
    let of_class = |class: usize| linear.weights_of(class).split_at(width);
    let weights = (0..linear.len()).flat_map(|class| of_class(class).0.to_vec()).collect();
    let of_set = |set: usize| (0..linear.len()).map(|class| of_class(class).1[set]).collect();
    let alone = Linear { classes: linear.classes.clone(), weights, bias: linear.bias.clone() };
    (alone, (0..SETS.len()).map(of_set).collect())
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

/// The scaling of the sets that `is_meant` takes, each of which counts alike, and the calibration error afterwards.
fn scaling(held_out: &[Judged<'_, usize>], is_meant: impl Fn(usize) -> bool) -> Result<(Scaling, f64)> {
    let meant: Vec<&Judged<'_, usize>> = held_out.iter().filter(|judged| is_meant(judged.mention.set)).collect();
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

/// What makes a set's calibrated logits of those that are calibrated for comments.
fn habit(set: &str, of_set: &Scaling, biases: &[f32], comments: &Scaling) -> LabellingHabit {
    let slope = of_set.slope / comments.slope;
    let offset = |class: usize| of_set.slope * biases[class] + of_set.offsets[class] - slope * comments.offsets[class];
    LabellingHabit { set: set.to_owned(), slope, offsets: (0..biases.len()).map(offset).collect() }
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
    fn a_habit_leads_from_comments_to_the_set() {
        let of_set = Scaling { slope: 0.5, offsets: vec![0.1, 0.0, -0.1] };
        let comments = Scaling { slope: 0.8, offsets: vec![-0.2, 0.3, -0.1] };
        let biases = [-1.0, 2.0, -1.0];
        let habit = habit("set", &of_set, &biases, &comments);
        for (class, raw) in [1.5f32, -0.5, 0.25].into_iter().enumerate() {
            let of_comments = comments.slope * raw + comments.offsets[class];
            let expected = of_set.slope * (raw + biases[class]) + of_set.offsets[class];
            let given = habit.slope * of_comments + habit.offsets[class];
            assert!((given - expected).abs() < 1e-6, "{given} instead of {expected}");
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
