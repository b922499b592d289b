//! A journey with what was learnt from its examples.

use klartext_models::encoder::{Branch, BranchVectors};
use klartext_models::heads::few_shot::{self, ClassExamples, FewShotTagger, THRESHOLD};
use klartext_models::heads::{Heads, Linear, SidesHead, TopicHead, TouchpointHead, sigmoid};
use klartext_models::train::Matrix;
use serde::{Deserialize, Serialize};

use super::{Journey, Parties, Touchpoint};
use crate::error::Result;

/// What people say that belongs to no touchpoint or topic at all.
const BACKGROUND: &str = include_str!("../../assets/background.txt");

/// Learnt from a journey's examples; kept in the store with the journey's version, so that a start need not learn again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taggers {
    /// Of all touchpoints, for those that no trained head covers: told from the others as well. `None` when a head covers all.
    touchpoints: Option<FewShotTagger>,
    /// Of all topics, likewise.
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
    touchpoint_head: Option<TouchpointHead>,
    sides_head: Option<SidesHead>,
    /// Words that name its departments.
    pub parties: Parties,
}

/// How likely a matter passes from each touchpoint of a journey, and to each, in the journey's order.
pub struct Passing {
    pub from: Vec<f32>,
    pub to: Vec<f32>,
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
        let (topic_head, touchpoint_head) =
            (topic_head(&journey, heads).cloned(), touchpoint_head(&journey, heads).cloned());
        let sides_head = touchpoint_head.as_ref().and_then(|head| heads.sides_head(&head.name)).cloned();
        let parties = Parties::new(&journey);
        Self { version: journey.version(), journey, taggers, topic_head, touchpoint_head, sides_head, parties }
    }

    /// The touchpoint that a mention is about; `None` is an answer too.
    pub fn touchpoint_of(&self, vectors: BranchVectors<'_>) -> Option<Found<'_, Touchpoint>> {
        let by_head = self.touchpoint_head.as_ref().and_then(|TouchpointHead { linear, threshold, .. }| {
            let probabilities = linear.softmax(vectors.label).into_iter().enumerate();
            let best = probabilities.max_by(|(_, left), (_, right)| left.total_cmp(right));
            let (class, confidence) = best.filter(|(_, probability)| probability >= threshold)?;
            let label = self.journey.touchpoint(&linear.classes[class])?;
            Some(Found { label, confidence, direction: linear.weights_of(class), branch: Branch::Labels })
        });
        let by_examples = self.taggers.touchpoints.as_ref().and_then(|tagger| {
            let best = Some(tagger.best(vectors.of(few_shot::BRANCH))).filter(|tag| tag.confidence >= THRESHOLD)?;
            let head = self.touchpoint_head.as_ref().map(|head| &head.linear);
            let id = Some(&tagger.classes()[best.class]).filter(|id| !is_trained(head, id))?;
            let direction = tagger.direction(best.class);
            let label = self.journey.touchpoint(id)?;
            Some(Found { label, confidence: best.confidence, direction, branch: few_shot::BRANCH })
        });
        let found = by_head.into_iter().chain(by_examples);
        found.max_by(|left, right| left.confidence.total_cmp(&right.confidence))
    }

    /// How likely a mention is about each touchpoint of the journey, in its order, whether or not it would be found.
    pub fn touchpoint_probabilities(&self, vectors: BranchVectors<'_>) -> Vec<f32> {
        let head = self.touchpoint_head.as_ref().map(|head| &head.linear);
        let by_head = head.map(|head| head.softmax(vectors.label));
        let probability = |touchpoint: &Touchpoint| {
            let of_head = by_head.as_ref().and_then(|by_head| Some(by_head[head?.class_index(&touchpoint.id)?]));
            of_head.unwrap_or_else(|| probability_by(self.taggers.touchpoints.as_ref(), &touchpoint.id, vectors))
        };
        self.journey.touchpoints.iter().map(probability).collect()
    }

    /// The same for one of them; 0 for one that the journey has not.
    pub fn touchpoint_probability(&self, id: &str, vectors: BranchVectors<'_>) -> f32 {
        let position = self.journey.touchpoints.iter().position(|touchpoint| touchpoint.id == id);
        position.map_or(0.0, |position| self.touchpoint_probabilities(vectors)[position])
    }

    /// The same for a topic.
    pub fn topic_probability(&self, id: &str, vectors: BranchVectors<'_>) -> f32 {
        let head = self.topic_head.as_ref().map(|head| &head.linear);
        match head.and_then(|head| Some((head, head.class_index(id)?))) {
            Some((head, class)) => sigmoid(head.logit(class, vectors.label)),
            None => probability_by(self.taggers.topics.as_ref(), id, vectors),
        }
    }

    /// Between which touchpoints a matter passes that mentions tell of, given each with how likely it tells of it. `None` where no
    /// head knows the journey.
    pub fn passing(&self, told: &[(BranchVectors<'_>, f32)]) -> Option<Passing> {
        let head = self.sides_head.as_ref()?;
        let side = |linear: &Linear| -> Vec<f32> {
            let mut mean = vec![0.0; linear.len()];
            let all: f32 = told.iter().map(|(_, chance)| chance).sum();
            for (vectors, chance) in told {
                for (sum, probability) in mean.iter_mut().zip(linear.softmax(vectors.label)) {
                    *sum += chance / all * probability;
                }
            }
            // Of a touchpoint that the head does not know nothing is known.
            let unknown = 1.0 / linear.len().max(1) as f32;
            let touchpoints = self.journey.touchpoints.iter();
            touchpoints
                .map(|touchpoint| linear.class_index(&touchpoint.id).map_or(unknown, |class| mean[class]))
                .collect()
        };
        Some(Passing { from: side(&head.from), to: side(&head.to) })
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
            let head = self.topic_head.as_ref().map(|head| &head.linear);
            for tag in tagger.rank(vectors.of(branch)).into_iter().take_while(|tag| tag.confidence >= THRESHOLD) {
                let label = topic(&tagger.classes()[tag.class]).filter(|topic| !is_trained(head, &topic.id));
                let direction = tagger.direction(tag.class);
                found.extend(label.map(|label| Found { label, confidence: tag.confidence, direction, branch }));
            }
        }
        found.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
        found
    }
}

/// The head that a journey asks for; likewise that of touchpoints.
fn topic_head<'a>(journey: &Journey, heads: &'a Heads) -> Option<&'a TopicHead> {
    heads.topic_head(journey.topic_head.as_deref()?)
}

fn touchpoint_head<'a>(journey: &Journey, heads: &'a Heads) -> Option<&'a TouchpointHead> {
    heads.touchpoint_head(journey.touchpoint_head.as_deref()?)
}

/// Whether the journey's head knows a touchpoint or topic.
fn is_trained(head: Option<&Linear>, id: &str) -> bool {
    head.is_some_and(|head| head.class_index(id).is_some())
}

/// All of a journey's touchpoints or topics, so that those that no head covers are told from the others; none where a head covers all.
fn to_learn<T>(labels: &[T], is_trained: impl Fn(&T) -> bool) -> &[T] {
    if labels.iter().all(is_trained) { &[] } else { labels }
}

/// 0 for a class that was not learnt.
fn probability_by(tagger: Option<&FewShotTagger>, id: &str, vectors: BranchVectors<'_>) -> f32 {
    let class = |tagger: &FewShotTagger| tagger.classes().iter().position(|class| class == id);
    let probability = |tagger: &FewShotTagger| Some(tagger.probability(class(tagger)?, vectors.of(few_shot::BRANCH)));
    tagger.and_then(probability).unwrap_or(0.0)
}

/// Learn a journey's touchpoints and topics. `embed` turns texts into mention vectors of
/// [`few_shot::BRANCH`], in their order.
pub(super) async fn learn<F>(journey: &Journey, heads: &Heads, embed: impl Fn(Vec<String>) -> F) -> Result<Taggers>
where
    F: Future<Output = Result<Vec<Vec<f32>>>>,
{
    let head = touchpoint_head(journey, heads).map(|head| &head.linear);
    let touchpoints =
        to_learn(&journey.touchpoints, |touchpoint| is_trained(head, &touchpoint.id)).iter().map(|touchpoint| {
            let description = describe(&touchpoint.name, &touchpoint.description, &touchpoint.keywords);
            (touchpoint.id.clone(), description, &touchpoint.examples)
        });
    let head = topic_head(journey, heads).map(|head| &head.linear);
    let topics = to_learn(&journey.topics, |topic| is_trained(head, &topic.id)).iter().map(|topic| {
        let description = describe(&topic.name, &topic.description, &topic.keywords);
        (topic.id.clone(), description, &topic.examples)
    });
    let touchpoints = class_examples(touchpoints, &embed).await?;
    let topics = class_examples(topics, &embed).await?;
    let background = embed(BACKGROUND.lines().map(str::to_owned).collect()).await?;
    let background: Matrix = background.iter().map(Vec::as_slice).collect();

    let tagger = |classes: &[ClassExamples]| match classes.is_empty() {
        true => Ok(None),
        false => FewShotTagger::fit(classes, &background, &heads.mean).map(Some),
    };
    Ok(Taggers { touchpoints: tagger(&touchpoints)?, topics: tagger(&topics)? })
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
