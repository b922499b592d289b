//! The HTTP pages: `/metrics` for Prometheus, `/healthz` (it lives) and `/readyz` (it can be called).

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::metrics::Metrics;
use super::readiness::Readiness;

const STOP_TIMEOUT: Duration = Duration::from_secs(2);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

struct Pages {
    readiness: Readiness,
    /// Empty while the service starts.
    metrics: OnceLock<Metrics>,
}

/// The running HTTP server. It answers from the beginning of the start to the end of the stop.
pub struct HttpServer {
    address: SocketAddr,
    pages: Arc<Pages>,
    stopping: CancellationToken,
    running: JoinHandle<()>,
}

impl HttpServer {
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(address: SocketAddr, readiness: Readiness) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let pages = Arc::new(Pages { readiness, metrics: OnceLock::new() });
        let stopping = CancellationToken::new();
        let stopped = stopping.clone().cancelled_owned();
        let server = axum::serve(listener, router(pages.clone())).with_graceful_shutdown(stopped);
        let running = tokio::spawn(async move {
            if let Err(error) = server.await {
                warn!(error = %error, "the HTTP pages are gone");
            }
        });
        Ok(Self { address, pages, stopping, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on `/metrics` shows these. Only the first call counts.
    pub fn show(&self, metrics: Metrics) {
        drop(self.pages.metrics.set(metrics));
    }

    /// Answer what was asked, and end. A client that never finishes its request is not waited for.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.running).await.is_err() {
            self.running.abort();
        }
    }
}

fn router(pages: Arc<Pages>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(pages)
}

async fn metrics(State(pages): State<Arc<Pages>>) -> Response {
    match pages.metrics.get().map(Metrics::scrape) {
        Some(Ok(text)) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Some(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response(),
    }
}

async fn ready(State(pages): State<Arc<Pages>>) -> Response {
    match pages.readiness.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}
