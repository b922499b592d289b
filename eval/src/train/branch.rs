//! The label branch learns from the texts of all heads at once, but for the tenth that is held out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use indicatif::ProgressBar;
use klartext_models::encoder::{Branch, LabelBranch, Precision, Tokenizer};
use klartext_models::friction::FrictionKind;
use klartext_models::heads::{ACTION_CLASSES, HANDOVER_CLASSES, SENTIMENT_CLASSES};
use klartext_models::text::TextPreparer;
use klartext_models::train::{
    BranchOptions, BranchTrainer, FrozenText, JudgedTarget, LabelledPiece, LabelledTokens, Progress, Target, Task,
};

use super::friction::FrictionTexts;
use super::handover::HandoverTexts;
use super::journeys::JourneyTexts;
use super::mentions::{LabelledText, is_held_out};
use super::mistyped::mistyped;
use super::softmax::Weighting;
use super::strength::{self, DEGREE_CLASSES};
use super::topics::TopicTexts;
use super::{Draw, action, friction, handover, journeys, most_likely, sentiment, sources};
use crate::data::DataFolder;
use crate::metrics::{F1, f1_of_classes, f1_of_sets};
use crate::parts::OwnFiles;
use crate::random::Random;
use crate::vectors::{Passage, Vectors, open_bundle};
use crate::{Error, Result};

/// How far rare classes are weighted up, as in the settings of the heads.
const BALANCE: f64 = 0.25;
/// How much the sentiment sets count: the public ones, the project's own clauses and statements in three degrees, the gold mentions to
/// tune on, those of the written comments, and the texts of MobASA whose aspects are all meant alike.
const SENTIMENT_WEIGHTS: [f32; 10] = [1.0, 0.7, 1.0, 1.0, 0.7, 2.0, 2.0, 3.0, 3.0, 0.5];
/// Names of the sets of the project's own texts among those whose classes exclude each other.
const OWN_SETS: [&str; 6] = ["own", "degrees", "gold", "comments", "action", "strength"];
/// How often an epoch has a comment with several labelled mentions: each shows the others, and they teach most.
const TIMES_OF_COMMENTS: usize = 2;
/// Of the texts to learn from, how many are learnt as they are typed in a hurry.
const MISTYPED: f64 = 0.15;
/// Steps between two lines of the log.
const STEPS_A_LINE: usize = 10;
const CHECKPOINT_FILE: &str = "checkpoint.safetensors";

/// How a training is run.
#[derive(Debug, Clone)]
pub struct BranchTraining {
    /// The service's: it holds the encoder, and gets the vectors of all texts.
    pub cache_folder: PathBuf,
    pub options: BranchOptions,
    /// Folder of the branch where it starts; without one, at the published layers.
    pub from: Option<PathBuf>,
    /// Of the public sets' texts, by a draw with the seed; 1 is all. The project's own texts are always all there.
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
    if let Some(from) = &training.from {
        trainer.take_branch(&LabelBranch::read(from)?)?;
    }
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
    trainer.compute_in_float32();
    let mut vectors = Vectors::open_with(&training.cache_folder, Precision::Float32, Branch::Labels, branch)?;
    for (passages, frozen) in [&held_out, &learnt] {
        vectors.remember(passages.iter().map(AsRef::as_ref), &trainer.vectors(frozen)?)?;
    }
    Ok(log)
}

fn show(bar: &ProgressBar, Progress { epoch, done, batches, loss }: Progress) {
    bar.set_length(batches as u64);
    bar.set_position(done as u64);
    if done % STEPS_A_LINE == 0 {
        let seconds = bar.elapsed().as_secs();
        eprintln!("epoch {}, step {done} of {batches}, {seconds} s, loss {loss:.4}", epoch + 1);
    }
}

/// Whose texts are learnt from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Public,
    Own,
}

/// Passages as they are read, and the tokens of each.
type TokensOfPassages<'a> = (Vec<Cow<'a, Passage>>, Vec<LabelledTokens>);

/// What the branch learns.
#[derive(Default)]
struct Curriculum {
    tasks: Vec<Task>,
    /// A passage that several tasks know is computed once.
    lessons: HashMap<Arc<Passage>, Lesson>,
    /// Of each task's sets; those without one are not scored.
    names: Vec<Vec<String>>,
}

struct Lesson {
    is_held_out: bool,
    /// Of the project's own texts.
    is_own: bool,
    /// Of each piece.
    targets: Vec<Vec<Target>>,
}

impl Curriculum {
    fn read(&mut self, data: &DataFolder, own: &OwnFiles, seed: u64) -> Result<()> {
        let (mut texts, _) = sentiment::texts(data, own, Draw { share: 1.0, seed })?;
        let by_aspects = SENTIMENT_WEIGHTS.len() - 1;
        texts.extend(sentiment::texts_of_aspects(data, by_aspects)?);
        let names = vec![
            "sb10k",
            "potts",
            "emotions",
            "mobasa",
            "mams",
            "own",
            "degrees",
            "gold",
            "comments",
            "mobasa-aspects",
        ];
        self.add_exclusive("sentiment", &SENTIMENT_CLASSES, &SENTIMENT_WEIGHTS, texts, names);

        self.add_exclusive("strength", &DEGREE_CLASSES, &[1.0], strength::texts(own)?, vec!["strength"]);

        let (texts, _) = action::texts(&own.actions, data, seed)?;
        self.add_exclusive("action", &ACTION_CLASSES, &action::SET_WEIGHTS, texts, vec!["action", ""]);

        let topics = TopicTexts::read(data, seed)?;
        let task = self.add_task("topics", topics.classes.len(), false, vec!["topics"]);
        self.add(task, topics.texts, Origin::Public, |text| (text.label.clone(), 1.0));

        let relevance = data.read(sources::MOBASA_DOCUMENTS.name)?.into_iter().filter_map(|example| {
            let label = example.relevant?;
            Some(LabelledText::new(example.id, example.text, 0, label))
        });
        let task = self.add_task("relevance", 1, false, vec!["relevance"]);
        self.add(task, relevance.collect(), Origin::Public, |text| (Vec::from_iter(text.label.then_some(0)), 1.0));

        let FrictionTexts { own: mentions, tweets, in_comments, .. } = FrictionTexts::read(own, data, seed)?;
        let names = vec!["friction", "", "friction-comments", "public"];
        let task = self.add_task("friction", FrictionKind::ALL.len(), false, names);
        let sets = [(mentions, Origin::Own), (tweets, Origin::Public), (in_comments, Origin::Own)];
        for (texts, origin) in sets {
            self.add(task, texts, origin, |text| (text.label.kinds.clone(), friction::SET_WEIGHTS[text.set]));
        }

        for name in journeys::NAMES {
            self.add_journey(JourneyTexts::read(own, data, name)?);
        }

        let HandoverTexts { clauses, tweets, in_comments, .. } = HandoverTexts::read(own, data, seed)?;
        let names = vec!["handover", "", "handover-comments"];
        let task = self.add_task("handover", HANDOVER_CLASSES.len(), false, names);
        let sets = [(clauses, Origin::Own), (tweets, Origin::Public), (in_comments, Origin::Own)];
        for (texts, origin) in sets {
            let told = |text: &LabelledText<bool>| Vec::from_iter(text.label.then_some(0));
            self.add(task, texts, origin, |text| (told(text), handover::SET_WEIGHTS[text.set]));
        }
        Ok(())
    }

    fn add_journey(&mut self, texts: JourneyTexts) {
        let JourneyTexts { name, touchpoints, about, topics, tagged } = texts;
        let touchpoint_task = format!("touchpoints-{name}");
        let names = vec![touchpoint_task.as_str(), "", "public", ""];
        let task = self.add_task(&touchpoint_task, touchpoints.len(), true, names);
        self.add(task, about, Origin::Own, |text| (vec![text.label], journeys::SET_WEIGHTS[text.set]));
        let topic_task = format!("topics-{name}");
        let task = self.add_task(&topic_task, topics.len(), false, vec![&topic_task, "", "public", ""]);
        self.add(task, tagged, Origin::Own, |text| (text.label.clone(), journeys::SET_WEIGHTS[text.set]));
    }

    /// `names` are of the sets; those without are not scored.
    fn add_task(&mut self, name: &str, classes: usize, excludes: bool, names: Vec<&str>) -> usize {
        self.tasks.push(Task { name: name.to_owned(), classes, excludes, sets: names.len() });
        self.names.push(names.into_iter().map(str::to_owned).collect());
        self.tasks.len() - 1
    }

    fn add_exclusive(
        &mut self,
        name: &str,
        classes: &[&str],
        set_weights: &[f32],
        texts: Vec<LabelledText<usize>>,
        names: Vec<&str>,
    ) {
        let task = self.add_task(name, classes.len(), true, names.clone());
        let labels = texts.iter().map(|text| (text.set, text.label));
        let weighting = Weighting::new(labels, set_weights, classes.len());
        for (set, name) in names.iter().enumerate() {
            let of_set = texts.iter().filter(|text| text.set == set).cloned().collect();
            let origin = if OWN_SETS.contains(name) { Origin::Own } else { Origin::Public };
            self.add(task, of_set, origin, |text| (vec![text.label], weighting.weight(set, text.label, BALANCE)));
        }
    }

    /// `target` says which classes hold and how much that counts. A text is held out when one of its ids is.
    fn add<L>(
        &mut self,
        task: usize,
        texts: Vec<LabelledText<L>>,
        origin: Origin,
        target: impl Fn(&LabelledText<L>) -> (Vec<usize>, f32),
    ) {
        for text in texts {
            let (classes, weight) = target(&text);
            let targets = vec![Vec::new(); text.passage.pieces()];
            let lesson = self.lessons.entry(text.passage);
            let lesson = lesson.or_insert(Lesson { is_held_out: false, is_own: false, targets });
            lesson.is_held_out |= is_held_out(&text.id);
            lesson.is_own |= origin == Origin::Own;
            lesson.targets[text.piece].push(Target { task, set: text.set, classes, weight });
        }
    }

    /// What is held out, and what is learnt from. Texts of more than one of the encoder's windows are left out.
    fn tokens(&self, tokenizer: &Tokenizer, training: &BranchTraining) -> Result<[TokensOfPassages<'_>; 2]> {
        let preparer = TextPreparer::default();
        let mut lessons: Vec<(&Passage, &Lesson)> =
            self.lessons.iter().map(|(passage, lesson)| (passage.as_ref(), lesson)).collect();
        lessons.sort_unstable_by_key(|(passage, _)| *passage);
        let (own, public): (Vec<_>, Vec<_>) = lessons.into_iter().partition(|(_, lesson)| lesson.is_own);
        let count = (public.len() as f64 * training.share).round() as usize;
        let mut random = Random::new(training.options.seed);
        let public = random.draw(public, count);
        let mut parts = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for (passage, lesson) in own.into_iter().chain(public) {
            let times = if passage.pieces() > 1 { TIMES_OF_COMMENTS } else { 1 };
            let is_mistyped = !lesson.is_held_out && random.uniform() < MISTYPED;
            let typed = if is_mistyped { Cow::Owned(mistyped(passage, &mut random)) } else { Cow::Borrowed(passage) };
            if let Some(text) = labelled_tokens(&typed, &lesson.targets, times, &preparer, tokenizer)? {
                let (passages, texts) = &mut parts[usize::from(!lesson.is_held_out)];
                passages.push(typed);
                texts.push(text);
            }
        }
        Ok(parts)
    }

    /// Of every named set of every task on what is held out.
    fn scores(&self, trainer: &BranchTrainer, held_out: &[FrozenText]) -> Result<Vec<(&str, F1)>> {
        let judged = trainer.judge(held_out)?;
        let mut scores = Vec::new();
        for (task, names) in self.names.iter().enumerate() {
            for (set, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
                let is_of_set = |judged: &&JudgedTarget| judged.target.task == task && judged.target.set == set;
                let of_set: Vec<&JudgedTarget> = judged.iter().filter(is_of_set).collect();
                if !of_set.is_empty() {
                    scores.push((name.as_str(), self.score(task, &of_set)));
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

/// A passage with the targets of each of its pieces; `None` for one of more than one of the encoder's windows.
pub(super) fn labelled_tokens(
    passage: &Passage,
    targets: &[Vec<Target>],
    times: usize,
    preparer: &TextPreparer,
    tokenizer: &Tokenizer,
) -> Result<Option<LabelledTokens>> {
    let prepared = passage.prepared(preparer);
    let tokens = tokenizer.tokenise_mentions(&prepared.text, &prepared.mentions)?;
    if tokens.window_costs().count() != 1 {
        return Ok(None);
    }
    let pieces = prepared.pieces.into_iter().zip(targets);
    let labelled = |(bytes, targets): (_, &Vec<Target>)| LabelledPiece { bytes, targets: targets.clone() };
    Ok(Some(LabelledTokens { tokens, pieces: pieces.map(labelled).collect(), times }))
}
