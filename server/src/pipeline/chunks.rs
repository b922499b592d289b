//! Cutting what came together into parts that are worked on together.

/// Neighbours stay together as long as they cost at most `most_tokens` and are at most `most_items`; an item that costs
/// more is a chunk of its own.
pub fn chunks<T>(items: Vec<T>, tokens: impl Fn(&T) -> usize, most_tokens: usize, most_items: usize) -> Vec<Vec<T>> {
    let mut chunks = Vec::new();
    let mut chunk: Vec<T> = Vec::new();
    let mut cost = 0;
    for item in items {
        let item_cost = tokens(&item);
        if !chunk.is_empty() && (cost + item_cost > most_tokens || chunk.len() == most_items) {
            chunks.push(std::mem::take(&mut chunk));
            cost = 0;
        }
        cost += item_cost;
        chunk.push(item);
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(costs: &[usize], most_items: usize) -> Vec<Vec<usize>> {
        chunks(costs.to_vec(), |cost| *cost, 10, most_items)
    }

    #[test]
    fn neighbours_stay_together_up_to_the_limits() {
        assert!(cut(&[], 9).is_empty());
        assert_eq!(cut(&[3, 4, 3, 1], 9), [vec![3, 4, 3], vec![1]]);
        assert_eq!(cut(&[2, 50, 2, 2], 9), [vec![2], vec![50], vec![2, 2]]);
        assert_eq!(cut(&[0; 5], 2), [vec![0, 0], vec![0, 0], vec![0]]);
    }
}
