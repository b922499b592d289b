//! AnalyzeStream as a back end calls it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::system_service_client::SystemServiceClient;
use klartext_proto::v1::{
    Analysis, AnalyzeRequest, AnalyzeStreamRequest, AnalyzeStreamResponse, Comment, ErrorReason, ExternalId,
    GetCommentRequest, InfoRequest, ResultOrder, StreamOptions, analyze_result, get_comment_request,
};
use support::{Process, TestServer, comment, connect, insight, item_error, patient_limits};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

/// So that what would wait for ever fails; nothing comes near it.
const HANGS_AFTER: Duration = Duration::from_secs(300);

fn options(store: bool, order: ResultOrder) -> AnalyzeStreamRequest {
    message(Message::Options(StreamOptions { store, analyses: Vec::new(), order: order.into() }))
}

fn message(message: Message) -> AnalyzeStreamRequest {
    AnalyzeStreamRequest { message: Some(message) }
}

fn send(comment: Comment) -> AnalyzeStreamRequest {
    message(Message::Comment(comment))
}

/// Two mentions each, different texts.
fn numbered(number: usize) -> Comment {
    let text = format!("Der Bus {number} war pünktlich. Die Klimaanlage in Bus {number} ging leider nicht.");
    Comment { external_id: number.to_string(), ..comment(&text) }
}

async fn open(
    client: &AnalysisServiceClient<Channel>,
    requests: impl Stream<Item = AnalyzeStreamRequest> + Send + 'static,
) -> Streaming<AnalyzeStreamResponse> {
    client.clone().analyze_stream(requests).await.expect("the stream opens").into_inner()
}

/// All results, and how the stream ended.
async fn read_all(answers: Streaming<AnalyzeStreamResponse>) -> (Vec<AnalyzeStreamResponse>, Result<(), Status>) {
    let reading = read_until_end(answers);
    tokio::time::timeout(HANGS_AFTER, reading).await.expect("the stream ends")
}

async fn read_until_end(
    mut answers: Streaming<AnalyzeStreamResponse>,
) -> (Vec<AnalyzeStreamResponse>, Result<(), Status>) {
    let mut results = Vec::new();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => results.push(answer),
            Ok(None) => return (results, Ok(())),
            Err(status) => return (results, Err(status)),
        }
    }
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn sequences(results: &[AnalyzeStreamResponse]) -> Vec<u64> {
    results.iter().map(|result| result.sequence).collect()
}

/// Wait for something that the service does by itself.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn results_come_in_order_with_bad_comments_as_errors_in_their_place() {
    let server = TestServer::start().await;
    let unknown_channel = Comment { channel: 99, ..numbered(3) };
    let requests = vec![
        send(numbered(0)),
        send(comment("   ")),
        send(comment(&"Viel zu lang. ".repeat(20_000))),
        send(unknown_channel),
        send(Comment { journey: "nowhere".to_owned(), ..numbered(4) }),
        AnalyzeStreamRequest { message: None },
        send(comment(&"Der Fahrer war unfreundlich und fuhr ruppig. ".repeat(200))),
        send(numbered(7)),
    ];
    let (results, end) = read_all(open(&server.analysis, stream::iter(requests)).await).await;
    end.expect("it ends well");
    assert_eq!(sequences(&results), (0..8).collect::<Vec<_>>());
    let outcomes: Vec<_> = results.into_iter().map(|answer| answer.result.expect("it is there")).collect();
    assert_eq!(outcomes[7].external_id, "7");
    let expected = [
        (1, ErrorReason::TextEmpty),
        (2, ErrorReason::TextTooLong),
        (3, ErrorReason::EnumUnknown),
        (4, ErrorReason::JourneyUnknown),
        (5, ErrorReason::FieldMissing),
    ];
    for (place, reason) in expected {
        assert_eq!(item_error(outcomes[place].clone()).reason(), reason);
    }
    for place in [0, 6, 7] {
        assert!(insight(outcomes[place].clone()).mentions.len() >= 2);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_the_same_as_a_call() {
    let server = TestServer::start().await;
    let comments: Vec<Comment> = (0..40).map(numbered).collect();
    let called = server.analyze(comments.clone(), false).await;
    let requests = comments.into_iter().map(send).collect::<Vec<_>>();
    let (results, end) = read_all(open(&server.analysis, stream::iter(requests)).await).await;
    end.expect("it ends well");
    for (streamed, called) in results.into_iter().zip(called) {
        let (streamed, called) = (insight(streamed.result.expect("it is there")), insight(called));
        assert_eq!(streamed.comment_id, called.comment_id);
        let labels = |insight: &klartext_proto::v1::Insight| -> Vec<_> {
            let mentions = insight.mentions.iter();
            mentions.map(|mention| (mention.text.clone(), mention.sentiment.map(|label| label.polarity))).collect()
        };
        assert_eq!(labels(&streamed), labels(&called));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_ready_a_long_comment_holds_up_nobody() {
    let server = TestServer::start().await;
    let long = comment(&"Die Anzeige am Bahnsteig war kaputt. ".repeat(500));
    let requests = [options(false, ResultOrder::AsReady), send(long)];
    let requests = stream::iter(requests.into_iter().chain((1..=60).map(|number| send(numbered(number)))));
    let (results, end) = read_all(open(&server.analysis, requests).await).await;
    end.expect("it ends well");
    let sequences = sequences(&results);
    assert_eq!(sequences.iter().copied().collect::<BTreeSet<_>>(), (0..=60).collect::<BTreeSet<_>>());
    assert_ne!(sequences[0], 0, "the long one came first");
    for answer in results.into_iter().filter(|answer| answer.sequence > 0) {
        let sequence = answer.sequence;
        assert_eq!(answer.result.expect("it is there").external_id, sequence.to_string());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_comments_go_through_one_stream() {
    const COMMENTS: usize = 2_000;
    let server = TestServer::start().await;
    let requests = stream::iter((0..COMMENTS).map(|number| send(comment(&format!("Zug {number} voll")))));
    let (results, end) = read_all(open(&server.analysis, requests).await).await;
    end.expect("it ends well");
    assert_eq!(sequences(&results), (0..COMMENTS as u64).collect::<Vec<_>>());
    assert!(results.into_iter().all(|answer| !insight(answer.result.expect("it is there")).mentions.is_empty()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_comment_at_a_time_is_answered_before_the_next_is_sent() {
    let server = TestServer::start().await;
    let (sender, requests) = mpsc::channel(1);
    let mut answers = open(&server.analysis, ReceiverStream::new(requests)).await;
    for number in 0..5 {
        sender.send(send(numbered(number))).await.expect("the stream is open");
        let answer = answers.message().await.expect("it goes on").expect("it goes on");
        assert_eq!(answer.sequence, number as u64);
    }
    drop(sender);
    assert!(answers.message().await.expect("it ends well").is_none());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_are_slow_or_gone_cost_nobody_else_anything() {
    // So little room that one stream could fill it.
    let limits = klartext_server::ops::config::LimitsConfig {
        max_in_flight_comments: 16,
        max_comments_per_call: 16,
        ..patient_limits()
    };
    let server = TestServer::start_with(limits).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let without_end = move || {
        let count = count.clone();
        let filler = "Der Bus war wieder überfüllt und laut. ".repeat(10);
        stream::iter(0..).map(move |_: usize| {
            count.fetch_add(1, Ordering::Relaxed);
            send(comment(&filler))
        })
    };
    // Little is on its way unread.
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).expect("an address");
    let narrow = endpoint.initial_stream_window_size(65_535).connect().await.expect("it connects");
    // Several of them: while some have the room, the others wait for it, asleep and unread.
    let mut never_read = Vec::new();
    for _ in 0..6 {
        never_read.push(open(&AnalysisServiceClient::new(narrow.clone()), without_end()).await);
    }
    let mut vanishing = open(&AnalysisServiceClient::new(narrow.clone()), without_end()).await;
    vanishing.message().await.expect("it works").expect("it works");
    drop(vanishing);

    for number in 0..3 {
        server.insight(numbered(number), false).await;
    }
    let requests = stream::iter((0..50).map(|number| send(numbered(number))).collect::<Vec<_>>());
    let (results, end) = read_all(open(&server.analysis, requests).await).await;
    end.expect("it ends well");
    assert_eq!(results.len(), 50);
    // Results that nobody reads hold no room, and nothing more is read than fits between client and service.
    until("the room is free", || server.pipeline.in_flight() == 0).await;
    // Nor do they hold up other calls on the same connection.
    let request = AnalyzeRequest { comments: vec![numbered(4)], ..AnalyzeRequest::default() };
    AnalysisServiceClient::new(narrow).analyze(request).await.expect("it is answered");
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 120_000, "{sent} were sent and not read");
    drop(never_read);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_come_first_and_are_checked() {
    let server = TestServer::start().await;
    let late = vec![send(numbered(0)), send(numbered(1)), options(false, ResultOrder::AsSent), send(numbered(2))];
    let (results, end) = read_all(open(&server.analysis, stream::iter(late)).await).await;
    assert_eq!(sequences(&results), [0, 1], "what was sent before is answered");
    let status = end.expect_err("options came late");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "OPTIONS_NOT_FIRST"));

    let bad = [
        (StreamOptions { analyses: vec![77], ..StreamOptions::default() }, "ENUM_UNKNOWN"),
        (StreamOptions { order: 9, ..StreamOptions::default() }, "ENUM_UNKNOWN"),
        (
            StreamOptions { store: true, analyses: vec![Analysis::Topics.into()], ..StreamOptions::default() },
            "SELECTION_NOT_STORABLE",
        ),
    ];
    for (options, expected) in bad {
        let requests = vec![message(Message::Options(options)), send(numbered(0))];
        let (results, end) = read_all(open(&server.analysis, stream::iter(requests)).await).await;
        let status = end.expect_err(expected);
        assert!(results.is_empty());
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, expected));
    }
    let (results, end) = read_all(open(&server.analysis, stream::empty()).await).await;
    assert!(results.is_empty() && end.is_ok(), "an empty stream is none of the errors");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_versions_of_a_comment_in_one_stream_the_later_is_stored() {
    let server = TestServer::start().await;
    let version = |number: usize, text: &str| Comment { external_id: (number / 2).to_string(), ..comment(text) };
    let long = "Der erste Stand dieses Textes ist lang. ".repeat(150);
    let versions = (0..12).map(|number| version(number, if number % 2 == 0 { &long } else { "Der letzte Stand." }));
    let requests = [options(true, ResultOrder::AsReady)].into_iter().chain(versions.map(send)).collect::<Vec<_>>();
    let (results, end) = read_all(open(&server.analysis, stream::iter(requests)).await).await;
    end.expect("it ends well");
    assert_eq!(results.len(), 12);
    for number in 0..6 {
        let external = ExternalId { source: "test".to_owned(), external_id: number.to_string() };
        let request = GetCommentRequest { by: Some(get_comment_request::By::External(external)) };
        let stored = server.comments.clone().get(request).await.expect("it is stored").into_inner();
        assert_eq!(stored.comment.expect("it is there").text, "Der letzte Stand.");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_ends_the_stream_and_nothing_is_acknowledged() {
    let server = TestServer::start().await;
    server.store.close().await.expect("it closes");
    let requests: Vec<_> =
        [options(true, ResultOrder::AsSent)].into_iter().chain((0..100).map(|number| send(numbered(number)))).collect();
    let (results, end) = read_all(open(&server.analysis, stream::iter(requests)).await).await;
    let status = end.expect_err("the store is away");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "STORE_UNAVAILABLE"));
    assert!(results.is_empty(), "{} were acknowledged", results.len());
    // Without storing, it goes on.
    server.insight(numbered(0), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_shutdown_what_was_read_is_answered_and_the_stream_ends() {
    let server = TestServer::start().await;
    let requests = stream::iter(0..).map(|number: usize| send(numbered(number)));
    let mut answers = open(&server.analysis, requests).await;
    for _ in 0..10 {
        answers.message().await.expect("it works").expect("it goes on");
    }
    let stopping = tokio::spawn(server.stop());
    let (results, end) = read_all(answers).await;
    let status = end.expect_err("the service stops");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert_eq!(sequences(&results), (10..10 + results.len() as u64).collect::<Vec<_>>(), "none is left out");
    stopping.await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_streams_do_not_use_up_the_drain_time() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(folder.path(), &["--set", "shutdown.drain=10h"]);
    let channel = connect(&process.address).await;
    let (sender, requests) = mpsc::channel(1);
    let mut idle = open(&AnalysisServiceClient::new(channel.clone()), ReceiverStream::new(requests)).await;
    sender.send(send(numbered(0))).await.expect("the stream is open");
    idle.message().await.expect("it works").expect("it is answered");
    let never_used = open(&AnalysisServiceClient::new(channel.clone()), stream::pending()).await;
    let mut health =
        HealthClient::new(channel).watch(HealthCheckRequest::default()).await.expect("it opens").into_inner();
    health.message().await.expect("it works").expect("the present state comes first");

    let stopped = tokio::task::spawn_blocking(move || process.terminate());
    for answers in [idle, never_used] {
        let (results, end) = read_all(answers).await;
        assert!(results.is_empty());
        assert_eq!(reason(&end.expect_err("the service stops")), "SHUTTING_DOWN");
    }
    assert_eq!(stopped.await.expect("it ends"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stream_acknowledged_survives_kill_minus_nine_once() {
    const KILL_AFTER: [usize; 3] = [1, 40, 90];
    const COMMENTS: usize = 300;
    let folder = tempfile::tempdir().expect("a folder");
    let all = || {
        let requests = (0..COMMENTS).map(|number| send(numbered(number)));
        stream::iter([options(true, ResultOrder::AsReady)].into_iter().chain(requests).collect::<Vec<_>>())
    };
    let mut acknowledged: BTreeMap<u64, usize> = BTreeMap::new();
    for kill_after in KILL_AFTER {
        let process = Process::serve(folder.path(), &[]);
        let mut answers = open(&AnalysisServiceClient::new(connect(&process.address).await), all()).await;
        for _ in 0..kill_after {
            let answer = answers.message().await.expect("it works").expect("it goes on");
            acknowledged.insert(answer.sequence, insight(answer.result.expect("it is there")).mentions.len());
        }
        process.kill();
        // What had come before the end counts too.
        while let Ok(Some(answer)) = answers.message().await {
            acknowledged.insert(answer.sequence, insight(answer.result.expect("it is there")).mentions.len());
        }
    }
    assert!(acknowledged.len() < COMMENTS, "the kills came too late");

    let process = Process::serve(folder.path(), &[]);
    let channel = connect(&process.address).await;
    let mut comments = CommentServiceClient::new(channel.clone());
    for (sequence, mentions) in acknowledged {
        let external = ExternalId { source: "test".to_owned(), external_id: sequence.to_string() };
        let request = GetCommentRequest { by: Some(get_comment_request::By::External(external)) };
        let stored = comments.get(request).await.unwrap_or_else(|status| panic!("{sequence}: {status}"));
        assert_eq!(stored.into_inner().insight.expect("it is there").mentions.len(), mentions, "{sequence}");
    }
    let (results, end) = read_all(open(&AnalysisServiceClient::new(channel.clone()), all()).await).await;
    end.expect("it ends well");
    assert_eq!(results.len(), COMMENTS);
    let is_insight = |answer: &AnalyzeStreamResponse| {
        let outcome = answer.result.as_ref().and_then(|result| result.outcome.as_ref());
        matches!(outcome, Some(analyze_result::Outcome::Insight(_)))
    };
    assert!(results.iter().all(is_insight));
    let info = SystemServiceClient::new(channel).info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!((info.comments, info.mentions), (COMMENTS as u64, 2 * COMMENTS as u64));
    assert_eq!(process.terminate(), Some(0));
}
