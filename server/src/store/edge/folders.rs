//! Which folder a shard is in. A compaction rewrites a shard into a new folder beside the old one; the file [`COMPLETE`]
//! in it decides, in one step and for good, that it takes the old one's place.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::Kind;

/// In a rewritten shard's folder from the moment on at which it counts. A shard's first folder counts without it.
const COMPLETE: &str = "complete";
/// Between the name of the kind and the number of the rewriting.
const REWRITTEN: &str = ".rewritten-";

/// The folders of a kind's shard that are there, with the number of their rewriting; 0 is the first.
fn numbered(data_folder: &Path, kind: Kind) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(data_folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(kind.name())) else { continue };
        let number =
            if rest.is_empty() { Some(0) } else { rest.strip_prefix(REWRITTEN).and_then(|number| number.parse().ok()) };
        if let Some(number) = number {
            folders.push((number, entry.path()));
        }
    }
    Ok(folders)
}

/// The folder that counts; it may not be there yet.
pub(super) fn current(data_folder: &Path, kind: Kind) -> io::Result<PathBuf> {
    let newest_complete = numbered(data_folder, kind)?
        .into_iter()
        .filter(|(number, path)| *number == 0 || path.join(COMPLETE).exists())
        .max_by_key(|(number, _)| *number);
    Ok(newest_complete.map_or_else(|| data_folder.join(kind.name()), |(_, path)| path))
}

/// A folder, not there yet, for the next rewriting.
pub(super) fn next(data_folder: &Path, kind: Kind) -> io::Result<PathBuf> {
    let newest = numbered(data_folder, kind)?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
    Ok(data_folder.join(format!("{}{REWRITTEN}{}", kind.name(), newest + 1)))
}

/// From here on this folder counts, also after a power failure. Everything in it must be on the disk already.
pub(super) fn mark_complete(folder: &Path) -> io::Result<()> {
    File::create(folder.join(COMPLETE))?.sync_all()?;
    sync_entries_of(folder)
}

/// Deletes what earlier rewritings, finished or not, have left beside the folder that counts.
pub(super) fn remove_all_but(data_folder: &Path, kind: Kind, current: &Path) -> io::Result<()> {
    for (_, folder) in numbered(data_folder, kind)? {
        if folder != current {
            std::fs::remove_dir_all(folder)?;
        }
    }
    sync_entries_of(data_folder)
}

/// Brings all files below a folder to the disk, and that they are there. What vanishes meanwhile held nothing.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let synced = if path.is_dir() { sync(&path) } else { File::open(&path).and_then(|file| file.sync_all()) };
        match synced {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    sync_entries_of(folder)?;
    folder.parent().map_or(Ok(()), sync_entries_of)
}

/// Elsewhere a folder cannot be opened, nor needs to be.
fn sync_entries_of(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Bytes that the files below a folder take on the disk.
pub(super) fn size_on_disk(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            result => result?,
        };
        bytes += if metadata.is_dir() { size_on_disk(&entry.path())? } else { allocated(&metadata) };
    }
    Ok(bytes)
}

/// Files are laid out larger than what is in them.
#[cfg(unix)]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}
