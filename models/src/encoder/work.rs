use super::{Encoding, Tokens};

/// Texts that are encoded together, in one run of the model or, window by window, in several. Their states (3 KB a
/// token) are held from `new` on.
pub struct Work {
    pub(super) texts: Vec<Tokens>,
    pub(super) encodings: Vec<Encoding>,
    /// Windows that are computed, counted over all texts.
    pub(super) computed: usize,
}

impl Work {
    pub fn new(texts: Vec<Tokens>) -> Self {
        let encodings = texts.iter().map(Encoding::empty).collect();
        Self { texts, encodings, computed: 0 }
    }

    /// One for each text, in their order; `None` while windows are left.
    pub fn finish(mut self) -> Option<Vec<Encoding>> {
        let windows: usize = self.texts.iter().map(|text| text.windows.len()).sum();
        if self.computed < windows {
            return None;
        }
        self.encodings.iter_mut().for_each(Encoding::finish);
        Some(self.encodings)
    }
}
