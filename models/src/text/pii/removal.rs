//! Takes words out of a sentence so that it stays one.

use std::ops::Range;

use super::MaskedSpan;
use crate::text::span::{OffsetMap, Rewriter};

/// The source without the spans that are `dropped`, and with placeholders for the others. `found` must be in order and
/// without overlap.
pub(super) fn without(
    source: &str,
    found: &[MaskedSpan],
    dropped: impl Fn(&MaskedSpan) -> bool,
) -> (String, OffsetMap) {
    let mut rewriter = Rewriter::with_capacity(source.len());
    let mut kept_until = 0;
    // The last character that was written, which may stand before an earlier span.
    let mut last_written = None;
    for (index, span) in found.iter().enumerate() {
        let drops = dropped(span);
        let room_end = found.get(index + 1).map_or(source.len(), |next| next.bytes.start);
        let gap = match drops {
            true => Gap { source, room: kept_until..room_end, last_written }.around(span.bytes.clone()),
            false => span.bytes.clone(),
        };
        let kept = &source[kept_until..gap.start];
        rewriter.keep(kept);
        last_written = kept.chars().next_back().or(last_written);
        let replacement = if drops { "" } else { span.kind.placeholder() };
        rewriter.replace(gap.len(), replacement);
        last_written = replacement.chars().next_back().or(last_written);
        kept_until = gap.end;
    }
    rewriter.keep(&source[kept_until..]);
    rewriter.finish()
}

/// A place where words are taken out.
struct Gap<'a> {
    source: &'a str,
    /// How far it may grow: to what was written already, and to what is found next.
    room: Range<usize>,
    /// The last character before the room.
    last_written: Option<char>,
}

impl Gap<'_> {
    /// The words with what would be left over: the s of a genitive, brackets, a space, a comma, an empty line.
    fn around(&self, words: Range<usize>) -> Range<usize> {
        let genitive = ["'s", "’s"].iter().find(|ending| self.source[words.end..self.room.end].starts_with(**ending));
        let mut gap = self.with_brackets(words.start..words.end + genitive.map_or(0, |ending| ending.len()));
        if self.ends_at(gap.end) {
            gap.start -= self.spaces_before(gap.start);
            if matches!(self.before(gap.start), Some(',' | ';')) && gap.start > self.room.start {
                gap.start -= 1;
                gap.start -= self.spaces_before(gap.start);
            }
        }
        if self.begins_at(gap.start) {
            if self.before(gap.start).is_none_or(|before| before == '\n')
                && matches!(self.after(gap.end), Some(',' | ';'))
            {
                gap.end += 1;
            }
            gap.end += self.spaces_after(gap.end);
        }
        self.with_line(gap)
    }

    /// With one end of a line, if nothing else is on it.
    fn with_line(&self, gap: Range<usize>) -> Range<usize> {
        let is_end = |character: Option<char>| character.is_none_or(|character| character == '\n');
        if !is_end(self.before(gap.start)) || !is_end(self.after(gap.end)) {
            return gap;
        }
        if gap.start > self.room.start { gap.start - 1..gap.end } else { gap.start..(gap.end + 1).min(self.room.end) }
    }

    fn with_brackets(&self, words: Range<usize>) -> Range<usize> {
        let is_bracketed = self.before(words.start) == Some('(') && self.after(words.end) == Some(')');
        match is_bracketed && words.start > self.room.start {
            true => words.start - 1..words.end + 1,
            false => words,
        }
    }

    /// Whether a line or a part of a sentence ends there.
    fn ends_at(&self, position: usize) -> bool {
        self.after(position).is_none_or(|after| "\n,.;:!?)".contains(after))
    }

    /// Whether a line begins there, or a space stands before.
    fn begins_at(&self, position: usize) -> bool {
        self.before(position).is_none_or(|before| before == '(' || before.is_whitespace())
    }

    fn before(&self, position: usize) -> Option<char> {
        self.source[self.room.start..position].chars().next_back().or(self.last_written)
    }

    /// What is found next is a word, whatever comes of it.
    fn after(&self, position: usize) -> Option<char> {
        self.source[position..].chars().next()
    }

    fn spaces_before(&self, position: usize) -> usize {
        let before = &self.source[self.room.start..position];
        before.len() - before.trim_end_matches([' ', '\t']).len()
    }

    fn spaces_after(&self, position: usize) -> usize {
        let after = &self.source[position..self.room.end];
        after.len() - after.trim_start_matches([' ', '\t']).len()
    }
}

#[cfg(test)]
mod tests {
    use crate::text::pii::{MaskingPolicy, Treatment, mask};
    use proptest::prelude::*;

    fn dropped(source: &str) -> String {
        mask(source, &MaskingPolicy::all(Treatment::Drop)).text
    }

    #[test]
    fn takes_what_would_be_left_over() {
        let cases = [
            ("Frau Müller half sofort.", "Frau half sofort."),
            ("Danke an Frau Müller.", "Danke an Frau."),
            ("Unsere Tochter (17.01.2012) fährt mit", "Unsere Tochter fährt mit"),
            ("Ruf an, 0171 1234567, danke", "Ruf an, danke"),
            ("Ruf an, 0171 1234567.", "Ruf an."),
            ("0171 1234567, danke", "danke"),
            ("Name: Petra Meier, Kundennummer 4711, Konto DE89370400440532013000.", "Name:, Kundennummer, Konto."),
            ("Mr Smith's team", "Mr team"),
            ("Guten Tag\nMfG\nMax Mustermann\nAm Deich 5\n26999 Süderkoog", "Guten Tag\nMfG"),
            ("Rückfragen: 0171 1234567\nDanke", "Rückfragen:\nDanke"),
            ("a@b.example 0171 1234567 a@b.example und weiter", "und weiter"),
        ];
        for (source, expected) in cases {
            assert_eq!(dropped(source), expected, "{source}");
        }
    }

    #[test]
    fn leaves_a_placeholder_where_nothing_else_is_left() {
        assert_eq!(dropped("0171 1234567"), "[Telefon]");
        assert_eq!(dropped("a@b.example, 0171 1234567!"), "[E-Mail], [Telefon]!");
        let policy = MaskingPolicy::default().with(crate::text::pii::PersonalData::Phone, Treatment::Drop);
        assert_eq!(mask("a@b.example, 0171 1234567", &policy).text, "[E-Mail]");
    }

    proptest! {
        #[test]
        fn leaves_no_double_space(pieces in prop::collection::vec("0171 1234567|a@b\\.de|Frau Müller|Müllers|\\(|\\)|,|und|\n|[a-z]{1,3}\\.", 0..12)) {
            let source = pieces.join(" ");
            prop_assume!(!source.contains("  "));
            let masked = mask(&source, &MaskingPolicy::all(Treatment::Drop));
            prop_assert!(!masked.text.contains("  "), "{source:?} {:?}", masked.text);
            for (start, character) in masked.text.char_indices() {
                let range = masked.map.to_source(&(start..start + character.len_utf8()));
                prop_assert!(source.get(range).is_some_and(|piece| piece.contains(character)) || masked.text.contains('['));
            }
        }
    }
}
