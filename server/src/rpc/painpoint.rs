use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use klartext_proto::v1;
use klartext_proto::v1::pain_point_service_server::PainPointService;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::access::access_of;
use super::convert::{
    DEFAULT_PAGE_SIZE, discovery_order_from_proto, discovery_to_proto, event_to_proto, filter_from_proto, map_to_proto,
    pain_point_list_from_proto, pain_point_mentions_to_proto, pain_point_to_proto, pain_points_to_proto,
    similar_to_proto, trend_from_proto, trend_to_proto, uuid_of,
};
use super::states::states_stream;
use crate::access::Access;
use crate::comments::page_size;
use crate::error::Error;
use crate::painpoints::{Beginning, Discoveries, EventStream, Members, PainPoint, PainPoints};

const DEFAULT_SIMILAR: usize = 10;

pub struct PainPointHandler {
    pub pain_points: PainPoints,
    pub discoveries: Discoveries,
    pub max_page_size: usize,
    /// Ends the streams of those who watch.
    pub stopping: CancellationToken,
}

#[tonic::async_trait]
impl PainPointService for PainPointHandler {
    async fn discover(&self, request: Request<v1::DiscoverRequest>) -> Result<Response<v1::Discovery>, Status> {
        let access = access_of(&request)?;
        let order = discovery_order_from_proto(request.into_inner(), &access)?;
        let discovery = self.discoveries.start(order).await?;
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
        Ok(Response::new(states_stream(states, discovery_to_proto)))
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
        let access = access_of(&request)?;
        let list = pain_point_list_from_proto(request.into_inner(), self.max_page_size)?;
        Ok(Response::new(pain_points_to_proto(&self.pain_points.list(list, &access).await?)))
    }

    async fn get(&self, request: Request<v1::GetPainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let found = self.pain_points.get(requested_pain_point(&request.into_inner().pain_point_id)?)?;
        self.shown(found, &access).await
    }

    async fn list_mentions(
        &self,
        request: Request<v1::ListPainPointMentionsRequest>,
    ) -> Result<Response<v1::ListPainPointMentionsResponse>, Status> {
        let access = access_of(&request)?;
        let request = request.into_inner();
        let id = requested_pain_point(&request.pain_point_id)?;
        let limit = self.page_size(request.page_size, DEFAULT_PAGE_SIZE)?;
        let members = Members { pain_point: id, weak_members: request.weak_members, visible_to: access };
        let page = self.pain_points.mentions(members, limit, &request.page_token).await?;
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
        let access = access_of(&request)?;
        let v1::PainPointMapRequest { journey, filter } = request.into_inner();
        let filter = self.pain_points.map_filter(&journey, filter_from_proto(filter, &access)?)?;
        let pain_points = self.pain_points.clone();
        let next = move |from: Option<Uuid>| {
            let (pain_points, filter) = (pain_points.clone(), filter.clone());
            async move {
                let Some(from) = from else { return Ok(None) };
                let (mentions, next) = pain_points.map_page(&filter, from).await?;
                Ok::<_, Status>(Some((map_to_proto(&mentions, pain_points.writing().assigners()), next)))
            }
        };
        Ok(Response::new(stream::try_unfold(Some(Uuid::nil()), next).boxed()))
    }

    async fn similar(
        &self,
        request: Request<v1::SimilarPainPointsRequest>,
    ) -> Result<Response<v1::SimilarPainPointsResponse>, Status> {
        let access = access_of(&request)?;
        let v1::SimilarPainPointsRequest { pain_point_id, page_size: asked_for } = request.into_inner();
        let limit = self.page_size(asked_for, DEFAULT_SIMILAR)?;
        let similar = self.pain_points.similar(requested_pain_point(&pain_point_id)?, limit, &access).await?;
        Ok(Response::new(similar_to_proto(&similar)))
    }

    async fn rename(&self, request: Request<v1::RenamePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let v1::RenamePainPointRequest { pain_point_id, name, by } = request.into_inner();
        let renamed = self.pain_points.rename(requested_pain_point(&pain_point_id)?, &name, &by).await?;
        self.shown(renamed, &access).await
    }

    async fn merge(&self, request: Request<v1::MergePainPointsRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let v1::MergePainPointsRequest { pain_point_id, others, by } = request.into_inner();
        let others = others.iter().map(|id| uuid_of("others", id)).collect::<Result<Vec<_>, _>>()?;
        let merged = self.pain_points.merge(requested_pain_point(&pain_point_id)?, &others, &by).await?;
        self.shown(merged, &access).await
    }

    async fn split(
        &self,
        request: Request<v1::SplitPainPointRequest>,
    ) -> Result<Response<v1::SplitPainPointResponse>, Status> {
        let access = access_of(&request)?;
        let v1::SplitPainPointRequest { pain_point_id, by } = request.into_inner();
        let parts = self.pain_points.split(requested_pain_point(&pain_point_id)?, &by).await?;
        let parts = self.pain_points.with_quotes(parts, &access).await?;
        let pain_points = parts.iter().map(pain_point_to_proto).collect();
        Ok(Response::new(v1::SplitPainPointResponse { pain_points }))
    }

    async fn dismiss(&self, request: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let v1::CuratePainPointRequest { pain_point_id, by } = request.into_inner();
        let dismissed = self.pain_points.dismiss(requested_pain_point(&pain_point_id)?, &by).await?;
        self.shown(dismissed, &access).await
    }

    async fn restore(&self, request: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let v1::CuratePainPointRequest { pain_point_id, by } = request.into_inner();
        let restored = self.pain_points.restore(requested_pain_point(&pain_point_id)?, &by).await?;
        self.shown(restored, &access).await
    }

    async fn undo(&self, request: Request<v1::CuratePainPointRequest>) -> Result<Response<v1::PainPoint>, Status> {
        let access = access_of(&request)?;
        let v1::CuratePainPointRequest { pain_point_id, by } = request.into_inner();
        let undone = self.pain_points.undo(requested_pain_point(&pain_point_id)?, &by).await?;
        self.shown(undone, &access).await
    }

    type WatchStream = BoxStream<'static, Result<v1::PainPointEvent, Status>>;

    async fn watch(&self, request: Request<v1::WatchPainPointsRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let v1::WatchPainPointsRequest { journey, resume_token, from_the_beginning } = request.into_inner();
        let beginning = match (resume_token.is_empty(), from_the_beginning) {
            (true, false) => Beginning::Now,
            (true, true) => Beginning::FirstEvent,
            (false, false) => Beginning::After(resume_token),
            (false, true) => return Err(Error::PageTokenInvalid.into()),
        };
        let events = self.pain_points.follow(&journey, beginning)?;
        let next = async |mut events: EventStream| {
            let (event, resume_token) = events.next().await?;
            Ok::<_, Status>(Some((event_to_proto(&event, resume_token), events)))
        };
        let events = stream::try_unfold(events, next).take_until(self.stopping.clone().cancelled_owned());
        Ok(Response::new(events.boxed()))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListPainPointEventsRequest>,
    ) -> Result<Response<v1::ListPainPointEventsResponse>, Status> {
        let v1::ListPainPointEventsRequest { pain_point_id, journey, page_size, page_token } = request.into_inner();
        let limit = self.page_size(page_size, DEFAULT_PAGE_SIZE)?;
        let pain_point =
            Some(pain_point_id.as_str()).filter(|id| !id.is_empty()).map(requested_pain_point).transpose()?;
        let (events, next_page_token) = self.pain_points.list_events(&journey, pain_point, limit, &page_token).await?;
        let events = events.iter().map(|event| event_to_proto(event, String::new())).collect();
        Ok(Response::new(v1::ListPainPointEventsResponse { events, next_page_token }))
    }
}

impl PainPointHandler {
    /// As a reply, with its quotes.
    async fn shown(&self, pain_point: Arc<PainPoint>, access: &Access) -> Result<Response<v1::PainPoint>, Status> {
        let shown = self.pain_points.with_quotes(vec![pain_point], access).await?;
        let shown = shown.first().ok_or(Error::PainPointNotFound)?;
        Ok(Response::new(pain_point_to_proto(shown)))
    }

    fn page_size(&self, asked_for: u32, default: usize) -> Result<usize, Error> {
        page_size(asked_for as usize, default, self.max_page_size)
    }
}

fn requested_discovery(request: &v1::GetDiscoveryRequest) -> Result<Uuid, Error> {
    uuid_of("discovery_id", &request.discovery_id)
}

fn requested_pain_point(id: &str) -> Result<Uuid, Error> {
    uuid_of("pain_point_id", id)
}
