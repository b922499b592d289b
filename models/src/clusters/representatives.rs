use super::Transform;
use crate::encoder::dot;
use crate::train::Matrix;

/// What likeness to one that is shown already costs, beside what nearness to the centre gains.
const UNLIKENESS: f32 = 0.4;
/// A reader takes in a mention of this many characters at a glance, and it says enough.
const READABLE: std::ops::RangeInclusive<usize> = 25..=160;
/// What a mention costs that is far from readable: a single word, or a page.
const UNREADABLE: f32 = 0.5;
/// From this cosine on, of transformed vectors, two mentions say the same in nearly the same words.
const NEAR_COPY: f32 = 0.95;

/// A member of a cluster that may be shown for it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// 384 numbers, as the encoder gives them.
    pub vector: &'a [f32],
    /// Of its text.
    pub characters: usize,
}

/// Positions of up to `count` members that together show what a cluster is about: near its centre, unlike each other, of
/// a length that is easy to read; the nearest first. Maximal marginal relevance (Carbonell and Goldstein 1998, doi
/// 10.1145/290941.291025).
///
/// `centre` is the mean of the members' vectors as the encoder gives them; `transform` is the discovery's. A near copy of
/// one that is chosen is chosen only when nothing else is left. The same candidates give the same answer.
pub fn representatives(candidates: &[Candidate], centre: &[f32], transform: &Transform, count: usize) -> Vec<usize> {
    let mut rows: Matrix = candidates.iter().map(|candidate| candidate.vector).collect();
    rows.rows_mut().for_each(|row| transform.apply(row));
    let mut centre = centre.to_vec();
    transform.apply(&mut centre);
    let worth: Vec<f32> = rows
        .rows()
        .zip(candidates)
        .map(|(row, candidate)| dot(row, &centre) - UNREADABLE * unreadable(candidate.characters))
        .collect();

    let mut chosen: Vec<usize> = Vec::new();
    // Cosine to the nearest chosen one.
    let mut likeness = vec![f32::NEG_INFINITY; candidates.len()];
    while chosen.len() < count {
        let value = |position: usize| worth[position] - UNLIKENESS * likeness[position].max(0.0);
        let left_over = (0..candidates.len()).filter(|position| !chosen.contains(position));
        let order = |left: &usize, right: &usize| {
            let is_new = |position: usize| likeness[position] < NEAR_COPY;
            let by_value = value(*left).total_cmp(&value(*right));
            is_new(*left).cmp(&is_new(*right)).then(by_value).then(right.cmp(left))
        };
        let Some(next) = left_over.max_by(order) else { break };
        for (likeness, row) in likeness.iter_mut().zip(rows.rows()) {
            *likeness = likeness.max(dot(row, rows.row(next)));
        }
        chosen.push(next);
    }
    chosen
}

/// 0 within the readable length, towards 1 the shorter or longer it is.
fn unreadable(characters: usize) -> f32 {
    let (shortest, longest) = (*READABLE.start() as f32, *READABLE.end() as f32);
    let characters = characters as f32;
    1.0 - (characters / shortest).min(longest / characters.max(1.0)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VECTOR_SIZE;

    /// Mostly along number 0, with something of its own; everything shares number 300.
    fn vector(own: usize, share: f32) -> Vec<f32> {
        let mut vector = vec![0.0; VECTOR_SIZE];
        vector[0] = 0.4;
        vector[own] += share;
        vector[300] = 0.8;
        vector
    }

    fn transform() -> Transform {
        let mut shared = vec![0.0; VECTOR_SIZE];
        shared[300] = 0.8;
        Transform::fit(&[shared.as_slice()].into_iter().collect(), &[0.0; VECTOR_SIZE])
    }

    fn chosen(candidates: &[(Vec<f32>, usize)], count: usize) -> Vec<usize> {
        let candidates: Vec<Candidate> =
            candidates.iter().map(|(vector, characters)| Candidate { vector, characters: *characters }).collect();
        representatives(&candidates, &vector(0, 0.0), &transform(), count)
    }

    #[test]
    fn near_the_centre_and_unlike_each_other() {
        let candidates = [
            (vector(1, 0.2), 60),
            (vector(1, 0.21), 60),
            (vector(2, 0.2), 60),
            (vector(3, 0.25), 60),
            (vector(4, 2.0), 60),
        ];
        assert_eq!(chosen(&candidates, 3), [0, 2, 3]);
    }

    #[test]
    fn near_copies_come_last() {
        let candidates = [(vector(1, 0.1), 60), (vector(1, 0.1), 60), (vector(2, 1.5), 60)];
        assert_eq!(chosen(&candidates, 2), [0, 2]);
        assert_eq!(chosen(&candidates, 3), [0, 2, 1]);
    }

    #[test]
    fn a_single_word_and_a_page_are_hard_to_read() {
        let candidates = [(vector(1, 0.1), 4), (vector(2, 0.2), 60), (vector(3, 0.1), 3_000)];
        assert_eq!(chosen(&candidates, 1), [1]);
        assert!(unreadable(0) >= unreadable(5) && unreadable(160) == 0.0);
    }

    #[test]
    fn fewer_members_than_asked_for() {
        assert!(chosen(&[], 3).is_empty());
        assert_eq!(chosen(&[(vector(1, 0.1), 60)], 3), [0]);
    }
}
