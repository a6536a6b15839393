//! Random choices from a seeded source.

use contango::time::KnowledgeTime;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

pub struct Dice(TestRng);

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(rng(seed, stream))
    }
    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }
    /// Whether one of `n` equal chances came.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
    /// Some of them, at least one, in their order.
    pub fn some<'a, T>(&mut self, choices: &'a [T], at_most: usize) -> Vec<&'a T> {
        let n = 1 + self.below(at_most);
        let first = self.below(choices.len());
        let step = 1 + self.below(choices.len());
        let mut places: Vec<usize> = (0..n).map(|i| (first + i * step) % choices.len()).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|i| &choices[i]).collect()
    }
    /// An instant at which something happened, just before or just after one, or some time from it.
    pub fn instant(&mut self, instants: &[KnowledgeTime]) -> KnowledgeTime {
        let near = *self.of(instants);
        let shift = *self.of(&[0, 0, -1, -1, 1, 86_400_000_000, -86_400_000_000 * 9, 40_000_000_000]);
        KnowledgeTime::from_micros(near.micros() + shift)
    }
}

pub fn rng(seed: u64, stream: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
