use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use klartext_proto::v1;
use klartext_proto::v1::pain_point_service_server::PainPointService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{
    DEFAULT_PAGE_SIZE, discovery_order_from_proto, discovery_to_proto, filter_from_proto, map_to_proto,
    pain_point_list_from_proto, pain_point_mentions_to_proto, pain_point_to_proto, pain_points_to_proto,
    similar_to_proto, trend_from_proto, trend_to_proto, uuid_of,
};
use crate::comments::page_size;
use crate::error::Error;
use crate::insights::CommentFilter;
use crate::operations::States;
use crate::painpoints::{Discoveries, Discovery, PainPoints};

const DEFAULT_SIMILAR: usize = 10;

pub struct PainPointHandler {
    pub pain_points: PainPoints,
    pub discoveries: Discoveries,
    pub max_page_size: usize,
}

#[tonic::async_trait]
impl PainPointService for PainPointHandler {
    async fn discover(&self, request: Request<v1::DiscoverRequest>) -> Result<Response<v1::Discovery>, Status> {
        let discovery = self.discoveries.start(discovery_order_from_proto(request.into_inner())?).await?;
        Ok(Response::new(discovery_to_proto(&discovery)))
    }

    async fn get_discovery(
        &self,
        request: Request<v1::GetDiscoveryRequest>,
    ) -> Result<Response<v1::Discovery>, Status> {
        let discovery = self.discoveries.get(requested_discovery(&request.into_inner())?).await?;
        Ok(Response::new(discovery_to_proto(&discovery)))
    }

    type WatchDiscoveryStream = BoxStream<'static, Result<v1::Discovery, Status>>;

    async fn watch_discovery(
        &self,
        request: Request<v1::GetDiscoveryRequest>,
    ) -> Result<Response<Self::WatchDiscoveryStream>, Status> {
        let states = self.discoveries.watch(requested_discovery(&request.into_inner())?).await?;
        Ok(Response::new(stream::unfold(Some(states), next_state).boxed()))
    }

    async fn cancel_discovery(
        &self,
        request: Request<v1::GetDiscoveryRequest>,
    ) -> Result<Response<v1::Discovery>, Status> {
        let discovery = self.discoveries.cancel(requested_discovery(&request.into_inner())?).await?;
        Ok(Response::new(discovery_to_proto(&discovery)))
    }

    async fn list_discoveries(
        &self,
        request: Request<v1::ListDiscoveriesRequest>,
    ) -> Result<Response<v1::ListDiscoveriesResponse>, Status> {
        let v1::ListDiscoveriesRequest { journey, page_size: asked_for, page_token } = request.into_inner();
        let limit = self.page_size(asked_for, DEFAULT_PAGE_SIZE)?;
        let (discoveries, next_page_token) = self.discoveries.list(&journey, limit, &page_token).await?;
        let discoveries = discoveries.iter().map(discovery_to_proto).collect();
        Ok(Response::new(v1::ListDiscoveriesResponse { discoveries, next_page_token }))
    }

    async fn list(
        &self,
        request: Request<v1::ListPainPointsRequest>,
    ) -> Result<Response<v1::ListPainPointsResponse>, Status> {
        let list = pain_point_list_from_proto(request.into_inner(), self.max_page_size)?;
        Ok(Response::new(pain_points_to_proto(&self.pain_points.list(list).await?)))
    }

    async fn get(&self, request: Request<v1::GetPainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let pain_point = self.pain_points.get(requested_pain_point(&request.into_inner().pain_point_id)?)?;
        let shown = self.pain_points.with_quotes(vec![pain_point]).await?;
        let shown = shown.first().ok_or(Error::PainPointNotFound)?;
        Ok(Response::new(pain_point_to_proto(shown)))
    }

    async fn list_mentions(
        &self,
        request: Request<v1::ListPainPointMentionsRequest>,
    ) -> Result<Response<v1::ListPainPointMentionsResponse>, Status> {
        let request = request.into_inner();
        let id = requested_pain_point(&request.pain_point_id)?;
        let limit = self.page_size(request.page_size, DEFAULT_PAGE_SIZE)?;
        let page = self.pain_points.mentions(id, request.weak_members, limit, &request.page_token).await?;
        Ok(Response::new(pain_point_mentions_to_proto(&page)))
    }

    async fn trend(
        &self,
        request: Request<v1::PainPointTrendRequest>,
    ) -> Result<Response<v1::PainPointTrendResponse>, Status> {
        let request = request.into_inner();
        let (period, time) = trend_from_proto(&request)?;
        let id = requested_pain_point(&request.pain_point_id)?;
        Ok(Response::new(trend_to_proto(&self.pain_points.trend(id, period, time).await?)))
    }

    type MapStream = BoxStream<'static, Result<v1::PainPointMapResponse, Status>>;

    async fn map(&self, request: Request<v1::PainPointMapRequest>) -> Result<Response<Self::MapStream>, Status> {
        let v1::PainPointMapRequest { journey, filter } = request.into_inner();
        let filter = self.pain_points.map_filter(&journey, filter_from_proto(filter)?)?;
        let pages = MapPages { pain_points: self.pain_points.clone(), filter, from: Some(Uuid::nil()) };
        Ok(Response::new(stream::unfold(pages, next_map_page).boxed()))
    }

    async fn similar(
        &self,
        request: Request<v1::SimilarPainPointsRequest>,
    ) -> Result<Response<v1::SimilarPainPointsResponse>, Status> {
        let v1::SimilarPainPointsRequest { pain_point_id, page_size: asked_for } = request.into_inner();
        let limit = self.page_size(asked_for, DEFAULT_SIMILAR)?;
        let similar = self.pain_points.similar(requested_pain_point(&pain_point_id)?, limit).await?;
        Ok(Response::new(similar_to_proto(&similar)))
    }

    async fn rename(&self, _: Request<v1::RenamePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        Err(not_yet())
    }

    async fn merge(&self, _: Request<v1::MergePainPointsRequest>) -> Result<Response<v1::PainPoint>, Status> {
        Err(not_yet())
    }

    async fn split(
        &self,
        _: Request<v1::SplitPainPointRequest>,
    ) -> Result<Response<v1::SplitPainPointResponse>, Status> {
        Err(not_yet())
    }

    async fn dismiss(&self, _: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        Err(not_yet())
    }

    async fn restore(&self, _: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        Err(not_yet())
    }

    async fn undo(&self, _: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        Err(not_yet())
    }

    type WatchStream = BoxStream<'static, Result<v1::PainPointEvent, Status>>;

    async fn watch(&self, _: Request<v1::WatchPainPointsRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(not_yet())
    }

    async fn list_events(
        &self,
        _: Request<v1::ListPainPointEventsRequest>,
    ) -> Result<Response<v1::ListPainPointEventsResponse>, Status> {
        Err(not_yet())
    }
}

/// Curation and events are not in this version of the branch.
fn not_yet() -> Status {
    Status::unimplemented("this call comes with curation")
}

impl PainPointHandler {
    fn page_size(&self, asked_for: u32, default: usize) -> Result<usize, Error> {
        page_size(asked_for as usize, default, self.max_page_size)
    }
}

/// What is left of a map.
struct MapPages {
    pain_points: PainPoints,
    filter: CommentFilter,
    /// None at the end.
    from: Option<Uuid>,
}

/// The next message of the stream, and what the one after it comes from; nothing comes after an error.
async fn next_map_page(mut pages: MapPages) -> Option<(Result<v1::PainPointMapResponse, Status>, MapPages)> {
    let from = pages.from.take()?;
    let page = match pages.pain_points.map_page(&pages.filter, Some(from)).await {
        Ok((mentions, next)) => {
            pages.from = next;
            Ok(map_to_proto(&mentions, pages.pain_points.writing().assigners()))
        }
        Err(error) => Err(error.into()),
    };
    Some((page, pages))
}

/// The next message of the stream, and what the one after it comes from; nothing comes after an error.
async fn next_state(
    states: Option<States<Discovery>>,
) -> Option<(Result<v1::Discovery, Status>, Option<States<Discovery>>)> {
    let mut states = states?;
    match states.next().await? {
        Ok(state) => Some((Ok(discovery_to_proto(&state)), Some(states))),
        Err(error) => Some((Err(error.into()), None)),
    }
}

fn requested_discovery(request: &v1::GetDiscoveryRequest) -> Result<Uuid, Error> {
    uuid_of("discovery_id", &request.discovery_id)
}

fn requested_pain_point(id: &str) -> Result<Uuid, Error> {
    uuid_of("pain_point_id", id)
}
