use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use klartext_proto::v1;
use klartext_proto::v1::insight_service_server::InsightService;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::access::access_of;
use super::convert::{
    DEFAULT_PAGE_SIZE, acknowledge_from_proto, followed_to_proto, inbox_dimension_from_proto, inbox_figures_to_proto,
    inbox_filter_from_proto, inbox_list_from_proto, item_id_from_proto, item_with_history_to_proto,
    listed_items_to_proto, reassign_from_proto, redelivery_from_proto, reopen_from_proto, resolve_from_proto,
    undelivered_to_proto, watch_inbox_from_proto,
};
use crate::comments::page_size;
use crate::error::Error;
use crate::inbox::hooks::Hooks;
use crate::inbox::{Inbox, ItemOrder, ItemStream};

pub struct InboxHandler {
    pub inbox: Inbox,
    pub hooks: Hooks,
    pub max_page_size: usize,
    /// Ends the streams of those who watch.
    pub stopping: CancellationToken,
}

#[tonic::async_trait]
impl InsightService for InboxHandler {
    type WatchStream = BoxStream<'static, Result<v1::WatchInboxResponse, Status>>;

    async fn watch(&self, request: Request<v1::WatchInboxRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let access = access_of(&request)?;
        let (filter, beginning) = watch_inbox_from_proto(request.into_inner(), &access)?;
        let items = self.inbox.follow(filter, beginning)?;
        let begun = v1::WatchInboxResponse { change: None, resume_token: items.token() };
        let next = async |mut items: ItemStream| {
            let (followed, resume_token) = items.next().await?;
            Ok::<_, Status>(Some((followed_to_proto(&followed, resume_token), items)))
        };
        let changes = stream::iter([Ok(begun)]).chain(stream::try_unfold(items, next));
        Ok(Response::new(changes.take_until(self.stopping.clone().cancelled_owned()).boxed()))
    }

    async fn list(
        &self,
        request: Request<v1::ListInboxItemsRequest>,
    ) -> Result<Response<v1::ListInboxItemsResponse>, Status> {
        let access = access_of(&request)?;
        let list = inbox_list_from_proto(request.into_inner(), &access, self.max_page_size)?;
        Ok(Response::new(listed_items_to_proto(&self.inbox.list(list).await?)))
    }

    async fn get(&self, request: Request<v1::GetInboxItemRequest>) -> Result<Response<v1::InboxItem>, Status> {
        let access = access_of(&request)?;
        let id = item_id_from_proto(&request.into_inner().item_id)?;
        Ok(Response::new(item_with_history_to_proto(&self.inbox.get(id, &access).await?)))
    }

    async fn acknowledge(
        &self,
        request: Request<v1::AcknowledgeInboxItemRequest>,
    ) -> Result<Response<v1::InboxItem>, Status> {
        let access = access_of(&request)?;
        self.change(acknowledge_from_proto(request.into_inner(), access)?).await
    }

    async fn resolve(&self, request: Request<v1::ResolveInboxItemRequest>) -> Result<Response<v1::InboxItem>, Status> {
        let access = access_of(&request)?;
        self.change(resolve_from_proto(request.into_inner(), access)?).await
    }

    async fn reopen(&self, request: Request<v1::ReopenInboxItemRequest>) -> Result<Response<v1::InboxItem>, Status> {
        let access = access_of(&request)?;
        self.change(reopen_from_proto(request.into_inner(), access)?).await
    }

    async fn reassign(
        &self,
        request: Request<v1::ReassignInboxItemRequest>,
    ) -> Result<Response<v1::InboxItem>, Status> {
        let access = access_of(&request)?;
        self.change(reassign_from_proto(request.into_inner(), access)?).await
    }

    async fn get_figures(
        &self,
        request: Request<v1::GetInboxFiguresRequest>,
    ) -> Result<Response<v1::GetInboxFiguresResponse>, Status> {
        let access = access_of(&request)?;
        let v1::GetInboxFiguresRequest { dimension, filter } = request.into_inner();
        let filter = inbox_filter_from_proto(filter, &access)?;
        let (rows, total) = self.inbox.figures(inbox_dimension_from_proto(dimension)?, &filter).await?;
        Ok(Response::new(v1::GetInboxFiguresResponse {
            rows: rows.iter().map(inbox_figures_to_proto).collect(),
            total: Some(inbox_figures_to_proto(&total)),
        }))
    }

    async fn list_undelivered(
        &self,
        request: Request<v1::ListUndeliveredRequest>,
    ) -> Result<Response<v1::ListUndeliveredResponse>, Status> {
        let v1::ListUndeliveredRequest { hook, page_size, page_token } = request.into_inner();
        let limit = self.page_size(page_size)?;
        let (undelivered, next_page_token) = self.hooks.list_undelivered(&hook, limit, &page_token).await?;
        let undelivered = undelivered.iter().map(undelivered_to_proto).collect();
        Ok(Response::new(v1::ListUndeliveredResponse { undelivered, next_page_token }))
    }

    async fn redeliver(
        &self,
        request: Request<v1::RedeliverRequest>,
    ) -> Result<Response<v1::RedeliverResponse>, Status> {
        let redelivery = redelivery_from_proto(request.into_inner())?;
        let redelivered = self.hooks.redeliver(&redelivery).await?;
        Ok(Response::new(v1::RedeliverResponse {
            delivered: redelivered.delivered,
            still_undelivered: redelivered.still_undelivered,
        }))
    }
}

impl InboxHandler {
    async fn change(&self, order: ItemOrder) -> Result<Response<v1::InboxItem>, Status> {
        Ok(Response::new(item_with_history_to_proto(&self.inbox.change(order).await?)))
    }

    fn page_size(&self, asked_for: u32) -> Result<usize, Error> {
        page_size(asked_for as usize, DEFAULT_PAGE_SIZE, self.max_page_size)
    }
}
