use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong between a text and its numbers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// A file of the bundle is not there; the message says how to get it.
    #[error("{path} is missing; get it with `klartext models fetch`")]
    Missing { path: PathBuf },
    #[error("{path} has SHA-256 {found}, expected {expected}; delete the folder and run `klartext models fetch` again")]
    Checksum { path: PathBuf, expected: String, found: String },
    #[error("{path} is not what it should be: {reason}")]
    Format { path: PathBuf, reason: String },
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// The labelled examples cannot be learnt from, for example because a class has none.
    #[error("training: {0}")]
    Training(String),
    /// The vectors are none that could be clustered.
    #[error("clusters: {0}")]
    Clustering(String),
    /// Somebody has asked it to stop.
    #[error("given up, because nobody wants it any more")]
    Stopped,
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Error::Io { path, source }
    }

    pub(crate) fn format(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Error::Format { path: path.into(), reason: reason.to_string() }
    }
}
