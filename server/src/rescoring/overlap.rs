//! May two filters touch the same comments?

use crate::insights::{CommentFilter, TimeRange};

/// Can no comment match both? Judged by what a re-scoring does not change: a filter on labels proves nothing, because
/// labels move from one to the other meanwhile. In doubt: no.
pub(super) fn are_disjoint(left: &CommentFilter, right: &CommentFilter) -> bool {
    have_nothing_in_common(&left.channels, &right.channels)
        || have_nothing_in_common(&left.sources, &right.sources)
        || have_nothing_in_common(&left.journeys, &right.journeys)
        || have_nothing_in_common(&left.languages, &right.languages)
        || have_nothing_in_common(&left.survey_kinds, &right.survey_kinds)
        || have_nothing_in_common(&left.subjects, &right.subjects)
        || ends_before(left.time, right.time)
        || ends_before(right.time, left.time)
}

/// A comment has one value of each; an empty list asks for nothing.
fn have_nothing_in_common<T: PartialEq>(left: &[T], right: &[T]) -> bool {
    !left.is_empty() && !right.is_empty() && !left.iter().any(|value| right.contains(value))
}

fn ends_before(earlier: TimeRange, later: TimeRange) -> bool {
    earlier.until.zip(later.from).is_some_and(|(until, from)| until <= from)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::insights::{Channel, MentionFilter, Polarity};

    fn at(from: Option<i64>, until: Option<i64>) -> CommentFilter {
        let time = |seconds: Option<i64>| seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        CommentFilter { time: TimeRange { from: time(from), until: time(until) }, ..CommentFilter::default() }
    }

    #[test]
    fn values_apart_are_disjoint() {
        let of = |journeys: &[&str]| CommentFilter {
            journeys: journeys.iter().map(|journey| (*journey).to_owned()).collect(),
            ..CommentFilter::default()
        };
        assert!(are_disjoint(&of(&["a", "b"]), &of(&["c"])));
        assert!(!are_disjoint(&of(&["a", "b"]), &of(&["b", "c"])));
        assert!(!are_disjoint(&of(&["a"]), &of(&[])));
        let chat = CommentFilter { channels: vec![Channel::Chat], ..of(&["a"]) };
        let shop = CommentFilter { channels: vec![Channel::Shop], ..of(&["a"]) };
        assert!(are_disjoint(&chat, &shop));
        assert!(!are_disjoint(&CommentFilter::default(), &CommentFilter::default()));
    }

    #[test]
    fn times_may_touch_but_not_overlap() {
        assert!(are_disjoint(&at(None, Some(10)), &at(Some(10), None)));
        assert!(are_disjoint(&at(Some(10), None), &at(Some(1), Some(10))));
        assert!(!are_disjoint(&at(None, Some(11)), &at(Some(10), None)));
        assert!(!are_disjoint(&at(Some(1), None), &at(Some(20), None)));
    }

    #[test]
    fn labels_prove_nothing() {
        let of = |polarity| CommentFilter {
            sentiments: vec![polarity],
            mention: MentionFilter { sentiments: vec![polarity], ..MentionFilter::default() },
            ..CommentFilter::default()
        };
        assert!(!are_disjoint(&of(Polarity::Negative), &of(Polarity::Positive)));
    }
}
