//! Opening a data folder: lock it, and load or create the shards with their configuration and indexes.

use std::fs::{File, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use qdrant_edge::{
    CreateIndex, DEFAULT_VECTOR_NAME, Distance, EdgeConfig, EdgeConfigBuilder, EdgeOptimizersConfig, EdgeShard,
    EdgeVectorParamsBuilder, FieldIndexOperations, HnswIndexConfig, Memory, PayloadFieldSchema, PointOperations,
    UpdateOperation, WAL_PATH, WalOptions,
};

use super::convert::{index_schema, json_path};
use super::folders;
use crate::store::commit::panic_message;
use crate::store::{INDEXES, Kind, StoreError};

/// Locked for as long as a process has the data folder open. qdrant-edge locks each shard's log too, but says so only
/// in the words of an error.
const LOCK_FILE: &str = "lock";
/// The file by which qdrant-edge knows a shard.
const SHARD_CONFIG_FILE: &str = "edge_config.json";
/// Log segments are laid out at this size in advance (as sparse files).
const LOG_SEGMENT_BYTES: usize = 32 * 1024 * 1024;
/// The same for kinds that have few points.
const SMALL_LOG_SEGMENT_BYTES: usize = 1024 * 1024;
/// Vectors (in KB) from which a segment becomes immutable when tidied up: 6,700 of 384 numbers.
const SEGMENT_SEALED_FROM_KB: usize = 10_000;
/// Vectors (in KB) beyond which segments are not merged: bounds how long one tidy-up takes.
const SEGMENT_MERGED_UP_TO_KB: usize = 200_000;
/// Segments from which on new ones are merged with old ones. Each merge writes its points again, and reads every payload
/// once per index: with 2, 100,000 points were written some five times over; a search does not mind a few segments more.
const SEGMENTS_BEFORE_MERGING: usize = 8;
/// Share of deleted points from which a segment is rewritten.
const REWRITE_FROM_DELETED_SHARE: f64 = 0.1;
/// Segments with fewer points (deleted ones included) are not rewritten for the sake of the deleted ones.
const REWRITE_FROM_POINTS: usize = 100;
/// Where qdrant-edge notes how far its log has been flushed.
const LOG_STATE_FILE: &str = "first-index";
/// Filler operations between two flushes, so that the log does not grow while it is being filled.
const FILLER_OPERATIONS_PER_FLUSH: u64 = 20_000;

pub(super) fn lock_folder(folder: &Path) -> Result<File, StoreError> {
    let cannot = |what: &str, error: io::Error| StoreError::Write {
        reason: format!("could not {what} data folder {}: {error}", folder.display()),
    };
    std::fs::create_dir_all(folder).map_err(|error| cannot("make", error))?;
    let file = File::create(folder.join(LOCK_FILE)).map_err(|error| cannot("lock", error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(cannot("lock", error)),
    }
}

pub(super) fn open_shard(data_folder: &Path, kind: Kind, vector_size: usize) -> Result<EdgeShard, StoreError> {
    let folder = folders::current(data_folder, kind)
        .map_err(|error| StoreError::Damaged { folder: data_folder.to_owned(), reason: error.to_string() })?;
    let damaged = |reason: String| StoreError::Damaged { folder: folder.clone(), reason };
    check_vector_size(&folder, kind, vector_size)?;
    // qdrant-edge asserts much about what it reads from the disk.
    let opened = catch_unwind(AssertUnwindSafe(|| load_or_create(&folder, kind, vector_size)));
    match opened {
        Ok(Ok(shard)) => {
            if let Err(error) = folders::remove_all_but(data_folder, kind, &folder) {
                tracing::warn!(kind = kind.name(), %error, "could not delete what a compaction has left");
            }
            Ok(shard)
        }
        Ok(Err(reason)) => Err(damaged(with_advice(&reason))),
        Err(panic) => Err(damaged(with_advice(&panic_message(&*panic)))),
    }
}

fn with_advice(reason: &str) -> String {
    format!(
        "{reason}; restore a backup of it, or, if the log is the cause, move its `wal` folder aside, which loses what \
         was written after the last flush"
    )
}

/// Told apart from damage: there is nothing to restore, another model is configured.
fn check_vector_size(folder: &Path, kind: Kind, vector_size: usize) -> Result<(), StoreError> {
    let Some(Ok(config)) = EdgeConfig::load(folder) else { return Ok(()) };
    let stored = config.vectors.get(DEFAULT_VECTOR_NAME).map(|vector| vector.size);
    let expected = kind.has_vectors().then_some(vector_size);
    if stored == expected {
        return Ok(());
    }
    let numbers = |size: Option<usize>| size.map_or("none".to_owned(), |size| format!("{size} numbers"));
    Err(StoreError::Damaged {
        folder: folder.to_owned(),
        reason: format!(
            "its vectors have {}, and the configuration asks for {}; use the model it was made with, or another folder",
            numbers(stored),
            numbers(expected)
        ),
    })
}

pub(super) fn load_or_create(folder: &Path, kind: Kind, vector_size: usize) -> Result<EdgeShard, String> {
    let config = shard_config(kind, vector_size);
    // Without its configuration a folder is either new or was cut off while being made; if segments are in it all the
    // same, `new` refuses.
    let shard = if folder.join(SHARD_CONFIG_FILE).exists() {
        EdgeShard::load(folder, Some(config))
    } else {
        EdgeShard::new(folder, config)
    }
    .map_err(|error| error.to_string())?;
    create_indexes(&shard, kind)?;
    // What a replay has restored is as durable as anything else from here on.
    flush(&shard)?;
    catch_up_numbering(&shard)?;
    Ok(shard)
}

/// **No graph for searches.** A search looks at every vector that the filter lets through. With 100,000 mentions of 384
/// numbers that takes 28 ms of one core, so .3 s with a million; with a filter that leaves a tenth, 5 ms; one that leaves
/// 136, .7 ms. A graph (HNSW) would answer in 1.4 ms, and was measured to take 39 s and 448 MB to build for 50,000 points:
/// for each segment, again whenever tidying up or a compaction rewrites it, on the cores and in the memory that the model
/// needs. A search by a person is worth neither; where searches are many, a Qdrant server has graphs. (Figures of two busy
/// cores, `tests/figures.rs`.)
fn shard_config(kind: Kind, vector_size: usize) -> EdgeConfig {
    let no_graph = HnswIndexConfig { m: 0, payload_m: Some(0), max_indexing_threads: 1, ..HnswIndexConfig::default() };
    let log_segment_bytes = if kind.has_vectors() { LOG_SEGMENT_BYTES } else { SMALL_LOG_SEGMENT_BYTES };
    let config = EdgeConfigBuilder::new()
        .payload_memory(Memory::Cold)
        .hnsw_config(no_graph)
        .optimizers(EdgeOptimizersConfig {
            deleted_threshold: Some(REWRITE_FROM_DELETED_SHARE),
            vacuum_min_vector_number: Some(REWRITE_FROM_POINTS),
            default_segment_number: Some(SEGMENTS_BEFORE_MERGING),
            max_segment_size: Some(SEGMENT_MERGED_UP_TO_KB),
            indexing_threshold: Some(SEGMENT_SEALED_FROM_KB),
            prevent_unoptimized: None,
        })
        .wal_options(WalOptions { segment_capacity: log_segment_bytes, ..WalOptions::default() })
        // One means none of its own: the caller's thread does the work (see the top of this file).
        .max_search_threads(1);
    if !kind.has_vectors() {
        return config.build();
    }
    let vector = EdgeVectorParamsBuilder::new(vector_size, Distance::Cosine).memory(Memory::Cold).build();
    config.vector(DEFAULT_VECTOR_NAME, vector).build()
}

/// Creates those of [`INDEXES`] that are missing or of another type.
fn create_indexes(shard: &EdgeShard, kind: Kind) -> Result<(), String> {
    let present = shard.info().map_err(|error| error.to_string())?.payload_schema;
    for (_, field, index_kind) in INDEXES.iter().filter(|(of, _, _)| *of == kind) {
        let field_name = json_path(field)?;
        let schema = index_schema(*index_kind);
        if present.get(&field_name).is_some_and(|index| index.params.as_ref() == Some(&schema)) {
            continue;
        }
        let create = CreateIndex { field_name, field_schema: Some(PayloadFieldSchema::FieldParams(schema)) };
        shard
            .update(UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(create)))
            .map_err(|error| format!("index on {field}: {error}"))?;
    }
    Ok(())
}

fn flush(shard: &EdgeShard) -> Result<(), String> {
    shard.flush().map_err(|error| error.to_string())
}

/// Makes sure that the next operation gets a number that no stored point has yet.
///
/// Operations are numbered by their place in the log, and a point ignores one whose number is not higher than that of
/// its last change, without an error. When the log has lost its end (a power failure) or all of it (somebody moved it
/// aside), its numbers begin again below those of the points, and from then on changes would be acknowledged and lost.
/// So operations that do nothing fill the gap.
fn catch_up_numbering(shard: &EdgeShard) -> Result<(), String> {
    let newest_point = newest_segment_version(shard)?;
    let mut log_end = acknowledged_log_end(shard)?;
    if log_end >= newest_point {
        return Ok(());
    }
    tracing::warn!(
        shard = %shard.path().display(), log_end, newest_point,
        "the log is older than the points; filling the gap, what was written after the last checkpoint may be lost"
    );
    while log_end < newest_point {
        let missing = newest_point - log_end;
        // One more, for the number at which an empty log begins.
        for _ in 0..=missing.min(FILLER_OPERATIONS_PER_FLUSH) {
            let nothing = PointOperations::DeletePoints { ids: Vec::new() };
            shard.update(UpdateOperation::PointOperation(nothing)).map_err(|error| error.to_string())?;
        }
        flush(shard)?;
        let filled_to = acknowledged_log_end(shard)?;
        if filled_to <= log_end {
            return Err(format!("the log ends at operation {filled_to} and the points at {newest_point}"));
        }
        log_end = filled_to;
    }
    Ok(())
}

/// The number of the last operation that any segment holds.
fn newest_segment_version(shard: &EdgeShard) -> Result<u64, String> {
    let manifest = shard.snapshot_manifest().map_err(|error| error.to_string())?;
    let manifest = serde_json::to_value(manifest).map_err(|error| error.to_string())?;
    let segments = manifest.as_object().into_iter().flat_map(serde_json::Map::values);
    segments
        .map(|segment| segment["segment_version"].as_u64().ok_or_else(|| "a segment has no version".to_owned()))
        .try_fold(0, |newest, version| Ok(newest.max(version?)))
}

/// The number up to which the log was flushed last: at most that of its last entry. Right after a flush only.
fn acknowledged_log_end(shard: &EdgeShard) -> Result<u64, String> {
    #[derive(serde::Deserialize)]
    struct LogState {
        ack_index: u64,
    }
    let file = shard.path().join(WAL_PATH).join(LOG_STATE_FILE);
    let content = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let state: LogState = serde_json::from_slice(&content).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(state.ack_index)
}
