//! The running server: services, health, reflection, graceful stop.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use klartext_proto::v1::analysis_service_server::AnalysisServiceServer;
use klartext_proto::v1::comment_service_server::CommentServiceServer;
use klartext_proto::v1::insight_service_server::InsightServiceServer;
use klartext_proto::v1::journey_service_server::JourneyServiceServer;
use klartext_proto::v1::measure_service_server::MeasureServiceServer;
use klartext_proto::v1::pain_point_service_server::PainPointServiceServer;
use klartext_proto::v1::rescoring_service_server::RescoringServiceServer;
use klartext_proto::v1::system_service_server::SystemServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tracing::{info, warn};

use super::access::AccessLayer;
use super::analysis::AnalysisHandler;
use super::calls::CallLayer;
use super::comment::CommentHandler;
use super::inbox::InboxHandler;
use super::journey::JourneyHandler;
use super::measure::MeasureHandler;
use super::painpoint::PainPointHandler;
use super::rescoring::RescoringHandler;
use super::system::SystemHandler;
use crate::comments::Erasures;
use crate::inbox::Inbox;
use crate::inbox::hooks::Hooks;
use crate::measures::MeasureRegister;
use crate::operations::GiveWay;
use crate::ops::config::{InboxConfig, LimitsConfig, PainPointsConfig};
use crate::ops::metrics::{CallMetrics, HookMetrics};
use crate::ops::readiness::Readiness;
use crate::painpoints::{Discoveries, PainPoints};
use crate::pipeline::Pipeline;
use crate::rescoring::Rescorings;
use crate::store::Store;
use crate::web::WebLayer;

/// How often the health check is told whether the store answers.
const READINESS_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Calls and streams that one connection may have open; more wait in the client. A connection costs at most so many
/// messages that are being received.
const MAX_STREAMS_PER_CONNECTION: u32 = 512;
/// What a client may send ahead of what is read, on a stream and on all of a connection. A stream that waits must not use
/// up its connection's, or the other calls on it would wait too.
const STREAM_WINDOW_BYTES: u32 = 128 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// A client that is gone without a word is noticed after these two: its streams end, and what they hold is free again.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// Everything that the handlers need.
pub struct Services {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<dyn Store>,
    pub readiness: Readiness,
    pub calls: CallMetrics,
    pub hooks: HookMetrics,
    pub pain_points: PainPointsConfig,
    pub inbox: InboxConfig,
}

/// Serve on `listener` until `shutdown` resolves, then accept nothing new, let running calls finish for at most
/// `drain`, and close the store.
///
/// Call it only when model and store are there: it says "serving" at once, and "not serving" while the store does not
/// answer. The health service knows the empty name (the whole server).
pub async fn serve(
    listener: TcpListener,
    services: Services,
    limits: &LimitsConfig,
    drain: Duration,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let Services { pipeline, store, readiness, calls, hooks, pain_points: pain_points_config, inbox: inbox_config } =
        services;
    readiness.running(store.clone());
    let (mut health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status("", ServingStatus::Serving).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(klartext_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let size = limits.max_message_bytes;
    let stopping = CancellationToken::new();
    let analysis_handler = AnalysisHandler { pipeline: pipeline.clone(), stopping: stopping.clone() };
    let analysis = AnalysisServiceServer::new(analysis_handler)
        .max_decoding_message_size(size)
        .max_encoding_message_size(usize::MAX);
    let writing = pipeline.writing().context("the service needs a store")?.clone();
    let erasures = Arc::new(Erasures::open(writing.clone()).await?);
    let pain_points = PainPoints::open(writing.clone(), pain_points_config).await?;
    let comment_handler =
        CommentHandler { pipeline: pipeline.clone(), store: store.clone(), writing, erasures: erasures.clone() };
    let comments = CommentServiceServer::new(comment_handler)
        .max_decoding_message_size(size)
        .max_encoding_message_size(usize::MAX);
    let rescorings = Rescorings::open(pipeline.clone())?;
    let rescoring = RescoringServiceServer::new(RescoringHandler {
        rescorings: rescorings.clone(),
        max_page_size: limits.max_page_size,
    });
    let journeys = JourneyServiceServer::new(JourneyHandler {
        store: store.clone(),
        journeys: pipeline.journeys().clone(),
        pain_points: pain_points.writing().assigners().clone(),
    })
    .max_decoding_message_size(size)
    .max_encoding_message_size(usize::MAX);
    let measure_handler =
        MeasureHandler { measures: MeasureRegister::new(pain_points.clone()), max_page_size: limits.max_page_size };
    let measures = MeasureServiceServer::new(measure_handler)
        .max_decoding_message_size(size)
        .max_encoding_message_size(usize::MAX);
    let discoveries = Discoveries::open(pain_points.clone(), pipeline.clone());
    let pain_point_handler = PainPointHandler {
        pain_points: pain_points.clone(),
        discoveries: discoveries.clone(),
        max_page_size: limits.max_page_size,
        stopping: stopping.clone(),
    };
    let pain_point = PainPointServiceServer::new(pain_point_handler)
        .max_decoding_message_size(size)
        .max_encoding_message_size(usize::MAX);
    let inbox = Inbox::open(pipeline.clone()).await?;
    let hooks = Hooks::new(inbox.clone(), &inbox_config, hooks);
    let delivering = futures::future::join_all(hooks.start(&stopping));
    let inbox_handler = InboxHandler { inbox, hooks, max_page_size: limits.max_page_size, stopping: stopping.clone() };
    let insights = InsightServiceServer::new(inbox_handler).max_encoding_message_size(usize::MAX);
    let give_way = GiveWay { pipeline: pipeline.clone() };
    let measuring = stopping.clone();
    let measuring = tokio::spawn(async move { pain_points.keep_measuring(give_way, measuring).await });
    let system = SystemServiceServer::new(SystemHandler { pipeline, store: store.clone() });

    let only_this_machine = listener.local_addr()?.ip().is_loopback();
    let stop_accepting = stopping.clone();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true)).with_keepalive(Some(TCP_KEEPALIVE));
    let server = Server::builder()
        .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_keepalive_interval(Some(PING_INTERVAL))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
        // Browsers speak HTTP/1.1 without TLS, and gRPC-web.
        .accept_http1(true)
        .layer(WebLayer { only_this_machine })
        .layer(GrpcWebLayer::new())
        .layer(CallLayer { metrics: calls })
        .layer(AccessLayer)
        .add_service(health_service)
        .add_service(reflection)
        .add_service(analysis)
        .add_service(comments)
        .add_service(rescoring)
        .add_service(journeys)
        .add_service(measures)
        .add_service(pain_point)
        .add_service(insights)
        .add_service(system)
        .serve_with_incoming_shutdown(incoming, async move {
            stop_accepting.cancelled().await;
        });
    let mut server = tokio::spawn(server);
    let finishing = tokio::spawn(async move { erasures.finish_due().await });
    let watch = tokio::spawn(watch_readiness(health.clone(), readiness.clone()));

    tokio::select! {
        () = shutdown => {
            info!("stopping: no new calls, {} s for running ones", drain.as_secs());
            watch.abort();
            finishing.abort();
            readiness.stopping();
            health.set_service_status("", ServingStatus::NotServing).await;
            // Ends the streams of those who watch: they would keep their connections open.
            health.clear_service_status("").await;
            stopping.cancel();
            let all_done = async { tokio::join!(rescorings.stop(), discoveries.stop(), measuring, delivering, &mut server) };
            if tokio::time::timeout(drain, all_done).await.is_err() {
                warn!("some calls did not finish in time and are cut off");
                server.abort();
            }
        }
        ended = &mut server => {
            watch.abort();
            finishing.abort();
            stopping.cancel();
            rescorings.stop().await;
            discoveries.stop().await;
            store.close().await?;
            return Ok(ended??);
        }
    }
    store.close().await?;
    info!("stopped; everything acknowledged is on disk");
    Ok(())
}

async fn watch_readiness(health: HealthReporter, readiness: Readiness) {
    let mut ready = true;
    loop {
        tokio::time::sleep(READINESS_CHECK_INTERVAL).await;
        let now_ready = readiness.check().await;
        if now_ready.is_ok() != ready {
            ready = now_ready.is_ok();
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status("", status).await;
            match now_ready {
                Ok(()) => info!("the store answers again"),
                Err(error) => warn!(error, "the store does not answer; not ready"),
            }
        }
    }
}
