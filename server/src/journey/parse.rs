//! YAML to [`Journey`], with errors that name line and field.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Handover, Journey, Phase, Topic, Touchpoint};

/// What is wrong with a journey file, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{file}, line {line}: {field}: {reason}")]
pub struct JourneyError {
    pub file: String,
    pub line: u64,
    /// For example `touchpoints[2].owner`.
    pub field: String,
    pub reason: String,
}

const MAX_TEXT_CHARS: usize = 2_000;
const MAX_ENTRIES: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JourneyFile {
    id: Spanned<String>,
    name: Spanned<String>,
    topic_head: Option<Spanned<String>>,
    touchpoint_head: Option<Spanned<String>>,
    touchpoints: Spanned<Vec<TouchpointEntry>>,
    #[serde(default)]
    handovers: Vec<HandoverEntry>,
    #[serde(default)]
    topics: Vec<TopicEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TouchpointEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    description: Spanned<String>,
    owner: Spanned<String>,
    phase: Spanned<String>,
    #[serde(default)]
    examples: Vec<Spanned<String>>,
    #[serde(default)]
    keywords: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoverEntry {
    from: Spanned<String>,
    to: Spanned<String>,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicEntry {
    id: Spanned<String>,
    name: Spanned<String>,
    description: Spanned<String>,
    #[serde(default)]
    examples: Vec<Spanned<String>>,
    #[serde(default)]
    keywords: Vec<Spanned<String>>,
}

/// Read and check a journey. `file` is only for messages.
pub fn parse(file: &str, yaml: &str) -> Result<Journey, JourneyError> {
    let checker = Checker { file };
    let raw: JourneyFile = serde_saphyr::from_str(yaml).map_err(|error| checker.syntax(&error))?;
    let id = checker.id("id", raw.id)?;
    let name = checker.text("name", raw.name)?;
    let topic_head = raw.topic_head.map(|head| checker.text("topic_head", head)).transpose()?;
    let touchpoint_head = raw.touchpoint_head.map(|head| checker.text("touchpoint_head", head)).transpose()?;
    if raw.touchpoints.value.is_empty() {
        return Err(checker.error(&raw.touchpoints, "touchpoints", "there is none; a journey needs at least one"));
    }
    let touchpoints = checker.touchpoints(raw.touchpoints.value)?;
    let handovers = checker.handovers(raw.handovers, &touchpoints)?;
    let topics = checker.topics(raw.topics)?;
    Ok(Journey { id, name, topic_head, touchpoint_head, touchpoints, handovers, topics })
}

struct Checker<'a> {
    file: &'a str,
}

impl Checker<'_> {
    fn touchpoints(&self, entries: Vec<TouchpointEntry>) -> Result<Vec<Touchpoint>, JourneyError> {
        let mut seen = BTreeMap::new();
        let mut touchpoints = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let field = |name: &str| format!("touchpoints[{index}].{name}");
            self.unique(&mut seen, &field("id"), &entry.id)?;
            touchpoints.push(Touchpoint {
                id: self.id(&field("id"), entry.id)?,
                name: self.text(&field("name"), entry.name)?,
                description: self.text(&field("description"), entry.description)?,
                owner: self.text(&field("owner"), entry.owner)?,
                phase: self.phase(&field("phase"), &entry.phase)?,
                examples: self.texts(&field("examples"), entry.examples)?,
                keywords: self.texts(&field("keywords"), entry.keywords)?,
            });
        }
        Ok(touchpoints)
    }

    fn handovers(
        &self,
        entries: Vec<HandoverEntry>,
        touchpoints: &[Touchpoint],
    ) -> Result<Vec<Handover>, JourneyError> {
        let mut handovers = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let find = |field: &str, id: &Spanned<String>| {
                let field = format!("handovers[{index}].{field}");
                let found = touchpoints.iter().find(|touchpoint| touchpoint.id == id.value);
                found.ok_or_else(|| self.error(id, &field, format!("no touchpoint has the id {:?}", id.value)))
            };
            let from = find("from", &entry.from)?;
            let to = find("to", &entry.to)?;
            if from.owner == to.owner {
                let reason = format!("both touchpoints belong to {:?}; a handover is between two owners", to.owner);
                return Err(self.error(&entry.to, &format!("handovers[{index}].to"), reason));
            }
            handovers.push(Handover { from: from.id.clone(), to: to.id.clone(), description: entry.description });
        }
        Ok(handovers)
    }

    fn topics(&self, entries: Vec<TopicEntry>) -> Result<Vec<Topic>, JourneyError> {
        let mut seen = BTreeMap::new();
        let mut topics = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let field = |name: &str| format!("topics[{index}].{name}");
            self.unique(&mut seen, &field("id"), &entry.id)?;
            topics.push(Topic {
                // A topic may have the name of a data set's category, which can contain spaces.
                id: self.text(&field("id"), entry.id)?,
                name: self.text(&field("name"), entry.name)?,
                description: self.text(&field("description"), entry.description)?,
                examples: self.texts(&field("examples"), entry.examples)?,
                keywords: self.texts(&field("keywords"), entry.keywords)?,
            });
        }
        Ok(topics)
    }

    fn id(&self, field: &str, id: Spanned<String>) -> Result<String, JourneyError> {
        let allowed =
            |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        if id.value.is_empty() || id.value.len() > 64 || !id.value.chars().all(allowed) {
            let reason = format!("{:?} is no id: use 1 to 64 of a-z, 0-9 and -", id.value);
            return Err(self.error(&id, field, reason));
        }
        Ok(id.value)
    }

    fn text(&self, field: &str, text: Spanned<String>) -> Result<String, JourneyError> {
        if text.value.trim().is_empty() {
            return Err(self.error(&text, field, "it is empty"));
        }
        if text.value.chars().count() > MAX_TEXT_CHARS {
            return Err(self.error(&text, field, format!("it has more than {MAX_TEXT_CHARS} characters")));
        }
        Ok(text.value)
    }

    fn texts(&self, field: &str, texts: Vec<Spanned<String>>) -> Result<Vec<String>, JourneyError> {
        if let Some(text) = texts.get(MAX_ENTRIES) {
            return Err(self.error(text, field, format!("there are more than {MAX_ENTRIES}")));
        }
        let numbered = texts.into_iter().enumerate();
        numbered.map(|(index, text)| self.text(&format!("{field}[{index}]"), text)).collect()
    }

    fn phase(&self, field: &str, phase: &Spanned<String>) -> Result<Phase, JourneyError> {
        let phases = [Phase::Awareness, Phase::Consideration, Phase::Purchase, Phase::Retention, Phase::Advocacy];
        phases.into_iter().find(|known| known.name() == phase.value).ok_or_else(|| {
            let reason =
                format!("{:?} is no phase; use awareness, consideration, purchase, retention or advocacy", phase.value);
            self.error(phase, field, reason)
        })
    }

    fn unique(&self, seen: &mut BTreeMap<String, u64>, field: &str, id: &Spanned<String>) -> Result<(), JourneyError> {
        match seen.insert(id.value.clone(), id.referenced.line()) {
            None => Ok(()),
            Some(line) => Err(self.error(id, field, format!("{:?} is already used in line {line}", id.value))),
        }
    }

    fn error<T>(&self, at: &Spanned<T>, field: &str, reason: impl Into<String>) -> JourneyError {
        JourneyError {
            file: self.file.to_owned(),
            line: at.referenced.line(),
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    /// Not YAML, or fields that are missing, unknown or of another type.
    fn syntax(&self, error: &serde_saphyr::Error) -> JourneyError {
        let error = error.without_snippet();
        JourneyError {
            file: self.file.to_owned(),
            line: error.location().map_or(1, |location| location.line()),
            field: "structure".to_owned(),
            reason: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::SHIPPED;

    const VALID: &str = r#"id: shop
name: Shop
touchpoints:
  - id: checkout
    name: Kasse
    description: Bezahlen
    owner: Vertrieb
    phase: purchase
    examples: ["Die Kasse war schnell"]
  - id: delivery
    name: Lieferung
    description: Das Paket kommt an
    owner: Logistik
    phase: retention
handovers:
  - from: checkout
    to: delivery
topics:
  - id: price
    name: Preis
    description: Was es kostet
"#;

    #[test]
    fn shipped_journeys_are_valid_and_rich_enough() {
        for (file, yaml) in SHIPPED {
            let journey = parse(file, yaml).unwrap_or_else(|error| panic!("{error}"));
            assert!(journey.touchpoints.len() >= 10, "{file}");
            assert!(!journey.handovers.is_empty(), "{file}");
        }
    }

    #[test]
    fn a_valid_file_is_read() {
        let journey = parse("shop.yaml", VALID).expect("it is valid");
        assert_eq!(journey.touchpoints[1].phase, Phase::Retention);
        assert_eq!(journey.version(), parse("b.yaml", &format!("# note\n{VALID}")).expect("it is valid").version());
    }

    #[test]
    fn errors_name_line_and_field() {
        let cases = [
            ("phase: purchase", "phase: buying", 8, "touchpoints[0].phase"),
            ("to: delivery", "to: nowhere", 17, "handovers[0].to"),
            ("owner: Logistik", "owner: Vertrieb", 17, "handovers[0].to"),
            ("id: delivery", "id: checkout", 10, "touchpoints[1].id"),
            ("id: delivery", "id: Deliv Ery", 10, "touchpoints[1].id"),
            ("description: Bezahlen", "description: \"\"", 6, "touchpoints[0].description"),
            ("owner: Logistik", "owner_: Logistik", 13, "structure"),
            ("id: shop", "id: [", 1, "structure"),
        ];
        for (from, to, line, field) in cases {
            let error = parse("shop.yaml", &VALID.replacen(from, to, 1)).expect_err(to);
            assert_eq!(error.field, field, "{to}: {error}");
            if field != "structure" {
                assert_eq!(error.line, line, "{to}: {error}");
            }
            assert!(error.to_string().starts_with("shop.yaml, line "), "{error}");
        }
        assert!(parse("x.yaml", "").is_err());
        assert!(parse("x.yaml", "touchpoints: []\nid: x\nname: X").is_err());
    }
}
