//! Cuts a comment into mentions: spans that say one thing each.
//!
//! First lines and list items, then sentences (crate `sentencex`), then clauses. A clause begins at a connective of
//! contrast ("freundlich, aber 40 Minuten gewartet"), at a semicolon, and at a comma, a dash or "und" with a statement of its own on
//! both sides ("Bestellung einfach, Lieferung schnell"). Relative, "dass" and other subordinate clauses stay with their
//! main clause. In doubt nothing is cut: a mention that says two things can still be labelled, half a statement cannot.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use regex::Regex;

use super::grammar::{Connective, Grammar, Opens};
use super::language::Language;
use super::links::{PLACEHOLDER, WEB_ADDRESS, placeholders};

/// The mentions of `text` as byte ranges: in order, without overlap, on character boundaries, without white space at
/// their ends.
///
/// A text with any content gives at least one mention, an empty one gives none. Commas, semicolons and list bullets
/// between mentions belong to none; a connective belongs to the clause that it opens.
pub fn segment(text: &str, language: Language) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for line in lines(text) {
        for sentence in sentences(text, line, language) {
            match Grammar::of(language) {
                Some(grammar) => Clauses::new(text, sentence, grammar).collect_into(&mut pieces),
                None => pieces.push(Piece { range: sentence, opens_contrast: false }),
            }
        }
    }
    let mentions = merge(text, pieces);
    let content = trim_spaces(text);
    if mentions.is_empty() && !content.is_empty() {
        // Nothing but list bullets.
        return vec![content];
    }
    mentions
}

/// A candidate for a mention.
struct Piece {
    range: Range<usize>,
    /// Whether it begins with a connective that sets it against the piece before.
    opens_contrast: bool,
}

// ---- lines ----

fn lines(text: &str) -> Vec<Range<usize>> {
    /// Line starts of lists ("- ", "• ", "2. ", "b) ") and bullets inside a line.
    static BULLET: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*(?:[-–—*+•·‣▪►✓✔✅➤>]+\s+|[0-9]{1,2}[.)]\s+|[a-zA-Z]\)\s+)|\s[•‣▪►➤✅✔]\s")
            .expect("the pattern is a constant and compiles")
    });
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        let mut item_start = 0;
        for bullet in BULLET.find_iter(line) {
            found.push(line_start + item_start..line_start + bullet.start());
            item_start = bullet.end();
        }
        found.push(line_start + item_start..line_start + line.len());
        line_start += line.len() + 1;
    }
    found.retain(|range| !text[range.clone()].trim().is_empty());
    found
}

// ---- sentences ----

/// The sentences of one line. What `sentencex` answers is checked, for its offsets are a promise, not a type.
fn sentences(text: &str, line: Range<usize>, language: Language) -> Vec<Range<usize>> {
    let code = match language {
        Language::German => "de",
        Language::English | Language::Other => "en",
    };
    let line_text = &text[line.clone()];
    // A panic in a dependency must not cost the caller the comment: the line then stays whole.
    let boundaries = catch_unwind(AssertUnwindSafe(|| {
        let sentences = sentencex::get_sentence_boundaries(code, line_text);
        sentences.into_iter().map(|sentence| line.start + sentence.start_byte).collect::<Vec<usize>>()
    }))
    .unwrap_or_default();
    let mut cuts: Vec<usize> = boundaries.into_iter().chain(missed_sentence_starts(text, line.clone())).collect();
    cuts.retain(|cut| line.contains(cut) && *cut > line.start && text.is_char_boundary(*cut));
    cuts.retain(|cut| !follows_abbreviation(&text[line.start..*cut]));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.push(line.end);
    let mut start = line.start;
    cuts.into_iter().map(|cut| std::mem::replace(&mut start, cut)..cut).collect()
}

/// Sentence starts of careless writing, which `sentencex` takes for abbreviations: no space behind the full stop, or no
/// capital behind it.
fn missed_sentence_starts(text: &str, line: Range<usize>) -> Vec<usize> {
    static CARELESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\p{L}{4,})(?:[.!?]+\s*(?:\p{Lu}\p{Ll})|[.!?]+\s+\p{Ll}{2})")
            .expect("the pattern is a constant and compiles")
    });
    /// Many write an emoji instead of a full stop.
    static EMOJI_END: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[\p{Extended_Pictographic}\u{fe0f}\p{Emoji_Modifier}]\s+\p{Lu}")
            .expect("the pattern is a constant and compiles")
    });
    let addresses: Vec<Range<usize>> = WEB_ADDRESS.find_iter(&text[line.clone()]).map(|found| found.range()).collect();
    let mut starts = Vec::new();
    for found in CARELESS.captures_iter(&text[line.clone()]) {
        let (Some(whole), Some(word)) = (found.get(0), found.get(1)) else {
            continue;
        };
        let in_address = addresses.iter().any(|address| address.contains(&word.start()));
        if in_address {
            continue;
        }
        let next = whole.as_str()[word.len()..].find(char::is_alphabetic).unwrap_or(0);
        starts.push(line.start + word.end() + next);
    }
    starts.extend(EMOJI_END.find_iter(&text[line.clone()]).map(|found| {
        let capital = found.as_str().chars().next_back().map_or(0, char::len_utf8);
        line.start + found.end() - capital
    }));
    starts
}

/// German and English abbreviations that `sentencex` or the rule for careless writing would take for a sentence end.
const ABBREVIATIONS: &[&str] = &[
    "inkl",
    "exkl",
    "evtl",
    "zzgl",
    "abzgl",
    "bspw",
    "insb",
    "vgl",
    "allg",
    "ggfs",
    "mind",
    "telef",
    "tägl",
    "jährl",
    "monatl",
    "wöchentl",
    "stellv",
    "urspr",
    "gegr",
    "approx",
    "incl",
    "excl",
    "dept",
    "prof",
    "bzgl",
    "versch",
    "angebl",
    "str",
    "bhf",
    "hbf",
    "bstg",
];

/// Whether `before` ends with an abbreviation and its full stop.
fn follows_abbreviation(before: &str) -> bool {
    let Some(stem) = before.trim_end().strip_suffix('.') else {
        return false;
    };
    let word_start =
        stem.char_indices().rev().take_while(|(_, c)| c.is_alphabetic()).last().map_or(stem.len(), |(at, _)| at);
    let word = stem[word_start..].to_lowercase();
    // "Hauptstr." as well as "Str."
    ABBREVIATIONS.contains(&word.as_str()) || word.ends_with("str")
}

// ---- clauses ----

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    Word,
    Comma,
    Semicolon,
    /// A dash between spaces.
    Dash,
    /// Any other punctuation: it ends a look at what follows, but is no place to cut.
    Other,
}

struct Token {
    kind: TokenKind,
    range: Range<usize>,
    /// In lower case; empty unless a word.
    lower: String,
    capital: bool,
    /// Inside quotes, brackets or a web address.
    protected: bool,
}

/// One sentence while it is cut into clauses.
struct Clauses<'a> {
    grammar: &'a Grammar,
    sentence: Range<usize>,
    tokens: Vec<Token>,
    /// How many finite verbs stand before each token.
    verbs_before: Vec<usize>,
}

/// How far a look ahead goes, in tokens: what says whether a clause follows stands near its start.
const LOOK_AHEAD: usize = 40;

/// How far a look back for the first half of "zwischen … und" goes, in tokens.
const LOOK_BACK: usize = 10;

/// Words that a verdict without a verb may have ("Lieferung sehr schnell").
const MAX_VERDICT_WORDS: usize = 6;

impl<'a> Clauses<'a> {
    fn new(text: &str, sentence: Range<usize>, grammar: &'a Grammar) -> Self {
        let tokens = tokenise(text, sentence.clone());
        let mut verbs_before = Vec::with_capacity(tokens.len() + 1);
        let mut verbs = 0;
        for token in &tokens {
            verbs_before.push(verbs);
            // A capitalised verb is a noun ("das Warten"), unless it opens the sentence.
            let is_noun = grammar.is_german && token.capital && verbs_before.len() > 1;
            verbs += usize::from(!is_noun && grammar.finite_verbs.contains(token.lower.as_str()));
        }
        verbs_before.push(verbs);
        Self { grammar, sentence, tokens, verbs_before }
    }

    fn collect_into(&self, pieces: &mut Vec<Piece>) {
        let mut start = self.sentence.start;
        let mut opens_contrast = self.connective_at(0).is_some();
        for cut in self.cuts() {
            pieces.push(Piece { range: start..cut.position, opens_contrast });
            start = cut.position;
            opens_contrast = cut.opens_contrast;
        }
        pieces.push(Piece { range: start..self.sentence.end, opens_contrast });
    }

    fn cuts(&self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let mut clause = Clause { first: 0, part: 0, concession: self.concession_at(0) };
        for index in 1..self.tokens.len() {
            let token = &self.tokens[index];
            if token.protected {
                continue;
            }
            let (is_cut, opens_contrast) = match token.kind {
                TokenKind::Word if self.contrasts(index, &clause) => (true, true),
                TokenKind::Word => (token.lower == self.grammar.conjunction && self.coordinates(index, &clause), false),
                TokenKind::Semicolon => (true, false),
                TokenKind::Comma => (self.enumerates(index, &clause), false),
                TokenKind::Dash => (self.states(clause.first..index) && self.states(self.part_after(index)), false),
                TokenKind::Other => (false, false),
            };
            let next = if token.kind == TokenKind::Word { index } else { index + 1 };
            if is_cut {
                let position = if token.kind == TokenKind::Word { token.range.start } else { token.range.end };
                cuts.push(Cut { position, opens_contrast });
                clause = Clause { first: next, part: next, concession: self.concession_at(next) };
            } else if token.kind == TokenKind::Comma {
                clause.part = next;
            }
        }
        cuts
    }

    /// Whether a contrast begins at the word `index`.
    fn contrasts(&self, index: usize, clause: &Clause) -> bool {
        let Some(connective) = self.connective_at(index) else {
            return false;
        };
        let before = &self.tokens[index - 1];
        if before.protected && before.kind != TokenKind::Word || index == clause.first {
            return false;
        }
        let after_comma = before.kind != TokenKind::Word;
        let right = self.part_after(index + connective.words.len() - 1);
        if right.is_empty() {
            return false;
        }
        match connective.opens {
            Opens::Always => true,
            Opens::AfterComma => after_comma,
            Opens::BeforeClause => (after_comma || connective.subordinates) && self.has_verb(right),
            Opens::UnlessParticle => after_comma || !self.is_particle(index, clause, right),
        }
    }

    /// Whether a connective without a comma before it belongs into the clause around it.
    ///
    /// German particles follow the finite verb or a pronoun ("das war aber schade"), or the clause has no verb but the
    /// one before the particle ("da hat der Fahrer aber nicht gehalten"). Between two adjectives of one noun the word
    /// joins less than a clause ("eine freundliche aber langsame Bedienung").
    fn is_particle(&self, index: usize, clause: &Clause, right: Range<usize>) -> bool {
        let before = &self.tokens[index - 1];
        let host = before.lower.as_str();
        if self.grammar.particle_hosts.contains(host) {
            return true;
        }
        if !self.grammar.is_german {
            return false;
        }
        // "und aber", "dann aber", "ich aber", "war aber"
        if self.grammar.finite_verbs.contains(host) || self.grammar.is_function_word(host) {
            return true;
        }
        if index - clause.first < 2 {
            return true;
        }
        let attributive = ["e", "es", "em", "ten"].iter().any(|ending| host.ends_with(ending));
        if attributive && !before.capital {
            return true;
        }
        if self.has_verb(clause.first..index) {
            !self.has_verb(right) && before.capital
        } else {
            // "Es gebe aber": a verb that the list does not know.
            self.grammar.pronouns.contains(self.tokens[clause.first].lower.as_str())
        }
    }

    /// Whether the comma at `index` stands between two statements.
    fn enumerates(&self, index: usize, clause: &Clause) -> bool {
        let right = self.part_after(index);
        if right.is_empty() || self.connective_at(right.start).is_some() {
            return false;
        }
        if clause.concession && clause.part == clause.first {
            // "Obwohl das Personal nett war, haben wir gewartet": the first comma ends the concession.
            return self.has_verb(right);
        }
        if self.is_framed(clause, index) {
            return false;
        }
        if self.is_main_clause(right.clone()) {
            return self.states(clause.first..index);
        }
        !self.has_verb(clause.first..index) && self.is_verdict(clause.part..index) && self.is_verdict(right)
    }

    /// Whether the "und" at `index` joins two statements.
    fn coordinates(&self, index: usize, clause: &Clause) -> bool {
        let right = self.part_after(index);
        if right.is_empty() || index == clause.first || self.is_framed(clause, index) {
            return false;
        }
        let mut nearby = self.words(index.saturating_sub(LOOK_BACK).max(clause.first)..index);
        if nearby.any(|word| self.grammar.correlatives.contains(word.lower.as_str())) {
            return false;
        }
        let left = clause.part..index;
        let after_comma = self.tokens[index - 1].kind == TokenKind::Comma;
        if self.is_main_clause(right.clone()) {
            return self.has_verb(clause.first..index) && (after_comma || left.len() >= 3);
        }
        self.is_predication(left) && self.is_predication(right)
    }

    /// Whether what stands before `index` needs what follows: an opening subordinate clause or "ich finde".
    fn is_framed(&self, clause: &Clause, index: usize) -> bool {
        let begins_subordinate = |at: usize| {
            self.tokens.get(at).is_some_and(|token| self.grammar.subordinators.contains(token.lower.as_str()))
        };
        let last_word = self.tokens[clause.first..index].iter().rev().find(|token| token.kind == TokenKind::Word);
        let is_first_part = clause.part == clause.first;
        (is_first_part && begins_subordinate(clause.first))
            || last_word.is_some_and(|word| self.grammar.frame_words.contains(word.lower.as_str()))
            // "…, dass das Personal nett und das Essen gut war": the clause of "dass" goes on behind "und".
            || (self.tokens[index].kind == TokenKind::Word && begins_subordinate(clause.part))
    }

    /// A clause with a verb, or a verdict without one.
    fn states(&self, range: Range<usize>) -> bool {
        let has_three_words = self.words(range.clone()).nth(2).is_some();
        (has_three_words && self.has_verb(range.clone())) || self.is_verdict(range)
    }

    /// Whether the tokens are a main clause with a subject of its own.
    fn is_main_clause(&self, range: Range<usize>) -> bool {
        let words: Vec<&Token> = self.words(range).collect();
        let grammar = self.grammar;
        let is_verb = |word: &Token| grammar.finite_verbs.contains(word.lower.as_str());
        let Some(first) = words.first() else { return false };
        let opening = first.lower.as_str();
        if words.len() < 3 || grammar.subordinators.contains(opening) && !grammar.pronouns.contains(opening) {
            return false;
        }
        let is_pronoun = grammar.pronouns.contains(opening);
        let verb = words.iter().skip(1).take(5).position(|word| is_verb(word) && !(grammar.is_german && word.capital));
        let Some(verb) = verb.map(|position| position + 1) else {
            return false;
        };
        if verb + 1 == words.len() {
            // German subordinate clauses end with their verb.
            return !grammar.is_german && verb >= 2;
        }
        if !grammar.is_german {
            let has_subject = is_pronoun || grammar.determiners.contains(opening) || grammar.openers.contains(opening);
            let bare_subject = !is_verb(first) && !grammar.is_function_word(opening) && verb <= 2;
            return has_subject || bare_subject;
        }
        // "die in die Schweiz fahren", "die Züge nehmen wollen": no noun behind "die", or a verb at the end.
        let is_relative = grammar.relatives.contains(opening)
            && (grammar.is_function_word(&words[1].lower) || words.last().is_some_and(|word| is_verb(word)));
        let has_noun = words[1..verb].iter().any(|word| word.capital);
        let is_article = grammar.relatives.contains(opening) || grammar.determiners.contains(opening);
        (verb == 1 && (is_pronoun || is_article || grammar.openers.contains(opening) || first.capital))
            || (is_article && has_noun && !is_relative)
            || (first.capital && verb <= 4 && !grammar.is_function_word(opening))
    }

    /// A short statement without a finite verb: a predication, or an adjective with its noun ("lange Wartezeit").
    fn is_verdict(&self, range: Range<usize>) -> bool {
        if self.is_predication(range.clone()) {
            return true;
        }
        let Some(words) = self.verdict_words(range) else {
            return false;
        };
        let [opening @ .., adjective, noun] = words.as_slice() else {
            return false;
        };
        if !self.grammar.is_german {
            let is_content = |word: &&Token| {
                self.grammar.degrees.contains(word.lower.as_str()) || !self.grammar.is_function_word(&word.lower)
            };
            return words.iter().all(is_content) && !self.grammar.degrees.contains(noun.lower.as_str());
        }
        let is_inflected = ["e", "er", "es", "en", "em"].iter().any(|ending| adjective.lower.ends_with(ending));
        let is_adjective = is_inflected || self.grammar.degrees.contains(adjective.lower.as_str());
        noun.capital
            && is_adjective
            && !self.grammar.is_function_word(&adjective.lower)
            && opening.iter().all(|word| self.grammar.degrees.contains(word.lower.as_str()))
    }

    /// German only: a noun and what is said of it, without a verb ("Lieferung schnell", "Rechnung leider falsch").
    fn is_predication(&self, range: Range<usize>) -> bool {
        let Some(words) = self.verdict_words(range) else {
            return false;
        };
        let [subject @ .., predicate] = words.as_slice() else {
            return false;
        };
        let is_content = |word: &Token| !self.grammar.is_function_word(&word.lower);
        let opens_with_preposition =
            subject.first().is_some_and(|first| self.grammar.function_words.contains(first.lower.as_str()));
        self.grammar.is_german
            && subject.iter().any(|word| word.capital && is_content(word))
            && !predicate.capital
            && is_content(predicate)
            && !opens_with_preposition
    }

    /// The words of a short stretch without finite verb, number or protected piece.
    fn verdict_words(&self, range: Range<usize>) -> Option<Vec<&Token>> {
        if range.len() > 2 * MAX_VERDICT_WORDS || self.has_verb(range.clone()) {
            return None;
        }
        let words: Vec<&Token> = self.words(range).collect();
        let is_plain = |word: &&Token| !word.protected && word.lower.chars().all(|c| c.is_alphabetic() || c == '-');
        ((2..=MAX_VERDICT_WORDS).contains(&words.len()) && words.iter().all(is_plain)).then_some(words)
    }

    fn words(&self, range: Range<usize>) -> impl Iterator<Item = &Token> {
        self.tokens[range].iter().filter(|token| token.kind == TokenKind::Word)
    }

    fn has_verb(&self, range: Range<usize>) -> bool {
        self.verbs_before[range.end] > self.verbs_before[range.start]
    }

    /// The tokens behind `index` up to the next comma, semicolon, dash or connective.
    fn part_after(&self, index: usize) -> Range<usize> {
        let start = index + 1;
        let limit = self.tokens.len().min(start + LOOK_AHEAD);
        let ends = |at: usize| {
            let token = &self.tokens[at];
            match token.kind {
                TokenKind::Comma | TokenKind::Semicolon | TokenKind::Dash => !token.protected,
                TokenKind::Word => at > start && (token.lower == self.grammar.conjunction || self.opens_surely(at)),
                TokenKind::Other => false,
            }
        };
        let end = (start..limit).find(|at| ends(*at)).unwrap_or(limit);
        start.min(end)..end
    }

    fn opens_surely(&self, index: usize) -> bool {
        self.connective_at(index)
            .is_some_and(|connective| matches!(connective.opens, Opens::Always | Opens::UnlessParticle))
    }

    fn connective_at(&self, index: usize) -> Option<&'static Connective> {
        let first = self.tokens.get(index).filter(|token| !token.protected)?;
        self.grammar.connectives(&first.lower).iter().copied().find(|connective| {
            let following = self.tokens[index..].iter().map(|token| token.lower.as_str());
            following.take(connective.words.len()).eq(connective.words.iter().copied())
        })
    }

    fn concession_at(&self, index: usize) -> bool {
        self.connective_at(index).is_some_and(|connective| connective.subordinates)
    }
}

/// A place where a clause ends.
struct Cut {
    /// Byte.
    position: usize,
    opens_contrast: bool,
}

/// The clause that is open while the tokens are walked.
struct Clause {
    /// Its first token.
    first: usize,
    /// The first token behind its last comma.
    part: usize,
    /// Whether it begins with a subordinating connective.
    concession: bool,
}

fn tokenise(text: &str, sentence: Range<usize>) -> Vec<Token> {
    /// A placeholder is a noun. Numbers keep their commas, dots and colons; words keep inner hyphens, apostrophes, dots and
    /// slashes.
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"{}|\p{{N}}+(?:[.,:]\p{{N}}+)+|[@#]?[\p{{L}}\p{{N}}\p{{M}}_]+(?:[-'’.:/&*+][\p{{L}}\p{{N}}\p{{M}}_]+)*|\s[-–—]+\s|\p{{P}}",
            placeholders()
        ))
        .expect("the pattern is a constant and compiles")
    });
    let sentence_text = &text[sentence.clone()];
    let protected = protected_ranges(sentence_text);
    let mut protection = protected.iter().peekable();
    let mut tokens = Vec::new();
    for found in TOKEN.find_iter(sentence_text) {
        let piece = found.as_str();
        let kind = kind_of(piece, &sentence_text[found.end()..]);
        while protection.next_if(|range| range.end <= found.start()).is_some() {}
        let is_word = kind == TokenKind::Word;
        let word = piece.trim_matches(['[', ']']);
        tokens.push(Token {
            kind,
            range: sentence.start + found.start()..sentence.start + found.end(),
            lower: if is_word { word.to_lowercase().replace('’', "'") } else { String::new() },
            capital: is_word && word.starts_with(char::is_uppercase),
            protected: protection.peek().is_some_and(|range| range.start <= found.start()),
        });
    }
    tokens
}

/// `rest` is what follows the token.
fn kind_of(token: &str, rest: &str) -> TokenKind {
    if token.contains(char::is_alphanumeric) {
        return TokenKind::Word;
    }
    match token.trim() {
        "," => TokenKind::Comma,
        // Not the eyes of ";)" and ";-)".
        ";" if rest.is_empty() || rest.starts_with(char::is_whitespace) => TokenKind::Semicolon,
        dash if token.len() > dash.len() => TokenKind::Dash,
        _ => TokenKind::Other,
    }
}

/// Where nothing is cut: quotes, brackets but those of a placeholder, web addresses. In order, without overlap.
fn protected_ranges(sentence: &str) -> Vec<Range<usize>> {
    static PROTECTED: LazyLock<Regex> = LazyLock::new(|| {
        // One level of quotes or brackets, closed inside the sentence.
        Regex::new(r#"(?i)(?-u:\b)(?:https?://|www\.)[^\s<>"]+|„[^“”"„]{1,300}[“”"]|“[^“”]{1,300}”|»[^»«]{1,300}«|«[^»«]{1,300}»|"[^"]{1,300}"|\([^()]{1,300}\)|\[[^\[\]]{1,300}\]"#)
            .expect("the pattern is a constant and compiles")
    });
    let is_placeholder = |range: &Range<usize>| {
        PLACEHOLDER.find(&sentence[range.clone()]).is_some_and(|found| found.len() == range.len())
    };
    PROTECTED.find_iter(sentence).map(|found| found.range()).filter(|range| !is_placeholder(range)).collect()
}

// ---- mentions ----

/// Joins pieces that say nothing alone with their neighbours and trims the rest.
///
/// A piece stands alone with two words, or with one before a contrast ("Super! Aber teuer."), but not if all of them are
/// placeholders. Others go to the piece before; those at the start, and headings that end with a colon, to the piece behind.
fn merge(text: &str, pieces: Vec<Piece>) -> Vec<Range<usize>> {
    let mut mentions: Vec<Range<usize>> = Vec::new();
    let mut waiting: Option<usize> = None;
    let mut pieces = pieces
        .into_iter()
        .filter_map(|piece| {
            let range = trim(text, piece.range);
            (!range.is_empty()).then_some(Piece { range, ..piece })
        })
        .peekable();
    while let Some(piece) = pieces.next() {
        let content = &text[piece.range.clone()];
        let word_count = content.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
        let has_letters = PLACEHOLDER.split(content).any(|piece| piece.contains(char::is_alphabetic));
        let before_contrast = pieces.peek().is_some_and(|next| next.opens_contrast && ends_sentence(content));
        if has_letters && (word_count >= 2 || before_contrast) {
            mentions.push(waiting.take().unwrap_or(piece.range.start)..piece.range.end);
        } else if content.ends_with(':') || mentions.is_empty() {
            waiting.get_or_insert(piece.range.start);
        } else if let Some(last) = mentions.last_mut() {
            last.end = piece.range.end;
            waiting = None;
        }
    }
    // Nothing came behind what was waiting.
    if let Some(start) = waiting {
        let end = text.trim_end().len();
        match mentions.last_mut() {
            Some(last) => last.end = end,
            None => mentions.push(start..end),
        }
    }
    mentions
}

fn ends_sentence(content: &str) -> bool {
    content.ends_with(['.', '!', '?', '…'])
}

/// Where the text stands without the white space around it; bytes.
fn trim_spaces(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..text.trim_end().len().max(start)
}

/// Without white space at the ends and without the commas and dashes that stood between two pieces.
fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let piece = &text[range.clone()];
    let without_tail = piece.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '–' | '—'));
    let without_tail = without_tail.strip_suffix(" -").map_or(without_tail, str::trim_end);
    let is_only_separators = without_tail.is_empty();
    let kept = if is_only_separators { piece.trim_end() } else { without_tail };
    let trimmed = kept.trim_start();
    let without_dash = ["- ", "– ", "— "].iter().find_map(|dash| trimmed.strip_prefix(dash));
    let trimmed = without_dash.map_or(trimmed, str::trim_start);
    let start = range.start + (kept.len() - trimmed.len());
    start..start + trimmed.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mentions(text: &str, language: Language) -> Vec<&str> {
        segment(text, language).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn cuts_german_comments() {
        let cases: &[(&str, &[&str])] = &[
            // contrast
            (
                "Personal super freundlich, aber 40 Minuten Wartezeit",
                &["Personal super freundlich", "aber 40 Minuten Wartezeit"],
            ),
            (
                "Das Personal war zwar nett, aber völlig überfordert.",
                &["Das Personal war zwar nett", "aber völlig überfordert."],
            ),
            ("Das Essen war gut aber kalt", &["Das Essen war gut", "aber kalt"]),
            ("Essen gut aber der Service war schlecht", &["Essen gut", "aber der Service war schlecht"]),
            ("Zimmer klein, dafür sehr sauber", &["Zimmer klein", "dafür sehr sauber"]),
            ("Ich war zufrieden, jedoch fehlte ein Teil", &["Ich war zufrieden", "jedoch fehlte ein Teil"]),
            ("Der Preis ist hoch, doch die Qualität stimmt", &["Der Preis ist hoch", "doch die Qualität stimmt"]),
            (
                "Wir mussten warten obwohl wir einen Termin hatten",
                &["Wir mussten warten", "obwohl wir einen Termin hatten"],
            ),
            (
                "Obwohl das Personal nett war, mussten wir warten.",
                &["Obwohl das Personal nett war", "mussten wir warten."],
            ),
            ("Tolle Auswahl, leider keine Parkplätze", &["Tolle Auswahl", "leider keine Parkplätze"]),
            (
                "Nicht nur das Bad war schmutzig, sondern auch das Bett.",
                &["Nicht nur das Bad war schmutzig", "sondern auch das Bett."],
            ),
            ("Super! Aber zu teuer.", &["Super!", "Aber zu teuer."]),
            // "aber" as a particle
            ("Das ist aber schade.", &["Das ist aber schade."]),
            ("Da hat der Fahrer aber nicht gehalten", &["Da hat der Fahrer aber nicht gehalten"]),
            ("Es gebe aber Hoffnung auf Besserung", &["Es gebe aber Hoffnung auf Besserung"]),
            ("Eine sehr nette aber langsame Bedienung", &["Eine sehr nette aber langsame Bedienung"]),
            // enumeration and coordination
            (
                "Bestellung einfach, Lieferung schnell, Rechnung falsch",
                &["Bestellung einfach", "Lieferung schnell", "Rechnung falsch"],
            ),
            (
                "Nettes Personal, leckeres Essen, lange Wartezeit!",
                &["Nettes Personal", "leckeres Essen", "lange Wartezeit!"],
            ),
            ("Fahrer freundlich und Bus pünktlich", &["Fahrer freundlich", "und Bus pünktlich"]),
            (
                "Das Essen war kalt, die Bedienung war unfreundlich und der Wein hat nach Essig geschmeckt.",
                &["Das Essen war kalt", "die Bedienung war unfreundlich", "und der Wein hat nach Essig geschmeckt."],
            ),
            (
                "Die App kostet 3,50 € pro Monat; das ist zu viel",
                &["Die App kostet 3,50 € pro Monat", "das ist zu viel"],
            ),
            ("Ich kam an und wurde sofort begrüßt.", &["Ich kam an und wurde sofort begrüßt."]),
            ("Das Personal ist nett und kompetent", &["Das Personal ist nett und kompetent"]),
            ("Am Bahnhof, im Zug, in der Stadt", &["Am Bahnhof, im Zug, in der Stadt"]),
            (
                "Heute endet der Streit zwischen der Stadt und der Bahn ist zufrieden",
                &["Heute endet der Streit zwischen der Stadt und der Bahn ist zufrieden"],
            ),
            (
                "Ich hatte die Idee, die in die Werkstatt fahren zu lassen",
                &["Ich hatte die Idee, die in die Werkstatt fahren zu lassen"],
            ),
            ("Köln - Bonn war heute pünktlich", &["Köln - Bonn war heute pünktlich"]),
            // subordinate clauses
            ("Der Mann, der mir half, war sehr nett.", &["Der Mann, der mir half, war sehr nett."]),
            (
                "Die Züge, die ich täglich nehme, sind immer voll.",
                &["Die Züge, die ich täglich nehme, sind immer voll."],
            ),
            ("Ich finde, das Essen war gut.", &["Ich finde, das Essen war gut."]),
            ("Wenn ich anrufe, ist immer besetzt.", &["Wenn ich anrufe, ist immer besetzt."]),
            ("Ich hoffe, dass es bald besser wird.", &["Ich hoffe, dass es bald besser wird."]),
            // sentences, lines, lists
            ("Ich habe gewartet.Das Essen kam nie.", &["Ich habe gewartet.", "Das Essen kam nie."]),
            (
                "alles bestens. gerne wieder. nur der preis war zu hoch",
                &["alles bestens.", "gerne wieder.", "nur der preis war zu hoch"],
            ),
            ("Toller Laden 👍👍 Kommen gerne wieder!", &["Toller Laden 👍👍", "Kommen gerne wieder!"]),
            (
                "Ich wohne in der Hauptstr. 5 und warte inkl. heute drei Tage.",
                &["Ich wohne in der Hauptstr. 5 und warte inkl. heute drei Tage."],
            ),
            (
                "- Personal nett\n- Preis zu hoch\n2. Lieferung kam spät",
                &["Personal nett", "Preis zu hoch", "Lieferung kam spät"],
            ),
            ("Negativ:\nlange Wartezeit", &["Negativ:\nlange Wartezeit"]),
            // protected pieces
            (
                "Er sagte \"morgen, aber nicht vor zehn\" und legte auf.",
                &["Er sagte \"morgen, aber nicht vor zehn\" und legte auf."],
            ),
            ("Das Zimmer (klein, aber sauber) war gut.", &["Das Zimmer (klein, aber sauber) war gut."]),
            ("Alles bestens ;)", &["Alles bestens ;)"]),
            ("Bitte an [E-Mail] melden", &["Bitte an [E-Mail] melden"]),
            // A placeholder is a noun where it stands for one, and says nothing alone.
            (
                "Frau [Name] super freundlich, Herr [Name] leider patzig",
                &["Frau [Name] super freundlich", "Herr [Name] leider patzig"],
            ),
            (
                "[Name] hat geholfen und der Techniker war schnell da.",
                &["[Name] hat geholfen", "und der Techniker war schnell da."],
            ),
            ("Alles bestens.\n[Name]\n[Adresse], [Telefon]", &["Alles bestens.\n[Name]\n[Adresse], [Telefon]"]),
            ("[Name], [Telefon]", &["[Name], [Telefon]"]),
            // little content
            ("Super.", &["Super."]),
            ("  👍👍 ", &["👍👍"]),
            ("!?", &["!?"]),
            (",", &[","]),
            ("• ", &["•"]),
            ("Sehr gut! 👍", &["Sehr gut! 👍"]),
            ("", &[]),
            (" \n\t ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(mentions(text, Language::German), *expected, "{text}");
        }
    }

    #[test]
    fn cuts_english_comments() {
        let cases: &[(&str, &[&str])] = &[
            (
                "The staff was friendly, but we waited 40 minutes.",
                &["The staff was friendly", "but we waited 40 minutes."],
            ),
            ("Great food but slow service", &["Great food", "but slow service"]),
            (
                "Although the food was good, the waiter was rude.",
                &["Although the food was good", "the waiter was rude."],
            ),
            ("The app works, however it crashes daily", &["The app works", "however it crashes daily"]),
            ("Great food, slow service, nice view", &["Great food", "slow service", "nice view"]),
            (
                "The food was great, the service was slow and the bill was wrong.",
                &["The food was great", "the service was slow", "and the bill was wrong."],
            ),
            ("I got nothing but trouble", &["I got nothing but trouble"]),
            ("The waiter, who was new, was kind and quick", &["The waiter, who was new, was kind and quick"]),
            ("When I call, the line is busy", &["When I call, the line is busy"]),
            ("I think the food was fine", &["I think the food was fine"]),
        ];
        for (text, expected) in cases {
            assert_eq!(mentions(text, Language::English), *expected, "{text}");
        }
    }

    #[test]
    fn cuts_sentences_of_other_languages() {
        let text = "C'était bien, mais cher. Nous avons attendu longtemps.";
        let expected = ["C'était bien, mais cher.", "Nous avons attendu longtemps."];
        assert_eq!(mentions(text, Language::Other), expected);
    }

    fn check(text: &str, language: Language) -> Result<(), TestCaseError> {
        let found = segment(text, language);
        prop_assert_eq!(found.is_empty(), text.trim().is_empty());
        let mut last_end = 0;
        for range in found {
            prop_assert!(range.start >= last_end && range.start < range.end, "{range:?} behind {last_end}");
            let mention = text.get(range.clone());
            prop_assert!(mention.is_some_and(|mention| mention.trim() == mention), "{mention:?}");
            last_end = range.end;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn holds_for_any_text(text in any::<String>()) {
            for language in [Language::German, Language::English, Language::Other] {
                check(&text, language)?;
            }
        }

        #[test]
        fn holds_for_comments(text in "(aber|und|das|war|Essen|gut|obwohl|Super|but|the|food|[.,;:!?()\"„“»«\\[\\]-]|1\\.|3,50|👍|ü|\n|• |- | |  ){0,30}") {
            for language in [Language::German, Language::English, Language::Other] {
                check(&text, language)?;
            }
        }
    }
}
