//! The services of a Qdrant server, as far as we call them; the others say UNIMPLEMENTED.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ::qdrant_client::qdrant::collections_server::Collections;
use ::qdrant_client::qdrant::points_server::Points;
use ::qdrant_client::qdrant::qdrant_server::Qdrant;
use ::qdrant_client::qdrant::*;
use klartext_server::store::{MOST_VALUES_COUNTED, Store, StoreError, Write};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{
    changed_fields, facet_hit, interned, kind_of, our_filter, our_id, our_ids, our_order, our_point, remote_id,
    retrieved, scored, selected,
};
use super::{Call, Collection, Fault, Requests, Shared, State, VERSION};

#[derive(Clone)]
pub struct Service(pub Arc<Shared>);

impl Service {
    /// Note a call and refuse it when its key is wrong.
    fn enter<Message: Clone>(
        &self,
        name: &'static str,
        request: &Request<Message>,
        note: impl FnOnce(&mut Requests, Message),
    ) -> Result<(), Status> {
        let header = |name| request.metadata().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let call = Call { name, api_key: header("api-key"), timeout: header("grpc-timeout") };
        let mut state = self.0.state();
        let allowed = state.api_key.is_none() || state.api_key == call.api_key;
        state.requests.calls.push(call);
        note(&mut state.requests, request.get_ref().clone());
        if allowed { Ok(()) } else { Err(Status::permission_denied("Invalid API key or JWT")) }
    }

    /// The next fault, and whether the collection is there.
    async fn fault(&self, collection: &str) -> Result<Option<Fault>, Status> {
        let fault = {
            let mut state = self.0.state();
            let always = state.always;
            let fault = state.faults.pop_front().or(always);
            if !state.collections.contains_key(collection) {
                return Err(Status::not_found(format!("Collection `{collection}` doesn't exist!")));
            }
            fault
        };
        match fault {
            Some(Fault::Unavailable) => Err(Status::unavailable("not now")),
            Some(Fault::Internal) => {
                let quoted = "x".repeat(200);
                Err(Status::internal(format!("Service internal error: could not apply {quoted}")))
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::AnswerLost | Fault::OnlyAccepted) | None => Ok(fault),
        }
    }

    async fn change(&self, fault: Option<Fault>, write: Write) -> Result<Response<PointsOperationResponse>, Status> {
        self.0.points()?.write(vec![write]).await.map_err(engine_error)?;
        let status = match fault {
            Some(Fault::AnswerLost) => return Err(Status::unavailable("the answer got lost")),
            Some(Fault::OnlyAccepted) => UpdateStatus::Acknowledged,
            _ => UpdateStatus::Completed,
        };
        Ok(Response::new(done(status)))
    }
}

fn done(status: UpdateStatus) -> PointsOperationResponse {
    let result = UpdateResult { operation_id: None, status: status.into() };
    PointsOperationResponse { result: Some(result), ..PointsOperationResponse::default() }
}

fn engine_error(error: StoreError) -> Status {
    Status::invalid_argument(format!("Wrong input: {error}"))
}

fn limit_of(limit: Option<impl Into<u64>>) -> Result<usize, Status> {
    match limit.map(Into::into) {
        None | Some(0) => Err(Status::invalid_argument("limit: value 0 invalid, must be 1 or larger")),
        Some(limit) => Ok(limit as usize),
    }
}

fn is_wanted(selector: Option<WithVectorsSelector>) -> bool {
    use with_vectors_selector::SelectorOptions;
    matches!(selector.and_then(|selector| selector.selector_options), Some(SelectorOptions::Enable(true)))
}

fn collection_of<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Collection, Status> {
    let collection = state.collections.get_mut(name);
    collection.ok_or_else(|| Status::not_found(format!("Collection `{name}` doesn't exist!")))
}

/// Methods of a service that nothing of ours calls, in the form that `async_trait` gives them.
macro_rules! not_called {
    ($($method:ident($request:ty) -> $response:ty;)*) => {$(
        fn $method<'life0, 'async_trait>(
            &'life0 self,
            _request: Request<$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<$response>, Status>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        }
    )*};
}

#[tonic::async_trait]
impl Points for Service {
    async fn upsert(&self, request: Request<UpsertPoints>) -> Result<Response<PointsOperationResponse>, Status> {
        self.enter("upsert", &request, |requests, message| requests.upserts.push(message))?;
        let request = request.into_inner();
        let fault = self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        if request.points.is_empty() {
            return Err(Status::invalid_argument("Empty update request"));
        }
        let points = request.points.into_iter().map(|point| our_point(kind, point)).collect::<Result<_, _>>()?;
        self.change(fault, Write::Upsert { kind, points }).await
    }

    async fn delete(&self, request: Request<DeletePoints>) -> Result<Response<PointsOperationResponse>, Status> {
        self.enter("delete", &request, |requests, message| requests.deletes.push(message))?;
        let request = request.into_inner();
        let fault = self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        self.change(fault, Write::Delete { kind, filter: selected(request.points)? }).await
    }

    async fn update_batch(&self, request: Request<UpdateBatchPoints>) -> Result<Response<UpdateBatchResponse>, Status> {
        self.enter("update_batch", &request, |requests, message| requests.batches.push(message))?;
        let request = request.into_inner();
        let fault = self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        let changes = request.operations.into_iter().map(changed_fields).collect::<Result<Vec<_>, _>>()?;
        let fields = changes.into_iter().flatten().collect();
        let reply = self.change(fault, Write::SetFields { kind, fields }).await?.into_inner();
        Ok(Response::new(UpdateBatchResponse { result: reply.result.into_iter().collect(), ..Default::default() }))
    }

    async fn get(&self, request: Request<GetPoints>) -> Result<Response<GetResponse>, Status> {
        self.enter("get", &request, |requests, message| requests.gets.push(message))?;
        let request = request.into_inner();
        self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        let mut ids = our_ids(request.ids)?;
        // A real server promises no order.
        ids.sort_by_key(Uuid::as_u128);
        let points = self.0.points()?.get(kind, ids, is_wanted(request.with_vectors)).await.map_err(engine_error)?;
        let result = points.into_iter().map(retrieved).collect();
        Ok(Response::new(GetResponse { result, ..GetResponse::default() }))
    }

    async fn scroll(&self, request: Request<ScrollPoints>) -> Result<Response<ScrollResponse>, Status> {
        self.enter("scroll", &request, |requests, message| requests.scrolls.push(message))?;
        let request = request.into_inner();
        self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        let filter = our_filter(request.filter)?;
        let limit = limit_of(request.limit)?;
        let with_vectors = is_wanted(request.with_vectors);
        let points = self.0.points()?;
        let (found, next) = match (request.order_by, request.offset) {
            (Some(order), None) => {
                let order = our_order(order)?;
                let found = points.scroll_by(kind, filter, order, limit, with_vectors).await;
                (found.map_err(engine_error)?, None)
            }
            (None, offset) => {
                let from = offset.map(|offset| our_id(Some(offset))).transpose()?;
                points.scroll(kind, filter, from, limit, with_vectors).await.map_err(engine_error)?
            }
            (Some(_), Some(_)) => return Err(Status::invalid_argument("order_by does not go with an offset")),
        };
        let reply = ScrollResponse {
            next_page_offset: next.map(remote_id),
            result: found.into_iter().map(retrieved).collect(),
            ..ScrollResponse::default()
        };
        Ok(Response::new(reply))
    }

    async fn count(&self, request: Request<CountPoints>) -> Result<Response<CountResponse>, Status> {
        self.enter("count", &request, |requests, message| requests.counts.push(message))?;
        let request = request.into_inner();
        self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        let count = self.0.points()?.count(kind, our_filter(request.filter)?).await.map_err(engine_error)?;
        Ok(Response::new(CountResponse { result: Some(CountResult { count }), ..CountResponse::default() }))
    }

    async fn facet(&self, request: Request<FacetCounts>) -> Result<Response<FacetResponse>, Status> {
        self.enter("facet", &request, |_, _| {})?;
        let request = request.into_inner();
        self.fault(&request.collection_name).await?;
        if request.exact != Some(true) || request.limit != Some(MOST_VALUES_COUNTED as u64) {
            return Err(Status::invalid_argument("unexpected facet"));
        }
        let kind = kind_of(&request.collection_name)?;
        let field = interned(&request.key);
        let counted = self.0.points()?.count_by(kind, field, our_filter(request.filter)?).await;
        let hits = counted.map_err(engine_error)?.into_iter().map(facet_hit).collect();
        Ok(Response::new(FacetResponse { hits, ..FacetResponse::default() }))
    }

    async fn query(&self, request: Request<QueryPoints>) -> Result<Response<QueryResponse>, Status> {
        self.enter("query", &request, |requests, message| requests.queries.push(message))?;
        let request = request.into_inner();
        self.fault(&request.collection_name).await?;
        let kind = kind_of(&request.collection_name)?;
        let Some(query::Variant::Nearest(VectorInput { variant: Some(vector_input::Variant::Dense(vector)) })) =
            request.query.and_then(|query| query.variant)
        else {
            return Err(Status::invalid_argument("unexpected query"));
        };
        let filter = our_filter(request.filter)?;
        let offset = request.offset.unwrap_or_default() as usize;
        let found = self.0.points()?.search(kind, vector.data, filter, offset, limit_of(request.limit)?).await;
        let result = found.map_err(engine_error)?.into_iter().map(scored).collect();
        Ok(Response::new(QueryResponse { result, ..QueryResponse::default() }))
    }

    async fn create_field_index(
        &self,
        request: Request<CreateFieldIndexCollection>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        self.enter("create_field_index", &request, |requests, message| requests.indexes.push(message))?;
        let request = request.into_inner();
        let mut state = self.0.state();
        let collection = collection_of(&mut state, &request.collection_name)?;
        collection.indexes.insert(request.field_name.clone(), request);
        Ok(Response::new(done(UpdateStatus::Completed)))
    }

    not_called! {
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        query_batch(QueryBatchPoints) -> QueryBatchResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

#[tonic::async_trait]
impl Collections for Service {
    async fn get(
        &self,
        request: Request<GetCollectionInfoRequest>,
    ) -> Result<Response<GetCollectionInfoResponse>, Status> {
        self.enter("describe", &request, |_, _| {})?;
        let mut state = self.0.state();
        let collection = collection_of(&mut state, &request.get_ref().collection_name)?;
        let status = if collection.rewriting > 0 { CollectionStatus::Yellow } else { CollectionStatus::Green };
        collection.rewriting = collection.rewriting.saturating_sub(1);
        let info = CollectionInfo { status: status.into(), ..described(collection) };
        Ok(Response::new(GetCollectionInfoResponse { result: Some(info), ..Default::default() }))
    }

    async fn create(
        &self,
        request: Request<CreateCollection>,
    ) -> Result<Response<CollectionOperationResponse>, Status> {
        self.enter("create", &request, |requests, message| requests.creates.push(message))?;
        let made = request.into_inner();
        let name = made.collection_name.clone();
        let mut state = self.0.state();
        if state.collections.contains_key(&name) {
            return Err(Status::invalid_argument(format!("Wrong input: Collection `{name}` already exists!")));
        }
        state.collections.insert(name, Collection { made, indexes: Default::default(), rewriting: 0 });
        Ok(Response::new(CollectionOperationResponse { result: true, time: 0.0 }))
    }

    async fn update(
        &self,
        request: Request<UpdateCollection>,
    ) -> Result<Response<CollectionOperationResponse>, Status> {
        self.enter("update", &request, |requests, message| requests.updates.push(message))?;
        let request = request.into_inner();
        let mut state = self.0.state();
        let answers = state.rewriting_answers;
        let collection = collection_of(&mut state, &request.collection_name)?;
        if let Some(optimizers) = request.optimizers_config {
            collection.rewriting = if optimizers.deleted_threshold == Some(0.0) { answers } else { 0 };
            collection.made.optimizers_config = Some(optimizers);
        }
        if let Some(params) = request.params {
            let factor = &mut collection.made.write_consistency_factor;
            *factor = params.write_consistency_factor.or(*factor);
        }
        Ok(Response::new(CollectionOperationResponse { result: true, time: 0.0 }))
    }

    async fn collection_exists(
        &self,
        request: Request<CollectionExistsRequest>,
    ) -> Result<Response<CollectionExistsResponse>, Status> {
        self.enter("collection_exists", &request, |_, _| {})?;
        let exists = self.0.state().collections.contains_key(&request.get_ref().collection_name);
        Ok(Response::new(CollectionExistsResponse { result: Some(CollectionExists { exists }), time: 0.0 }))
    }

    not_called! {
        list(ListCollectionsRequest) -> ListCollectionsResponse;
        delete(DeleteCollection) -> CollectionOperationResponse;
        update_aliases(ChangeAliases) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

fn described(collection: &Collection) -> CollectionInfo {
    let made = &collection.made;
    let params = CollectionParams {
        shard_number: made.shard_number.unwrap_or(1),
        vectors_config: made.vectors_config.clone(),
        replication_factor: made.replication_factor,
        write_consistency_factor: made.write_consistency_factor,
        ..CollectionParams::default()
    };
    let config = CollectionConfig {
        params: Some(params),
        optimizer_config: made.optimizers_config,
        quantization_config: made.quantization_config,
        ..CollectionConfig::default()
    };
    let schema = collection.indexes.iter().map(|(field, index)| {
        let data_type = match index.field_type() {
            FieldType::Integer => PayloadSchemaType::Integer,
            FieldType::Float => PayloadSchemaType::Float,
            _ => PayloadSchemaType::Keyword,
        };
        (field.clone(), PayloadSchemaInfo { data_type: data_type.into(), ..PayloadSchemaInfo::default() })
    });
    CollectionInfo { config: Some(config), payload_schema: schema.collect(), ..CollectionInfo::default() }
}

#[tonic::async_trait]
impl Qdrant for Service {
    async fn health_check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckReply>, Status> {
        // As on a real server, it is answered without a key.
        drop(self.enter("health_check", &request, |_, _| {}));
        let version = self.0.state().version.clone().unwrap_or_else(|| VERSION.to_owned());
        let reply = HealthCheckReply { title: "qdrant - vector search engine".to_owned(), version, commit: None };
        Ok(Response::new(reply))
    }
}
