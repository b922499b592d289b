//! One transformer pass per text: multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) on libtorch.
//!
//! A text becomes [`Tokens`] (windows of at most 512 tokens), windows of many texts share a batch, and each text gets an
//! [`Encoding`]: the E5 vector of the whole and the state of every token, from which mentions are pooled.

mod encoding;
mod tokens;
mod words;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use rust_bert::Activation;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, TchError, Tensor, nn};

pub use encoding::Encoding;
pub(crate) use encoding::{dot, normalise};
pub use tokens::{Tokenizer, Tokens};

use crate::bundle::{Bundle, WEIGHTS_FILE, q4};
use crate::{Error, Result, VECTOR_SIZE};
use words::WordTable;

/// Padded tokens per batch that the model runs at once when nothing else is configured.
pub const DEFAULT_BATCH_TOKENS: usize = 2048;

/// How numbers are held while encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// bfloat16 where the processor computes in it, float32 elsewhere.
    #[default]
    Auto,
    Bfloat16,
    Float32,
}

impl Precision {
    /// `Auto` resolved for this machine.
    pub fn resolve(self, device: Device) -> Precision {
        match self {
            Precision::Auto if device.is_cuda() || cpu_has_bfloat16() => Precision::Bfloat16,
            Precision::Auto => Precision::Float32,
            chosen => chosen,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Precision::Auto => "auto",
            Precision::Bfloat16 => "bfloat16",
            Precision::Float32 => "float32",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        match name {
            "auto" => Ok(Precision::Auto),
            "bfloat16" => Ok(Precision::Bfloat16),
            "float32" => Ok(Precision::Float32),
            _ => Err(format!("{name} is none of auto, bfloat16, float32")),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn cpu_has_bfloat16() -> bool {
    std::arch::is_x86_feature_detected!("avx512bf16")
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_has_bfloat16() -> bool {
    false
}

#[derive(Debug, Clone, Copy)]
pub struct EncoderOptions {
    pub precision: Precision,
    /// Threads inside one matrix operation; 0 leaves libtorch's default (all cores).
    pub threads: usize,
    /// Padded tokens per batch: more is faster up to a point, and takes more memory.
    pub batch_tokens: usize,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        Self { precision: Precision::Auto, threads: 0, batch_tokens: DEFAULT_BATCH_TOKENS }
    }
}

/// The loaded model. It is used by one thread at a time; libtorch spreads each operation over the cores.
pub struct Encoder {
    words: WordTable,
    /// Everything above the word embeddings.
    model: BertModel<BertEmbeddings>,
    /// Owns the parameters that `model` refers to.
    _parameters: nn::VarStore,
    device: Device,
    precision: Precision,
    batch_tokens: usize,
}

impl Encoder {
    /// Load the weights. Uses CUDA when libtorch has it.
    ///
    /// # Errors
    /// A weights file that is missing, broken, or of another shape than the manifest says.
    pub fn load(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        if options.threads > 0 {
            tch::set_num_threads(i32::try_from(options.threads).unwrap_or(i32::MAX));
        }
        let device = Device::cuda_if_available();
        let precision = options.precision.resolve(device);
        let shape = &bundle.manifest.shape;
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
        let mut parameters = nn::VarStore::new(device);
        let model = BertModel::new_with_optional_pooler(parameters.root(), &config, false);
        parameters.freeze();
        if precision == Precision::Bfloat16 {
            parameters.bfloat16();
        }
        let path = bundle.folder.join(WEIGHTS_FILE);
        let tensors: HashMap<String, Tensor> = Tensor::read_safetensors(&path)?.into_iter().collect();
        fill(&parameters, &tensors, &path)?;
        let words = WordTable::new(find(&tensors, q4::WORD_TABLE, &path)?, device)?;
        let batch_tokens = options.batch_tokens.max(tokens::MAX_WINDOW_TOKENS);
        Ok(Self { words, model, _parameters: parameters, device, precision, batch_tokens })
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// "cpu" or "cuda".
    pub fn device_name(&self) -> &'static str {
        if self.device.is_cuda() { "cuda" } else { "cpu" }
    }

    /// Encode texts in one go, in their order. Windows are sorted by length, so that little is computed on padding.
    pub fn encode(&self, texts: &[Tokens]) -> Result<Vec<Encoding>> {
        let mut windows: Vec<(usize, usize)> = Vec::new();
        for (text, tokens) in texts.iter().enumerate() {
            windows.extend((0..tokens.windows.len()).map(|window| (text, window)));
        }
        windows.sort_by_key(|&(text, window)| texts[text].windows[window].ids.len());

        let mut encodings: Vec<Encoding> = texts.iter().map(Encoding::empty).collect();
        let mut rest = windows.as_slice();
        while !rest.is_empty() {
            let (batch, remaining) = rest.split_at(self.batch_length(texts, rest));
            rest = remaining;
            let longest = longest_of(texts, batch);
            let states = self.forward(texts, batch, longest)?;
            for (row, &(text, window)) in states.chunks_exact(longest * VECTOR_SIZE).zip(batch) {
                let window = &texts[text].windows[window];
                encodings[text].add_window(window, &row[..window.ids.len() * VECTOR_SIZE]);
            }
        }
        for encoding in &mut encodings {
            encoding.finish();
        }
        Ok(encodings)
    }

    /// Run the largest batch once, so that the first caller does not pay for libtorch's set-up.
    pub fn warm_up(&self, tokenizer: &Tokenizer) -> Result<()> {
        let text = "Aufwärmen ".repeat(400);
        let tokens = tokenizer.tokenise(&text)?;
        self.encode(&vec![tokens; self.batch_tokens.div_ceil(tokens::MAX_WINDOW_TOKENS)])?;
        Ok(())
    }

    /// How many of the first windows (sorted by length) fit into the token budget when padded to the longest of them.
    fn batch_length(&self, texts: &[Tokens], windows: &[(usize, usize)]) -> usize {
        let fitting = windows.iter().enumerate().take_while(|(index, (text, window))| {
            let longest = texts[*text].windows[*window].ids.len();
            (index + 1) * longest <= self.batch_tokens
        });
        fitting.count().max(1)
    }

    /// Last hidden states: windows x `longest` tokens x 384, padded at the end.
    fn forward(&self, texts: &[Tokens], batch: &[(usize, usize)], longest: usize) -> Result<Vec<f32>> {
        let mut ids = Vec::with_capacity(batch.len() * longest);
        let mut mask = Vec::with_capacity(batch.len() * longest);
        for &(text, window) in batch {
            let window_ids = &texts[text].windows[window].ids;
            let padding = longest - window_ids.len();
            ids.extend_from_slice(window_ids);
            ids.extend(std::iter::repeat_n(tokens::PAD, padding));
            mask.extend(std::iter::repeat_n(1i64, window_ids.len()));
            mask.extend(std::iter::repeat_n(0i64, padding));
        }
        let shape = [batch.len() as i64, longest as i64];
        tch::no_grad(|| {
            let ids = Tensor::from_slice(&ids).view(shape).to_device(self.device);
            let mask = Tensor::from_slice(&mask).view(shape).to_device(self.device);
            let words = self.words.rows(&ids).to_kind(self.kind());
            let output = self
                .model
                .forward_t(None, Some(&mask), None, None, Some(&words), None, None, false)
                .map_err(|error| TchError::Torch(error.to_string()))?;
            let states = output.hidden_state.to_kind(Kind::Float).to_device(Device::Cpu).contiguous();
            Ok(Vec::try_from(states.view([-1]))?)
        })
    }

    fn kind(&self) -> Kind {
        if self.precision == Precision::Bfloat16 { Kind::BFloat16 } else { Kind::Float }
    }
}

/// Copy the file's tensors into the model's parameters; their precision stays.
fn fill(parameters: &nn::VarStore, tensors: &HashMap<String, Tensor>, path: &Path) -> Result<()> {
    for (name, mut parameter) in parameters.variables() {
        if name == q4::WORD_EMBEDDINGS {
            continue;
        }
        let tensor = find(tensors, &name, path)?;
        if tensor.size() != parameter.size() {
            let reason = format!("tensor {name} is {:?}, expected {:?}", tensor.size(), parameter.size());
            return Err(Error::format(path, reason));
        }
        tch::no_grad(|| parameter.f_copy_(tensor))?;
    }
    Ok(())
}

fn find<'a>(tensors: &'a HashMap<String, Tensor>, name: &str, path: &Path) -> Result<&'a Tensor> {
    tensors.get(name).ok_or_else(|| Error::format(path, format!("it has no tensor {name}")))
}

fn longest_of(texts: &[Tokens], windows: &[(usize, usize)]) -> usize {
    windows.iter().map(|&(text, window)| texts[text].windows[window].ids.len()).max().unwrap_or(0)
}
