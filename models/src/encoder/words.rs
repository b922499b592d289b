//! The table of word embeddings, kept in 4-bit blocks: 54 MB instead of 384.

use tch::{Device, Kind, Tensor};

use crate::bundle::q4::{BLOCK_BYTES, WORD_TABLE};
use crate::{Error, Result};

const SCALE_BYTES: i64 = 2;
const NIBBLE_BYTES: i64 = BLOCK_BYTES as i64 - SCALE_BYTES;

pub(super) struct WordTable {
    /// Vocabulary x blocks of a row x bytes of a block.
    blocks: Tensor,
}

impl WordTable {
    /// `blocks` as [`crate::bundle`] writes them.
    pub fn new(blocks: &Tensor, device: Device) -> Result<Self> {
        if blocks.kind() != Kind::Uint8 || blocks.dim() != 3 || blocks.size()[2] != BLOCK_BYTES as i64 {
            return Err(Error::format(WORD_TABLE, format!("{:?} of {:?}", blocks.size(), blocks.kind())));
        }
        Ok(Self { blocks: blocks.to_device(device) })
    }

    /// A second handle on the same memory.
    pub fn share(&self) -> Self {
        Self { blocks: self.blocks.shallow_clone() }
    }

    /// The rows of `ids` (any shape) as float32: that shape x 384.
    pub fn rows(&self, ids: &Tensor) -> Tensor {
        let blocks = self.blocks.index_select(0, &ids.view([-1]));
        let scales = blocks.narrow(2, 0, SCALE_BYTES).contiguous().view_dtype(Kind::Half).to_kind(Kind::Float);
        let nibbles = blocks.narrow(2, SCALE_BYTES, NIBBLE_BYTES);
        let low = nibbles.bitwise_and(0x0f);
        let high = nibbles.bitwise_right_shift_tensor_scalar(4);
        let weights = (Tensor::cat(&[low, high], 2).to_kind(Kind::Float) - 8.0) * scales;
        let mut shape = ids.size();
        shape.push(-1);
        weights.view(shape.as_slice())
    }
}
