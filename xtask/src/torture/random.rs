//! Random numbers that are the same on every machine.

use std::collections::BTreeSet;

/// The numbers of SplitMix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Chooses so many of the numbers below a count: all if they are few, otherwise one of each equal part.
    pub(super) fn spread(&mut self, count: usize, wanted: usize) -> BTreeSet<usize> {
        if count <= wanted {
            return (0..count).collect();
        }
        let mut chosen = BTreeSet::new();
        for part in 0..wanted {
            let (from, to) = (part * count / wanted, (part + 1) * count / wanted);
            let below = self.below(u64::try_from(to - from).unwrap_or(1));
            chosen.insert(from + usize::try_from(below).unwrap_or_default());
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_are_all_chosen_and_many_are_spread_over_the_count() {
        let mut random = Random(1);
        assert_eq!(random.spread(3, 5), BTreeSet::from([0, 1, 2]));
        assert_eq!(random.spread(0, 5), BTreeSet::new());
        for _ in 0..100 {
            let chosen: Vec<usize> = random.spread(100, 4).into_iter().collect();
            assert_eq!(chosen.len(), 4);
            let is_in_its_part = |(part, number): (usize, &usize)| (part * 25..(part + 1) * 25).contains(number);
            assert!(chosen.iter().enumerate().all(is_in_its_part), "{chosen:?}");
        }
    }
}
