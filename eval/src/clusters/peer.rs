//! BERTopic's defaults on the same vectors, by eval/peers/bertopic_defaults.py.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use klartext_models::train::Matrix;
use serde::Deserialize;

use crate::{Error, Result};

/// A Python with umap-learn and hdbscan, and the script.
#[derive(Debug, Clone)]
pub struct Peer {
    pub python: PathBuf,
    pub script: PathBuf,
}

/// What the script says.
#[derive(Debug, Clone, Deserialize)]
pub struct PeerRun {
    /// Without the time to compile and to read.
    pub seconds: f64,
    /// Of all threads.
    pub cpu_seconds: f64,
    pub peak_mib: f64,
    /// Per vector; -1 is an outlier.
    pub clusters: Vec<i64>,
}

impl Peer {
    /// # Errors
    /// Python or the script fail: the error shows what they said.
    pub fn run(&self, vectors: &Matrix) -> Result<PeerRun> {
        let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
        let file = folder.path().join("vectors.f32");
        let numbers = vectors.slice(0..vectors.len());
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        fs::write(&file, bytes).map_err(Error::io(&file))?;
        let output =
            Command::new(&self.python).arg(&self.script).arg(&file).output().map_err(Error::io(&self.python))?;
        if !output.status.success() {
            return Err(failed(&self.script, &String::from_utf8_lossy(&output.stderr)));
        }
        let run: PeerRun = serde_json::from_slice(&output.stdout)?;
        if run.clusters.len() != vectors.len() {
            return Err(failed(&self.script, "it did not answer for every vector"));
        }
        Ok(run)
    }
}

impl PeerRun {
    pub fn clusters(&self) -> Vec<Option<u32>> {
        self.clusters.iter().map(|&cluster| u32::try_from(cluster).ok()).collect()
    }
}

fn failed(script: &Path, reason: &str) -> Error {
    Error::Peer(format!("{}: {}", script.display(), reason.trim()))
}
