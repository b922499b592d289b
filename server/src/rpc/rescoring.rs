use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use klartext_proto::v1;
use klartext_proto::v1::rescoring_service_server::RescoringService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{filter_from_proto, rescoring_to_proto};
use crate::comments::page_size;
use crate::error::Error;
use crate::operations::States;
use crate::rescoring::{Rescoring, Rescorings};

const DEFAULT_PAGE_SIZE: usize = 50;

pub struct RescoringHandler {
    pub rescorings: Rescorings,
    pub max_page_size: usize,
}

#[tonic::async_trait]
impl RescoringService for RescoringHandler {
    async fn start(&self, request: Request<v1::StartRescoringRequest>) -> Result<Response<v1::Rescoring>, Status> {
        let v1::StartRescoringRequest { filter, request_id } = request.into_inner();
        let rescoring = self.rescorings.start(filter_from_proto(filter)?, &request_id).await?;
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
        Ok(Response::new(stream::unfold(Some(states), next_state).boxed()))
    }

    async fn cancel(&self, request: Request<v1::GetRescoringRequest>) -> Result<Response<v1::Rescoring>, Status> {
        let rescoring = self.rescorings.cancel(requested_id(&request.into_inner())?).await?;
        Ok(Response::new(rescoring_to_proto(&rescoring)))
    }
}

/// The next message of the stream, and what the one after it comes from; nothing comes after an error.
async fn next_state(
    states: Option<States<Rescoring>>,
) -> Option<(Result<v1::Rescoring, Status>, Option<States<Rescoring>>)> {
    let mut states = states?;
    match states.next().await? {
        Ok(state) => Some((Ok(rescoring_to_proto(&state)), Some(states))),
        Err(error) => Some((Err(error.into()), None)),
    }
}

fn requested_id(request: &v1::GetRescoringRequest) -> Result<Uuid, Error> {
    let id = &request.rescoring_id;
    id.parse().map_err(|_| Error::IdInvalid { reason: format!("rescoring_id {id:?} is no UUID") })
}
