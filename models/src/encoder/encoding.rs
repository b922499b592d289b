//! What the encoder says about one text.

use std::ops::Range;

use super::branch::Branch;
use super::model::WindowStates;
use super::tokens::{Group, Tokens, Window, tokens_in};
use crate::VECTOR_SIZE;

/// The states of one text.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// For each token of the text: its bytes in the text.
    spans: Vec<Range<usize>>,
    vectors: States,
    labels: States,
}

/// What one branch says.
#[derive(Debug, Clone)]
struct States {
    /// Sum over all states, then L2-normalised.
    whole: Vec<f32>,
    /// Tokens x 384, in the order of the spans.
    tokens: Vec<f32>,
}

impl Encoding {
    pub(super) fn empty(tokens: &Tokens) -> Self {
        let states = States::empty(tokens.spans.len());
        Self { spans: tokens.spans.clone(), vectors: states.clone(), labels: states }
    }

    /// Take over the states that the window owns.
    pub(super) fn add_window(&mut self, window: &Window, states: &WindowStates<'_>) {
        self.vectors.add_window(window, states.vectors);
        self.labels.add_window(window, states.labels);
    }

    pub(super) fn finish(&mut self) {
        normalise(&mut self.vectors.whole);
        normalise(&mut self.labels.whole);
    }

    /// The vector of the whole text: mean over all states, L2-normalised. Of [`Branch::Vectors`] it is E5's own when the
    /// text was tokenised as one, for search and for comparing comments. All zeros for a text without tokens whose
    /// mentions are apart.
    pub fn comment(&self, branch: Branch) -> &[f32] {
        &self.states_of(branch).whole
    }

    /// The vector of a piece of the text, given in bytes: mean over the states of the tokens that touch it,
    /// L2-normalised. A piece without tokens (spaces only) gets the comment vector.
    pub fn pool(&self, branch: Branch, span: &Range<usize>) -> Vec<f32> {
        let states = self.states_of(branch);
        let mut sum = vec![0.0; VECTOR_SIZE];
        for token in tokens_in(&self.spans, span) {
            add(&mut sum, states.of_token(token));
        }
        if sum.iter().all(|&value| value == 0.0) {
            return states.whole.clone();
        }
        normalise(&mut sum);
        sum
    }

    /// How much each token of a piece moves a linear head: the dot product of its state with `weights`, scaled so that
    /// the mean over the piece is the head's logit on [`Encoding::pool`] (without the bias). Exact, because pooling is
    /// a mean. `branch` is the one whose vectors the head reads.
    pub fn contributions(&self, branch: Branch, span: &Range<usize>, weights: &[f32]) -> Vec<(Range<usize>, f32)> {
        let states = self.states_of(branch);
        let tokens = tokens_in(&self.spans, span);
        let mut sum = vec![0.0; VECTOR_SIZE];
        for token in tokens.clone() {
            add(&mut sum, states.of_token(token));
        }
        let scale = tokens.len() as f32 / length(&sum).max(f32::MIN_POSITIVE);
        let contribution = |token: usize| (self.spans[token].clone(), scale * dot(states.of_token(token), weights));
        tokens.map(contribution).collect()
    }

    fn states_of(&self, branch: Branch) -> &States {
        match branch {
            Branch::Vectors => &self.vectors,
            Branch::Labels => &self.labels,
        }
    }
}

impl States {
    fn empty(tokens: usize) -> Self {
        Self { whole: vec![0.0; VECTOR_SIZE], tokens: vec![0.0; tokens * VECTOR_SIZE] }
    }

    /// `states` are of the window's tokens. All of them count towards the comment vector, but for shared ones: they are
    /// the same for every text.
    fn add_window(&mut self, window: &Window, states: &[f32]) {
        for (state, group) in states.chunks_exact(VECTOR_SIZE).zip(&window.groups) {
            if *group != Group::Shared {
                add(&mut self.whole, state);
            }
        }
        let source = window.first_owned * VECTOR_SIZE..(window.first_owned + window.owned.len()) * VECTOR_SIZE;
        let target = window.owned.start * VECTOR_SIZE..window.owned.end * VECTOR_SIZE;
        self.tokens[target].copy_from_slice(&states[source]);
    }

    fn of_token(&self, token: usize) -> &[f32] {
        &self.tokens[token * VECTOR_SIZE..(token + 1) * VECTOR_SIZE]
    }
}

fn add(sum: &mut [f32], values: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}

fn length(vector: &[f32]) -> f32 {
    dot(vector, vector).sqrt()
}

/// Of vectors of the same length. Several sums side by side, because the compiler may not reorder a single one into the
/// processor's vector registers: ten times faster.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

pub(crate) fn normalise(vector: &mut [f32]) {
    let length = length(vector);
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}
