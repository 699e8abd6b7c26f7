//! The list of known faults, `xtask/known-faults.txt`, which can only shrink.

use anyhow::{Context as _, Result};
use std::collections::BTreeSet;

/// The list, relative to the project's root.
const FILE: &str = "xtask/known-faults.txt";

/// Removes the known faults from those found, and adds a fault for each line of the list that is fixed.
pub(super) fn subtract(found: Vec<String>) -> Result<Vec<String>> {
    let text =
        std::fs::read_to_string(crate::process::root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    Ok(compare(found, &text))
}

fn compare(found: Vec<String>, list: &str) -> Vec<String> {
    let known: BTreeSet<&str> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let fixed: Vec<String> = known
        .iter()
        .filter(|line| !found.iter().any(|fault| fault == *line))
        .map(|line| format!("{FILE}: this fault is fixed; remove the line: {line}"))
        .collect();
    let new = found.into_iter().filter(|fault| !known.contains(fault.as_str()));
    new.chain(fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_fault_and_a_fixed_one_are_both_reported() {
        let found = || vec!["a".to_owned(), "b".to_owned()];
        assert!(compare(found(), "# why\na\nb\n").is_empty());
        assert_eq!(compare(found(), "a\n"), ["b"]);
        let fixed = compare(found(), "a\nb\nc\n");
        assert_eq!(fixed.len(), 1);
        assert!(fixed[0].ends_with("remove the line: c"), "{fixed:?}");
    }
}
