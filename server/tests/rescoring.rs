//! Stored comments get the labels of today's journey, exactly, whatever happens meanwhile.

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use klartext_models::VECTOR_SIZE;
use klartext_proto::to_canonical_json;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    self, Comment, CommentFilter, CorrectMentionRequest, GetRescoringRequest, ListRescoringsRequest, MentionRef,
    Polarity, Rescoring, RescoringState, StartRescoringRequest, StoredComment, TouchpointOrigin,
    correct_mention_request,
};
use klartext_server::insights::{AnalysedComment, analysed_comments, comment_id, writes};
use klartext_server::journey::{JourneyRegistry, SHIPPED, parse};
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::{
    Compaction, FieldValue, Filter, Kind, Order, Point, ScoredPoint, Store, StoreError, Write, paging::page_by_id,
};
use serde_json::Value;
use support::{Process, TestServer, comment, connect, engine, insight, klartext, patient_limits, write_file};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

const SAMPLES: &str = include_str!("../assets/samples.jsonl");
/// A touchpoint and a topic of the shipped journey, and what they are called in the changed one.
const RENAMED: [(&str, &str); 2] = [("customer-service", "service-desk"), ("punctuality", "on-time")];
/// Copies that a long re-scoring works on: some twenty pages.
const MANY: usize = 1_300;

type Client = RescoringServiceClient<Channel>;

/// The shipped journey as one that is learnt from its examples, as everybody's own is: heads know labels by their names.
fn learnt_yaml() -> String {
    SHIPPED[0].1.replace("topic_head: public-transport\n", "").replace("touchpoint_head: public-transport\n", "")
}

fn changed_yaml() -> String {
    RENAMED.iter().fold(learnt_yaml(), |yaml, (old, new)| yaml.replace(old, new))
}

static CHANGED_JOURNEYS: OnceCell<JourneyRegistry> = OnceCell::const_new();

/// The shipped journeys, the first one from `yaml`.
async fn journeys(yaml: &str) -> JourneyRegistry {
    let (engine, _) = engine().await;
    let first = parse("first.yaml", yaml).expect("it is valid");
    let generic = parse(SHIPPED[1].0, SHIPPED[1].1).expect("it is valid");
    let mut registered = Vec::new();
    for journey in [first, generic] {
        registered.push(engine.register(journey, None).await.expect("it can be learnt"));
    }
    JourneyRegistry::new(registered, "public-transport").expect("the default is there")
}

async fn changed_journeys() -> JourneyRegistry {
    CHANGED_JOURNEYS.get_or_init(async || journeys(&changed_yaml()).await).await.clone()
}

async fn start_with(folder: TempDir, journeys: JourneyRegistry) -> TestServer {
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
    TestServer::start_with_journeys(Arc::new(store), folder, patient_limits(), journeys).await
}

async fn start_changed(folder: TempDir) -> TestServer {
    start_with(folder, changed_journeys().await).await
}

fn client(server: &TestServer) -> Client {
    RescoringServiceClient::new(server.channel.clone())
}

fn sample_texts() -> Vec<String> {
    let text_of = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["text"].as_str().map(str::to_owned);
    SAMPLES.lines().filter_map(text_of).collect()
}

fn of_source(source: &str) -> CommentFilter {
    CommentFilter { sources: vec![source.to_owned()], ..CommentFilter::default() }
}

async fn start(client: &Client, filter: CommentFilter) -> Result<Rescoring, Status> {
    let request = StartRescoringRequest { filter: Some(filter), ..StartRescoringRequest::default() };
    client.clone().start(request).await.map(tonic::Response::into_inner)
}

fn by_id(rescoring_id: &str) -> GetRescoringRequest {
    GetRescoringRequest { rescoring_id: rescoring_id.to_owned() }
}

/// Its last state.
async fn watch_to_end(client: &Client, id: &str) -> Rescoring {
    let mut states = client.clone().watch(by_id(id)).await.expect("it is watched").into_inner();
    let mut last = None;
    while let Some(state) = states.message().await.expect("it goes on") {
        last = Some(state);
    }
    last.expect("there is a state")
}

async fn rescore_all(server: &TestServer) -> Rescoring {
    let started = start(&client(server), CommentFilter::default()).await.expect("it starts");
    watch_to_end(&client(server), &started.rescoring_id).await
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Everything that is stored, by external id.
async fn stored(channel: Channel) -> HashMap<String, StoredComment> {
    let mut client = CommentServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    let mut stored = HashMap::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListCommentsRequest { page_size: 500, page_token, ..v1::ListCommentsRequest::default() };
        let page = client.list(request).await.expect("they are listed").into_inner();
        for comment in page.comments {
            let id = comment.comment.as_ref().expect("it is there").external_id.clone();
            stored.insert(id, comment);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return stored;
        }
    }
}

fn mentions(stored: &StoredComment) -> &[v1::Mention] {
    &stored.insight.as_ref().expect("it is there").mentions
}

fn version(stored: &StoredComment) -> &v1::ScoreVersion {
    stored.insight.as_ref().and_then(|insight| insight.score_version.as_ref()).expect("labels carry their version")
}

fn touchpoint_of(mention: &v1::Mention) -> &str {
    mention.touchpoint.as_ref().map_or("", |tag| tag.touchpoint.as_str())
}

fn topics_of(mention: &v1::Mention) -> HashSet<&str> {
    mention.topics.iter().map(|tag| tag.topic.as_str()).collect()
}

fn polarity_name(mention: &v1::Mention) -> &'static str {
    match mention.sentiment.as_ref().map(v1::Sentiment::polarity) {
        Some(Polarity::Negative) => "negative",
        Some(Polarity::Neutral) => "neutral",
        Some(Polarity::Positive) => "positive",
        Some(Polarity::Mixed | Polarity::Unspecified) | None => "",
    }
}

type Changes = BTreeMap<(String, String, String), u64>;

/// What has changed between two looks at the store: the ways, how often, and how many mentions.
fn changes_between(before: &HashMap<String, StoredComment>, now: &HashMap<String, StoredComment>) -> (Changes, u64) {
    let mut changes = Changes::new();
    let mut changed_mentions = 0;
    for (id, before) in before {
        for (before, now) in mentions(before).iter().zip(mentions(&now[id])) {
            let mut of_mention = Vec::new();
            of_mention.push(("sentiment", polarity_name(before), polarity_name(now)));
            of_mention.push(("touchpoint", touchpoint_of(before), touchpoint_of(now)));
            of_mention.extend(topics_of(before).difference(&topics_of(now)).map(|lost| ("topic", *lost, "")));
            of_mention.extend(topics_of(now).difference(&topics_of(before)).map(|gained| ("topic", "", *gained)));
            of_mention.retain(|(_, from, to)| from != to);
            changed_mentions += u64::from(!of_mention.is_empty());
            for (label, from, to) in of_mention {
                *changes.entry((label.to_owned(), from.to_owned(), to.to_owned())).or_default() += 1;
            }
        }
    }
    (changes, changed_mentions)
}

/// As the service says it.
fn told_changes(rescoring: &Rescoring) -> Changes {
    let entry =
        |change: &v1::LabelChange| ((change.label.clone(), change.from.clone(), change.to.clone()), change.mentions);
    rescoring.changes.iter().map(entry).collect()
}

/// The summary says exactly what is different in the store.
fn assert_summary_is_exact(
    rescoring: &Rescoring,
    before: &HashMap<String, StoredComment>,
    now: &HashMap<String, StoredComment>,
) {
    let (changes, changed_mentions) = changes_between(before, now);
    assert_eq!(told_changes(rescoring), changes);
    assert_eq!(rescoring.mentions_changed, changed_mentions);
    assert!(rescoring.changes.is_sorted_by_key(|change| std::cmp::Reverse(change.mentions)));
}

/// A folder with `count` copies of comments that are analysed once, under the source "copies".
async fn folder_of_copies(count: usize) -> TempDir {
    let server = TestServer::start().await;
    let texts: Vec<String> = sample_texts().into_iter().take(40).collect();
    server.analyze(texts.iter().map(|text| comment(text)).collect(), true).await;
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Comments, &Filter::default(), None, 100, true)
        .await
        .expect("they are read");
    let originals = analysed_comments(server.store.as_ref(), points).await.expect("they are read");
    server.stop().await;

    let folder = tempfile::tempdir().expect("a folder");
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let mut changes = Vec::new();
    for (number, (original, stored_at)) in originals.iter().cycle().take(count).enumerate() {
        let mut copy: AnalysedComment = original.clone();
        copy.comment.source = "copies".to_owned();
        copy.comment.external_id = format!("copy-{number}");
        copy.id = comment_id(&copy.comment.source, &copy.comment.external_id);
        changes.extend(writes(&copy, None, *stored_at).expect("it can be written"));
    }
    store.write(changes).await.expect("they are written");
    store.close().await.expect("it closes");
    folder
}

/// The same but for how sure the labels are, which may differ by a little: label vectors are stored in steps, and a number
/// between two of them may come to the other one when its comment is encoded among others.
fn assert_alike(left: &HashMap<String, StoredComment>, right: &HashMap<String, StoredComment>) {
    assert_eq!(left.keys().collect::<BTreeSet<_>>(), right.keys().collect::<BTreeSet<_>>());
    for (id, left) in left {
        let [left, right] = [left, &right[id]].map(to_canonical_json);
        assert!(are_alike(&left, &right), "{left}\n{right}");
    }
}

fn are_alike(left: &Value, right: &Value) -> bool {
    const LITTLE: f64 = 0.01;
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let numbers = left.as_f64().zip(right.as_f64());
            numbers.is_some_and(|(left, right)| (left - right).abs() <= LITTLE)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| are_alike(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let has_alike = |(name, value)| right.get(name).is_some_and(|other| are_alike(value, other));
            left.len() == right.len() && left.iter().all(has_alike)
        }
        _ => left == right,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_label_branch_has_read_is_encoded_again() {
    let server = TestServer::start_exact().await;
    let mut sent: Vec<Comment> = sample_texts().iter().take(30).map(|text| comment(text)).collect();
    sent.iter_mut().enumerate().for_each(|(index, comment)| comment.external_id = index.to_string());
    server.analyze(sent, true).await;
    let before = stored(server.channel.clone()).await;
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Comments, &Filter::default(), None, 100, true)
        .await
        .expect("they are read");
    let mut changes = Vec::new();
    let analysed = analysed_comments(server.store.as_ref(), points).await.expect("they are read");
    for (number, (mut comment, stored_at)) in analysed.into_iter().enumerate() {
        // One third has none, one third has those of other weights, and one third is as it should be.
        match number % 3 {
            0 => comment.label_vectors = None,
            1 => {
                let vectors = comment.label_vectors.as_mut().expect("it has some");
                vectors.branch = "another".to_owned();
                vectors.mentions.iter_mut().for_each(|vector| vector.reverse());
            }
            _ => {}
        }
        changes.extend(writes(&comment, None, stored_at).expect("it can be written"));
    }
    server.store.write(changes).await.expect("they are written");

    let rescoring = rescore_all(&server).await;
    assert_eq!((rescoring.comments_done, rescoring.comments_encoded), (30, 20));
    assert_eq!(rescoring.mentions_changed, 0, "{:?}", rescoring.changes);
    let after = stored(server.channel.clone()).await;
    assert_alike(&after, &before);
    assert_eq!(rescore_all(&server).await.comments_encoded, 0);
    assert_eq!(stored(server.channel.clone()).await, after);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_change_where_the_journey_did_and_what_people_said_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start_with(folder, journeys(&learnt_yaml()).await).await;
    let mut sent: Vec<Comment> = sample_texts().iter().take(80).map(|text| comment(text)).collect();
    for (index, comment) in sent.iter_mut().enumerate() {
        comment.external_id = index.to_string();
    }
    sent[0].touchpoint = "subscription".to_owned();
    // The changed journey does not have it any more; that it was named remains true.
    sent[1].touchpoint = "customer-service".to_owned();
    sent[2].journey = "generic".to_owned();
    server.analyze(sent, true).await;
    let correct = async |id: &str, label| {
        let comment_id = comment_id("test", id).to_string();
        let mention = Some(MentionRef { comment_id, index: 0 });
        let request = CorrectMentionRequest { mention, label: Some(label), corrected_by: "analyst".to_owned() };
        server.comments.clone().correct(request).await.expect("it is corrected");
    };
    correct("3", correct_mention_request::Label::Sentiment(Polarity::Positive.into())).await;
    correct("4", correct_mention_request::Label::Touchpoint("refund".to_owned())).await;
    let topics = v1::TopicIds { topics: vec!["price".to_owned()] };
    correct("5", correct_mention_request::Label::Topics(topics)).await;
    let before = stored(server.channel.clone()).await;
    let folder = server.stop().await;

    let server = start_changed(folder).await;
    let rescoring = rescore_all(&server).await;
    let now = stored(server.channel.clone()).await;
    assert_eq!(rescoring.state(), RescoringState::Done, "{}", rescoring.error);
    assert_eq!((rescoring.comments_total, rescoring.comments_done, rescoring.comments_skipped), (80, 80, 0));
    let all_mentions: usize = now.values().map(|stored| mentions(stored).len()).sum();
    assert_eq!(rescoring.mentions_done, all_mentions as u64);
    assert!(rescoring.mentions_changed > 0 && rescoring.mentions_changed < rescoring.mentions_done);
    assert!(rescoring.ended_at.is_some() && rescoring.scoring_seconds > 0.0);
    assert_summary_is_exact(&rescoring, &before, &now);

    let renamed = |id: &str| RENAMED.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| *new).to_owned();
    for (id, before) in &before {
        let now = &now[id];
        assert_eq!((&now.comment, now.stored_at), (&before.comment, before.stored_at), "{id}");
        if id == "2" {
            assert_eq!(version(now), version(before), "the generic journey is as it was");
            assert_eq!(mentions(now), mentions(before));
            continue;
        }
        assert_ne!(version(now).journey, version(before).journey, "{id}");
        assert!(rescoring.score_versions.contains(version(now)), "{id}");
        for (before, now) in mentions(before).iter().zip(mentions(now)) {
            assert_eq!(touchpoint_of(now), renamed(touchpoint_of(before)), "{id}");
            let expected: HashSet<String> = topics_of(before).into_iter().map(renamed).collect();
            assert_eq!(topics_of(now), expected.iter().map(String::as_str).collect(), "{id}");
            assert_eq!((polarity_name(now), &now.corrections), (polarity_name(before), &before.corrections), "{id}");
        }
    }
    let given = |id: &str| now[id].insight.as_ref().and_then(|insight| insight.given_touchpoint.clone());
    assert_eq!(
        given("0").map(|tag| (tag.touchpoint.clone(), tag.origin())),
        Some(("subscription".to_owned(), TouchpointOrigin::Caller))
    );
    assert_eq!(given("1").map(|tag| tag.touchpoint), Some("customer-service".to_owned()));
    assert_eq!(polarity_name(&mentions(&now["3"])[0]), "positive");
    let corrected = mentions(&now["4"])[0].touchpoint.as_ref().expect("a person set it");
    assert_eq!((corrected.touchpoint.as_str(), corrected.origin()), ("refund", TouchpointOrigin::Person));
    assert_eq!(topics_of(&mentions(&now["5"])[0]), HashSet::from(["price"]));

    // Filters find the new labels, and a second time there is nothing to do.
    let renamed_touchpoint = CommentFilter {
        mention: Some(v1::MentionFilter {
            touchpoints: vec!["service-desk".to_owned()],
            ..v1::MentionFilter::default()
        }),
        ..CommentFilter::default()
    };
    let found = v1::ListCommentsRequest { filter: Some(renamed_touchpoint), ..v1::ListCommentsRequest::default() };
    let found = server.comments.clone().list(found).await.expect("they are listed").into_inner();
    assert!(!found.comments.is_empty());
    let again = rescore_all(&server).await;
    assert_eq!((again.comments_done, again.mentions_changed, again.changes.len()), (80, 0, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_unknown_journeys_are_skipped_and_counted() {
    let server = TestServer::start().await;
    let with_journey = |journey: &str, text: &str| Comment { journey: journey.to_owned(), ..comment(text) };
    let sent = vec![
        with_journey("generic", "Die Lieferung kam zwei Tage zu spät."),
        with_journey("public-transport", "Die Bahn fuhr pünktlich ab."),
    ];
    server.analyze(sent, true).await;
    let folder = server.stop().await;
    let changed = changed_journeys().await.default_journey().as_ref().clone();
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let registry = JourneyRegistry::new(vec![changed], "public-transport").expect("it is there");
    let server = TestServer::start_with_journeys(Arc::new(store), folder, patient_limits(), registry).await;
    let rescoring = rescore_all(&server).await;
    assert_eq!(rescoring.state(), RescoringState::Done, "{}", rescoring.error);
    assert_eq!((rescoring.comments_total, rescoring.comments_done, rescoring.comments_skipped), (2, 1, 1));
    server.stop().await;
}

/// Ids of some stored comments.
async fn some_ids(server: &TestServer, count: usize) -> HashSet<uuid::Uuid> {
    let found = page_by_id(server.store.as_ref(), Kind::Comments, &Filter::default(), None, count, false).await;
    found.expect("they are read").0.into_iter().map(|point| point.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_over_the_same_comments_and_once_for_each_request() {
    let server = start_changed(folder_of_copies(200).await).await;
    let client = client(&server);
    let writing = server.pipeline.writing().expect("there is a store").clone();
    // Nobody else changes the first comment while it is claimed: the re-scoring waits.
    let held = writing.claim_owned(some_ids(&server, 1).await).await;
    let request =
        |filter: CommentFilter| StartRescoringRequest { filter: Some(filter), request_id: "nightly".to_owned() };
    let first = client.clone().start(request(of_source("copies"))).await.expect("it starts").into_inner();
    assert_eq!((first.state(), first.comments_total), (RescoringState::Running, 200));
    let same = client.clone().start(request(of_source("copies"))).await.expect("it is the same").into_inner();
    assert_eq!(same.rescoring_id, first.rescoring_id);

    for overlapping in [
        CommentFilter::default(),
        of_source("copies"),
        CommentFilter { languages: vec!["de".to_owned()], ..CommentFilter::default() },
    ] {
        let refused = start(&client, overlapping).await.expect_err("it may touch the same comments");
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "RESCORING_RUNNING"));
        let details = refused.get_error_details();
        let named = details.error_info().and_then(|info| info.metadata.get("rescoring_id").cloned());
        assert_eq!(named.as_ref(), Some(&first.rescoring_id));
    }
    let disjoint = start(&client, of_source("crm")).await.expect("it touches other comments");
    assert_eq!(watch_to_end(&client, &disjoint.rescoring_id).await.state(), RescoringState::Done);

    // Of many that are started at the same moment, one wins.
    let shop = CommentFilter { sources: vec!["shop".to_owned(), "crm".to_owned()], ..CommentFilter::default() };
    drop(held);
    let ended = watch_to_end(&client, &first.rescoring_id).await;
    assert_eq!((ended.state(), ended.comments_done), (RescoringState::Done, 200));
    let held = writing.claim_owned(some_ids(&server, 1).await).await;
    let racers = (0..8).map(|_| start(&client, CommentFilter::default()));
    let started = futures::future::join_all(racers).await;
    assert_eq!(started.iter().filter(|result| result.is_ok()).count(), 1);
    drop(held);
    let winner = started.into_iter().flatten().next().expect("one has won");
    watch_to_end(&client, &winner.rescoring_id).await;
    start(&client, shop).await.expect("nothing runs any more");

    let after = client.clone().start(request(CommentFilter::default())).await.expect("it is the same").into_inner();
    assert_eq!((after.state(), after.rescoring_id), (RescoringState::Done, first.rescoring_id));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_one_keeps_what_is_done() {
    let server = start_changed(folder_of_copies(MANY).await).await;
    let client = client(&server);
    let before = stored(server.channel.clone()).await;
    let started = start(&client, CommentFilter::default()).await.expect("it starts");
    let mut states = client.clone().watch(by_id(&started.rescoring_id)).await.expect("it is watched").into_inner();
    while let Some(state) = states.message().await.expect("it goes on") {
        if state.comments_done > 0 {
            break;
        }
    }
    let cancelled = client.clone().cancel(by_id(&started.rescoring_id)).await.expect("it is cancelled").into_inner();
    assert_eq!(cancelled.state(), RescoringState::Cancelled);
    assert!(cancelled.comments_done < cancelled.comments_total, "it came too late");
    let mut last = None;
    while let Some(state) = states.message().await.expect("it goes on") {
        last = Some(state);
    }
    assert_eq!(last.as_ref(), Some(&cancelled), "who watches sees it end");
    let again = client.clone().cancel(by_id(&started.rescoring_id)).await.expect("no error").into_inner();
    assert_eq!(again, cancelled);
    let now = stored(server.channel.clone()).await;
    let done = now.iter().filter(|(id, now)| version(now) != version(&before[*id])).count();
    assert_eq!(done as u64, cancelled.comments_done);
    assert_summary_is_exact(&cancelled, &before, &now);
    assert_eq!(rescore_all(&server).await.comments_done, MANY as u64);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_meanwhile_is_not_lost() {
    let server = start_changed(folder_of_copies(MANY).await).await;
    let client = client(&server);
    let started = start(&client, CommentFilter::default()).await.expect("it starts");
    let mut replaced = 0;
    loop {
        let comments = (0..4).map(|offset| Comment {
            source: "copies".to_owned(),
            // All over the order of ids, which are hashes.
            external_id: format!("copy-{}", replaced + offset),
            ..comment(&format!("Der Bus {} kam heute überhaupt nicht.", replaced + offset))
        });
        for result in server.analyze(comments.collect(), true).await {
            insight(result);
        }
        replaced += 4;
        let state = client.clone().get(by_id(&started.rescoring_id)).await.expect("it is there").into_inner();
        if state.state() != RescoringState::Running {
            break;
        }
    }
    let ended = watch_to_end(&client, &started.rescoring_id).await;
    assert_eq!(ended.state(), RescoringState::Done, "{}", ended.error);
    let now = stored(server.channel.clone()).await;
    assert_eq!(now.len(), MANY.max(replaced));
    let current = &ended.score_versions[0];
    for number in 0..replaced {
        let text = &now[&format!("copy-{number}")].comment.as_ref().expect("it is there").text;
        assert_eq!(*text, format!("Der Bus {number} kam heute überhaupt nicht."));
    }
    assert!(now.values().all(|stored| version(stored) == current));
    let count = async |kind| server.store.count(kind, Filter::default()).await.expect("it counts");
    let all_mentions: usize = now.values().map(|stored| mentions(stored).len()).sum();
    assert_eq!(count(Kind::Mentions).await, all_mentions as u64, "no mention is left of a text that is gone");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_after_a_stop() {
    let folder = folder_of_copies(MANY).await;
    let server = start_changed(folder).await;
    let before = stored(server.channel.clone()).await;
    let started = start(&client(&server), CommentFilter::default()).await.expect("it starts");
    let id = started.rescoring_id;
    let mut states = client(&server).watch(by_id(&id)).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some_and(|state| state.comments_done == 0) {}
    let (folder, rest) = tokio::join!(server.stop(), async {
        loop {
            match states.message().await {
                Ok(Some(_)) => {}
                other => return other,
            }
        }
    });
    assert_eq!(rest.expect_err("the stream ends with the service").code(), Code::Unavailable);
    let server = start_changed(folder).await;
    let ended = watch_to_end(&client(&server), &id).await;
    assert_eq!((ended.state(), ended.resumed), (RescoringState::Done, 1), "{}", ended.error);
    assert_eq!((ended.comments_done, ended.comments_total), (MANY as u64, MANY as u64));
    assert_summary_is_exact(&ended, &before, &stored(server.channel.clone()).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_after_kill_minus_nine_and_counts_exactly() {
    let folder = folder_of_copies(3 * MANY).await;
    let journey = write_file(folder.path(), "changed.yaml", &changed_yaml());
    let config = format!("[journeys]\nfiles = [{:?}]\n", journey.display().to_string());
    let config = write_file(folder.path(), "klartext.toml", &config).display().to_string();
    let process = Process::serve(folder.path(), &["--config", &config]);
    let channel = connect(&process.address).await;
    let before = stored(channel.clone()).await;
    let id = start(&Client::new(channel), CommentFilter::default()).await.expect("it starts").rescoring_id;
    let mut process = process;
    let mut kills = 0;
    let ended = loop {
        let mut client = Client::new(connect(&process.address).await);
        let mut states = client.watch(by_id(&id)).await.expect("it is watched").into_inner();
        let first = states.message().await.expect("there is a state").expect("there is a state");
        // In the middle of a page: the next one is being written when the state after a page arrives.
        let kill_at = first.comments_done + 300 + 64 * kills;
        let mut last = first;
        while last.state() == RescoringState::Running && (kills == 3 || last.comments_done < kill_at) {
            match states.message().await.expect("it goes on") {
                Some(state) => last = state,
                None => break,
            }
        }
        if last.state() != RescoringState::Running {
            break last;
        }
        process.kill();
        kills += 1;
        process = Process::serve(folder.path(), &["--config", &config]);
    };
    assert_eq!(kills, 3, "it was too fast to be killed");
    assert_eq!((ended.state(), u64::from(ended.resumed)), (RescoringState::Done, kills), "{}", ended.error);
    assert_eq!((ended.comments_done, ended.comments_total), (3 * MANY as u64, 3 * MANY as u64));
    let now = stored(connect(&process.address).await).await;
    assert_eq!(now.len(), 3 * MANY);
    assert!(now.values().all(|stored| version(stored) == &ended.score_versions[0]));
    assert_summary_is_exact(&ended, &before, &now);
    command_line(&process.address, &id);
    assert_eq!(process.terminate(), Some(0));
}

/// `klartext rescore` on a running service.
fn command_line(address: &str, ended: &str) {
    let rescore = |arguments: &[&str]| {
        let output = klartext().args(["rescore", "--server", address]).args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let summary = rescore(&["--source", "copies", "--format", "table"]);
    assert!(summary.contains("done: 3900 comments") && summary.contains("0 of them with changed labels"), "{summary}");
    let watched = rescore(&["--watch", ended, "--format", "table"]);
    assert!(watched.contains("customer-service") && watched.contains("service-desk"), "{watched}");
    let watched: serde_json::Value =
        serde_json::from_str(&rescore(&["--watch", ended])).expect("JSON without a terminal");
    assert_eq!(watched["state"], "RESCORING_STATE_DONE");
    let detached = rescore(&["--detach", "--source", "nothing", "--request-id", "once"]);
    assert_eq!(rescore(&["--detach", "--source", "nothing", "--request-id", "once"]), detached);
    rescore(&["--cancel", detached.trim()]);
    let listed = rescore(&["--list", "--format", "table"]);
    assert!(listed.contains(detached.trim()) && listed.contains(ended), "{listed}");
    let unknown = klartext().args(["rescore", "--server", address, "--watch", &uuid::Uuid::nil().to_string()]).output();
    assert_eq!(unknown.expect("it runs").status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_and_bad_requests_are_told() {
    let server = TestServer::start().await;
    let client = client(&server);
    let mut started = Vec::new();
    for number in 0..5 {
        started.push(start(&client, of_source(&format!("none-{number}"))).await.expect("it starts").rescoring_id);
    }
    for id in &started {
        watch_to_end(&client, id).await;
    }
    let list = async |page_size, page_token: &str| {
        let request = ListRescoringsRequest { page_size, page_token: page_token.to_owned() };
        client.clone().list(request).await.map(tonic::Response::into_inner)
    };
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = list(2, &page_token).await.expect("they are listed");
        assert!(page.rescorings.len() <= 2);
        listed.extend(page.rescorings.into_iter().map(|rescoring| rescoring.rescoring_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    started.reverse();
    assert_eq!(listed, started, "newest first");

    let unknown = by_id(&uuid::Uuid::nil().to_string());
    let no_id = by_id("nightly");
    let too_long = StartRescoringRequest { request_id: "x".repeat(129), ..StartRescoringRequest::default() };
    let bad_filter = CommentFilter { channels: vec![99], ..CommentFilter::default() };
    let refusals = [
        (list(0, "nonsense").await.expect_err("no token"), "PAGE_TOKEN_INVALID"),
        (list(100_000, "").await.expect_err("too many"), "PAGE_SIZE_INVALID"),
        (client.clone().get(unknown.clone()).await.expect_err("unknown"), "RESCORING_NOT_FOUND"),
        (client.clone().watch(unknown.clone()).await.expect_err("unknown"), "RESCORING_NOT_FOUND"),
        (client.clone().cancel(unknown).await.expect_err("unknown"), "RESCORING_NOT_FOUND"),
        (client.clone().get(no_id).await.expect_err("no id"), "ID_INVALID"),
        (client.clone().start(too_long).await.expect_err("too long"), "FIELD_TOO_LONG"),
        (start(&client, bad_filter).await.expect_err("no channel"), "ENUM_UNKNOWN"),
    ];
    for (status, expected) in &refusals {
        assert_eq!(reason(status), *expected, "{status}");
    }
    server.stop().await;
}

/// A store whose writes fail now and then: every fifth, in turn before and after it is done.
struct Unreliable {
    store: EdgeStore,
    writes: AtomicUsize,
}

#[async_trait]
impl Store for Unreliable {
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        let away = || StoreError::Unreachable { address: "test".to_owned(), reason: "it is away".to_owned() };
        if number % 10 == 4 {
            return Err(away());
        }
        self.store.write(writes).await?;
        if number % 10 == 9 { Err(away()) } else { Ok(()) }
    }

    async fn get(&self, kind: Kind, ids: Vec<uuid::Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError> {
        self.store.get(kind, ids, with_vectors).await
    }

    async fn matching(
        &self,
        kind: Kind,
        filter: Filter,
        ids: Vec<uuid::Uuid>,
    ) -> Result<HashSet<uuid::Uuid>, StoreError> {
        self.store.matching(kind, filter, ids).await
    }

    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<uuid::Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<uuid::Uuid>), StoreError> {
        self.store.scroll(kind, filter, from, limit, with_vectors).await
    }

    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError> {
        self.store.scroll_by(kind, filter, order, limit, with_vectors).await
    }

    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        self.store.search(kind, vector, filter, offset, limit).await
    }

    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError> {
        self.store.count(kind, filter).await
    }

    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError> {
        self.store.count_by(kind, field, filter).await
    }

    async fn compact(&self) -> Result<Compaction, StoreError> {
        self.store.compact().await
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.store.close().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_now_and_then_costs_time_only() {
    let folder = folder_of_copies(400).await;
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let store = Unreliable { store, writes: AtomicUsize::new(0) };
    let server =
        TestServer::start_with_journeys(Arc::new(store), folder, patient_limits(), changed_journeys().await).await;
    let before = stored(server.channel.clone()).await;
    let rescoring = rescore_all(&server).await;
    let now = stored(server.channel.clone()).await;
    assert_eq!((rescoring.state(), rescoring.comments_done), (RescoringState::Done, 400), "{}", rescoring.error);
    assert_summary_is_exact(&rescoring, &before, &now);
    assert!(now.values().all(|stored| version(stored) == &rescoring.score_versions[0]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_fails_it_without_telling_the_text() {
    let server = TestServer::start().await;
    server.analyze(vec![comment("Der Schaffner war sehr nett.")], true).await;
    let marker = "Unlesbar-4711";
    let payload = serde_json::json!({ "tenant": "default", "comment": marker, "insight": {}, "stored_at": marker });
    let serde_json::Value::Object(payload) = payload else { panic!("an object") };
    let point = Point { id: uuid::Uuid::nil(), vector: Some(vec![0.5; VECTOR_SIZE]), payload };
    let write = Write::Upsert { kind: Kind::Comments, points: vec![point] };
    server.store.write(vec![write]).await.expect("it is written");
    let rescoring = rescore_all(&server).await;
    assert_eq!(rescoring.state(), RescoringState::Failed);
    assert!(!rescoring.error.is_empty() && !rescoring.error.contains(marker), "{}", rescoring.error);
    assert!(rescoring.ended_at.is_some());
    server.stop().await;
}
