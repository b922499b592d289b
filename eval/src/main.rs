//! `klartext-eval`: trains the heads that ship and measures them.

mod commands;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use klartext_eval::data::DataFolder;
use klartext_eval::few_shot::{FewShotTable, measure};
use klartext_eval::friction::{self, FrictionTable};
use klartext_eval::gold::Split;
use klartext_eval::handover::{self, HandoverTable};
use klartext_eval::load::{self, Comments, LoadTable};
use klartext_eval::metrics::Bootstrap;
use klartext_eval::parts::rows_of_heads;
use klartext_eval::personal_data::{self, PersonalDataTable};
use klartext_eval::report::{Report, ReportTable};
use klartext_eval::train::{
    BranchTraining, Draw, PublishedParts, mean_of_training_texts, train_branch, train_friction, train_heads,
    train_strength,
};
use klartext_eval::vectors::Vectors;
use klartext_models::bundle::default_cache_dir;
use klartext_models::encoder::{Branch, LabelBranch, Precision};
use klartext_models::heads::{Heads, few_shot};
use klartext_models::train::BranchOptions;

use crate::commands::{
    BehaviourArgs, ClusterArgs, FineTuneArgs, HiddennessArgs, LabelBranchArgs, OwnArgs, ReadArgs, ReportArgs,
    ServiceArgs, YearArgs, print,
};

/// Something that the command needs (data, the encoder, the service) is not there; EX_NOINPUT of sysexits.h.
const EXIT_MISSING_INPUT: u8 = 66;

/// Train and measure what Klartext knows about text, and what the service takes.
///
/// Vectors are encoded once and kept in the cache folder, so a second run takes seconds.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 66 data, encoder or service missing.")]
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
    /// Train the label branch: the upper layers that make the vectors of the trained heads
    ///
    /// Several tasks at once, from the texts of all heads but a fixed tenth; the branch of the epoch that is best there is
    /// kept. A training that was cut off goes on after its last epoch when it is started again with the same folder. The
    /// protocol goes to standard error and, at the end, to standard output. Then train the heads with --label-branch.
    TrainBranch(TrainBranchArgs),
    /// Write the mean of several label branches that began alike: trainings with other seeds
    MeanBranch {
        /// Folders that train-branch has written
        #[arg(required = true, value_name = "DIR")]
        branches: Vec<PathBuf>,
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Train all heads on frozen vectors
    ///
    /// Settings are chosen on a fixed tenth of the training files; the dev files are only reported on. The protocol
    /// of what was tried goes to standard error, the figures to standard output.
    TrainHeads {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        own: OwnArgs,
        /// Where the heads are written; the next build ships them
        #[arg(long, value_name = "FILE", default_value = "models/weights/heads.json")]
        out: PathBuf,
        /// Of the draw of unrelated tweets
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        label_branch: LabelBranchArgs,
        /// Keep what belongs to the published vectors (mean, polarity) as it is in this program: journeys, search and
        /// clusters of stored comments rest on it
        #[arg(long)]
        keep_published: bool,
        /// Learn sentiment from that share of the public sets' texts, and from all of the project's own
        #[arg(long, default_value_t = 1.0)]
        share: f64,
    },
    /// Train the friction and handover heads only; the others stay as they are in the file
    TrainFriction {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        own: OwnArgs,
        /// The heads that are changed; the next build ships them
        #[arg(long, value_name = "FILE", default_value = "models/weights/heads.json")]
        out: PathBuf,
        /// Of the draw of unrelated tweets
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Train the strength head only; the others stay as they are in the file
    TrainStrength {
        #[command(flatten)]
        own: OwnArgs,
        /// The heads that are changed; the next build ships them
        #[arg(long, value_name = "FILE", default_value = "models/weights/heads.json")]
        out: PathBuf,
    },
    /// Measure what the encoder allows where a data set's own labels may be learnt from
    ///
    /// The label branch that ships is fine-tuned on four fifths of the set's texts and asked about the fifth, five times.
    /// Nothing is written: the set's licence need not let weights ship.
    FineTune(FineTuneArgs),
    /// Measure how friction is found, beside regular expressions
    ///
    /// Cross-validated on the project's own sentences, and on both halves of the gold comments.
    Friction {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        own: OwnArgs,
        /// Of the draw of unrelated tweets
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Measure how comments that tell of a handover are found
    ///
    /// Cross-validated on the project's own sentences, and on both halves of the gold comments.
    Handover {
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        own: OwnArgs,
        /// Of the draw of unrelated tweets
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Measure how touchpoints are learnt from a few examples each
    ///
    /// Imitates journeys with the intents of Banking77 and MASSIVE-de, and learns them from 1 to 32 examples each.
    FewShot {
        #[command(flatten)]
        data: DataArgs,
        /// Whose vectors they are learnt on [default: as the service does it]
        #[arg(long, value_enum)]
        branch: Option<BranchName>,
        /// Imitated journeys per set and number of examples
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        draws: u32,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Measure discovered clusters against classes that they do not know
    ///
    /// Banking77, MASSIVE-de and MobASA (texts of one category), or any file with text and label; BERTopic's defaults
    /// on the same vectors if --peer-python is given. With --mentions it is time and memory that are measured, on perturbed copies.
    Clusters(ClusterArgs),
    /// Take each touchpoint or category out of the journey and look whether discovery brings it back
    Hiddenness(HiddennessArgs),
    /// Load the running service with rising rates, up to ten times its capacity
    ///
    /// Measures the capacity first, then offers calls at random at multiples of it, whether or not earlier ones are
    /// answered. Generator and service share the machine when they run on one.
    Load(LoadArgs),
    /// Measure everything that is said about a text: one table
    ///
    /// The heads on the data sets in --data, the service on the project's gold comments and behavioural cases. What is
    /// not there is left out and named.
    Report(ReportArgs),
    /// Run the behavioural cases against the service
    Behaviour(BehaviourArgs),
    /// Print what the service says about gold comments beside their labels, as Markdown to be read
    ///
    /// Only comments that are there to tune on.
    Read(ReadArgs),
    /// Plant effects in a year of comments, and look whether the service finds them, when, and what else it finds
    ///
    /// The comments are drawn from the gold comments by their labels. Quiet years tell how often something is found where
    /// there is nothing.
    Year(YearArgs),
    /// Measure how well personal data are found
    ///
    /// Every kind is looked for, whatever a service is configured to do with it.
    PersonalData {
        /// Texts with labelled spans (eval/data/README.md)
        #[arg(long, value_name = "FILE", default_value = "eval/data/personal_data.jsonl")]
        input: PathBuf,
        /// Patterns are made with tune; look at the errors of test only to report them
        #[arg(long, value_enum, default_value = "test")]
        split: Split,
        /// Also list what was missed and what was masked wrongly, with the texts
        #[arg(long)]
        errors: bool,
        /// Write JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct LoadArgs {
    #[command(flatten)]
    service: ServiceArgs,
    /// Process id of the service at --server, to read its memory
    #[arg(long, requires = "server")]
    pid: Option<u32>,
    /// Send the field `text` of this JSON Lines file instead of built-in sentences
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Store the comments
    #[arg(long)]
    store: bool,
    #[arg(long, default_value_t = 1, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=256))]
    comments_per_call: usize,
    /// Offered rates, as multiples of the capacity, rising
    #[arg(long, value_delimiter = ',', default_values_t = [0.5, 0.8, 1.0, 2.0, 5.0, 10.0])]
    steps: Vec<f64>,
    /// Of each step and of the measurement of the capacity
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Callers of the closed loop that measures the capacity
    #[arg(long, default_value_t = 64, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    callers: usize,
    /// Calls under way at most; those beyond are not sent, and counted
    #[arg(long, default_value_t = 2_000)]
    most_outstanding: usize,
    #[arg(long, default_value_t = 8)]
    connections: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct TrainBranchArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    own: OwnArgs,
    /// Where the branch and its checkpoints are written
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The first layer that is trained; those below stay as published
    #[arg(long, default_value_t = BranchOptions::default().fork, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=11))]
    fork: usize,
    #[arg(long, default_value_t = BranchOptions::default().epochs)]
    epochs: usize,
    /// Highest rate of learning
    #[arg(long, default_value_t = BranchOptions::default().rate)]
    rate: f64,
    /// Share of the states that a layer loses while it learns
    #[arg(long, default_value_t = BranchOptions::default().dropout)]
    dropout: f64,
    /// Texts a step
    #[arg(long, default_value_t = BranchOptions::default().batch, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    batch: usize,
    /// Go on from this branch instead of the published layers
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Learn from that share of the public sets' texts, and from all of the project's own
    #[arg(long, default_value_t = 1.0)]
    share: f64,
    /// 0 is all cores
    #[arg(long, default_value_t = 0)]
    threads: usize,
    #[arg(long, default_value_t = BranchOptions::default().seed)]
    seed: u64,
    /// What layers compute in: auto, bfloat16 or float32
    #[arg(long, default_value_t = BranchOptions::default().precision)]
    precision: Precision,
}

#[derive(Args)]
struct DataArgs {
    /// Folder of the data sets, <name>.jsonl each (eval/README.md)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum BranchName {
    Vectors,
    Labels,
}

impl From<BranchName> for Branch {
    fn from(name: BranchName) -> Self {
        match name {
            BranchName::Vectors => Branch::Vectors,
            BranchName::Labels => Branch::Labels,
        }
    }
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
    let CacheArgs { cache, precision } = cli.cache;
    let open_vectors =
        |cache: Option<PathBuf>, branch| Vectors::open(&cache.unwrap_or_else(default_cache_dir), precision, branch);
    match cli.command {
        Command::Load(args) => run_load(args, cache.as_ref())?,
        Command::Report(args) => args.run(cache, precision)?,
        Command::FineTune(args) => args.run(cache)?,
        Command::Behaviour(args) => args.run(cache)?,
        Command::Read(args) => args.run(cache)?,
        Command::Year(args) => args.run(cache)?,
        Command::TrainFriction { data, own, out, seed } => {
            let training = train_friction(
                read_heads(&out)?,
                &data.folder(),
                &own.files(),
                &mut open_vectors(cache, Branch::Labels)?,
                seed,
            )?;
            write_heads(&out, &training.heads)?;
            eprintln!("{}", training.log);
        }
        Command::TrainStrength { own, out } => {
            let training = train_strength(read_heads(&out)?, &own.files(), &mut open_vectors(cache, Branch::Labels)?)?;
            write_heads(&out, &training.heads)?;
            eprintln!("{}", training.log);
        }
        Command::Friction { data, own, seed, json } => {
            let heads = Heads::shipped()?;
            let mut vectors = open_vectors(cache, Branch::Labels)?;
            let own = own.files();
            let reports = friction::measure(&heads, &own, &data.folder(), &mut vectors, seed)?;
            print(&reports, FrictionTable(&reports), json)?;
        }
        Command::Handover { data, own, seed, json } => {
            let heads = Heads::shipped()?;
            let mut vectors = open_vectors(cache, Branch::Labels)?;
            let own = own.files();
            let reports = handover::measure(&heads, &own, &data.folder(), &mut vectors, seed)?;
            print(&reports, HandoverTable(&reports), json)?;
        }
        Command::TrainBranch(args) => args.run(cache)?,
        Command::MeanBranch { branches, out } => {
            let branches: Vec<LabelBranch> =
                branches.iter().map(|folder| LabelBranch::read(folder)).collect::<Result<_, _>>()?;
            LabelBranch::write_mean(&out, &branches)?;
        }
        Command::TrainHeads { data, own, out, seed, label_branch, keep_published, share } => {
            let data = data.folder();
            let cache_folder = cache.clone().unwrap_or_else(default_cache_dir);
            let mut vectors = Vectors::open_with(&cache_folder, precision, Branch::Labels, label_branch.branch()?)?;
            let published = match keep_published {
                true => PublishedParts::shipped()?,
                false => PublishedParts::train(&data, &own.files(), &mut open_vectors(cache, Branch::Vectors)?, seed)?,
            };
            let training = train_heads(&data, &own.files(), &mut vectors, published, Draw { share, seed })?;
            write_heads(&out, &training.heads)?;
            eprintln!("{}", training.log);
            let rows = rows_of_heads(&training.heads, &data, &mut vectors, &Bootstrap::default())?;
            println!("{}", ReportTable(&Report { rows, left_out: Vec::new() }));
        }
        Command::Clusters(args) => args.run(&mut open_vectors(cache, Branch::Vectors)?)?,
        Command::Hiddenness(args) => args.run(&mut open_vectors(cache, Branch::Vectors)?)?,
        Command::FewShot { data, branch, draws, seed, json } => {
            let branch = branch.map_or(few_shot::BRANCH, Branch::from);
            let mut vectors = open_vectors(cache, branch)?;
            let mean = match branch == few_shot::BRANCH {
                true => Heads::shipped()?.mean,
                false => mean_of_training_texts(&data.folder(), &mut vectors)?,
            };
            let reports = measure(&data.folder(), &mut vectors, &mean, draws as usize, seed)?;
            print(&reports, FewShotTable(&reports), json)?;
        }
        Command::PersonalData { input, split, errors, json } => {
            let report = personal_data::measure(&personal_data::read(&input, split)?, split, errors);
            print(&report, PersonalDataTable(&report), json)?;
        }
    }
    Ok(())
}

fn read_heads(file: &Path) -> anyhow::Result<Heads> {
    Ok(Heads::from_json(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?)?)
}

fn run_load(args: LoadArgs, cache: Option<&PathBuf>) -> anyhow::Result<()> {
    let comments = match &args.data {
        Some(file) => Comments::read(file)?,
        None => Comments::drawn(args.seed),
    };
    let (server, started) = args.service.options(cache).reach()?;
    let process = started.as_ref().map_or(args.pid, |service| Some(service.process()));
    let options = load::Options {
        callers: args.callers,
        comments_per_call: args.comments_per_call,
        store: args.store,
        steps: args.steps,
        step_time: Duration::from_secs(args.seconds),
        most_outstanding: args.most_outstanding,
        connections: args.connections,
        seed: args.seed,
    };
    let runtime = tokio::runtime::Runtime::new().context("the load generator cannot start")?;
    let report = runtime.block_on(load::load(&server, process, comments, &options))?;
    print(&report, LoadTable(&report), args.json)?;
    Ok(())
}

/// Atomic, because a build may be reading the file.
fn write_heads(path: &Path, heads: &Heads) -> anyhow::Result<()> {
    let staging = path.with_extension("json.new");
    let content = serde_json::to_string(heads)? + "\n";
    fs::write(&staging, content).with_context(|| format!("cannot write {}", staging.display()))?;
    fs::rename(&staging, path).with_context(|| format!("cannot write {}", path.display()))
}

impl TrainBranchArgs {
    fn run(self, cache: Option<PathBuf>) -> anyhow::Result<()> {
        let options = BranchOptions {
            fork: self.fork,
            rate: self.rate,
            dropout: self.dropout,
            batch: self.batch,
            epochs: self.epochs,
            seed: self.seed,
            precision: self.precision,
            ..BranchOptions::default()
        };
        let cache_folder = cache.unwrap_or_else(default_cache_dir);
        let training =
            BranchTraining { cache_folder, options, from: self.from, share: self.share, threads: self.threads };
        print!("{}", train_branch(&self.data.folder(), &self.own.files(), &training, &self.out)?);
        Ok(())
    }
}

impl DataArgs {
    fn folder(&self) -> DataFolder {
        DataFolder::new(&self.data)
    }
}

/// "auto" would make figures depend on the machine.
fn fixed_precision(name: &str) -> Result<Precision, String> {
    match name.parse()? {
        Precision::Auto => Err("choose float32 or bfloat16".to_owned()),
        precision => Ok(precision),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
