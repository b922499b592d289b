//! A store whose operations are timed, counted and traced.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use tracing::{Instrument, debug_span, field};
use uuid::Uuid;

use super::{Compaction, FieldValue, Filter, Kind, Order, Point, ScoredPoint, Store, StoreError, Write};
use crate::ops::metrics::StoreMetrics;

pub struct MeteredStore {
    store: Arc<dyn Store>,
    metrics: StoreMetrics,
}

impl MeteredStore {
    pub fn new(store: Arc<dyn Store>, metrics: StoreMetrics) -> Self {
        Self { store, metrics }
    }

    /// An operation whose caller stops waiting for it is not counted.
    async fn metered<T>(
        &self,
        operation: &'static str,
        kind: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let span = debug_span!("store", otel.name = operation, store.kind = kind, store.outcome = field::Empty);
        let start = Instant::now();
        let result = work.instrument(span.clone()).await;
        let outcome = outcome(&result);
        span.record("store.outcome", outcome);
        self.metrics.done(operation, kind, outcome, start.elapsed());
        result
    }
}

fn outcome<T>(result: &Result<T, StoreError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(StoreError::Locked { .. }) => "locked",
        Err(StoreError::Damaged { .. }) => "damaged",
        Err(StoreError::Write { .. }) => "write_failed",
        Err(StoreError::Read { .. }) => "read_failed",
        Err(StoreError::Unreachable { .. }) => "unreachable",
        Err(StoreError::Unusable { .. }) => "unusable",
        Err(StoreError::InvalidPoint { .. }) => "invalid_point",
        Err(StoreError::Closed) => "closed",
    }
}

/// The kind of all `writes`, or "several".
fn kind_of(writes: &[Write]) -> &'static str {
    let mut kinds = writes.iter().map(Write::kind);
    match kinds.next() {
        Some(first) if kinds.all(|kind| kind == first) => first.name(),
        _ => "several",
    }
}

/// Operations that concern the store as a whole.
const WHOLE: &str = "all";

#[async_trait]
impl Store for MeteredStore {
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.metered("write", kind_of(&writes), self.store.write(writes)).await
    }

    async fn get(&self, kind: Kind, ids: Vec<Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError> {
        self.metered("get", kind.name(), self.store.get(kind, ids, with_vectors)).await
    }

    async fn matching(&self, kind: Kind, filter: Filter, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, StoreError> {
        self.metered("matching", kind.name(), self.store.matching(kind, filter, ids)).await
    }

    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<Uuid>), StoreError> {
        self.metered("scroll", kind.name(), self.store.scroll(kind, filter, from, limit, with_vectors)).await
    }

    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError> {
        self.metered("scroll_by", kind.name(), self.store.scroll_by(kind, filter, order, limit, with_vectors)).await
    }

    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        self.metered("search", kind.name(), self.store.search(kind, vector, filter, offset, limit)).await
    }

    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError> {
        self.metered("count", kind.name(), self.store.count(kind, filter)).await
    }

    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError> {
        self.metered("count_by", kind.name(), self.store.count_by(kind, field, filter)).await
    }

    async fn compact(&self) -> Result<Compaction, StoreError> {
        self.metered("compact", WHOLE, self.store.compact()).await
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.metered("ready", WHOLE, self.store.ready()).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.metered("close", WHOLE, self.store.close()).await
    }
}
