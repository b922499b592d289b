//! Training the heads that ship, on frozen mention vectors: those of the label branch.

mod action;
mod adapted;
mod branch;
pub mod friction;
pub mod handover;
mod journeys;
mod mentions;
mod mistyped;
mod rounding;
mod sentiment;
mod softmax;
mod sources;
mod strength;
mod topics;
mod trials;

use std::fmt::Write;

use klartext_models::bundle::ENCODER_VERSION;
use klartext_models::friction::FrictionHead;
use klartext_models::heads::{DataSource, Figure, HandoverHead, Heads, SidesHead, TrainingManifest};

pub use adapted::judge_fine_tuned;
pub use branch::{BranchTraining, train_branch};
pub use sentiment::{judge_adapted, of_aspects};
pub use softmax::most_likely;

use crate::Result;
use crate::data::DataFolder;
use crate::friction::FrictionReport;
use crate::gold::Split;
use crate::handover::HandoverReport;
use crate::metrics::Bootstrap;
use crate::parts::{OwnFiles, rows_of_heads};
use crate::vectors::Vectors;
use friction::{FrictionMentions, GoldFriction};
use handover::{HandoverMentions, SidesTraining, Telling};
use journeys::JourneyHeads;
use strength::StrengthTraining;
use trials::{Settings, Trial, TrialTable};

/// Of the label branch and the heads together. Stamped on labels; goes up with every training of either that is shipped.
const HEADS_VERSION: &str = "labels-11";

/// Positions in `SENTIMENT_CLASSES`.
const NEGATIVE: usize = 0;
const POSITIVE: usize = 2;

/// New heads, and what was tried on the way.
pub struct Training {
    pub heads: Heads,
    /// For people to read.
    pub log: String,
}

/// What is trained on the project's own sentences about friction and handovers.
struct BetweenTouchpoints {
    friction: FrictionHead,
    handover: HandoverHead,
    used: Vec<DataSource>,
    /// Of what was tried.
    log: String,
}

impl BetweenTouchpoints {
    fn train(data: &DataFolder, own: &OwnFiles, vectors: &mut Vectors, seed: u64) -> Result<Self> {
        let friction_mentions = FrictionMentions::read(own, data, vectors, seed)?;
        let handover_mentions = HandoverMentions::read(own, data, vectors, seed)?;
        let mut log = String::new();
        let mut sides = Vec::new();
        for name in journeys::NAMES {
            let touchpoints = journeys::touchpoints(own, name)?;
            let SidesTraining { name, from, to } = handover::train_sides(own, name, &touchpoints, vectors)?;
            for (side, head) in [("from", &from), ("to", &to)] {
                log += &protocol(&format!("handover {side}, {name}"), &head.trials, &head.chosen);
                let _ = writeln!(log, "slope {:.3}, ECE {:.3}\n", head.slope, head.calibration_error);
            }
            sides.push(SidesHead { name, from: from.linear, to: to.linear });
        }
        Ok(Self {
            log,
            friction: friction_mentions.train(&GoldFriction::read(&own.gold, vectors)?)?,
            handover: handover_mentions.train(&Telling::read_gold(&own.gold, vectors)?, sides)?,
            used: friction_mentions.used.into_iter().chain(handover_mentions.used).collect(),
        })
    }

    fn log(&self) -> String {
        let (friction, handover) = (&self.friction.thresholds, self.handover.threshold);
        format!("{}friction thresholds {friction:?}, handover threshold {handover}\n", self.log)
    }
}

/// Train friction and handover anew and leave the other heads as they are.
pub fn train_friction(
    mut heads: Heads,
    data: &DataFolder,
    own: &OwnFiles,
    vectors: &mut Vectors,
    seed: u64,
) -> Result<Training> {
    let between = BetweenTouchpoints::train(data, own, vectors, seed)?;
    let log = between.log();
    heads.friction = between.friction;
    heads.handover = between.handover;
    finish(&mut heads, between.used);
    heads.manifest.figures.retain(|figure| !figure.task.starts_with(FRICTION_TASK) && figure.task != HANDOVER_TASK);
    let figures = figures_between(&heads, own, vectors)?;
    heads.manifest.figures.extend(figures);
    Ok(Training { heads, log })
}

/// Train the strength head anew and leave the other heads as they are.
pub fn train_strength(mut heads: Heads, own: &OwnFiles, vectors: &mut Vectors) -> Result<Training> {
    let strength = strength::train(own, &heads.sentiment, vectors)?;
    let log = log_of_strength(&strength);
    heads.strength = strength.linear;
    finish(&mut heads, [strength.used]);
    heads.manifest.figures.retain(|figure| figure.task != STRENGTH_TASK);
    heads.manifest.figures.push(figure_of_strength(strength.order));
    Ok(Training { heads, log })
}

/// Heads of which some were trained anew, from `used`: their version, their sources, and every number rounded.
fn finish(heads: &mut Heads, used: impl IntoIterator<Item = DataSource>) {
    let sources = std::mem::take(&mut heads.manifest.data).into_iter().chain(used);
    heads.manifest.data = most_used(sources.collect());
    HEADS_VERSION.clone_into(&mut heads.version);
    rounding::round(heads);
}

fn log_of_strength(StrengthTraining { l2, order, scores, slope, .. }: &StrengthTraining) -> String {
    let scores: Vec<String> = scores.iter().map(|(slope, share)| format!("{slope}: {share:.3}")).collect();
    let scores = scores.join(", ");
    format!(
        "strength: l2 {l2:e}, {order:.3} of the steps in order; scores in order by slope {scores}, chosen {slope}\n\n"
    )
}

/// What is learnt from of large sets.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    /// Of the public sets' texts with a sentiment; 1 is all. The project's own texts are always all there.
    pub share: f64,
    pub seed: u64,
}

/// What belongs to the published vectors: journeys, search and stored clusters rest on it.
pub struct PublishedParts {
    pub mean: Vec<f32>,
    pub polarity: Vec<f32>,
}

impl PublishedParts {
    /// Those of the heads inside this program.
    ///
    /// # Errors
    /// These heads are broken.
    pub fn shipped() -> Result<Self> {
        let Heads { mean, polarity, .. } = Heads::shipped()?;
        Ok(Self { mean, polarity })
    }

    /// Mean of all texts and direction of polarity, learnt anew.
    ///
    /// # Errors
    /// Data or the encoder are missing.
    pub fn train(data: &DataFolder, own: &OwnFiles, published: &mut Vectors, seed: u64) -> Result<Self> {
        let (sentiment, sources) = sentiment::train(data, own, published, Draw { share: 1.0, seed })?;
        let mean = mean_vector(data, published, &sources)?;
        Ok(Self { mean, polarity: sentiment.linear.difference(POSITIVE, NEGATIVE) })
    }
}

/// Train every head on label vectors, evaluate it on the dev files and write down what was used.
pub fn train_heads(
    data: &DataFolder,
    own: &OwnFiles,
    vectors: &mut Vectors,
    published: PublishedParts,
    draw: Draw,
) -> Result<Training> {
    let seed = draw.seed;
    let (action, action_sources) = action::train(&own.actions, data, vectors, seed)?;
    let between = BetweenTouchpoints::train(data, own, vectors, seed)?;
    let topics = topics::train(data, vectors, seed)?;
    let (sentiment, sentiment_sources) = sentiment::train(data, own, vectors, draw)?;
    let strength = strength::train(own, &sentiment.linear, vectors)?;
    let of_journeys = journeys::NAMES.map(|name| journeys::train(own, data, name, vectors));
    let of_journeys = of_journeys.into_iter().collect::<Result<Vec<_>>>()?;
    let log_of_journey = |heads: &JourneyHeads| {
        let name = &heads.touchpoints.name;
        [
            protocol(&format!("touchpoints of {name}"), &heads.trials, &heads.chosen),
            format!("ECE {:.3}, threshold {}\n\n", heads.calibration_error, heads.touchpoints.threshold),
            protocol(&format!("topics of {name}"), &heads.topics.trials, &heads.topics.chosen),
            format!("thresholds {:?}\n\n", heads.topics.head.thresholds),
        ]
        .concat()
    };
    let log = [
        protocol("action", &action.trials, &action.chosen),
        format!("slope {:.3}, ECE {:.3}\n\n", action.slope, action.calibration_error),
        protocol("topics", &topics.trials, &topics.chosen),
        format!("thresholds {:?}\n\n", topics.head.thresholds),
        protocol("sentiment", &sentiment.trials, &sentiment.chosen),
        format!("{:?}\nECE {:.3?}\n\n", sentiment.habits, sentiment.calibration_errors),
        log_of_strength(&strength),
        of_journeys.iter().map(log_of_journey).collect(),
        between.log(),
    ]
    .concat();

    let mut sources = sentiment_sources;
    sources.push(strength.used);
    sources.extend(topics.used);
    sources.extend(action_sources);
    sources.extend(between.used);
    let mut topic_heads = vec![topics.head];
    let mut touchpoint_heads = Vec::new();
    for JourneyHeads { touchpoints, topics, .. } in of_journeys {
        touchpoint_heads.push(touchpoints);
        topic_heads.push(topics.head);
        sources.extend(topics.used);
    }
    let mut heads = Heads {
        version: HEADS_VERSION.to_owned(),
        encoder: ENCODER_VERSION.to_owned(),
        manifest: TrainingManifest { seed, data: most_used(sources), figures: Vec::new() },
        mean: published.mean,
        polarity: published.polarity,
        sentiment: sentiment.linear,
        strength: strength.linear,
        habits: sentiment.habits,
        action: action.linear,
        topics: topic_heads,
        touchpoints: touchpoint_heads,
        friction: between.friction,
        handover: between.handover,
    };
    rounding::round(&mut heads);
    heads.manifest.figures = figures(&heads, data, vectors, &action.chosen)?;
    heads.manifest.figures.push(figure_of_strength(strength.order));
    let figures = figures_between(&heads, own, vectors)?;
    heads.manifest.figures.extend(figures);
    Ok(Training { heads, log })
}

/// Mean vector of the public texts that heads learn from, for comparing branches.
///
/// # Errors
/// Data or the encoder are missing.
pub fn mean_of_training_texts(data: &DataFolder, vectors: &mut Vectors) -> Result<Vec<f32>> {
    let names = Heads::shipped()?.manifest.data;
    mean_vector(data, vectors, &names)
}

/// Mean mention vector of the texts of all sets but the project's own, which say more than most texts.
fn mean_vector(data: &DataFolder, vectors: &mut Vectors, sources: &[DataSource]) -> Result<Vec<f32>> {
    let mut texts = Vec::new();
    let is_own = |source: &DataSource| sources::OWN.iter().any(|own| own.name == source.name);
    for source in most_used(sources.to_vec()).iter().filter(|source| !is_own(source)) {
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
    let mut add = |task: &str, data: &str, metric: &str, value: f64| figures.push(figure(task, data, metric, value));
    for row in rows_of_heads(heads, data, vectors, &Bootstrap::default())? {
        add(&row.task, &row.data, "micro-F1", row.micro.value);
        row.macro_.iter().for_each(|macro_| add(&row.task, &row.data, "macro-F1", macro_.value));
        row.calibration_error.iter().for_each(|&error| add(&row.task, &row.data, "ECE", error));
    }
    let held_out = "actions and unrelated tweets, the tenth held out";
    add("action", held_out, "micro-F1", action.score.micro);
    add("action", held_out, "macro-F1", action.score.macro_);
    Ok(figures)
}

fn figure_of_strength(order: f64) -> Figure {
    figure(STRENGTH_TASK, "degrees, the tenth held out", "steps in order", order)
}

const STRENGTH_TASK: &str = "strength";
const FRICTION_TASK: &str = "friction";
const HANDOVER_TASK: &str = "handover told in words";

/// Of friction and handover on the test half of the gold comments.
fn figures_between(heads: &Heads, own: &OwnFiles, vectors: &mut Vectors) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for report in FrictionReport::on_gold(heads, &own.gold, Split::Test, vectors)? {
        let task = format!("{FRICTION_TASK} {}", report.kind);
        figures.push(figure(&task, &report.data, "precision", report.head.precision));
        figures.push(figure(&task, &report.data, "recall", report.head.recall));
        figures.push(figure(&task, &report.data, "F1", report.head.f1));
        figures.push(figure(&task, &report.data, "ECE", report.calibration_error));
    }
    let report = HandoverReport::on_gold(heads, &own.gold, Split::Test, vectors)?;
    figures.push(figure(HANDOVER_TASK, &report.data, "precision", report.head.precision));
    figures.push(figure(HANDOVER_TASK, &report.data, "recall", report.head.recall));
    figures.push(figure(HANDOVER_TASK, &report.data, "F1", report.head.f1));
    Ok(figures)
}

fn figure(task: &str, data: &str, metric: &str, value: f64) -> Figure {
    let value = (value * 1e4).round() / 1e4;
    Figure { task: task.to_owned(), data: data.to_owned(), metric: metric.to_owned(), value }
}

fn protocol(head: &str, trials: &[Trial], chosen: &Trial) -> String {
    format!("{}\nchosen: {:?}\n", TrialTable { head, trials }, chosen)
}

fn class_names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Every combination.
fn grid(l2s: &[f64], balances: &[f64]) -> Vec<Settings> {
    l2s.iter().flat_map(|&l2| balances.iter().map(move |&balance| Settings { l2, balance })).collect()
}
