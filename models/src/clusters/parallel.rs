use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Tasks that a thread takes at once, so that taking costs nothing beside small ones.
const MOST_TASKS_AT_ONCE: usize = 256;

/// The results of `work` on 0 to `tasks - 1`, in that order. Every task is computed by one thread alone, libtorch
/// included, so the results do not depend on the number of threads.
pub fn in_parallel<T: Send>(threads: usize, tasks: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let at_once = (tasks / (threads * 8)).clamp(1, MOST_TASKS_AT_ONCE);
    let taken = AtomicUsize::new(0);
    let next = || {
        let start = taken.fetch_add(at_once, Ordering::Relaxed);
        (start < tasks).then(|| start..tasks.min(start + at_once))
    };
    let mut done: Vec<(usize, Vec<T>)> = thread::scope(|scope| {
        let worker = || {
            tch::set_num_threads(1);
            let mut done = Vec::new();
            while let Some(range) = next() {
                done.push((range.start, range.map(&work).collect()));
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().flat_map(join).collect()
    });
    done.sort_unstable_by_key(|&(start, _)| start);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for (threads, tasks) in [(1, 0), (1, 5), (3, 1), (4, 5_000)] {
            let squares = in_parallel(threads, tasks, |task| task * task);
            assert_eq!(squares, (0..tasks).map(|task| task * task).collect::<Vec<_>>());
        }
    }
}
