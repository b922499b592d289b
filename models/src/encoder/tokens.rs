//! Text to windows of token ids.

use std::ops::Range;
use std::path::Path;

use tokenizers::Tokenizer as HuggingFaceTokenizer;

use crate::bundle::{Bundle, TOKENIZER_FILE};
use crate::{Error, Result};

/// The encoder's positions.
pub(super) const MAX_WINDOW_TOKENS: usize = 512;
/// Tokens that neighbouring windows share; each token's state comes from the window in which it has more context.
const OVERLAP_TOKENS: usize = 96;

const BEGIN: i64 = 0;
pub(super) const PAD: i64 = 1;
const END: i64 = 2;
/// E5 was trained with this in front of every symmetric input.
const PREFIX: &str = "query: ";

/// Splits texts into the encoder's tokens. Cheap to share between threads; it has no state.
pub struct Tokenizer {
    inner: HuggingFaceTokenizer,
    /// `<s>` and the prefix.
    head: Vec<i64>,
}

/// A text as the encoder reads it.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub(super) windows: Vec<Window>,
    /// For each token of the text (without prefix and special tokens): its bytes in the text, in order.
    pub(super) spans: Vec<Range<usize>>,
}

#[derive(Debug, Clone)]
pub(super) struct Window {
    /// `<s> query: … </s>`.
    pub ids: Vec<i64>,
    /// Position in `ids` of the first token whose state this window provides.
    pub first_owned: usize,
    /// Those tokens, as positions in [`Tokens::spans`].
    pub owned: Range<usize>,
}

impl Tokens {
    /// Tokens that the model has to compute, over all windows.
    pub fn cost(&self) -> usize {
        self.windows.iter().map(|window| window.ids.len()).sum()
    }
}

impl Tokenizer {
    pub fn load(bundle: &Bundle) -> Result<Self> {
        Self::from_file(&bundle.folder.join(TOKENIZER_FILE))
    }

    fn from_file(path: &Path) -> Result<Self> {
        let mut inner = HuggingFaceTokenizer::from_file(path).map_err(|error| Error::format(path, error))?;
        // A customer who writes `</s>` means these four characters.
        inner.set_encode_special_tokens(true);
        let mut tokenizer = Self { inner, head: vec![BEGIN] };
        let (prefix_ids, _) = tokenizer.split(PREFIX.trim_end())?;
        tokenizer.head.extend(prefix_ids);
        Ok(tokenizer)
    }

    /// Any text; what does not fit one window goes into overlapping ones, nothing is cut off.
    pub fn tokenise(&self, text: &str) -> Result<Tokens> {
        let (ids, spans) = self.split(text)?;
        let capacity = MAX_WINDOW_TOKENS - self.head.len() - 1;
        let mut windows = Vec::new();
        let mut start = 0;
        let mut owned_from = 0;
        loop {
            let end = (start + capacity).min(ids.len());
            let is_last = end == ids.len();
            let owned_to = if is_last { end } else { end - OVERLAP_TOKENS / 2 };
            let mut window_ids = self.head.clone();
            window_ids.extend_from_slice(&ids[start..end]);
            window_ids.push(END);
            windows.push(Window {
                ids: window_ids,
                first_owned: self.head.len() + owned_from - start,
                owned: owned_from..owned_to,
            });
            if is_last {
                break;
            }
            owned_from = owned_to;
            start = end - OVERLAP_TOKENS;
        }
        Ok(Tokens { windows, spans })
    }

    fn split(&self, text: &str) -> Result<(Vec<i64>, Vec<Range<usize>>)> {
        let encoding = self.inner.encode(text, false).map_err(|error| Error::Tokenizer(error.to_string()))?;
        let ids = encoding.get_ids().iter().map(|&id| i64::from(id)).collect();
        let spans = encoding.get_offsets().iter().map(|&(start, end)| without_space(text, start..end)).collect();
        Ok((ids, spans))
    }
}

/// The tokeniser counts the space before a word as part of its first token; for finding the tokens of a clause and for
/// showing evidence it is not.
fn without_space(text: &str, span: Range<usize>) -> Range<usize> {
    match text[span.clone()].trim_start() {
        "" => span,
        piece => span.end - piece.len()..span.end,
    }
}
