use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;

use super::{CliError, Exit, GlobalArgs, start};
use crate::insights::rewrite_at;
use crate::ops::logs;
use crate::store::{Filter, Kind, LAYOUT, Origin, read_origin, write_origin};

/// Comments per batch.
const BATCH: usize = 64;

/// Bring a store to this program's encoder and layout: with another encoder every stored comment is encoded and labelled
/// again from its stored text; with an earlier layout it is written anew. What people have corrected stays. No service may
/// be running on it. Safe to interrupt: run it again and it starts over.
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
    if config.store.url.is_empty() && !config.store.folder.is_dir() {
        return Err(CliError::failed(format!("there is no data folder {}", config.store.folder.display())));
    }
    let store = start::open_store(&config).await?;
    let place = config.store.place();
    let Some(origin) = read_origin(store.as_ref()).await? else {
        println!("nothing is stored in {place}");
        store.close().await?;
        return Ok(Exit::Done);
    };
    let current = Origin::current(&encoder);
    if origin == current {
        println!("{place} is of encoder {encoder} already");
        store.close().await?;
        return Ok(Exit::Done);
    }
    if origin.layout > LAYOUT {
        return Err(CliError::failed(format!("{place} was written by a newer version of this program")));
    }
    let pipeline = match origin.encoder == encoder {
        true => None,
        false => Some(start::pipeline(&config, &bundle, journeys, Some(store.clone())).await?),
    };
    let comments = store.count(Kind::Comments, Filter::default()).await?;
    let progress = ProgressBar::new(comments);
    let mut from = None;
    loop {
        let (migrated, next) = match &pipeline {
            Some(pipeline) => pipeline.encode_stored_again(from, BATCH).await?,
            None => rewrite_at(store.as_ref(), from, BATCH).await?,
        };
        progress.inc(migrated as u64);
        from = next;
        if from.is_none() {
            break;
        }
    }
    write_origin(store.as_ref(), &current).await?;
    store.close().await?;
    progress.finish_and_clear();
    let done = if pipeline.is_some() { "encoded again" } else { "written anew" };
    println!("{comments} comments {done}; {place} is now of encoder {encoder}, layout {LAYOUT}");
    Ok(Exit::Done)
}
