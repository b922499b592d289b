//! The project's own labelled sentences (eval/data), and how the service cuts texts.

use std::ops::Range;

use klartext_models::friction::FrictionKind;
use klartext_models::text::TextPreparer;
use serde::Deserialize;

use crate::data::{Language, Sentiment};
use crate::gold::{HandoverLabels, MentionLabels};
use crate::vectors::Passage;

/// Words that show a kind of friction, in code points.
#[derive(Debug, Clone, Deserialize)]
pub struct FrictionSpan {
    pub kind: FrictionKind,
    pub begin: usize,
    pub end: usize,
}

/// A line of eval/data/friction.jsonl.
#[derive(Debug, Clone, Deserialize)]
pub struct FrictionExample {
    pub text: String,
    pub lang: Language,
    pub spans: Vec<FrictionSpan>,
    /// Kinds that a word suggests and that are not there.
    pub hard_negative_for: Vec<FrictionKind>,
}

/// A line of the files in eval/data/comments: a whole comment, its mentions labelled as they are meant in it.
#[derive(Debug, Clone, Deserialize)]
pub struct WrittenComment {
    pub text: String,
    /// Whose touchpoints and topics the labels name.
    pub journey: String,
    pub mentions: Vec<MentionLabels>,
    pub handover: Option<HandoverLabels>,
}

/// A line of the files in eval/data/public: how the mentions of a public text are meant. The text is in the data folder.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledPublicText {
    pub id: String,
    /// Whose touchpoints and topics the labels name.
    pub journey: String,
    pub mentions: Vec<MentionLabels>,
}

/// A line of eval/data/degrees.jsonl: one thing said three times, each time more strongly.
#[derive(Debug, Clone, Deserialize)]
pub struct DegreesExample {
    pub sentiment: Sentiment,
    pub mild: String,
    pub plain: String,
    pub strong: String,
}

impl DegreesExample {
    /// In rising degree.
    pub fn degrees(&self) -> [&str; 3] {
        [&self.mild, &self.plain, &self.strong]
    }
}

/// A line of eval/data/handover.jsonl.
#[derive(Debug, Clone, Deserialize)]
pub struct HandoverExample {
    pub text: String,
    pub lang: Language,
    pub handover: bool,
}

/// A mention as the service cuts and prepares it.
#[derive(Debug, Clone)]
pub struct CutMention {
    pub words: String,
    /// Code points of the text that it was cut from.
    pub chars: Range<usize>,
}

/// A comment whose mentions a labeller has cut, `mentions` in code points: each is prepared alone, as what stands between
/// them is, so that every one is found again whatever masking makes of its neighbours.
pub fn passage(preparer: &TextPreparer, text: &str, mentions: &[Range<usize>]) -> Passage {
    let characters: Vec<char> = text.chars().collect();
    let mut prepared = String::new();
    let mut bytes = Vec::with_capacity(mentions.len());
    let mut add = |piece: &[char]| {
        let piece = String::from_iter(piece);
        let words = preparer.mask(&piece);
        let has_space = |character: Option<char>| character.is_some_and(char::is_whitespace);
        if has_space(piece.chars().next()) && !prepared.ends_with(' ') && !prepared.is_empty() {
            prepared.push(' ');
        }
        let begin = prepared.len();
        prepared.push_str(words.trim());
        let end = prepared.len();
        if has_space(piece.chars().next_back()) && !prepared.ends_with(' ') {
            prepared.push(' ');
        }
        begin..end
    };
    let mut position = 0;
    for mention in mentions {
        add(&characters[position..mention.start]);
        bytes.push(add(&characters[mention.clone()]));
        position = mention.end;
    }
    add(&characters[position..]);
    Passage::mentions(prepared, &bytes)
}

pub fn cut(preparer: &TextPreparer, text: &str) -> Vec<CutMention> {
    let prepared = preparer.prepare(text, None);
    let spans = prepared.source_spans(text).into_iter().zip(&prepared.mentions);
    spans
        .map(|(span, words)| CutMention { words: prepared.text[words.clone()].to_owned(), chars: span.chars })
        .collect()
}

/// The kinds that a mention shows: at least half of the words that show one lie in it, or it lies half in them.
pub fn kinds_in(spans: &[FrictionSpan], mention: &Range<usize>) -> Vec<usize> {
    let is_shown = |span: &&FrictionSpan| {
        let shared = span.end.min(mention.end).saturating_sub(span.begin.max(mention.start));
        2 * shared >= (span.end - span.begin).min(mention.len()) && shared > 0
    };
    let mut kinds: Vec<usize> = spans.iter().filter(is_shown).map(|span| span.kind as usize).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_shows_what_at_least_half_lies_in_it() {
        let span = |begin, end| FrictionSpan { kind: FrictionKind::DeadEnd, begin, end };
        assert_eq!(kinds_in(&[span(10, 20)], &(0..15)), [3]);
        assert_eq!(kinds_in(&[span(10, 20)], &(0..14)), [0usize; 0]);
        assert_eq!(kinds_in(&[span(0, 40)], &(5..10)), [3]);
        assert_eq!(kinds_in(&[span(10, 20)], &(20..30)), [0usize; 0]);
    }

    #[test]
    fn labelled_mentions_are_found_again_in_the_prepared_comment() {
        let text = "Hallo,\n\nPersonal nett, aber niemand rief unter 0171 1234567 zurück. Danke";
        let passage = passage(&TextPreparer::default(), text, &[8..21, 23..67]);
        assert_eq!(passage.words(0), "Personal nett");
        assert_eq!(passage.words(1), "aber niemand rief unter [Telefon] zurück.");
        let whole = passage.prepared(&TextPreparer::default()).text;
        assert_eq!(whole, "Hallo, Personal nett, aber niemand rief unter [Telefon] zurück. Danke");
    }

    #[test]
    fn mentions_know_where_they_were_cut() {
        let text = "Personal nett, aber niemand rief unter 0171 1234567 zurück.";
        let mentions = cut(&TextPreparer::default(), text);
        assert_eq!(mentions.len(), 2);
        assert_eq!(mentions[1].words, "aber niemand rief unter [Telefon] zurück.");
        assert_eq!(mentions[1].chars, 15..text.chars().count());
    }
}
