//! The running server: services, health, reflection, graceful stop.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use klartext_proto::v1::analysis_service_server::AnalysisServiceServer;
use klartext_proto::v1::comment_service_server::CommentServiceServer;
use klartext_proto::v1::system_service_server::SystemServiceServer;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tracing::{info, warn};

use super::analysis::AnalysisHandler;
use super::comment::CommentHandler;
use super::system::SystemHandler;
use crate::ops::config::LimitsConfig;
use crate::pipeline::Pipeline;
use crate::store::Store;

/// How often the store is asked whether it answers.
const STORE_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Everything that the handlers need.
pub struct Services {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<dyn Store>,
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
    let Services { pipeline, store } = services;
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status("", ServingStatus::Serving).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(klartext_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let size = limits.max_message_bytes;
    let analysis = AnalysisServiceServer::new(AnalysisHandler { pipeline: pipeline.clone() })
        .max_decoding_message_size(size)
        .max_encoding_message_size(usize::MAX);
    let comments = CommentServiceServer::new(CommentHandler { store: store.clone() });
    let system = SystemServiceServer::new(SystemHandler { pipeline, store: store.clone() });

    let stopping = CancellationToken::new();
    let stop_accepting = stopping.clone();
    let server = Server::builder()
        .add_service(health_service)
        .add_service(reflection)
        .add_service(analysis)
        .add_service(comments)
        .add_service(system)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move {
            stop_accepting.cancelled().await;
        });
    let mut server = tokio::spawn(server);
    let watch = tokio::spawn(watch_store(health.clone(), store.clone()));

    tokio::select! {
        () = shutdown => {
            info!("stopping: no new calls, {} s for running ones", drain.as_secs());
            watch.abort();
            health.set_service_status("", ServingStatus::NotServing).await;
            stopping.cancel();
            if tokio::time::timeout(drain, &mut server).await.is_err() {
                warn!("some calls did not finish in time and are cut off");
                server.abort();
            }
        }
        ended = &mut server => {
            watch.abort();
            store.close().await?;
            return Ok(ended??);
        }
    }
    store.close().await?;
    info!("stopped; everything acknowledged is on disk");
    Ok(())
}

async fn watch_store(health: HealthReporter, store: Arc<dyn Store>) {
    let mut ready = true;
    loop {
        tokio::time::sleep(STORE_CHECK_INTERVAL).await;
        let now_ready = store.ready().await;
        if now_ready.is_ok() != ready {
            ready = now_ready.is_ok();
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status("", status).await;
            match now_ready {
                Ok(()) => info!("the store answers again"),
                Err(error) => warn!(error = %error, "the store does not answer; not ready"),
            }
        }
    }
}
