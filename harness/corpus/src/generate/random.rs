//! The choices of the generators.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Where the choices of a generator come from.
pub trait Source {
    /// A number below `end`; 0 if `end` is 0.
    fn below(&mut self, end: usize) -> usize;

    /// Whether something happens that happens `times` times of `of`.
    fn chance(&mut self, times: usize, of: usize) -> bool {
        self.below(of) < times
    }

    /// One of some values; `None` if there is none.
    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T>
    where
        Self: Sized,
    {
        let at = self.below(from.len());
        from.get(at)
    }

    /// Some values, at most `most`, each once, in their order.
    fn some<T: Clone>(&mut self, from: &[T], most: usize) -> Vec<T>
    where
        Self: Sized,
    {
        let mut left = self.below(most.min(from.len()) + 1);
        let mut taken = Vec::with_capacity(left);
        for (at, value) in from.iter().enumerate() {
            if self.below(from.len() - at) < left {
                taken.push(value.clone());
                left -= 1;
            }
        }
        taken
    }
}

/// Random choices that follow from a seed: `ChaCha8`, whose output is the same on every machine and in every release.
#[derive(Clone, Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The choices of a seed for something that has a name, independent of those for any other name.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(format!("{seed}/{name}"));
        Self(ChaCha8Rng::from_seed(digest.into()))
    }
}

impl Source for Random {
    fn below(&mut self, end: usize) -> usize {
        let number = self.0.next_u64();
        match u64::try_from(end) {
            Ok(end) if end > 0 => usize::try_from(number % end).unwrap_or_default(),
            _ => 0,
        }
    }
}
