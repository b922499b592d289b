use serde::{Deserialize, Serialize};

use crate::encoder::dot;

/// One logit per class: `weights · vector + bias`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    pub classes: Vec<String>,
    /// Classes x width, row by row; the width is the encoder's 384 unless a head has features of its own behind them.
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Linear {
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    pub fn class_index(&self, class: &str) -> Option<usize> {
        self.classes.iter().position(|name| name == class)
    }

    /// Features of one example.
    pub fn width(&self) -> usize {
        self.weights.len() / self.len().max(1)
    }

    /// The weights of one class.
    pub fn weights_of(&self, class: usize) -> &[f32] {
        let width = self.width();
        &self.weights[class * width..(class + 1) * width]
    }

    pub fn logit(&self, class: usize, vector: &[f32]) -> f32 {
        dot(self.weights_of(class), vector) + self.bias[class]
    }

    pub fn logits(&self, vector: &[f32]) -> Vec<f32> {
        (0..self.len()).map(|class| self.logit(class, vector)).collect()
    }

    /// Probabilities of classes that exclude each other; they add up to 1.
    pub fn softmax(&self, vector: &[f32]) -> Vec<f32> {
        softmax(&self.logits(vector))
    }

    /// Probabilities of classes that can hold together.
    pub fn sigmoids(&self, vector: &[f32]) -> Vec<f32> {
        self.logits(vector).into_iter().map(sigmoid).collect()
    }

    /// Change one class's logit to `slope * logit + offset`.
    pub fn calibrate(&mut self, class: usize, slope: f32, offset: f32) {
        let width = self.width();
        let weights = &mut self.weights[class * width..(class + 1) * width];
        weights.iter_mut().for_each(|weight| *weight *= slope);
        self.bias[class] = self.bias[class] * slope + offset;
    }

    /// How the logits of two classes differ, up to a constant: what speaks for one and against the other.
    pub fn difference(&self, class: usize, other: usize) -> Vec<f32> {
        let pairs = self.weights_of(class).iter().zip(self.weights_of(other));
        pairs.map(|(weight, other)| weight - other).collect()
    }

    /// How one class's logit differs from the mean of the others': the direction that decides for the class.
    pub fn direction(&self, class: usize) -> Vec<f32> {
        let others = (self.len().max(2) - 1) as f32;
        let mut direction = self.weights_of(class).to_vec();
        for other in (0..self.len()).filter(|&other| other != class) {
            for (value, weight) in direction.iter_mut().zip(self.weights_of(other)) {
                *value -= weight / others;
            }
        }
        direction
    }

    pub(crate) fn check(&self, width: usize) -> Result<(), String> {
        if self.weights.len() != self.len() * width || self.bias.len() != self.len() {
            return Err(format!("{} weights and {} biases", self.weights.len(), self.bias.len()));
        }
        if !self.weights.iter().chain(&self.bias).all(|value| value.is_finite()) {
            return Err("a weight is not a finite number".to_owned());
        }
        Ok(())
    }
}

/// Probabilities of classes that exclude each other; they add up to 1.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let sum: f32 = exponentials.iter().sum();
    exponentials.iter().map(|value| value / sum).collect()
}

/// The probability that a logit stands for.
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
