use futures::stream::BoxStream;
use klartext_proto::v1;
use klartext_proto::v1::rescoring_service_server::RescoringService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::access::access_of;
use super::convert::{DEFAULT_PAGE_SIZE, filter_from_proto, rescoring_to_proto, uuid_of};
use super::states::states_stream;
use crate::comments::page_size;
use crate::error::Error;
use crate::rescoring::Rescorings;

pub struct RescoringHandler {
    pub rescorings: Rescorings,
    pub max_page_size: usize,
}

#[tonic::async_trait]
impl RescoringService for RescoringHandler {
    async fn start(&self, request: Request<v1::StartRescoringRequest>) -> Result<Response<v1::Rescoring>, Status> {
        let access = access_of(&request)?;
        let v1::StartRescoringRequest { filter, request_id } = request.into_inner();
        let rescoring = self.rescorings.start(filter_from_proto(filter, &access)?, &request_id).await?;
        Ok(Response::new(rescoring_to_proto(&rescoring)))
    }

    async fn get(&self, request: Request<v1::GetRescoringRequest>) -> Result<Response<v1::Rescoring>, Status> {
        let rescoring = self.rescorings.get(requested_id(&request.into_inner())?).await?;
        Ok(Response::new(rescoring_to_proto(&rescoring)))
    }

    async fn list(
        &self,
        request: Request<v1::ListRescoringsRequest>,
    ) -> Result<Response<v1::ListRescoringsResponse>, Status> {
        let v1::ListRescoringsRequest { page_size: asked_for, page_token } = request.into_inner();
        let limit = page_size(asked_for as usize, DEFAULT_PAGE_SIZE, self.max_page_size)?;
        let (rescorings, next_page_token) = self.rescorings.list(limit, &page_token).await?;
        let rescorings = rescorings.iter().map(rescoring_to_proto).collect();
        Ok(Response::new(v1::ListRescoringsResponse { rescorings, next_page_token }))
    }

    type WatchStream = BoxStream<'static, Result<v1::Rescoring, Status>>;

    async fn watch(&self, request: Request<v1::GetRescoringRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let states = self.rescorings.watch(requested_id(&request.into_inner())?).await?;
        Ok(Response::new(states_stream(states, rescoring_to_proto)))
    }

    async fn cancel(&self, request: Request<v1::GetRescoringRequest>) -> Result<Response<v1::Rescoring>, Status> {
        let rescoring = self.rescorings.cancel(requested_id(&request.into_inner())?).await?;
        Ok(Response::new(rescoring_to_proto(&rescoring)))
    }
}

fn requested_id(request: &v1::GetRescoringRequest) -> Result<Uuid, Error> {
    uuid_of("rescoring_id", &request.rescoring_id)
}
