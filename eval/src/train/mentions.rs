//! Labelled mentions: what heads are fitted on.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use klartext_models::heads::Linear;
use klartext_models::text::TextPreparer;
use klartext_models::train::Matrix;

use super::sources;
use crate::data::{DataFolder, files_of, read_lines};
use crate::gold::{GoldComment, HandoverLabels, MentionLabels, Split};
use crate::random::{Random, part_of};
use crate::texts::{DegreesExample, LabelledPublicText, WrittenComment, passage};
use crate::vectors::{Passage, Vectors};
use crate::{Error, Result};

/// Everything falls into one of so many parts by its id, to be held out together.
const PARTS: u64 = 10;

const UNRELATED_TWEETS: usize = 1000;

/// Texts whose part is among these are held out together.
pub type Fold = std::ops::RangeInclusive<u64>;

/// Of a set that is measured with what was fitted on its other texts.
pub const FIFTHS: [Fold; 5] = [0..=1, 2..=3, 4..=5, 6..=7, 8..=9];

/// The fixed tenth that the label branch has not learnt from: settings are chosen, heads calibrated and thresholds set on
/// it. What the branch has learnt it is too sure of.
pub const HELD_OUT: [Fold; 1] = [0..=0];

/// Whether what has this id is held out with a fold.
pub fn is_in(fold: &Fold, id: &str) -> bool {
    fold.contains(&part_of(id, PARTS))
}

/// Whether what has this id is in the fixed tenth.
pub fn is_held_out(id: &str) -> bool {
    HELD_OUT.iter().any(|fold| is_in(fold, id))
}

/// A text, or a mention of one, with what is true of it.
#[derive(Debug, Clone)]
pub struct LabelledText<L> {
    pub id: String,
    pub passage: Arc<Passage>,
    /// Which of the passage's pieces is meant.
    pub piece: usize,
    /// Which of the sets it comes from.
    pub set: usize,
    pub label: L,
}

impl<L> LabelledText<L> {
    /// A whole text.
    pub fn new(id: String, text: String, set: usize, label: L) -> Self {
        Self { id, passage: Arc::new(Passage::text(text)), piece: 0, set, label }
    }

    pub fn words(&self) -> &str {
        self.passage.words(self.piece)
    }
}

impl DegreesExample {
    /// One of its degrees; they are held out together.
    pub fn labelled<L>(&self, degree: &str, set: usize, label: L) -> LabelledText<L> {
        LabelledText::new(self.plain.clone(), degree.to_owned(), set, label)
    }
}

/// Tweets about anything, drawn by the seed, so that a head learns that most of what people write is nothing of what it looks for.
pub fn unrelated_tweets<L: Clone>(data: &DataFolder, seed: u64, set: usize, label: &L) -> Result<Vec<LabelledText<L>>> {
    let tweets = Random::new(seed).draw(data.read(sources::SB10K.name)?, UNRELATED_TWEETS);
    Ok(tweets.into_iter().map(|tweet| LabelledText::new(tweet.id, tweet.text, set, label.clone())).collect())
}

/// One vector's label and origin.
#[derive(Debug, Clone)]
pub struct Mention<L> {
    part: u64,
    pub set: usize,
    pub label: L,
}

impl<L> Mention<L> {
    /// In the fixed tenth.
    pub fn is_held_out(&self) -> bool {
        HELD_OUT.iter().any(|fold| fold.contains(&self.part))
    }
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

/// A comment whose mentions people have labelled, with all of it in view.
pub struct LabelledComment {
    id: String,
    /// Whose touchpoints and topics the labels name.
    pub journey: String,
    passage: Arc<Passage>,
    mentions: Vec<MentionLabels>,
    handover: Option<HandoverLabels>,
}

impl LabelledComment {
    /// Those of eval/data/comments.
    pub fn read_written(folder: &Path) -> Result<Vec<Self>> {
        let preparer = TextPreparer::default();
        let mut labelled = Vec::new();
        for file in files_of(folder)? {
            for WrittenComment { text, journey, mentions, handover } in read_lines(&file)? {
                labelled.push(Self::new(&preparer, text.clone(), journey, &text, mentions, handover));
            }
        }
        Ok(labelled)
    }

    /// The gold comments that are there to tune on.
    pub fn read_tune(path: &Path) -> Result<Vec<Self>> {
        let preparer = TextPreparer::default();
        let comments = read_lines::<GoldComment>(path)?.into_iter();
        let to_tune = comments.filter(|comment| comment.split == Some(Split::Tune));
        let labelled = |GoldComment { id, journey, text, labels, .. }| {
            Self::new(&preparer, id, journey, &text, labels.mentions, labels.handover)
        };
        Ok(to_tune.map(labelled).collect())
    }

    /// Public texts that the labels of a folder are for.
    ///
    /// # Errors
    /// A file is missing, or has not the text that a label is for.
    pub fn read_public(folder: &Path, data: &DataFolder) -> Result<Vec<Self>> {
        let preparer = TextPreparer::default();
        let mut texts: HashMap<String, String> = HashMap::new();
        for set in sources::WITH_LABELLED_MENTIONS {
            texts.extend(data.read(set.name)?.into_iter().map(|example| (example.id, example.text)));
        }
        let mut labelled = Vec::new();
        for file in files_of(folder)? {
            for LabelledPublicText { id, journey, mentions } in read_lines(&file)? {
                let unknown = || Error::Data(format!("{}: no file has the text {id}", file.display()));
                let text = texts.get(&id).ok_or_else(unknown)?;
                labelled.push(Self::new(&preparer, id, journey, text, mentions, None));
            }
        }
        Ok(labelled)
    }

    fn new(
        preparer: &TextPreparer,
        id: String,
        journey: String,
        text: &str,
        mentions: Vec<MentionLabels>,
        handover: Option<HandoverLabels>,
    ) -> Self {
        let spans: Vec<Range<usize>> = mentions.iter().map(MentionLabels::span).collect();
        Self { id, journey, passage: Arc::new(passage(preparer, text, &spans)), mentions, handover }
    }

    /// The comment's handover, if a mention is among the words that show it.
    pub fn handover_in(&self, mention: &MentionLabels) -> Option<&HandoverLabels> {
        self.handover.as_ref().filter(|shown| shown.begin < mention.end && mention.begin < shown.end)
    }

    /// The mentions of comments that have a label, each in its comment. They have the comment's id: they are held out together.
    ///
    /// # Errors
    /// Those of `label`.
    pub fn mentions<'a, L>(
        comments: impl IntoIterator<Item = &'a Self>,
        set: usize,
        label: impl Fn(&Self, &MentionLabels) -> Result<Option<L>>,
    ) -> Result<Vec<LabelledText<L>>> {
        let mut texts = Vec::new();
        for comment in comments {
            for (piece, mention) in comment.mentions.iter().enumerate() {
                let (id, passage) = (comment.id.clone(), comment.passage.clone());
                texts.extend(label(comment, mention)?.map(|label| LabelledText { id, passage, piece, set, label }));
            }
        }
        Ok(texts)
    }
}

/// A row for each text.
pub fn vectors_of<L>(vectors: &mut Vectors, what: &str, texts: &[LabelledText<L>]) -> Result<Matrix> {
    let all_pieces = vectors.of_pieces(what, texts.iter().map(|text| text.passage.as_ref()))?;
    let mut begin = 0;
    let row = |text: &LabelledText<L>| {
        let row = begin + text.piece;
        begin += text.passage.pieces();
        row
    };
    Ok(all_pieces.select(&texts.iter().map(row).collect::<Vec<_>>()))
}

impl<L: Clone> Mentions<L> {
    pub fn encode(vectors: &mut Vectors, what: &str, texts: &[LabelledText<L>]) -> Result<Self> {
        Ok(Self::new(vectors_of(vectors, what, texts)?, texts))
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

    /// Those of one set.
    pub fn of_set(&self, set: usize) -> Self {
        let rows: Vec<usize> = (0..self.mentions.len()).filter(|&row| self.mentions[row].set == set).collect();
        let mentions = rows.iter().map(|&row| self.mentions[row].clone()).collect();
        Self { vectors: self.vectors.select(&rows), mentions }
    }

    /// The positions of those in the fixed tenth, and of those outside.
    pub fn parted(&self) -> (Vec<usize>, Vec<usize>) {
        (0..self.mentions.len()).partition(|&row| self.mentions[row].is_held_out())
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
