//! Time and memory of discovery, on perturbed copies of real vectors.

use std::fmt;

use klartext_models::VECTOR_SIZE;
use klartext_models::clusters::{Discovery, DiscoveryOptions, sample};
use klartext_models::train::Matrix;
use serde::Serialize;

use super::{Peer, table};
use crate::Result;
use crate::process::{Cost, measured};
use crate::random::Random;

/// Largest change of a number of a vector: a copy is a little farther from its original than a paraphrase.
const NOISE: f32 = 0.025;
/// Mentions that are made and assigned at once, where they are too many to be clustered.
const BLOCK: usize = 10_000;

#[derive(Debug, Clone, Serialize)]
pub struct SpeedReport {
    pub method: &'static str,
    pub mentions: usize,
    /// Of these, how many were clustered; the others were assigned.
    pub clustered: usize,
    pub clusters: usize,
    pub seconds: f64,
    /// Of all threads.
    pub cpu_seconds: Option<f64>,
    /// Of the whole process, with the clustered vectors.
    pub peak_mib: Option<f64>,
}

/// All reports, as a table for people.
pub struct SpeedTable<'a>(pub &'a [SpeedReport]);

/// Discover clusters in `mentions` perturbed copies of `originals`; the peer gets the same vectors if there is one.
pub fn measure_speed(
    originals: &Matrix,
    mentions: usize,
    polarity: &[f32],
    options: &DiscoveryOptions,
    peer: Option<&Peer>,
) -> Result<Vec<SpeedReport>> {
    let clustered = sample(mentions, options.clustered_at_most, options.seed);
    let vectors = copies(originals, clustered.iter().copied());
    let (discovery, cost) = measured(|| Discovery::of(&vectors, polarity, options));
    let discovery = discovery?;
    let mut assigning = Cost { seconds: 0.0, cpu_seconds: Some(0.0), peak_mib: None };
    if clustered.len() < mentions {
        for first in (0..mentions).step_by(BLOCK) {
            let block = copies(originals, first..mentions.min(first + BLOCK));
            let (_, of_block) = measured(|| discovery.model.assign_all(&block, options));
            assigning.seconds += of_block.seconds;
            assigning.cpu_seconds = assigning.cpu_seconds.zip(of_block.cpu_seconds).map(|(sum, more)| sum + more);
        }
    }
    let hierarchy = &discovery.model.hierarchy;
    let mut reports = vec![SpeedReport {
        method: "klartext",
        mentions,
        clustered: clustered.len(),
        clusters: hierarchy.levels[hierarchy.chosen].clusters,
        seconds: cost.seconds + assigning.seconds,
        cpu_seconds: cost.cpu_seconds.zip(assigning.cpu_seconds).map(|(finding, assigning)| finding + assigning),
        // Assigning goes block by block, and takes no more.
        peak_mib: cost.peak_mib,
    }];
    if let Some(peer) = peer {
        let run = peer.run(&vectors)?;
        let clusters = run.clusters.iter().max().map_or(0, |&highest| (highest + 1) as usize);
        reports.push(SpeedReport {
            method: "bertopic",
            mentions: vectors.len(),
            clustered: vectors.len(),
            clusters,
            seconds: run.seconds,
            cpu_seconds: Some(run.cpu_seconds),
            peak_mib: Some(run.peak_mib),
        });
    }
    Ok(reports)
}

/// The copies at some positions: each depends on its position only, so they can be made again.
fn copies(originals: &Matrix, positions: impl Iterator<Item = usize>) -> Matrix {
    let mut vectors = Matrix::default();
    let mut copy = [0.0; VECTOR_SIZE];
    for position in positions {
        let mut random = Random::new(position as u64);
        for (value, original) in copy.iter_mut().zip(originals.row(position % originals.len())) {
            *value = original + NOISE * (2.0 * random.uniform() as f32 - 1.0);
        }
        let length = copy.iter().map(|value| value * value).sum::<f32>().sqrt();
        copy.iter_mut().for_each(|value| *value /= length);
        vectors.push(&copy);
    }
    vectors
}

impl fmt::Display for SpeedTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["method", "mentions", "clustered", "clusters", "seconds", "CPU s", "peak MiB"];
        let rows = self.0.iter().map(|report| {
            vec![
                report.method.to_owned(),
                report.mentions.to_string(),
                report.clustered.to_string(),
                report.clusters.to_string(),
                format!("{:.1}", report.seconds),
                report.cpu_seconds.map_or("–".to_owned(), |seconds| format!("{seconds:.1}")),
                report.peak_mib.map_or("–".to_owned(), |peak| format!("{peak:.0}")),
            ]
        });
        write!(formatter, "{}", table(&header, rows, 1))
    }
}
