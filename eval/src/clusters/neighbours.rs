//! Whether texts that lie side by side are of the same class: what vectors are worth to search and clusters.

use std::collections::HashMap;
use std::fmt;

use klartext_models::clusters::{DiscoveryOptions, nearest};
use serde::Serialize;

use super::{ClassifiedTexts, table};
use crate::Result;

/// Neighbours that are asked.
const NEIGHBOURS: usize = 10;

#[derive(Debug, Clone, Serialize)]
pub struct NeighbourReport {
    pub data: String,
    pub texts: usize,
    pub classes: usize,
    /// Share of texts whose class is the most frequent one of their ten nearest others by cosine.
    pub accuracy: f64,
}

/// All reports, as a table for people.
pub struct NeighbourTable<'a>(pub &'a [NeighbourReport]);

/// By the vectors as they are, without mean or polarity taken out.
///
/// # Errors
/// libtorch fails.
pub fn measure_neighbours(sets: &[ClassifiedTexts], options: &DiscoveryOptions) -> Result<Vec<NeighbourReport>> {
    let mut reports = Vec::new();
    for set in sets {
        let neighbours = nearest(&set.vectors, NEIGHBOURS, options)?;
        let is_right = |&text: &usize| {
            let classes = neighbours.of(text).iter().map(|&other| set.classes[other as usize]);
            most_frequent(classes) == Some(set.classes[text])
        };
        let texts = set.classes.len();
        let right = (0..texts).filter(is_right).count();
        let accuracy = right as f64 / texts.max(1) as f64;
        reports.push(NeighbourReport { data: set.name.clone(), texts, classes: set.class_count(), accuracy });
    }
    Ok(reports)
}

/// Of equally frequent classes, the one that comes first.
fn most_frequent(classes: impl Iterator<Item = u32>) -> Option<u32> {
    let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
    for (position, class) in classes.enumerate() {
        counts.entry(class).or_insert((0, position)).0 += 1;
    }
    let best = counts.into_iter().max_by_key(|&(_, (count, first))| (count, std::cmp::Reverse(first)));
    best.map(|(class, _)| class)
}

impl fmt::Display for NeighbourTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().map(|report| {
            vec![
                report.data.clone(),
                report.texts.to_string(),
                report.classes.to_string(),
                format!("{:.3}", report.accuracy),
            ]
        });
        write!(formatter, "{}", table(&["data", "texts", "classes", "10-NN accuracy"], rows, 1))
    }
}

#[cfg(test)]
mod tests {
    use klartext_models::train::Matrix;

    use super::*;

    #[test]
    fn the_nearest_decides_between_equally_frequent_classes() {
        assert_eq!(most_frequent([3, 1, 1, 3, 2].into_iter()), Some(3));
        assert_eq!(most_frequent([2, 1, 1].into_iter()), Some(1));
        assert_eq!(most_frequent(std::iter::empty()), None);
    }

    #[test]
    fn two_heaps_are_told_apart_and_a_stray_text_is_not() {
        let direction = |position: usize, noise: usize| {
            let mut row = vec![0.0; klartext_models::VECTOR_SIZE];
            row[position] = 0.99;
            row[10 + noise] = (1.0f32 - 0.99 * 0.99).sqrt();
            row
        };
        let rows: Vec<Vec<f32>> = (0..40).map(|text| direction(text % 2, text)).collect();
        let vectors: Matrix = rows.iter().map(Vec::as_slice).collect();
        let mut classes: Vec<u32> = (0..40).map(|text| text % 2).collect();
        classes[0] = 1;
        let set = ClassifiedTexts { name: "heaps".to_owned(), classes, vectors };
        let reports = measure_neighbours(&[set], &DiscoveryOptions::default()).expect("there are vectors");
        assert!((reports[0].accuracy - 39.0 / 40.0).abs() < 1e-9, "{}", reports[0].accuracy);
    }
}
