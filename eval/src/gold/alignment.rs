use std::ops::Range;

/// Whether two spans share at least half of the longer one.
pub fn overlap_by_half(first: &Range<usize>, second: &Range<usize>) -> bool {
    let shared = first.end.min(second.end).saturating_sub(first.start.max(second.start));
    shared > 0 && 2 * shared >= first.len().max(second.len())
}

/// Positions of spans that mean the same words: each overlaps the other by half, and is in one pair at most.
pub fn align(first: &[Range<usize>], second: &[Range<usize>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (position, span) in first.iter().enumerate() {
        let is_free = |other: &usize| pairs.iter().all(|(_, taken)| taken != other);
        let partner = (0..second.len()).filter(is_free).find(|&other| overlap_by_half(span, &second[other]));
        if let Some(partner) = partner {
            pairs.push((position, partner));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_longer_one_is_enough() {
        assert!(overlap_by_half(&(0..10), &(0..10)));
        assert!(overlap_by_half(&(0..10), &(5..15)));
        assert!(!overlap_by_half(&(0..10), &(6..16)));
        assert!(!overlap_by_half(&(0..10), &(0..4)));
        assert!(overlap_by_half(&(0..10), &(0..5)));
        assert!(!overlap_by_half(&(0..10), &(10..20)));
    }

    #[test]
    fn each_span_has_one_partner_at_most() {
        assert_eq!(align(&[0..10, 11..20, 30..40], &[0..9, 11..40]), [(0, 0)]);
        assert_eq!(align(&[0..10, 20..30], &[0..5, 5..10]), [(0, 0)]);
        assert_eq!(align(&[0..5, 5..10], &[0..10, 20..30]), [(0, 0)]);
        assert_eq!(align(&[0..10, 12..20], &[0..11, 12..21]), [(0, 0), (1, 1)]);
        assert!(align(&[], &[0..5, 5..8]).is_empty());
    }
}
