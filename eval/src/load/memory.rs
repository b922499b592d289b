use std::fs;

/// Bytes of a process that no file stands behind; `None` where the system does not tell.
pub fn anonymous_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
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
