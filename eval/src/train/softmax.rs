//! Heads whose classes exclude each other: sentiment, action.

use klartext_models::heads::{self, Linear};
use klartext_models::train::{LogisticOptions, fit_softmax, fit_temperature};

use super::mentions::{Fold, Judged, Mentions};
use super::trials::{Settings, Trial, best};
use crate::metrics::{F1, expected_calibration_error, f1_of_classes, reliability};
use crate::{Error, Result};

/// Sets with fewer held-out texts are too noisy to choose by.
const MIN_TEXTS_TO_SCORE: usize = 200;

/// A calibrated head and how it came about.
#[derive(Debug)]
pub struct SoftmaxHead {
    pub linear: Linear,
    pub trials: Vec<Trial>,
    pub chosen: Trial,
    /// What the logits were multiplied by, 1 / temperature.
    pub slope: f32,
    /// After that, on held-out texts.
    pub calibration_error: f64,
}

/// A head that is not calibrated yet.
pub struct Choice<'a> {
    /// Fitted on everything.
    pub linear: Linear,
    pub trials: Vec<Trial>,
    pub chosen: Trial,
    /// What a head of the same settings says that has not seen these texts.
    pub held_out: Vec<Judged<'a, usize>>,
}

/// Take the best settings, find their temperature on the folds, and fit on everything.
pub fn train(
    mentions: &Mentions<usize>,
    set_weights: &[f32],
    classes: &[String],
    folds: &[Fold],
    candidates: &[Settings],
) -> Result<SoftmaxHead> {
    let Choice { mut linear, trials, chosen, held_out } = choose(mentions, set_weights, classes, folds, candidates)?;
    let Tempered { slope, calibration_error, .. } = temper(&mut linear, held_out.iter());
    Ok(SoftmaxHead { linear, trials, chosen, slope, calibration_error })
}

/// What a head whose temperature was set says about texts that it has not seen.
pub struct Tempered {
    /// 1 / temperature, by which its logits are multiplied.
    pub slope: f32,
    pub logits: Vec<Vec<f32>>,
    pub labels: Vec<usize>,
    pub calibration_error: f64,
}

/// Set the head's temperature, which is that of the texts that a head of the same settings was held from.
pub fn temper<'a>(linear: &mut Linear, held_out: impl Iterator<Item = &'a Judged<'a, usize>>) -> Tempered {
    let (raw, labels): (Vec<Vec<f32>>, Vec<usize>) =
        held_out.map(|judged| (judged.logits.clone(), judged.mention.label)).unzip();
    let slope = 1.0 / fit_temperature(&raw, &labels);
    (0..linear.len()).for_each(|class| linear.calibrate(class, slope, 0.0));
    let logits: Vec<Vec<f32>> = raw.iter().map(|logits| logits.iter().map(|logit| slope * logit).collect()).collect();
    Tempered { slope, calibration_error: calibration_error(&logits, &labels), logits, labels }
}

/// Try every setting on the folds, and fit the best on everything.
pub fn choose<'a>(
    mentions: &'a Mentions<usize>,
    set_weights: &[f32],
    classes: &[String],
    folds: &[Fold],
    candidates: &[Settings],
) -> Result<Choice<'a>> {
    let labels = mentions.mentions.iter().map(|mention| (mention.set, mention.label));
    let weighting = Weighting::new(labels, set_weights, classes.len());
    let judge =
        |settings: &Settings| mentions.judge_held_out(folds, |rows| fit(mentions, rows, classes, &weighting, settings));
    let mut trials = Vec::new();
    for settings in candidates {
        let judged = judge(settings)?;
        trials.push(Trial { settings: *settings, score: mean_score(&judged) });
    }
    let chosen =
        best(&trials, F1::mean).ok_or_else(|| Error::TooLittleData("there are no settings to choose from".into()))?;
    let held_out = judge(&chosen.settings)?;
    let everything: Vec<usize> = (0..mentions.mentions.len()).collect();
    let linear = fit(mentions, &everything, classes, &weighting, &chosen.settings)?;
    Ok(Choice { linear, trials, chosen, held_out })
}

fn fit(
    mentions: &Mentions<usize>,
    rows: &[usize],
    classes: &[String],
    weighting: &Weighting<'_>,
    settings: &Settings,
) -> Result<Linear> {
    let weight_of = |row: usize| {
        let mention = &mentions.mentions[row];
        weighting.weight(mention.set, mention.label, settings.balance)
    };
    let rows: Vec<usize> = rows.iter().copied().filter(|&row| weight_of(row) > 0.0).collect();
    let labels: Vec<usize> = rows.iter().map(|&row| mentions.mentions[row].label).collect();
    let options = LogisticOptions {
        l2: settings.l2,
        example_weights: rows.iter().map(|&row| weight_of(row)).collect(),
        ..LogisticOptions::default()
    };
    Ok(fit_softmax(&mentions.vectors.select(&rows), &labels, classes, &options)?)
}

/// How much each mention counts. Frequencies of the classes are looked at set by set, so that a set's own priors do not
/// become the head's.
pub struct Weighting<'a> {
    set_weights: &'a [f32],
    /// Set, class: how rare the class is there; 1 is an even share.
    rarity: Vec<Vec<f64>>,
}

impl<'a> Weighting<'a> {
    /// From the set and the class of everything that is learnt from.
    pub fn new(labels: impl Iterator<Item = (usize, usize)>, set_weights: &'a [f32], classes: usize) -> Self {
        let mut counts = vec![vec![0usize; classes]; set_weights.len()];
        labels.for_each(|(set, class)| counts[set][class] += 1);
        let rarity_in_set = |counts: &Vec<usize>| {
            let present = counts.iter().filter(|&&count| count > 0).count();
            let even_share = counts.iter().sum::<usize>() as f64 / present.max(1) as f64;
            counts.iter().map(|&count| even_share / count.max(1) as f64).collect()
        };
        Self { set_weights, rarity: counts.iter().map(rarity_in_set).collect() }
    }

    /// `balance` is that of [`Settings`].
    pub fn weight(&self, set: usize, class: usize, balance: f64) -> f32 {
        self.set_weights[set] * self.rarity[set][class].powf(balance) as f32
    }
}

/// The mean over the sets, so that a large one does not decide alone; over everything when all are small.
fn mean_score(judged: &[Judged<'_, usize>]) -> F1 {
    let sets = judged.iter().map(|judged| judged.mention.set + 1).max().unwrap_or(0);
    let of_set = |set: usize| {
        let texts = judged.iter().filter(|judged| judged.mention.set == set);
        (texts.clone().count() >= MIN_TEXTS_TO_SCORE).then(|| f1_of(texts))
    };
    let mut scores: Vec<F1> = (0..sets).filter_map(of_set).collect();
    if scores.is_empty() {
        scores.push(f1_of(judged.iter()));
    }
    let mean = |value: fn(&F1) -> f64| scores.iter().map(value).sum::<f64>() / scores.len().max(1) as f64;
    F1 { micro: mean(|f1| f1.micro), macro_: mean(|f1| f1.macro_) }
}

fn f1_of<'a>(judged: impl Iterator<Item = &'a Judged<'a, usize>>) -> F1 {
    let (truth, given): (Vec<usize>, Vec<usize>) =
        judged.map(|judged| (judged.mention.label, most_likely(&judged.logits))).unzip();
    f1_of_classes(&truth, &given)
}

/// Of calibrated logits.
pub fn calibration_error(logits: &[Vec<f32>], labels: &[usize]) -> f64 {
    let confidence = |logits: &Vec<f32>| heads::softmax(logits)[most_likely(logits)];
    let confidences: Vec<f32> = logits.iter().map(confidence).collect();
    let right: Vec<bool> = logits.iter().zip(labels).map(|(logits, &label)| most_likely(logits) == label).collect();
    expected_calibration_error(&reliability(&confidences, &right))
}

/// Position of the highest value.
pub fn most_likely(values: &[f32]) -> usize {
    let highest = values.iter().enumerate().max_by(|(_, left), (_, right)| left.total_cmp(right));
    highest.map_or(0, |(position, _)| position)
}
