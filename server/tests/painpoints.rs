//! Pain points are found, recognised, measured and browsed, whatever happens meanwhile.

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::pain_point_service_client::PainPointServiceClient;
use klartext_proto::v1::{
    self, Comment, CommentFilter, DiscoverRequest, Discovery, DiscoveryState, GetDiscoveryRequest, MentionFilter,
    PainPoint, PainPointFilter, PainPointMention, Polarity,
};
use klartext_server::insights::{AnalysedComment, analysed_comments, comment_id, writes};
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::paging::page_by_id;
use klartext_server::store::{Filter, Kind, Store as _};
use support::{Process, TestServer, comment, connect, insight};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

const SAMPLES: &str = include_str!("../assets/samples.jsonl");

type Client = PainPointServiceClient<Channel>;

fn client(server: &TestServer) -> Client {
    PainPointServiceClient::new(server.channel.clone()).max_decoding_message_size(usize::MAX)
}

fn samples() -> Vec<Comment> {
    let read = |(number, line): (usize, &str)| {
        let sample: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = sample["text"].as_str().expect("there is a text");
        Comment {
            external_id: number.to_string(),
            channel: (number % 5 + 1) as i32,
            subject: format!("customer-{}", number % 7),
            time: Some(prost_types::Timestamp { seconds: 1_767_225_600 + number as i64 * 86_400, nanos: 0 }),
            ..comment(text)
        }
    };
    SAMPLES.lines().enumerate().map(read).collect()
}

async fn import(server: &TestServer, comments: Vec<Comment>) {
    for batch in comments.chunks(128) {
        for result in server.analyze(batch.to_vec(), true).await {
            insight(result);
        }
    }
}

async fn discover(client: &Client, request: DiscoverRequest) -> Result<Discovery, Status> {
    let started = client.clone().discover(request).await?.into_inner();
    Ok(watch_to_end(client, &started.discovery_id).await)
}

fn by_id(discovery_id: &str) -> GetDiscoveryRequest {
    GetDiscoveryRequest { discovery_id: discovery_id.to_owned() }
}

async fn watch_to_end(client: &Client, id: &str) -> Discovery {
    let mut states = client.clone().watch_discovery(by_id(id)).await.expect("it is watched").into_inner();
    let mut last = None;
    while let Some(state) = states.message().await.expect("it goes on") {
        last = Some(state);
    }
    last.expect("there is a state")
}

async fn discover_all(client: &Client) -> Discovery {
    let discovery = discover(client, DiscoverRequest::default()).await.expect("it starts");
    assert_eq!(discovery.state(), DiscoveryState::Done, "{}", discovery.error);
    discovery
}

/// Mentions of any sentiment.
fn of_everything() -> DiscoverRequest {
    let sentiments = [Polarity::Negative, Polarity::Neutral, Polarity::Positive];
    let mention = MentionFilter { sentiments: sentiments.map(Into::into).to_vec(), ..MentionFilter::default() };
    let filter = CommentFilter { mention: Some(mention), ..CommentFilter::default() };
    DiscoverRequest { filter: Some(filter), ..DiscoverRequest::default() }
}

async fn list(client: &Client, request: v1::ListPainPointsRequest) -> v1::ListPainPointsResponse {
    client.clone().list(request).await.expect("they are listed").into_inner()
}

async fn list_all(client: &Client) -> Vec<PainPoint> {
    list(client, v1::ListPainPointsRequest { page_size: 1_000, ..Default::default() }).await.pain_points
}

async fn mentions_of(client: &Client, pain_point_id: &str) -> Vec<PainPointMention> {
    let mut mentions = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListPainPointMentionsRequest {
            pain_point_id: pain_point_id.to_owned(),
            weak_members: true,
            page_size: 7,
            page_token,
        };
        let page = client.clone().list_mentions(request).await.expect("they are listed").into_inner();
        mentions.extend(page.mentions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            assert_eq!(mentions.len() as u64, page.total);
            return mentions;
        }
    }
}

/// The pain point of every mention that has one.
async fn members(client: &Client) -> HashMap<(String, u32), String> {
    let mut members = HashMap::new();
    for pain_point in list_all(client).await {
        for mention in mentions_of(client, &pain_point.pain_point_id).await {
            members.insert((mention.comment_id, mention.index), pain_point.pain_point_id.clone());
        }
    }
    members
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn pain_points_are_found_measured_and_recognised() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    let first = discover_all(&client).await;
    assert!(first.pain_points >= 3 && first.born == first.pain_points, "{first:?}");
    assert!(first.mentions_total > 50 && first.seconds > 0.0 && first.ended_at.is_some(), "{first:?}");

    let listed = list_all(&client).await;
    assert_eq!(listed.len(), first.pain_points as usize);
    let severity = |pain_point: &PainPoint| pain_point.measures.as_ref().expect("it is measured").severity;
    assert!(listed.is_sorted_by(|left, right| severity(left) >= severity(right)), "the most severe come first");
    for pain_point in &listed {
        let measures = pain_point.measures.as_ref().expect("it is measured");
        let mentions = mentions_of(&client, &pain_point.pain_point_id).await;
        assert!(mentions.is_sorted_by(|left, right| left.membership >= right.membership));
        let strong = mentions.iter().filter(|mention| mention.membership >= 0.5).count() as u64;
        assert_eq!((measures.mentions, measures.weak_members), (strong, mentions.len() as u64 - strong));
        assert!((1..=3).contains(&pain_point.quotes.len()));
        for quote in &pain_point.quotes {
            assert!(mentions.iter().any(|mention| mention.text == quote.text), "a quote is one of its mentions");
        }
        assert!(!pain_point.name.is_empty() && pain_point.name == pain_point.machine_name, "{pain_point:?}");
        assert!(!pain_point.key_terms.is_empty());
    }

    let before = members(&client).await;
    let second = discover_all(&client).await;
    assert_eq!((second.born, second.continued, second.ended), (0, first.pain_points, 0), "{second:?}");
    assert_eq!(members(&client).await, before, "the same mentions are found again in the same pain points");
    let discoveries = client.clone().list_discoveries(v1::ListDiscoveriesRequest::default()).await;
    let ids: Vec<String> = discoveries
        .expect("they are listed")
        .into_inner()
        .discoveries
        .into_iter()
        .map(|discovery| discovery.discovery_id)
        .collect();
    assert_eq!(ids, [second.discovery_id, first.discovery_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_browsed() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    let discovery = discover_all(&client).await;
    let all = list_all(&client).await;

    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListPainPointsRequest { page_size: 2, page_token, ..Default::default() };
        let page = list(&client, request).await;
        assert_eq!(page.total, u64::from(discovery.pain_points));
        paged.extend(page.pain_points);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    // They may have been measured anew in between.
    let ids = |listed: &[PainPoint]| listed.iter().map(|listed| listed.pain_point_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&paged), ids(&all));

    let one = &all[0];
    let filter = |filter: PainPointFilter| v1::ListPainPointsRequest { filter: Some(filter), ..Default::default() };
    let named = PainPointFilter { text: one.name.to_uppercase(), ..Default::default() };
    assert!(list(&client, filter(named)).await.pain_points.contains(one));
    let resolved = PainPointFilter { states: vec![v1::PainPointState::Resolved.into()], ..Default::default() };
    assert_eq!(list(&client, filter(resolved)).await.total, 0);

    let request = v1::PainPointTrendRequest { pain_point_id: one.pain_point_id.clone(), ..Default::default() };
    let trend = client.clone().trend(request).await.expect("there is a trend").into_inner().points;
    let measures = one.measures.as_ref().expect("it is measured");
    assert_eq!(trend.iter().map(|point| point.mentions).sum::<u64>(), measures.mentions);
    assert!(trend.iter().all(|point| point.low <= point.share && point.share <= point.high));

    let request = v1::SimilarPainPointsRequest { pain_point_id: one.pain_point_id.clone(), page_size: 2 };
    let similar = client.clone().similar(request).await.expect("it is answered").into_inner().pain_points;
    assert_eq!(similar.len(), 2);
    assert!(similar[0].similarity >= similar[1].similarity);
    assert!(similar.iter().all(|similar| similar.pain_point.as_ref() != Some(one)));

    let mut map = client.clone().map(v1::PainPointMapRequest::default()).await.expect("there is a map").into_inner();
    let mut points = Vec::new();
    while let Some(part) = map.message().await.expect("it goes on") {
        points.extend(part.points);
    }
    assert_eq!(points.len() as u64, discovery.mentions_total);
    assert!(points.iter().all(|point| point.x.abs() <= 20.0 && point.y.abs() <= 20.0));
    assert!(points.iter().any(|point| point.pain_point_id == one.pain_point_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_comment_joins_its_pain_point_at_once() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let pain_point = list_all(&client).await.remove(0);
    let strongest = mentions_of(&client, &pain_point.pain_point_id).await.remove(0);
    let again = Comment { external_id: "new".to_owned(), ..comment(&strongest.text) };

    let tag = |insight: &v1::Insight| insight.mentions[0].pain_point.clone();
    let unstored = tag(&server.insight(again.clone(), false).await).expect("it has a place");
    assert_eq!((&unstored.pain_point_id, &unstored.name), (&pain_point.pain_point_id, &pain_point.name));
    assert!(unstored.membership >= 0.5);
    let stored = server.insight(again.clone(), true).await;
    assert_eq!(tag(&stored), Some(unstored));
    let id = stored.comment_id;
    let is_in_it = |mention: &PainPointMention| mention.comment_id == id;
    assert!(mentions_of(&client, &pain_point.pain_point_id).await.iter().any(is_in_it));

    let elsewhere = server.insight(comment("Der Mond ist aus Käse und das finde ich schrecklich."), true).await;
    let of_elsewhere = elsewhere.mentions[0].pain_point.as_ref();
    assert!(of_elsewhere.is_none_or(|tag| tag.membership >= 0.5), "{of_elsewhere:?}");

    let measured = async || {
        let request = v1::GetPainPointRequest { pain_point_id: pain_point.pain_point_id.clone() };
        client.clone().get(request).await.expect("it is there").into_inner().measures.expect("it is measured").mentions
    };
    let before = pain_point.measures.as_ref().expect("it is measured").mentions;
    while measured().await <= before {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_survive_rewriting_and_follow_the_sentiment() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let before = members(&client).await;
    let pain_point = list_all(&client).await.remove(0);
    let mention = mentions_of(&client, &pain_point.pain_point_id).await.remove(0);

    let filter = Some(CommentFilter::default());
    let mut rescorings = v1::rescoring_service_client::RescoringServiceClient::new(server.channel.clone());
    let request = v1::StartRescoringRequest { filter, ..Default::default() };
    let rescoring = rescorings.start(request).await.expect("it starts").into_inner();
    let request = v1::GetRescoringRequest { rescoring_id: rescoring.rescoring_id };
    let mut states = rescorings.watch(request).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    let changed =
        samples().into_iter().map(|sample| Comment { question: "Wie war es?".to_owned(), ..sample }).collect();
    import(&server, changed).await;
    assert_eq!(members(&client).await, before, "the same text sent again stays where it was");

    let mut comments = CommentServiceClient::new(server.channel.clone());
    let mut correct = async |label| {
        let mention = v1::MentionRef { comment_id: mention.comment_id.clone(), index: mention.index };
        let request = v1::CorrectMentionRequest {
            mention: Some(mention.clone()),
            corrected_by: "me".to_owned(),
            label: Some(label),
        };
        let stored = comments.correct(request).await.expect("it is corrected").into_inner();
        stored.insight.expect("it is there").mentions[mention.index as usize].pain_point.clone()
    };
    let positive = v1::correct_mention_request::Label::Sentiment(Polarity::Positive.into());
    assert_eq!(correct(positive).await, None, "praise is no pain");
    let key = (mention.comment_id.clone(), mention.index);
    assert!(!members(&client).await.contains_key(&key));
    let withdrawn = v1::correct_mention_request::Label::Withdraw(v1::CorrectedLabel::Sentiment.into());
    let tag = correct(withdrawn).await.expect("it is in a pain point again");
    assert_eq!(tag.pain_point_id, pain_point.pain_point_id);
    assert_eq!(members(&client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_quoted_no_more() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let mut comments = CommentServiceClient::new(server.channel.clone());
    let quoted = list_all(&client).await[0].quotes[0].clone();
    let by = Some(v1::get_comment_request::By::CommentId(quoted.comment_id.clone()));
    let stored = comments.get(v1::GetCommentRequest { by }).await.expect("it is there").into_inner();
    let subject = stored.comment.expect("it is there").subject;
    comments.erase(v1::EraseSubjectRequest { subject }).await.expect("it is erased");
    for pain_point in list_all(&client).await {
        assert!(pain_point.quotes.iter().all(|quote| quote.comment_id != quoted.comment_id));
        let mentions = mentions_of(&client, &pain_point.pain_point_id).await;
        assert!(mentions.iter().all(|mention| mention.comment_id != quoted.comment_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_is_idempotent_and_wrong_requests_are_refused() {
    let server = TestServer::start().await;
    import(&server, samples().into_iter().take(40).collect()).await;
    let client = client(&server);
    let request = DiscoverRequest { request_id: "once".to_owned(), ..DiscoverRequest::default() };
    let first = discover(&client, request.clone()).await.expect("it starts");
    let again = client.clone().discover(request).await.expect("it is the same").into_inner();
    assert_eq!(first, again);
    let cancelled = client.clone().cancel_discovery(by_id(&first.discovery_id)).await.expect("it has ended");
    assert_eq!(cancelled.into_inner().state(), DiscoveryState::Done);

    let refused = |request: DiscoverRequest| async { discover(&client, request).await.expect_err("it is refused") };
    let unknown = refused(DiscoverRequest { journey: "nowhere".to_owned(), ..Default::default() }).await;
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::InvalidArgument, "JOURNEY_UNKNOWN"));
    let filter = CommentFilter { journeys: vec!["generic".to_owned()], ..CommentFilter::default() };
    let doubled = refused(DiscoverRequest { filter: Some(filter), ..Default::default() }).await;
    assert_eq!(reason(&doubled), "FILTER_INVALID");
    let long = refused(DiscoverRequest { request_id: "x".repeat(129), ..Default::default() }).await;
    assert_eq!(reason(&long), "FIELD_TOO_LONG");
    let nothing = client.clone().get_discovery(by_id("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(reason(&nothing.expect_err("there is none")), "DISCOVERY_NOT_FOUND");
    let garbage = client.clone().get_discovery(by_id("x")).await.expect_err("it is no id");
    assert_eq!(reason(&garbage), "ID_INVALID");
    let missing = v1::GetPainPointRequest { pain_point_id: "00000000-0000-0000-0000-000000000000".to_owned() };
    assert_eq!(reason(&client.clone().get(missing).await.expect_err("there is none")), "PAIN_POINT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn small_and_odd_inputs_have_sensible_answers() {
    let server = TestServer::start().await;
    let client = client(&server);
    let nothing = discover_all(&client).await;
    assert_eq!((nothing.mentions_total, nothing.pain_points), (0, 0));

    let late = "Der Bus kam schon wieder viel zu spät.";
    import(&server, vec![comment(late)]).await;
    assert_eq!(discover(&client, of_everything()).await.expect("it starts").pain_points, 0, "one is none");

    let copy = |number: usize| Comment { external_id: format!("copy-{number}"), ..comment(late) };
    import(&server, (0..6).map(copy).collect()).await;
    let copies = discover(&client, of_everything()).await.expect("it starts");
    assert_eq!((copies.pain_points, copies.copies), (1, 6), "{copies:?}");
    let pain_point = list_all(&client).await.remove(0);
    assert_eq!(pain_point.quotes[0].copies, 7, "{pain_point:?}");
    assert_eq!(pain_point.quotes.len(), 1, "the same words once");

    let others = ["Der Aufzug ist kaputt.", "The lift is broken again.", "L'ascenseur est en panne.", "電梯壞了。"];
    import(&server, others.map(comment).to_vec()).await;
    let few = discover(&client, of_everything()).await.expect("it starts");
    assert_eq!(few.state(), DiscoveryState::Done, "{few:?}");
    assert!(few.pain_points >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_is_made_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(folder.path(), &["--samples"]);
    let client = PainPointServiceClient::new(connect(&process.address).await);
    let request = DiscoverRequest { request_id: "crash".to_owned(), ..DiscoverRequest::default() };
    let started = client.clone().discover(request.clone()).await.expect("it starts").into_inner();
    let mut states =
        client.clone().watch_discovery(by_id(&started.discovery_id)).await.expect("it is watched").into_inner();
    while let Some(state) = states.message().await.expect("it goes on") {
        if state.step() == v1::DiscoveryStep::Clustering {
            break;
        }
    }
    drop(states);
    process.kill();

    let process = Process::serve(folder.path(), &[]);
    let client = PainPointServiceClient::new(connect(&process.address).await);
    let ended = watch_to_end(&client, &started.discovery_id).await;
    assert_eq!((ended.state(), ended.resumed), (DiscoveryState::Done, 1), "{ended:?}");
    assert!(ended.pain_points > 0);
    assert_eq!(list_all(&client).await.len(), ended.pain_points as usize);
    let before = members(&client).await;
    process.kill();

    let process = Process::serve(folder.path(), &[]);
    let client = PainPointServiceClient::new(connect(&process.address).await);
    assert_eq!(members(&client).await, before, "pain points are there after another start");
    let again = discover_all(&client).await;
    assert_eq!((again.born, again.ended), (0, 0), "{again:?}");
}

/// Figures for a report, not a promise: `KLARTEXT_TEST_MENTIONS=100000 cargo test --release --test painpoints -- --ignored
/// --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn figures_of_a_large_discovery() {
    let wanted = std::env::var("KLARTEXT_TEST_MENTIONS").ok().and_then(|count| count.parse().ok());
    let wanted: usize = wanted.unwrap_or(20_000);
    let folder = folder_of_variations(wanted).await;
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let server = TestServer::start_on(Arc::new(store), folder, support::patient_limits()).await;
    println!("{wanted} mentions stored; anonymous memory {} MB", anonymous_megabytes());
    let start = Instant::now();
    let client = client(&server);
    let started = client.clone().discover(DiscoverRequest::default()).await.expect("it starts").into_inner();
    let mut states =
        client.clone().watch_discovery(by_id(&started.discovery_id)).await.expect("it is watched").into_inner();
    let mut step = None;
    let mut highest = 0;
    while let Some(state) = states.message().await.expect("it goes on") {
        highest = highest.max(anonymous_megabytes());
        if step != Some(state.step()) || state.state() != DiscoveryState::Running {
            step = Some(state.step());
            println!("{:6.1} s {:?} {:?}", start.elapsed().as_secs_f64(), state.state(), state.step());
        }
        if state.state() == DiscoveryState::Done {
            println!("{} pain points, {} weak members", state.pain_points, state.weak_members);
        }
    }
    println!("anonymous memory {highest} MB at the most that was seen");
    let assigner = server.pipeline.assigners().of("public-transport").expect("there is one");
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Mentions, &Filter::default(), None, 1_000, true)
        .await
        .expect("they are read");
    let vectors: Vec<Vec<f32>> = points.into_iter().filter_map(|point| point.vector).collect();
    let start = Instant::now();
    let placed = vectors.iter().filter_map(|vector| assigner.place(vector)).count();
    let micros = start.elapsed().as_micros() / placed as u128;
    println!("{micros} µs to place a mention among {} leaves", assigner.model.hierarchy.leaves());
}

fn anonymous_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("it says so");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_024
}

/// A folder with that many negative mentions, or a few more: variations of the samples' vectors.
async fn folder_of_variations(wanted: usize) -> TempDir {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Comments, &Filter::default(), None, 1_000, true)
        .await
        .expect("they are read");
    let originals = analysed_comments(server.store.as_ref(), points).await.expect("they are read");
    server.stop().await;

    let folder = tempfile::tempdir().expect("a folder");
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let mut random = 1u64;
    let mut mentions = 0;
    let mut changes = Vec::new();
    for (number, (original, stored_at)) in originals.iter().cycle().enumerate() {
        let mut copy: AnalysedComment = original.clone();
        copy.comment.external_id = format!("variation-{number}");
        copy.id = comment_id(&copy.comment.source, &copy.comment.external_id);
        for sentiment in copy.insight.mentions.iter_mut().filter_map(|mention| mention.sentiment.as_mut()) {
            sentiment.polarity = klartext_server::insights::Polarity::Negative;
        }
        for value in copy.mention_vectors.iter_mut().flatten() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *value += ((random >> 33) as f32 / f32::from(u16::MAX) / 32_768.0 - 0.5) * 0.04;
        }
        mentions += copy.mention_vectors.len();
        changes.extend(writes(&copy, None, *stored_at).expect("it can be written"));
        if changes.len() > 400 || mentions >= wanted {
            store.write(std::mem::take(&mut changes)).await.expect("they are written");
        }
        if mentions >= wanted {
            break;
        }
    }
    store.close().await.expect("it closes");
    folder
}
