use std::path::PathBuf;

use clap::Subcommand;
use comfy_table::{ContentArrangement, Table};

use super::changes::{self, ChangesArgs};
use super::figures::{self, FiguresArgs};
use super::gaps::{self, GapsArgs};
use super::{CliError, Exit, GlobalArgs, start};
use crate::journey::{Journey, parse};

#[derive(Subcommand)]
pub enum JourneyCommand {
    /// Check a journey file; says line and field of the first thing that is wrong.
    Check {
        /// YAML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show a configured journey with its version.
    Show {
        /// Its id; all journeys when left out.
        id: Option<String>,
    },
    /// Show the journey in figures, from the running service.
    Insights(Box<FiguresArgs>),
    /// Show what good scores hide, from the running service.
    Gaps(Box<GapsArgs>),
    /// Show since when figures of the journey are others, from the running service.
    Changes(Box<ChangesArgs>),
}

pub async fn run(global: &GlobalArgs, command: JourneyCommand) -> Result<Exit, CliError> {
    match command {
        JourneyCommand::Check { files } => check(&files),
        JourneyCommand::Show { id } => show(global, id.as_deref()),
        JourneyCommand::Insights(args) => figures::run(*args).await,
        JourneyCommand::Gaps(args) => gaps::run(*args).await,
        JourneyCommand::Changes(args) => changes::run(*args).await,
    }
}

fn check(files: &[PathBuf]) -> Result<Exit, CliError> {
    for file in files {
        let yaml = std::fs::read_to_string(file)
            .map_err(|error| CliError::configuration(format!("{}: {error}", file.display())))?;
        let journey = parse(&file.display().to_string(), &yaml).map_err(CliError::configuration)?;
        println!(
            "{}: {} is valid: {} touchpoints, {} handovers, {} topics",
            file.display(),
            journey.version(),
            journey.touchpoints.len(),
            journey.handovers.len(),
            journey.topics.len()
        );
    }
    Ok(Exit::Done)
}

fn show(global: &GlobalArgs, id: Option<&str>) -> Result<Exit, CliError> {
    let config = global.load(&[])?;
    let journeys = start::journeys(&config)?;
    let wanted: Vec<&Journey> = journeys.iter().filter(|journey| id.is_none_or(|id| journey.id == id)).collect();
    if wanted.is_empty() {
        let known: Vec<&str> = journeys.iter().map(|journey| journey.id.as_str()).collect();
        let id = id.unwrap_or_default();
        return Err(CliError::failed(format!("there is no journey {id:?}; known are {}", known.join(", "))));
    }
    for journey in wanted {
        println!("{} ({})\n{}", journey.name, journey.version(), touchpoints(journey));
        for handover in &journey.handovers {
            println!("handover {} -> {}: {}", handover.from, handover.to, handover.description);
        }
        let topics: Vec<&str> = journey.topics.iter().map(|topic| topic.id.as_str()).collect();
        println!("topics: {}\n", topics.join(", "));
    }
    Ok(Exit::Done)
}

fn touchpoints(journey: &Journey) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["phase", "touchpoint", "name", "owner", "examples"]);
    for touchpoint in &journey.touchpoints {
        let examples = touchpoint.examples.len().to_string();
        table.add_row([touchpoint.phase.name(), &touchpoint.id, &touchpoint.name, &touchpoint.owner, &examples]);
    }
    table
}
