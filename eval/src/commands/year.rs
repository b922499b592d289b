use std::path::PathBuf;

use clap::Args;
use klartext_eval::data::read_lines;
use klartext_eval::gold::{GoldComment, Split};
use klartext_eval::service::Service;
use klartext_eval::year::{YearOptions, YearTable, measure};

use super::{OwnArgs, ServiceArgs, print};

#[derive(Args)]
pub struct YearArgs {
    #[command(flatten)]
    own: OwnArgs,
    /// The gold comments that the year is drawn from; tune is for trying things out
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// Comments a week on average
    #[arg(long, default_value_t = 75.0)]
    comments: f64,
    /// Years with planted effects; the first goes through the service, the others are counted from its labels
    #[arg(long, default_value_t = 20, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    years: usize,
    /// Years without effects, counted from the service's labels and looked at when they are over
    #[arg(long, default_value_t = 1_000)]
    quiet_years: usize,
    /// So many of these are looked at in every week
    #[arg(long, default_value_t = 100)]
    watched_quiet_years: usize,
    /// Largest p-value of a change
    #[arg(long, default_value_t = 0.02)]
    significance: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    service: ServiceArgs,
    /// Write JSON instead of tables
    #[arg(long)]
    json: bool,
}

impl YearArgs {
    pub fn run(self, cache: Option<PathBuf>) -> anyhow::Result<()> {
        let mut gold: Vec<GoldComment> = read_lines(&self.own.files().gold)?;
        gold.retain(|comment| comment.split == Some(self.split));
        let service = Service::open(&self.service.options(cache.as_ref()))?;
        let options = YearOptions {
            a_week: self.comments,
            years: self.years,
            quiet_years: self.quiet_years,
            watched_quiet_years: self.watched_quiet_years,
            seed: self.seed,
            significance: self.significance,
        };
        let report = measure(&gold, &service, &options)?;
        print(&report, YearTable(&report), self.json)
    }
}
