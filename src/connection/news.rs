/// Whether what was agreed is not in the codec yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    decoder: bool,
    encoder: bool,
}

impl News {
    pub(super) const ALL: Self = Self {
        decoder: true,
        encoder: true,
    };

    /// True the first time.
    pub(super) const fn for_decoder(&mut self) -> bool {
        core::mem::replace(&mut self.decoder, false)
    }

    /// True the first time.
    pub(super) const fn for_encoder(&mut self) -> bool {
        core::mem::replace(&mut self.encoder, false)
    }
}
