//! The head that tells what a mention asks for.

use std::path::Path;

use klartext_models::heads::{ACTION_CLASSES, DataSource};

use super::mentions::{FIVE_FOLDS, LabelledText, Mentions};
use super::softmax::{self, SoftmaxHead};
use super::{class_names, grid, sources};
use crate::Result;
use crate::data::{Action, ActionExample, DataFolder, read_lines};
use crate::random::Random;
use crate::vectors::Vectors;

/// Tweets about anything, so that the head learns that most of what people write asks nothing of a company.
const UNRELATED_TWEETS: usize = 1000;
/// How much one of the project's own texts counts, and one of those tweets.
const SET_WEIGHTS: [f32; 2] = [1.0, 0.4];

/// Train the head on the project's own texts and on unrelated tweets. There is no dev set: figures are cross-validated.
pub fn train(
    actions: &Path,
    data: &DataFolder,
    vectors: &mut Vectors,
    seed: u64,
) -> Result<(SoftmaxHead, Vec<DataSource>)> {
    let mut texts: Vec<LabelledText<usize>> = read_lines::<ActionExample>(actions)?
        .into_iter()
        .map(|example| LabelledText {
            id: example.text.clone(),
            text: example.text,
            set: 0,
            label: example.action.class(),
        })
        .collect();
    let own_texts = texts.len();
    // A tweet that asks something might be meant for a company; the others are taken not to be.
    let mut tweets = data.read(sources::SB10K.name)?;
    tweets.retain(|tweet| !tweet.text.contains('?'));
    let tweets = Random::new(seed).draw(tweets, UNRELATED_TWEETS);
    let label = Action::None.class();
    texts.extend(tweets.into_iter().map(|tweet| LabelledText { id: tweet.id, text: tweet.text, set: 1, label }));
    let used = vec![sources::ACTIONS.used(own_texts), sources::SB10K.used(texts.len() - own_texts)];
    let mentions = Mentions::encode(vectors, "action", &texts)?;
    let candidates = grid(&[3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0], &[0.0]);
    let head = softmax::train(&mentions, &SET_WEIGHTS, &class_names(&ACTION_CLASSES), &FIVE_FOLDS, &candidates)?;
    Ok((head, used))
}
