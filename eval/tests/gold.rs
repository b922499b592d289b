//! What eval/gold promises: its shape, its counts, its split, and that no text repeats another.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Lang {
    De,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Channel {
    Survey,
    CallCentre,
    EMail,
    Chat,
    AppStore,
    ReviewSite,
    Social,
    Shop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sentiment {
    Positive,
    Neutral,
    Negative,
    Mixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Waiting,
    RepeatedContact,
    Uncertainty,
    DeadEnd,
}

const KINDS: [Kind; 4] = [Kind::Waiting, Kind::RepeatedContact, Kind::Uncertainty, Kind::DeadEnd];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Discrepancy {
    None,
    ScoreAboveText,
    ScoreBelowText,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Split {
    Tune,
    Test,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scores {
    nps: Option<u8>,
    csat: Option<u8>,
    stars: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Friction {
    kind: Kind,
    begin: usize,
    end: usize,
    minutes: Option<u32>,
    count: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mention {
    begin: usize,
    end: usize,
    sentiment: Sentiment,
    touchpoint: Option<String>,
    topics: Vec<String>,
    friction: Vec<Friction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    from: String,
    to: String,
    begin: usize,
    end: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    id: String,
    lang: Lang,
    industry: String,
    channel: Channel,
    journey: String,
    text: String,
    scores: Scores,
    given_touchpoint: Option<String>,
    tags: Vec<String>,
    mentions: Vec<Mention>,
    handover: Option<Handover>,
    discrepancy: Discrepancy,
    sentiment: Sentiment,
    split: Split,
}

impl Comment {
    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|found| found == tag)
    }
}

/// A line has one text, or the same thing in three degrees.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Texts {
    One { text: String },
    Degrees { mild: String, plain: String, strong: String },
}

impl Texts {
    fn all(self) -> Vec<String> {
        match self {
            Texts::One { text } => vec![text],
            Texts::Degrees { mild, plain, strong } => vec![mild, plain, strong],
        }
    }
}

/// What a journey file says that the labels point to.
#[derive(Debug, Default)]
struct Journey {
    /// Touchpoint to owner.
    owners: HashMap<String, String>,
    topics: HashSet<String>,
    examples: Vec<String>,
}

fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn read(relative: &str) -> String {
    let path = path(relative);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read_lines<T: DeserializeOwned>(relative: &str) -> Vec<T> {
    let content = read(relative);
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| serde_json::from_str(line).unwrap_or_else(|error| panic!("{relative}:{}: {error}", at + 1)))
        .collect()
}

fn comments() -> Vec<Comment> {
    read_lines("gold/comments.jsonl")
}

fn relabelled() -> Vec<Comment> {
    read_lines("gold/relabelled.jsonl")
}

/// Reads the journey files as they are laid out here: two spaces before the items of a section, one value a line.
fn journey(id: &str) -> Journey {
    let mut journey = Journey::default();
    let mut section = "";
    let mut item = String::new();
    let content = read(&format!("../server/assets/journeys/{id}.yaml"));
    for line in content.lines() {
        let value = |prefix: &str| line.strip_prefix(prefix).map(|value| value.trim().trim_matches('"').to_owned());
        if !line.starts_with(' ') {
            section = line.trim_end().trim_end_matches(':');
        } else if let Some(id) = value("  - id: ") {
            item.clone_from(&id);
            if section == "topics" {
                journey.topics.insert(id);
            }
        } else if let Some(owner) = value("    owner: ") {
            journey.owners.insert(item.clone(), owner);
        } else if let Some(example) = value("      - ") {
            journey.examples.push(example);
        }
    }
    assert!(journey.owners.len() > 10 && journey.topics.len() > 10 && journey.examples.len() > 200, "{journey:?}");
    journey
}

fn journeys() -> HashMap<&'static str, Journey> {
    ["public-transport", "generic"].into_iter().map(|id| (id, journey(id))).collect()
}

/// Words of `text` in lower case, without punctuation.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_share(part: usize, whole: usize, least: f64, most: f64) -> bool {
    (least..=most).contains(&(part as f64 / whole as f64))
}

/// Whether `begin..end` cuts `text` without white space at the ends and not inside a word.
fn is_clean(text: &[char], begin: usize, end: usize) -> bool {
    begin < end
        && end <= text.len()
        && !text[begin].is_whitespace()
        && !text[end - 1].is_whitespace()
        && (begin == 0 || !(text[begin - 1].is_alphanumeric() && text[begin].is_alphanumeric()))
        && (end == text.len() || !(text[end - 1].is_alphanumeric() && text[end].is_alphanumeric()))
}

fn check_labels(comment: &Comment, journeys: &HashMap<&str, Journey>) {
    let id = &comment.id;
    let text: Vec<char> = comment.text.chars().collect();
    let journey = journeys.get(comment.journey.as_str()).unwrap_or_else(|| panic!("{id}: unknown journey"));
    assert_eq!(comment.journey == "public-transport", comment.industry == "public-transport", "{id}");
    assert!(comment.text.trim() == comment.text && text.len() <= 2_500, "{id}");
    let scores = [(comment.scores.nps, 0, 10), (comment.scores.csat, 1, 5), (comment.scores.stars, 1, 5)];
    for (score, least, most) in scores {
        assert!(score.is_none_or(|score| (least..=most).contains(&score)), "{id}: score out of range");
    }
    let known =
        |touchpoint: &Option<String>| touchpoint.as_ref().is_none_or(|found| journey.owners.contains_key(found));
    assert!(known(&comment.given_touchpoint), "{id}: unknown given touchpoint");

    assert!(!comment.mentions.is_empty(), "{id}: no mention");
    let mut free_from = 0;
    for mention in &comment.mentions {
        let span = mention.begin..mention.end;
        assert!(is_clean(&text, mention.begin, mention.end), "{id}: {span:?} is not on clause bounds");
        assert!(mention.begin >= free_from, "{id}: {span:?} overlaps the mention before");
        assert!(!matches!(text[mention.end - 1], ',' | ';' | ':'), "{id}: {span:?} ends with a separator");
        assert!(!matches!(text[mention.begin], ',' | ';' | ':' | '.'), "{id}: {span:?} begins with a separator");
        free_from = mention.end;
        assert_ne!(mention.sentiment, Sentiment::Mixed, "{id}: only a comment is mixed");
        assert!(known(&mention.touchpoint), "{id}: unknown touchpoint {:?}", mention.touchpoint);
        assert!(mention.topics.len() <= 2, "{id}: {:?}", mention.topics);
        for topic in &mention.topics {
            assert!(journey.topics.contains(topic), "{id}: unknown topic {topic}");
        }
        let mut kinds = HashSet::new();
        for friction in &mention.friction {
            let inside = mention.begin <= friction.begin && friction.end <= mention.end;
            assert!(inside && is_clean(&text, friction.begin, friction.end), "{id}: {friction:?}");
            assert!(kinds.insert(friction.kind), "{id}: {:?} twice in one mention", friction.kind);
            assert!(friction.minutes.is_none() || friction.kind == Kind::Waiting, "{id}: {friction:?}");
            assert!(friction.minutes != Some(0) && friction.count != Some(0), "{id}: {friction:?}");
            let may_count = matches!(friction.kind, Kind::RepeatedContact | Kind::DeadEnd);
            assert!(friction.count.is_none() || may_count, "{id}: {friction:?}");
        }
    }
    if let Some(handover) = &comment.handover {
        let owner = |touchpoint: &str| {
            journey.owners.get(touchpoint).unwrap_or_else(|| panic!("{id}: unknown touchpoint {touchpoint}"))
        };
        assert_ne!(owner(&handover.from), owner(&handover.to), "{id}: a handover has two owners");
        assert!(is_clean(&text, handover.begin, handover.end), "{id}: {handover:?}");
    }
    check_discrepancy(comment);
}

fn check_discrepancy(comment: &Comment) {
    let id = &comment.id;
    let Scores { nps, csat, stars } = comment.scores;
    let is_good = nps.is_some_and(|nps| nps >= 9) || csat.or(stars).is_some_and(|score| score >= 4);
    let is_bad = nps.is_some_and(|nps| nps <= 6) || csat.or(stars).is_some_and(|score| score <= 2);
    match comment.discrepancy {
        Discrepancy::None => {
            assert!(!(is_good && comment.sentiment == Sentiment::Negative), "{id}: good score, negative text");
            assert!(!(is_bad && comment.sentiment == Sentiment::Positive), "{id}: bad score, positive text");
        }
        Discrepancy::ScoreAboveText => {
            let next_step = comment.sentiment == Sentiment::Mixed && comment.given_touchpoint.is_some();
            assert!(is_good && (comment.sentiment == Sentiment::Negative || next_step), "{id}");
        }
        Discrepancy::ScoreBelowText => assert!(is_bad && comment.sentiment == Sentiment::Positive, "{id}"),
    }
}

#[test]
fn labels_are_valid() {
    let journeys = journeys();
    for comment in comments().iter().chain(&relabelled()) {
        check_labels(comment, &journeys);
    }
}

#[test]
fn ids_are_unique_and_name_the_language() {
    let mut seen = HashSet::new();
    for comment in comments() {
        let prefix = if comment.lang == Lang::De { "gold-de-" } else { "gold-en-" };
        assert!(comment.id.starts_with(prefix), "{}", comment.id);
        assert!(seen.insert(comment.id.clone()), "{} twice", comment.id);
    }
}

#[test]
fn there_are_as_many_as_promised() {
    let comments = comments();
    let of = |lang: Lang| comments.iter().filter(move |comment| comment.lang == lang);
    assert!(of(Lang::De).count() >= 260 && of(Lang::En).count() >= 65);
    let industries: HashSet<&str> = comments.iter().map(|comment| comment.industry.as_str()).collect();
    assert!(industries.len() >= 6, "{industries:?}");
    for lang in [Lang::De, Lang::En] {
        let channels: HashSet<Channel> = of(lang).map(|comment| comment.channel).collect();
        assert_eq!(channels.len(), 8, "{channels:?}");
    }

    let frictions = |lang: Lang, kind: Kind| {
        let mentions = of(lang).flat_map(|comment| &comment.mentions);
        mentions.filter(|mention| mention.friction.iter().any(|friction| friction.kind == kind)).count()
    };
    for kind in KINDS {
        assert!(frictions(Lang::De, kind) >= 45, "{kind:?}: {}", frictions(Lang::De, kind));
        assert!(frictions(Lang::En, kind) >= 8, "{kind:?}: {}", frictions(Lang::En, kind));
    }
    let tagged = |tag: &str| comments.iter().filter(|comment| comment.has_tag(tag)).count();
    assert!(tagged("hard-negative") >= 20, "{}", tagged("hard-negative"));
    assert!(comments.iter().filter(|comment| comment.handover.is_some()).count() >= 35);

    let has_score = |comment: &&Comment| {
        comment.scores.nps.is_some() || comment.scores.csat.is_some() || comment.scores.stars.is_some()
    };
    assert!(is_share(comments.iter().filter(has_score).count(), comments.len(), 0.35, 0.50));
    let disagree = comments.iter().filter(|comment| comment.discrepancy != Discrepancy::None).count();
    assert!((28..=40).contains(&disagree), "{disagree}");

    let mut hidden: BTreeMap<&str, (usize, HashSet<Channel>)> = BTreeMap::new();
    for comment in &comments {
        for tag in comment.tags.iter().filter(|tag| tag.starts_with("hidden-")) {
            let (count, channels) = hidden.entry(tag).or_default();
            *count += 1;
            channels.insert(comment.channel);
            assert!(comment.mentions.iter().any(|mention| mention.touchpoint.is_none()), "{}", comment.id);
        }
    }
    assert!((4..=5).contains(&hidden.len()), "{hidden:?}");
    for (tag, (count, channels)) in hidden {
        assert!((10..=15).contains(&count) && channels.len() >= 4, "{tag}: {count} in {channels:?}");
    }
}

#[test]
fn split_is_stratified() {
    let comments = comments();
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for comment in &comments {
        let lang = comment.lang;
        let names =
            [format!("{lang:?}"), format!("{lang:?} {}", comment.industry), format!("{lang:?} {:?}", comment.channel)];
        for name in names {
            let (tune, all) = groups.entry(name).or_default();
            *tune += usize::from(comment.split == Split::Tune);
            *all += 1;
        }
    }
    for (name, (tune, all)) in groups {
        // One comment more or less is a lot in a small group.
        let slack = if all >= 15 { 0.05 } else { 0.16 };
        assert!(is_share(tune, all, 0.4 - slack, 0.4 + slack), "{name}: {tune} of {all} for tuning");
    }
}

#[test]
fn every_tenth_comment_is_labelled_again() {
    let comments = comments();
    let expected: Vec<(&str, &str)> =
        comments.iter().skip(9).step_by(10).map(|comment| (comment.id.as_str(), comment.text.as_str())).collect();
    let relabelled = relabelled();
    let found: Vec<(&str, &str)> =
        relabelled.iter().map(|comment| (comment.id.as_str(), comment.text.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn no_six_words_in_a_row_are_shared() {
    let mut owners: HashMap<Vec<String>, String> = HashMap::new();
    let mut own = |name: &str, text: &str, may_repeat: bool| {
        let mut shared = Vec::new();
        for run in words(text).windows(6) {
            match owners.get(run) {
                Some(owner) if owner != name && !may_repeat => {
                    shared.push(format!("{name} and {owner}: {}", run.join(" ")));
                }
                Some(_) => {}
                None => {
                    owners.insert(run.to_vec(), name.to_owned());
                }
            }
        }
        shared
    };

    let mut others: Vec<(String, String)> = Vec::new();
    let mut files = vec!["../server/assets/samples.jsonl".to_owned()];
    for folder in ["data", "data/comments", "behaviour"] {
        for entry in fs::read_dir(path(folder)).expect("the folder is there") {
            let name = entry.expect("it can be read").file_name().to_string_lossy().into_owned();
            if name.ends_with(".jsonl") {
                files.push(format!("{folder}/{name}"));
            }
        }
    }
    for file in files {
        let texts = read_lines::<Texts>(&file).into_iter().flat_map(Texts::all);
        others.extend(texts.map(|text| (file.clone(), text)));
    }
    for (id, journey) in journeys() {
        others.extend(journey.examples.into_iter().map(|example| (id.to_owned(), example)));
    }
    for (name, text) in others {
        own(&name, &text, true);
    }
    let shared: Vec<String> = comments().iter().flat_map(|comment| own(&comment.id, &comment.text, false)).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}
