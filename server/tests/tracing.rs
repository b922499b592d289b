//! Traces as a collector gets them from the real service.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{AnalyzeRequest, AnalyzeStreamRequest, Comment, GetCommentRequest, get_comment_request};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use support::{Process, comment, connect};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// The caller's trace, as its W3C header has it.
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const STREAM_TRACE_ID: &str = "a3ce929d0e0e47364bf92f3577b34da6";
const CALLER_SPAN: &str = "00f067aa0ba902b7";

/// An OpenTelemetry collector that hands over what it gets.
struct Collector {
    exports: mpsc::UnboundedSender<ExportTraceServiceRequest>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.exports.send(request.into_inner()).map_err(|_| Status::unavailable("the test is over"))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn start_collector() -> (String, mpsc::UnboundedReceiver<ExportTraceServiceRequest>) {
    let (exports, received) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let service = TraceServiceServer::new(Collector { exports });
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (endpoint, received)
}

fn traced<T>(message: T, traceparent: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("traceparent", traceparent.parse().expect("it is ASCII"));
    request
}

fn analyze(comments: Vec<Comment>) -> AnalyzeRequest {
    AnalyzeRequest { comments, store: true, analyses: Vec::new() }
}

/// A service that sends its traces to `endpoint`.
async fn serve(data: &tempfile::TempDir, endpoint: &str, ratio: &str) -> Process {
    let endpoint = format!("tracing.otlp_endpoint={endpoint}");
    let ratio = format!("tracing.sample_ratio={ratio}");
    let folder = data.path().to_owned();
    let start = move || Process::serve(&folder, &["--set", &endpoint, "--set", &ratio]);
    tokio::task::spawn_blocking(start).await.expect("it starts")
}

async fn terminate(process: Process) -> Option<i32> {
    tokio::task::spawn_blocking(|| process.terminate()).await.expect("it stops")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref())
}

/// All spans that arrive until the service is gone.
async fn all_spans(mut received: mpsc::UnboundedReceiver<ExportTraceServiceRequest>) -> (Vec<Span>, String) {
    let mut spans = Vec::new();
    let mut everything = String::new();
    while let Ok(export) = received.try_recv() {
        everything.push_str(&format!("{export:?}"));
        for resource in export.resource_spans {
            let about = resource.resource.expect("it says who it is").attributes;
            let name = Some(&Value::StringValue("klartext".to_owned()));
            assert_eq!(attribute(&about, "service.name"), name);
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (spans, everything)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_trace_with_its_stages_and_no_text() {
    let (endpoint, received) = start_collector().await;
    let data = tempfile::tempdir().expect("a folder");
    let process = serve(&data, &endpoint, "1").await;
    let channel = connect(&process.address).await;
    let mut analysis = AnalysisServiceClient::new(channel.clone());
    let mut comments = CommentServiceClient::new(channel);

    let secret = Comment {
        external_id: "kennung-8812".to_owned(),
        subject: "kundin-3391".to_owned(),
        ..comment("Am Marderplatz fiel die Straßenbahn dreimal aus")
    };
    let traceparent = format!("00-{TRACE_ID}-{CALLER_SPAN}-01");
    analysis.analyze(traced(analyze(vec![secret]), &traceparent)).await.expect("it is analysed");
    let streamed = AnalyzeStreamRequest { message: Some(Message::Comment(comment("Im Marderbus roch es streng"))) };
    let traceparent = format!("00-{STREAM_TRACE_ID}-{CALLER_SPAN}-01");
    let answers = analysis.analyze_stream(traced(futures::stream::iter([streamed]), &traceparent)).await;
    assert_eq!(answers.expect("it is let in").into_inner().count().await, 1);
    let missing = GetCommentRequest {
        by: Some(get_comment_request::By::CommentId("00000000-0000-0000-0000-000000000000".to_owned())),
    };
    let status = comments.get(missing).await.expect_err("it is not there");
    assert_eq!(status.code(), tonic::Code::NotFound);
    // Stopping sends what is left.
    assert_eq!(terminate(process).await, Some(0));

    let (spans, everything) = all_spans(received).await;
    let by_id: HashMap<&[u8], &Span> = spans.iter().map(|span| (span.span_id.as_slice(), span)).collect();
    let call = spans.iter().find(|span| span.name.ends_with("AnalysisService/Analyze")).expect("there is a span");
    assert_eq!(hex(&call.trace_id), TRACE_ID);
    assert_eq!(hex(&call.parent_span_id), CALLER_SPAN);
    assert_eq!(attribute(&call.attributes, "rpc.grpc.status_code"), Some(&Value::IntValue(0)));
    let service = Value::StringValue("klartext.v1.AnalysisService".to_owned());
    assert_eq!(attribute(&call.attributes, "rpc.service"), Some(&service));

    let roots: Vec<&str> =
        spans.iter().filter(|span| span.parent_span_id.is_empty()).map(|span| span.name.as_str()).collect();
    assert_eq!(roots, ["klartext.v1.CommentService/Get"], "only a call begins a trace");

    let parent_of = |span: &Span| by_id.get(span.parent_span_id.as_slice()).map(|parent| parent.name.as_str());
    for stage in ["intake", "encode", "label", "store"] {
        let span = spans.iter().find(|span| span.name == stage && hex(&span.trace_id) == TRACE_ID);
        let span = span.unwrap_or_else(|| panic!("{stage} has a span"));
        assert_eq!(parent_of(span), Some(call.name.as_str()), "{stage}");
        assert!(span.start_time_unix_nano >= call.start_time_unix_nano, "{stage}");
    }
    let of_stream = |name: &str| {
        let found = spans.iter().find(|span| span.name.ends_with(name) && hex(&span.trace_id) == STREAM_TRACE_ID);
        found.unwrap_or_else(|| panic!("{name} has a span"))
    };
    assert_eq!(of_stream("encode").parent_span_id, of_stream("AnalysisService/AnalyzeStream").span_id);
    let write = spans.iter().find(|span| span.name == "write" && hex(&span.trace_id) == TRACE_ID);
    let write = write.expect("the store was written");
    assert_eq!(parent_of(write), Some("store"));
    assert_eq!(attribute(&write.attributes, "store.outcome"), Some(&Value::StringValue("ok".to_owned())));

    let get = spans.iter().find(|span| span.name.ends_with("CommentService/Get")).expect("there is a span");
    assert!(get.parent_span_id.is_empty() && hex(&get.trace_id) != TRACE_ID);
    assert_eq!(attribute(&get.attributes, "rpc.grpc.status_code"), Some(&Value::IntValue(5)));
    // A comment that is not there is no fault of the server's.
    assert!(get.status.as_ref().is_none_or(|status| status.code() != StatusCode::Error));
    for secret in ["Marder", "Straßenbahn", "roch", "kennung-8812", "kundin-3391"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_decides_whether_its_call_is_traced() {
    let (endpoint, received) = start_collector().await;
    let data = tempfile::tempdir().expect("a folder");
    let process = serve(&data, &endpoint, "0").await;
    let mut analysis = AnalysisServiceClient::new(connect(&process.address).await);
    let untraced = "00-11111111111111111111111111111111-2222222222222222-00";
    let traceparent = format!("00-{TRACE_ID}-{CALLER_SPAN}-01");
    analysis.analyze(analyze(vec![comment("Der Schaffner half sofort")])).await.expect("it is analysed");
    analysis.analyze(traced(analyze(vec![comment("Die Heizung lief nicht")]), untraced)).await.expect("likewise");
    analysis.analyze(traced(analyze(vec![comment("Alles sauber")]), &traceparent)).await.expect("likewise");
    assert_eq!(terminate(process).await, Some(0));
    let (spans, _) = all_spans(received).await;
    assert!(!spans.is_empty() && spans.iter().all(|span| hex(&span.trace_id) == TRACE_ID), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_does_not_matter() {
    let data = tempfile::tempdir().expect("a folder");
    // Port 9 is nobody's; connecting to it is refused.
    let process = serve(&data, "http://127.0.0.1:9", "1").await;
    let mut analysis = AnalysisServiceClient::new(connect(&process.address).await);
    for number in 0..20 {
        let text = format!("Der Automat nahm meinen Schein zum {number}. Mal nicht an");
        let call = analysis.analyze(analyze(vec![comment(&text)]));
        let answer = tokio::time::timeout(Duration::from_secs(60), call).await.expect("it does not hang");
        assert_eq!(answer.expect("it is analysed").into_inner().results.len(), 1);
    }
    assert_eq!(terminate(process).await, Some(0));
}
