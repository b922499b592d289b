use std::path::PathBuf;

use clap::Args;
use klartext_eval::data::read_lines;
use klartext_eval::gold;
use klartext_eval::reading::{Reading, draw};
use klartext_eval::service::Service;

use super::{OwnArgs, ServiceArgs};

#[derive(Args)]
pub struct ReadArgs {
    #[command(flatten)]
    own: OwnArgs,
    /// Only this industry, for example hotel; may be repeated
    #[arg(long = "industry", value_name = "NAME")]
    industries: Vec<String>,
    /// Comments of each industry
    #[arg(long, default_value_t = 10)]
    count: usize,
    /// Of the draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    service: ServiceArgs,
}

impl ReadArgs {
    pub fn run(self, cache: Option<PathBuf>) -> anyhow::Result<()> {
        let comments = read_lines(&self.own.files().gold)?;
        let drawn = draw(comments, &self.industries, self.count, self.seed);
        let service = Service::open(&self.service.options(cache.as_ref()))?;
        let insights = gold::ask(&service, &drawn)?;
        print!("{}", Reading::new(drawn, insights)?);
        Ok(())
    }
}
