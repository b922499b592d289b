//! The table of word embeddings. Of the packaged weights it stays in the 4-bit blocks in which they are published: 54 MB
//! instead of 384.

use tch::{Device, Kind, Tensor};

use crate::bundle::q4::{BLOCK_BYTES, WORD_EMBEDDINGS, WORD_TABLE};
use crate::{Error, Result};

const SCALE_BYTES: i64 = 2;
const NIBBLE_BYTES: i64 = BLOCK_BYTES as i64 - SCALE_BYTES;

pub(super) enum WordTable {
    /// Vocabulary x blocks of a row x bytes of a block.
    Blocks(Tensor),
    /// Vocabulary x 384, as the original weights have it.
    Rows(Tensor),
}

impl WordTable {
    /// Takes the table if the tensor of a weights file is it, in one form or the other.
    pub fn from_tensor(name: &str, tensor: &Tensor, device: Device) -> Result<Option<Self>> {
        let is_blocks =
            || tensor.kind() == Kind::Uint8 && tensor.dim() == 3 && tensor.size().last() == Some(&(BLOCK_BYTES as i64));
        match name {
            WORD_EMBEDDINGS => Ok(Some(Self::Rows(tensor.to_device(device)))),
            WORD_TABLE if is_blocks() => Ok(Some(Self::Blocks(tensor.to_device(device)))),
            WORD_TABLE => Err(Error::format(WORD_TABLE, format!("{:?} of {:?}", tensor.size(), tensor.kind()))),
            _ => Ok(None),
        }
    }

    /// A second handle on the same memory.
    pub fn share(&self) -> Self {
        match self {
            Self::Blocks(blocks) => Self::Blocks(blocks.shallow_clone()),
            Self::Rows(rows) => Self::Rows(rows.shallow_clone()),
        }
    }

    /// The rows of `ids` (any shape) as float32: that shape x 384.
    pub fn rows(&self, ids: &Tensor) -> Tensor {
        let flat_ids = ids.view([-1]);
        let weights = match self {
            Self::Blocks(blocks) => dequantise(&blocks.index_select(0, &flat_ids)),
            Self::Rows(rows) => rows.index_select(0, &flat_ids).to_kind(Kind::Float),
        };
        let mut shape = ids.size();
        shape.push(-1);
        weights.view(shape.as_slice())
    }
}

fn dequantise(blocks: &Tensor) -> Tensor {
    let scales = blocks.narrow(2, 0, SCALE_BYTES).contiguous().view_dtype(Kind::Half).to_kind(Kind::Float);
    let nibbles = blocks.narrow(2, SCALE_BYTES, NIBBLE_BYTES);
    let low = nibbles.bitwise_and(0x0f);
    let high = nibbles.bitwise_right_shift_tensor_scalar(4);
    (Tensor::cat(&[low, high], 2).to_kind(Kind::Float) - 8.0) * scales
}
