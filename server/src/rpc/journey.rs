use std::sync::Arc;

use klartext_proto::v1;
use klartext_proto::v1::journey_service_server::JourneyService;
use tonic::{Request, Response, Status};

use super::access::access_of;
use super::convert::{
    changes_request_from_proto, changes_to_proto, drivers_request_from_proto, drivers_to_proto,
    figures_request_from_proto, gaps_request_from_proto, gaps_to_proto, journey_figures_to_proto, minimum_volume,
};
use crate::changes::journey_changes;
use crate::drivers::drivers;
use crate::figures::journey_figures;
use crate::gaps::gaps;
use crate::insights::Assigners;
use crate::journey::JourneyRegistry;
use crate::store::Store;

pub struct JourneyHandler {
    pub store: Arc<dyn Store>,
    pub journeys: JourneyRegistry,
    /// What pain points are called.
    pub pain_points: Arc<Assigners>,
}

#[tonic::async_trait]
impl JourneyService for JourneyHandler {
    async fn get_journey_insights(
        &self,
        request: Request<v1::GetJourneyInsightsRequest>,
    ) -> Result<Response<v1::GetJourneyInsightsResponse>, Status> {
        let access = access_of(&request)?;
        let request = request.into_inner();
        let minimum_volume = minimum_volume(request.minimum_volume);
        let journey = &self.journeys.get(&request.journey)?.journey;
        let request = figures_request_from_proto(request, &journey.id, &access)?;
        let figures = journey_figures(self.store.as_ref(), journey, &request).await?;
        Ok(Response::new(journey_figures_to_proto(&figures, minimum_volume)))
    }

    async fn get_drivers(
        &self,
        request: Request<v1::GetDriversRequest>,
    ) -> Result<Response<v1::GetDriversResponse>, Status> {
        let request = request.into_inner();
        let minimum_volume = minimum_volume(request.minimum_volume);
        let journey = &self.journeys.get(&request.journey)?.journey;
        let request = drivers_request_from_proto(request, &journey.id, minimum_volume)?;
        let drivers = drivers(self.store.as_ref(), journey, &request).await?;
        Ok(Response::new(drivers_to_proto(&drivers, minimum_volume)))
    }

    async fn get_gaps(&self, request: Request<v1::GetGapsRequest>) -> Result<Response<v1::GetGapsResponse>, Status> {
        let request = request.into_inner();
        let minimum_volume = minimum_volume(request.minimum_volume);
        let journey = &self.journeys.get(&request.journey)?.journey;
        let request = gaps_request_from_proto(request, &journey.id, minimum_volume)?;
        let gaps = gaps(self.store.as_ref(), journey, &self.pain_points, &request).await?;
        Ok(Response::new(gaps_to_proto(&gaps, minimum_volume)))
    }

    async fn list_changes(
        &self,
        request: Request<v1::ListChangesRequest>,
    ) -> Result<Response<v1::ListChangesResponse>, Status> {
        let request = request.into_inner();
        let minimum_volume = minimum_volume(request.minimum_volume);
        let journey = &self.journeys.get(&request.journey)?.journey;
        let request = changes_request_from_proto(request, &journey.id, minimum_volume)?;
        let changes = journey_changes(self.store.as_ref(), journey, &request).await?;
        Ok(Response::new(changes_to_proto(&changes, minimum_volume)))
    }
}
