use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;

use super::{CliError, Exit, GlobalArgs, start};
use crate::ops::logs;
use crate::store::{Filter, Kind, Origin, read_origin, write_origin};

/// Comments per batch.
const BATCH: usize = 64;

/// Bring a data folder to this program's encoder: every stored comment is encoded and labelled again from its stored
/// text. The service must not be running on the folder. Safe to interrupt: run it again and it starts over.
#[derive(Args)]
pub struct MigrateArgs {
    /// Data folder of the embedded store. Same as `--set store.folder=…`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

pub async fn run(global: &GlobalArgs, args: MigrateArgs) -> Result<Exit, CliError> {
    let flags: Vec<_> = args.data.map(|folder| ("store.folder", folder.display().to_string())).into_iter().collect();
    let config = global.load(&flags)?;
    let journeys = start::journeys(&config)?;
    logs::start(&config.log.filter, config.log.format).map_err(CliError::configuration)?;
    let bundle = start::open_bundle(&config)?;
    let encoder = bundle.manifest.encoder.clone();
    if !config.store.folder.is_dir() {
        return Err(CliError::failed(format!("there is no data folder {}", config.store.folder.display())));
    }
    let store = start::open_store(&config)?;
    let Some(origin) = read_origin(store.as_ref()).await? else {
        println!("nothing is stored in {}", config.store.folder.display());
        store.close().await?;
        return Ok(Exit::Done);
    };
    if origin.encoder == encoder {
        println!("{} is of encoder {encoder} already", config.store.folder.display());
        store.close().await?;
        return Ok(Exit::Done);
    }
    let pipeline = start::pipeline(&config, &bundle, journeys, Some(store.clone())).await?;
    let comments = store.count(Kind::Comments, Filter::default()).await?;
    let progress = ProgressBar::new(comments);
    let mut from = None;
    loop {
        let (migrated, next) = pipeline.encode_stored_again(from, BATCH).await?;
        progress.inc(migrated as u64);
        from = next;
        if from.is_none() {
            break;
        }
    }
    write_origin(store.as_ref(), &Origin { encoder: encoder.clone() }).await?;
    store.close().await?;
    progress.finish_and_clear();
    println!("{comments} comments encoded again; {} is now of encoder {encoder}", config.store.folder.display());
    Ok(Exit::Done)
}
