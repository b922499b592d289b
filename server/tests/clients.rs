//! The example clients of docs/clients, run as a reader would run them, against the real binary.
//!
//! Between them and it stands a service that is full at first, so that they show what they do then.

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analysis_service_server::{AnalysisService, AnalysisServiceServer};
use klartext_proto::v1::{AnalyzeRequest, AnalyzeResponse, AnalyzeStreamRequest, AnalyzeStreamResponse};
use klartext_server::error::Error;
use support::{Process, connect};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http;
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};

/// Refuses the first call as a full service does, and passes all others on.
struct FullAtFirst {
    service: AnalysisServiceClient<Channel>,
    has_refused: AtomicBool,
}

#[tonic::async_trait]
impl AnalysisService for FullAtFirst {
    async fn analyze(&self, request: Request<AnalyzeRequest>) -> Result<Response<AnalyzeResponse>, Status> {
        if !self.has_refused.swap(true, Ordering::Relaxed) {
            return Err(Error::Overloaded { in_flight: 5, limit: 5, retry_after: Duration::from_millis(250) }.into());
        }
        self.service.clone().analyze(request.into_inner()).await
    }

    type AnalyzeStreamStream = BoxStream<'static, Result<AnalyzeStreamResponse, Status>>;

    async fn analyze_stream(
        &self,
        request: Request<Streaming<AnalyzeStreamRequest>>,
    ) -> Result<Response<Self::AnalyzeStreamStream>, Status> {
        let requests = request.into_inner().filter_map(|request| std::future::ready(request.ok()));
        let answers = self.service.clone().analyze_stream(requests).await?.into_inner();
        Ok(Response::new(answers.boxed()))
    }
}

/// Passes every call of other services on as it is.
#[derive(Clone)]
struct Comments {
    channel: Channel,
}

impl tonic::server::NamedService for Comments {
    const NAME: &'static str = "klartext.v1.CommentService";
}

impl Service<http::Request<Body>> for Comments {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = tonic::codegen::BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut channel = self.channel.clone();
        Box::pin(async move {
            let ready = std::future::poll_fn(|context| channel.poll_ready(context)).await;
            let answer = match ready {
                Ok(()) => channel.call(request).await,
                Err(error) => Err(error),
            };
            Ok(answer.unwrap_or_else(|error| Status::unavailable(error.to_string()).into_http()))
        })
    }
}

/// Where the examples call.
async fn start_full_at_first(service: &str) -> String {
    let channel = connect(service).await;
    let analysis = FullAtFirst { service: AnalysisServiceClient::new(channel.clone()), has_refused: false.into() };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let server = tonic::transport::Server::builder()
        .add_service(AnalysisServiceServer::from_arc(Arc::new(analysis)))
        .add_service(Comments { channel });
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// What `scripts/client_example.py` prints for a client.
fn run_example(client: &str, address: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/client_example.py");
    let output = Command::new("python3").arg(script).args([client, address]).output().expect("python3 is installed");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the {client} example failed ({}):\n{told}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn the_example_works(client: &'static str) {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().to_owned();
    let process = tokio::task::spawn_blocking(move || Process::serve(&folder, &[])).await.expect("it starts");
    let address = start_full_at_first(&process.address).await;
    let printed = tokio::task::spawn_blocking(move || run_example(client, &address)).await.expect("it ends");
    let parts: Vec<&str> = printed.split("the same as a stream").collect();
    assert_eq!(parts.len(), 2, "{printed}");
    let (called, rest) = (parts[0], parts[1]);
    let parts: Vec<&str> = rest.split("negative mentions").collect();
    assert_eq!(parts.len(), 2, "{printed}");
    let (streamed, listed) = (parts[0], parts[1]);

    for said in ["full, trying again in 0.25 s", "4711: STORE_OUTCOME_CREATED", "4712: STORE_OUTCOME_CREATED"] {
        assert!(called.contains(said), "{said}: {printed}");
    }
    assert!(called.contains("positive") || called.contains("neutral"), "{printed}");
    assert!(
        called.lines().any(|line| line.contains("negative") && line.contains("zwanzig Minuten zu spät")),
        "{printed}"
    );
    for part in [called, streamed] {
        assert!(part.contains("4713: refused, ERROR_REASON_TEXT_EMPTY"), "{printed}");
    }
    for said in
        ["comment 0", "comment 1", "comment 2", "4711: STORE_OUTCOME_UNCHANGED", "4712: STORE_OUTCOME_UNCHANGED"]
    {
        assert!(streamed.contains(said), "{said}: {printed}");
    }
    // One comment a page: the second page was asked for too.
    assert!(listed.contains("4712: Die App stürzt"), "{printed}");
    assert!(listed.contains("4711: ") && listed.contains("zwanzig Minuten zu spät"), "{printed}");
    assert!(!listed.contains("freundlich"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_works() {
    the_example_works("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_example_works() {
    the_example_works("typescript").await;
}
