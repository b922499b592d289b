//! The commands with many arguments.

mod behaviour;
mod clusters;
mod fine_tune;
mod read;
mod report;
mod year;

use std::fmt::Display;
use std::path::PathBuf;

use clap::Args;
use klartext_eval::metrics::Bootstrap;
use klartext_eval::parts::OwnFiles;
use klartext_eval::report::{ConfusionTables, ReliabilityTable, Report, ReportTable};
use klartext_eval::service::ServiceOptions;
use klartext_models::encoder::LabelBranch;
use serde::Serialize;

pub use behaviour::BehaviourArgs;
pub use clusters::{ClusterArgs, HiddennessArgs};
pub use fine_tune::FineTuneArgs;
pub use read::ReadArgs;
pub use report::ReportArgs;
pub use year::YearArgs;

/// A report as JSON for programs, or for people.
pub fn print(report: &impl Serialize, for_people: impl Display, json: bool) -> anyhow::Result<()> {
    match json {
        true => println!("{}", serde_json::to_string_pretty(report)?),
        false => println!("{for_people}"),
    }
    Ok(())
}

/// A report as JSON for programs, or as tables for people. What was taken for what holds texts of the data sets: it is only
/// there with `confusion`.
pub fn print_report(mut report: Report, reliability: bool, confusion: bool, json: bool) -> anyhow::Result<()> {
    if !confusion {
        report = report.without_texts();
    }
    print(&report, ReportTable(&report), json)?;
    if reliability && !json {
        println!("\n{}", ReliabilityTable(&report));
    }
    if confusion && !json {
        println!("\n{}", ConfusionTables(&report));
    }
    Ok(())
}

/// Which service is asked.
#[derive(Args)]
pub struct ServiceArgs {
    /// A service that runs, for example http://127.0.0.1:50051
    #[arg(long, value_name = "URL", conflicts_with = "binary")]
    server: Option<String>,
    /// Start this `klartext` on a free port, with a data folder of its own [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// A setting of the service that is started, for example limits.max_queue_wait=2s
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "server")]
    set: Vec<String>,
}

impl ServiceArgs {
    /// `cache` is where the encoder is looked for, if it was named.
    pub fn options(self, cache: Option<&PathBuf>) -> ServiceOptions {
        let mut settings = vec!["log.filter=warn".to_owned()];
        settings.extend(cache.map(|folder| format!("models.cache={}", folder.display())));
        settings.extend(self.set);
        ServiceOptions { server: self.server, binary: self.binary, settings }
    }
}

/// How confidence intervals are made.
#[derive(Args)]
pub struct BootstrapArgs {
    /// Draws for the 95 % intervals; 0 for none
    #[arg(long, default_value_t = Bootstrap::default().resamples)]
    resamples: usize,
    /// Seed of these draws
    #[arg(long, default_value_t = Bootstrap::default().seed)]
    seed: u64,
}

impl BootstrapArgs {
    pub fn bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.resamples, seed: self.seed }
    }
}

/// What a command begins with.
#[derive(Args)]
pub struct LabelBranchArgs {
    /// Folder of another label branch than the one inside this program
    #[arg(long, value_name = "DIR")]
    label_branch: Option<PathBuf>,
}

impl LabelBranchArgs {
    pub fn branch(&self) -> klartext_models::Result<LabelBranch> {
        self.label_branch.as_deref().map_or_else(LabelBranch::shipped, LabelBranch::read)
    }
}

/// Where the project's own files are.
#[derive(Args)]
pub struct OwnArgs {
    /// The project's folder with gold comments, behavioural cases and texts
    #[arg(long, value_name = "DIR", default_value = "eval")]
    own: PathBuf,
}

impl OwnArgs {
    pub fn files(&self) -> OwnFiles {
        OwnFiles::in_folder(&self.own)
    }
}
