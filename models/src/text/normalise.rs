//! Brings a text into the one form that everything behind it expects.
//!
//! Unicode normalisation form C (UAX #15), line ends as `\n`, plain spaces, and no characters that nobody sees.

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::span::{OffsetMap, Rewriter};

/// A text in normal form and the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The text in normal form.
    pub text: String,
    /// From bytes of `text` to bytes of the text that was given.
    pub map: OffsetMap,
}

/// What happens to one character, before composition.
enum Fate {
    Keep,
    Replace(char),
    Drop,
}

/// Normalises any string.
///
/// - canonical composition (NFC);
/// - `\r\n`, `\r`, vertical tab, form feed and the Unicode line separators become `\n`;
/// - every other white space but tab and newline becomes a plain space, one for one;
/// - control characters, zero-width and bidirectional marks, the byte order mark and the soft hyphen are dropped;
///   a zero-width joiner stays where it joins two emoji.
///
/// Doing it twice gives the same as doing it once.
pub fn normalise(source: &str) -> Normalised {
    if is_normal(source) {
        return Normalised { text: source.to_owned(), map: OffsetMap::identity(source.len()) };
    }
    let mut writer = SegmentWriter::new(source);
    let mut last_kept = None;
    let mut characters = source.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        let following = characters.peek().map(|(_, following)| *following);
        match fate(last_kept, character, following) {
            Fate::Keep => writer.push(start, character, character),
            Fate::Replace(replacement) => writer.push(start, character, replacement),
            Fate::Drop => continue,
        }
        last_kept = Some(character);
    }
    let (text, map) = writer.finish();
    Normalised { text, map }
}

/// Whether `normalise` would change nothing: the fast path for most texts.
fn is_normal(source: &str) -> bool {
    let stays = |character: char| matches!(fate(None, character, None), Fate::Keep);
    is_nfc_quick(source.chars()) == IsNormalized::Yes && source.chars().all(stays)
}

fn fate(last_kept: Option<char>, character: char, following: Option<char>) -> Fate {
    match character {
        ' '..='~' | '\n' | '\t' => Fate::Keep,
        // The newline that follows says it all.
        '\r' if following == Some('\n') => Fate::Drop,
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Fate::Replace('\n'),
        '\u{200d}' if last_kept.is_some_and(is_emoji_part) && following.is_some_and(is_emoji_part) => Fate::Keep,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => Fate::Drop,
        _ if character.is_control() => Fate::Drop,
        _ if character.is_whitespace() => Fate::Replace(' '),
        _ => Fate::Keep,
    }
}

/// Whether a zero-width joiner may stand beside the character: pictographs, their variation selector, skin tones.
fn is_emoji_part(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether composition never looks across the place before `character` (UAX #15, section 9.1).
fn starts_segment(character: char) -> bool {
    if character.is_ascii() {
        return true;
    }
    // A few characters (U+0F73) are no marks themselves but decompose into marks.
    let mut first = None;
    decompose_canonical(character, |part| {
        first.get_or_insert(part);
    });
    let may_compose = |part: char| is_nfc_quick(std::iter::once(part)) == IsNormalized::Maybe;
    let first = first.unwrap_or(character);
    canonical_combining_class(first) == 0 && !may_compose(first) && !may_compose(character)
}

/// Composes segment by segment, so that an edit covers one base character with its marks and no more.
struct SegmentWriter<'a> {
    source: &'a str,
    rewriter: Rewriter,
    segment: String,
    segment_start: usize,
    segment_end: usize,
}

impl<'a> SegmentWriter<'a> {
    fn new(source: &'a str) -> Self {
        let rewriter = Rewriter::with_capacity(source.len());
        Self { source, rewriter, segment: String::new(), segment_start: 0, segment_end: 0 }
    }

    fn push(&mut self, start: usize, original: char, kept: char) {
        if starts_segment(kept) {
            self.flush(start);
        }
        if self.segment.is_empty() {
            self.segment_start = start;
        }
        self.segment.push(kept);
        self.segment_end = start + original.len_utf8();
    }

    /// Writes the open segment and whatever was dropped between it and `next_start`.
    fn flush(&mut self, next_start: usize) {
        if !self.segment.is_empty() {
            let original = &self.source[self.segment_start..self.segment_end];
            let composed: String = self.segment.nfc().collect();
            if composed == original {
                self.rewriter.keep(original);
            } else {
                self.rewriter.replace(original.len(), &composed);
            }
            self.segment.clear();
        }
        let dropped = next_start - self.segment_end;
        if dropped > 0 {
            self.rewriter.replace(dropped, "");
        }
        self.segment_start = next_start;
        self.segment_end = next_start;
    }

    fn finish(mut self) -> (String, OffsetMap) {
        self.flush(self.source.len());
        self.rewriter.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn brings_texts_into_normal_form() {
        let cases = [
            ("", ""),
            ("schon gut\tso\n", "schon gut\tso\n"),
            ("Mu\u{308}nchen", "München"),
            ("A\r\nB\rC", "A\nB\nC"),
            ("12\u{a0}€ \u{202f}x", "12 €  x"),
            ("\u{feff}Zug\u{200b}fahrt\u{ad}en", "Zugfahrten"),
            ("a\u{0}b\u{7f}c\u{9f}d", "abcd"),
            ("a\u{85}b\u{2028}c\u{c}d", "a\nb\nc\nd"),
            ("\u{202e}links\u{202c}", "links"),
            ("👩\u{200d}🔧 kam", "👩\u{200d}🔧 kam"),
            ("👩🏽\u{200d}🚀", "👩🏽\u{200d}🚀"),
            ("ab\u{200d}cd", "abcd"),
            ("u\u{200b}\u{308}", "ü"),
            ("\u{212b}ngström", "Ångström"),
            ("\u{1e026}\u{f73}", "\u{f71}\u{f72}\u{1e026}"),
            ("zwei  Leerzeichen", "zwei  Leerzeichen"),
        ];
        for (source, expected) in cases {
            assert_eq!(normalise(source).text, expected, "{source:?}");
        }
    }

    #[test]
    fn maps_back_to_the_source() {
        let source = "Mu\u{308}\u{308}de\u{200b} im Zu\u{ad}g";
        let normalised = normalise(source);
        let start = normalised.text.find("Zug").unwrap();
        assert_eq!(&source[normalised.map.to_source(&(start..start + 3))], "Zu\u{ad}g");
        assert_eq!(&source[normalised.map.to_source(&(1..3))], "u\u{308}\u{308}");
    }

    #[test]
    fn leaves_normal_text_alone() {
        assert!(normalise("Grüße aus Köln 🙂").map.is_identity());
        assert!(normalise("👩\u{200d}🔧").map.to_source(&(0..11)) == (0..11));
    }

    proptest! {
        #[test]
        fn is_idempotent_and_maps_back(source in any::<String>()) {
            let once = normalise(&source);
            prop_assert_eq!(&normalise(&once.text).text, &once.text);
            for (start, character) in once.text.char_indices() {
                let range = once.map.to_source(&(start..start + character.len_utf8()));
                prop_assert!(source.get(range.clone()).is_some_and(|piece| !piece.is_empty()), "{range:?}");
            }
        }

        #[test]
        fn is_idempotent_on_marks(source in "[aeu\u{300}\u{308}\u{323}\u{200b}\u{200d}\u{ad}\r\n👩🏽🔧\u{fe0f}\u{1100}\u{1161}\u{11a8}\u{a0} ]{0,24}") {
            let once = normalise(&source);
            prop_assert_eq!(&normalise(&once.text).text, &once.text);
            prop_assert_eq!(is_nfc_quick(once.text.chars()) != IsNormalized::No, true);
        }
    }
}
