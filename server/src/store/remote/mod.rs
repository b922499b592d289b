//! Qdrant as a server or a cluster, through crate `qdrant-client`: one collection per [`Kind`].
//!
//! **Unproven.** All of this is tested against a stand-in that speaks Qdrant's protocol and answers from the embedded
//! engine (`server/tests/fake_qdrant`), so the wire, the order, the repetitions and the errors are tested, and the
//! meaning of the settings for a real server is not. Until `KLARTEXT_TEST_QDRANT_URL=… cargo test --test conformance` has
//! run against a real server, this store is called unproven.
//!
//! **What acknowledged means.** Every change is sent with `wait`, so the answer comes when it has been applied and is in
//! the server's log, on as many replicas as `write_consistency` says. Then it survives the death of the server's
//! process. Qdrant syncs its log to the disk a few seconds later: what one machine loses when its power fails is there
//! only if another replica has it.
//!
//! **Order.** The changes of one list are sent one after the other, the next when the one before has been applied. They
//! ask for medium ordering: each shard has one replica through which all of its changes go, so all replicas apply them
//! in the same order, whoever sends them; when it is lost, another takes over. Of two programs that change one point at
//! the same time, the last one wins, with its whole point.
//!
//! **Repetition.** A call without an answer, or with the answer that the server is not available or at fault, is repeated
//! until its time is over; `connection.rs` says why that is safe. One thing may happen: a change that was held up between
//! two nodes of a cluster, and given up here, arrives late, after a newer one of the same point. Sending the comment
//! again repairs that.

mod collections;
mod connection;
mod convert;
mod options;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    CountPoints, DeletePoints, Direction, FacetCounts, GetPoints, HealthCheckRequest, OrderBy, PointStruct,
    PointsOperationResponse, PointsSelector, PointsUpdateOperation, QuantizationSearchParams, Query, QueryPoints,
    ScrollPoints, ScrollResponse, SearchParams, UpdateBatchPoints, UpdateBatchResponse, UpdateResult, UpdateStatus,
    UpsertPoints, WriteOrdering, WriteOrderingType,
};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tracing::{info, warn};
use uuid::Uuid;

use self::connection::{Connection, Purpose, points, server};
use self::convert::{field_messages, field_value, messages, our_id, point, remote_filter, remote_id, scored_point};
pub use self::options::{ApiKey, Quantisation, RemoteOptions, Timeouts};
use super::check::{check_field, check_writes};
use super::{
    Compaction, FieldValue, Filter, Kind, MOST_VALUES_COUNTED, Order, Point, ScoredPoint, Store, StoreError, Write,
};

/// The oldest server that this was written for, as major and minor version.
const OLDEST_VERSION: (u64, u64) = (1, 16);
/// Points in one reply.
const POINTS_PER_READ: usize = 1_000;
/// How many times more points than asked for are compared by their full vectors.
const OVERSAMPLING: f64 = 2.0;

/// The store on a Qdrant server.
pub struct RemoteStore {
    connection: Connection,
    options: RemoteOptions,
    /// Whether it was closed. Everything that is under way holds a read lock, so closing waits for it.
    closed: RwLock<bool>,
    /// Tells what takes long that it shall end.
    closing: CancellationToken,
}

impl RemoteStore {
    /// Connect, and make what is missing of collections and indexes. Safe for several programs at once.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when there is no answer in the time for a read;
    /// [`StoreError::Unusable`] when the server refuses the API key, or has a collection of this name with other vectors;
    /// [`StoreError::Write`] when a collection or an index cannot be made.
    pub async fn connect(options: RemoteOptions) -> Result<RemoteStore, StoreError> {
        let connection = Connection::new(&options)?;
        check_version(&connection).await?;
        collections::ensure(&connection, &options).await?;
        Ok(RemoteStore { connection, options, closed: RwLock::new(false), closing: CancellationToken::new() })
    }

    /// Keep the answer until the operation is done.
    async fn open(&self) -> Result<RwLockReadGuard<'_, bool>, StoreError> {
        let closed = self.closed.read().await;
        if *closed { Err(StoreError::Closed) } else { Ok(closed) }
    }

    async fn upsert(&self, kind: Kind, points_of_message: Vec<PointStruct>) -> Result<(), StoreError> {
        let request = UpsertPoints {
            collection_name: self.options.collection(kind),
            wait: Some(true),
            points: points_of_message,
            ordering: Some(in_order()),
            ..UpsertPoints::default()
        };
        self.connection
            .call(Purpose::Write, request, |service, request| async move {
                points(service).upsert(request).await.and_then(completed)
            })
            .await
            .map(|_done| ())
    }

    async fn set_fields(&self, kind: Kind, operations: Vec<PointsUpdateOperation>) -> Result<(), StoreError> {
        let request = UpdateBatchPoints {
            collection_name: self.options.collection(kind),
            wait: Some(true),
            operations,
            ordering: Some(in_order()),
            ..UpdateBatchPoints::default()
        };
        let call =
            |service, request| async move { points(service).update_batch(request).await.and_then(all_completed) };
        self.connection.call(Purpose::Write, request, call).await.map(|_done| ())
    }

    async fn delete(&self, kind: Kind, filter: &Filter) -> Result<(), StoreError> {
        let filter = remote_filter(filter).map_err(|reason| StoreError::Write { reason })?;
        let request = DeletePoints {
            collection_name: self.options.collection(kind),
            wait: Some(true),
            points: Some(PointsSelector { points_selector_one_of: Some(PointsSelectorOneOf::Filter(filter)) }),
            ordering: Some(in_order()),
            ..DeletePoints::default()
        };
        self.connection
            .call(Purpose::Write, request, |service, request| async move {
                points(service).delete(request).await.and_then(completed)
            })
            .await
            .map(|_done| ())
    }

    async fn scroll_once(&self, request: ScrollPoints) -> Result<ScrollResponse, StoreError> {
        let call = |service, request| async move { points(service).scroll(request).await };
        self.connection.call(Purpose::Read, request, call).await
    }

    fn scroll_request(
        &self,
        kind: Kind,
        filter: &Filter,
        limit: usize,
        with_vectors: bool,
    ) -> Result<ScrollPoints, StoreError> {
        Ok(ScrollPoints {
            collection_name: self.options.collection(kind),
            filter: Some(read_filter(filter)?),
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            with_payload: Some(true.into()),
            with_vectors: Some((with_vectors && kind.has_vectors()).into()),
            ..ScrollPoints::default()
        })
    }
}

#[async_trait]
impl Store for RemoteStore {
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let _open = self.open().await?;
        check_writes(&writes, self.options.vector_size)?;
        for write in writes {
            match write {
                Write::Upsert { kind, points } => {
                    for message in messages(points) {
                        self.upsert(kind, message).await?;
                    }
                }
                Write::SetFields { kind, fields } => {
                    for message in field_messages(fields) {
                        self.set_fields(kind, message).await?;
                    }
                }
                Write::Delete { kind, filter } => self.delete(kind, &filter).await?,
            }
        }
        Ok(())
    }

    async fn get(&self, kind: Kind, ids: Vec<Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError> {
        let _open = self.open().await?;
        let mut asked = HashSet::with_capacity(ids.len());
        let ids: Vec<Uuid> = ids.into_iter().filter(|id| asked.insert(*id)).collect();
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(POINTS_PER_READ) {
            let request = GetPoints {
                collection_name: self.options.collection(kind),
                ids: part.iter().copied().map(remote_id).collect(),
                with_payload: Some(true.into()),
                with_vectors: Some((with_vectors && kind.has_vectors()).into()),
                ..GetPoints::default()
            };
            let call = |service, request| async move { points(service).get(request).await };
            let reply = self.connection.call(Purpose::Read, request, call).await?;
            let stored = reply.result.into_iter().map(|stored| point(kind, stored));
            // The server answers in an order of its own.
            let mut by_id: HashMap<Uuid, Point> =
                stored.map(|stored| stored.map(|point| (point.id, point))).collect::<Result<_, _>>()?;
            found.extend(part.iter().filter_map(|id| by_id.remove(id)));
        }
        Ok(found)
    }

    async fn matching(&self, kind: Kind, filter: Filter, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, StoreError> {
        let _open = self.open().await?;
        let mut found = HashSet::with_capacity(ids.len());
        for part in ids.chunks(POINTS_PER_READ) {
            let among = filter.clone().among(part.to_vec());
            let mut request = self.scroll_request(kind, &among, part.len(), false)?;
            request.with_payload = Some(false.into());
            for stored in self.scroll_once(request).await?.result {
                found.insert(our_id(stored.id)?);
            }
        }
        Ok(found)
    }

    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<Uuid>), StoreError> {
        let _open = self.open().await?;
        let mut found = Vec::new();
        let mut next = from;
        while found.len() < limit {
            let part = POINTS_PER_READ.min(limit - found.len());
            let mut request = self.scroll_request(kind, &filter, part, with_vectors)?;
            request.offset = next.map(remote_id);
            let reply = self.scroll_once(request).await?;
            for stored in reply.result {
                found.push(point(kind, stored)?);
            }
            next = reply.next_page_offset.map(|id| our_id(Some(id))).transpose()?;
            if next.is_none() {
                break;
            }
        }
        Ok((found, next))
    }

    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError> {
        let _open = self.open().await?;
        check_field(order.field).map_err(|reason| StoreError::Read { reason })?;
        let mut request = self.scroll_request(kind, &filter, limit, with_vectors)?;
        let direction = if order.descending { Direction::Desc } else { Direction::Asc };
        request.order_by =
            Some(OrderBy { key: order.field.to_owned(), direction: Some(direction.into()), ..OrderBy::default() });
        let reply = self.scroll_once(request).await?;
        reply.result.into_iter().map(|stored| point(kind, stored)).collect()
    }

    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        let _open = self.open().await?;
        let rescored = QuantizationSearchParams { rescore: Some(true), oversampling: Some(OVERSAMPLING), ignore: None };
        let quantised = self.options.quantisation == Quantisation::Int8;
        let request = QueryPoints {
            collection_name: self.options.collection(kind),
            query: Some(Query::new_nearest(vector)),
            filter: Some(read_filter(&filter)?),
            params: quantised.then(|| SearchParams { quantization: Some(rescored), ..SearchParams::default() }),
            offset: Some(offset as u64),
            limit: Some(limit as u64),
            with_payload: Some(true.into()),
            with_vectors: Some(false.into()),
            ..QueryPoints::default()
        };
        let call = |service, request| async move { points(service).query(request).await };
        let reply = self.connection.call(Purpose::Read, request, call).await?;
        reply.result.into_iter().map(scored_point).collect()
    }

    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError> {
        let _open = self.open().await?;
        let request = CountPoints {
            collection_name: self.options.collection(kind),
            filter: Some(read_filter(&filter)?),
            exact: Some(true),
            ..CountPoints::default()
        };
        let call = |service, request| async move { points(service).count(request).await };
        let reply = self.connection.call(Purpose::Read, request, call).await?;
        Ok(reply.result.unwrap_or_default().count)
    }

    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError> {
        let _open = self.open().await?;
        check_field(field).map_err(|reason| StoreError::Read { reason })?;
        let request = FacetCounts {
            collection_name: self.options.collection(kind),
            key: field.to_owned(),
            filter: Some(read_filter(&filter)?),
            limit: Some(MOST_VALUES_COUNTED as u64),
            exact: Some(true),
            ..FacetCounts::default()
        };
        let call = |service, request| async move { points(service).facet(request).await };
        let reply = self.connection.call(Purpose::Read, request, call).await?;
        reply.hits.into_iter().map(|hit| Ok((field_value(hit.value)?, hit.count))).collect()
    }

    /// Asks the server to rewrite every segment from which anything was deleted, and waits some minutes for it. That is
    /// no promise: Qdrant leaves segments of less than a hundred points alone, its log keeps old changes until it is cut,
    /// and its snapshots are its own.
    async fn compact(&self) -> Result<Compaction, StoreError> {
        let _open = self.open().await?;
        collections::rewrite(&self.connection, &self.options, &self.closing).await?;
        Ok(Compaction::LeftToServer)
    }

    /// Reads one comment: that needs the address, the API key, the collection, and a replica of each of its shards.
    async fn ready(&self) -> Result<(), StoreError> {
        self.scroll(Kind::Comments, Filter::default(), None, 1, false).await.map(|_page| ())
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.closing.cancel();
        let mut closed = self.closed.write().await;
        if *closed {
            return Err(StoreError::Closed);
        }
        *closed = true;
        Ok(())
    }
}

fn read_filter(filter: &Filter) -> Result<qdrant_client::qdrant::Filter, StoreError> {
    remote_filter(filter).map_err(|reason| StoreError::Read { reason })
}

/// Through one replica after the other while there is any: see the top of this file.
fn in_order() -> WriteOrdering {
    WriteOrdering { r#type: WriteOrderingType::Medium.into() }
}

/// An answer to a change is no acknowledgement when the server only has it in its queue.
fn completed(reply: Response<PointsOperationResponse>) -> Result<Response<PointsOperationResponse>, Status> {
    check_completed(reply.get_ref().result.as_ref())?;
    Ok(reply)
}

fn all_completed(reply: Response<UpdateBatchResponse>) -> Result<Response<UpdateBatchResponse>, Status> {
    reply.get_ref().result.iter().try_for_each(|result| check_completed(Some(result)))?;
    Ok(reply)
}

fn check_completed(result: Option<&UpdateResult>) -> Result<(), Status> {
    match result.map(UpdateResult::status) {
        Some(UpdateStatus::Completed) => Ok(()),
        Some(status) => Err(Status::deadline_exceeded(format!("the change was not applied in time ({status:?})"))),
        None => Err(Status::internal("the answer does not say whether the change was applied")),
    }
}

async fn check_version(connection: &Connection) -> Result<(), StoreError> {
    let call = |service, request| async move { server(service).health_check(request).await };
    let reply = connection.call(Purpose::Read, HealthCheckRequest {}, call).await?;
    let version = reply.version;
    info!(address = connection.address(), version, "the Qdrant server answers");
    let mut numbers = version.split('.').map(|number| number.parse::<u64>().ok());
    if let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next())
        && (major, minor) >= OLDEST_VERSION
    {
        return Ok(());
    }
    let (major, minor) = OLDEST_VERSION;
    warn!(version, "this program was written for Qdrant {major}.{minor} or newer");
    Ok(())
}
