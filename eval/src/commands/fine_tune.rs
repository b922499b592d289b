use std::path::PathBuf;

use clap::Args;
use klartext_eval::data::{DataFolder, GERMEVAL_DEV};
use klartext_eval::parts::fine_tuned_row;
use klartext_eval::report::Report;
use klartext_models::bundle::default_cache_dir;
use klartext_models::train::BranchOptions;

use super::{BootstrapArgs, LabelBranchArgs, print_report};

#[derive(Args)]
pub struct FineTuneArgs {
    /// Folder of the data sets, <name>.jsonl each (eval/README.md)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[arg(long, value_name = "NAME", default_value = GERMEVAL_DEV)]
    set: String,
    #[command(flatten)]
    label_branch: LabelBranchArgs,
    #[arg(long, default_value_t = BranchOptions::default().epochs)]
    epochs: usize,
    /// Highest rate of learning
    #[arg(long, default_value_t = BranchOptions::default().rate)]
    rate: f64,
    /// 0 is all cores
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Also print what was taken for what, with examples; they are texts of the data set
    #[arg(long)]
    confusion: bool,
    #[command(flatten)]
    bootstrap: BootstrapArgs,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl FineTuneArgs {
    pub fn run(self, cache: Option<PathBuf>) -> anyhow::Result<()> {
        let set = DataFolder::new(&self.data).set(&self.set)?;
        let options = BranchOptions { epochs: self.epochs, rate: self.rate, ..BranchOptions::default() };
        let cache_folder = cache.unwrap_or_else(default_cache_dir);
        let branch = self.label_branch.branch()?;
        let row = fine_tuned_row(&set, &cache_folder, &branch, &options, self.threads, &self.bootstrap.bootstrap())?;
        print_report(Report { rows: vec![row], left_out: Vec::new() }, false, self.confusion, self.json)
    }
}
