//! Who is served next in front of one server: weighted fair queueing (Demers, Keshav and Shenker 1989), all weights equal.
//!
//! The clock tells how far everybody would be if the server served all waiting callers at once, a little of each in turn.
//! A job's tag is when it would be done then: its cost beyond the clock, or beyond the tag of its caller's job before. The
//! lowest tag is served next. So callers who keep the queue busy get equal shares whatever the size of their jobs, and a
//! newcomer waits for no more of anybody's work than it brings itself. Both hold for up to [`MOST_SHARING`] callers; with
//! more it comes closer to first come, first served, so that small jobs without end cannot hold up a large one for ever.

use std::collections::{BTreeMap, HashMap};

/// While others wait, a job that does not fit into a run gets at most this part of it.
const LONGEST_PART: usize = 4;

/// The clock goes no slower than for so many callers.
const MOST_SHARING: usize = 8;

/// Tags and clock count in parts of a unit of cost, because the clock is slower than the server by the number of callers.
const FRACTIONS: u64 = 1 << 16;

/// Names a caller; nothing else is known of it here.
pub type CallerId = u64;

/// A job's place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    tag: u64,
    serial: u64,
}

#[derive(Default)]
struct Caller {
    last_tag: u64,
    /// Of its jobs.
    waiting: usize,
}

struct Job<T> {
    caller: CallerId,
    units: Vec<usize>,
    served: usize,
    /// Handed out with the first units.
    payload: Option<T>,
}

impl<T> Job<T> {
    fn rest(&self) -> usize {
        self.units[self.served..].iter().sum()
    }
}

/// Some or all units of a job, to be served now.
#[derive(Debug, PartialEq, Eq)]
pub struct Portion<T> {
    pub place: Place,
    /// With the job's first portion.
    pub payload: Option<T>,
    /// So many of the job's next units.
    pub units: usize,
    pub cost: usize,
    pub is_last: bool,
}

pub struct FairQueue<T> {
    clock: u64,
    next_serial: u64,
    jobs: BTreeMap<Place, Job<T>>,
    callers: HashMap<CallerId, Caller>,
    /// Callers of whom a job waits.
    waiting_callers: usize,
    /// The job of which a portion has been served. There is never a second one, because what has been served of it is
    /// held in memory until the last portion.
    begun: Option<Place>,
    cost: usize,
}

impl<T> FairQueue<T> {
    pub fn new() -> Self {
        Self {
            clock: 0,
            next_serial: 0,
            jobs: BTreeMap::new(),
            callers: HashMap::new(),
            waiting_callers: 0,
            begun: None,
            cost: 0,
        }
    }

    /// `units` are the costs of what cannot be served in parts; at least one.
    pub fn push(&mut self, caller: CallerId, units: Vec<usize>, payload: T) -> Place {
        let cost: usize = units.iter().sum();
        let state = self.callers.entry(caller).or_default();
        state.last_tag = self.clock.max(state.last_tag) + cost as u64 * FRACTIONS;
        state.waiting += 1;
        self.waiting_callers += usize::from(state.waiting == 1);
        let place = Place { tag: state.last_tag, serial: self.next_serial };
        self.next_serial += 1;
        self.cost += cost;
        self.jobs.insert(place, Job { caller, units, served: 0, payload: Some(payload) });
        place
    }

    /// Nobody waits for this job any more; one that is gone already stays gone.
    pub fn remove(&mut self, place: Place) {
        let Some(job) = self.jobs.remove(&place) else { return };
        self.cost -= job.rest();
        self.begun = self.begun.filter(|begun| *begun != place);
        if let Some(caller) = self.callers.get_mut(&job.caller) {
            caller.waiting -= 1;
            self.waiting_callers -= usize::from(caller.waiting == 0);
        }
        if self.jobs.is_empty() {
            // Nobody has waited, so nobody has been served before others.
            self.clock = self.clock.max(place.tag);
        }
    }

    /// The caller pushes nothing any more, and none of its jobs waits: it can be forgotten.
    pub fn leave(&mut self, caller: CallerId) {
        self.callers.remove(&caller);
    }

    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Of everything that waits.
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// What is served in the next run: portions in the order of their tags that cost at most `budget` together, but at
    /// least one unit when anything waits.
    pub fn take(&mut self, budget: usize) -> Vec<Portion<T>> {
        let mut portions: Vec<Portion<T>> = Vec::new();
        let mut left = budget;
        let order: Vec<Place> = self.jobs.keys().copied().collect();
        let others_wait = order.len() > 1;
        let sharing = self.waiting_callers.clamp(1, MOST_SHARING);
        for place in order {
            let Some(job) = self.jobs.get_mut(&place) else { continue };
            let fits = job.rest() <= left;
            if !fits && self.begun.is_some_and(|begun| begun != place) {
                continue;
            }
            let allowance = if !fits && others_wait { left.min(budget / LONGEST_PART) } else { left };
            let (mut units, mut cost) = units_within(&job.units[job.served..], allowance);
            if units == 0 && portions.is_empty() {
                (units, cost) = (1, job.units[job.served]);
            }
            if units == 0 {
                continue;
            }
            job.served += units;
            let is_last = job.served == job.units.len();
            portions.push(Portion { place, payload: job.payload.take(), units, cost, is_last });
            self.cost -= cost;
            match is_last {
                true => self.remove(place),
                false => self.begun = Some(place),
            }
            left = left.saturating_sub(cost);
            if left == 0 {
                break;
            }
        }
        let served: usize = portions.iter().map(|portion| portion.cost).sum();
        self.clock += served as u64 * FRACTIONS / sharing as u64;
        portions
    }
}

/// How many of the next units fit, and what they cost.
fn units_within(units: &[usize], allowance: usize) -> (usize, usize) {
    let mut sum = 0;
    let fitting = units.iter().take_while(|&&unit| {
        sum += unit;
        sum <= allowance
    });
    let count = fitting.count();
    (count, units[..count].iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: usize = 1_000;

    fn names(portions: &[Portion<&'static str>]) -> Vec<&'static str> {
        portions.iter().filter_map(|portion| portion.payload).collect()
    }

    #[test]
    fn a_run_is_filled_in_order_and_not_overfilled() {
        let mut queue = FairQueue::new();
        for (caller, name) in ["a", "b", "c"].into_iter().enumerate() {
            queue.push(caller as CallerId, vec![400], name);
        }
        assert_eq!(queue.cost(), 1_200);
        assert_eq!(names(&queue.take(RUN)), ["a", "b"]);
        assert_eq!(names(&queue.take(RUN)), ["c"]);
        assert!(queue.take(RUN).is_empty() && queue.is_empty());
        assert_eq!((queue.cost(), queue.waiting_callers), (0, 0));
    }

    #[test]
    fn a_small_newcomer_is_in_the_next_run_beside_busy_large_callers() {
        let mut queue = FairQueue::new();
        for _ in 0..50 {
            for caller in 0..6 {
                queue.push(caller, vec![500], "large");
            }
        }
        for newcomer in 6..100 {
            queue.take(RUN);
            queue.push(newcomer, vec![40], "small");
            assert!(names(&queue.take(RUN)).contains(&"small"));
        }
    }

    #[test]
    fn small_newcomers_without_end_do_not_starve_a_large_caller() {
        let mut queue = FairQueue::new();
        queue.push(0, vec![900], "large");
        let mut newcomer = 0;
        for _ in 0..100 {
            // Far more come new than are served.
            for _ in 0..100 {
                newcomer += 1;
                queue.push(newcomer, vec![50], "small");
            }
            if names(&queue.take(RUN)).contains(&"large") {
                return;
            }
        }
        panic!("the large one has not been served");
    }

    #[test]
    fn busy_callers_get_equal_shares_whatever_the_size_of_their_jobs() {
        let mut queue = FairQueue::new();
        let callers = [vec![50], vec![450], vec![60; 8]];
        let mut served = [0; 3];
        let mut owners: BTreeMap<Place, usize> = BTreeMap::new();
        // Each has always enough waiting for a whole run.
        for _ in 0..30 {
            for (caller, units) in callers.iter().enumerate() {
                owners.insert(queue.push(caller as CallerId, units.clone(), ""), caller);
            }
        }
        for _ in 0..600 {
            for portion in queue.take(RUN) {
                let caller = owners[&portion.place];
                served[caller] += portion.cost;
                if portion.is_last {
                    owners.insert(queue.push(caller as CallerId, callers[caller].clone(), ""), caller);
                }
            }
        }
        let total: usize = served.iter().sum();
        assert!(served.iter().all(|&served| (0.3..0.37).contains(&(served as f64 / total as f64))), "{served:?}");
    }

    #[test]
    fn a_job_that_does_not_fit_is_served_in_portions_beside_others_and_only_one_at_a_time() {
        let mut queue = FairQueue::new();
        let first = queue.push(0, vec![200; 30], "first");
        queue.push(1, vec![200; 30], "second");
        let mut portions_of_first = 0;
        for newcomer in 2.. {
            queue.push(newcomer, vec![10], "small");
            let run = queue.take(RUN);
            assert!(names(&run).contains(&"small"));
            assert!(run.iter().map(|portion| portion.cost).sum::<usize>() <= RUN);
            portions_of_first += run.iter().filter(|portion| portion.place == first).count();
            if run.iter().any(|portion| portion.place == first && portion.is_last) {
                break;
            }
            assert!(!names(&run).contains(&"second"), "the first one is not finished");
        }
        assert!(portions_of_first > 5, "{portions_of_first}");
    }

    #[test]
    fn a_job_alone_gets_the_whole_run_and_a_unit_larger_than_a_run_is_served() {
        let mut queue = FairQueue::new();
        queue.push(0, vec![300; 4], "alone");
        let run = queue.take(RUN);
        assert_eq!((run[0].units, run[0].cost, run[0].is_last), (3, 900, false));
        assert!(queue.take(RUN)[0].is_last);
        queue.push(0, vec![5_000], "huge");
        assert_eq!(queue.take(RUN)[0].cost, 5_000);
    }

    #[test]
    fn a_removed_job_is_not_served_and_leaves_room_for_the_next_long_one() {
        let mut queue = FairQueue::new();
        let gone = queue.push(0, vec![400; 10], "gone");
        queue.take(RUN);
        queue.push(1, vec![400; 10], "next");
        queue.remove(gone);
        queue.remove(gone);
        assert_eq!((queue.cost(), queue.waiting_callers), (4_000, 1));
        assert_eq!(names(&queue.take(RUN)), ["next"]);
    }
}
