//! Numbers of made-up samples.

/// A generator of numbers that is the same everywhere (splitmix64).
pub struct Chance(u64);

impl Chance {
    /// Starts from a text, so that each market has a course of its own.
    pub fn of(text: &str) -> Self {
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }
    /// Evenly between 0 and 1.
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
    /// Evenly between -1 and 1.
    pub fn step(&mut self) -> f64 {
        2.0 * self.share() - 1.0
    }
}
