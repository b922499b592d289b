//! rust-bert's BERT on libtorch: batches of windows in, hidden states of both branches out.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use rust_bert::Activation;
use rust_bert::bert::{BertConfig, BertEmbedding, BertEmbeddings, BertLayer};
use tch::{Device, Kind, TchError, Tensor, nn};

use super::branch::LabelBranch;
use super::tokens::{Group, PAD, Window};
use super::words::WordTable;
use crate::bundle::{Bundle, EncoderShape, WEIGHTS_FILE, q4};
use crate::{Error, Result, VECTOR_SIZE};

/// Added to the attention of a token that must not be seen.
const UNSEEN: f32 = -10_000.0;
/// In the label branch' own layers, added to the attention of tokens of other mentions: they are seen, each about a third as
/// much as one's own. How a clause is meant depends on what stands beside it, but what is said in a mention is said there.
const BESIDE: f32 = -1.0;
/// Where a file of BERT's weights has its layers.
const PUBLISHED_LAYERS: &str = "encoder.layer";
/// The same for the label branch's own, which are no part of the file.
const LABEL_LAYERS: &str = "label.layer";

/// The file's tensors, ready to be shared by several models.
pub(crate) struct Weights {
    shape: EncoderShape,
    /// The label branch has layers of its own from this one on.
    fork: usize,
    /// On the device and in the precision in which the model computes.
    parameters: HashMap<String, Tensor>,
    words: WordTable,
    device: Device,
    kind: Kind,
}

impl Weights {
    /// # Errors
    /// A weights file that is missing or broken, or differences that do not fit it.
    pub fn read(bundle: &Bundle, branch: &LabelBranch, device: Device, kind: Kind) -> Result<Self> {
        let path = bundle.folder.join(WEIGHTS_FILE);
        let mut words = None;
        let mut published = HashMap::new();
        for (name, tensor) in Tensor::read_safetensors(&path)? {
            match WordTable::from_tensor(&name, &tensor, device)? {
                Some(table) => words = Some(table),
                None => drop(published.insert(name, tensor)),
            }
        }
        let words = words.ok_or_else(|| missing(&path, q4::WORD_TABLE))?;
        let shape = bundle.manifest.shape.clone();
        let layers = shape.num_hidden_layers as usize;
        let fork = branch.fork().unwrap_or(layers);
        let mut parameters = HashMap::new();
        for layer in fork..layers {
            for (parameter, tensor) in of_layer(&published, layer) {
                let changed = match branch.difference(layer, &parameter) {
                    Some(difference) => tensor.to_kind(Kind::Float) + difference,
                    None => tensor.shallow_clone(),
                };
                parameters.insert(format!("{LABEL_LAYERS}.{layer}.{parameter}"), ready(&changed, device, kind));
            }
        }
        parameters.extend(published.iter().map(|(name, tensor)| (name.clone(), ready(tensor, device, kind))));
        Ok(Self { shape, fork, parameters, words, device, kind })
    }

    pub fn layers(&self) -> usize {
        self.shape.num_hidden_layers as usize
    }

    /// The parameters of a published layer by their names within it.
    pub fn published_layer(&self, layer: usize) -> impl Iterator<Item = (String, &Tensor)> {
        of_layer(&self.parameters, layer)
    }

    pub fn config(&self) -> BertConfig {
        let shape = &self.shape;
        BertConfig {
            hidden_act: Activation::gelu,
            attention_probs_dropout_prob: 0.0,
            hidden_dropout_prob: 0.0,
            hidden_size: shape.hidden_size,
            intermediate_size: shape.intermediate_size,
            max_position_embeddings: shape.max_position_embeddings,
            num_attention_heads: shape.num_attention_heads,
            num_hidden_layers: shape.num_hidden_layers,
            type_vocab_size: shape.type_vocab_size,
            // The model gets embedded words from `WordTable`, so its own table is one row that nobody reads.
            vocab_size: 1,
            ..BertConfig::default()
        }
    }
}

fn of_layer(parameters: &HashMap<String, Tensor>, layer: usize) -> impl Iterator<Item = (String, &Tensor)> {
    let folder = format!("{PUBLISHED_LAYERS}.{layer}.");
    parameters.iter().filter_map(move |(name, tensor)| Some((name.strip_prefix(&folder)?.to_owned(), tensor)))
}

fn ready(tensor: &Tensor, device: Device, kind: Kind) -> Tensor {
    tensor.to_kind(kind).to_device(device)
}

/// Computes one batch at a time. Models made of the same [`Weights`] share them.
pub(crate) struct Model {
    words: WordTable,
    embeddings: BertEmbeddings,
    published_layers: Vec<BertLayer>,
    /// Those that take the place of the last published ones; none when the branches are one.
    label_layers: Vec<BertLayer>,
    /// Owns the parameters that the layers refer to.
    _parameters: nn::VarStore,
    device: Device,
    kind: Kind,
}

/// A batch's last hidden states in float32: windows x tokens of the longest x 384, padded at the end.
pub(super) struct BatchStates {
    vectors: Vec<f32>,
    labels: Vec<f32>,
}

/// The last hidden states of one window's tokens, 384 a token.
pub(super) struct WindowStates<'a> {
    pub vectors: &'a [f32],
    pub labels: &'a [f32],
}

impl BatchStates {
    /// One for each of the batch's windows.
    pub fn by_window<'a>(&'a self, windows: impl ExactSizeIterator<Item = &'a Window>) -> Vec<WindowStates<'a>> {
        let row_length = self.vectors.len() / windows.len().max(1);
        let of = |states: &'a [f32], row: usize, window: &Window| {
            &states[row * row_length..row * row_length + window.ids.len() * VECTOR_SIZE]
        };
        let states = windows.enumerate().map(|(row, window)| WindowStates {
            vectors: of(&self.vectors, row, window),
            labels: of(&self.labels, row, window),
        });
        states.collect()
    }
}

impl Model {
    /// `path` is where `weights` came from, for messages.
    pub fn new(weights: &Weights, path: &Path) -> Result<Self> {
        let config = weights.config();
        let layers = weights.layers();
        let mut store = nn::VarStore::new(weights.device);
        let root = store.root();
        let published_layers = layers_in(&root, PUBLISHED_LAYERS, 0..layers, &config);
        let label_layers = layers_in(&root, LABEL_LAYERS, weights.fork..layers, &config);
        let embeddings = BertEmbeddings::new(&root / "embeddings", &config);
        store.freeze();
        for (name, mut parameter) in store.variables() {
            if name == q4::WORD_EMBEDDINGS {
                continue;
            }
            let tensor = weights.parameters.get(&name).ok_or_else(|| missing(path, &name))?;
            if tensor.size() != parameter.size() {
                let reason = format!("tensor {name} is {:?}, expected {:?}", tensor.size(), parameter.size());
                return Err(Error::format(path, reason));
            }
            parameter.set_data(tensor);
        }
        Ok(Self {
            words: weights.words.share(),
            embeddings,
            published_layers,
            label_layers,
            _parameters: store,
            device: weights.device,
            kind: weights.kind,
        })
    }

    pub(super) fn forward(&self, windows: &[&Window]) -> Result<BatchStates> {
        tch::no_grad(|| {
            let groups = windows.iter().map(|window| window.groups.as_slice());
            let mask = attention_mask(groups.clone(), UNSEEN, self.kind, self.device);
            let words = self.words(windows);
            let embedded = self.embed(&words, &self.padded(windows, 0, |window| window.positions.clone()))?;
            let vectors = to_numbers(&through(&self.published_layers, &embedded, &mask, false))?;
            let labels = match self.label_layers.is_empty() {
                true => vectors.clone(),
                false => {
                    let mask = comment_mask(groups, self.kind, self.device);
                    to_numbers(&through(&self.label_layers, &self.below_fork(windows, &words)?, &mask, false))?
                }
            };
            Ok(BatchStates { vectors, labels })
        })
    }

    /// What the label branch' own layers get of each window's tokens, in float32: tokens x 384.
    pub(super) fn forked(&self, windows: &[&Window]) -> Result<Vec<Vec<f32>>> {
        tch::no_grad(|| {
            let states = self.below_fork(windows, &self.words(windows))?;
            let of_window = |(row, window): (i64, &&Window)| {
                to_numbers(&states.select(0, row).narrow(0, 0, window.ids.len() as i64))
            };
            (0..).zip(windows).map(of_window).collect()
        })
    }

    /// The windows, each read as one text, up to the label branch' own layers: windows x tokens of the longest x 384.
    fn below_fork(&self, windows: &[&Window], words: &Tensor) -> Result<Tensor> {
        let fork = self.published_layers.len() - self.label_layers.len();
        let positions = self.padded(windows, 0, |window| (0..window.ids.len() as i64).collect());
        let embedded = self.embed(words, &positions)?;
        let groups = windows.iter().map(|window| window.groups.as_slice());
        let mask = attention_mask(groups, 0.0, self.kind, self.device);
        Ok(through(&self.published_layers[..fork], &embedded, &mask, false))
    }

    /// Both branches read the same ones, at places of their own: windows x tokens of the longest x 384.
    fn words(&self, windows: &[&Window]) -> Tensor {
        self.words.rows(&self.padded(windows, PAD, |window| window.ids.clone())).to_kind(self.kind)
    }

    /// What the first layer gets, like `words`.
    fn embed(&self, words: &Tensor, positions: &Tensor) -> Result<Tensor> {
        self.embeddings
            .forward_t(None, None, Some(positions), Some(words), false)
            .map_err(|error| TchError::Torch(error.to_string()).into())
    }

    /// Numbers of each window's tokens: windows x tokens of the longest.
    fn padded(&self, windows: &[&Window], padding: i64, numbers: impl Fn(&Window) -> Vec<i64>) -> Tensor {
        let longest = longest(windows.iter().map(|window| window.ids.len()));
        let mut all = Vec::with_capacity(windows.len() * longest);
        for (row, window) in windows.iter().enumerate() {
            all.extend(numbers(window));
            all.resize((row + 1) * longest, padding);
        }
        Tensor::from_slice(&all).view([windows.len() as i64, longest as i64]).to_device(self.device)
    }
}

/// Layers with their numbers as names, in a folder of a store whose name may have points.
pub(crate) fn layers_in(
    root: &nn::Path<'_>,
    folder: &str,
    layers: Range<usize>,
    config: &BertConfig,
) -> Vec<BertLayer> {
    let folder = folder.split('.').fold(root.clone(), |path, part| path / part);
    layers.map(|layer| BertLayer::new(&folder / layer, config)).collect()
}

/// States go through layers; `mask` is of [`attention_mask`]. Layers that learn drop states.
pub(crate) fn through(layers: &[BertLayer], states: &Tensor, mask: &Tensor, learn: bool) -> Tensor {
    layers.iter().fold(states.shallow_clone(), |states, layer| {
        layer.forward_t(&states, Some(mask), None, None, learn).hidden_state
    })
}

/// What is added to the attention in the label branch' own layers: windows x 1 x tokens of the longest x the same.
pub(crate) fn comment_mask<'a>(
    windows: impl ExactSizeIterator<Item = &'a [Group]> + Clone,
    kind: Kind,
    device: Device,
) -> Tensor {
    attention_mask(windows, BESIDE, kind, device)
}

/// 0 where a token sees another of its mention or one that all share, `beside` for those of other mentions.
fn attention_mask<'a>(
    windows: impl ExactSizeIterator<Item = &'a [Group]> + Clone,
    beside: f32,
    kind: Kind,
    device: Device,
) -> Tensor {
    let count = windows.len();
    let longest = longest(windows.clone().map(<[Group]>::len));
    let mut mask = vec![UNSEEN; count * longest * longest];
    for (groups, mask) in windows.zip(mask.chunks_exact_mut((longest * longest).max(1))) {
        for (group, row) in groups.iter().zip(mask.chunks_exact_mut(longest)) {
            for (other, seen) in groups.iter().zip(row) {
                *seen = if group.sees(*other) { 0.0 } else { beside };
            }
        }
    }
    let shape = [count as i64, 1, longest as i64, longest as i64];
    Tensor::from_slice(&mask).view(shape).to_kind(kind).to_device(device)
}

fn longest(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.max().unwrap_or(0)
}

fn to_numbers(states: &Tensor) -> Result<Vec<f32>> {
    let states = states.to_kind(Kind::Float).to_device(Device::Cpu).contiguous();
    Ok(Vec::try_from(states.view([-1]))?)
}

fn missing(path: &Path, tensor: &str) -> Error {
    Error::format(path, format!("it has no tensor {tensor}"))
}
