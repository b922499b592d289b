//! Fine-tuning of the label branch: the layers above the fork learn several tasks at once, with libtorch's gradients.
//!
//! The layers below are frozen, so their states are computed once for all texts. Each task has a linear head on pooled
//! states, only to train by; what ships is fitted afterwards on the branch' vectors. A head has a bias of its own for
//! each data set, so that the sets' habits of labelling do not become the network's.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::thread;

use rust_bert::bert::{BertConfig, BertLayer};
use tch::nn::{self, Init};
use tch::{Device, Kind, Tensor};

use super::Matrix;
use super::adamw::{AdamW, Parameter};
use crate::bundle::Bundle;
use crate::encoder::{
    Encoder, EncoderOptions, Group, LabelBranch, LayerParameters, Precision, Tokens, Weights, comment_mask, layers_in,
    through,
};
use crate::{Error, Result, VECTOR_SIZE};

/// How much faster heads learn than layers: they start from nothing.
const HEAD_RATE: f64 = 20.0;
/// Batches whose texts are sorted by length together, so that little is computed on padding.
const BATCHES_SORTED_TOGETHER: usize = 32;
/// Where the store of a replica has the branch' layers.
const LAYERS: &str = "layer";

/// What can be true of a piece of text.
#[derive(Debug, Clone)]
pub struct Task {
    pub name: String,
    pub classes: usize,
    /// Exactly one class holds (softmax), else each may or may not (sigmoids).
    pub excludes: bool,
    /// Data sets that the targets come from.
    pub sets: usize,
}

/// What is true of a piece of a text.
#[derive(Debug, Clone)]
pub struct Target {
    /// Position among the tasks.
    pub task: usize,
    /// Which of the task's data sets says so.
    pub set: usize,
    /// Classes that hold.
    pub classes: Vec<usize>,
    /// How much it counts; 1 is usual.
    pub weight: f32,
}

/// A text with what is true of its pieces: of the whole of it, or of its mentions, each as it is meant in this text.
#[derive(Debug)]
pub struct LabelledTokens {
    pub tokens: Tokens,
    pub pieces: Vec<LabelledPiece>,
    /// How often an epoch has it.
    pub times: usize,
}

#[derive(Debug, Clone)]
pub struct LabelledPiece {
    /// In the text.
    pub bytes: Range<usize>,
    pub targets: Vec<Target>,
}

#[derive(Debug, Clone)]
pub struct BranchOptions {
    /// The first layer that is trained, 0 to 11; those below stay as published.
    pub fork: usize,
    /// Highest rate of learning of the layers.
    pub rate: f64,
    /// Share of all steps in which the rate rises to it; then it falls to 0.
    pub warm_up: f64,
    /// Share of the states that a layer loses while it learns, from 0 to less than 1.
    pub dropout: f64,
    /// Texts a step.
    pub batch: usize,
    pub epochs: usize,
    pub seed: u64,
    /// What layers compute in. Rates are applied, and sums kept, in float32 always.
    pub precision: Precision,
}

impl Default for BranchOptions {
    fn default() -> Self {
        Self {
            fork: 3,
            rate: 1e-4,
            warm_up: 0.1,
            dropout: 0.1,
            batch: 64,
            epochs: 4,
            seed: 1,
            precision: Precision::Auto,
        }
    }
}

/// A text's states below the fork.
pub struct FrozenText {
    /// Tokens x 384, prefix and special ones included.
    states: Vec<f32>,
    groups: Vec<Group>,
    pieces: Vec<FrozenPiece>,
    times: usize,
}

struct FrozenPiece {
    tokens: Range<usize>,
    targets: Vec<Target>,
}

/// What the heads that the branch is trained by say about one target.
#[derive(Debug, Clone)]
pub struct JudgedTarget {
    pub target: Target,
    /// One a class, with the bias of the target's data set.
    pub logits: Vec<f32>,
}

/// Where a training is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub epoch: usize,
    /// Batches of this epoch that are done, and all of them.
    pub done: usize,
    pub batches: usize,
    /// Mean of this epoch so far.
    pub loss: f64,
}

pub struct BranchTrainer {
    encoder: Encoder,
    options: BranchOptions,
    /// The published layers from the fork on.
    published: Vec<LayerParameters>,
    /// One for each thread; they share the parameters and have gradients of their own.
    replicas: Vec<Replica>,
    /// What is learnt, in float32: a step is often smaller than what bfloat16 tells apart. The replicas' layers are these, or
    /// rounded from them after each step.
    parameters: Vec<Parameter>,
    optimiser: AdamW,
    device: Device,
    kind: Kind,
    /// The next epoch.
    epoch: usize,
}

struct Replica {
    layers: Vec<BertLayer>,
    heads: Vec<Head>,
    store: nn::VarStore,
}

struct Head {
    task: Task,
    /// Classes x 384.
    weights: Tensor,
    bias: Tensor,
    /// Sets x classes.
    set_bias: Tensor,
}

impl BranchTrainer {
    /// The branch starts as the published layers. Uses CUDA when libtorch has it, else `threads` threads (0 is all
    /// cores).
    ///
    /// # Errors
    /// A weights file that is missing or broken.
    pub fn new(bundle: &Bundle, tasks: &[Task], options: BranchOptions, threads: usize) -> Result<Self> {
        let device = Device::cuda_if_available();
        let branch = LabelBranch::unchanged(options.fork);
        let encoder_options = EncoderOptions { precision: Precision::Float32, threads, ..EncoderOptions::default() };
        let encoder = Encoder::load_with(bundle, &branch, encoder_options)?;
        let weights = Weights::read(bundle, &branch, device, Kind::Float)?;
        let mut replicas: Vec<Replica> = Vec::new();
        for _ in 0..encoder.threads() {
            replicas.push(Replica::new(&weights, tasks, &options, device));
        }
        let published: Vec<LayerParameters> = (options.fork..weights.layers())
            .map(|layer| weights.published_layer(layer).map(|(name, tensor)| (name, tensor.copy())).collect())
            .collect();
        let first = replicas.first().ok_or_else(|| Error::Training("no threads".to_owned()))?;
        let mut parameters: Vec<Parameter> = first.parameters();
        parameters.iter_mut().for_each(|parameter| parameter.tensor = parameter.tensor.detach());
        let optimiser = AdamW::new(&mut parameters);
        tch::manual_seed(options.seed as i64);
        let kind = match options.precision.resolve(device) {
            Precision::Bfloat16 => Kind::BFloat16,
            Precision::Auto | Precision::Float32 => Kind::Float,
        };
        let mut trainer =
            Self { encoder, options, published, replicas, parameters, optimiser, device, kind: Kind::Float, epoch: 0 };
        trainer.take_branch(&branch)?;
        trainer.compute_in(kind);
        Ok(trainer)
    }

    /// For vectors to the last digit, when nothing more is learnt.
    pub fn compute_in_float32(&mut self) {
        self.compute_in(Kind::Float);
    }

    fn compute_in(&mut self, kind: Kind) {
        self.kind = kind;
        let kind_of = |parameter: &Parameter| if parameter.name.starts_with(LAYERS) { kind } else { Kind::Float };
        let shared: Vec<Tensor> =
            self.parameters.iter().map(|parameter| parameter.tensor.to_kind(kind_of(parameter))).collect();
        for replica in &mut self.replicas {
            for (own, shared) in replica.parameters().iter_mut().zip(&shared) {
                own.tensor.set_data(shared);
            }
        }
    }

    /// Let the replicas' layers follow the parameters.
    fn round(&mut self) {
        if self.kind == Kind::Float {
            return;
        }
        tch::no_grad(|| {
            for (own, parameter) in self.replicas[0].parameters().iter_mut().zip(&self.parameters) {
                if own.tensor.kind() != parameter.tensor.kind() {
                    own.tensor.copy_(&parameter.tensor);
                }
            }
        });
    }

    /// The states of texts below the fork, on which everything else works: 1.5 KB a token.
    ///
    /// # Errors
    /// A text of more than one window, a piece without tokens.
    pub fn freeze(&self, texts: Vec<LabelledTokens>) -> Result<Vec<FrozenText>> {
        if texts.iter().any(|text| text.tokens.window_costs().count() != 1) {
            return Err(Error::Training("a text has more than one window".to_owned()));
        }
        let has_tokens =
            |text: &LabelledTokens| text.pieces.iter().all(|piece| !text.tokens.places(&piece.bytes).is_empty());
        if !texts.iter().all(has_tokens) {
            return Err(Error::Training("a piece has no tokens".to_owned()));
        }
        let states = self.encoder.forked_states(texts.iter().map(|text| &text.tokens))?;
        let frozen = |(text, states): (LabelledTokens, Vec<f32>)| {
            let LabelledTokens { tokens, pieces, times } = text;
            let frozen_piece =
                |piece: LabelledPiece| FrozenPiece { tokens: tokens.places(&piece.bytes), targets: piece.targets };
            let groups = tokens.groups().to_vec();
            FrozenText { states, groups, pieces: pieces.into_iter().map(frozen_piece).collect(), times }
        };
        Ok(texts.into_iter().zip(states).map(frozen).collect())
    }

    /// The next epoch, 0 first; the same as `epochs` when all are done.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// One epoch; `shuffle` puts batches in an order that depends on the number that it is given alone.
    ///
    /// # Errors
    /// The loss is no number any more.
    pub fn train_epoch(
        &mut self,
        texts: &[FrozenText],
        shuffle: impl Fn(u64, &mut [usize]),
        mut on_step: impl FnMut(Progress),
    ) -> Result<()> {
        use_one_thread();
        let seed = self.options.seed + 1_000 * self.epoch as u64;
        let batches = batches(texts, self.options.batch, seed, shuffle);
        let all_steps = (batches.len() * self.options.epochs) as f64;
        let mut loss = 0.0;
        for (done, batch) in batches.iter().enumerate() {
            let step = self.optimiser.steps() as f64 + 1.0;
            let warm_up = (all_steps * self.options.warm_up).max(1.0);
            let share = (step / warm_up).min((all_steps - step) / (all_steps - warm_up).max(1.0)).max(0.0);
            let texts: Vec<&FrozenText> = batch.iter().map(|&text| &texts[text]).collect();
            loss += self.step(&texts, self.options.rate * share)?;
            let (done, batches) = (done + 1, batches.len());
            on_step(Progress { epoch: self.epoch, done, batches, loss: loss / done as f64 });
        }
        self.epoch += 1;
        Ok(())
    }

    fn step(&mut self, texts: &[&FrozenText], rate: f64) -> Result<f64> {
        let (kind, device) = (self.kind, self.device);
        let count = texts.len() as f64;
        let threads = self.replicas.len();
        // Every other text, because neighbours are alike in length.
        let share =
            |thread: usize| -> Vec<&FrozenText> { texts.iter().skip(thread).step_by(threads).copied().collect() };
        let losses: Vec<f64> = thread::scope(|scope| {
            let mut running = Vec::with_capacity(threads);
            for (thread, replica) in self.replicas.iter_mut().enumerate() {
                let texts = share(thread);
                running.push(scope.spawn(move || {
                    use_one_thread();
                    replica.learn(&texts, count, kind, device)
                }));
            }
            running.into_iter().map(|thread| thread.join().unwrap_or(f64::NAN)).collect()
        });
        let loss: f64 = losses.iter().sum();
        if !loss.is_finite() {
            return Err(Error::Training("the loss is no number any more".to_owned()));
        }
        let gradients = self.gradients();
        self.optimiser.step(&gradients, rate);
        self.round();
        Ok(loss)
    }

    /// The sum over the replicas, which begin anew.
    fn gradients(&mut self) -> Vec<Tensor> {
        tch::no_grad(|| {
            let mut sums: Vec<Tensor> = self.parameters.iter().map(|parameter| parameter.tensor.zeros_like()).collect();
            for replica in &mut self.replicas {
                for (sum, parameter) in sums.iter_mut().zip(&mut replica.parameters()) {
                    let mut slope = parameter.tensor.grad();
                    if slope.defined() {
                        let _ = sum.g_add_(&slope);
                        let _ = slope.zero_();
                    }
                }
            }
            sums
        })
    }

    /// The pooled vector of each piece of each text, of length 1, in their order.
    pub fn vectors(&self, texts: &[FrozenText]) -> Result<Matrix> {
        use_one_thread();
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&text| texts[text].groups.len());
        let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); texts.len()];
        for batch in order.chunks(self.options.batch) {
            let batch_texts: Vec<&FrozenText> = batch.iter().map(|&text| &texts[text]).collect();
            let pooled = tch::no_grad(|| self.replicas[0].pool(&batch_texts, self.kind, self.device, false) / LENGTH);
            let rows: Vec<f32> = Vec::try_from(pooled.to_device(Device::Cpu).contiguous().view([-1]))?;
            let mut rest = rows.as_slice();
            for &text in batch {
                let (of_text, others) = rest.split_at(texts[text].pieces.len() * VECTOR_SIZE);
                vectors[text] = of_text.to_vec();
                rest = others;
            }
        }
        Ok(vectors.iter().flat_map(|of_text| of_text.chunks_exact(VECTOR_SIZE)).collect())
    }

    /// What is said about every target of the texts' pieces, task by task.
    pub fn judge(&self, texts: &[FrozenText]) -> Result<Vec<JudgedTarget>> {
        let vectors = self.vectors(texts)?;
        let numbers = Tensor::from_slice(vectors.slice(0..vectors.len())).view([-1, VECTOR_SIZE as i64]);
        let pooled = (numbers * LENGTH).to_device(self.device);
        let mut judged = Vec::new();
        for (task, head) in self.replicas[0].heads.iter().enumerate() {
            let targets = targets_of(texts, task);
            if targets.is_empty() {
                continue;
            }
            let logits = tch::no_grad(|| head.logits_of(&pooled, &targets)).to_device(Device::Cpu).contiguous();
            let logits: Vec<f32> = Vec::try_from(logits.view([-1]))?;
            let of_targets = targets.iter().zip(logits.chunks_exact(head.task.classes));
            judged.extend(
                of_targets
                    .map(|((_, target), logits)| JudgedTarget { target: (*target).clone(), logits: logits.to_vec() }),
            );
        }
        Ok(judged)
    }

    /// Go back to a branch that was written: exactly what ships.
    ///
    /// # Errors
    /// It is of another encoder.
    pub fn take_branch(&mut self, branch: &LabelBranch) -> Result<()> {
        for (layer, published) in (self.options.fork..).zip(&self.published) {
            for (name, tensor) in published {
                let change = branch.difference(layer, name).map(|change| change.to_device(self.device));
                let value = change.map_or(tensor.shallow_clone(), |change| tensor + change);
                let place = self.place(&layer_parameter(layer, name))?;
                tch::no_grad(|| self.parameters[place].tensor.copy_(&value));
            }
        }
        self.round();
        Ok(())
    }

    /// Of a parameter.
    fn place(&self, name: &str) -> Result<usize> {
        let found = self.parameters.binary_search_by(|parameter| parameter.name.as_str().cmp(name));
        found.map_err(|_| Error::Training(format!("there is no {name}")))
    }

    /// Write the branch as it is now, for [`LabelBranch::read`].
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_branch(&self, folder: &Path) -> Result<()> {
        let fork = self.options.fork;
        let differences = |(layer, published): (usize, &LayerParameters)| -> Result<LayerParameters> {
            let difference = |(name, tensor): (&String, &Tensor)| {
                let now = &self.parameters[self.place(&layer_parameter(layer, name))?].tensor;
                Ok((name.clone(), (now - tensor).to_device(Device::Cpu)))
            };
            published.iter().map(difference).collect()
        };
        let layers: Vec<LayerParameters> = (fork..).zip(&self.published).map(differences).collect::<Result<_>>()?;
        LabelBranch::write(folder, fork, &layers)
    }

    /// Write everything that is needed to go on after the last finished epoch; whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_checkpoint(&self, path: &Path) -> Result<()> {
        let mut tensors: Vec<(String, Tensor)> = self.optimiser.state(&self.parameters);
        tensors.extend(self.parameters.iter().map(|one| (one.name.clone(), one.tensor.detach())));
        tensors.push((EPOCH.to_owned(), Tensor::from(self.epoch as i64)));
        let staging = path.with_extension("part");
        Tensor::write_safetensors(&tensors, &staging)?;
        fs::rename(&staging, path).map_err(Error::io(path))
    }

    /// Go on from a checkpoint of the same tasks and fork.
    ///
    /// # Errors
    /// The file is missing, broken, or of another training.
    pub fn resume(&mut self, path: &Path) -> Result<()> {
        let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(path)?.into_iter().collect();
        let tensor = |name: &str| -> Result<Tensor> {
            let found = tensors.get(name).ok_or_else(|| Error::format(path, format!("it has no {name}")))?;
            Ok(found.shallow_clone())
        };
        tch::no_grad(|| -> Result<()> {
            for parameter in &mut self.parameters {
                let stored = tensor(&parameter.name)?;
                if stored.size() != parameter.tensor.size() {
                    return Err(Error::format(path, format!("{} has another size", parameter.name)));
                }
                parameter.tensor.copy_(&stored);
            }
            Ok(())
        })?;
        self.round();
        self.optimiser.restore(&self.parameters, tensor)?;
        self.epoch = i64::try_from(tensor(EPOCH)?)?.try_into().unwrap_or(0);
        Ok(())
    }
}

const EPOCH: &str = "epoch";
/// Of what heads are trained on: the root of 384, so that they see numbers around 1.
const LENGTH: f64 = 19.595_917_942_265_423;

fn layer_parameter(layer: usize, name: &str) -> String {
    format!("{LAYERS}.{layer}.{name}")
}

/// Threads that share one operation wait for each other many times a step; the texts are shared out instead.
fn use_one_thread() {
    tch::set_num_threads(1);
}

/// Texts of like length in each batch; the batches in random order.
fn batches(texts: &[FrozenText], size: usize, seed: u64, shuffle: impl Fn(u64, &mut [usize])) -> Vec<Vec<usize>> {
    let repeated = |(position, text): (usize, &FrozenText)| std::iter::repeat_n(position, text.times);
    let mut order: Vec<usize> = texts.iter().enumerate().flat_map(repeated).collect();
    shuffle(seed, &mut order);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for together in order.chunks_mut(size * BATCHES_SORTED_TOGETHER) {
        together.sort_by_key(|&text| texts[text].groups.len());
        batches.extend(together.chunks(size).map(<[usize]>::to_vec));
    }
    let mut order_of_batches: Vec<usize> = (0..batches.len()).collect();
    shuffle(seed + 1, &mut order_of_batches);
    order_of_batches.into_iter().map(|batch| std::mem::take(&mut batches[batch])).collect()
}

impl Replica {
    fn new(weights: &Weights, tasks: &[Task], options: &BranchOptions, device: Device) -> Self {
        let store = nn::VarStore::new(device);
        let root = store.root();
        let config = BertConfig {
            attention_probs_dropout_prob: options.dropout,
            hidden_dropout_prob: options.dropout,
            ..weights.config()
        };
        let layers = layers_in(&root, LAYERS, options.fork..weights.layers(), &config);
        let head = |task: &Task| {
            let path = &root / "head" / &task.name;
            let (classes, width) = (task.classes as i64, VECTOR_SIZE as i64);
            Head {
                task: task.clone(),
                weights: path.var("weights", &[classes, width], Init::Const(0.0)),
                bias: path.var("bias", &[classes], Init::Const(0.0)),
                set_bias: path.var("set_bias", &[task.sets as i64, classes], Init::Const(0.0)),
            }
        };
        Self { layers, heads: tasks.iter().map(head).collect(), store }
    }

    /// In the order of their names.
    fn parameters(&self) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = self
            .store
            .variables()
            .into_iter()
            .map(|(name, tensor)| Parameter {
                rate: if name.starts_with(LAYERS) { 1.0 } else { HEAD_RATE },
                name,
                tensor,
            })
            .collect();
        parameters.sort_by(|left, right| left.name.cmp(&right.name));
        parameters
    }

    /// The mean state of each piece's tokens: pieces x 384, each of length [`LENGTH`]. With `learns` states are dropped.
    fn pool(&self, texts: &[&FrozenText], kind: Kind, device: Device, learns: bool) -> Tensor {
        let longest = texts.iter().map(|text| text.groups.len()).max().unwrap_or(0);
        let mut padded = vec![0f32; texts.len() * longest * VECTOR_SIZE];
        for (row, text) in padded.chunks_exact_mut((longest * VECTOR_SIZE).max(1)).zip(texts) {
            row[..text.states.len()].copy_from_slice(&text.states);
        }
        let shape = [texts.len() as i64, longest as i64, VECTOR_SIZE as i64];
        let states = Tensor::from_slice(&padded).view(shape).to_device(device).to_kind(kind);
        let mask = comment_mask(texts.iter().map(|text| text.groups.as_slice()), kind, device);
        let last = through(&self.layers, &states, &mask, learns);
        // Places of the pieces' tokens among those of all texts in a row, and each one's piece.
        let mut places = Vec::new();
        let mut of_pieces = Vec::new();
        let mut pieces = 0;
        for (row, text) in texts.iter().enumerate() {
            for FrozenPiece { tokens, .. } in &text.pieces {
                places.extend(tokens.clone().map(|token| (row * longest + token) as i64));
                of_pieces.extend(std::iter::repeat_n(pieces, tokens.len()));
                pieces += 1;
            }
        }
        let width = VECTOR_SIZE as i64;
        let tokens = last
            .reshape([-1, width])
            .index_select(0, &Tensor::from_slice(&places).to_device(device))
            .to_kind(Kind::Float);
        let of_pieces = Tensor::from_slice(&of_pieces).to_device(device);
        let sums = Tensor::zeros([pieces, width], (Kind::Float, device)).index_add(0, &of_pieces, &tokens);
        let lengths = sums.square().sum_dim_intlist([1i64].as_slice(), true, Kind::Float).sqrt().clamp_min(1e-6);
        sums / lengths * LENGTH
    }

    /// Adds to the gradients; returns the loss, whose sum over the replicas is the mean over `count` texts.
    fn learn(&mut self, texts: &[&FrozenText], count: f64, kind: Kind, device: Device) -> f64 {
        if texts.is_empty() {
            return 0.0;
        }
        let pooled = self.pool(texts, kind, device, true);
        let mut loss = Tensor::zeros([1], (Kind::Float, device));
        for (task, head) in self.heads.iter().enumerate() {
            let targets = targets_of(texts.iter().copied(), task);
            if !targets.is_empty() {
                loss += head.loss(&pooled, &targets);
            }
        }
        let loss = loss / count;
        loss.backward();
        loss.double_value(&[0])
    }
}

/// The targets of one task, each with the row of its piece among those of all texts.
fn targets_of<'a>(texts: impl IntoIterator<Item = &'a FrozenText>, task: usize) -> Vec<(i64, &'a Target)> {
    let pieces = (0..).zip(texts.into_iter().flat_map(|text| &text.pieces));
    let of_piece = |(row, piece): (i64, &'a FrozenPiece)| {
        piece.targets.iter().filter(move |target| target.task == task).map(move |target| (row, target))
    };
    pieces.flat_map(of_piece).collect()
}

impl Head {
    /// A row for each target, made of its row of `pooled`.
    fn logits_of(&self, pooled: &Tensor, targets: &[(i64, &Target)]) -> Tensor {
        let on_device = |numbers: Vec<i64>| Tensor::from_slice(&numbers).to_device(pooled.device());
        let rows = on_device(targets.iter().map(|(row, _)| *row).collect());
        let sets = on_device(targets.iter().map(|(_, target)| target.set as i64).collect());
        pooled.index_select(0, &rows).matmul(&self.weights.tr()) + &self.bias + self.set_bias.index_select(0, &sets)
    }

    /// The sum over the targets.
    fn loss(&self, pooled: &Tensor, targets: &[(i64, &Target)]) -> Tensor {
        let weights: Vec<f32> = targets.iter().map(|(_, target)| target.weight).collect();
        let mut held = vec![0f32; targets.len() * self.task.classes];
        for (row, (_, target)) in targets.iter().enumerate() {
            target.classes.iter().for_each(|class| held[row * self.task.classes + class] = 1.0);
        }
        let shape = [targets.len() as i64, self.task.classes as i64];
        let held = Tensor::from_slice(&held).view(shape).to_device(pooled.device());
        let logits = self.logits_of(pooled, targets);
        let losses = match self.task.excludes {
            true => -(logits.log_softmax(1, Kind::Float) * held),
            false => logits.softplus() - logits * held,
        };
        let of_targets = losses.sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        (of_targets * Tensor::from_slice(&weights).to_device(pooled.device())).sum(Kind::Float)
    }
}
