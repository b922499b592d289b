//! Training the heads that ship, on frozen mention vectors.

mod action;
mod mentions;
mod rounding;
mod sentiment;
mod softmax;
mod sources;
mod topics;
mod trials;

use std::path::Path;

use klartext_models::bundle::ENCODER_VERSION;
use klartext_models::heads::{DataSource, Figure, Heads, TrainingManifest};

pub use sentiment::of_aspects;
pub use softmax::most_likely;

use crate::Result;
use crate::data::DataFolder;
use crate::metrics::Bootstrap;
use crate::parts::rows_of_heads;
use crate::vectors::Vectors;
use softmax::SoftmaxHead;
use trials::{Settings, Trial, TrialTable};

/// Stamped on labels; goes up with every training whose heads are shipped.
const HEADS_VERSION: &str = "heads-1";

/// New heads, and what was tried on the way.
pub struct Training {
    pub heads: Heads,
    /// For people to read.
    pub log: String,
}

/// Train every head, evaluate it on the dev files and write down what was used.
pub fn train_heads(data: &DataFolder, actions: &Path, vectors: &mut Vectors, seed: u64) -> Result<Training> {
    let (action, action_sources) = action::train(actions, data, vectors, seed)?;
    let topics = topics::train(data, vectors, seed)?;
    let (sentiment, sentiment_sources) = sentiment::train(data, vectors)?;
    let log = [
        protocol("action", &action.trials, &action.chosen),
        calibration(&action),
        protocol("topics", &topics.trials, &topics.chosen),
        format!("thresholds {:?}\n\n", topics.head.thresholds),
        protocol("sentiment", &sentiment.trials, &sentiment.chosen),
        calibration(&sentiment),
    ]
    .concat();

    let mut sources = sentiment_sources;
    sources.extend(topics.used);
    sources.extend(action_sources);
    let mean = mean_vector(data, vectors, &sources)?;
    let mut heads = Heads {
        version: HEADS_VERSION.to_owned(),
        encoder: ENCODER_VERSION.to_owned(),
        manifest: TrainingManifest { seed, data: most_used(sources), figures: Vec::new() },
        mean,
        sentiment: sentiment.linear,
        action: action.linear,
        topics: vec![topics.head],
    };
    rounding::round(&mut heads);
    heads.manifest.figures = figures(&heads, data, vectors, &action.chosen)?;
    Ok(Training { heads, log })
}

/// Mean mention vector of the texts of all sets but the action head's, which is too small to count.
fn mean_vector(data: &DataFolder, vectors: &mut Vectors, sources: &[DataSource]) -> Result<Vec<f32>> {
    let mut texts = Vec::new();
    for source in most_used(sources.to_vec()).iter().filter(|source| source.name != sources::ACTIONS.name) {
        texts.extend(data.read(&source.name)?.into_iter().map(|example| example.text));
    }
    Ok(vectors.of("mean", &texts)?.mean())
}

/// A set that several heads learn from is listed once.
fn most_used(sources: Vec<DataSource>) -> Vec<DataSource> {
    let mut listed: Vec<DataSource> = Vec::new();
    for source in sources {
        match listed.iter_mut().find(|known| known.name == source.name) {
            Some(known) => known.texts = known.texts.max(source.texts),
            None => listed.push(source),
        }
    }
    listed
}

fn figures(heads: &Heads, data: &DataFolder, vectors: &mut Vectors, action: &Trial) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut add = |task: &str, data: &str, metric: &str, value: f64| {
        let value = (value * 1e4).round() / 1e4;
        figures.push(Figure { task: task.to_owned(), data: data.to_owned(), metric: metric.to_owned(), value });
    };
    for row in rows_of_heads(heads, data, vectors, &Bootstrap::default())? {
        add(&row.task, &row.data, "micro-F1", row.micro.value);
        row.macro_.iter().for_each(|macro_| add(&row.task, &row.data, "macro-F1", macro_.value));
        row.calibration_error.iter().for_each(|&error| add(&row.task, &row.data, "ECE", error));
    }
    let cross_validated = "actions and unrelated tweets, 5-fold cross-validation";
    add("action", cross_validated, "micro-F1", action.score.micro);
    add("action", cross_validated, "macro-F1", action.score.macro_);
    Ok(figures)
}

fn protocol(head: &str, trials: &[Trial], chosen: &Trial) -> String {
    format!("{}\nchosen: {:?}\n", TrialTable { head, trials }, chosen)
}

fn calibration(head: &SoftmaxHead) -> String {
    format!("temperature {:.3}, ECE {:.3}\n\n", head.temperature, head.calibration_error)
}

fn class_names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Every combination.
fn grid(l2s: &[f64], balances: &[f64]) -> Vec<Settings> {
    l2s.iter().flat_map(|&l2| balances.iter().map(move |&balance| Settings { l2, balance })).collect()
}
