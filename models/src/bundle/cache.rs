//! Where downloads and the bundle lie when nothing else is configured.

use std::path::PathBuf;

/// Downloads and the model bundle: `$KLARTEXT_CACHE`, else `$XDG_CACHE_HOME/klartext`, else `~/.cache/klartext`.
pub fn default_cache_dir() -> PathBuf {
    if let Some(cache) = non_empty("KLARTEXT_CACHE") {
        return cache;
    }
    let base = non_empty("XDG_CACHE_HOME")
        .or_else(|| non_empty("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    base.join("klartext")
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
