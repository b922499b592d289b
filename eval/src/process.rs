//! What a process takes of the machine. Only Linux tells.

use std::fs;
use std::time::Instant;

/// Of the kernel's clock in /proc; the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// What something cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub seconds: f64,
    /// Of all threads: says more than seconds where the machine does other things too.
    pub cpu_seconds: Option<f64>,
    /// Largest resident memory of the whole process meanwhile.
    pub peak_mib: Option<f64>,
}

/// Do something and tell what it cost.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    // Without the right to forget it, the peak is that of the whole run, which is too much rather than too little.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    let cpu_before = cpu_seconds();
    let result = work();
    let cost = Cost {
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds().zip(cpu_before).map(|(after, before)| after - before),
        peak_mib: peak_mib(),
    };
    (result, cost)
}

/// User and system time, fields 14 and 15 of the kernel's line about the process.
fn cpu_seconds() -> Option<f64> {
    let line = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the name, may have spaces, and ends with the last bracket.
    let (_, fields) = line.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map_while(|ticks| ticks.parse::<f64>().ok());
    Some((times.next()? + times.next()?) / TICKS_PER_SECOND)
}

fn peak_mib() -> Option<f64> {
    status_kib("self", "VmHWM:").map(|kib| kib as f64 / 1024.0)
}

/// Bytes of a process that no file stands behind; `None` where the system does not tell.
pub fn anonymous_memory(process: u32) -> Option<u64> {
    status_kib(&process.to_string(), "RssAnon:").map(|kib| kib * 1024)
}

fn status_kib(process: &str, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_this_process_can_be_read() {
        assert!(anonymous_memory(std::process::id()).is_none_or(|bytes| bytes > 0));
        assert_eq!(anonymous_memory(u32::MAX), None);
    }
}
