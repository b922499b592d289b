use std::path::PathBuf;

use clap::{Args, ValueEnum};
use klartext_eval::data::DataFolder;
use klartext_eval::parts::{Part, Sources, report, report_on_file};
use klartext_eval::report::draw_reliability;
use klartext_models::bundle::default_cache_dir;
use klartext_models::encoder::Precision;

use super::{BootstrapArgs, OwnArgs, ServiceArgs, print_report};

#[derive(Args)]
pub struct ReportArgs {
    /// Measure this part alone; may be repeated [default: every part]
    #[arg(long = "part", value_name = "NAME")]
    parts: Vec<Part>,
    /// Folder of the data sets, <name>.jsonl each (eval/README.md); without it only the project's own texts are measured
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    own: OwnArgs,
    /// Measure one part on this file instead (eval/README.md says which format each part reads)
    #[arg(long, value_name = "FILE", requires = "parts", conflicts_with = "data")]
    input: Option<PathBuf>,
    /// Also print what was taken for what, with examples; they are texts of the data sets
    #[arg(long)]
    confusion: bool,
    /// Also print how often answers of each confidence are right, and draw it
    #[arg(long, value_name = "FILE.svg")]
    reliability: Option<PathBuf>,
    #[command(flatten)]
    bootstrap: BootstrapArgs,
    #[command(flatten)]
    service: ServiceArgs,
    /// Write JSON instead of tables
    #[arg(long)]
    json: bool,
}

impl ReportArgs {
    pub fn run(self, cache: Option<PathBuf>, precision: Precision) -> anyhow::Result<()> {
        let service = self.service.options(cache.as_ref());
        let own = self.own.files();
        let cache_folder = cache.unwrap_or_else(default_cache_dir);
        let mut sources = Sources::new(own, self.data.map(DataFolder::new), cache_folder, precision, service);
        let bootstrap = self.bootstrap.bootstrap();
        let measured = match (&self.input, self.parts.as_slice()) {
            (Some(file), &[part]) => report_on_file(part, file, &mut sources, &bootstrap)?,
            (Some(_), _) => anyhow::bail!("--input measures one --part"),
            (None, []) => report(Part::value_variants(), &mut sources, &bootstrap)?,
            (None, parts) => report(parts, &mut sources, &bootstrap)?,
        };
        if let Some(path) = &self.reliability {
            draw_reliability(&measured.rows, path)?;
        }
        print_report(measured, self.reliability.is_some(), self.confusion, self.json)
    }
}
