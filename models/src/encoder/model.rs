//! rust-bert's BERT on libtorch: batches of windows in, hidden states out.

use std::collections::HashMap;
use std::path::Path;

use rust_bert::Activation;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::{Device, Kind, TchError, Tensor, nn};

use super::tokens::{PAD, Window};
use super::words::WordTable;
use crate::bundle::{Bundle, EncoderShape, WEIGHTS_FILE, q4};
use crate::{Error, Result};

/// The file's tensors, ready to be shared by several models.
pub(super) struct Weights {
    shape: EncoderShape,
    /// On the device and in the precision in which the model computes.
    parameters: HashMap<String, Tensor>,
    words: WordTable,
    device: Device,
    kind: Kind,
}

impl Weights {
    pub fn read(bundle: &Bundle, device: Device, kind: Kind) -> Result<Self> {
        let path = bundle.folder.join(WEIGHTS_FILE);
        let mut words = None;
        let mut parameters = HashMap::new();
        for (name, tensor) in Tensor::read_safetensors(&path)? {
            match WordTable::from_tensor(&name, &tensor, device)? {
                Some(table) => words = Some(table),
                None => drop(parameters.insert(name, tensor.to_kind(kind).to_device(device))),
            }
        }
        let words = words.ok_or_else(|| missing(&path, q4::WORD_TABLE))?;
        Ok(Self { shape: bundle.manifest.shape.clone(), parameters, words, device, kind })
    }
}

/// Computes one batch at a time. Models made of the same [`Weights`] share them.
pub(super) struct Model {
    words: WordTable,
    /// Everything above the word embeddings.
    bert: BertModel<BertEmbeddings>,
    /// Owns the parameters that `bert` refers to.
    _parameters: nn::VarStore,
    device: Device,
    kind: Kind,
}

impl Model {
    /// `path` is where `weights` came from, for messages.
    pub fn new(weights: &Weights, path: &Path) -> Result<Self> {
        let shape = &weights.shape;
        let config = BertConfig {
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
        };
        let mut store = nn::VarStore::new(weights.device);
        let bert = BertModel::new_with_optional_pooler(store.root(), &config, false);
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
        let words = weights.words.share();
        Ok(Self { words, bert, _parameters: store, device: weights.device, kind: weights.kind })
    }

    /// Last hidden states in float32: windows x tokens of the longest x 384, padded at the end.
    pub fn forward(&self, windows: &[&Window]) -> Result<Vec<f32>> {
        let longest = windows.iter().map(|window| window.ids.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(windows.len() * longest);
        let mut positions = Vec::with_capacity(windows.len() * longest);
        let mut mask = vec![0i8; windows.len() * longest * longest];
        for (window, mask) in windows.iter().zip(mask.chunks_exact_mut(longest * longest)) {
            let padding = longest - window.ids.len();
            ids.extend_from_slice(&window.ids);
            ids.extend(std::iter::repeat_n(PAD, padding));
            positions.extend_from_slice(&window.positions);
            positions.extend(std::iter::repeat_n(0, padding));
            for (group, row) in window.groups.iter().zip(mask.chunks_exact_mut(longest)) {
                for (other, seen) in window.groups.iter().zip(row) {
                    *seen = i8::from(group.sees(*other));
                }
            }
        }
        let count = windows.len() as i64;
        let longest = longest as i64;
        tch::no_grad(|| {
            let ids = Tensor::from_slice(&ids).view([count, longest]).to_device(self.device);
            let positions = Tensor::from_slice(&positions).view([count, longest]).to_device(self.device);
            let mask = Tensor::from_slice(&mask).view([count, longest, longest]).to_device(self.device);
            let words = self.words.rows(&ids).to_kind(self.kind);
            let output = self
                .bert
                .forward_t(None, Some(&mask), None, Some(&positions), Some(&words), None, None, false)
                .map_err(|error| TchError::Torch(error.to_string()))?;
            let states = output.hidden_state.to_kind(Kind::Float).to_device(Device::Cpu).contiguous();
            Ok(Vec::try_from(states.view([-1]))?)
        })
    }
}

fn missing(path: &Path, tensor: &str) -> Error {
    Error::format(path, format!("it has no tensor {tensor}"))
}
