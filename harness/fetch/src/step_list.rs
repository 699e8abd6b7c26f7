//! The steps of one event.

use crate::steps::Step;

/// The number of steps that are stored without an allocation; most events have no more.
const INLINE: usize = 7;

/// Steps in order, each once. Reads as a slice.
#[derive(Clone)]
pub struct StepList(Kept);

#[derive(Clone)]
enum Kept {
    Inline(u8, [Step; INLINE]),
    Heap(Vec<Step>),
}

impl StepList {
    pub(crate) const fn new() -> Self {
        // The initial content of the array is never read, because the length is zero.
        Self(Kept::Inline(0, [Step::MethodTokenGrammar; INLINE]))
    }

    /// Adds a step, unless it is already in the list.
    pub(crate) fn add(&mut self, step: Step) {
        if self.contains(&step) {
            return;
        }
        match &mut self.0 {
            Kept::Inline(len, steps) => {
                if let Some(free) = steps.get_mut(usize::from(*len)) {
                    *free = step;
                    *len += 1;
                } else {
                    let mut all = steps.to_vec();
                    all.push(step);
                    self.0 = Kept::Heap(all);
                }
            }
            Kept::Heap(all) => all.push(step),
        }
    }
}

impl std::ops::Deref for StepList {
    type Target = [Step];
    fn deref(&self) -> &[Step] {
        match &self.0 {
            Kept::Inline(len, steps) => steps.get(..usize::from(*len)).unwrap_or_default(),
            Kept::Heap(all) => all,
        }
    }
}

impl<'a> IntoIterator for &'a StepList {
    type Item = &'a Step;
    type IntoIter = std::slice::Iter<'a, Step>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::fmt::Debug for StepList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for StepList {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for StepList {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_added_step_is_in_the_list_once() {
        for count in 0..=3 * INLINE {
            let mut list = StepList::new();
            for step in Step::ALL.iter().take(count).chain(Step::ALL.iter().take(count)) {
                list.add(*step);
            }
            assert_eq!(*list, Step::ALL[..count]);
        }
    }
}
