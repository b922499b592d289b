//! Which kinds of friction a mention shows: a trained detector on its vector and the numbers that its words name.
//!
//! The vector and the words are all it needs, and both are stored: a mention gets the same answer when it is analysed
//! and when it is scored again.

use serde::{Deserialize, Serialize};

use super::{FrictionKind, NamedCount, NamedDuration, counts, durations, ordinals};
use crate::heads::{Linear, sigmoid};
use crate::{Error, Result, VECTOR_SIZE};

/// Features behind the vector: whether the words name a duration, and whether they name a count.
pub const NUMBER_FEATURES: usize = 2;

/// One logistic regression a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrictionHead {
    /// Classes are the names of [`FrictionKind::ALL`]; features are the mention's vector and the [`NUMBER_FEATURES`]. A
    /// sigmoid of each logit is calibrated.
    pub linear: Linear,
    /// One a kind, probabilities: from here on it is found.
    pub thresholds: Vec<f32>,
}

/// A kind that a mention shows.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundFriction {
    pub kind: FrictionKind,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
    /// Of waiting only, where the words name one.
    pub duration: Option<NamedDuration>,
    /// Of repeated contact only, at least 2, where the words name one.
    pub count: Option<NamedCount>,
}

/// The numbers that a mention names; spans in bytes of its words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NamedNumbers {
    durations: Vec<NamedDuration>,
    counts: Vec<NamedCount>,
}

impl NamedNumbers {
    pub fn of(words: &str) -> Self {
        Self { durations: durations(words), counts: counts(words) }
    }

    /// As the detector takes them.
    pub fn features(&self) -> [f32; NUMBER_FEATURES] {
        [&self.durations.is_empty(), &self.counts.is_empty()].map(|is_empty| if *is_empty { 0.0 } else { 1.0 })
    }

    /// How long somebody waited: the duration named last, because a promised one comes before the real one ("in zwei
    /// Tagen, es wurden drei Wochen").
    pub fn waited(&self) -> Option<&NamedDuration> {
        self.durations.last()
    }

    /// How often somebody tried, in words that are known to tell of trying again. "Noch einmal" counts nothing.
    pub fn tried(&self, words: &str) -> Option<NamedCount> {
        let several = self.counts.iter().rfind(|named| named.count > 1);
        several.cloned().or_else(|| ordinals(words).pop())
    }
}

impl FrictionHead {
    /// The kinds of a mention, in their order. `words` are the mention's.
    pub fn find(&self, vector: &[f32], words: &str) -> Vec<FoundFriction> {
        let logits = self.logits(vector);
        // Looking for numbers costs more than the vector does; most mentions show nothing whatever they name.
        if !(0..logits.len()).any(|kind| self.reaches(kind, logits[kind] + self.most_by_numbers(kind))) {
            return Vec::new();
        }
        let numbers = NamedNumbers::of(words);
        let mut found = Vec::new();
        for (kind, logit) in logits.into_iter().enumerate() {
            let logit = logit + self.by_numbers(kind, &numbers.features());
            if self.reaches(kind, logit) {
                let kind = FrictionKind::ALL[kind];
                let duration = numbers.waited().filter(|_| kind == FrictionKind::Waiting).cloned();
                let count = Some(kind).filter(|kind| *kind == FrictionKind::RepeatedContact);
                let count = count.and_then(|_| numbers.tried(words));
                found.push(FoundFriction { kind, confidence: sigmoid(logit), duration, count });
            }
        }
        found
    }

    /// Calibrated probabilities in the order of [`FrictionKind::ALL`].
    pub fn probabilities(&self, vector: &[f32], numbers: &NamedNumbers) -> Vec<f32> {
        let logits = self.logits(vector).into_iter().enumerate();
        logits.map(|(kind, logit)| sigmoid(logit + self.by_numbers(kind, &numbers.features()))).collect()
    }

    /// The direction in which token states speak for a kind.
    pub fn direction(&self, kind: FrictionKind) -> &[f32] {
        &self.linear.weights_of(kind as usize)[..VECTOR_SIZE]
    }

    /// By the vector alone.
    fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let logit = |kind: FrictionKind| crate::encoder::dot(self.direction(kind), vector);
        FrictionKind::ALL.into_iter().map(|kind| logit(kind) + self.linear.bias[kind as usize]).collect()
    }

    fn reaches(&self, kind: usize, logit: f32) -> bool {
        sigmoid(logit) >= self.thresholds[kind]
    }

    fn by_numbers(&self, kind: usize, features: &[f32; NUMBER_FEATURES]) -> f32 {
        crate::encoder::dot(&self.linear.weights_of(kind)[VECTOR_SIZE..], features)
    }

    fn most_by_numbers(&self, kind: usize) -> f32 {
        self.linear.weights_of(kind)[VECTOR_SIZE..].iter().map(|weight| weight.max(0.0)).sum()
    }

    /// # Errors
    /// Other kinds, or matrices of another size.
    pub(crate) fn check(&self, path: &str) -> Result<()> {
        self.linear.check(VECTOR_SIZE + NUMBER_FEATURES).map_err(|reason| Error::format(path, reason))?;
        let names = FrictionKind::ALL.map(FrictionKind::name);
        if self.linear.classes != names || self.thresholds.len() != names.len() {
            return Err(Error::format(path, format!("unexpected kinds of friction {:?}", self.linear.classes)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first axis speaks for waiting, the second for repeated contact; numbers help each a little.
    fn head() -> FrictionHead {
        let width = VECTOR_SIZE + NUMBER_FEATURES;
        let mut weights = vec![0.0; 4 * width];
        weights[0] = 4.0;
        weights[VECTOR_SIZE] = 2.0;
        weights[width + 1] = 4.0;
        weights[width + VECTOR_SIZE + 1] = 2.0;
        let classes = FrictionKind::ALL.map(|kind| kind.name().to_owned()).to_vec();
        FrictionHead { linear: Linear { classes, weights, bias: vec![-3.0; 4] }, thresholds: vec![0.5; 4] }
    }

    fn vector(axis: usize, value: f32) -> Vec<f32> {
        let mut vector = vec![0.0; VECTOR_SIZE];
        vector[axis] = value;
        vector
    }

    #[test]
    fn numbers_are_told_only_of_the_kind_that_has_them() {
        let head = head();
        let words = "zum dritten Mal zwei Stunden gewartet";
        let found = head.find(&vector(0, 1.0), words);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, FrictionKind::Waiting);
        assert_eq!(
            found[0].duration.as_ref().map(|named| (named.minutes, &words[named.span.clone()])),
            Some((120.0, "zwei Stunden"))
        );
        assert_eq!(found[0].count, None);
        let found = head.find(&vector(1, 1.0), words);
        assert_eq!(
            (found[0].kind, found[0].count.as_ref().map(|named| named.count)),
            (FrictionKind::RepeatedContact, Some(3))
        );
    }

    #[test]
    fn a_named_duration_can_decide() {
        let head = head();
        assert!(head.find(&vector(0, 0.5), "lange gestanden").is_empty());
        assert_eq!(head.find(&vector(0, 0.5), "eine Stunde gestanden").len(), 1);
        assert!(head.find(&vector(0, 0.0), "eine Stunde gestanden").is_empty());
        let numbers = NamedNumbers::of("eine Stunde gestanden");
        assert!((head.probabilities(&vector(0, 0.5), &numbers)[0] - sigmoid(1.0)).abs() < 1e-6);
    }

    #[test]
    fn the_real_duration_comes_last_and_once_more_counts_nothing() {
        let waited = |words: &str| NamedNumbers::of(words).waited().map(|named| named.minutes);
        assert_eq!(waited("zwei Tage hieß es, drei Wochen sind es geworden"), Some(30_240.0));
        let tried = |words: &str| NamedNumbers::of(words).tried(words).map(|named| named.count);
        assert_eq!(tried("ich schreibe noch einmal"), None);
        assert_eq!(tried("der vierte Techniker war da"), Some(4));
        assert_eq!(tried("fünf Mails"), Some(5));
    }
}
