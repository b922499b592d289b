use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::neighbours::{Neighbours, directions_of_variance, nearest};
use super::parallel::in_parallel;
use super::{DiscoveryOptions, Transform, sample};
use crate::encoder::{dot, normalise};
use crate::random::mixed;
use crate::train::Matrix;
use crate::{Result, VECTOR_SIZE};

/// Mentions that are laid out by forces; all others are placed between them.
const LANDMARKS: usize = 3_000;
/// Landmarks are kept and compared in the directions of largest variance: so a map is small, and placing is quick.
const DIMENSIONS: usize = 64;
/// Each landmark is drawn to so many others.
const NEIGHBOURS: usize = 10;
/// A mention is placed between so many landmarks.
const PLACED_BETWEEN: usize = 8;
/// How much more a nearer landmark counts: the weight falls by e with this difference of cosines.
const PLACING_WIDTH: f32 = 0.05;

/// Rounds of moving every landmark; with a map before it, it is in its place already and is only put right.
const ROUNDS: u32 = 300;
const ROUNDS_WITH_PREVIOUS: u32 = 60;
/// Length of the first moves, which become shorter.
const RATE: f32 = 1.0;
const RATE_WITH_PREVIOUS: f32 = 0.3;
/// For each landmark that it is drawn to, a landmark is pushed away from so many that are drawn by chance.
const PUSHED_PER_DRAWN: u64 = 5;
/// The longest move at once, in either direction.
const LONGEST_MOVE: f32 = 4.0;
/// Of the map from its middle.
const RADIUS: f32 = 10.0;
/// Share of the landmarks that lie within the radius: a few far ones must not make all others small.
const WITHIN: f64 = 0.99;

/// A place on the map.
pub type Point = [f32; 2];

/// A map of mentions: what is about the same lies close together.
///
/// Landmarks are laid out as UMAP does it (McInnes, Healy and Melville 2018, arXiv 1802.03426), with the curve of
/// LargeVis (Tang et al. 2016, doi 10.1145/2872427.2883041): neighbours draw each other, others push each other away. One
/// thread and drawn numbers that depend on the seed alone give the same map each time, which the library at hand does not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Layout {
    transform: Transform,
    /// [`DIMENSIONS`] rows of 384 numbers.
    directions: Matrix,
    /// In those directions; of length 1.
    landmarks: Matrix,
    /// One per landmark.
    points: Vec<Point>,
}

impl Layout {
    /// Lay out mention vectors as the encoder gives them, one a row. `transform` is the discovery's.
    ///
    /// With a `previous` map everything stays as near as it can to where it was.
    ///
    /// # Errors
    /// libtorch fails.
    pub fn fit(
        vectors: &Matrix,
        transform: &Transform,
        previous: Option<&Layout>,
        options: &DiscoveryOptions,
    ) -> Result<Self> {
        let drawn = vectors.select(&sample(vectors.len(), LANDMARKS, options.seed));
        let mut rows = drawn.clone();
        rows.rows_mut().for_each(|row| transform.apply(row));
        let directions = directions(&rows)?;
        let mut layout = Self {
            transform: transform.clone(),
            landmarks: Matrix::of_width(DIMENSIONS),
            directions,
            points: Vec::new(),
        };
        rows.rows().for_each(|row| layout.landmarks.push(&in_directions(row, &layout.directions)));
        let neighbours = nearest(&rows, NEIGHBOURS, options)?;
        match previous.filter(|previous| !previous.points.is_empty()) {
            Some(previous) => {
                let before = previous.place_all(&drawn, options);
                layout.points = before.clone();
                layout.arrange(&neighbours, ROUNDS_WITH_PREVIOUS, RATE_WITH_PREVIOUS, options.seed);
                layout.align_to(&before);
            }
            None => {
                // The two directions of largest variance come first.
                let spread = |row: &[f32]| [RADIUS * row[0], RADIUS * row[1]];
                layout.points = layout.landmarks.rows().map(spread).collect();
                layout.arrange(&neighbours, ROUNDS, RATE, options.seed);
                layout.centre();
            }
        }
        Ok(layout)
    }

    /// The place of a mention, given its vector as the encoder gives it: between the landmarks that are most like it.
    /// The middle where there are no landmarks.
    pub fn place(&self, vector: &[f32]) -> Point {
        let mut row = vector.to_vec();
        self.transform.apply(&mut row);
        let row = in_directions(&row, &self.directions);
        let mut nearest: Vec<(f32, usize)> =
            self.landmarks.rows().enumerate().map(|(landmark, other)| (dot(&row, other), landmark)).collect();
        if nearest.is_empty() {
            return [0.0; 2];
        }
        let count = PLACED_BETWEEN.min(nearest.len());
        let by_likeness =
            |left: &(f32, usize), right: &(f32, usize)| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1));
        nearest.select_nth_unstable_by(count - 1, by_likeness);
        nearest.truncate(count);
        let highest = nearest.iter().map(|(likeness, _)| *likeness).fold(f32::NEG_INFINITY, f32::max);
        let mut sum = [0.0; 2];
        let mut weights = 0.0;
        for (likeness, landmark) in nearest {
            let weight = ((likeness - highest) / PLACING_WIDTH).exp();
            let point = self.points[landmark];
            sum = [sum[0] + weight * point[0], sum[1] + weight * point[1]];
            weights += weight;
        }
        [sum[0] / weights, sum[1] / weights]
    }

    /// As [`place`](Self::place), for many vectors.
    pub fn place_all(&self, vectors: &Matrix, options: &DiscoveryOptions) -> Vec<Point> {
        in_parallel(options.threads(), vectors.len(), |row| self.place(vectors.row(row)))
    }

    /// Let neighbours draw each other and others push each other away.
    fn arrange(&mut self, neighbours: &Neighbours, rounds: u32, rate: f32, seed: u64) {
        let count = self.points.len() as u64;
        let mut draws = 0;
        for round in 0..rounds {
            let rate = rate * (1.0 - round as f32 / rounds as f32);
            for landmark in 0..self.points.len() {
                let others = if count > 1 { neighbours.of(landmark) } else { &[] };
                for &other in others {
                    let other = other as usize;
                    let pull = pull(self.points[landmark], self.points[other]);
                    self.shift(landmark, pull, rate);
                    self.shift(other, pull, -rate);
                    for _ in 0..PUSHED_PER_DRAWN {
                        draws += 1;
                        let other = (mixed(seed, draws) % count) as usize;
                        if other != landmark {
                            self.shift(landmark, push(self.points[landmark], self.points[other]), rate);
                        }
                    }
                }
            }
        }
    }

    fn shift(&mut self, landmark: usize, by: Point, rate: f32) {
        let point = &mut self.points[landmark];
        for axis in 0..2 {
            point[axis] += rate * by[axis].clamp(-LONGEST_MOVE, LONGEST_MOVE);
        }
    }

    /// The middle to 0, and nearly all within the radius.
    fn centre(&mut self) {
        let middle = mean(&self.points);
        let mut distances: Vec<f32> = Vec::with_capacity(self.points.len());
        for point in &mut self.points {
            *point = [point[0] - middle[0], point[1] - middle[1]];
            distances.push(point[0].hypot(point[1]));
        }
        distances.sort_unstable_by(f32::total_cmp);
        let within = ((distances.len() as f64 * WITHIN) as usize).min(distances.len().saturating_sub(1));
        let farthest = distances.get(within).copied().unwrap_or(0.0);
        let scale = if farthest > 0.0 { RADIUS / farthest } else { 1.0 };
        self.points.iter_mut().for_each(|point| *point = [scale * point[0], scale * point[1]]);
    }

    /// Turn, mirror, scale and move all points so that they lie as near as possible to where they were: Procrustes
    /// (Schönemann 1966).
    fn align_to(&mut self, before: &[Point]) {
        let (middle, middle_before) = (mean(&self.points), mean(before));
        let mut products = [[0.0f64; 2]; 2];
        let mut spread = 0.0f64;
        for (point, before) in self.points.iter().zip(before) {
            for axis in 0..2 {
                let value = f64::from(point[axis] - middle[axis]);
                spread += value * value;
                for other in 0..2 {
                    products[axis][other] += value * f64::from(before[other] - middle_before[other]);
                }
            }
        }
        let (turn, fit) = nearest_turn(products);
        let scale = if spread > 0.0 { fit / spread } else { 1.0 };
        for point in &mut self.points {
            let from_middle = [f64::from(point[0] - middle[0]), f64::from(point[1] - middle[1])];
            let turned = |axis: usize| from_middle[0] * turn[0][axis] + from_middle[1] * turn[1][axis];
            *point = [0, 1].map(|axis| (scale * turned(axis)) as f32 + middle_before[axis]);
        }
    }
}

/// The turn, perhaps with a mirroring, that makes the trace of its transpose times `products` largest, and that trace.
fn nearest_turn(products: [[f64; 2]; 2]) -> ([[f64; 2]; 2], f64) {
    let [[a, b], [c, d]] = products;
    let (plain, mirrored) = ((a + d).hypot(b - c), (a - d).hypot(b + c));
    if plain == 0.0 && mirrored == 0.0 {
        return ([[1.0, 0.0], [0.0, 1.0]], 0.0);
    }
    if plain >= mirrored {
        let (cos, sin) = ((a + d) / plain, (b - c) / plain);
        ([[cos, sin], [-sin, cos]], plain)
    } else {
        let (cos, sin) = ((a - d) / mirrored, (b + c) / mirrored);
        ([[cos, sin], [sin, -cos]], mirrored)
    }
}

/// Gradient of ln(1 / (1 + distance²)) at the first point.
fn pull(point: Point, other: Point) -> Point {
    let difference = [point[0] - other[0], point[1] - other[1]];
    let squared = difference[0] * difference[0] + difference[1] * difference[1];
    difference.map(|value| -2.0 * value / (1.0 + squared))
}

/// Gradient of ln(1 - 1 / (1 + distance²)) at the first point.
fn push(point: Point, other: Point) -> Point {
    /// Keeps points in one place from flying apart.
    const SOFTENING: f32 = 0.001;
    let difference = [point[0] - other[0], point[1] - other[1]];
    let squared = difference[0] * difference[0] + difference[1] * difference[1];
    difference.map(|value| 2.0 * value / ((SOFTENING + squared) * (1.0 + squared)))
}

fn mean(points: &[Point]) -> Point {
    let sum =
        points.iter().fold([0.0f64; 2], |sum, point| [sum[0] + f64::from(point[0]), sum[1] + f64::from(point[1])]);
    sum.map(|sum| (sum / points.len().max(1) as f64) as f32)
}

/// The directions of largest variance, the largest first.
fn directions(rows: &Matrix) -> Result<Matrix> {
    if rows.is_empty() {
        return Ok(Matrix::default());
    }
    let tensor: Tensor = directions_of_variance(rows, DIMENSIONS)?;
    let ascending = Vec::<f32>::try_from(tensor.tr().contiguous().to_kind(Kind::Float).view([-1]))?;
    Ok(ascending.chunks_exact(VECTOR_SIZE).rev().collect())
}

fn in_directions(row: &[f32], directions: &Matrix) -> Vec<f32> {
    let mut shares: Vec<f32> = directions.rows().map(|direction| dot(row, direction)).collect();
    normalise(&mut shares);
    shares
}

#[cfg(test)]
mod tests {
    use super::super::tests::{direction, mention};
    use super::*;

    /// Mentions of each of five subjects in turn.
    fn mentions(count: u64, first: u64) -> Matrix {
        let mut vectors = Matrix::default();
        (first..first + count).for_each(|number| vectors.push(&mention(number % 5, number % 3 == 0, number)));
        vectors
    }

    fn fit(vectors: &Matrix, previous: Option<&Layout>) -> Layout {
        let transform = Transform::fit(vectors, &direction(1_000_000));
        Layout::fit(vectors, &transform, previous, &DiscoveryOptions::default()).expect("a layout")
    }

    fn distance(left: Point, right: Point) -> f32 {
        (left[0] - right[0]).hypot(left[1] - right[1])
    }

    /// Share of the mentions whose nearest other one is of the same subject.
    fn share_beside_like(points: &[Point]) -> f64 {
        let beside_like = |position: &usize| {
            let others = (0..points.len()).filter(|other| other != position);
            let nearest = others.min_by(|&left, &right| {
                distance(points[*position], points[left]).total_cmp(&distance(points[*position], points[right]))
            });
            nearest.is_some_and(|nearest| nearest % 5 == position % 5)
        };
        (0..points.len()).filter(beside_like).count() as f64 / points.len() as f64
    }

    #[test]
    fn subjects_lie_apart_and_within_the_map() {
        let vectors = mentions(400, 0);
        let layout = fit(&vectors, None);
        assert!(share_beside_like(&layout.points) > 0.98);
        assert!(layout.points.iter().flatten().all(|value| value.abs() < 1.5 * RADIUS));
        let later = layout.place_all(&mentions(100, 1_000), &DiscoveryOptions::default());
        assert!(share_beside_like(&later) > 0.95);
    }

    #[test]
    fn the_same_seed_gives_the_same_map() {
        let vectors = mentions(200, 0);
        assert_eq!(fit(&vectors, None).points, fit(&vectors, None).points);
    }

    #[test]
    fn a_new_map_is_like_the_one_before() {
        let before = fit(&mentions(400, 0), None);
        let after = fit(&mentions(400, 150), Some(&before));
        let vectors = mentions(250, 150);
        let options = DiscoveryOptions::default();
        let moved = before.place_all(&vectors, &options).into_iter().zip(after.place_all(&vectors, &options));
        let moved = moved.map(|(before, after)| distance(before, after)).sum::<f32>() / 250.0;
        assert!(moved < 1.5, "{moved}");
        assert!(share_beside_like(&after.points) > 0.98);
    }

    #[test]
    fn a_map_is_kept_as_json() {
        let layout = fit(&mentions(60, 0), None);
        let json = serde_json::to_string(&layout).expect("JSON");
        let read: Layout = serde_json::from_str(&json).expect("the same");
        let vector = mention(3, false, 77);
        assert_eq!(read.place(&vector), layout.place(&vector));
    }

    #[test]
    fn few_mentions_have_a_map_too() {
        let nothing = fit(&Matrix::default(), None);
        assert_eq!(nothing.place(&mention(0, true, 0)), [0.0; 2]);
        for count in [1, 2, 3] {
            let vectors = mentions(count, 0);
            let layout = fit(&vectors, Some(&nothing));
            assert!(
                layout
                    .place_all(&vectors, &DiscoveryOptions::default())
                    .iter()
                    .flatten()
                    .all(|value| value.is_finite())
            );
            assert!(fit(&vectors, Some(&layout)).points.iter().flatten().all(|value| value.is_finite()));
        }
        let copies: Matrix = std::iter::repeat_n(mention(0, true, 0).as_slice(), 50).collect();
        assert!(fit(&copies, None).points.iter().flatten().all(|value| value.is_finite()));
    }

    #[test]
    fn turns_and_mirrorings_are_undone() {
        let points: Vec<Point> =
            (0..30).map(|number: u32| [(number % 7) as f32, (number * number % 11) as f32]).collect();
        for mirror in [1.0, -1.0] {
            let turned = |point: &Point| {
                [0.6 * point[0] - 0.8 * mirror * point[1] + 3.0, 0.8 * point[0] + 0.6 * mirror * point[1]]
            };
            let mut layout = fit(&Matrix::default(), None);
            layout.points = points.iter().map(turned).collect();
            layout.align_to(&points);
            assert!(layout.points.iter().zip(&points).all(|(left, right)| distance(*left, *right) < 1e-3));
        }
    }
}
