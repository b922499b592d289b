//! `klartext-eval`: trains the heads that ship and measures them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use klartext_eval::data::DataFolder;
use klartext_eval::evaluation::{ReportTable, evaluate};
use klartext_eval::few_shot::{FewShotTable, measure};
use klartext_eval::train::train_heads;
use klartext_eval::vectors::Vectors;
use klartext_models::bundle::default_cache_dir;
use klartext_models::encoder::Precision;
use klartext_models::heads::Heads;

/// Something that the command reads (data, the encoder) is not there; EX_NOINPUT of sysexits.h.
const EXIT_MISSING_INPUT: u8 = 66;

/// Train and measure what Klartext knows about text.
///
/// Vectors are encoded once and kept in the cache folder, so a second run takes seconds.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 66 data or encoder missing.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    cache: CacheArgs,
}

#[derive(Args)]
struct CacheArgs {
    /// Folder of the encoder and of encoded vectors [default: $XDG_CACHE_HOME/klartext or ~/.cache/klartext]
    #[arg(long, global = true, value_name = "DIR", env = "KLARTEXT_CACHE")]
    cache: Option<PathBuf>,
    /// How numbers are held while encoding: float32 or bfloat16
    #[arg(long, global = true, default_value = "float32", value_parser = fixed_precision)]
    precision: Precision,
}

#[derive(Subcommand)]
enum Command {
    /// Train sentiment, action and topic heads on frozen vectors
    ///
    /// Settings are chosen on a fixed tenth of the training files; the dev files are only reported on. The protocol
    /// of what was tried goes to standard error, the figures to standard output.
    TrainHeads {
        #[command(flatten)]
        data: DataArgs,
        /// The project's own texts for the action head
        #[arg(long, value_name = "FILE", default_value = "eval/data/actions.jsonl")]
        actions: PathBuf,
        /// Where the heads are written; the next build ships them
        #[arg(long, value_name = "FILE", default_value = "models/weights/heads.json")]
        out: PathBuf,
        /// Of the draw of unrelated tweets
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure how touchpoints are learnt from a few examples each
    ///
    /// Imitates journeys with the intents of Banking77 and MASSIVE-de, and learns them from 1 to 32 examples each.
    FewShot {
        #[command(flatten)]
        data: DataArgs,
        /// Imitated journeys per set and number of examples
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        draws: u32,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Evaluate the shipped heads on the dev files
    Heads {
        #[command(flatten)]
        data: DataArgs,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct DataArgs {
    /// Folder of the data sets, <name>.jsonl each (eval/README.md)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

fn main() -> ExitCode {
    let Err(error) = run(Cli::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("klartext-eval: {error:#}");
    let is_missing_input = error.downcast_ref().is_some_and(klartext_eval::Error::is_missing_input);
    ExitCode::from(if is_missing_input { EXIT_MISSING_INPUT } else { 1 })
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let mut vectors = Vectors::open(&cli.cache.cache.unwrap_or_else(default_cache_dir), cli.cache.precision)?;
    match cli.command {
        Command::TrainHeads { data, actions, out, seed } => {
            let data = data.folder();
            let training = train_heads(&data, &actions, &mut vectors, seed)?;
            write_heads(&out, &training.heads)?;
            eprintln!("{}", training.log);
            println!("{}", ReportTable(&evaluate(&training.heads, &data, &mut vectors)?));
        }
        Command::FewShot { data, draws, seed, json } => {
            let mean = Heads::shipped()?.mean;
            let reports = measure(&data.folder(), &mut vectors, &mean, draws as usize, seed)?;
            match json {
                true => println!("{}", serde_json::to_string_pretty(&reports)?),
                false => println!("{}", FewShotTable(&reports)),
            }
        }
        Command::Heads { data, json } => {
            let reports = evaluate(&Heads::shipped()?, &data.folder(), &mut vectors)?;
            match json {
                true => println!("{}", serde_json::to_string_pretty(&reports)?),
                false => println!("{}", ReportTable(&reports)),
            }
        }
    }
    Ok(())
}

/// Atomic, because a build may be reading the file.
fn write_heads(path: &Path, heads: &Heads) -> anyhow::Result<()> {
    let staging = path.with_extension("json.new");
    let content = serde_json::to_string(heads)? + "\n";
    fs::write(&staging, content).with_context(|| format!("cannot write {}", staging.display()))?;
    fs::rename(&staging, path).with_context(|| format!("cannot write {}", path.display()))
}

impl DataArgs {
    fn folder(self) -> DataFolder {
        DataFolder::new(self.data)
    }
}

/// "auto" would make figures depend on the machine.
fn fixed_precision(name: &str) -> Result<Precision, String> {
    match name.parse()? {
        Precision::Auto => Err("choose float32 or bfloat16".to_owned()),
        precision => Ok(precision),
    }
}
