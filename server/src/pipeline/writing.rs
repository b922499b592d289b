//! Storing the comments of a call: once each, in place of what was there, acknowledged when durable.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tracing::Instrument;
use uuid::Uuid;

use super::sequence::Sequence;
use super::{Analysed, Engine, StoreOutcome};
use crate::error::{Error, Result};
use crate::insights::{
    AnalysedComment, Assigners, InboxItem, InboxRules, Known, Labeller, Reconciled, SegmentedText, analysed_comments,
    items_of, known_comments, reconcile, writes,
};
use crate::journey::{JourneyRegistry, RegisteredJourney};
use crate::store::{Kind, Store, StoreError, Write};

/// Who changes stored comments goes through here, so that two changes of one comment never mix.
pub struct Writing {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    labeller: Labeller,
    journeys: JourneyRegistry,
    assigners: Arc<Assigners>,
    inbox_rules: InboxRules,
    /// Of changes of inbox items.
    inbox_sequence: Arc<Sequence>,
    busy: BusyIds,
}

/// A stored comment with everything that labels are made from.
pub struct Labellable {
    pub analysed: AnalysedComment,
    pub stored_at: DateTime<Utc>,
    /// It had no vectors of today's label branch, so the encoder has read it again.
    pub is_encoded_again: bool,
    /// What it asks of people.
    pub items: Vec<InboxItem>,
}

impl Writing {
    pub(super) fn new(
        store: Arc<dyn Store>,
        engine: Arc<Engine>,
        journeys: JourneyRegistry,
        assigners: Arc<Assigners>,
        inbox_rules: InboxRules,
    ) -> Self {
        let labeller = engine.labeller();
        let (inbox_sequence, busy) = (Arc::default(), BusyIds::default());
        Self { store, engine, labeller, journeys, assigners, inbox_rules, inbox_sequence, busy }
    }

    pub(super) fn shared_store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// Of changes of inbox items.
    pub fn inbox_sequence(&self) -> &Arc<Sequence> {
        &self.inbox_sequence
    }

    /// Brings what a comment asks of people up to its labels ([`reconcile`]). Whoever calls it has claimed the comment, and
    /// writes what has changed with it.
    pub fn reconcile_inbox(
        &self,
        analysed: &mut AnalysedComment,
        known: Vec<InboxItem>,
        is_new_text: bool,
    ) -> Reconciled {
        let reconciled = reconcile(analysed, known, is_new_text, &self.inbox_rules, Utc::now());
        analysed.answered = reconciled.answered;
        reconciled
    }

    /// Writes changed inbox items, and then the comments' changes that belong to them: a crash in between leaves items whose
    /// comment is not acknowledged, and never the other way round. Durable when it returns; goes on when the caller stops
    /// waiting, because who follows the items waits until their write has ended.
    pub async fn write_with_items(&self, items: Vec<InboxItem>, changes: Vec<Write>) -> Result<()> {
        if items.is_empty() {
            return Ok(self.store.write(changes).await?);
        }
        let now = Utc::now();
        let mut numbers = self.inbox_sequence.reserve(items.len(), now);
        let points = items.into_iter().map(|item| item.to_point(numbers.take(), now)).collect::<Result<_>>()?;
        let mut writes = vec![Write::Upsert { kind: Kind::InboxItems, points }];
        writes.extend(changes);
        let store = self.store.clone();
        to_the_end(async move {
            let written = store.write(writes).await;
            drop(numbers);
            Ok(written?)
        })
        .await
    }

    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    pub fn assigners(&self) -> &Arc<Assigners> {
        &self.assigners
    }

    /// Gives a comment today's labels ([`Labeller::label_again`]), and its mentions the places that fit them. `journey` is
    /// the comment's.
    ///
    /// # Errors
    /// As the labeller's.
    pub fn label_again(&self, mut analysed: AnalysedComment, journey: &RegisteredJourney) -> Result<AnalysedComment> {
        analysed.insight = self.labeller.label_again(&analysed, journey)?;
        self.assigners.place(&mut analysed);
        Ok(analysed)
    }

    pub fn journeys(&self) -> &JourneyRegistry {
        &self.journeys
    }

    /// Comments with everything that labels are made from, in the order of `ids`; those that are not there are left out.
    /// What was stored under other weights of the label branch is encoded again.
    pub async fn labellable(&self, ids: Vec<Uuid>) -> Result<Vec<Labellable>> {
        let mut items: HashMap<Uuid, Vec<InboxItem>> = HashMap::new();
        for item in items_of(self.store.as_ref(), &ids).await? {
            items.entry(item.comment_id).or_default().push(item);
        }
        let points = self.store.get(Kind::Comments, ids, true).await?;
        let mut comments: Vec<Labellable> = Vec::with_capacity(points.len());
        for (analysed, stored_at) in analysed_comments(self.store.as_ref(), points).await? {
            let is_encoded_again = !self.labeller.has_vectors(&analysed);
            let items = items.remove(&analysed.id).unwrap_or_default();
            comments.push(Labellable { analysed, stored_at, is_encoded_again, items });
        }
        let mut outdated: Vec<&mut AnalysedComment> = comments
            .iter_mut()
            .filter(|comment| comment.is_encoded_again)
            .map(|comment| &mut comment.analysed)
            .collect();
        let segmented = |analysed: &&mut AnalysedComment| -> SegmentedText {
            (analysed.comment.text.clone(), analysed.insight.mention_spans())
        };
        let texts: Vec<SegmentedText> = outdated.iter().map(segmented).collect();
        if !texts.is_empty() {
            let encodings = self.engine.encode(texts).await?;
            for (analysed, encoding) in outdated.iter_mut().zip(&encodings) {
                let mentions = analysed.insight.mention_spans();
                analysed.label_vectors = Some(self.labeller.label_vectors(encoding, &mentions));
            }
        }
        Ok(comments)
    }

    /// Grows with each change of stored comments by this process, made or only tried.
    pub fn changes(&self) -> u64 {
        self.busy.releases.load(Ordering::Relaxed)
    }

    /// Wait until nobody else changes any of these comments, and keep others out until the claim is dropped. Claim first,
    /// then read what is to be changed.
    pub async fn claim<'a>(&'a self, ids: &'a HashSet<Uuid>) -> Claim<'a> {
        self.busy.occupy(ids).await;
        Claim { busy: &self.busy, ids }
    }

    /// The same for a claim that is handed on.
    pub async fn claim_owned(self: &Arc<Self>, ids: HashSet<Uuid>) -> OwnedClaim {
        self.busy.occupy(&ids).await;
        OwnedClaim { writing: self.clone(), ids }
    }

    /// Store what succeeded so far, and set its outcome; what cannot be stored becomes an error in its place.
    pub(super) async fn store_all(&self, results: &mut [Result<Analysed>]) {
        let ids: HashSet<Uuid> = results.iter().flatten().map(|result| result.analysed.id).collect();
        // Reading what is known and writing in its place must not mix with another call's for the same comment.
        let _claim = self.claim(&ids).await;
        if let Err(error) = self.store_claimed(&ids, results).await {
            let reason = error.to_string();
            for result in results.iter_mut().filter(|result| result.is_ok()) {
                *result = Err(Error::Store(StoreError::Write { reason: reason.clone() }));
            }
        }
    }

    async fn store_claimed(&self, ids: &HashSet<Uuid>, results: &mut [Result<Analysed>]) -> Result<()> {
        let mut known = known_comments(self.store.as_ref(), ids.iter().copied().collect()).await?;
        let sent_again = self.sent_again(&known, results).await?;
        let now = Utc::now();
        let mut changes: Vec<Write> = Vec::new();
        // By id: the same comment may come twice in one call.
        let mut changed_items: HashMap<Uuid, InboxItem> = HashMap::new();
        for result in results.iter_mut().flatten() {
            let before = known.get(&result.analysed.id);
            if let Some(before) = before {
                let stored = sent_again.get(&result.analysed.id);
                self.keep_what_was_said(&mut result.analysed, before, stored)?;
            }
            // Another discovery may have ended since it was labelled.
            self.assigners.place(&mut result.analysed);
            let mut new = Known::of(&result.analysed, now);
            if before.is_some_and(|before| before.fingerprint == new.fingerprint) {
                result.store_outcome = StoreOutcome::Unchanged;
                continue;
            }
            let items = before.map(|before| before.items.clone()).unwrap_or_default();
            // Mentions are named by the text too.
            let is_new_text = before.is_some_and(|before| before.mention_ids.first() != new.mention_ids.first());
            let Reconciled { changed, items, .. } = self.reconcile_inbox(&mut result.analysed, items, is_new_text);
            changed_items.extend(changed.into_iter().map(|item| (item.id, item)));
            new.items = items;
            changes.extend(writes(&result.analysed, before, now)?);
            result.store_outcome = if before.is_some() { StoreOutcome::Replaced } else { StoreOutcome::Created };
            known.insert(result.analysed.id, new);
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.write_with_items(changed_items.into_values().collect(), changes).await
    }

    /// What is stored, with its vectors, of comments that come with the same words and something else changed.
    async fn sent_again(
        &self,
        known: &HashMap<Uuid, Known>,
        results: &[Result<Analysed>],
    ) -> Result<HashMap<Uuid, AnalysedComment>> {
        let is_sent_again = |new: &&AnalysedComment| {
            known.get(&new.id).is_some_and(|known| {
                let new = Known::of(new, known.stored_at);
                known.fingerprint != new.fingerprint && known.mention_ids == new.mention_ids
            })
        };
        let sent = results.iter().flatten().map(|result| &result.analysed);
        let ids: HashSet<Uuid> = sent.filter(is_sent_again).map(|analysed| analysed.id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let points = self.store.get(Kind::Comments, ids.into_iter().collect(), true).await?;
        let stored = analysed_comments(self.store.as_ref(), points).await?;
        Ok(stored.into_iter().map(|(stored, _)| (stored.id, stored)).collect())
    }

    /// A comment that is sent again keeps what people have set and where it lies among the pain points, as far as its text
    /// is the same, and then the vectors that are `stored` too. Encoded again, in the company of other texts, it would get others
    /// in the last digits, and a mention that is nearly neutral another sentiment by chance.
    fn keep_what_was_said(
        &self,
        analysed: &mut AnalysedComment,
        before: &Known,
        stored: Option<&AnalysedComment>,
    ) -> Result<()> {
        let ids = Known::of(analysed, before.stored_at).mention_ids;
        for (mention, id) in analysed.insight.mentions.iter_mut().zip(ids) {
            mention.corrections = before.corrections.get(&id).cloned().unwrap_or_default();
            mention.place = before.places.get(&id).cloned().or(mention.place.take());
        }
        let stored = stored.filter(|stored| self.has_vectors_of(stored, analysed));
        if let Some(stored) = stored {
            analysed.vector = stored.vector.clone();
            analysed.mention_vectors = stored.mention_vectors.clone();
            analysed.label_vectors = stored.label_vectors.clone();
        }
        if stored.is_some() || !before.corrections.is_empty() {
            let journey = self.journeys.get(&analysed.comment.journey)?;
            analysed.insight = self.labeller.label_again(analysed, journey)?;
        }
        Ok(())
    }

    /// Is `stored` the same text, cut alike and read by today's label branch? (A call may have two texts of one id.)
    fn has_vectors_of(&self, stored: &AnalysedComment, new: &AnalysedComment) -> bool {
        stored.comment.text == new.comment.text
            && stored.insight.mention_spans() == new.insight.mention_spans()
            && self.labeller.has_vectors(stored)
    }
}

/// Runs to its end even when the caller stops waiting: a claim must not be given up while its write is under way.
pub async fn to_the_end<T: Send + 'static>(change: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let changing = tokio::spawn(change.in_current_span());
    changing.await.map_err(|error| Error::Internal(format!("a change failed: {error}")))?
}

/// The comments that are being written right now.
#[derive(Default)]
pub(super) struct BusyIds {
    ids: Mutex<HashSet<Uuid>>,
    released: Notify,
    releases: AtomicU64,
}

/// Comments that only its holder changes.
pub struct Claim<'a> {
    busy: &'a BusyIds,
    ids: &'a HashSet<Uuid>,
}

/// Comments that only its holder changes.
pub struct OwnedClaim {
    writing: Arc<Writing>,
    ids: HashSet<Uuid>,
}

impl BusyIds {
    /// Wait until nobody else writes any of these comments, and keep others out until they are released.
    pub(super) async fn occupy(&self, ids: &HashSet<Uuid>) {
        loop {
            let released = self.released.notified();
            {
                let mut busy = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
                if busy.is_disjoint(ids) {
                    busy.extend(ids);
                    return;
                }
            }
            released.await;
        }
    }

    pub(super) fn release(&self, ids: &HashSet<Uuid>) {
        let mut busy = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|id| !ids.contains(id));
        drop(busy);
        self.releases.fetch_add(1, Ordering::Relaxed);
        self.released.notify_waiters();
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.busy.release(self.ids);
    }
}

impl Drop for OwnedClaim {
    fn drop(&mut self) {
        self.writing.busy.release(&self.ids);
    }
}
