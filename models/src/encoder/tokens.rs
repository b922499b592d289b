//! Text to windows of token ids.

use std::collections::HashMap;
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
pub(crate) struct Window {
    /// `<s> query: … </s>`.
    pub ids: Vec<i64>,
    /// For vectors a token sees those of its own group and the shared ones, for labels the others too.
    pub groups: Vec<Group>,
    /// Each token's place in the sequence that it sees for vectors; for labels it is that in the window.
    pub positions: Vec<i64>,
    /// Position in `ids` of the first token whose state this window provides.
    pub first_owned: usize,
    /// Those tokens, as positions in [`Tokens::spans`].
    pub owned: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// `<s>`, the prefix and `</s>` when mentions are apart: every token sees them, they see only each other.
    Shared,
    /// Everything when the text is one; else the tokens of one mention, or those that stand between mentions.
    Of(usize),
}

impl Group {
    pub fn sees(self, other: Group) -> bool {
        other == Group::Shared || self == other
    }
}

impl Tokens {
    /// Of the first window's tokens.
    pub(crate) fn groups(&self) -> &[Group] {
        self.windows.first().map_or(&[], |window| &window.groups)
    }

    /// The places in the first window of the tokens that touch a piece of the text, given in bytes.
    pub(crate) fn places(&self, piece: &Range<usize>) -> Range<usize> {
        let Some(window) = self.windows.first() else { return 0..0 };
        let touched = tokens_in(&self.spans, piece);
        let place =
            |token: usize| window.first_owned + token.clamp(window.owned.start, window.owned.end) - window.owned.start;
        place(touched.start)..place(touched.end)
    }

    /// Tokens that the model has to compute, over all windows.
    pub fn cost(&self) -> usize {
        self.window_costs().sum()
    }

    /// The same for each window, in order; there is at least one.
    pub fn window_costs(&self) -> impl Iterator<Item = usize> {
        self.windows.iter().map(|window| window.ids.len())
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

    /// The text as one: every token sees every other, as E5 was trained. What does not fit one window goes into
    /// overlapping ones, nothing is cut off.
    pub fn tokenise(&self, text: &str) -> Result<Tokens> {
        let (ids, spans) = self.split(text)?;
        let groups = vec![Group::Of(0); ids.len()];
        Ok(self.windows(&ids, spans, &groups, Group::Of(0)))
    }

    /// The mentions of a text apart, still in one pass: a token sees only its own mention, at the position that it has
    /// there, so a mention's states do not depend on what stands beside it; but for those of the label branch' own layers,
    /// which see the whole comment. `mentions` are bytes of the text, in order.
    pub fn tokenise_mentions(&self, text: &str, mentions: &[Range<usize>]) -> Result<Tokens> {
        let (ids, spans) = self.split(text)?;
        let group_of = |token: &Range<usize>| {
            let next = mentions.partition_point(|mention| mention.start <= token.start);
            let inside = next.checked_sub(1).filter(|&mention| token.start < mentions[mention].end);
            Group::Of(inside.unwrap_or(mentions.len()))
        };
        let groups: Vec<Group> = spans.iter().map(group_of).collect();
        Ok(self.windows(&ids, spans, &groups, Group::Shared))
    }

    /// `frame` is the group of the tokens around the text.
    fn windows(&self, ids: &[i64], spans: Vec<Range<usize>>, groups: &[Group], frame: Group) -> Tokens {
        let capacity = MAX_WINDOW_TOKENS - self.head.len() - 1;
        let mut windows = Vec::new();
        let mut start = 0;
        let mut owned_from = 0;
        loop {
            let end = (start + capacity).min(ids.len());
            let is_last = end == ids.len();
            let owned_to = if is_last { end } else { end - OVERLAP_TOKENS / 2 };
            let head = self.head.iter().map(|&id| (id, frame));
            let text = ids[start..end].iter().copied().zip(groups[start..end].iter().copied());
            let (window_ids, window_groups): (Vec<i64>, Vec<Group>) = head.chain(text).chain([(END, frame)]).unzip();
            windows.push(Window {
                positions: positions(&window_groups),
                ids: window_ids,
                groups: window_groups,
                first_owned: self.head.len() + owned_from - start,
                owned: owned_from..owned_to,
            });
            if is_last {
                break;
            }
            owned_from = owned_to;
            start = end - OVERLAP_TOKENS;
        }
        Tokens { windows, spans }
    }

    fn split(&self, text: &str) -> Result<(Vec<i64>, Vec<Range<usize>>)> {
        let encoding = self.inner.encode(text, false).map_err(|error| Error::Tokenizer(error.to_string()))?;
        let ids = encoding.get_ids().iter().map(|&id| i64::from(id)).collect();
        let spans = encoding.get_offsets().iter().map(|&(start, end)| without_space(text, start..end)).collect();
        Ok((ids, spans))
    }
}

/// Spans are in order of the text, so the tokens that touch a piece are neighbours.
pub(super) fn tokens_in(spans: &[Range<usize>], piece: &Range<usize>) -> Range<usize> {
    let first = spans.partition_point(|token| token.end <= piece.start);
    let end = spans.partition_point(|token| token.start < piece.end);
    first..end.max(first)
}

/// A token's position is the number of tokens before it that it sees; shared ones at the end count as before it.
fn positions(groups: &[Group]) -> Vec<i64> {
    let shared = groups.iter().filter(|&&group| group == Group::Shared).count() as i64;
    let mut counts: HashMap<usize, i64> = HashMap::new();
    let mut seen_shared = 0;
    let position = |group: &Group| match group {
        Group::Shared => {
            seen_shared += 1;
            seen_shared - 1
        }
        Group::Of(number) => {
            let count = counts.entry(*number).or_insert(shared);
            *count += 1;
            *count - 1
        }
    };
    groups.iter().map(position).collect()
}

/// The tokeniser counts the space before a word as part of its first token; for finding the tokens of a clause and for
/// showing evidence it is not.
fn without_space(text: &str, span: Range<usize>) -> Range<usize> {
    match text[span.clone()].trim_start() {
        "" => span,
        piece => span.end - piece.len()..span.end,
    }
}
