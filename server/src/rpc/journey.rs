use std::sync::Arc;

use klartext_proto::v1;
use klartext_proto::v1::journey_service_server::JourneyService;
use tonic::{Request, Response, Status};

use super::convert::{figures_request_from_proto, journey_figures_to_proto};
use crate::figures::journey_figures;
use crate::journey::JourneyRegistry;
use crate::store::Store;

/// Figures that rest on fewer are marked, where the caller names no other number.
const DEFAULT_MINIMUM_VOLUME: u32 = 30;

pub struct JourneyHandler {
    pub store: Arc<dyn Store>,
    pub journeys: JourneyRegistry,
}

#[tonic::async_trait]
impl JourneyService for JourneyHandler {
    async fn get_journey_insights(
        &self,
        request: Request<v1::GetJourneyInsightsRequest>,
    ) -> Result<Response<v1::GetJourneyInsightsResponse>, Status> {
        let request = request.into_inner();
        let minimum_volume = match request.minimum_volume {
            0 => DEFAULT_MINIMUM_VOLUME,
            volume => volume,
        };
        let journey = &self.journeys.get(&request.journey)?.journey;
        let request = figures_request_from_proto(request, &journey.id)?;
        let figures = journey_figures(self.store.as_ref(), journey, &request).await?;
        Ok(Response::new(journey_figures_to_proto(&figures, minimum_volume.into())))
    }
}
