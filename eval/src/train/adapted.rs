//! What the encoder allows where a data set's own labels may be learnt from: the label branch fine-tuned on four fifths of its
//! texts, and asked about the fifth. Nothing of it ships.

use std::path::Path;

use klartext_models::encoder::{LabelBranch, Tokenizer};
use klartext_models::heads::{SENTIMENT_CLASSES, softmax};
use klartext_models::text::TextPreparer;
use klartext_models::train::{BranchOptions, BranchTrainer, FrozenText, LabelledTokens, Target, Task};

use super::branch::labelled_tokens;
use super::mentions::{FIFTHS, is_in};
use crate::random::Random;
use crate::vectors::{Passage, open_bundle};
use crate::{Error, Result};

/// Sentiment probabilities of texts, each from a branch that has learnt from the four fifths without it, beginning with `branch`.
/// `texts` are id, words and class. `threads`: 0 is all cores.
///
/// # Errors
/// A text is longer than one of the encoder's windows, or the encoder is missing.
pub fn judge_fine_tuned(
    cache_folder: &Path,
    branch: &LabelBranch,
    texts: &[(String, String, usize)],
    options: &BranchOptions,
    threads: usize,
) -> Result<Vec<Vec<f32>>> {
    let bundle = open_bundle(cache_folder)?;
    let tokenizer = Tokenizer::load(&bundle)?;
    let task = Task { name: "sentiment".to_owned(), classes: SENTIMENT_CLASSES.len(), excludes: true, sets: 1 };
    let options = BranchOptions { fork: branch.fork().unwrap_or(options.fork), ..options.clone() };
    let mut probabilities = vec![Vec::new(); texts.len()];
    for (number, fifth) in FIFTHS.iter().enumerate() {
        let mut trainer = BranchTrainer::new(&bundle, std::slice::from_ref(&task), options.clone(), threads)?;
        trainer.take_branch(branch)?;
        let (seen, unseen): (Vec<usize>, Vec<usize>) =
            (0..texts.len()).partition(|&text| !is_in(fifth, &texts[text].0));
        let frozen = |numbers: &[usize]| -> Result<Vec<FrozenText>> {
            let tokens = numbers.iter().map(|&text| tokens_of(&texts[text], &tokenizer));
            Ok(trainer.freeze(tokens.collect::<Result<_>>()?)?)
        };
        let (seen, asked) = (frozen(&seen)?, frozen(&unseen)?);
        while trainer.epoch() < options.epochs {
            trainer.train_epoch(&seen, |seed, order| Random::new(seed).shuffle(order), |_progress| {})?;
            eprintln!("fifth {} of {}, epoch {} of {}", number + 1, FIFTHS.len(), trainer.epoch(), options.epochs);
        }
        for (text, judged) in unseen.into_iter().zip(trainer.judge(&asked)?) {
            probabilities[text] = softmax(&judged.logits);
        }
    }
    Ok(probabilities)
}

fn tokens_of((id, words, class): &(String, String, usize), tokenizer: &Tokenizer) -> Result<LabelledTokens> {
    let target = Target { task: 0, set: 0, classes: vec![*class], weight: 1.0 };
    let passage = Passage::text(words.clone());
    let tokens = labelled_tokens(&passage, &[vec![target]], 1, &TextPreparer::default(), tokenizer)?;
    tokens.ok_or_else(|| Error::Data(format!("{id} is longer than one of the encoder's windows")))
}
