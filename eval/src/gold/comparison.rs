//! Where two who label the same comments agree: a labeller and the service, or two labellers.

use klartext_models::friction::FrictionKind;

use super::alignment::align;
use super::labels::{GoldComment, HandoverLabels, Labels, MentionLabels};
use crate::report::Answers;

const NO_TOUCHPOINT: &str = "none";
const MENTIONS: &str = "mentions";
const COMMENTS: &str = "comments";

/// A gold comment and what somebody else says about it.
#[derive(Debug)]
pub struct Compared<'a> {
    /// Position among the comments.
    text: usize,
    comment: &'a GoldComment,
    said: &'a Labels,
    /// Positions of mentions that mean the same words.
    aligned: Vec<(usize, usize)>,
}

/// Answers to one question about the comments.
#[derive(Debug)]
pub struct Measured {
    pub task: String,
    pub count: usize,
    pub unit: &'static str,
    pub note: String,
    pub has_majority: bool,
    pub answers: Answers,
}

impl<'a> Compared<'a> {
    pub fn new(text: usize, comment: &'a GoldComment, said: &'a Labels) -> Self {
        Self { text, comment, said, aligned: align(&comment.labels.spans(), &said.spans()) }
    }

    fn truth(&self) -> &'a Labels {
        &self.comment.labels
    }

    /// Aligned mentions: the gold one and the other.
    fn pairs(&self) -> impl Iterator<Item = (&'a MentionLabels, &'a MentionLabels)> {
        let (truth, said) = (self.truth(), self.said);
        self.aligned.iter().map(move |&(first, second)| (&truth.mentions[first], &said.mentions[second]))
    }

    fn words(&self, mention: &MentionLabels) -> String {
        format!("{}: {}", self.comment.id, self.comment.words(mention))
    }

    fn whole(&self) -> String {
        format!("{}: {}", self.comment.id, self.comment.text)
    }
}

impl Measured {
    fn new(task: &str, unit: &'static str, answers: Answers) -> Self {
        let count = answers.len();
        Self { task: task.to_owned(), count, unit, note: String::new(), has_majority: true, answers }
    }

    fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// `count` labels are to be found; there may be more answers.
    fn without_majority(self, count: usize) -> Self {
        Self { count, has_majority: false, ..self }
    }
}

/// Whether the comments are cut into the same mentions.
pub fn span(compared: &[Compared<'_>]) -> Vec<Measured> {
    let (mut half, mut exact) = (Answers::default(), Answers::default());
    for comment in compared {
        let (truth, said) = (&comment.truth().mentions, &comment.said.mentions);
        let is_exact = |mention: &MentionLabels, others: &[MentionLabels]| {
            others.iter().any(|other| other.span() == mention.span())
        };
        for (position, mention) in truth.iter().enumerate() {
            let is_aligned = comment.aligned.iter().any(|&(first, _)| first == position);
            add_found(&mut half, comment, mention, is_aligned);
            add_found(&mut exact, comment, mention, is_exact(mention, said));
        }
        for (position, mention) in said.iter().enumerate() {
            if !comment.aligned.iter().any(|&(_, second)| second == position) {
                half.add(comment.text, &comment.words(mention), &[], &["mention"]);
            }
            if !is_exact(mention, truth) {
                exact.add(comment.text, &comment.words(mention), &[], &["mention"]);
            }
        }
    }
    let mentions = compared.iter().map(|comment| comment.truth().mentions.len()).sum();
    vec![
        Measured::new("span, half overlapping", MENTIONS, half).without_majority(mentions),
        Measured::new("span, exact", MENTIONS, exact).without_majority(mentions),
    ]
}

fn add_found(answers: &mut Answers, comment: &Compared<'_>, mention: &MentionLabels, is_found: bool) {
    let given: &[&str] = if is_found { &["mention"] } else { &[] };
    answers.add(comment.text, &comment.words(mention), &["mention"], given);
}

pub fn sentiment(compared: &[Compared<'_>]) -> Vec<Measured> {
    let mut of_mentions = Answers::default();
    for_each_pair(compared, |comment, truth, said| {
        let is_right = truth.sentiment == said.sentiment;
        add_single(&mut of_mentions, comment, truth, truth.sentiment.name(), said.sentiment.name());
        said.sentiment_confidence.into_iter().for_each(|confidence| of_mentions.add_confidence(confidence, is_right));
    });
    let mut of_comments = Answers::default();
    for comment in compared {
        let (truth, said) = (comment.truth().sentiment.name(), comment.said.sentiment.name());
        of_comments.add(comment.text, &comment.whole(), &[truth], &[said]);
    }
    vec![
        Measured::new("sentiment of mentions", MENTIONS, of_mentions)
            .with_note(format!("aligned of {}; a mention is never mixed", gold_mentions(compared))),
        Measured::new("sentiment of comments", COMMENTS, of_comments).with_note("mixed is a fourth class"),
    ]
}

pub fn touchpoint(compared: &[Compared<'_>]) -> Vec<Measured> {
    let (mut with_none, mut named) = (Answers::default(), Answers::default());
    for_each_pair(compared, |comment, truth, said| {
        let (true_one, said_one) = (truth.touchpoint.as_deref(), said.touchpoint.as_deref());
        let (true_name, said_name) = (true_one.unwrap_or(NO_TOUCHPOINT), said_one.unwrap_or(NO_TOUCHPOINT));
        add_single(&mut with_none, comment, truth, true_name, said_name);
        named.add(comment.text, &comment.words(truth), true_one.as_slice(), said_one.as_slice());
        if let Some(confidence) = said.touchpoint_confidence {
            named.add_confidence(confidence, true_one == said_one);
        }
    });
    vec![
        Measured::new("touchpoint or none", MENTIONS, with_none)
            .with_note(format!("aligned of {}", gold_mentions(compared))),
        Measured::new("touchpoint named", MENTIONS, named).with_note("none is no class"),
    ]
}

pub fn topics(compared: &[Compared<'_>]) -> Vec<Measured> {
    let mut answers = Answers::default();
    for_each_pair(compared, |comment, truth, said| {
        answers.add(comment.text, &comment.words(truth), &borrowed(&truth.topics), &borrowed(&said.topics));
        for (topic, &confidence) in said.topics.iter().zip(&said.topic_confidences) {
            answers.add_confidence(confidence, truth.topics.contains(topic));
        }
    });
    vec![Measured::new("topics", MENTIONS, answers).with_note(format!("aligned of {}", gold_mentions(compared)))]
}

/// All kinds together, each alone, what a comment shows anywhere, and the numbers that are named.
pub fn friction(compared: &[Compared<'_>]) -> Vec<Measured> {
    let mut measured = vec![friction_of_mentions(compared, "friction", &FrictionKind::ALL)];
    let aligned: usize = compared.iter().flat_map(Compared::pairs).map(|(truth, _)| truth.friction.len()).sum();
    let all: usize =
        compared.iter().flat_map(|comment| &comment.truth().mentions).map(|mention| mention.friction.len()).sum();
    measured[0].note = format!("aligned of {}, with {aligned} of {all} frictions", gold_mentions(compared));
    for kind in FrictionKind::ALL {
        measured.push(friction_of_mentions(compared, &format!("friction: {}", kind.name()), &[kind]));
    }

    let mut of_comments = Answers::default();
    for comment in compared {
        let (truth, said) = (kinds_anywhere(comment.truth()), kinds_anywhere(comment.said));
        of_comments.add(comment.text, &comment.whole(), &truth, &said);
    }
    measured.push(Measured::new("friction in the comment", COMMENTS, of_comments).with_note("in whichever mention"));
    measured.push(quantities(compared));
    measured
}

fn friction_of_mentions(compared: &[Compared<'_>], task: &str, kinds: &[FrictionKind]) -> Measured {
    let mut answers = Answers::default();
    for_each_pair(compared, |comment, truth, said| {
        let names = |mention: &MentionLabels| -> Vec<&'static str> {
            kinds.iter().filter(|&&kind| mention.friction_of(kind).is_some()).map(|kind| kind.name()).collect()
        };
        answers.add(comment.text, &comment.words(truth), &names(truth), &names(said));
        for friction in said.friction.iter().filter(|friction| kinds.contains(&friction.kind)) {
            if let Some(confidence) = friction.confidence {
                answers.add_confidence(confidence, truth.friction_of(friction.kind).is_some());
            }
        }
    });
    Measured::new(task, MENTIONS, answers)
}

fn kinds_anywhere(labels: &Labels) -> Vec<&'static str> {
    let is_shown = |kind: &&FrictionKind| labels.mentions.iter().any(|mention| mention.friction_of(**kind).is_some());
    FrictionKind::ALL.iter().filter(is_shown).map(|kind| kind.name()).collect()
}

/// The minutes of waiting and the contacts that a text names: another number is missed and wrong at once. (Attempts at a
/// dead end are labelled too, but the service does not count them.)
fn quantities(compared: &[Compared<'_>]) -> Measured {
    let minutes = |mention: &MentionLabels| mention.friction_of(FrictionKind::Waiting).and_then(|found| found.minutes);
    let contacts = |mention: &MentionLabels| {
        mention.friction_of(FrictionKind::RepeatedContact).and_then(|found| found.count).map(f64::from)
    };
    let mut answers = Answers::default();
    let mut named = 0;
    for_each_pair(compared, |comment, truth, said| {
        named += usize::from(minutes(truth).is_some()) + usize::from(contacts(truth).is_some());
        add_number(&mut answers, comment, truth, "minutes", minutes(truth), minutes(said));
        add_number(&mut answers, comment, truth, "contacts", contacts(truth), contacts(said));
    });
    Measured::new("friction: minutes and contacts", "numbers", answers).without_majority(named)
}

fn add_number(
    answers: &mut Answers,
    comment: &Compared<'_>,
    mention: &MentionLabels,
    quantity: &str,
    truth: Option<f64>,
    said: Option<f64>,
) {
    let words = comment.words(mention);
    match (truth, said) {
        (None, None) => {}
        // Fractions of a minute are rounding.
        (Some(true_number), Some(said_number)) if (true_number - said_number).abs() < 0.5 => {
            answers.add(comment.text, &words, &[quantity], &[quantity]);
        }
        _ => {
            let present = |number: Option<f64>| if number.is_some() { vec![quantity] } else { Vec::new() };
            answers.add(comment.text, &words, &present(truth), &[]);
            answers.add(comment.text, &words, &[], &present(said));
        }
    }
}

/// Whether there is one, and between whom.
pub fn handover(compared: &[Compared<'_>]) -> Vec<Measured> {
    let (mut presence, mut owners) = (Answers::default(), Answers::default());
    for comment in compared {
        let (truth, said) = (comment.truth().handover.as_ref(), comment.said.handover.as_ref());
        let name = |is_there: bool| if is_there { vec!["handover"] } else { Vec::new() };
        presence.add(comment.text, &comment.whole(), &name(truth.is_some()), &name(said.is_some()));
        if let Some(confidence) = said.and_then(|handover| handover.confidence) {
            presence.add_confidence(confidence, truth.is_some());
        }
        let pair = |handover: Option<&HandoverLabels>| -> Vec<String> {
            let owners = handover.and_then(|handover| handover.owners.as_ref());
            owners.map(|(from, to)| format!("{from} > {to}")).into_iter().collect()
        };
        owners.add(comment.text, &comment.whole(), &borrowed(&pair(truth)), &borrowed(&pair(said)));
    }
    vec![
        Measured::new("handover", COMMENTS, presence),
        Measured::new("handover: both owners", COMMENTS, owners).with_note("in the right order"),
    ]
}

/// Among the comments that have a score.
pub fn discrepancy(compared: &[Compared<'_>]) -> Vec<Measured> {
    let mut answers = Answers::default();
    for comment in compared.iter().filter(|comment| comment.comment.scores.is_given()) {
        let (truth, said) = (comment.truth().discrepancy.name(), comment.said.discrepancy.name());
        answers.add(comment.text, &comment.whole(), truth.as_slice(), said.as_slice());
    }
    vec![Measured::new("discrepancy", COMMENTS, answers).with_note("comments with a score")]
}

fn for_each_pair<'a>(
    compared: &'a [Compared<'a>],
    mut take: impl FnMut(&'a Compared<'a>, &'a MentionLabels, &'a MentionLabels),
) {
    for comment in compared {
        comment.pairs().for_each(|(truth, said)| take(comment, truth, said));
    }
}

fn add_single(answers: &mut Answers, comment: &Compared<'_>, mention: &MentionLabels, truth: &str, said: &str) {
    answers.add(comment.text, &comment.words(mention), &[truth], &[said]);
}

fn gold_mentions(compared: &[Compared<'_>]) -> usize {
    compared.iter().map(|comment| comment.truth().mentions.len()).sum()
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Sentiment;
    use crate::gold::labels::{Discrepancy, FrictionLabels};
    use crate::gold::tests::comment;
    use crate::metrics::{Bootstrap, F1};
    use crate::report::Heading;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    fn f1(measured: &Measured) -> F1 {
        measured.answers.rating().f1
    }

    fn friction(kind: FrictionKind, count: Option<u32>) -> FrictionLabels {
        FrictionLabels { kind, minutes: None, count, confidence: Some(0.9) }
    }

    /// The gold comment's two mentions, the second a little shorter, and one that the gold comment does not have.
    fn said() -> Labels {
        let mut labels = comment().labels;
        labels.mentions[1].end = 22;
        labels.mentions[1].touchpoint = None;
        labels.mentions[1].friction = vec![friction(FrictionKind::RepeatedContact, Some(3))];
        let extra = MentionLabels { begin: 23, end: 28, ..labels.mentions[0].clone() };
        labels.mentions.push(extra);
        labels
    }

    #[test]
    fn spans_are_found_missed_and_in_excess() {
        let (gold, said) = (comment(), said());
        let [half, exact] = &span(&[Compared::new(0, &gold, &said)])[..] else { panic!("two rows") };
        assert_eq!(half.count, 2);
        // Both are found, one is in excess; of the exact ones one is found, one missed, two in excess.
        assert!(close(f1(half).micro, 4.0 / 5.0) && close(f1(exact).micro, 2.0 / 5.0));
    }

    #[test]
    fn whoever_says_the_same_is_right() {
        let mut gold = with_owners("Betrieb", "Buchhaltung");
        gold.labels.discrepancy = Discrepancy::ScoreBelowText;
        let same = gold.labels.clone();
        let compared = [Compared::new(0, &gold, &same)];
        for measured in
            [span, sentiment, touchpoint, topics, super::friction, handover, discrepancy].map(|part| part(&compared))
        {
            for measured in measured.iter().filter(|measured| !measured.answers.is_empty()) {
                let has_none = measured.task.starts_with("friction: ") && !measured.task.contains("contact");
                assert!(has_none || close(f1(measured).micro, 1.0), "{}: {:?}", measured.task, f1(measured));
            }
        }
    }

    #[test]
    fn touchpoints_count_with_and_without_none() {
        let (gold, said) = (comment(), said());
        let [with_none, named] = &touchpoint(&[Compared::new(0, &gold, &said)])[..] else { panic!("two rows") };
        assert!(close(f1(with_none).micro, 0.5));
        // One named rightly, one not named: precision 1, recall one half.
        assert!(close(f1(named).micro, 2.0 / 3.0));
        assert_eq!(with_none.note, "aligned of 2");
    }

    #[test]
    fn another_number_is_missed_and_wrong() {
        let (gold, said) = (comment(), said());
        let measured = super::friction(&[Compared::new(0, &gold, &said)]);
        let of = |task: &str| measured.iter().find(|measured| measured.task == task).expect("it is measured");
        assert!(close(f1(of("friction: repeated_contact")).micro, 1.0));
        let numbers = of("friction: minutes and contacts");
        assert_eq!((numbers.count, numbers.answers.len()), (1, 2));
        assert!(close(f1(numbers).micro, 0.0));
        assert!(close(f1(of("friction in the comment")).micro, 1.0));
        let heading = Heading::default();
        let row = of("friction: repeated_contact").answers.row(heading, 2, &Bootstrap::default());
        assert!(row.calibration_error.is_some_and(|error| (error - 0.1).abs() < 1e-6));
    }

    #[test]
    fn owners_have_to_be_in_the_right_order() {
        let gold = with_owners("Betrieb", "Buchhaltung");
        let turned = with_owners("Buchhaltung", "Betrieb").labels;
        let [presence, owners] = &handover(&[Compared::new(0, &gold, &turned)])[..] else { panic!("two rows") };
        assert!(close(f1(presence).micro, 1.0) && close(f1(owners).micro, 0.0));
    }

    fn with_owners(from: &str, to: &str) -> GoldComment {
        let mut comment = comment();
        comment.labels.handover = Some(HandoverLabels {
            from: String::new(),
            to: String::new(),
            begin: 0,
            end: 1,
            owners: Some((from.to_owned(), to.to_owned())),
            confidence: None,
        });
        comment
    }

    #[test]
    fn discrepancies_are_looked_for_only_beside_a_score() {
        let with_score = comment();
        let mut without = comment();
        without.scores = crate::gold::GivenScores::default();
        let said = Labels { discrepancy: Discrepancy::ScoreAboveText, sentiment: Sentiment::Negative, ..said() };
        let compared = [Compared::new(0, &with_score, &said), Compared::new(1, &without, &said)];
        let measured = &discrepancy(&compared)[0];
        assert_eq!(measured.count, 1);
        assert!(close(f1(measured).micro, 0.0));
    }
}
