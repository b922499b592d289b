//! One transformer pass per text: multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) on libtorch.
//!
//! A text becomes [`Tokens`] (windows of at most 512 tokens), windows of many texts share a batch, and each text gets an
//! [`Encoding`]: the vector of the whole and the state of every token, from which mentions are pooled, in two
//! [`Branch`]es.

mod branch;
mod encoding;
mod model;
mod tokens;
mod words;
mod work;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use serde::{Deserialize, Serialize};
use tch::{Device, Kind};

pub use branch::{Branch, BranchVectors, LabelBranch, LayerParameters};
pub use encoding::Encoding;
pub(crate) use encoding::{dot, normalise};
pub(crate) use model::{Weights, comment_mask, layers_in, through};
pub(crate) use tokens::Group;
pub use tokens::{Tokenizer, Tokens};
pub use work::Work;

use crate::Result;
use crate::bundle::{Bundle, WEIGHTS_FILE};
use model::Model;
use tokens::Window;

/// Padded tokens per batch that the model runs at once when nothing else is configured.
pub const DEFAULT_BATCH_TOKENS: usize = 512;

/// Smaller batches do not fill the processor's vectors.
const LEAST_BATCH_TOKENS: usize = 128;

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
    /// Batches that are computed side by side, each by one core; 0 is all cores.
    pub threads: usize,
    /// Padded tokens per batch: larger ones leave the processor's cache, smaller ones do not fill its vectors.
    pub batch_tokens: usize,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        Self { precision: Precision::Auto, threads: 0, batch_tokens: DEFAULT_BATCH_TOKENS }
    }
}

/// The loaded model.
///
/// On a CPU every core computes batches of its own. Cores that share one matrix operation would wait for each other many
/// hundred times in a pass, which is slower, and slower by far as soon as anything else runs on one of them.
pub struct Encoder {
    /// One for each thread, with shared weights.
    models: Vec<Mutex<Model>>,
    device: Device,
    precision: Precision,
    batch_tokens: usize,
}

/// A window and the position of its text.
type TextWindow<'a> = (usize, &'a Window);

fn text_windows(text: usize, tokens: &Tokens) -> impl Iterator<Item = TextWindow<'_>> {
    tokens.windows.iter().map(move |window| (text, window))
}

impl Encoder {
    /// Load the weights, with the label branch that ships. Uses CUDA when libtorch has it.
    ///
    /// # Errors
    /// A weights file that is missing, broken, or of another shape than the manifest says.
    pub fn load(bundle: &Bundle, options: EncoderOptions) -> Result<Self> {
        Self::load_with(bundle, &LabelBranch::shipped()?, options)
    }

    /// The same with another label branch.
    ///
    /// # Errors
    /// As `load`.
    pub fn load_with(bundle: &Bundle, branch: &LabelBranch, options: EncoderOptions) -> Result<Self> {
        let device = Device::cuda_if_available();
        let precision = options.precision.resolve(device);
        let kind = if precision == Precision::Bfloat16 { Kind::BFloat16 } else { Kind::Float };
        let threads = match options.threads {
            _ if device.is_cuda() => 1,
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let weights = Weights::read(bundle, branch, device, kind)?;
        let path = bundle.folder.join(WEIGHTS_FILE);
        let models = (0..threads).map(|_| Model::new(&weights, &path).map(Mutex::new)).collect::<Result<_>>()?;
        Ok(Self { models, device, precision, batch_tokens: options.batch_tokens })
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// "cpu" or "cuda".
    pub fn device_name(&self) -> &'static str {
        if self.device.is_cuda() { "cuda" } else { "cpu" }
    }

    /// Encode texts in one go; the encodings are in their order.
    pub fn encode(&self, texts: &[Tokens]) -> Result<Vec<Encoding>> {
        let mut windows: Vec<TextWindow> = Vec::new();
        for (text, tokens) in texts.iter().enumerate() {
            windows.extend(text_windows(text, tokens));
        }
        let mut encodings: Vec<Encoding> = texts.iter().map(Encoding::empty).collect();
        let targets: Vec<&mut Encoding> = encodings.iter_mut().collect();
        self.encode_windows(windows, targets)?;
        encodings.iter_mut().for_each(Encoding::finish);
        Ok(encodings)
    }

    /// Compute, in one run, the next windows of each work: as many as the number beside it.
    pub fn advance(&self, works: &mut [(&mut Work, usize)]) -> Result<()> {
        let mut windows: Vec<TextWindow> = Vec::new();
        let mut targets: Vec<&mut Encoding> = Vec::new();
        for (work, count) in works {
            let Work { texts, encodings, computed } = &mut **work;
            let first_target = targets.len();
            let windows_of = |(text, tokens)| text_windows(first_target + text, tokens);
            windows.extend(texts.iter().enumerate().flat_map(windows_of).skip(*computed).take(*count));
            *computed += *count;
            targets.extend(encodings.iter_mut());
        }
        self.encode_windows(windows, targets)
    }

    /// Add each window's states to the target at its position.
    fn encode_windows(&self, mut windows: Vec<TextWindow>, mut targets: Vec<&mut Encoding>) -> Result<()> {
        // Neighbours of like length need little padding; the long ones first, so that all threads end together.
        windows.sort_by_key(|(_, window)| Reverse(window.ids.len()));
        self.compute(&self.batches(&windows), Model::forward, |batch, states| {
            let by_window = states.by_window(batch.iter().map(|&(_, window)| window));
            for (states, &(target, window)) in by_window.iter().zip(batch) {
                targets[target].add_window(window, states);
            }
        })
    }

    /// The states of texts of one window where the branches part, in their order: tokens of the window x 384.
    pub(crate) fn forked_states<'a>(&self, texts: impl ExactSizeIterator<Item = &'a Tokens>) -> Result<Vec<Vec<f32>>> {
        let mut states: Vec<Vec<f32>> = vec![Vec::new(); texts.len()];
        let mut windows: Vec<TextWindow> =
            texts.enumerate().flat_map(|(text, tokens)| text_windows(text, tokens)).collect();
        windows.sort_by_key(|(_, window)| Reverse(window.ids.len()));
        self.compute(&self.batches(&windows), Model::forked, |batch, forked| {
            for (of_window, &(text, _)) in forked.into_iter().zip(batch) {
                states[text] = of_window;
            }
        })?;
        Ok(states)
    }

    /// Batches that are computed side by side.
    pub(crate) fn threads(&self) -> usize {
        self.models.len()
    }

    /// Run the largest batch once on every thread, so that the first caller does not pay for libtorch's set-up.
    pub fn warm_up(&self, tokenizer: &Tokenizer) -> Result<()> {
        let tokens = tokenizer.tokenise(&"Aufwärmen ".repeat(tokens::MAX_WINDOW_TOKENS))?;
        let texts = self.batch_tokens.div_ceil(tokens::MAX_WINDOW_TOKENS) * self.models.len();
        self.encode(&vec![tokens; texts])?;
        Ok(())
    }

    /// Cut windows, longest first, into batches of at most `batch_tokens`, and into enough for all threads. The last ones
    /// are smaller, so that no thread waits long for another at the end.
    fn batches<'a>(&self, windows: &'a [TextWindow<'a>]) -> Vec<&'a [TextWindow<'a>]> {
        let threads = self.models.len();
        let mut left: usize = windows.iter().map(|(_, window)| window.ids.len()).sum();
        let least = LEAST_BATCH_TOKENS.min(left.div_ceil(threads));
        let mut batches = Vec::new();
        let mut rest = windows;
        while let Some((_, longest)) = rest.first() {
            let budget = self.batch_tokens.min(left.div_ceil(threads).max(least));
            let count = (budget / longest.ids.len()).clamp(1, rest.len());
            let (batch, remaining) = rest.split_at(count);
            left -= batch.iter().map(|(_, window)| window.ids.len()).sum::<usize>();
            batches.push(batch);
            rest = remaining;
        }
        batches
    }

    /// Compute all batches on all threads by `run`, and give what comes out to `take` in the order of the batches, so that
    /// sums over several windows do not depend on chance.
    fn compute<T: Send>(
        &self,
        batches: &[&[TextWindow]],
        run: impl Fn(&Model, &[&Window]) -> Result<T> + Sync,
        mut take: impl FnMut(&[TextWindow], T),
    ) -> Result<()> {
        let taken = AtomicUsize::new(0);
        let next = || {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            Some((index, *batches.get(index)?))
        };
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for model in self.models.iter().take(batches.len()) {
                let sender = sender.clone();
                let (next, run) = (&next, &run);
                scope.spawn(move || {
                    tch::set_num_threads(1);
                    let model = model.lock().unwrap_or_else(PoisonError::into_inner);
                    while let Some((index, batch)) = next() {
                        let windows: Vec<&Window> = batch.iter().map(|&(_, window)| window).collect();
                        if sender.send((index, run(&model, &windows))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);

            let mut early = BTreeMap::new();
            let mut due = 0;
            for (index, states) in receiver {
                early.insert(index, states?);
                while let Some(states) = early.remove(&due) {
                    take(batches[due], states);
                    due += 1;
                }
            }
            Ok(())
        })
    }
}
