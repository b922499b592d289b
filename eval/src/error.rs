use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong between the data and a figure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} is missing; eval/README.md says which files are read and in which format")]
    MissingData { path: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// A line of a data file cannot be read.
    #[error("{path}, line {line}: {reason}")]
    Line { path: PathBuf, line: usize, reason: String },
    /// A file of the project contradicts another.
    #[error("{0}")]
    Data(String),
    /// The data are readable, but not enough for the measurement.
    #[error("{0}")]
    TooLittleData(String),
    /// A part of the report needs something that the caller did not name.
    #[error("{0}")]
    NotGiven(&'static str),
    #[error("there is no service at {binary}; name one with --binary FILE or --server URL")]
    NoService { binary: PathBuf },
    /// The service cannot be started, reached, or does not answer.
    #[error("the service: {0}")]
    Service(String),
    /// A program that Klartext is compared with does not run.
    #[error("the peer: {0}")]
    Peer(String),
    #[error(transparent)]
    Models(#[from] klartext_models::Error),
    #[error("the report cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{path} cannot be drawn: {reason}")]
    Picture { path: PathBuf, reason: String },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Error::Io { path, source }
    }

    /// Something the caller has to provide (data, the encoder, the service) is not there.
    pub fn is_missing_input(&self) -> bool {
        match self {
            Error::MissingData { .. } | Error::NotGiven(_) | Error::NoService { .. } => true,
            Error::Models(error) => matches!(error, klartext_models::Error::Missing { .. }),
            _ => false,
        }
    }
}
