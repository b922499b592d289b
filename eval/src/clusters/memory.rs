use std::fs;

/// Begin to measure this process's largest memory anew. Only Linux tells.
pub fn forget_peak() {
    // Without the right to it the peak is that of the whole run, which is too much rather than too little.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Largest resident memory since then, in MiB.
pub fn peak_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
