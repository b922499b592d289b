//! From the text that a customer wrote to the text that the encoder reads, and its mentions.
//!
//! [`TextPreparer::prepare`] runs four stages, each usable alone: [`normalise`], [`mask`],
//! [`LanguageDetector::detect`] and [`segment`]. Whatever a stage changes, an [`OffsetMap`] leads back to the caller's
//! text. Nothing here fails or panics, whatever the string.

mod grammar;
mod language;
mod links;
mod normalise;
mod pii;
mod segment;
mod span;

use std::ops::Range;

pub use language::{Language, LanguageDetector};
pub(crate) use links::NOT_LANGUAGE;
pub use normalise::{Normalised, normalise};
pub use pii::{Masked, MaskedSpan, MaskingPolicy, PersonalData, Treatment, mask};
pub use segment::segment;
pub use span::{OffsetMap, Span, spans};

/// A comment, ready for the encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedText {
    /// The text, normalised and with personal data treated as the policy says.
    pub text: String,
    /// From bytes of `text` to bytes of the caller's text.
    pub map: OffsetMap,
    /// Personal data that was masked or dropped, in bytes of the caller's text, in order.
    pub masked: Vec<MaskedSpan>,
    pub language: Language,
    /// Bytes of `text`, in order, without overlap; empty only when the text has no content.
    pub mentions: Vec<Range<usize>>,
}

impl PreparedText {
    /// Where the mentions stand in the text that was given to `prepare`, in the same order.
    ///
    /// `source` must be that text. Costs one pass over it.
    pub fn source_spans(&self, source: &str) -> Vec<Span> {
        let ranges: Vec<_> = self.mentions.iter().map(|mention| self.map.to_source(mention)).collect();
        spans(source, &ranges)
    }
}

/// Prepares comments; make one and share it between threads.
pub struct TextPreparer {
    detector: LanguageDetector,
    policy: MaskingPolicy,
}

impl TextPreparer {
    /// Loads the language models (see [`LanguageDetector::new`]). `policy` says what becomes of personal data.
    pub fn new(policy: MaskingPolicy) -> Self {
        Self { detector: LanguageDetector::new(), policy }
    }

    /// Only normalises and masks: for what is stored or looked for beside a comment's text.
    pub fn mask(&self, source: &str) -> String {
        mask(&normalise(source).text, &self.policy).text
    }

    /// Normalises, masks, detects the language and segments.
    ///
    /// `hint` is the language that the source of the comment claims; it decides where the text itself says too little.
    pub fn prepare(&self, source: &str, hint: Option<Language>) -> PreparedText {
        let normalised = normalise(source);
        let masked = mask(&normalised.text, &self.policy);
        let found = masked
            .found
            .into_iter()
            .map(|span| MaskedSpan { kind: span.kind, bytes: normalised.map.to_source(&span.bytes) });
        let language = self.detector.detect(&masked.text, hint);
        let mentions = segment(&masked.text, language);
        PreparedText {
            masked: found.collect(),
            map: normalised.map.then(&masked.map),
            language,
            mentions,
            text: masked.text,
        }
    }
}

impl Default for TextPreparer {
    fn default() -> Self {
        Self::new(MaskingPolicy::default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use proptest::prelude::*;

    static PREPARER: LazyLock<TextPreparer> = LazyLock::new(TextPreparer::default);

    #[test]
    fn prepares_a_comment() {
        let source = "Perso\u{ad}nal nett,\u{a0}aber niemand rief unter 0171/1234567 zuru\u{308}ck.\r\nDie Rechnung kam doppelt.";
        let prepared = PREPARER.prepare(source, None);
        assert_eq!(
            prepared.text,
            "Personal nett, aber niemand rief unter [Telefon] zurück.\nDie Rechnung kam doppelt."
        );
        assert_eq!(prepared.language, Language::German);
        let spans = prepared.source_spans(source);
        let originals: Vec<&str> = spans.iter().map(|span| &source[span.bytes.clone()]).collect();
        assert_eq!(
            originals,
            ["Perso\u{ad}nal nett", "aber niemand rief unter 0171/1234567 zuru\u{308}ck.", "Die Rechnung kam doppelt."]
        );
        assert_eq!(&source[prepared.masked[0].bytes.clone()], "0171/1234567");
    }

    #[test]
    fn follows_the_policy_for_every_text() {
        let preparer =
            TextPreparer::new(MaskingPolicy::all(Treatment::Drop).with(PersonalData::Phone, Treatment::Mask));
        let source = "Frau Mu\u{308}ller half, 0171/1234567 nicht.";
        let prepared = preparer.prepare(source, None);
        assert_eq!(prepared.text, "Frau half, [Telefon] nicht.");
        let found: Vec<&str> = prepared.masked.iter().map(|span| &source[span.bytes.clone()]).collect();
        assert_eq!(found, ["Mu\u{308}ller", "0171/1234567"]);
        assert_eq!(preparer.mask(source), prepared.text);
        // Nothing else is left of it.
        let alone = preparer.prepare("max@example.org", None);
        assert_eq!((alone.text.as_str(), alone.mentions.len()), ("[E-Mail]", 1));
    }

    #[test]
    fn follows_the_hint_when_the_text_says_nothing() {
        assert_eq!(PREPARER.prepare("ok", Some(Language::English)).language, Language::English);
        assert!(PREPARER.prepare("", None).mentions.is_empty());
    }

    fn check(source: &str) -> Result<(), TestCaseError> {
        let prepared = PREPARER.prepare(source, None);
        let mut last_end = 0;
        for (mention, span) in prepared.mentions.iter().zip(prepared.source_spans(source)) {
            prop_assert!(mention.start >= last_end && prepared.text.get(mention.clone()).is_some());
            last_end = mention.end;
            let original = source.get(span.bytes.clone());
            prop_assert!(original.is_some_and(|piece| piece.chars().count() == span.chars.len()));
        }
        for masked in &prepared.masked {
            prop_assert!(source.get(masked.bytes.clone()).is_some_and(|piece| !piece.is_empty()));
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn holds_for_any_text(source in any::<String>()) {
            check(&source)?;
        }

        #[test]
        fn holds_for_comments(source in "(aber |Essen |gut, |0171 1234567|a@b.de|\u{ad}|u\u{308}|\r\n|\u{a0}|👍 |. Das war ){0,20}") {
            check(&source)?;
        }
    }
}
