//! Vectors of the label branch, and how they are kept: a number takes eight bits.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use klartext_models::VECTOR_SIZE;

/// A comment's vectors of the label branch, 384 numbers each, as exact as they are stored: labels that are made from the
/// stored ones are those that were made at first.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelVectors {
    /// The weights that they come from; those of other weights mean nothing to today's heads.
    pub branch: String,
    pub comment: Vec<f32>,
    /// One per mention.
    pub mentions: Vec<Vec<f32>>,
}

/// Steps on each side of 0.
const STEPS: f32 = 127.0;

/// The nearest vector that can be stored.
pub(super) fn rounded(vector: &[f32]) -> Vec<f32> {
    let step = step_of(vector);
    vector.iter().map(|value| (value / step).round() * step).collect()
}

/// A rounded vector as text: base64 of the step's exponent and of each number in steps, a byte each.
pub(super) fn packed(vector: &[f32]) -> String {
    let step = step_of(vector);
    let exponent = step.log2() as i8;
    let steps = vector.iter().map(|value| (value / step).round() as i8);
    let bytes: Vec<u8> = std::iter::once(exponent).chain(steps).map(i8::cast_unsigned).collect();
    BASE64_STANDARD.encode(bytes)
}

/// `None` for what no version has packed.
pub(super) fn unpacked(text: &str) -> Option<Vec<f32>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let (exponent, steps) = bytes.split_first().filter(|(_, steps)| steps.len() == VECTOR_SIZE)?;
    let step = 2f32.powi(exponent.cast_signed().into());
    Some(steps.iter().map(|value| f32::from(value.cast_signed()) * step).collect())
}

/// A power of two, so that rounding what is rounded changes nothing.
fn step_of(vector: &[f32]) -> f32 {
    let largest = vector.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 { 1.0 } else { (largest / STEPS).log2().ceil().exp2() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_vector_comes_back_as_it_was_rounded(values in prop::collection::vec(-1.0f32..1.0, VECTOR_SIZE)) {
            let once = rounded(&values);
            prop_assert_eq!(&unpacked(&packed(&once)).expect("it is packed"), &once);
            prop_assert_eq!(&rounded(&once), &once);
            let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            for (value, rounded) in values.iter().zip(&once) {
                prop_assert!((value - rounded).abs() <= largest / STEPS);
            }
        }
    }

    #[test]
    fn a_vector_of_zeros_comes_back() {
        let zeros = vec![0.0; VECTOR_SIZE];
        assert_eq!(unpacked(&packed(&zeros)), Some(zeros));
        assert_eq!(unpacked("AAAA"), None);
        assert_eq!(unpacked("no base64"), None);
    }
}
