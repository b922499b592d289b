use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{Error, Result};

/// The real service, started for the measurement and stopped with it.
pub struct StartedService {
    /// As a URL.
    pub address: String,
    child: Child,
    /// Its data.
    _folder: TempDir,
}

impl StartedService {
    /// On a free port, with an empty data folder; returns when it says where it listens. `settings` are `NAME=VALUE`.
    ///
    /// # Errors
    /// It cannot be started, or ends before it listens.
    pub fn start(binary: &Path, settings: &[String]) -> Result<Self> {
        let failed = |reason: String| Error::Service(format!("{}: {reason}", binary.display()));
        let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http=", "--data"]).arg(folder.path());
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| failed(error.to_string()))?;
        let output = child.stdout.take().ok_or_else(|| failed("it has no output".to_owned()))?;
        let mut lines = BufReader::new(output).lines();
        let address = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned));
        let Some(address) = address else {
            drop(child.wait());
            return Err(failed("it ended before it listened".to_owned()));
        };
        // Keep reading, so that the service never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { address, child, _folder: folder })
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for StartedService {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
