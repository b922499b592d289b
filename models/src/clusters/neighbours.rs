use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tch::{Kind, Tensor};

use super::DiscoveryOptions;
use super::parallel::in_parallel;
use crate::encoder::dot;
use crate::train::Matrix;
use crate::{Result, VECTOR_SIZE};

/// Rows whose products with others are computed at once, and the others: the products stay in the processor's cache.
const ROWS_AT_ONCE: usize = 512;
const OTHERS_AT_ONCE: usize = 2_048;
/// Of more rows the candidates are looked for in fewer dimensions.
const IN_ALL_DIMENSIONS: usize = 10_000;
const SEARCH_DIMENSIONS: usize = 96;
/// So many times more candidates than neighbours: with 96 dimensions, 99 % of the neighbours are among them.
const CANDIDATES_PER_NEIGHBOUR: usize = 3;
/// Rows from which the directions with the largest variance are computed.
const ROWS_OF_VARIANCE: usize = 20_000;

/// The nearest other rows of every row, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    rows: usize,
    /// Per row.
    count: usize,
    positions: Vec<u32>,
}

impl Neighbours {
    pub fn of(&self, row: usize) -> &[u32] {
        &self.positions[row * self.count..(row + 1) * self.count]
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// The `count` nearest rows of each row by cosine, fewer if there are no more; rows have length 1 or 0. Equally near ones
/// come in their order.
///
/// Candidates come from blocked matrix products, the order among them from exact ones.
///
/// # Errors
/// libtorch fails; [`Error::Stopped`](crate::Error::Stopped).
pub fn nearest(rows: &Matrix, count: usize, options: &DiscoveryOptions) -> Result<Neighbours> {
    let others = rows.len().saturating_sub(1);
    let count = count.min(others);
    if count == 0 {
        return Ok(Neighbours { rows: rows.len(), count, positions: Vec::new() });
    }
    let (search, candidates) = match rows.len() > IN_ALL_DIMENSIONS {
        true => (in_few_dimensions(rows)?, count * CANDIDATES_PER_NEIGHBOUR),
        false => (tensor(rows, 0..rows.len()), count),
    };
    // A row is among its own candidates.
    let candidates = (candidates + 1).min(rows.len());
    let blocks = rows.len().div_ceil(ROWS_AT_ONCE);
    // A tensor may go to another thread, but not be used by two at a time.
    let search = Mutex::new(search);
    let of_blocks = in_parallel(options.threads(), blocks, |block| {
        options.stop.check()?;
        let search = search.lock().unwrap_or_else(PoisonError::into_inner).shallow_clone();
        let block_rows = block * ROWS_AT_ONCE..rows.len().min((block + 1) * ROWS_AT_ONCE);
        let found = nearest_candidates(&search, block_rows.clone(), candidates)?;
        let of_rows = block_rows.zip(found);
        Ok(of_rows.flat_map(|(row, candidates)| in_exact_order(rows, row, candidates, count)).collect())
    });
    let positions: Vec<Vec<u32>> = of_blocks.into_iter().collect::<Result<_>>()?;
    Ok(Neighbours { rows: rows.len(), count, positions: positions.concat() })
}

/// Positions of the rows with the largest products, at least `count` for each row of the block.
fn nearest_candidates(search: &Tensor, block: Range<usize>, count: usize) -> Result<Vec<Vec<u32>>> {
    let rows = search.size()[0] as usize;
    let queries = search.narrow(0, block.start as i64, block.len() as i64);
    let mut largest: Vec<Largest> = block.map(|_| Largest::new(count)).collect();
    let mut products = vec![0.0; largest.len() * OTHERS_AT_ONCE];
    for start in (0..rows).step_by(OTHERS_AT_ONCE) {
        let others = OTHERS_AT_ONCE.min(rows - start);
        let products = &mut products[..largest.len() * others];
        let of_others = search.narrow(0, start as i64, others as i64).tr();
        queries.f_matmul(&of_others)?.f_copy_data(products, products.len())?;
        for (largest, products) in largest.iter_mut().zip(products.chunks_exact(others)) {
            largest.take(products, start);
        }
    }
    Ok(largest.into_iter().map(|largest| largest.found.into_iter().map(|(_, position)| position).collect()).collect())
}

/// Keeps the largest of many numbers: libtorch's `topk` takes four times as long as the products themselves.
struct Largest {
    count: usize,
    /// No number up to this is among the largest.
    bound: f32,
    /// Numbers and positions; now and then cut down to the largest.
    found: Vec<(f32, u32)>,
}

impl Largest {
    fn new(count: usize) -> Self {
        Self { count, bound: f32::NEG_INFINITY, found: Vec::with_capacity(2 * count) }
    }

    /// `first` is the position of the first of the numbers.
    fn take(&mut self, numbers: &[f32], first: usize) {
        /// Most chunks have nothing to take, which the processor sees at once.
        const CHUNK: usize = 16;
        for (chunk, numbers) in numbers.chunks(CHUNK).enumerate() {
            if !numbers.iter().fold(false, |any, &number| any | (number > self.bound)) {
                continue;
            }
            for (offset, &number) in numbers.iter().enumerate() {
                if number > self.bound {
                    self.found.push((number, (first + chunk * CHUNK + offset) as u32));
                }
            }
            if self.found.len() >= 2 * self.count {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        let by_number = |left: &(f32, u32), right: &(f32, u32)| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1));
        let (_, last, _) = self.found.select_nth_unstable_by(self.count - 1, by_number);
        self.bound = last.0;
        self.found.truncate(self.count);
    }
}

fn in_exact_order(rows: &Matrix, row: usize, candidates: Vec<u32>, count: usize) -> Vec<u32> {
    let others = candidates.into_iter().map(|candidate| candidate as usize).filter(|&candidate| candidate != row);
    let mut others: Vec<(f32, usize)> = others.map(|other| (dot(rows.row(row), rows.row(other)), other)).collect();
    others.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    others.into_iter().take(count).map(|(_, other)| other as u32).collect()
}

/// The `count` directions in which the rows vary most: 384 x `count`, the largest variance last. There are rows.
pub fn directions_of_variance(rows: &Matrix, count: usize) -> Result<Tensor> {
    let step = rows.len().div_ceil(ROWS_OF_VARIANCE);
    let drawn: Vec<usize> = (0..rows.len()).step_by(step).collect();
    let drawn = tensor(&rows.select(&drawn), 0..drawn.len());
    let (_, directions) = drawn.tr().f_matmul(&drawn)?.to_kind(Kind::Double).f_linalg_eigh("U")?;
    Ok(directions.narrow(1, (VECTOR_SIZE - count) as i64, count as i64).to_kind(Kind::Float))
}

/// The rows' shares in the directions of largest variance.
fn in_few_dimensions(rows: &Matrix) -> Result<Tensor> {
    let directions = directions_of_variance(rows, SEARCH_DIMENSIONS)?;
    let starts = (0..rows.len()).step_by(OTHERS_AT_ONCE);
    let blocks: Vec<Tensor> = starts
        .map(|start| Ok(tensor(rows, start..rows.len().min(start + OTHERS_AT_ONCE)).f_matmul(&directions)?))
        .collect::<Result<_>>()?;
    Ok(Tensor::cat(&blocks, 0))
}

fn tensor(rows: &Matrix, range: Range<usize>) -> Tensor {
    Tensor::from_slice(rows.slice(range.clone())).view([range.len() as i64, VECTOR_SIZE as i64])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::normalise;
    use crate::random::mixed;

    fn random_rows(count: u64) -> Matrix {
        let mut rows = Matrix::default();
        for row in 0..count {
            let value = |index| (mixed(row, index) % 1000) as f32 / 500.0 - 1.0;
            // Most of the variance in few dimensions, as in real vectors.
            let scaled = |index: u64| value(index) / (1.0 + index as f32 / 8.0);
            let mut vector: Vec<f32> = (0..VECTOR_SIZE as u64).map(scaled).collect();
            normalise(&mut vector);
            rows.push(&vector);
        }
        rows
    }

    fn by_hand(rows: &Matrix, row: usize, count: usize) -> Vec<u32> {
        in_exact_order(rows, row, (0..rows.len() as u32).collect(), count)
    }

    fn on_threads(threads: usize) -> DiscoveryOptions {
        DiscoveryOptions { threads, ..DiscoveryOptions::default() }
    }

    #[test]
    fn the_nearest_are_found_on_any_number_of_threads() {
        let rows = random_rows(700);
        let found = nearest(&rows, 12, &on_threads(1)).expect("neighbours");
        assert_eq!(found.rows(), 700);
        assert!((0..700).all(|row| found.of(row) == by_hand(&rows, row, 12)));
        assert_eq!(nearest(&rows, 12, &on_threads(3)).expect("neighbours"), found);
    }

    #[test]
    fn few_are_missed_in_few_dimensions() {
        let rows = random_rows(IN_ALL_DIMENSIONS as u64 + 1);
        let found = nearest(&rows, 10, &on_threads(2)).expect("neighbours");
        let hits = |row| found.of(row).iter().filter(|other| by_hand(&rows, row, 10).contains(other)).count();
        let share = (0..200).map(hits).sum::<usize>() as f64 / 2_000.0;
        assert!(share > 0.98, "{share}");
    }

    #[test]
    fn where_there_are_few_rows_all_are_neighbours() {
        assert_eq!(nearest(&random_rows(0), 5, &on_threads(1)).expect("none").rows(), 0);
        assert!(nearest(&random_rows(1), 5, &on_threads(1)).expect("none").of(0).is_empty());
        assert_eq!(nearest(&random_rows(3), 5, &on_threads(1)).expect("two each").of(2).len(), 2);
    }

    #[test]
    fn equally_near_ones_come_in_order() {
        let rows: Matrix = std::iter::repeat_n([0.0; VECTOR_SIZE].as_slice(), 4).collect();
        assert_eq!(nearest(&rows, 2, &on_threads(1)).expect("neighbours").of(3).len(), 2);
        assert_eq!(nearest(&rows, 3, &on_threads(1)).expect("neighbours").of(1), [0, 2, 3]);
    }
}
