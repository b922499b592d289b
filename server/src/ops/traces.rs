//! OpenTelemetry traces: who called what, and where the time went. Never a comment's text, subject or id.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, info, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::DynFilterFn;
use tracing_subscriber::registry::LookupSpan;

use super::config::TracingConfig;

/// How long the collector may take for one batch. Spans wait in a bounded queue meanwhile; what does not fit is dropped.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
/// Only what this program opens becomes a span, not what the libraries under it do.
const OWN_SPANS: &str = "klartext_server";
/// The span of a gRPC call: only there a trace begins.
pub const CALL_SPAN: &str = "call";

/// Sends spans to a collector, in the background.
pub struct Traces {
    provider: Option<SdkTracerProvider>,
}

impl Traces {
    /// Must run inside the async run-time. A collector that is away is no error, now or later.
    ///
    /// # Errors
    /// The endpoint is no address.
    pub fn start(config: &TracingConfig) -> Result<Self, String> {
        if config.otlp_endpoint.is_empty() {
            return Ok(Self { provider: None });
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&config.otlp_endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| format!("tracing.otlp_endpoint {}: {error}", config.otlp_endpoint))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name("klartext").with_attribute(version).build();
        let ratio = Sampler::TraceIdRatioBased(config.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_resource(resource)
            .with_batch_exporter(TellingExporter { exporter, fails: AtomicBool::new(false) })
            .build();
        Ok(Self { provider: Some(provider) })
    }

    /// What turns this program's spans into OpenTelemetry's; `None` when no traces are sent.
    pub fn layer<S>(&self) -> Option<impl Layer<S> + Send + Sync + 'static>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.provider.as_ref()?.tracer("klartext");
        // What the service does by itself (looking whether the store is there, for one) would fill the collector.
        let of_calls = DynFilterFn::new(|metadata, context| {
            let is_own = metadata.is_span() && metadata.target().starts_with(OWN_SPANS);
            is_own && (metadata.name() == CALL_SPAN || context.lookup_current().is_some())
        });
        let layer = tracing_opentelemetry::layer()
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_tracer(tracer);
        Some(layer.with_filter(of_calls.with_max_level_hint(LevelFilter::DEBUG)))
    }

    /// Send what is left, for at most a few seconds.
    pub async fn stop(self) {
        let Some(provider) = self.provider else { return };
        let stopped = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(2 * EXPORT_TIMEOUT)).await;
        if let Ok(Err(error)) = stopped {
            warn!(error = %error, "the last traces could not be sent");
        }
    }
}

/// Says when traces stop getting through, and when they do again: once, not for each batch.
#[derive(Debug)]
struct TellingExporter<E> {
    exporter: E,
    fails: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for TellingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        let failed_before = self.fails.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Err(error) if !failed_before => warn!(error = %error, "traces cannot be sent and are dropped"),
            Ok(()) if failed_before => info!("traces are sent again"),
            Ok(()) | Err(_) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Traces").field("sends", &self.provider.is_some()).finish()
    }
}
