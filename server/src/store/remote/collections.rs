//! The collections: made when they are missing, left as they are when they fit, refused when they do not.

#![expect(deprecated, reason = "servers before 1.20 do not know `memory`, which is to take the place of these fields")]

use std::time::{Duration, Instant};

use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::quantization_config::Quantization;
use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    CollectionExistsRequest, CollectionInfo, CollectionParams, CollectionParamsDiff, CollectionStatus,
    CreateCollection, CreateFieldIndexCollection, Distance, FieldType, FloatIndexParams, GetCollectionInfoRequest,
    HnswConfigDiff, IntegerIndexParams, KeywordIndexParams, OptimizersConfigDiff, PayloadIndexParams,
    PayloadSchemaType, QuantizationConfig, QuantizationType, ScalarQuantization, UpdateCollection, VectorParams,
    VectorParamsMap, VectorsConfig,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::connection::{Connection, Purpose, collections, points};
use super::options::{Quantisation, RemoteOptions};
use super::{completed, in_order};
use crate::store::{INDEXES, IndexKind, Kind, StoreError};

/// Seconds that the nodes of a cluster have to agree on a change.
const AGREEMENT_SECONDS: u64 = 30;
/// Edges per node of the graph, and how many candidates are looked at when a node is added.
const HNSW_EDGES: u64 = 16;
const HNSW_CANDIDATES: u64 = 128;
/// Outliers beyond this share do not stretch the range that one byte has to cover.
const INT8_QUANTILE: f32 = 0.99;
/// Share of deleted points from which a segment is rewritten, as in the embedded store.
const REWRITE_FROM_DELETED_SHARE: f64 = 0.1;
/// The fewest points of a segment that is rewritten for the sake of deleted ones; Qdrant takes no less.
const REWRITE_FROM_POINTS: u64 = 100;

/// How long [`rewrite`] waits for the server, and how often it looks.
const REWRITE_PATIENCE: Duration = Duration::from_secs(600);
const REWRITE_POLL: Duration = Duration::from_millis(500);

/// Several instances of this program may do this at the same time.
pub(super) async fn ensure(connection: &Connection, options: &RemoteOptions) -> Result<(), StoreError> {
    for kind in Kind::ALL {
        let name = options.collection(kind);
        if !exists(connection, &name).await? {
            create(connection, options, kind).await?;
        }
        let info = describe(connection, &name).await?;
        let params = params_of(&info);
        check_vectors(&params, kind, options)
            .map_err(|reason| connection.unusable(format!("collection {name} {reason}")))?;
        tell_differences(&name, &params, kind, options);
        settle(connection, &name, &info, options).await?;
        create_indexes(connection, &name, &info, kind, options).await?;
    }
    Ok(())
}

/// Have every segment rewritten from which anything was deleted, and wait until the server has nothing left to rewrite,
/// or until `closing`.
pub(super) async fn rewrite(
    connection: &Connection,
    options: &RemoteOptions,
    closing: &CancellationToken,
) -> Result<(), StoreError> {
    let names = Kind::ALL.map(|kind| options.collection(kind));
    for name in &names {
        update(connection, name, Some(optimizers(0.0)), None).await?;
    }
    let rewritten = tokio::select! {
        rewritten = wait_for_optimizers(connection, &names) => rewritten,
        () = closing.cancelled() => Ok(()),
    };
    // Also after a failure: lowered for good, every deletion would rewrite a segment.
    for name in &names {
        update(connection, name, Some(optimizers(REWRITE_FROM_DELETED_SHARE)), None).await?;
    }
    rewritten
}

async fn wait_for_optimizers(connection: &Connection, names: &[String]) -> Result<(), StoreError> {
    let started = Instant::now();
    for name in names {
        while describe(connection, name).await?.status() != CollectionStatus::Green {
            if started.elapsed() > REWRITE_PATIENCE {
                warn!(collection = name, "the Qdrant server is still rewriting; what is left waits for the next time");
                return Ok(());
            }
            tokio::time::sleep(REWRITE_POLL).await;
        }
    }
    Ok(())
}

async fn exists(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let request = CollectionExistsRequest { collection_name: name.to_owned() };
    let reply = connection
        .call(Purpose::Read, request, |service, request| async move {
            collections(service).collection_exists(request).await
        })
        .await?;
    Ok(reply.result.is_some_and(|result| result.exists))
}

async fn describe(connection: &Connection, name: &str) -> Result<CollectionInfo, StoreError> {
    let request = GetCollectionInfoRequest { collection_name: name.to_owned() };
    let reply = connection
        .call(Purpose::Read, request, |service, request| async move { collections(service).get(request).await })
        .await?;
    let nothing = || StoreError::Read { reason: format!("the Qdrant server says nothing about collection {name}") };
    reply.result.ok_or_else(nothing)
}

async fn create(connection: &Connection, options: &RemoteOptions, kind: Kind) -> Result<(), StoreError> {
    let request = new_collection(options, kind);
    let name = request.collection_name.clone();
    let created = connection
        .call(Purpose::SetUp, request, |service, request| async move { collections(service).create(request).await })
        .await;
    match created {
        Ok(_) => {
            info!(collection = name, "made a collection");
            Ok(())
        }
        // Another instance of this program was faster, or an earlier try was carried out unseen.
        Err(_) if exists(connection, &name).await? => Ok(()),
        Err(error) => Err(error),
    }
}

fn new_collection(options: &RemoteOptions, kind: Kind) -> CreateCollection {
    let vectors = if kind.has_vectors() {
        Config::Params(VectorParams {
            size: options.vector_size as u64,
            distance: Distance::Cosine.into(),
            on_disk: Some(options.on_disk),
            ..VectorParams::default()
        })
    } else {
        Config::ParamsMap(VectorParamsMap::default())
    };
    let hnsw = HnswConfigDiff {
        m: Some(HNSW_EDGES),
        ef_construct: Some(HNSW_CANDIDATES),
        on_disk: Some(false),
        ..HnswConfigDiff::default()
    };
    CreateCollection {
        collection_name: options.collection(kind),
        vectors_config: Some(VectorsConfig { config: Some(vectors) }),
        hnsw_config: kind.has_vectors().then_some(hnsw),
        quantization_config: quantisation(options, kind),
        optimizers_config: Some(optimizers(REWRITE_FROM_DELETED_SHARE)),
        shard_number: if kind.has_vectors() { options.shards } else { Some(1) },
        replication_factor: Some(options.replicas),
        write_consistency_factor: Some(options.write_consistency),
        on_disk_payload: Some(true),
        timeout: Some(AGREEMENT_SECONDS),
        ..CreateCollection::default()
    }
}

fn quantisation(options: &RemoteOptions, kind: Kind) -> Option<QuantizationConfig> {
    match options.quantisation {
        Quantisation::Int8 if kind.has_vectors() => {
            let scalar = ScalarQuantization {
                r#type: QuantizationType::Int8.into(),
                quantile: Some(INT8_QUANTILE),
                always_ram: Some(true),
                ..ScalarQuantization::default()
            };
            Some(QuantizationConfig { quantization: Some(Quantization::Scalar(scalar)) })
        }
        Quantisation::Int8 | Quantisation::None => None,
    }
}

fn optimizers(rewrite_from_deleted_share: f64) -> OptimizersConfigDiff {
    OptimizersConfigDiff {
        deleted_threshold: Some(rewrite_from_deleted_share),
        vacuum_min_vector_number: Some(REWRITE_FROM_POINTS),
        ..OptimizersConfigDiff::default()
    }
}

fn params_of(info: &CollectionInfo) -> CollectionParams {
    info.config.as_ref().and_then(|config| config.params.clone()).unwrap_or_default()
}

/// A collection that is there must hold vectors that ours can be compared with.
fn check_vectors(params: &CollectionParams, kind: Kind, options: &RemoteOptions) -> Result<(), String> {
    let advice = "name others with store.collection_prefix, or use the model that they were made with";
    let vectors = params.vectors_config.as_ref().and_then(|vectors| vectors.config.as_ref());
    match (vectors, kind.has_vectors()) {
        (None, false) => Ok(()),
        (Some(Config::ParamsMap(named)), false) if named.map.is_empty() => Ok(()),
        (Some(_), false) => Err(format!("has vectors, and {} have none; {advice}", kind.name())),
        (Some(Config::Params(vector)), true) => {
            if vector.size != options.vector_size as u64 {
                return Err(format!(
                    "has vectors of {} numbers instead of {}; {advice}",
                    vector.size, options.vector_size
                ));
            }
            if vector.distance() != Distance::Cosine {
                return Err(format!("compares vectors by {:?} instead of Cosine; {advice}", vector.distance()));
            }
            Ok(())
        }
        (None | Some(Config::ParamsMap(_)), true) => Err(format!("has no vectors without a name; {advice}")),
    }
}

/// What cannot be changed while a collection is in use stays as it was made.
fn tell_differences(name: &str, params: &CollectionParams, kind: Kind, options: &RemoteOptions) {
    let replicas = params.replication_factor.unwrap_or(1);
    if replicas != options.replicas {
        warn!(collection = name, replicas, wanted = options.replicas, "store.replicas differs from the collection's");
    }
    let shards = params.shard_number;
    if let Some(wanted) = options.shards.filter(|wanted| kind.has_vectors() && *wanted != shards) {
        warn!(collection = name, shards, wanted, "store.shards differs from the collection's");
    }
}

/// What can be changed at any time is as configured from now on. A rewrite that was broken off ends here too.
async fn settle(
    connection: &Connection,
    name: &str,
    info: &CollectionInfo,
    options: &RemoteOptions,
) -> Result<(), StoreError> {
    let config = info.config.as_ref();
    let deleted_share = config.and_then(|config| config.optimizer_config.as_ref()?.deleted_threshold);
    let consistency = params_of(info).write_consistency_factor;
    let new_optimizers =
        (deleted_share != Some(REWRITE_FROM_DELETED_SHARE)).then(|| optimizers(REWRITE_FROM_DELETED_SHARE));
    let new_params = (consistency != Some(options.write_consistency)).then(|| CollectionParamsDiff {
        write_consistency_factor: Some(options.write_consistency),
        ..CollectionParamsDiff::default()
    });
    if new_optimizers.is_none() && new_params.is_none() {
        return Ok(());
    }
    update(connection, name, new_optimizers, new_params).await
}

async fn update(
    connection: &Connection,
    name: &str,
    optimizers_config: Option<OptimizersConfigDiff>,
    params: Option<CollectionParamsDiff>,
) -> Result<(), StoreError> {
    let request = UpdateCollection {
        collection_name: name.to_owned(),
        optimizers_config,
        params,
        timeout: Some(AGREEMENT_SECONDS),
        ..UpdateCollection::default()
    };
    let call = |service, request| async move { collections(service).update(request).await };
    connection.call(Purpose::SetUp, request, call).await.map(|_done| ())
}

/// Creates those of [`INDEXES`] that are missing or of another type.
async fn create_indexes(
    connection: &Connection,
    name: &str,
    info: &CollectionInfo,
    kind: Kind,
    options: &RemoteOptions,
) -> Result<(), StoreError> {
    for (_, field, index) in INDEXES.iter().filter(|(of, _, _)| *of == kind) {
        let (field_type, schema_type, params) = index_params(*index, options.on_disk);
        if info.payload_schema.get(*field).is_some_and(|present| present.data_type() == schema_type) {
            continue;
        }
        let request = CreateFieldIndexCollection {
            collection_name: name.to_owned(),
            wait: Some(true),
            field_name: (*field).to_owned(),
            field_type: Some(field_type.into()),
            field_index_params: Some(PayloadIndexParams { index_params: Some(params) }),
            ordering: Some(in_order()),
            ..CreateFieldIndexCollection::default()
        };
        connection
            .call(Purpose::SetUp, request, |service, request| async move {
                points(service).create_field_index(request).await.and_then(completed)
            })
            .await?;
    }
    Ok(())
}

fn index_params(index: IndexKind, on_disk: bool) -> (FieldType, PayloadSchemaType, IndexParams) {
    let on_disk = Some(on_disk);
    let keyword = KeywordIndexParams { on_disk, ..KeywordIndexParams::default() };
    match index {
        IndexKind::Tenant => {
            let tenant = KeywordIndexParams { is_tenant: Some(true), ..keyword };
            (FieldType::Keyword, PayloadSchemaType::Keyword, IndexParams::KeywordIndexParams(tenant))
        }
        IndexKind::Keyword => {
            (FieldType::Keyword, PayloadSchemaType::Keyword, IndexParams::KeywordIndexParams(keyword))
        }
        // Ranges need no map that looks up single values, and counting needs nothing else.
        IndexKind::Integer | IndexKind::CountedInteger => {
            let is_counted = index == IndexKind::CountedInteger;
            let (lookup, range) = (Some(is_counted), Some(!is_counted));
            let integer = IntegerIndexParams { lookup, range, on_disk, ..IntegerIndexParams::default() };
            (FieldType::Integer, PayloadSchemaType::Integer, IndexParams::IntegerIndexParams(integer))
        }
        IndexKind::Float => {
            let float = FloatIndexParams { on_disk, ..FloatIndexParams::default() };
            (FieldType::Float, PayloadSchemaType::Float, IndexParams::FloatIndexParams(float))
        }
    }
}
