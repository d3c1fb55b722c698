//! Choices that are the same in every run.

/// xorshift64.
#[derive(Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Every one begins alike.
    #[allow(clippy::new_without_default, reason = "a default is not expected to be random")]
    pub fn new() -> Self {
        Self { state: 0x2545_f491_4f6c_dd1d }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// The next number as an index of so many.
    pub fn index_below(&mut self, count: usize) -> usize {
        usize::try_from(self.number()).expect("64 bits") % count
    }
}
