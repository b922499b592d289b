//! The label branch learns from the texts of all heads at once, but for the tenth that is held out.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use klartext_models::encoder::{Branch, LabelBranch, Precision, Tokenizer};
use klartext_models::friction::FrictionKind;
use klartext_models::heads::{ACTION_CLASSES, HANDOVER_CLASSES, SENTIMENT_CLASSES};
use klartext_models::text::TextPreparer;
use klartext_models::train::{
    BranchOptions, BranchTrainer, FrozenText, JudgedTarget, LabelledTokens, Progress, Target, Task,
};

use super::friction::FrictionTexts;
use super::mentions::{LabelledText, is_held_out};
use super::softmax::Weighting;
use super::topics::TopicTexts;
use super::{action, friction, handover, most_likely, sentiment, sources};
use crate::data::{DataFolder, Example};
use crate::metrics::{F1, f1_of_classes, f1_of_sets};
use crate::parts::OwnFiles;
use crate::random::Random;
use crate::vectors::{Vectors, open_bundle, prepared_as};
use crate::{Error, Result};

/// How far rare classes are weighted up, as in the settings of the heads.
const BALANCE: f64 = 0.25;
/// How much the sentiment sets count: the public ones, the project's own clauses, the gold mentions to tune on, and the
/// texts of MobASA whose aspects are all meant alike.
const SENTIMENT_WEIGHTS: [f32; 8] = [1.0, 0.7, 1.0, 1.0, 0.7, 2.0, 3.0, 0.5];
/// Steps between two lines of the log.
const STEPS_A_LINE: usize = 10;
const CHECKPOINT_FILE: &str = "checkpoint.safetensors";

/// How a training is run.
#[derive(Debug, Clone)]
pub struct BranchTraining {
    /// The service's: it holds the encoder, and gets the vectors of all texts.
    pub cache_folder: PathBuf,
    pub options: BranchOptions,
    /// Of the texts, by a draw with the seed; 1 is all.
    pub share: f64,
    /// 0 is all cores.
    pub threads: usize,
}

/// Train and write the branch of the best epoch to `folder`; a training that was cut off goes on after its last epoch. The
/// vectors of all texts are left in the cache, where the training of the heads finds them. Returns the protocol, for people to read.
///
/// # Errors
/// Data or the encoder are missing, or the folder cannot be written.
pub fn train_branch(data: &DataFolder, own: &OwnFiles, training: &BranchTraining, folder: &Path) -> Result<String> {
    let started = Instant::now();
    let bundle = open_bundle(&training.cache_folder)?;
    let tokenizer = Tokenizer::load(&bundle)?;
    let mut curriculum = Curriculum::default();
    curriculum.read(data, own, training.options.seed)?;
    let [held_out, learnt] = curriculum.tokens(&tokenizer, training)?;
    let mut trainer = BranchTrainer::new(&bundle, &curriculum.tasks, training.options.clone(), training.threads)?;
    let checkpoint = folder.join(CHECKPOINT_FILE);
    if checkpoint.exists() {
        trainer.resume(&checkpoint)?;
    }
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    eprintln!("{} texts to learn from, {} held out; computing the frozen layers", learnt.0.len(), held_out.0.len());
    let held_out = (held_out.0, trainer.freeze(held_out.1)?);
    let learnt = (learnt.0, trainer.freeze(learnt.1)?);
    eprintln!("frozen layers done after {} s", started.elapsed().as_secs());

    let mut log = String::new();
    let mut best = f64::MIN;
    while trainer.epoch() < training.options.epochs {
        let progress = ProgressBar::no_length();
        trainer.train_epoch(&learnt.1, |seed, order| Random::new(seed).shuffle(order), |step| show(&progress, step))?;
        progress.finish_and_clear();
        let scores = curriculum.scores(&trainer, &held_out.1)?;
        let score = scores.iter().map(|(_, f1)| f1.mean()).sum::<f64>() / scores.len().max(1) as f64;
        let epoch = trainer.epoch();
        let mut line = format!("epoch {epoch}, {} s, held out {score:.4}:", started.elapsed().as_secs());
        for (what, f1) in &scores {
            let _ = write!(line, " {what} {:.3}/{:.3}", f1.micro, f1.macro_);
        }
        eprintln!("{line}");
        log += &(line + "\n");
        if score > best {
            best = score;
            trainer.write_branch(folder)?;
        }
        trainer.write_checkpoint(&checkpoint)?;
    }

    let branch = LabelBranch::read(folder)?;
    trainer.take_branch(&branch)?;
    let mut vectors = Vectors::open_with(&training.cache_folder, Precision::Float32, Branch::Labels, branch)?;
    for (keys, frozen) in [&held_out, &learnt] {
        let made = trainer.vectors(frozen)?;
        vectors.remember(keys.iter().zip(made.rows()).map(|(key, vector)| (key.0.as_str(), key.1, vector)))?;
    }
    Ok(log)
}

/// A text, and whether it is one mention.
type LessonKey = (String, bool);

fn show(bar: &ProgressBar, Progress { epoch, done, batches, loss }: Progress) {
    bar.set_length(batches as u64);
    bar.set_position(done as u64);
    if done % STEPS_A_LINE == 0 {
        let seconds = bar.elapsed().as_secs();
        eprintln!("epoch {}, step {done} of {batches}, {seconds} s, loss {loss:.4}", epoch + 1);
    }
}

/// What the branch learns.
#[derive(Default)]
struct Curriculum {
    tasks: Vec<Task>,
    /// A text that several tasks know is computed once.
    texts: HashMap<LessonKey, Lesson>,
    /// Of each task's sets; those without one are not scored.
    names: Vec<Vec<&'static str>>,
}

struct Lesson {
    is_held_out: bool,
    targets: Vec<Target>,
}

impl Curriculum {
    fn read(&mut self, data: &DataFolder, own: &OwnFiles, seed: u64) -> Result<()> {
        let (mut texts, _) = sentiment::texts(data, own)?;
        let by_aspects = SENTIMENT_WEIGHTS.len() - 1;
        for example in data.read(sources::MOBASA_ASPECTS.name)? {
            if let Some(label) = common_polarity(&example) {
                texts.push(LabelledText { id: example.id, text: example.text, set: by_aspects, label });
            }
        }
        let names = vec!["sb10k", "potts", "emotions", "mobasa", "mams", "own", "gold", "mobasa-aspects"];
        self.add_exclusive("sentiment", &SENTIMENT_CLASSES, &SENTIMENT_WEIGHTS, texts, names);

        let (texts, _) = action::texts(&own.actions, data, seed)?;
        self.add_exclusive("action", &ACTION_CLASSES, &action::SET_WEIGHTS, texts, vec!["action", ""]);

        let topics = TopicTexts::read(data, seed)?;
        let task = self.add_task("topics", topics.classes.len(), false, vec!["topics"]);
        self.add(task, topics.texts, false, |classes| (classes.clone(), 1.0));

        let relevance = data.read(sources::MOBASA_DOCUMENTS.name)?.into_iter().filter_map(|example| {
            Some(LabelledText { label: example.relevant?, id: example.id, text: example.text, set: 0 })
        });
        let task = self.add_task("relevance", 1, false, vec!["relevance"]);
        self.add(task, relevance.collect(), false, |&relevant| (Vec::from_iter(relevant.then_some(0)), 1.0));

        let FrictionTexts { own: mentions, tweets, .. } = FrictionTexts::read(&own.friction, data, seed)?;
        let task = self.add_task("friction", FrictionKind::ALL.len(), false, vec!["friction", ""]);
        self.add(task, mentions, true, |label| (label.kinds.clone(), friction::SET_WEIGHTS[0]));
        self.add(task, tweets, false, |label| (label.kinds.clone(), friction::SET_WEIGHTS[1]));

        let (texts, _) = handover::texts(&own.handover, data, seed)?;
        let (tweets, texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.set == 1);
        let task = self.add_task("handover", HANDOVER_CLASSES.len(), false, vec!["handover", ""]);
        for (texts, weight) in [texts, tweets].into_iter().zip(handover::SET_WEIGHTS) {
            self.add(task, texts, false, |&told| (Vec::from_iter(told.then_some(0)), weight));
        }
        Ok(())
    }

    /// `names` are of the sets; those without are not scored.
    fn add_task(&mut self, name: &str, classes: usize, excludes: bool, names: Vec<&'static str>) -> usize {
        self.tasks.push(Task { name: name.to_owned(), classes, excludes, sets: names.len() });
        self.names.push(names);
        self.tasks.len() - 1
    }

    fn add_exclusive(
        &mut self,
        name: &str,
        classes: &[&str],
        set_weights: &[f32],
        texts: Vec<LabelledText<usize>>,
        names: Vec<&'static str>,
    ) {
        let task = self.add_task(name, classes.len(), true, names);
        let labels = texts.iter().map(|text| (text.set, text.label));
        let weighting = Weighting::new(labels, set_weights, classes.len());
        for set in 0..set_weights.len() {
            let of_set = texts.iter().filter(|text| text.set == set).cloned().collect();
            self.add(task, of_set, false, |&class| (vec![class], weighting.weight(set, class, BALANCE)));
        }
    }

    /// `target` says which classes hold and how much that counts. A text is held out when one of its ids is.
    fn add<L>(
        &mut self,
        task: usize,
        texts: Vec<LabelledText<L>>,
        is_mention: bool,
        target: impl Fn(&L) -> (Vec<usize>, f32),
    ) {
        for text in texts {
            let (classes, weight) = target(&text.label);
            let lesson = self.texts.entry((text.text, is_mention));
            let lesson = lesson.or_insert(Lesson { is_held_out: false, targets: Vec::new() });
            lesson.is_held_out |= is_held_out(&text.id);
            lesson.targets.push(Target { task, set: text.set, classes, weight });
        }
    }

    /// What is held out, and what is learnt from. Texts of more than one of the encoder's windows are left out.
    fn tokens(
        &self,
        tokenizer: &Tokenizer,
        training: &BranchTraining,
    ) -> Result<[(Vec<&LessonKey>, Vec<LabelledTokens>); 2]> {
        let preparer = TextPreparer::default();
        let mut keys: Vec<&LessonKey> = self.texts.keys().collect();
        keys.sort_unstable();
        let count = (keys.len() as f64 * training.share).round() as usize;
        let mut parts = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for key in Random::new(training.options.seed).draw(keys, count) {
            let (text, is_mention) = key;
            let lesson = &self.texts[key];
            let prepared = prepared_as(&preparer, text, *is_mention);
            let tokens = tokenizer.tokenise_mentions(&prepared.text, &prepared.mentions)?;
            if tokens.window_costs().count() == 1 {
                let (keys, texts) = &mut parts[usize::from(!lesson.is_held_out)];
                keys.push(key);
                texts.push(LabelledTokens { tokens, targets: lesson.targets.clone() });
            }
        }
        Ok(parts)
    }

    /// Of every named set of every task on what is held out.
    fn scores(&self, trainer: &BranchTrainer, held_out: &[FrozenText]) -> Result<Vec<(&'static str, F1)>> {
        let judged = trainer.judge(held_out)?;
        let mut scores = Vec::new();
        for (task, names) in self.names.iter().enumerate() {
            for (set, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
                let is_of_set = |judged: &&JudgedTarget| judged.target.task == task && judged.target.set == set;
                let of_set: Vec<&JudgedTarget> = judged.iter().filter(is_of_set).collect();
                if !of_set.is_empty() {
                    scores.push((*name, self.score(task, &of_set)));
                }
            }
        }
        Ok(scores)
    }

    fn score(&self, task: usize, judged: &[&JudgedTarget]) -> F1 {
        let truth: Vec<Vec<usize>> = judged.iter().map(|judged| judged.target.classes.clone()).collect();
        if self.tasks[task].excludes {
            let given: Vec<usize> = judged.iter().map(|judged| most_likely(&judged.logits)).collect();
            return f1_of_classes(&truth.concat(), &given);
        }
        let holds = |logits: &[f32]| (0..logits.len()).filter(|&class| logits[class] >= 0.0).collect();
        let given: Vec<Vec<usize>> = judged.iter().map(|judged| holds(&judged.logits)).collect();
        f1_of_sets(&truth, &given)
    }
}

/// The class that all aspects of a text have.
fn common_polarity(example: &Example) -> Option<usize> {
    let mut polarities = example.aspects.iter().map(|aspect| aspect.polarity);
    let first = polarities.next()?;
    polarities.all(|polarity| polarity == first).then_some(first)?.class()
}
