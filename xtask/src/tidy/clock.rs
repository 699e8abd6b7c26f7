//! The time of day decides nothing, since the clock can be set while the program runs. Durations come from `Instant`.

use crate::process::root;

/// The call that reads the time of day.
const CALL: &str = concat!("SystemTime", "::now");

/// The sources that may read the time of day, each with the reason.
const ALLOWED: &[(&str, &str)] = &[
    (
        "harness/cli/src/commands/findings.rs",
        "a finding states the day on which it was found, and is looked at within some days",
    ),
    (
        "harness/runner/src/run/pending.rs",
        "the header of the results states when the run started",
    ),
    (
        "harness/runner/src/subject/install/listing.rs",
        "a folder that a killed listing has left is removed by a later one",
    ),
    (
        "harness/runner/src/subject/install/place.rs",
        "an installation that no process uses is removed after 30 days",
    ),
    ("xtask/src/torture/mod.rs", "the seed of the nightly run"),
];

/// Reports a source that reads the time of day and is not listed.
pub(super) fn check(file: &str, text: &str, faults: &mut Vec<String>) {
    if file.ends_with(".rs") && text.contains(CALL) && !ALLOWED.iter().any(|(allowed, _)| *allowed == file) {
        faults.push(format!(
            "{file}: decide nothing by the time of day; use `Instant`, or list the file with a reason in xtask/src/tidy/clock.rs"
        ));
    }
}

/// Reports listed sources that do not read it.
pub(super) fn missing() -> impl Iterator<Item = String> {
    let reads = |file: &str| std::fs::read_to_string(root().join(file)).is_ok_and(|text| text.contains(CALL));
    let missing = ALLOWED.iter().filter(move |(file, _)| !reads(file));
    missing.map(|(file, reason)| format!("{file} does not read the time of day; remove it from the list ({reason})"))
}
