//! The command line.

mod analyze;
mod changes;
mod comments;
mod completions;
mod correct;
mod counted;
mod delete;
mod drivers;
mod erase;
mod error;
mod explain;
mod export;
mod figures;
mod filter_args;
mod gaps;
mod health;
mod import;
mod inbox;
mod journey;
mod list;
mod measures;
mod migrate;
mod models;
mod operation;
mod output;
mod paging;
mod painpoints;
mod rescore;
mod rows;
mod search;
mod serve;
mod sheets;
mod show;
mod start;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use tonic::transport::{Channel, Endpoint};

pub use error::{CliError, Exit};

use crate::ops::config::Config;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Turns open customer comments into touchpoint-tagged insights.
#[derive(Parser)]
#[command(
    name = "klartext",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but some comments were refused; \
                  64 wrong configuration or input file; 69 the service cannot be reached."
)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
pub(crate) struct GlobalArgs {
    /// Configuration file (TOML). Every setting can also be given in the environment: `store.folder` is
    /// KLARTEXT_STORE__FOLDER.
    #[arg(long, global = true, env = "KLARTEXT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, for example `--set limits.max_text_chars=5000`; may be repeated, wins over file and environment.
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    settings: Vec<(String, String)>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the service.
    Serve(serve::ServeArgs),
    /// Analyse comments and show what was found, without storing them.
    Analyze(analyze::AnalyzeArgs),
    /// Ask the running service whether it is ready; exit code 0 or 1, nothing else.
    Health(health::HealthArgs),
    /// Store the comments of a CSV or JSON Lines file through the running service; safe to run twice.
    Import(import::ImportArgs),
    /// Find stored comments by meaning.
    Search(Box<search::SearchArgs>),
    /// List stored comments.
    List(Box<list::ListArgs>),
    /// Show a stored comment with what was found.
    Show(show::ShowArgs),
    /// Say which words gave a mention its labels.
    Explain(explain::ExplainArgs),
    /// Set the sentiment, the topics or the touchpoint of a mention by hand.
    Correct(correct::CorrectArgs),
    /// Export stored comments as JSON Lines.
    Export(Box<export::ExportArgs>),
    /// Delete stored comments, by id or by filter.
    Delete(Box<delete::DeleteArgs>),
    /// Erase everything about a subject, also from the store's files.
    Erase(erase::EraseArgs),
    /// Get, check or show the model bundle.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Check or show journey files; show the journey in figures.
    #[command(subcommand)]
    Journey(journey::JourneyCommand),
    /// What matters: how much each touchpoint, topic, friction and handover moves NPS or CSAT.
    Drivers(Box<drivers::DriversArgs>),
    /// Record what was done about a touchpoint, a handover or a pain point, and see whether it helped.
    #[command(subcommand)]
    Measures(measures::MeasuresCommand),
    /// Give stored comments the labels of today's heads and journeys, without the encoder.
    Rescore(Box<rescore::RescoreArgs>),
    /// Find pain points, look at them, and set them right.
    #[command(subcommand, name = "painpoints")]
    PainPoints(painpoints::PainPointsCommand),
    /// Who has to do something about which comment, and what became of it.
    Inbox(Box<inbox::InboxArgs>),
    /// Bring a data folder to this program's encoder: encode every stored comment again.
    Migrate(migrate::MigrateArgs),
    /// Print the completions of a shell.
    Completions(completions::CompletionsArgs),
}

/// Where the running service is.
#[derive(Args)]
pub(crate) struct ServerArgs {
    /// Address of the running service.
    #[arg(long, env = "KLARTEXT_SERVER", default_value = "http://127.0.0.1:50051", value_name = "URL")]
    server: String,
}

impl GlobalArgs {
    /// The configuration, with these flags on top of the general ones.
    fn load(&self, flags: &[(&str, String)]) -> Result<Config, CliError> {
        let general = self.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let all: Vec<(&str, String)> = general.chain(flags.iter().cloned()).collect();
        Config::load(self.config.as_deref(), &all).map_err(|error| CliError::configuration(error.to_string()))
    }
}

/// A connection to the running service.
async fn connect(args: &ServerArgs) -> Result<Channel, CliError> {
    let endpoint = Endpoint::from_shared(args.server.clone())
        .map_err(|error| CliError::configuration(format!("--server {}: {error}", args.server)))?;
    endpoint.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(|_| {
        let message = format!(
            "no service answers at {}; start one with `klartext serve`, or use `klartext analyze --local`",
            args.server
        );
        CliError::unavailable(message)
    })
}

fn name_and_value(argument: &str) -> Result<(String, String), String> {
    let pair = argument.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Parse the arguments, run the command, and turn what happened into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("klartext: no async runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(cli));
    // Blocking reads of standard input cannot be cancelled; do not wait for them.
    runtime.shutdown_background();
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("klartext: {error}");
            error.exit().into()
        }
    }
}

async fn run(cli: Cli) -> Result<Exit, CliError> {
    let Cli { global, command } = cli;
    match command {
        Command::Serve(args) => serve::run(&global, args).await,
        Command::Analyze(args) => analyze::run(&global, args).await,
        Command::Health(args) => health::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Search(args) => search::run(*args).await,
        Command::List(args) => list::run(*args).await,
        Command::Show(args) => show::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Correct(args) => correct::run(args).await,
        Command::Export(args) => export::run(*args).await,
        Command::Delete(args) => delete::run(*args).await,
        Command::Erase(args) => erase::run(args).await,
        Command::Models(command) => models::run(&global, command),
        Command::Journey(command) => journey::run(&global, command).await,
        Command::Drivers(args) => drivers::run(*args).await,
        Command::Measures(command) => measures::run(command).await,
        Command::Rescore(args) => rescore::run(*args).await,
        Command::PainPoints(command) => painpoints::run(command).await,
        Command::Inbox(args) => inbox::run(*args).await,
        Command::Migrate(args) => migrate::run(&global, args).await,
        Command::Completions(args) => completions::run(args, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
