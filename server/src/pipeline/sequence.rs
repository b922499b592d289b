//! Numbers for changes that others follow, so that nobody who follows misses one.
//!
//! A change gets its number before it is written, and of two that are written at the same time the later number may be
//! visible first: whoever went on after it would never see the earlier one. So a number is under way from when it is given
//! until its write has ended, and followers read only up to what is [`Sequence::settled`].

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// Numbers of this age are taken as settled where other processes give some too: longer than a write may take, and than
/// clocks differ.
const LAG_OF_OTHERS: Duration = Duration::from_secs(15);

/// Gives numbers that grow: microseconds since 1970, or one more than the last where the clock stands still or goes back.
pub struct Sequence {
    state: Mutex<State>,
    /// Changes whenever numbers are settled.
    settled: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    last: i64,
    /// The first number of each write that has not ended.
    under_way: BTreeSet<i64>,
}

/// Numbers of one write; dropped when it has ended, however it ended.
pub struct Numbers {
    sequence: Arc<Sequence>,
    first: i64,
    next: i64,
}

impl Default for Sequence {
    fn default() -> Self {
        Self { state: Mutex::default(), settled: watch::Sender::new(()) }
    }
}

impl Sequence {
    /// `count` numbers, greater than all that were given before.
    pub fn reserve(self: &Arc<Self>, count: usize, now: DateTime<Utc>) -> Numbers {
        let mut state = self.state();
        let first = (state.last + 1).max(now.timestamp_micros());
        state.last = first + count.max(1) as i64 - 1;
        state.under_way.insert(first);
        Numbers { sequence: self.clone(), first, next: first }
    }

    /// Numbers from here on are greater than this: what an earlier process gave, or a follower has seen.
    pub fn raise_to(&self, number: i64) {
        let mut state = self.state();
        state.last = state.last.max(number);
    }

    /// Every number up to this one is of a write that has ended, and none will be given any more. `is_shared` says that
    /// other processes give numbers too.
    pub fn settled(&self, is_shared: bool, now: DateTime<Utc>) -> i64 {
        let state = self.state();
        let own = state.under_way.first().map(|first| first - 1);
        if is_shared {
            let of_others = (now - LAG_OF_OTHERS).timestamp_micros();
            return own.map_or(of_others, |own| own.min(of_others));
        }
        own.unwrap_or(state.last)
    }

    /// Changes whenever numbers are settled.
    pub fn follow(&self) -> watch::Receiver<()> {
        self.settled.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbers {
    /// The next one; at most as many as were asked for.
    pub fn take(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        self.sequence.state().under_way.remove(&self.first);
        self.sequence.settled.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_is_not_settled() {
        let sequence = Arc::new(Sequence::default());
        let now = Utc::now();
        let mut early = sequence.reserve(2, now);
        let mut late = sequence.reserve(1, now);
        let (first, second, third) = (early.take(), early.take(), late.take());
        assert!(first < second && second < third);
        drop(late);
        assert_eq!(sequence.settled(false, now), first - 1, "the earlier write may still become visible");
        drop(early);
        assert_eq!(sequence.settled(false, now), third);
    }

    #[test]
    fn a_clock_that_goes_back_does_not_matter() {
        let sequence = Arc::new(Sequence::default());
        let now = Utc::now();
        let first = sequence.reserve(1, now).take();
        let second = sequence.reserve(1, now - Duration::from_secs(60)).take();
        assert!(second > first);
        sequence.raise_to(second + 1_000);
        assert!(sequence.reserve(1, now).take() > second + 1_000);
    }

    /// Writers become visible in any order; a follower who reads up to what is settled sees every number once, in order.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_follower_misses_nothing_of_many_writers() {
        const WRITERS: usize = 64;
        const EACH: usize = 50;
        let sequence = Arc::new(Sequence::default());
        let visible: Arc<Mutex<BTreeSet<i64>>> = Arc::default();
        let write = |_| {
            let (sequence, visible) = (sequence.clone(), visible.clone());
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let mut numbers = sequence.reserve(2, Utc::now());
                    let written = [numbers.take(), numbers.take()];
                    for _ in 0..fastrand::usize(0..20) {
                        tokio::task::yield_now().await;
                    }
                    visible.lock().expect("nobody panics").extend(written);
                    drop(numbers);
                }
            })
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        let mut seen: Vec<i64> = Vec::new();
        let mut settled = sequence.follow();
        while seen.len() < WRITERS * EACH * 2 {
            settled.mark_unchanged();
            let up_to = sequence.settled(false, Utc::now());
            let after = seen.last().map_or(0, |last| last + 1);
            let read: Vec<i64> = match after <= up_to {
                true => visible.lock().expect("nobody panics").range(after..=up_to).copied().collect(),
                false => Vec::new(),
            };
            if read.is_empty() {
                settled.changed().await.expect("it goes on");
            }
            seen.extend(read);
        }
        for writer in writers {
            writer.await.expect("it does not panic");
        }
        assert!(seen.is_sorted_by(|left, right| left < right));
        assert_eq!(seen, visible.lock().expect("nobody panics").iter().copied().collect::<Vec<_>>());
    }

    #[test]
    fn others_are_given_time() {
        let sequence = Arc::new(Sequence::default());
        let now = Utc::now();
        drop(sequence.reserve(1, now));
        assert!(sequence.settled(true, now) < now.timestamp_micros());
        assert!(sequence.settled(true, now + LAG_OF_OTHERS) >= now.timestamp_micros());
    }
}
