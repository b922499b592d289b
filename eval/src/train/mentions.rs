//! Labelled mentions: what heads are fitted on.

use klartext_models::heads::Linear;
use klartext_models::train::Matrix;

use super::pairs::{Joinable, draw_pairs};
use crate::Result;
use crate::data::Language;
use crate::random::{Random, part_of};
use crate::vectors::{Spanned, Vectors};

/// Everything falls into one of so many parts by its id, to be held out together.
const PARTS: u64 = 10;

/// Texts whose part is among these are held out together.
pub type Fold = std::ops::RangeInclusive<u64>;

/// The fixed tenth on which settings are chosen.
pub const TUNE: [Fold; 1] = [0..=0];
/// Five folds that cover everything, for few texts.
pub const FIVE_FOLDS: [Fold; 5] = [0..=1, 2..=3, 4..=5, 6..=7, 8..=9];

/// A text with what is true of it.
#[derive(Debug, Clone)]
pub struct LabelledText<L> {
    pub id: String,
    pub text: String,
    pub language: Language,
    /// Which of the sets it comes from.
    pub set: usize,
    pub label: L,
}

/// One vector's label and origin.
#[derive(Debug, Clone)]
pub struct Mention<L> {
    part: u64,
    pub set: usize,
    pub label: L,
    /// Pooled out of a text that was joined from two.
    pub joined: bool,
}

/// Mentions and, row by row, their vectors.
#[derive(Debug)]
pub struct Mentions<L> {
    pub vectors: Matrix,
    pub mentions: Vec<Mention<L>>,
}

/// Logits that a head which has not seen the mention gave it.
#[derive(Debug)]
pub struct Judged<'a, L> {
    pub mention: &'a Mention<L>,
    pub logits: Vec<f32>,
}

impl<L: Clone + PartialEq> Mentions<L> {
    /// Every text as one mention, and both mentions of `pairs` joined texts.
    pub fn encode(
        vectors: &mut Vectors,
        what: &str,
        texts: &[LabelledText<L>],
        pairs: usize,
        seed: u64,
    ) -> Result<Self> {
        let joinable: Vec<Joinable<'_, &L>> = texts
            .iter()
            .map(|text| Joinable {
                text: &text.text,
                language: text.language,
                part: part_of(&text.id, PARTS),
                label: &text.label,
            })
            .collect();
        let pairs = draw_pairs(&joinable, pairs, &mut Random::new(seed));

        let mention = |index: usize, joined: bool| Mention {
            part: joinable[index].part,
            set: texts[index].set,
            label: texts[index].label.clone(),
            joined,
        };
        let singles = (0..texts.len()).map(|index| mention(index, false));
        let members = pairs.iter().flat_map(|pair| pair.members).map(|index| mention(index, true));
        let mentions = singles.chain(members).collect();

        let whole_texts = texts.iter().map(|text| Spanned::whole(&text.text));
        let all_texts: Vec<Spanned> = whole_texts.chain(pairs.iter().map(|pair| pair.text.clone())).collect();
        Ok(Self { vectors: vectors.of(what, &all_texts)?, mentions })
    }

    /// For each fold in turn, `fit` gets the positions of the mentions outside; the head judges those inside.
    pub fn judge_held_out(
        &self,
        folds: &[Fold],
        fit: impl Fn(&[usize]) -> Result<Linear>,
    ) -> Result<Vec<Judged<'_, L>>> {
        let mut judged = Vec::new();
        for fold in folds {
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                (0..self.mentions.len()).partition(|&index| fold.contains(&self.mentions[index].part));
            let head = fit(&outside)?;
            judged.extend(
                inside.into_iter().map(|index| Judged {
                    mention: &self.mentions[index],
                    logits: head.logits(self.vectors.row(index)),
                }),
            );
        }
        Ok(judged)
    }
}
