//! How well discovered clusters fit classes that they did not know, and how fast they are found.

mod drift;
mod hiddenness;
mod map;
mod names;
mod neighbours;
mod peer;
mod quality;
mod sets;
mod speed;

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::clusters::{Discovery, DiscoveryOptions, Level};
use serde::Serialize;

pub use drift::{DriftReport, DriftTable, measure_drift};
pub use hiddenness::{HiddennessReport, HiddennessTable, measure_hiddenness};
pub use map::{MapReport, MapTable, measure_maps};
pub use names::{NameList, NamedCluster, name_sets};
pub use neighbours::{NeighbourReport, NeighbourTable, measure_neighbours};
pub use peer::Peer;
pub use sets::{ClassifiedTexts, read_file, read_sets};
pub use speed::{SpeedReport, SpeedTable, measure_speed};

use crate::Result;
use crate::metrics::{expected_calibration_error, reliability};
use crate::process::measured;
use quality::{Quality, is_of_main_class};

/// One method on one set.
#[derive(Debug, Clone, Serialize)]
pub struct ClusterReport {
    pub data: String,
    /// "klartext" or "bertopic".
    pub method: &'static str,
    pub texts: usize,
    pub classes: usize,
    #[serde(flatten)]
    pub quality: Quality,
    /// Similarity from which clusters are joined at the chosen level; the peer has none.
    pub similarity: Option<f64>,
    /// All levels, the finest first; the peer has none.
    pub levels: Vec<LevelReport>,
    /// Share of members whose score is below one half.
    pub weak: Option<f64>,
    /// Expected calibration error of the score: that a text is of its cluster's main class.
    pub calibration_error: Option<f64>,
    pub seconds: f64,
    /// Of all threads: says more than seconds where the machine does other things too.
    pub cpu_seconds: Option<f64>,
    /// Of the whole process, vectors and whatever else it holds included.
    pub peak_mib: Option<f64>,
}

/// A level of the hierarchy, and how it fits the classes. The figures do not take part in its choice.
#[derive(Debug, Clone, Serialize)]
pub struct LevelReport {
    pub similarity: f64,
    pub stability: Option<f64>,
    #[serde(flatten)]
    pub quality: Quality,
}

/// All reports, as a table for people.
pub struct ClusterTable<'a>(pub &'a [ClusterReport]);

/// Discover clusters in each set, and let the peer do so too if there is one.
pub fn measure(
    sets: &[ClassifiedTexts],
    polarity: &[f32],
    options: &DiscoveryOptions,
    peer: Option<&Peer>,
) -> Result<Vec<ClusterReport>> {
    let mut reports = Vec::new();
    for set in sets {
        reports.push(discover(set, polarity, options)?);
        if let Some(peer) = peer {
            reports.push(ask(peer, set)?);
        }
    }
    Ok(reports)
}

fn discover(set: &ClassifiedTexts, polarity: &[f32], options: &DiscoveryOptions) -> Result<ClusterReport> {
    let (discovery, cost) = measured(|| Discovery::of(&set.vectors, polarity, options));
    let discovery = discovery?;
    let clusters = discovery.clusters();
    let scores: Vec<f32> = discovery.memberships.iter().map(|membership| membership.score).collect();
    let weak = discovery.memberships.iter().filter(|membership| membership.is_weak()).count();
    let hierarchy = &discovery.model.hierarchy;
    Ok(ClusterReport {
        data: set.name.clone(),
        method: "klartext",
        texts: set.classes.len(),
        classes: set.class_count(),
        quality: Quality::of(&set.classes, &clusters.iter().map(|&cluster| Some(cluster)).collect::<Vec<_>>()),
        similarity: Some(hierarchy.levels[hierarchy.chosen].similarity),
        levels: levels(&discovery, &set.classes),
        weak: Some(weak as f64 / scores.len() as f64),
        calibration_error: Some(expected_calibration_error(&reliability(
            &scores,
            &is_of_main_class(&set.classes, &clusters),
        ))),
        seconds: cost.seconds,
        cpu_seconds: cost.cpu_seconds,
        peak_mib: cost.peak_mib,
    })
}

fn levels(discovery: &Discovery, classes: &[u32]) -> Vec<LevelReport> {
    let hierarchy = &discovery.model.hierarchy;
    let leaves = || discovery.memberships.iter().map(|membership| membership.leaf);
    let report = |(position, level): (usize, &Level)| LevelReport {
        similarity: level.similarity,
        stability: level.stability,
        quality: Quality::of(
            classes,
            &leaves().map(|leaf| Some(hierarchy.cluster_at(position, leaf))).collect::<Vec<_>>(),
        ),
    };
    hierarchy.levels.iter().enumerate().map(report).collect()
}

fn ask(peer: &Peer, set: &ClassifiedTexts) -> Result<ClusterReport> {
    let run = peer.run(&set.vectors)?;
    Ok(ClusterReport {
        data: set.name.clone(),
        method: "bertopic",
        texts: set.classes.len(),
        classes: set.class_count(),
        quality: Quality::of(&set.classes, &run.clusters()),
        similarity: None,
        levels: Vec::new(),
        weak: None,
        calibration_error: None,
        seconds: run.seconds,
        cpu_seconds: Some(run.cpu_seconds),
        peak_mib: Some(run.peak_mib),
    })
}

impl fmt::Display for ClusterTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = [
            "data",
            "method",
            "texts",
            "classes",
            "clusters",
            "ARI",
            "ARI without outliers",
            "NMI",
            "over-grouping",
            "under-grouping",
            "outliers",
            "weak",
            "ECE",
            "seconds",
            "CPU s",
            "peak MiB",
        ];
        let or_none =
            |value: Option<f64>, digits: usize| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
        let rows = self.0.iter().map(|report| {
            vec![
                report.data.clone(),
                report.method.to_owned(),
                report.texts.to_string(),
                report.classes.to_string(),
                report.quality.clusters.to_string(),
                format!("{:.3}", report.quality.ari),
                format!("{:.3}", report.quality.ari_without_outliers),
                format!("{:.3}", report.quality.nmi),
                format!("{:.3}", report.quality.over_grouping),
                format!("{:.3}", report.quality.under_grouping),
                format!("{:.3}", report.quality.outliers),
                or_none(report.weak, 3),
                or_none(report.calibration_error, 3),
                format!("{:.1}", report.seconds),
                or_none(report.cpu_seconds, 1),
                or_none(report.peak_mib, 0),
            ]
        });
        write!(formatter, "{}", table(&header, rows, 2))
    }
}

/// The columns from `first_number` on are aligned to the right.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>, first_number: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    for column in first_number..header.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
