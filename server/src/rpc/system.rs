use std::sync::Arc;

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::system_service_server::SystemService;
use klartext_proto::v1::{
    BundleInfo, HandoverInfo, InfoRequest, InfoResponse, JourneyInfo, Limits, TopicInfo, TouchpointInfo,
};
use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::journey::RegisteredJourney;
use crate::ops::config::LimitsConfig;
use crate::pipeline::Pipeline;
use crate::store::{Filter, Kind, Store};

pub struct SystemHandler {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<dyn Store>,
}

#[tonic::async_trait]
impl SystemService for SystemHandler {
    async fn info(&self, _request: Request<InfoRequest>) -> Result<Response<InfoResponse>, Status> {
        let count = async |kind| self.store.count(kind, Filter::default()).await.map_err(Error::from);
        let engine = self.pipeline.engine();
        let encoder = engine.encoder.info();
        let journeys = self.pipeline.journeys();
        Ok(Response::new(InfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            limits: Some(limits_to_proto(self.pipeline.limits())),
            bundle: Some(BundleInfo {
                version: engine.bundle_version(),
                encoder: engine.encoder_version().to_owned(),
                heads: engine.heads.version.clone(),
                precision: encoder.precision.to_string(),
                device: encoder.device.to_owned(),
                vector_size: VECTOR_SIZE as u32,
            }),
            journeys: journeys.all().iter().map(|journey| journey_to_proto(journey)).collect(),
            default_journey: journeys.default_journey().journey.id.clone(),
            comments: count(Kind::Comments).await?,
            mentions: count(Kind::Mentions).await?,
        }))
    }
}

fn limits_to_proto(limits: &LimitsConfig) -> Limits {
    Limits {
        max_text_chars: limits.max_text_chars as u32,
        max_comments_per_call: limits.max_comments_per_call as u32,
        max_message_bytes: limits.max_message_bytes as u32,
        max_in_flight_comments: limits.max_in_flight_comments as u32,
        max_page_size: limits.max_page_size as u32,
        max_queue_wait: prost_types::Duration::try_from(limits.max_queue_wait).ok(),
    }
}

fn journey_to_proto(registered: &RegisteredJourney) -> JourneyInfo {
    let journey = &registered.journey;
    let touchpoints = journey.touchpoints.iter().map(|touchpoint| TouchpointInfo {
        id: touchpoint.id.clone(),
        name: touchpoint.name.clone(),
        description: touchpoint.description.clone(),
        owner: touchpoint.owner.clone(),
        phase: touchpoint.phase.name().to_owned(),
    });
    let handovers = journey.handovers.iter().map(|handover| HandoverInfo {
        from: handover.from.clone(),
        to: handover.to.clone(),
        description: handover.description.clone(),
    });
    let topics = journey.topics.iter().map(|topic| TopicInfo {
        id: topic.id.clone(),
        name: topic.name.clone(),
        description: topic.description.clone(),
    });
    JourneyInfo {
        id: journey.id.clone(),
        name: journey.name.clone(),
        version: registered.version.clone(),
        touchpoints: touchpoints.collect(),
        handovers: handovers.collect(),
        topics: topics.collect(),
    }
}
