//! Texts per second of the encoder, tokenisation included: Klartext's side of eval/peers/compare_encoder_speed.sh.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::encoder::{
    DEFAULT_BATCH_TOKENS, Encoder, EncoderOptions, LabelBranch, Precision, Tokenizer, Tokens,
};
use serde::Deserialize;

/// Encode the texts of a JSON Lines file and print one line of JSON per round.
#[derive(Parser)]
struct Arguments {
    /// JSON Lines with a field `text`.
    #[arg(long)]
    input: PathBuf,
    /// Take the first so many texts.
    #[arg(long, default_value_t = 512)]
    limit: usize,
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// auto, bfloat16 or float32.
    #[arg(long, default_value_t = Precision::Auto)]
    precision: Precision,
    #[arg(long, default_value_t = DEFAULT_BATCH_TOKENS)]
    batch_tokens: usize,
    /// Cut the texts, in their order, into runs of about so many tokens, as the service's queue does; 0 is one run.
    #[arg(long, default_value_t = 0)]
    run_tokens: usize,
    /// First layer of the label branch' own; several are measured in turn, 12 is no label branch. [default: as it ships]
    #[arg(long, value_delimiter = ',')]
    forks: Vec<usize>,
    /// Folder with the model bundle [default: $XDG_CACHE_HOME/klartext or ~/.cache/klartext].
    #[arg(long, env = "KLARTEXT_CACHE")]
    cache: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let texts = read_texts(&arguments.input, arguments.limit)?;
    let cache = arguments.cache.unwrap_or_else(default_cache_dir);
    let bundle = Bundle::open(&Bundle::folder_in(&cache))?;
    let tokenizer = Tokenizer::load(&bundle)?;
    let options = EncoderOptions {
        precision: arguments.precision,
        threads: arguments.threads,
        batch_tokens: arguments.batch_tokens,
    };
    let encoders: Vec<(Option<usize>, Encoder)> = match arguments.forks.as_slice() {
        [] => vec![(None, Encoder::load(&bundle, options)?)],
        forks => {
            let load =
                |&fork: &usize| Ok((Some(fork), Encoder::load_with(&bundle, &LabelBranch::unchanged(fork), options)?));
            forks.iter().map(load).collect::<Result<_>>()?
        }
    };
    for (_, encoder) in &encoders {
        encoder.warm_up(&tokenizer)?;
    }

    for (fork, encoder) in encoders.iter().cycle().take(arguments.rounds * encoders.len()) {
        let started = Instant::now();
        let tokens: Vec<Tokens> = texts.iter().map(|text| tokenizer.tokenise(text)).collect::<Result<_, _>>()?;
        let mut slowest = Duration::ZERO;
        for run in runs(&tokens, arguments.run_tokens) {
            let run_started = Instant::now();
            encoder.encode(run)?;
            slowest = slowest.max(run_started.elapsed());
        }
        let seconds = started.elapsed().as_secs_f64();
        let line = serde_json::json!({
            "engine": format!("klartext {}", encoder.precision()),
            "fork": fork,
            "texts": tokens.len(),
            "tokens": tokens.iter().map(Tokens::cost).sum::<usize>(),
            "texts_per_second": (tokens.len() as f64 / seconds * 10.0).round() / 10.0,
            "slowest_run_ms": slowest.as_millis() as u64,
        });
        println!("{line}");
    }
    Ok(())
}

/// At least one text a run.
fn runs(texts: &[Tokens], run_tokens: usize) -> Vec<&[Tokens]> {
    let mut runs = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let mut sum = 0;
        let fits = |text: &&Tokens| {
            sum += text.cost();
            run_tokens == 0 || sum <= run_tokens
        };
        let (run, remaining) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        runs.push(run);
        rest = remaining;
    }
    runs
}

fn read_texts(path: &Path, limit: usize) -> Result<Vec<String>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let rows = BufReader::new(file).lines().take(limit).map(|line| Ok(serde_json::from_str::<Row>(&line?)?.text));
    let texts: Vec<String> = rows.collect::<Result<_>>().with_context(|| path.display().to_string())?;
    ensure!(!texts.is_empty(), "{} has no texts", path.display());
    Ok(texts)
}
