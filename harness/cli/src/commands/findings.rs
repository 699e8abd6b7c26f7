//! The findings of `crosscheck fuzz` in a checkout: a finding is looked at within some days.

use crosscheck_corpus::{Diagnostic, Severity};
use crosscheck_results::Date;
use crosscheck_search::fuzz::{FindingStatus, read_finding};
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folder of the findings of a checkout.
pub(super) const FINDINGS: &str = "reports/findings";
/// After so many days, a finding has another status than `new`.
const DAYS: u64 = 30;
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The current day.
pub(super) fn today() -> Date {
    day(Duration::ZERO)
}

/// The day some time ago.
fn day(ago: Duration) -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default().saturating_sub(ago);
    Date::of_unix(since.as_secs())
}

/// The faults of the findings of a folder: a file that cannot be read, and a finding that is new for long.
pub(super) fn lint(folder: &Path) -> Vec<Diagnostic> {
    let last = day(Duration::from_secs(DAYS * 86_400));
    let files = folders(folder).into_iter().flat_map(|server| folders(&server));
    let mut files: Vec<PathBuf> = files.map(|finding| finding.join("finding.yaml")).collect();
    files.sort();
    files.iter().filter_map(|file| fault(file, last)).collect()
}

/// The folders in a folder.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// What is wrong with a finding. `last` is the last day on which a finding may have been found that is still new.
fn fault(file: &Path, last: Date) -> Option<Diagnostic> {
    let shown = file.display().to_string();
    let text = match crosscheck_input::read_text(file, MAX_FILE) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the finding cannot be read: {error}");
            return Some(Diagnostic::of_file(
                Severity::Load,
                &shown,
                message,
                "remove its folder, or search again",
            ));
        }
    };
    match read_finding(&text) {
        Err(error) => Some(Diagnostic::of_file(
            Severity::Load,
            &shown,
            format!("the finding is not in the format of `crosscheck fuzz`: {error}"),
            "correct it, or remove its folder and search again",
        )),
        Ok(finding) if finding.status == FindingStatus::New && finding.date < last => Some(Diagnostic::of_file(
            Severity::Lint,
            &shown,
            format!("the finding of {} is still `new`", finding.date),
            "look at it, and set `status` to reported, accepted, wont-fix or ours",
        )),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_finding_that_is_new_for_long_and_a_file_in_another_format_are_faults() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("finding.yaml");
        let right = "title: t\nsubject: s\nversions: [\"1\"]\nrule: refuse\nverdict: over-deny\nstable: true\nalphabet: browser\n\
            flags: []\nhost: domain\ndeviations: 1\nseed: 1\ngeneration: 0\ndate: 2026-01-31\nstatus: new\n";
        let last = |text: &str| text.parse().expect("a date");
        for (text, day, message) in [
            (right.to_owned(), "2026-01-31", None),
            (
                right.to_owned(),
                "2026-02-01",
                Some("the finding of 2026-01-31 is still `new`"),
            ),
            (right.replace("status: new", "status: ours"), "2026-02-01", None),
            (
                right.replace("status: new", "status: done"),
                "2026-01-01",
                Some("unknown variant `done`"),
            ),
            (
                right.replace("rule:", "rules:"),
                "2026-01-01",
                Some("unknown field `rules`"),
            ),
        ] {
            std::fs::write(&file, &text).expect("a file");
            let found = fault(&file, last(day));
            match message {
                None => assert_eq!(found, None, "{text}"),
                Some(message) => assert!(found.is_some_and(|d| d.message.contains(message)), "{message}: {text}"),
            }
        }
        assert!(fault(&folder.path().join("absent.yaml"), last("2026-01-01")).is_some());
    }
}
