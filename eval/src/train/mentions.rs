//! Labelled mentions: what heads are fitted on.

use klartext_models::heads::Linear;
use klartext_models::train::Matrix;

use crate::Result;
use crate::random::part_of;
use crate::vectors::Vectors;

/// Everything falls into one of so many parts by its id, to be held out together.
const PARTS: u64 = 10;

/// Texts whose part is among these are held out together.
pub type Fold = std::ops::RangeInclusive<u64>;

/// The fixed tenth that the label branch has not learnt from: settings are chosen, heads calibrated and thresholds set on
/// it. What the branch has learnt it is too sure of.
pub const HELD_OUT: [Fold; 1] = [0..=0];

/// Whether what has this id is in the fixed tenth.
pub fn is_held_out(id: &str) -> bool {
    HELD_OUT.iter().any(|fold| fold.contains(&part_of(id, PARTS)))
}

/// A text with what is true of it.
#[derive(Debug, Clone)]
pub struct LabelledText<L> {
    pub id: String,
    pub text: String,
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
    /// Position of the mention.
    pub row: usize,
    pub mention: &'a Mention<L>,
    pub logits: Vec<f32>,
}

impl<L: Clone> Mentions<L> {
    pub fn encode(vectors: &mut Vectors, what: &str, texts: &[LabelledText<L>]) -> Result<Self> {
        let all_texts: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
        Ok(Self::new(vectors.of(what, &all_texts)?, texts))
    }

    /// `features` has a row for each text.
    pub fn new(features: Matrix, texts: &[LabelledText<L>]) -> Self {
        let mention = |text: &LabelledText<L>| Mention {
            part: part_of(&text.id, PARTS),
            set: text.set,
            label: text.label.clone(),
        };
        Self { vectors: features, mentions: texts.iter().map(mention).collect() }
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
            judged.extend(inside.into_iter().map(|index| Judged {
                row: index,
                mention: &self.mentions[index],
                logits: head.logits(self.vectors.row(index)),
            }));
        }
        Ok(judged)
    }
}
