//! The table of tries.

use super::program::Try;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::time::Duration;

/// What became of the tries of one kind in one mode.
#[derive(Default)]
struct Count {
    tries: u32,
    /// How many ended before the signal or without an effect of the condition.
    unaffected: u32,
    violations: u32,
    time: Duration,
}

/// The tries by mode and kind.
pub(super) struct Table {
    counts: BTreeMap<(String, &'static str), Count>,
    /// Whether each try is printed.
    each: bool,
}

impl Table {
    pub(super) const fn new(each: bool) -> Self {
        Self {
            counts: BTreeMap::new(),
            each,
        }
    }

    /// Counts a try, and prints what does not hold.
    pub(super) fn add(&mut self, mode: String, kind: &'static str, what: &str, tried: &Try, found: &[String]) {
        if self.each {
            println!(
                "{mode}, {what}: exit {:?}, {:.1} s",
                tried.code,
                tried.time.as_secs_f64()
            );
        }
        if !found.is_empty() {
            println!("{mode}, {what}: exit {:?}", tried.code);
            for violation in found {
                println!("  {violation}");
            }
            println!("  stderr: {}", tried.stderr.trim().replace('\n', "\n          "));
        }
        let count = self.counts.entry((mode, kind)).or_default();
        count.tries += 1;
        count.unaffected += u32::from(tried.code == Some(0));
        count.violations += u32::from(!found.is_empty());
        count.time += tried.time;
    }

    /// Prints the table.
    ///
    /// # Errors
    /// If there are violations.
    pub(super) fn finish(&self) -> Result<()> {
        println!(
            "{:<14}  {:<16}  {:>5}  {:>6}  {:>10}",
            "mode", "kind", "tries", "exit 0", "violations"
        );
        for ((mode, kind), count) in &self.counts {
            println!(
                "{mode:<14}  {kind:<16}  {:>5}  {:>6}  {:>10}",
                count.tries, count.unaffected, count.violations
            );
        }
        let sum = |of: fn(&Count) -> u32| self.counts.values().map(of).sum::<u32>();
        let (tries, violations) = (sum(|count| count.tries), sum(|count| count.violations));
        println!("{tries} tries, {violations} violations");
        if violations > 0 {
            bail!("{violations} violations");
        }
        Ok(())
    }
}
