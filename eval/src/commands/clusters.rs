use std::path::PathBuf;

use clap::Args;
use klartext_eval::clusters::{
    ClusterTable, DriftTable, HiddennessTable, MapTable, NameList, NeighbourTable, Peer, SpeedTable, measure,
    measure_drift, measure_hiddenness, measure_maps, measure_neighbours, measure_speed, name_sets, read_file,
    read_sets,
};
use klartext_eval::data::DataFolder;
use klartext_eval::vectors::Vectors;
use klartext_models::clusters::DiscoveryOptions;
use klartext_models::heads::Heads;

use super::{OwnArgs, print};

#[derive(Args)]
pub struct ClusterArgs {
    /// Folder of the data sets, <name>.jsonl each (eval/README.md)
    #[arg(long, value_name = "DIR", required_unless_present = "input")]
    data: Option<PathBuf>,
    /// A JSON Lines file with text and label instead
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Show what clusters of MobASA, GermEval, Banking77 and the gold comments are called, with what they say
    #[arg(long, requires = "data")]
    names: bool,
    #[command(flatten)]
    own: OwnArgs,
    /// Spread the texts over months in which classes begin and end, and measure whether clusters keep their identity
    #[arg(long, conflicts_with_all = ["names", "map", "mentions"])]
    drift: bool,
    /// Measure how true maps are to what they show, and how still they stand
    #[arg(long, conflicts_with_all = ["names", "mentions"])]
    map: bool,
    /// Measure how many texts are of the class of their ten nearest neighbours, without any clusters
    #[arg(long, conflicts_with_all = ["names", "map", "drift", "mentions"])]
    neighbours: bool,
    /// Measure speed on that many perturbed copies of the texts of all sets
    #[arg(long, value_name = "COUNT")]
    mentions: Option<usize>,
    /// A Python with umap-learn and hdbscan, to run BERTopic's defaults in turn
    #[arg(long, value_name = "FILE")]
    peer_python: Option<PathBuf>,
    #[arg(long, value_name = "FILE", default_value = "eval/peers/bertopic_defaults.py")]
    peer_script: PathBuf,
    #[command(flatten)]
    discovery: DiscoveryArgs,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct HiddennessArgs {
    /// Folder of the data sets, <name>.jsonl each (eval/README.md)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    own: OwnArgs,
    #[command(flatten)]
    discovery: DiscoveryArgs,
    /// Write JSON, with every category, instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct DiscoveryArgs {
    /// 0 is all cores
    #[arg(long, default_value_t = 0)]
    threads: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl ClusterArgs {
    pub fn run(self, vectors: &mut Vectors) -> anyhow::Result<()> {
        if self.names {
            let data = DataFolder::new(self.data.unwrap_or_default());
            let polarity = Heads::shipped()?.polarity;
            let named = name_sets(&data, &self.own.files().gold, vectors, &polarity, &self.discovery.options())?;
            print(&named, NameList(&named), self.json)?;
            return Ok(());
        }
        let sets = match (self.input, self.data) {
            (Some(file), _) => vec![read_file(&file, vectors)?],
            (None, folder) => read_sets(&DataFolder::new(folder.unwrap_or_default()), vectors)?,
        };
        if self.neighbours {
            let reports = measure_neighbours(&sets, &self.discovery.options())?;
            print(&reports, NeighbourTable(&reports), self.json)?;
            return Ok(());
        }
        let polarity = Heads::shipped()?.polarity;
        let options = self.discovery.options();
        let peer = self.peer_python.map(|python| Peer { python, script: self.peer_script });
        if let Some(mentions) = self.mentions {
            let originals = sets.iter().flat_map(|set| set.vectors.rows()).collect();
            drop(sets);
            let reports = measure_speed(&originals, mentions, &polarity, &options, peer.as_ref())?;
            print(&reports, SpeedTable(&reports), self.json)?;
            return Ok(());
        }
        if self.drift {
            let reports = measure_drift(&sets, &polarity, &options)?;
            print(&reports, DriftTable(&reports), self.json)?;
            return Ok(());
        }
        if self.map {
            let reports = measure_maps(&sets, &polarity, &options)?;
            print(&reports, MapTable(&reports), self.json)?;
            return Ok(());
        }
        let reports = measure(&sets, &polarity, &options, peer.as_ref())?;
        print(&reports, ClusterTable(&reports), self.json)?;
        Ok(())
    }
}

impl HiddennessArgs {
    pub fn run(self, vectors: &mut Vectors) -> anyhow::Result<()> {
        let gold = self.own.files().gold;
        let options = self.discovery.options();
        let reports = measure_hiddenness(&DataFolder::new(self.data), &gold, vectors, &Heads::shipped()?, &options)?;
        print(&reports, HiddennessTable(&reports), self.json)?;
        Ok(())
    }
}

impl DiscoveryArgs {
    fn options(&self) -> DiscoveryOptions {
        DiscoveryOptions { seed: self.seed, threads: self.threads, ..DiscoveryOptions::default() }
    }
}
