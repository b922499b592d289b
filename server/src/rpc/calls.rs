//! What is seen of every gRPC call, from its headers to the end of its answer: metrics, and a span with the caller's trace.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Instant;

use http_body::{Frame, SizeHint};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::codegen::{Body as HttpBody, BoxFuture, Bytes, Service, StdError};
use tonic::{Code, Status};
use tower_layer::Layer;
use tracing::{Instrument, Span, error_span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::ops::metrics::{CallLabels, CallMetrics};
use crate::ops::traces::CALL_SPAN;

/// Services that every gRPC server has; their calls are counted, but make no traces.
const STANDARD_METHODS: [(&str, &str); 3] = [
    ("grpc.health.v1.Health", "Check"),
    ("grpc.health.v1.Health", "Watch"),
    ("grpc.reflection.v1.ServerReflection", "ServerReflectionInfo"),
];

const OWN_SERVICES: &str = "klartext.";

/// What callers make up is no label.
const UNKNOWN: CallLabels = CallLabels { service: "unknown", method: "unknown" };

/// Klartext's own methods, by service.
static OWN_METHODS: LazyLock<Vec<(String, String)>> = LazyLock::new(klartext_proto::methods);

static LABELS: LazyLock<HashMap<String, CallLabels>> = LazyLock::new(|| {
    let own = OWN_METHODS.iter().map(|(service, method)| (service.as_str(), method.as_str()));
    own.chain(STANDARD_METHODS)
        .map(|(service, method)| (format!("/{service}/{method}"), CallLabels { service, method }))
        .collect()
});

/// Wraps all services of a server.
#[derive(Clone)]
pub struct CallLayer {
    pub metrics: CallMetrics,
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CallService { inner, metrics: self.metrics.clone() }
    }
}

#[derive(Clone)]
pub struct CallService<S> {
    inner: S,
    metrics: CallMetrics,
}

impl<S, B> Service<Request<Body>> for CallService<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let labels = LABELS.get(request.uri().path()).unwrap_or(&UNKNOWN);
        let span = call_span(labels, request.headers());
        let mut call = OpenCall::begin(self.metrics.clone(), labels, span.clone());
        let answer = span.in_scope(|| self.inner.call(request));
        let observed = async move {
            let response = answer.await?;
            // An error before the first message stands in the headers.
            call.code = Status::from_header_map(response.headers()).map(|status| status.code());
            Ok(response.map(|body| Body::new(CallBody { body, call })))
        };
        Box::pin(observed.instrument(span))
    }
}

/// Error level, so that log lines of any level show which call and which trace they belong to.
fn call_span(labels: &CallLabels, headers: &HeaderMap) -> Span {
    if !labels.service.starts_with(OWN_SERVICES) {
        return Span::none();
    }
    let span = error_span!(
        CALL_SPAN,
        otel.name = format!("{}/{}", labels.service, labels.method),
        otel.kind = "server",
        otel.status_code = field::Empty,
        rpc.system = "grpc",
        rpc.service = labels.service,
        rpc.method = labels.method,
        rpc.grpc.status_code = field::Empty,
        trace_id = field::Empty,
    );
    let caller = TraceContextPropagator::new().extract(&Headers(headers));
    let is_traced = span.set_parent(caller.clone()).is_ok();
    let context = if is_traced { span.context() } else { caller };
    let trace_id = context.span().span_context().trace_id();
    if trace_id != opentelemetry::TraceId::INVALID {
        span.record("trace_id", field::display(trace_id));
    }
    span
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// A call under way; when it is dropped, it has ended.
struct OpenCall {
    metrics: CallMetrics,
    labels: &'static CallLabels,
    span: Span,
    start: Instant,
    /// `None` until the answer says it.
    code: Option<Code>,
}

impl OpenCall {
    fn begin(metrics: CallMetrics, labels: &'static CallLabels, span: Span) -> Self {
        metrics.begin(labels);
        Self { metrics, labels, span, start: Instant::now(), code: None }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        // Without a code the caller hung up, or its deadline passed, before there was one.
        let code = self.code.unwrap_or(Code::Cancelled);
        self.metrics.end(self.labels, code_name(code), self.start.elapsed());
        self.span.record("rpc.grpc.status_code", code as i32);
        if is_server_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// The body of an answer; its last frame carries the call's code.
struct CallBody<B> {
    body: B,
    call: OpenCall,
}

impl<B> HttpBody for CallBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let span = self.call.span.clone();
        let polled = span.in_scope(|| Pin::new(&mut self.body).poll_frame(context));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.call.code = Status::from_header_map(trailers).map(|status| status.code());
                }
            }
            Poll::Ready(Some(Err(_))) => self.call.code = Some(Code::Internal),
            Poll::Ready(None) => self.call.code = self.call.code.or(Some(Code::Unknown)),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Codes that the OpenTelemetry conventions count as the server's errors.
fn is_server_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_interface_has_labels() {
        let labels = LABELS.get("/klartext.v1.AnalysisService/AnalyzeStream").expect("it is known");
        assert_eq!((labels.service, labels.method), ("klartext.v1.AnalysisService", "AnalyzeStream"));
        assert!(LABELS.contains_key("/grpc.health.v1.Health/Check"));
        assert!(!LABELS.contains_key("/klartext.v1.AnalysisService/NoSuch"));
    }
}
