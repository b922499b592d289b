//! Too much work, work that nobody waits for, and messages that are too large.

mod support;

use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::{AnalyzeRequest, AnalyzeResponse, AnalyzeStreamRequest, Comment, InfoRequest, analyze_result};
use klartext_server::ops::config::LimitsConfig;
use support::{TestServer, comment, connect, patient_limits};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// These tests look at the queue in front of the model, which all of them share: one after the other.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

fn request(comments: Vec<Comment>) -> AnalyzeRequest {
    AnalyzeRequest { comments, store: false, analyses: Vec::new() }
}

/// Minutes of work.
fn giant() -> AnalyzeRequest {
    let text = "Der Zug kam zu spät und niemand wusste warum. ".repeat(400);
    request(vec![comment(&text); 100])
}

type Call = JoinHandle<Result<tonic::Response<AnalyzeResponse>, Status>>;

fn call(client: &AnalysisServiceClient<Channel>, request: impl tonic::IntoRequest<AnalyzeRequest>) -> Call {
    let mut client = client.clone();
    let request = request.into_request();
    tokio::spawn(async move { client.analyze(request).await })
}

/// Wait for something that the service does by itself.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(300), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn waiting_calls(server: &TestServer) -> usize {
    server.pipeline.engine().encoder.load().calls
}

/// And nothing more is computed than the run that is going on.
async fn nothing_is_left(server: &TestServer) {
    let load = || server.pipeline.engine().encoder.load();
    let is_left = || load().calls > 0 || server.pipeline.in_flight() > 0;
    until("nothing is left", || !is_left()).await;
    assert_eq!((load().call_tokens, load().waiting_tokens), (0, 0));
    until("the model rests", || load().running_tokens == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_over_the_time_budget_are_refused_with_a_hint_while_a_stream_completes() {
    let _alone = alone().await;
    let limits = LimitsConfig { max_queue_wait: Duration::ZERO, max_in_flight_comments: 64, ..patient_limits() };
    let server = TestServer::start_with(LimitsConfig { max_comments_per_call: 64, ..limits }).await;
    let info = server.system.clone().info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!(info.limits.expect("they are there").max_queue_wait, Some(prost_types::Duration::default()));

    let comments = (0..300).map(|number| AnalyzeStreamRequest {
        message: Some(Message::Comment(comment(&format!("Bus {number} kam nicht, ich wartete eine Stunde.")))),
    });
    let requests = stream::iter(comments.collect::<Vec<_>>());
    let mut answers = server.analysis.clone().analyze_stream(requests).await.expect("it opens").into_inner();
    let streaming = tokio::spawn(async move {
        let mut insights = 0;
        while let Some(answer) = answers.message().await.expect("a stream is not refused") {
            let outcome = answer.result.and_then(|result| result.outcome);
            insights += usize::from(matches!(outcome, Some(analyze_result::Outcome::Insight(_))));
        }
        insights
    });
    // Each takes about as long as any other of them: at most two can be in.
    let mut refused = Vec::new();
    let mut answered = 0;
    while refused.len() < 10 || answered < 2 {
        let calls = (0..8).map(|_| call(&server.analysis, request(vec![comment("Der Aufzug ist kaputt."); 4])));
        for outcome in futures::future::join_all(calls).await {
            match outcome.expect("it does not panic") {
                Ok(_) => answered += 1,
                Err(status) => refused.push(status),
            }
        }
    }
    for status in refused {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("OVERLOADED"));
        let delay = details.retry_info().and_then(|info| info.retry_delay).expect("a hint");
        assert!(!delay.is_zero());
    }
    assert_eq!(streaming.await.expect("it does not panic"), 300);
    nothing_is_left(&server).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_call_does_not_wait_for_a_giant_one() {
    let _alone = alone().await;
    let server = TestServer::start_with(LimitsConfig::default()).await;
    let giant = call(&server.analysis, giant());
    until("the giant one is in", || waiting_calls(&server) == 1).await;
    for _ in 0..5 {
        let small = call(&server.analysis, request(vec![comment("Der Aufzug ist kaputt.")]));
        small.await.expect("it does not panic").expect("there is room for it");
    }
    assert!(!giant.is_finished(), "it was not giant");
    giant.abort();
    nothing_is_left(&server).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hung_up_or_missed_the_deadline_leaves_the_queue() {
    let _alone = alone().await;
    let server = TestServer::start().await;
    let first = call(&server.analysis, giant());
    until("the first is in", || waiting_calls(&server) == 1).await;

    let mut late = Request::new(giant());
    late.set_timeout(Duration::from_millis(500));
    let late = call(&server.analysis, late);
    let gone = call(&server.analysis, giant());
    until("both are in", || waiting_calls(&server) >= 2).await;
    let status = late.await.expect("it does not panic").expect_err("its deadline passed");
    assert!([Code::Cancelled, Code::DeadlineExceeded].contains(&status.code()), "{status}");
    gone.abort();
    until("only the first is left", || waiting_calls(&server) == 1 && server.pipeline.in_flight() == 100).await;
    assert!(!first.is_finished());

    first.abort();
    nothing_is_left(&server).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_a_clear_error() {
    let _alone = alone().await;
    let limits = LimitsConfig { max_message_bytes: 10_000, ..patient_limits() };
    let server = TestServer::start_with(limits).await;
    let large = comment(&"Der Bus war voll. ".repeat(1_000));
    let status = server.analysis.clone().analyze(request(vec![large.clone()])).await.expect_err("it is too large");
    assert_eq!(status.code(), Code::OutOfRange);
    assert!(status.message().contains("10000"), "{status}");

    let send = |comment| AnalyzeStreamRequest { message: Some(Message::Comment(comment)) };
    let requests = stream::iter([send(comment("Der Bus war voll.")), send(large)]);
    let mut answers = server.analysis.clone().analyze_stream(requests).await.expect("it opens").into_inner();
    answers.message().await.expect("it works").expect("the first is answered");
    let status = answers.message().await.expect_err("the second is too large");
    assert_eq!(status.code(), Code::OutOfRange);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_idle_streams_of_one_client_leave_room_for_others() {
    let _alone = alone().await;
    let server = TestServer::start().await;
    let greedy = AnalysisServiceClient::new(connect(&format!("http://{}", server.address)).await);
    let opening = stream::iter(0..3_000).map(|_| {
        let mut client = greedy.clone();
        async move { client.analyze_stream(stream::pending::<AnalyzeStreamRequest>()).await }
    });
    let mut opening = opening.buffer_unordered(3_000);
    let mut open = Vec::new();
    // The rest waits in the client until one of these ends.
    while open.len() < 100 {
        open.push(opening.next().await.expect("there are more").expect("it opens"));
    }
    server.insight(comment("Der Aufzug ist kaputt."), false).await;
    while let Some(Some(opened)) = opening.next().now_or_never() {
        open.push(opened.expect("it opens"));
    }
    assert!(open.len() < 3_000);
    drop((open, opening));
    server.stop().await;
}
