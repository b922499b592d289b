//! The head that tells what a mention asks for.

use std::path::Path;

use klartext_models::heads::{ACTION_CLASSES, DataSource};

use super::mentions::{HELD_OUT, LabelledText, Mentions};
use super::softmax::{self, SoftmaxHead};
use super::{class_names, grid, sources};
use crate::Result;
use crate::data::{Action, ActionExample, DataFolder, read_lines};
use crate::random::Random;
use crate::vectors::Vectors;

/// Tweets about anything, so that the head learns that most of what people write asks nothing of a company.
const UNRELATED_TWEETS: usize = 1000;
/// How much one of the project's own texts counts, and one of those tweets.
pub const SET_WEIGHTS: [f32; 2] = [1.0, 0.4];

/// The project's own texts and unrelated tweets, with the sets that they are of.
pub fn texts(actions: &Path, data: &DataFolder, seed: u64) -> Result<(Vec<LabelledText<usize>>, Vec<DataSource>)> {
    let mut texts: Vec<LabelledText<usize>> = read_lines::<ActionExample>(actions)?
        .into_iter()
        .map(|example| LabelledText::new(example.text.clone(), example.text, 0, example.action.class()))
        .collect();
    let own_texts = texts.len();
    // A tweet that asks something might be meant for a company; the others are taken not to be.
    let mut tweets = data.read(sources::SB10K.name)?;
    tweets.retain(|tweet| !tweet.text.contains('?'));
    let tweets = Random::new(seed).draw(tweets, UNRELATED_TWEETS);
    let label = Action::None.class();
    texts.extend(tweets.into_iter().map(|tweet| LabelledText::new(tweet.id, tweet.text, 1, label)));
    let used = vec![sources::ACTIONS.used(own_texts), sources::SB10K.used(texts.len() - own_texts)];
    Ok((texts, used))
}

/// Train the head. There is no dev set: figures are of the texts that were held out.
pub fn train(
    actions: &Path,
    data: &DataFolder,
    vectors: &mut Vectors,
    seed: u64,
) -> Result<(SoftmaxHead, Vec<DataSource>)> {
    let (texts, used) = texts(actions, data, seed)?;
    let mentions = Mentions::encode(vectors, "action", &texts)?;
    let candidates = grid(&[3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0], &[0.0]);
    let head = softmax::train(&mentions, &SET_WEIGHTS, &class_names(&ACTION_CLASSES), &HELD_OUT, &candidates)?;
    Ok((head, used))
}
