//! Touchpoints and topics of the journeys that ship: heads beside what any journey learns from its examples.

use std::fs;
use std::ops::Range;

use klartext_models::heads::{self, NO_TOUCHPOINT, TouchpointHead};
use serde::Deserialize;

use super::mentions::{HELD_OUT, LabelledComment, LabelledText, Mentions};
use super::softmax::Tempered;
use super::topics::{self, TrainedTopics};
use super::trials::Trial;
use super::{grid, softmax, sources};
use crate::data::DataFolder;
use crate::metrics::f1_of_sets;
use crate::parts::OwnFiles;
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Those that have heads, by their ids; a head has the name of its journey.
pub const NAMES: [&str; 2] = ["public-transport", "generic"];
/// How much a mention of the written comments counts, one of the gold comments to tune on, one of public texts, and one of a
/// journey's examples, which stand alone and say what they are about more plainly than mentions do.
pub const SET_WEIGHTS: [f32; 4] = [1.0, 1.5, 1.0, 0.5];
/// The sets of customers' comments.
const COMMENTS: Range<usize> = 0..2;
const PUBLIC: usize = 2;
const EXAMPLES: usize = 3;

/// Mentions of comments of one journey, and the journey's examples.
pub struct JourneyTexts {
    pub name: &'static str,
    /// Ids; the first class is that of mentions that are about none.
    pub touchpoints: Vec<String>,
    pub about: Vec<LabelledText<usize>>,
    pub topics: Vec<String>,
    /// Positions in `topics`.
    pub tagged: Vec<LabelledText<Vec<usize>>>,
}

/// Of a journey's YAML file.
#[derive(Deserialize)]
struct JourneyFile {
    touchpoints: Vec<LabelFile>,
    topics: Vec<LabelFile>,
}

#[derive(Deserialize)]
struct LabelFile {
    id: String,
    #[serde(default)]
    examples: Vec<String>,
}

impl JourneyFile {
    fn read(own: &OwnFiles, name: &str) -> Result<Self> {
        let path = own.journeys.join(format!("{name}.yaml"));
        let yaml = fs::read_to_string(&path).map_err(Error::io(&path))?;
        serde_saphyr::from_str(&yaml).map_err(|error| Error::Data(format!("{}: {error}", path.display())))
    }
}

fn ids(labels: &[LabelFile]) -> Vec<String> {
    labels.iter().map(|label| label.id.clone()).collect()
}

/// A journey's touchpoints, by id.
///
/// # Errors
/// Its file is missing or broken.
pub fn touchpoints(own: &OwnFiles, name: &str) -> Result<Vec<String>> {
    Ok(ids(&JourneyFile::read(own, name)?.touchpoints))
}

impl JourneyTexts {
    /// # Errors
    /// A file is missing, or names a label that the journey has not.
    pub fn read(own: &OwnFiles, data: &DataFolder, name: &'static str) -> Result<Self> {
        let journey = JourneyFile::read(own, name)?;
        let touchpoints = [vec![NO_TOUCHPOINT.to_owned()], ids(&journey.touchpoints)].concat();
        let mut texts = Self { name, touchpoints, about: Vec::new(), topics: ids(&journey.topics), tagged: Vec::new() };
        let sets = [
            LabelledComment::read_written(&own.comments)?,
            LabelledComment::read_tune(&own.gold)?,
            LabelledComment::read_public(&own.public, data)?,
        ];
        for (set, comments) in sets.iter().enumerate() {
            texts.add(set, comments)?;
        }
        for (class, touchpoint) in (1..).zip(&journey.touchpoints) {
            texts.about.extend(examples(&touchpoint.examples, class));
        }
        let background = fs::read_to_string(&own.background).map_err(Error::io(&own.background))?;
        let lines: Vec<String> = background.lines().map(str::to_owned).collect();
        texts.about.extend(examples(&lines, 0));
        for (class, topic) in journey.topics.iter().enumerate() {
            texts.tagged.extend(examples(&topic.examples, vec![class]));
        }
        texts.tagged.extend(examples(&lines, Vec::new()));
        Ok(texts)
    }

    fn add(&mut self, set: usize, comments: &[LabelledComment]) -> Result<()> {
        let position = |classes: &[String], label: &str| {
            let position = classes.iter().position(|class| class == label);
            position
                .ok_or_else(|| Error::Data(format!("a labelled comment names {label}, which {} has not", self.name)))
        };
        let of_journey = || comments.iter().filter(|comment| comment.journey == self.name);
        let about = LabelledComment::mentions(of_journey(), set, |_, mention| {
            position(&self.touchpoints, mention.touchpoint.as_deref().unwrap_or(NO_TOUCHPOINT)).map(Some)
        })?;
        let tagged = LabelledComment::mentions(of_journey(), set, |_, mention| {
            mention.topics.iter().map(|topic| position(&self.topics, topic)).collect::<Result<Vec<_>>>().map(Some)
        })?;
        self.about.extend(about);
        self.tagged.extend(tagged);
        Ok(())
    }
}

fn examples<L: Clone>(texts: &[String], label: L) -> impl Iterator<Item = LabelledText<L>> {
    texts.iter().map(move |text| LabelledText::new(text.clone(), text.clone(), EXAMPLES, label.clone()))
}

/// The heads of one journey.
pub struct JourneyHeads {
    pub touchpoints: TouchpointHead,
    pub trials: Vec<Trial>,
    pub chosen: Trial,
    /// Of the touchpoints of comments that were held out, after calibration.
    pub calibration_error: f64,
    pub topics: TrainedTopics,
}

/// Train the heads of one journey.
///
/// # Errors
/// As [`JourneyTexts::read`], or the encoder is missing.
pub fn train(own: &OwnFiles, data: &DataFolder, name: &'static str, vectors: &mut Vectors) -> Result<JourneyHeads> {
    let texts = JourneyTexts::read(own, data, name)?;
    let mentions = Mentions::encode(vectors, name, &texts.about)?;
    let candidates = grid(&[1e-3, 3e-3, 1e-2, 3e-2], &[0.0, 0.3]);
    let choice = softmax::choose(&mentions, &SET_WEIGHTS, &texts.touchpoints, &HELD_OUT, &candidates)?;
    let mut linear = choice.linear;
    let of_comments = choice.held_out.iter().filter(|judged| COMMENTS.contains(&judged.mention.set));
    let tempered = softmax::temper(&mut linear, of_comments);
    let threshold = best_threshold(&tempered);

    let used = vec![
        sources::COMMENTS.used(texts.about.iter().filter(|text| text.set == 0).count()),
        sources::GOLD_TUNE.used(texts.about.iter().filter(|text| text.set == 1).count()),
        sources::PUBLIC.used(texts.about.iter().filter(|text| text.set == PUBLIC).count()),
        sources::JOURNEYS.used(texts.about.iter().filter(|text| text.set == EXAMPLES).count()),
    ];
    let tagged = Mentions::encode(vectors, name, &texts.tagged)?;
    Ok(JourneyHeads {
        touchpoints: TouchpointHead { name: name.to_owned(), linear, threshold },
        trials: choice.trials,
        chosen: choice.chosen,
        calibration_error: tempered.calibration_error,
        topics: topics::fit_head(name, &tagged, &texts.topics, COMMENTS, used)?,
    })
}

/// The probability from which on naming the likeliest touchpoint has the best F1; class 0 is none.
fn best_threshold(Tempered { logits, labels, .. }: &Tempered) -> f32 {
    let named = |class: usize| Vec::from_iter((class > 0).then_some(class));
    let truth: Vec<Vec<usize>> = labels.iter().map(|&class| named(class)).collect();
    let likeliest: Vec<(usize, f32)> = logits
        .iter()
        .map(|logits| {
            let class = softmax::most_likely(logits);
            (class, heads::softmax(logits)[class])
        })
        .collect();
    let f1 = |threshold: f32| {
        let given =
            |&(class, probability): &(usize, f32)| if probability >= threshold { named(class) } else { Vec::new() };
        f1_of_sets(&truth, &likeliest.iter().map(given).collect::<Vec<_>>()).micro
    };
    // Whatever is much less likely is a guess, which looks like knowledge to whoever reads it.
    let steps = (25..=70).map(|percent| percent as f32 / 100.0);
    steps.max_by(|&left, &right| f1(left).total_cmp(&f1(right)).then(right.total_cmp(&left))).unwrap_or(0.5)
}
