//! The head that tells what a mention asks for.

use std::path::Path;

use klartext_models::heads::{ACTION_CLASSES, DataSource};

use super::mentions::{FIVE_FOLDS, LabelledText, Mentions};
use super::softmax::{self, SoftmaxHead};
use super::{class_names, grid, sources};
use crate::Result;
use crate::data::{ActionExample, read_lines};
use crate::vectors::Vectors;

/// Train the head on the project's own texts. There is no dev set: figures are cross-validated.
pub fn train(actions: &Path, vectors: &mut Vectors) -> Result<(SoftmaxHead, DataSource)> {
    let texts: Vec<LabelledText<usize>> = read_lines::<ActionExample>(actions)?
        .into_iter()
        .map(|example| LabelledText {
            id: example.text.clone(),
            text: example.text,
            set: 0,
            label: example.action.class(),
        })
        .collect();
    let mentions = Mentions::encode(vectors, "action", &texts)?;
    let candidates = grid(&[3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0], &[0.0]);
    let head = softmax::train(&mentions, &[1.0], &class_names(&ACTION_CLASSES), &FIVE_FOLDS, &candidates)?;
    Ok((head, sources::ACTIONS.used(texts.len())))
}
