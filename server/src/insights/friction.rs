//! What hurts in a mention, with the words that show it.

use std::ops::Range;

use klartext_models::friction::FoundFriction;

use super::{Friction, Mention};

/// A named number with at most so many words between it and the strongest words belongs to them.
const MOST_WORDS_BETWEEN: usize = 2;

/// `words` are the mention's and begin at byte `start` of the text; `strongest`, in bytes of the words, are those that
/// speak most for the kind.
pub(super) fn with_evidence(
    found: FoundFriction,
    words: &str,
    start: usize,
    strongest: Option<Range<usize>>,
) -> Friction {
    let span = match (strongest, number_span(&found)) {
        (Some(strongest), Some(number)) => Some(joined(words, strongest, &number)),
        (strongest, number) => strongest.or(number),
    };
    friction(found, span.map(|span| start + span.start..start + span.end))
}

/// From vector and words alone: the words that show it are known where the mention had the kind before.
pub(super) fn with_known_evidence(found: FoundFriction, before: &Mention) -> Friction {
    let known = before.frictions.iter().find(|known| known.kind == found.kind);
    let span = known.and_then(|known| known.span.clone());
    friction(found, span)
}

fn friction(found: FoundFriction, span: Option<Range<usize>>) -> Friction {
    Friction {
        kind: found.kind,
        confidence: found.confidence,
        span,
        minutes: found.duration.map(|named| named.minutes),
        count: found.count.map(|named| named.count),
    }
}

fn number_span(found: &FoundFriction) -> Option<Range<usize>> {
    let duration = found.duration.as_ref().map(|named| named.span.clone());
    duration.or_else(|| found.count.as_ref().map(|named| named.span.clone()))
}

/// Both with what lies between them, or the strongest words alone when the number stands too far away.
fn joined(words: &str, strongest: Range<usize>, number: &Range<usize>) -> Range<usize> {
    let between = strongest.end.min(number.end)..strongest.start.max(number.start);
    let words_between = words.get(between).map_or(0, |between| between.split_whitespace().count());
    if words_between > MOST_WORDS_BETWEEN {
        return strongest;
    }
    strongest.start.min(number.start)..strongest.end.max(number.end)
}

#[cfg(test)]
mod tests {
    use klartext_models::friction::{FrictionKind, NamedDuration};

    use super::*;

    fn found(words: &str, number: &str) -> FoundFriction {
        let start = words.find(number).expect("it is there");
        let duration = Some(NamedDuration { minutes: 40.0, span: start..start + number.len() });
        FoundFriction { kind: FrictionKind::Waiting, confidence: 0.8, duration, count: None }
    }

    fn evidence(words: &str, strongest: Option<&str>) -> String {
        let range = |piece: &str| words.find(piece).map(|start| start..start + piece.len());
        let friction = with_evidence(found(words, "40 Minuten"), words, 100, strongest.and_then(range));
        assert_eq!(friction.minutes, Some(40.0));
        let span = friction.span.expect("there are words");
        words[span.start - 100..span.end - 100].to_owned()
    }

    #[test]
    fn a_number_beside_the_strongest_words_joins_them() {
        let words = "ich hing 40 Minuten in der Warteschleife";
        assert_eq!(evidence(words, Some("Warteschleife")), "40 Minuten in der Warteschleife");
        assert_eq!(evidence(words, Some("hing 40")), "hing 40 Minuten");
        assert_eq!(evidence(words, None), "40 Minuten");
        let far = "nach 40 Minuten war von euch beim besten Willen keiner da";
        assert_eq!(evidence(far, Some("keiner da")), "keiner da");
    }
}
