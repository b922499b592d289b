//! The texts in eval/data have the shape, the spans and the numbers that eval/data/README.md promises, and share no
//! sentences with each other or with the sample comments; the cases in eval/behaviour are as many as promised.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::Path;

use klartext_eval::behaviour::{Kind, read_cases};
use serde::Deserialize;
use serde_json::{Value, json};

const ACTIONS: &str = "data/actions.jsonl";
/// By channel.
const COMMENTS: [&str; 8] = [
    "data/comments/app_store.jsonl",
    "data/comments/call_centre.jsonl",
    "data/comments/chat.jsonl",
    "data/comments/e_mail.jsonl",
    "data/comments/review_site.jsonl",
    "data/comments/shop.jsonl",
    "data/comments/social.jsonl",
    "data/comments/survey.jsonl",
];
const DEGREES: &str = "data/degrees.jsonl";
const FRICTION: &str = "data/friction.jsonl";
const HANDOVER: &str = "data/handover.jsonl";
const PERSONAL_DATA: &str = "data/personal_data.jsonl";
/// By the set that the texts are of.
const PUBLIC: [&str; 2] = ["data/public/banking77.jsonl", "data/public/mobasa.jsonl"];
const SENTIMENT: &str = "data/sentiment.jsonl";
const LANGUAGE_TEXTS: &str = "data/languages.jsonl";
const BEHAVIOUR: &str = "behaviour";
const SAMPLES: &str = "../server/assets/samples.jsonl";
const JOURNEYS: &str = "../server/assets/journeys";

const LANGUAGES: [&str; 2] = ["de", "en"];
const SENTIMENTS: [&str; 3] = ["negative", "neutral", "positive"];
const FRICTION_KINDS: [&str; 4] = ["waiting", "repeated_contact", "uncertainty", "dead_end"];
const PERSONAL_KINDS: [&str; 10] =
    ["e_mail", "phone", "iban", "card", "customer_number", "licence_plate", "address", "birth_date", "name", "handle"];
/// A run of this many words in two texts of different files is no coincidence any more.
const SHARED_WORDS: usize = 6;

/// A line of a file and where it is, for messages.
struct Line {
    at: String,
    value: Value,
}

impl Line {
    fn text(&self) -> &str {
        self.string("text")
    }

    fn language(&self) -> &str {
        self.string("lang")
    }

    fn string(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_else(|| panic!("{}: {field} is no string", self.at))
    }

    fn list(&self, field: &str) -> &[Value] {
        self.value[field].as_array().unwrap_or_else(|| panic!("{}: {field} is no list", self.at))
    }

    fn strings(&self, field: &str) -> Vec<&str> {
        let string = |value| Value::as_str(value).unwrap_or_else(|| panic!("{}: {value} is no string", self.at));
        self.list(field).iter().map(string).collect()
    }

    fn has_fields(&self, required: &[&str]) {
        has_fields(&self.value, required, &[], &self.at);
    }

    /// What `value` names by `begin` and `end`, half open, in code points.
    fn span(&self, value: &Value) -> (Range<usize>, String) {
        let (at, text) = (&self.at, self.text());
        let position = |field: &str| {
            let number = value[field].as_u64().unwrap_or_else(|| panic!("{at}: {field} is no position"));
            usize::try_from(number).unwrap()
        };
        let span = position("begin")..position("end");
        assert!(span.start < span.end && span.end <= text.chars().count(), "{at}: {span:?} is not inside the text");
        let words: String = text.chars().skip(span.start).take(span.len()).collect();
        assert_eq!(words, words.trim(), "{at}: {span:?} begins or ends with a space");
        let is_word = |position: Option<usize>| {
            position.and_then(|position| text.chars().nth(position)).is_some_and(char::is_alphanumeric)
        };
        let cuts_begin = is_word(span.start.checked_sub(1)) && is_word(Some(span.start));
        let cuts_end = is_word(Some(span.end - 1)) && is_word(Some(span.end));
        assert!(!cuts_begin && !cuts_end, "{at}: {words:?} cuts a word");
        (span, words)
    }
}

fn read(name: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let content = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(content.ends_with('\n'), "{name} ends in the middle of a line");
    let line = |(index, line): (usize, &str)| {
        let at = format!("{name}:{}", index + 1);
        let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{at}: {error}"));
        Line { at, value }
    };
    content.lines().enumerate().map(line).collect()
}

fn has_fields(value: &Value, required: &[&str], optional: &[&str], at: &str) {
    let fields: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    for field in required {
        assert!(fields.contains(field), "{at}: {field} is missing");
    }
    for field in fields {
        assert!(required.contains(&field) || optional.contains(&field), "{at}: {field} is unknown");
    }
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What holds for a text of any of the files.
fn check_text(line: &Line) {
    let (at, text) = (&line.at, line.text());
    assert!(!text.is_empty() && text == text.trim(), "{at}: the text is empty or has spaces around it");
    assert!(!text.contains("  ") && !text.contains(char::is_control), "{at}: two spaces or a control character");
    assert!(LANGUAGES.contains(&line.language()), "{at}: the language is {}", line.language());
}

fn no_overlap(mut spans: Vec<Range<usize>>, at: &str) {
    spans.sort_by_key(|span| span.start);
    assert!(spans.is_sorted_by(|one, next| one.end <= next.start), "{at}: spans overlap");
}

/// Fails unless each of `keys` was counted `least` times at least.
fn at_least<K: Ord + std::fmt::Debug>(counts: &BTreeMap<K, usize>, keys: impl IntoIterator<Item = K>, least: usize) {
    for key in keys {
        let count = counts.get(&key).copied().unwrap_or(0);
        assert!(count >= least, "{key:?}: {count} instead of {least} at least");
    }
}

#[test]
fn actions_are_well_formed() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let lines = read(ACTIONS);
    for line in &lines {
        line.has_fields(&["text", "lang", "action"]);
        check_text(line);
        *counts.entry(line.string("action")).or_default() += 1;
    }
    let known = ["answer_needed", "none", "suggestion"];
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), known);
    at_least(&counts, known, 100);
}

#[test]
fn sentiments_are_well_formed() {
    let lines = read(SENTIMENT);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in &lines {
        line.has_fields(&["text", "lang", "sentiment"]);
        check_text(line);
        let length = line.text().split_whitespace().count();
        assert!((1..=30).contains(&length), "{}: {length} words", line.at);
        *counts.entry((line.language(), line.string("sentiment"))).or_default() += 1;
    }
    assert_eq!(counts.len(), 6, "{counts:?}");
    at_least(&counts, SENTIMENTS.map(|sentiment| ("de", sentiment)), 250);
    at_least(&counts, SENTIMENTS.map(|sentiment| ("en", sentiment)), 100);
}

#[test]
fn degrees_are_well_formed() {
    let lines = read(DEGREES);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in &lines {
        line.has_fields(&["lang", "sentiment", "mild", "plain", "strong"]);
        *counts.entry((line.language(), line.string("sentiment"))).or_default() += 1;
    }
    statements(&lines).iter().for_each(check_text);
    assert_eq!(counts.len(), 4, "a sentiment is neither negative nor positive: {counts:?}");
    at_least(&counts, [("de", "negative"), ("de", "positive")], 100);
    at_least(&counts, [("en", "negative"), ("en", "positive")], 30);
}

/// What is said in three degrees, each as a line of its own.
fn statements(lines: &[Line]) -> Vec<Line> {
    let mut texts = Vec::new();
    for line in lines {
        for degree in ["mild", "plain", "strong"] {
            let value = json!({ "text": line.string(degree), "lang": line.language() });
            texts.push(Line { at: format!("{}, {degree}", line.at), value });
        }
    }
    texts
}

#[test]
fn comments_are_well_formed() {
    let journeys = ["public-transport", "generic"].map(|journey| (journey, labels_of(journey)));
    let mut mentions: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut touchpoints: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut handovers = 0;
    let lines = COMMENTS.map(read).into_iter().flatten().collect::<Vec<_>>();
    for line in &lines {
        let at = &line.at;
        let fields = ["text", "lang", "industry", "channel", "journey", "mentions"];
        has_fields(&line.value, &fields, &["handover"], at);
        check_text(line);
        let (journey, labels) =
            journeys.iter().find(|(id, _)| *id == line.string("journey")).unwrap_or_else(|| panic!("{at}: journey"));
        let mut spans = Vec::new();
        for mention in line.list("mentions") {
            labels.check(mention, at);
            let (span, _) = line.span(mention);
            *mentions.entry(mention["sentiment"].as_str().unwrap()).or_default() += 1;
            if let Some(touchpoint) = mention["touchpoint"].as_str() {
                *touchpoints.entry((journey, touchpoint)).or_default() += 1;
            }
            for friction in mention["friction"].as_array().unwrap() {
                line.span(friction);
                *kinds.entry(friction["kind"].as_str().unwrap()).or_default() += 1;
            }
            spans.push(span);
        }
        assert!(!spans.is_empty(), "{at}: no mention");
        if let Some(handover) = line.value.get("handover") {
            has_fields(handover, &["from", "to", "begin", "end"], &[], at);
            let (span, _) = line.span(handover);
            assert!(
                spans.iter().any(|mention| mention.start < span.end && span.start < mention.end),
                "{at}: no mention"
            );
            let owners = ["from", "to"].map(|side| labels.owner(handover[side].as_str().unwrap()));
            assert!(owners[0].is_some() && owners[1].is_some() && owners[0] != owners[1], "{at}: {owners:?}");
            handovers += 1;
        }
        no_overlap(spans, at);
    }
    assert!(handovers >= 200, "{handovers}");
    at_least(&mentions, SENTIMENTS, 1_000);
    at_least(&kinds, FRICTION_KINDS, 200);
    for (journey, labels) in &journeys {
        at_least(&touchpoints, labels.touchpoints.iter().map(|label| (*journey, label.id.as_str())), 30);
    }
}

#[test]
fn labels_of_public_texts_are_well_formed() {
    let journeys = ["public-transport", "generic"].map(|journey| (journey, labels_of(journey)));
    let mut mentions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let lines = PUBLIC.map(read).into_iter().flatten().collect::<Vec<_>>();
    for line in &lines {
        let at = &line.at;
        line.has_fields(&["id", "journey", "mentions"]);
        assert!(ids.insert(line.string("id")), "{at}: labelled twice");
        let (journey, labels) =
            journeys.iter().find(|(id, _)| *id == line.string("journey")).unwrap_or_else(|| panic!("{at}: journey"));
        let spans: Vec<Range<usize>> = line.list("mentions").iter().map(|mention| labels.check(mention, at)).collect();
        assert!(!spans.is_empty(), "{at}: no mention");
        no_overlap(spans, at);
        for mention in line.list("mentions") {
            *mentions.entry((journey, mention["sentiment"].as_str().unwrap())).or_default() += 1;
        }
    }
    at_least(&mentions, [("public-transport", "negative"), ("public-transport", "neutral")], 1_000);
    at_least(&mentions, [("generic", "negative"), ("generic", "neutral")], 300);
}

/// What `value` says by `begin` and `end`.
fn positions(value: &Value, at: &str) -> Range<usize> {
    let position = |field: &str| value[field].as_u64().unwrap_or_else(|| panic!("{at}: {field} is no position"));
    let span = position("begin") as usize..position("end") as usize;
    assert!(span.start < span.end, "{at}: {span:?} is empty");
    span
}

#[derive(Deserialize)]
struct JourneyLabels {
    touchpoints: Vec<JourneyLabel>,
    topics: Vec<JourneyLabel>,
}

#[derive(Deserialize)]
struct JourneyLabel {
    id: String,
    #[serde(default)]
    owner: String,
}

impl JourneyLabels {
    /// Check the labels of a mention of this journey; returns where it is.
    fn check(&self, mention: &Value, at: &str) -> Range<usize> {
        has_fields(mention, &["begin", "end", "sentiment", "touchpoint", "topics", "friction"], &[], at);
        let span = positions(mention, at);
        assert!(SENTIMENTS.contains(&mention["sentiment"].as_str().unwrap()), "{at}: the sentiment");
        if let Some(touchpoint) = mention["touchpoint"].as_str() {
            assert!(self.touchpoints.iter().any(|known| known.id == touchpoint), "{at}: {touchpoint}");
        }
        for topic in mention["topics"].as_array().unwrap() {
            assert!(self.topics.iter().any(|known| topic == known.id.as_str()), "{at}: {topic}");
        }
        for friction in mention["friction"].as_array().unwrap() {
            has_fields(friction, &["kind", "begin", "end"], &["minutes", "count"], at);
            assert!(FRICTION_KINDS.contains(&friction["kind"].as_str().unwrap()), "{at}: {friction}");
            let words = positions(friction, at);
            assert!(span.start <= words.start && words.end <= span.end, "{at}: friction outside its mention");
        }
        span
    }

    fn owner(&self, touchpoint: &str) -> Option<&str> {
        self.touchpoints.iter().find(|known| known.id == touchpoint).map(|known| known.owner.as_str())
    }
}

fn labels_of(journey: &str) -> JourneyLabels {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(JOURNEYS).join(format!("{journey}.yaml"));
    let yaml = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn friction_is_well_formed() {
    let lines = read(FRICTION);
    let mut positive: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut negative: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut durations, mut contacts) = (0, 0);
    for line in &lines {
        let at = &line.at;
        line.has_fields(&["text", "lang", "kinds", "spans", "hard_negative_for"]);
        check_text(line);
        let length = line.text().split_whitespace().count();
        assert!((3..=35).contains(&length), "{at}: {length} words");

        let mut spans = Vec::new();
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for value in line.list("spans") {
            has_fields(value, &["kind", "begin", "end"], &["minutes", "count"], at);
            let kind = value["kind"].as_str().unwrap();
            spans.push(line.span(value).0);
            shown.insert(kind);
            if let Some(minutes) = value.get("minutes") {
                assert!(kind == "waiting" && minutes.as_u64().is_some_and(|minutes| minutes > 0), "{at}: {value}");
                durations += 1;
            }
            if let Some(count) = value.get("count") {
                assert!(kind == "repeated_contact" && count.as_u64().is_some_and(|count| count > 1), "{at}: {value}");
                contacts += 1;
            }
        }
        no_overlap(spans, at);

        let kinds = line.strings("kinds");
        let negatives = line.strings("hard_negative_for");
        assert!(kinds.iter().chain(&negatives).all(|kind| FRICTION_KINDS.contains(kind)), "{at}: an unknown kind");
        assert_eq!(kinds.len(), shown.len(), "{at}: a kind stands twice");
        assert_eq!(kinds.iter().copied().collect::<BTreeSet<_>>(), shown, "{at}: kinds and spans differ");
        assert!(!negatives.iter().any(|kind| shown.contains(kind)), "{at}: a kind is there and is not");
        assert!(!(kinds.is_empty() && negatives.is_empty()), "{at}: says nothing");
        for kind in kinds {
            *positive.entry((kind, line.language())).or_default() += 1;
        }
        for kind in negatives {
            *negative.entry((kind, line.language())).or_default() += 1;
        }
    }
    for kind in FRICTION_KINDS {
        for language in LANGUAGES {
            at_least(&positive, [(kind, language)], 110);
            at_least(&negative, [(kind, language)], positive[&(kind, language)]);
        }
    }
    assert!(durations >= 150 && contacts >= 100, "{durations} durations, {contacts} counts");
}

#[test]
fn handovers_are_well_formed() {
    let lines = read(HANDOVER);
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for line in &lines {
        check_text(line);
        let handover = line.value["handover"].as_bool().unwrap();
        if handover {
            line.has_fields(&["text", "lang", "handover", "begin", "end"]);
            line.span(&line.value);
        } else {
            line.has_fields(&["text", "lang", "handover"]);
        }
        *counts.entry((line.language(), handover)).or_default() += 1;
    }
    at_least(&counts, [("de", true)], 80);
    at_least(&counts, [("en", true)], 40);
    for language in LANGUAGES {
        at_least(&counts, [(language, false)], counts[&(language, true)]);
    }
}

#[test]
fn personal_data_are_well_formed() {
    let lines = read(PERSONAL_DATA);
    let mut texts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut splits: BTreeMap<(&str, &str, bool), usize> = BTreeMap::new();
    let mut kinds: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for line in &lines {
        let at = &line.at;
        line.has_fields(&["text", "lang", "spans", "split"]);
        check_text(line);
        let mut spans = Vec::new();
        for value in line.list("spans") {
            has_fields(value, &["kind", "begin", "end"], &[], at);
            let kind = value["kind"].as_str().unwrap();
            let (span, words) = line.span(value);
            assert!(kind != "iban" || is_iban(&words), "{at}: {words} is no valid IBAN");
            assert!(kind != "card" || has_luhn_digit(&words), "{at}: {words} has no valid check digit");
            assert!(kind != "handle" || words.starts_with('@'), "{at}: {words} is no handle");
            spans.push(span);
            *kinds.entry((line.string("split"), kind.to_owned())).or_default() += 1;
        }
        let has_data = !spans.is_empty();
        no_overlap(spans, at);
        *texts.entry((line.language(), has_data)).or_default() += 1;
        *splits.entry((line.string("split"), line.language(), has_data)).or_default() += 1;
    }
    at_least(&texts, [("de", true)], 160);
    at_least(&texts, [("en", true)], 60);
    for language in LANGUAGES {
        at_least(&texts, [(language, false)], texts[&(language, true)]);
        for has_data in [true, false] {
            let [tune, test] = ["tune", "test"].map(|split| splits[&(split, language, has_data)]);
            assert!(tune.abs_diff(test) <= 1, "{language}, {has_data}: {tune} to tune, {test} to test");
        }
    }
    assert_eq!(splits.len(), 8, "a split is neither tune nor test");
    assert_eq!(kinds.len(), 2 * PERSONAL_KINDS.len(), "an unknown kind, or one that a split lacks");
    at_least(&kinds, PERSONAL_KINDS.map(|kind| ("tune", kind.to_owned())), 5);
    at_least(&kinds, PERSONAL_KINDS.map(|kind| ("test", kind.to_owned())), 5);
}

#[test]
fn texts_of_known_language_are_well_formed() {
    let lines = read(LANGUAGE_TEXTS);
    let mut long: BTreeMap<&str, usize> = BTreeMap::new();
    let mut short: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for line in &lines {
        line.has_fields(&["text", "lang"]);
        assert!(seen.insert(line.text()) && line.text() == line.text().trim(), "{}: twice, or with spaces", line.at);
        assert_eq!(line.language().len(), 2, "{}: the language is {}", line.at, line.language());
        let is_short = line.text().split_whitespace().count() < 3;
        *(if is_short { &mut short } else { &mut long }).entry(line.language()).or_default() += 1;
    }
    assert!(long.keys().all(|language| !LANGUAGES.contains(language)) && long.len() >= 8, "{long:?}");
    at_least(&long, long.keys().copied().collect::<Vec<_>>(), 4);
    at_least(&short, LANGUAGES, 20);
}

#[test]
fn behavioural_cases_are_well_formed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(BEHAVIOUR);
    let cases = read_cases(&folder).unwrap_or_else(|error| panic!("{error}"));
    let mut ids = BTreeSet::new();
    let mut texts = BTreeSet::new();
    let mut capabilities: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for case in &cases {
        let id = &case.id;
        assert!(ids.insert(id.as_str()), "{id} twice");
        assert!(texts.insert(case.text.as_str()), "{id}: the text stands in another case too");
        assert!(id.starts_with(&format!("{}-{}-{}-", case.capability, case.lang.code(), case.kind.name())), "{id}");
        assert!(case.texts().all(|text| text == text.trim()), "{id}: spaces around a text");
        *capabilities.entry(&case.capability).or_default() += 1;
        *kinds.entry((case.kind.name(), case.lang.code())).or_default() += 1;
    }
    assert!(capabilities.len() >= 20, "{capabilities:?}");
    at_least(&capabilities, capabilities.keys().copied().collect::<Vec<_>>(), 10);
    for kind in Kind::ALL {
        at_least(&kinds, LANGUAGES.map(|language| (kind.name(), language)), 10);
    }
}

#[test]
fn no_sentence_stands_in_two_files() {
    let of_clauses = [ACTIONS, FRICTION, HANDOVER, PERSONAL_DATA, SENTIMENT];
    let mut files: Vec<Vec<Line>> = vec![statements(&read(DEGREES))];
    files.extend(of_clauses.into_iter().chain(COMMENTS).chain([SAMPLES]).map(read));
    let mut texts: HashMap<String, &str> = HashMap::new();
    for line in files[..files.len() - 1].iter().flatten() {
        // Some texts are an emoji.
        let said = Some(words(line.text()).join(" ")).filter(|words| !words.is_empty());
        // A stronger degree may be no more than capitals.
        let number = |at: &str| at.split(',').next().map(str::to_owned);
        if let Some(before) = texts.insert(said.unwrap_or_else(|| line.text().to_owned()), &line.at)
            && number(before) != number(&line.at)
        {
            panic!("{} says the same as {before}", line.at);
        }
    }
    let mut runs: HashMap<Vec<String>, (usize, &str)> = HashMap::new();
    for (file, lines) in files.iter().enumerate() {
        for line in lines {
            for run in words(line.text()).windows(SHARED_WORDS) {
                let (other, at) = *runs.entry(run.to_vec()).or_insert((file, &line.at));
                assert_eq!(file, other, "{} and {at} share {run:?}", line.at);
            }
        }
    }
}

/// ISO 13616: country and check digits moved to the end, letters as 10 to 35, remainder 1 modulo 97.
fn is_iban(text: &str) -> bool {
    let signs: Vec<u32> = text.chars().filter_map(|character| character.to_digit(36)).collect();
    if !(15..=34).contains(&signs.len()) {
        return false;
    }
    let (country_and_check, account) = signs.split_at(4);
    let remainder = |sum: u32, sign: &u32| (sum * if *sign > 9 { 100 } else { 10 } + sign) % 97;
    account.iter().chain(country_and_check).fold(0, remainder) == 1
}

/// ISO/IEC 7812-1: from the right every second digit doubled, its digits added, sum divisible by ten.
fn has_luhn_digit(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|character| character.to_digit(10)).collect();
    let values = digits.iter().rev().enumerate().map(|(index, digit)| match index % 2 {
        0 => *digit,
        _ => 2 * digit / 10 + 2 * digit % 10,
    });
    (12..=19).contains(&digits.len()) && values.sum::<u32>().is_multiple_of(10)
}
