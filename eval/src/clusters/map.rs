//! How true a map is to what it shows, and how still it stands.

use std::fmt;

use klartext_models::clusters::{Discovery, DiscoveryOptions, Layout, Point, sample};
use klartext_models::train::Matrix;
use serde::Serialize;

use super::{ClassifiedTexts, table};
use crate::Result;
use crate::process::measured;
use crate::random::Random;

/// Neighbours that are looked at.
const NEIGHBOURS: usize = 10;
/// Texts that are compared with all others.
const COMPARED: usize = 1_000;
/// Two maps share this share of their texts.
const SHARED: f64 = 0.8;

#[derive(Debug, Clone, Serialize)]
pub struct MapReport {
    pub data: String,
    /// "klartext" or "pca".
    pub method: &'static str,
    pub texts: usize,
    /// Of ten neighbours, 0 to 1 (Venna and Kaski 2001): whether those on the map are neighbours indeed.
    pub trustworthiness: f64,
    /// Share of the ten neighbours that are neighbours on the map too.
    pub neighbours_kept: f64,
    /// Mean distance between a text's places on two maps that share four fifths of their texts, as a share of the mean
    /// distance between two texts: the second map knowing the first, and not.
    pub moved: Option<f64>,
    pub moved_without_previous: Option<f64>,
    /// Of all threads: for all texts, and per text that is placed.
    pub cpu_seconds: Option<f64>,
    pub microseconds_per_place: Option<f64>,
}

/// All reports, as a table for people.
pub struct MapTable<'a>(pub &'a [MapReport]);

/// A map of each set, beside its first two principal components.
pub fn measure_maps(sets: &[ClassifiedTexts], polarity: &[f32], options: &DiscoveryOptions) -> Result<Vec<MapReport>> {
    let mut reports = Vec::new();
    for set in sets {
        let discovery = Discovery::of(&set.vectors, polarity, options)?;
        let transform = discovery.model.transform();
        let (layout, fitting) = measured(|| Layout::fit(&set.vectors, transform, None, options));
        let layout = layout?;
        let (points, placing) = measured(|| layout.place_all(&set.vectors, options));
        let mut rows = set.vectors.clone();
        rows.rows_mut().for_each(|row| transform.apply(row));
        let neighbourhoods = Neighbourhoods::new(&rows, options.seed);

        // Both lack one of the ends.
        let part = (set.vectors.len() as f64 / (2.0 - SHARED)) as usize;
        let order = Random::new(options.seed).draw((0..set.vectors.len()).collect(), set.vectors.len());
        let (first, last) = (&order[..part], &order[order.len() - part..]);
        let before = Layout::fit(&set.vectors.select(first), transform, None, options)?;
        let fit_after = |previous| Layout::fit(&set.vectors.select(last), transform, previous, options);
        let shared = set.vectors.select(&order[order.len() - part..part]);
        let moved = |after: &Layout| moved(&before.place_all(&shared, options), &after.place_all(&shared, options));
        reports.push(MapReport {
            data: set.name.clone(),
            method: "klartext",
            texts: set.vectors.len(),
            trustworthiness: neighbourhoods.trustworthiness(&points),
            neighbours_kept: neighbourhoods.kept(&points),
            moved: Some(moved(&fit_after(Some(&before))?)),
            moved_without_previous: Some(moved(&fit_after(None)?)),
            cpu_seconds: fitting.cpu_seconds.zip(placing.cpu_seconds).map(|(fitting, placing)| fitting + placing),
            microseconds_per_place: placing.cpu_seconds.map(|seconds| seconds * 1e6 / set.vectors.len() as f64),
        });
        let (points, cost) = measured(|| principal_components(&rows));
        reports.push(MapReport {
            data: set.name.clone(),
            method: "pca",
            texts: set.vectors.len(),
            trustworthiness: neighbourhoods.trustworthiness(&points),
            neighbours_kept: neighbourhoods.kept(&points),
            moved: None,
            moved_without_previous: None,
            cpu_seconds: cost.cpu_seconds,
            microseconds_per_place: None,
        });
    }
    Ok(reports)
}

fn distance(left: Point, right: Point) -> f64 {
    f64::from((left[0] - right[0]).hypot(left[1] - right[1]))
}

fn moved(before: &[Point], after: &[Point]) -> f64 {
    let mean = |distances: &mut dyn Iterator<Item = f64>| distances.sum::<f64>() / before.len() as f64;
    let moved = mean(&mut before.iter().zip(after).map(|(before, after)| distance(*before, *after)));
    // Any other text will do: they come in random order.
    let others = before.iter().cycle().skip(before.len() / 2);
    moved / mean(&mut before.iter().zip(others).map(|(left, right)| distance(*left, *right)))
}

/// For some texts, all others in the order of their distance.
struct Neighbourhoods {
    compared: Vec<usize>,
    /// For each of these, the rank of every text: 0 is the text itself.
    ranks: Vec<Vec<usize>>,
}

impl Neighbourhoods {
    fn new(rows: &Matrix, seed: u64) -> Self {
        let compared = sample(rows.len(), COMPARED, seed);
        let ranks = compared.iter().map(|&text| {
            let cosine =
                |other: &[f32]| rows.row(text).iter().zip(other).map(|(left, right)| left * right).sum::<f32>();
            let cosines: Vec<f32> = rows.rows().map(cosine).collect();
            ranks(rows.len(), text, |other| f64::from(-cosines[other]))
        });
        Self { ranks: ranks.collect(), compared }
    }

    fn near_on_map(&self, points: &[Point], text: usize) -> Vec<usize> {
        let ranks = ranks(points.len(), text, |other| distance(points[text], points[other]));
        (0..points.len()).filter(|&other| (1..=NEIGHBOURS).contains(&ranks[other])).collect()
    }

    fn trustworthiness(&self, points: &[Point]) -> f64 {
        let mut excess = 0;
        for (&text, ranks) in self.compared.iter().zip(&self.ranks) {
            let near = self.near_on_map(points, text);
            excess += near.iter().map(|&other| ranks[other].saturating_sub(NEIGHBOURS)).sum::<usize>();
        }
        let worst = NEIGHBOURS as f64 * (2.0 * points.len() as f64 - 3.0 * NEIGHBOURS as f64 - 1.0) / 2.0;
        1.0 - excess as f64 / (self.compared.len() as f64 * worst)
    }

    fn kept(&self, points: &[Point]) -> f64 {
        let mut kept = 0;
        for (&text, ranks) in self.compared.iter().zip(&self.ranks) {
            kept += self.near_on_map(points, text).iter().filter(|&&other| ranks[other] <= NEIGHBOURS).count();
        }
        kept as f64 / (self.compared.len() * NEIGHBOURS) as f64
    }
}

/// The rank of every text by its distance from one, which has rank 0.
fn ranks(count: usize, text: usize, distance: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&left, &right| {
        (left != text).cmp(&(right != text)).then_with(|| distance(left).total_cmp(&distance(right)))
    });
    let mut ranks = vec![0; count];
    order.into_iter().enumerate().for_each(|(rank, other)| ranks[other] = rank);
    ranks
}

/// The rows' shares in the two directions in which they vary most, by power iteration.
fn principal_components(rows: &Matrix) -> Vec<Point> {
    const STEPS: usize = 100;
    let mut directions: Vec<Vec<f32>> = Vec::new();
    for component in 0..2 {
        let mut direction: Vec<f32> =
            (0..rows.width()).map(|index| if index % 2 == component { 1.0 } else { 0.5 }).collect();
        for _ in 0..STEPS {
            let mut next = vec![0.0; rows.width()];
            for row in rows.rows() {
                let share = product(row, &direction);
                next.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
            }
            for earlier in &directions {
                let share = product(&next, earlier);
                next.iter_mut().zip(earlier).for_each(|(value, earlier)| *value -= share * earlier);
            }
            let length = product(&next, &next).sqrt();
            direction = next.into_iter().map(|value| value / length).collect();
        }
        directions.push(direction);
    }
    rows.rows().map(|row| [product(row, &directions[0]), product(row, &directions[1])]).collect()
}

fn product(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

impl fmt::Display for MapTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = [
            "data",
            "method",
            "texts",
            "trustworthiness",
            "neighbours kept",
            "moved",
            "moved without previous",
            "CPU s",
            "µs per place",
        ];
        let or_none =
            |value: Option<f64>, digits: usize| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
        let rows = self.0.iter().map(|report| {
            vec![
                report.data.clone(),
                report.method.to_owned(),
                report.texts.to_string(),
                format!("{:.3}", report.trustworthiness),
                format!("{:.3}", report.neighbours_kept),
                or_none(report.moved, 3),
                or_none(report.moved_without_previous, 3),
                or_none(report.cpu_seconds, 1),
                or_none(report.microseconds_per_place, 0),
            ]
        });
        write!(formatter, "{}", table(&header, rows, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(count: usize) -> Vec<Point> {
        let angle = |number: usize| number as f32 / count as f32 * std::f32::consts::TAU;
        (0..count).map(|number| [angle(number).cos(), angle(number).sin()]).collect()
    }

    fn rows(points: &[Point]) -> Matrix {
        let mut rows = Matrix::of_width(2);
        points.iter().for_each(|point| rows.push(point));
        rows
    }

    #[test]
    fn a_true_map_keeps_all_neighbours_and_a_false_one_few() {
        let points = circle(101);
        let neighbourhoods = Neighbourhoods::new(&rows(&points), 1);
        assert!(neighbourhoods.kept(&points) > 0.99 && neighbourhoods.trustworthiness(&points) > 0.999);
        let shuffled: Vec<Point> = (0..101).map(|number| points[number * 37 % 101]).collect();
        assert!(neighbourhoods.kept(&shuffled) < 0.4 && neighbourhoods.trustworthiness(&shuffled) < 0.8);
    }

    #[test]
    fn principal_components_are_where_the_variance_is() {
        let mut rows = Matrix::of_width(3);
        for number in 0..100_u16 {
            let number = f32::from(number);
            rows.push(&[0.1 * (number % 3.0 - 1.0), 5.0 * (number % 7.0 - 3.0), number % 11.0 - 5.0]);
        }
        let components = principal_components(&rows);
        let first: f32 =
            components.iter().zip(rows.rows()).map(|(point, row)| (point[0].abs() - row[1].abs()).abs()).sum();
        assert!(first / 100.0 < 0.3, "{first}");
    }

    #[test]
    fn what_stays_has_not_moved() {
        let points = circle(20);
        assert_eq!(moved(&points, &points), 0.0);
        let mirrored: Vec<Point> = points.iter().map(|point| [-point[0], -point[1]]).collect();
        assert!((moved(&points, &mirrored) - 1.0).abs() < 1e-6);
    }
}
