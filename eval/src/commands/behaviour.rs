use std::path::PathBuf;

use clap::Args;
use klartext_eval::behaviour::{self, BehaviourTable, FailureList};
use klartext_eval::service::Service;

use super::{OwnArgs, ServiceArgs};

#[derive(Args)]
pub struct BehaviourArgs {
    #[command(flatten)]
    own: OwnArgs,
    /// Run the cases of this file, or of a folder's .jsonl files, instead of the project's
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Only these capabilities; may be repeated
    #[arg(long = "capability", value_name = "NAME")]
    capabilities: Vec<String>,
    /// Also print every case that fails, with what the service said
    #[arg(long)]
    failures: bool,
    #[command(flatten)]
    service: ServiceArgs,
    /// Write JSON, with every case and what was said, instead of a table
    #[arg(long)]
    json: bool,
}

impl BehaviourArgs {
    pub fn run(self, cache: Option<PathBuf>) -> anyhow::Result<()> {
        let path = self.input.unwrap_or_else(|| self.own.files().behaviour);
        let mut cases = behaviour::read_cases(&path)?;
        cases.retain(|case| self.capabilities.is_empty() || self.capabilities.contains(&case.capability));
        let service = Service::open(&self.service.options(cache.as_ref()))?;
        let report = behaviour::run(&service, cases)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        println!("{}", BehaviourTable(&report));
        if self.failures {
            println!("\n{}", FailureList(&report));
        }
        Ok(())
    }
}
