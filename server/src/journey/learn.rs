//! A journey with what was learnt from its examples.

use klartext_models::encoder::{Branch, BranchVectors};
use klartext_models::heads::few_shot::{self, ClassExamples, FewShotTagger, THRESHOLD};
use klartext_models::heads::{Heads, TopicHead, sigmoid};
use klartext_models::train::Matrix;
use serde::{Deserialize, Serialize};

use super::{Journey, Parties, Touchpoint};
use crate::error::Result;

/// What people say that belongs to no touchpoint or topic at all.
const BACKGROUND: &str = include_str!("../../assets/background.txt");

/// Learnt from a journey's examples; kept in the store with the journey's version, so that a start need not learn again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taggers {
    touchpoints: FewShotTagger,
    /// For the topics that no trained head covers; `None` when a head covers all.
    topics: Option<FewShotTagger>,
}

/// A journey that labels can refer to.
#[derive(Debug, Clone)]
pub struct RegisteredJourney {
    pub journey: Journey,
    /// For example "public-transport@3f9a1c20".
    pub version: String,
    pub(super) taggers: Taggers,
    topic_head: Option<TopicHead>,
    /// Words that name its departments.
    pub parties: Parties,
}

/// A label found in a mention.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a, T> {
    pub label: &'a T,
    pub confidence: f32,
    /// The direction that speaks for it, among the vectors of `branch`.
    pub direction: &'a [f32],
    pub branch: Branch,
}

impl RegisteredJourney {
    pub(super) fn new(journey: Journey, taggers: Taggers, heads: &Heads) -> Self {
        let topic_head = journey.topic_head.as_deref().and_then(|name| heads.topic_head(name)).cloned();
        let parties = Parties::new(&journey);
        Self { version: journey.version(), journey, taggers, topic_head, parties }
    }

    /// The touchpoint that a mention is about; `None` is an answer too.
    pub fn touchpoint_of(&self, vectors: BranchVectors<'_>) -> Option<Found<'_, Touchpoint>> {
        let tagger = &self.taggers.touchpoints;
        let best = Some(tagger.best(vectors.of(few_shot::BRANCH))).filter(|tag| tag.confidence >= THRESHOLD)?;
        let label = self.journey.touchpoint(&tagger.classes()[best.class])?;
        let direction = tagger.direction(best.class);
        Some(Found { label, confidence: best.confidence, direction, branch: few_shot::BRANCH })
    }

    /// How likely a mention is about a touchpoint, whether or not it would be found; 0 for one that the journey has not.
    pub fn touchpoint_probability(&self, id: &str, vectors: BranchVectors<'_>) -> f32 {
        probability_of(&self.taggers.touchpoints, id, vectors)
    }

    /// The same for a topic.
    pub fn topic_probability(&self, id: &str, vectors: BranchVectors<'_>) -> f32 {
        let head = self.topic_head.as_ref().map(|head| &head.linear);
        match head.and_then(|head| Some((head, head.class_index(id)?))) {
            Some((head, class)) => sigmoid(head.logit(class, vectors.label)),
            None => self.taggers.topics.as_ref().map_or(0.0, |tagger| probability_of(tagger, id, vectors)),
        }
    }

    /// How likely a mention is about each touchpoint, by its vector of [`few_shot::BRANCH`].
    pub fn touchpoint_tagger(&self) -> &FewShotTagger {
        &self.taggers.touchpoints
    }

    /// The topics of a mention, most confident first.
    pub fn topics_of(&self, vectors: BranchVectors<'_>) -> Vec<Found<'_, super::Topic>> {
        let mut found = Vec::new();
        let topic = |id: &str| self.journey.topics.iter().find(|topic| topic.id == id);
        if let Some(head) = &self.topic_head {
            for (class, probability) in head.linear.sigmoids(vectors.label).into_iter().enumerate() {
                let label = topic(&head.linear.classes[class]).filter(|_| probability >= head.thresholds[class]);
                let direction = head.linear.weights_of(class);
                let branch = Branch::Labels;
                found.extend(label.map(|label| Found { label, confidence: probability, direction, branch }));
            }
        }
        if let Some(tagger) = &self.taggers.topics {
            let branch = few_shot::BRANCH;
            for tag in tagger.rank(vectors.of(branch)).into_iter().take_while(|tag| tag.confidence >= THRESHOLD) {
                let label = topic(&tagger.classes()[tag.class]);
                let direction = tagger.direction(tag.class);
                found.extend(label.map(|label| Found { label, confidence: tag.confidence, direction, branch }));
            }
        }
        found.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
        found
    }
}

/// Of a class where several can hold.
fn probability_of(tagger: &FewShotTagger, id: &str, vectors: BranchVectors<'_>) -> f32 {
    let tags = tagger.rank(vectors.of(few_shot::BRANCH));
    tags.iter().find(|tag| tagger.classes()[tag.class] == id).map_or(0.0, |tag| tag.confidence)
}

/// Learn a journey's touchpoints and topics. `embed` turns texts into mention vectors of
/// [`few_shot::BRANCH`], in their order.
pub(super) async fn learn<F>(journey: &Journey, heads: &Heads, embed: impl Fn(Vec<String>) -> F) -> Result<Taggers>
where
    F: Future<Output = Result<Vec<Vec<f32>>>>,
{
    let head_classes = journey.topic_head.as_deref().and_then(|name| heads.topic_head(name));
    let has_head = |topic: &str| head_classes.is_some_and(|head| head.linear.class_index(topic).is_some());
    let touchpoints = journey.touchpoints.iter().map(|touchpoint| {
        let description = describe(&touchpoint.name, &touchpoint.description, &touchpoint.keywords);
        (touchpoint.id.clone(), description, &touchpoint.examples)
    });
    let topics = journey.topics.iter().filter(|topic| !has_head(&topic.id)).map(|topic| {
        let description = describe(&topic.name, &topic.description, &topic.keywords);
        (topic.id.clone(), description, &topic.examples)
    });
    let background = embed(BACKGROUND.lines().map(str::to_owned).collect()).await?;
    let background: Matrix = background.iter().map(Vec::as_slice).collect();

    let touchpoints = class_examples(touchpoints, &embed).await?;
    let topics = class_examples(topics, &embed).await?;
    Ok(Taggers {
        touchpoints: FewShotTagger::fit(&touchpoints, &background, &heads.mean)?,
        topics: if topics.is_empty() { None } else { Some(FewShotTagger::fit(&topics, &background, &heads.mean)?) },
    })
}

async fn class_examples<'a, F>(
    classes: impl Iterator<Item = (String, String, &'a Vec<String>)>,
    embed: &impl Fn(Vec<String>) -> F,
) -> Result<Vec<ClassExamples>>
where
    F: Future<Output = Result<Vec<Vec<f32>>>>,
{
    let mut learnt = Vec::new();
    for (id, description, examples) in classes {
        let texts = std::iter::once(description).chain(examples.iter().cloned()).collect();
        let vectors = embed(texts).await?;
        learnt.push(ClassExamples { id, vectors: vectors.iter().map(Vec::as_slice).collect() });
    }
    Ok(learnt)
}

fn describe(name: &str, description: &str, keywords: &[String]) -> String {
    if keywords.is_empty() {
        format!("{name}: {description}")
    } else {
        format!("{name}: {description} {}", keywords.join(", "))
    }
}
