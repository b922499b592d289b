//! Places in a text, and the way back from an edited text to the text it was made from.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A piece of a text, counted in both units that callers use.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// UTF-8 bytes, half open.
    pub bytes: Range<usize>,
    /// Unicode code points, half open.
    pub chars: Range<usize>,
}

/// Counts the code points of byte ranges of `text`.
///
/// One pass over the text when the ranges are sorted by their start and do not overlap; any other order is correct too,
/// only slower. A range end that is not on a character boundary moves outwards to the next one, and what lies behind
/// the text is cut off.
pub fn spans(text: &str, byte_ranges: &[Range<usize>]) -> Vec<Span> {
    let mut cursor = CharCursor { text, byte: 0, chars: 0 };
    byte_ranges
        .iter()
        .map(|range| {
            let start = text.floor_char_boundary(range.start);
            let end = text.ceil_char_boundary(range.end).max(start);
            let chars_before = cursor.chars_before(start);
            Span { bytes: start..end, chars: chars_before..cursor.chars_before(end) }
        })
        .collect()
}

/// Remembers how many code points lie before one byte position, so that the next count starts there.
struct CharCursor<'a> {
    text: &'a str,
    byte: usize,
    chars: usize,
}

impl CharCursor<'_> {
    /// `byte` must be on a character boundary of the text.
    fn chars_before(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            self.chars -= self.text[byte..self.byte].chars().count();
        } else {
            self.chars += self.text[self.byte..byte].chars().count();
        }
        self.byte = byte;
        self.chars
    }
}

/// One piece of the source text and what stands in its place in the target text. Bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    target: Range<usize>,
    source: Range<usize>,
}

/// Maps byte ranges of an edited text (the target) back to the text it was made from (the source).
///
/// Between the edits both texts are the same, so positions there map exactly. A range that touches a replaced piece
/// maps to the whole source piece, which keeps every answer on character boundaries of the source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffsetMap {
    /// Sorted and without overlap in both texts.
    edits: Vec<Edit>,
    target_length: usize,
    source_length: usize,
}

impl OffsetMap {
    /// The map of a text that was not changed; `length` in bytes.
    pub fn identity(length: usize) -> Self {
        Self { edits: Vec::new(), target_length: length, source_length: length }
    }

    /// Whether nothing was changed.
    pub fn is_identity(&self) -> bool {
        self.edits.is_empty()
    }

    /// The source bytes that the target bytes `range` came from.
    ///
    /// `range` should lie on character boundaries of the target; what lies behind its end is cut off. Text that was
    /// deleted just before or just after the range is not part of the answer.
    pub fn to_source(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.source_start(range.start.min(self.target_length));
        let end = self.source_end(range.end.min(self.target_length));
        start..end.max(start)
    }

    fn source_start(&self, position: usize) -> usize {
        let edits_until = self.edits.partition_point(|edit| edit.target.start <= position);
        match self.edits[..edits_until].last() {
            Some(edit) if position < edit.target.end => edit.source.start,
            Some(edit) => edit.source.end + (position - edit.target.end),
            None => position,
        }
    }

    fn source_end(&self, position: usize) -> usize {
        let edits_before = self.edits.partition_point(|edit| edit.target.start < position);
        match self.edits[..edits_before].last() {
            Some(edit) if position <= edit.target.end => edit.source.end,
            Some(edit) => edit.source.end + (position - edit.target.end),
            None => position,
        }
    }

    /// Joins two maps: `self` leads from the middle text to the source, `next` from the target to the middle text.
    ///
    /// Edits of both that overlap in the middle text become one.
    pub fn then(&self, next: &OffsetMap) -> OffsetMap {
        let mut joined = OffsetMap {
            edits: Vec::with_capacity(self.edits.len() + next.edits.len()),
            target_length: next.target_length,
            source_length: self.source_length,
        };
        let mut first_edits = self.edits.iter().peekable();
        let mut next_edits = next.edits.iter().peekable();
        // What each map has consumed so far: (middle, outer) positions behind its last edit.
        let (mut first_middle, mut source) = (0, 0);
        let (mut next_middle, mut target) = (0, 0);
        loop {
            let start = match (first_edits.peek(), next_edits.peek()) {
                (None, None) => break,
                (Some(first), None) => first.target.start,
                (None, Some(second)) => second.source.start,
                (Some(first), Some(second)) => first.target.start.min(second.source.start),
            };
            let source_start = source + (start - first_middle);
            let target_start = target + (start - next_middle);
            let mut end = start;
            // An edit belongs to the group when it begins inside it; the first one always does.
            let mut group_is_empty = true;
            loop {
                let belongs = |range: &Range<usize>| {
                    range.start < end || (range.start == start && end == start && (group_is_empty || range.is_empty()))
                };
                if let Some(first) = first_edits.next_if(|edit| belongs(&edit.target)) {
                    end = end.max(first.target.end);
                    (first_middle, source) = (first.target.end, first.source.end);
                } else if let Some(second) = next_edits.next_if(|edit| belongs(&edit.source)) {
                    end = end.max(second.source.end);
                    (next_middle, target) = (second.source.end, second.target.end);
                } else {
                    break;
                }
                group_is_empty = false;
            }
            joined.edits.push(Edit {
                target: target_start..target + (end - next_middle),
                source: source_start..source + (end - first_middle),
            });
        }
        joined
    }
}

/// Writes a target text piece by piece while it notes what was changed.
#[derive(Debug, Default)]
pub(super) struct Rewriter {
    target: String,
    map: OffsetMap,
}

impl Rewriter {
    /// `capacity` in bytes of the target.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { target: String::with_capacity(capacity), map: OffsetMap::default() }
    }

    /// Takes the next piece of the source as it is.
    pub(super) fn keep(&mut self, piece: &str) {
        self.target.push_str(piece);
        self.map.source_length += piece.len();
    }

    /// Puts `replacement`, which may be empty, in the place of the next `source_length` bytes of the source.
    pub(super) fn replace(&mut self, source_length: usize, replacement: &str) {
        let target_start = self.target.len();
        self.target.push_str(replacement);
        let source_start = self.map.source_length;
        self.map.source_length += source_length;
        self.map
            .edits
            .push(Edit { target: target_start..self.target.len(), source: source_start..self.map.source_length });
    }

    pub(super) fn finish(mut self) -> (String, OffsetMap) {
        self.map.target_length = self.target.len();
        (self.target, self.map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Replaces each `(source bytes, replacement)` in order; the pieces between are given as text.
    fn rewrite(pieces: &[(&str, Option<&str>)]) -> (String, String, OffsetMap) {
        let mut rewriter = Rewriter::default();
        let mut source = String::new();
        for (piece, replacement) in pieces {
            source.push_str(piece);
            match replacement {
                Some(replacement) => rewriter.replace(piece.len(), replacement),
                None => rewriter.keep(piece),
            }
        }
        let (target, map) = rewriter.finish();
        (source, target, map)
    }

    fn back<'a>(source: &'a str, target: &str, map: &OffsetMap, needle: &str) -> &'a str {
        let start = target.find(needle).unwrap();
        &source[map.to_source(&(start..start + needle.len()))]
    }

    #[test]
    fn counts_code_points_and_bytes() {
        let text = "Tür 🚪 zu";
        let found = spans(text, &[0..4, 5..9, 10..12]);
        assert_eq!(found[0], Span { bytes: 0..4, chars: 0..3 });
        assert_eq!(found[1], Span { bytes: 5..9, chars: 4..5 });
        assert_eq!(found[2], Span { bytes: 10..12, chars: 6..8 });
    }

    #[test]
    fn counts_unsorted_and_broken_ranges() {
        let text = "äöü";
        let found = spans(text, &[4..6, 1..3, 5..99]);
        assert_eq!(found[0], Span { bytes: 4..6, chars: 2..3 });
        assert_eq!(found[1], Span { bytes: 0..4, chars: 0..2 });
        assert_eq!(found[2], Span { bytes: 4..6, chars: 2..3 });
        assert!(spans("", &[0..0, 3..5])[1].bytes.is_empty());
    }

    #[test]
    fn maps_replaced_and_deleted_pieces() {
        let (source, target, map) =
            rewrite(&[("Ruf ", None), ("0171 22", Some("[T]")), ("\u{200b}", Some("")), (" an", None)]);
        assert_eq!(target, "Ruf [T] an");
        assert_eq!(back(&source, &target, &map, "[T]"), "0171 22");
        assert_eq!(back(&source, &target, &map, "T"), "0171 22");
        assert_eq!(back(&source, &target, &map, " an"), " an");
        assert_eq!(back(&source, &target, &map, "Ruf [T"), "Ruf 0171 22");
        assert_eq!(map.to_source(&(0..99)), 0..source.len());
    }

    #[test]
    fn joins_two_maps() {
        // source: a b c d e f, middle: a X d e f, target: a X Y f
        let (_, middle, first) = rewrite(&[("a", None), ("bc", Some("X")), ("def", None)]);
        let mut second = Rewriter::default();
        second.keep("aX");
        second.replace(2, "Y");
        second.keep("f");
        let (target, second) = second.finish();
        assert_eq!((middle.as_str(), target.as_str()), ("aXdef", "aXYf"));
        let joined = first.then(&second);
        assert_eq!(joined.to_source(&(1..2)), 1..3);
        assert_eq!(joined.to_source(&(2..3)), 3..5);
        assert_eq!(joined.to_source(&(3..4)), 5..6);
        assert_eq!(first.then(&OffsetMap::identity(5)), first);
        assert_eq!(OffsetMap::identity(5).then(&second), second);
    }

    #[test]
    fn joins_overlapping_edits_into_one() {
        let (_, _, first) = rewrite(&[("a", None), ("bb", Some("B")), ("c", None)]);
        let mut second = Rewriter::default();
        second.replace(2, "Z");
        second.keep("c");
        let (_, second) = second.finish();
        assert_eq!(first.then(&second).to_source(&(0..1)), 0..3);
        assert_eq!(first.then(&second).to_source(&(1..2)), 3..4);
    }

    /// Pieces of a source, each kept (None) or replaced.
    fn edit_script() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
        prop::collection::vec(("[aäß🙂 ]{0,3}", prop::option::of("[xy]{0,2}")), 0..12)
    }

    fn apply(script: &[(String, Option<String>)]) -> (String, String, OffsetMap) {
        let pieces: Vec<_> =
            script.iter().map(|(piece, replacement)| (piece.as_str(), replacement.as_deref())).collect();
        rewrite(&pieces)
    }

    proptest! {
        #[test]
        fn mapped_ranges_are_valid(script in edit_script()) {
            let (source, target, map) = apply(&script);
            let boundaries: Vec<usize> = (0..=target.len()).filter(|byte| target.is_char_boundary(*byte)).collect();
            for (index, start) in boundaries.iter().enumerate() {
                for end in &boundaries[index..] {
                    let range = map.to_source(&(*start..*end));
                    prop_assert!(source.get(range).is_some());
                }
            }
            prop_assert_eq!(map.to_source(&(0..target.len())).end <= source.len(), true);
        }

        #[test]
        fn joining_agrees_with_two_steps(script in edit_script(), cuts in prop::collection::vec((0usize..4, prop::option::of("[q]{0,2}")), 0..20)) {
            let (source, middle, first) = apply(&script);
            let mut second = Rewriter::default();
            let mut rest = middle.as_str();
            for (length, replacement) in cuts {
                let cut = rest.ceil_char_boundary(length);
                match replacement {
                    Some(replacement) => second.replace(cut, &replacement),
                    None => second.keep(&rest[..cut]),
                }
                rest = &rest[cut..];
            }
            second.keep(rest);
            let (target, second) = second.finish();
            let joined = first.then(&second);
            for (start, character) in target.char_indices() {
                let range = start..start + character.len_utf8();
                let direct = joined.to_source(&range);
                let stepwise = first.to_source(&second.to_source(&range));
                prop_assert!(source.get(direct.clone()).is_some());
                prop_assert!(direct.start <= stepwise.start && stepwise.end <= direct.end, "{direct:?} {stepwise:?}");
            }
        }

        #[test]
        fn bytes_and_chars_agree(text in "\\PC{0,20}", cuts in prop::collection::vec(0usize..60, 0..6)) {
            let ranges: Vec<_> = cuts.windows(2).map(|pair| pair[0].min(pair[1])..pair[0].max(pair[1])).collect();
            for span in spans(&text, &ranges) {
                let slice = &text[span.bytes.clone()];
                prop_assert_eq!(slice.chars().count(), span.chars.len());
                prop_assert_eq!(text[..span.bytes.start].chars().count(), span.chars.start);
            }
        }
    }
}
