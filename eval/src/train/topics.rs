//! Topic heads, among them that of MobASA: what comments about public transport are about.

use std::ops::Range;

use klartext_models::heads::{DataSource, Linear, TopicHead, sigmoid};
use klartext_models::train::{LogisticOptions, fit_one_vs_rest, fit_platt};

use super::mentions::{HELD_OUT, Judged, LabelledText, Mentions};
use super::trials::{Settings, Trial, best};
use super::{grid, sources};
use crate::data::{DataFolder, Example};
use crate::metrics::{F1, f1_of_sets};
use crate::random::Random;
use crate::vectors::Vectors;
use crate::{Error, Result};

pub const NAME: &str = "mobasa";

/// Tweets about anything, so that the head learns what no topic looks like.
const UNRELATED_TWEETS: usize = 1500;
/// Classes with fewer mentions share one calibration and threshold.
const MIN_MENTIONS_TO_CALIBRATE: usize = 50;
/// Raw probability from which a topic counts while settings are compared: half of the F1 to be expected (Lipton et al.
/// 2014, arXiv 1402.1892).
const TRIAL_THRESHOLD: f32 = 0.43;

/// A calibrated head and how it came about.
#[derive(Debug)]
pub struct TrainedTopics {
    pub head: TopicHead,
    pub trials: Vec<Trial>,
    pub chosen: Trial,
    pub used: Vec<DataSource>,
}

/// Texts with their categories, texts that have none, and the sets that they are of.
pub struct TopicTexts {
    pub texts: Vec<LabelledText<Vec<usize>>>,
    pub classes: Vec<String>,
    pub used: Vec<DataSource>,
}

impl TopicTexts {
    pub fn read(data: &DataFolder, seed: u64) -> Result<Self> {
        let on_topic = data.read(sources::MOBASA_ASPECTS.name)?;
        let mut irrelevant = data.read(sources::MOBASA_DOCUMENTS.name)?;
        irrelevant.retain(|example| example.relevant == Some(false));
        let tweets = Random::new(seed).draw(data.read(sources::SB10K.name)?, UNRELATED_TWEETS);
        let used = vec![
            sources::MOBASA_ASPECTS.used(on_topic.len()),
            sources::MOBASA_DOCUMENTS.used(irrelevant.len()),
            sources::SB10K.used(tweets.len()),
        ];
        let classes = categories(&on_topic);
        let texts = [on_topic, irrelevant, tweets].into_iter().flatten().map(|example| {
            let label = category_set(&example, &classes);
            LabelledText::new(example.id, example.text, 0, label)
        });
        Ok(Self { texts: texts.collect(), classes, used })
    }
}

/// Train the head of MobASA.
pub fn train(data: &DataFolder, vectors: &mut Vectors, seed: u64) -> Result<TrainedTopics> {
    let TopicTexts { texts, classes, used } = TopicTexts::read(data, seed)?;
    fit_head(NAME, &Mentions::encode(vectors, "topics", &texts)?, &classes, 0..1, used)
}

/// Train a head: settings, calibration and thresholds come from the tenth of the sets that are like what it will read.
pub fn fit_head(
    name: &str,
    mentions: &Mentions<Vec<usize>>,
    classes: &[String],
    alike: Range<usize>,
    used: Vec<DataSource>,
) -> Result<TrainedTopics> {
    let judge = |settings: &Settings| -> Result<Vec<Judged<'_, Vec<usize>>>> {
        let mut judged = mentions.judge_held_out(&HELD_OUT, |rows| fit(mentions, rows, classes, settings))?;
        judged.retain(|judged| alike.contains(&judged.mention.set));
        Ok(judged)
    };
    let mut trials = Vec::new();
    for settings in grid(&[3e-4, 1e-3, 3e-3, 1e-2, 3e-2], &[0.0]) {
        trials.push(Trial { settings, score: score(&judge(&settings)?) });
    }
    let chosen = best(&trials, |f1| f1.micro)
        .ok_or_else(|| Error::TooLittleData("there are no settings to choose from".into()))?;

    let judged = judge(&chosen.settings)?;
    let everything: Vec<usize> = (0..mentions.mentions.len()).collect();
    let mut linear = fit(mentions, &everything, classes, &chosen.settings)?;
    let thresholds = calibrate(&mut linear, &judged);
    let head = TopicHead { name: name.to_owned(), linear, thresholds };
    Ok(TrainedTopics { head, trials, chosen, used })
}

/// The categories of a text as positions in `classes`, in order; others are left out.
fn category_set(example: &Example, classes: &[String]) -> Vec<usize> {
    let has = |class: &String| example.aspects.iter().any(|aspect| aspect.category == *class);
    (0..classes.len()).filter(|&class| has(&classes[class])).collect()
}

fn categories(examples: &[Example]) -> Vec<String> {
    let mut categories: Vec<String> =
        examples.iter().flat_map(|example| &example.aspects).map(|aspect| aspect.category.clone()).collect();
    categories.sort_unstable();
    categories.dedup();
    categories
}

fn fit(mentions: &Mentions<Vec<usize>>, rows: &[usize], classes: &[String], settings: &Settings) -> Result<Linear> {
    let labels: Vec<Vec<usize>> = rows.iter().map(|&row| mentions.mentions[row].label.clone()).collect();
    let options = LogisticOptions { l2: settings.l2, ..LogisticOptions::default() };
    Ok(fit_one_vs_rest(&mentions.vectors.select(rows), &labels, classes, &options)?)
}

fn score(judged: &[Judged<'_, Vec<usize>>]) -> F1 {
    let given = |judged: &Judged<'_, Vec<usize>>| -> Vec<usize> {
        (0..judged.logits.len()).filter(|&class| sigmoid(judged.logits[class]) >= TRIAL_THRESHOLD).collect()
    };
    let (truth, given): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
        judged.iter().map(|judged| (judged.mention.label.clone(), given(judged))).unzip();
    f1_of_sets(&truth, &given)
}

/// Fold Platt's scaling into the head; returns the thresholds for the best micro-F1.
fn calibrate(linear: &mut Linear, judged: &[Judged<'_, Vec<usize>>]) -> Vec<f32> {
    let of_class = |class: usize| -> (Vec<f32>, Vec<bool>) {
        judged.iter().map(|judged| (judged.logits[class], judged.mention.label.contains(&class))).unzip()
    };
    let answers: Vec<(Vec<f32>, Vec<bool>)> = (0..linear.len()).map(of_class).collect();
    let (all_scores, all_held): (Vec<Vec<f32>>, Vec<Vec<bool>>) = answers.iter().cloned().unzip();
    let fallback = fit_platt(&all_scores.concat(), &all_held.concat());

    let mut outcomes = Vec::new();
    for (class, (scores, held)) in answers.iter().enumerate() {
        let mentions = held.iter().filter(|&&held| held).count();
        let is_frequent = mentions >= MIN_MENTIONS_TO_CALIBRATE;
        let (slope, offset) = if is_frequent { fit_platt(scores, held) } else { fallback };
        linear.calibrate(class, slope, offset);
        let probabilities = scores.iter().map(|score| sigmoid(slope * score + offset)).collect();
        outcomes.push(Outcomes { probabilities, held: held.clone(), is_frequent });
    }
    best_thresholds(&outcomes)
}

/// What a calibrated class said of every mention, and whether it was true.
struct Outcomes {
    probabilities: Vec<f32>,
    held: Vec<bool>,
    is_frequent: bool,
}

impl Outcomes {
    /// Hits, and what is wrongly given or missed.
    fn counts(&self, threshold: f32) -> (usize, usize) {
        let mut hits = 0;
        let mut errors = 0;
        for (&probability, &held) in self.probabilities.iter().zip(&self.held) {
            match (probability >= threshold, held) {
                (true, true) => hits += 1,
                (false, false) => {}
                _ => errors += 1,
            }
        }
        (hits, errors)
    }
}

/// One threshold for all, then class by class where there are enough mentions: each step takes the best micro-F1.
fn best_thresholds(outcomes: &[Outcomes]) -> Vec<f32> {
    // Further out, a class with fifty mentions would follow the accidents of a few.
    let steps = (20..=70).map(|percent| percent as f32 / 100.0);
    let micro_f1 = |counts: &[(usize, usize)]| {
        let hits: usize = counts.iter().map(|(hits, _)| hits).sum();
        let errors: usize = counts.iter().map(|(_, errors)| errors).sum();
        2.0 * hits as f64 / (2 * hits + errors).max(1) as f64
    };
    let counts_at = |threshold: f32| -> Vec<(usize, usize)> {
        outcomes.iter().map(|outcomes| outcomes.counts(threshold)).collect()
    };
    let common = steps
        .clone()
        .max_by(|&left, &right| micro_f1(&counts_at(left)).total_cmp(&micro_f1(&counts_at(right))))
        .unwrap_or(TRIAL_THRESHOLD);
    let mut thresholds = vec![common; outcomes.len()];
    let mut counts = counts_at(common);
    for class in (0..outcomes.len()).filter(|&class| outcomes[class].is_frequent) {
        for threshold in steps.clone() {
            let mut changed = counts.clone();
            changed[class] = outcomes[class].counts(threshold);
            if micro_f1(&changed) > micro_f1(&counts) {
                counts = changed;
                thresholds[class] = threshold;
            }
        }
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_part_what_holds_from_what_does_not() {
        let outcomes = |probabilities: &[f32], is_frequent| Outcomes {
            probabilities: probabilities.to_vec(),
            held: vec![false, false, true, true],
            is_frequent,
        };
        let thresholds = best_thresholds(&[
            outcomes(&[0.1, 0.2, 0.35, 0.9], true),
            outcomes(&[0.1, 0.5, 0.65, 0.8], true),
            outcomes(&[0.1, 0.2, 0.9, 0.9], false),
        ]);
        assert!(thresholds[0] > 0.2 && thresholds[0] <= 0.35, "{thresholds:?}");
        assert!(thresholds[1] > 0.5 && thresholds[1] <= 0.65, "{thresholds:?}");
        assert!(thresholds[2] > 0.2 && thresholds[2] <= 0.9, "{thresholds:?}");
    }
}
