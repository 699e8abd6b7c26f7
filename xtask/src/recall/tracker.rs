//! Tracks which releases must run, and reports each entry in order, as soon as both of its releases have finished.

use crosscheck_runner::recall::{Entry, Finding, judge};
use crosscheck_runner::release::Release;
use crosscheck_runner::subject::{Role, Subject, SubjectSpec};
use std::collections::BTreeMap;

/// The outcome of an entry.
pub(super) struct EntryReport {
    pub(super) entry: Entry,
    pub(super) finding: Finding,
    /// Remarks, such as a release that reports another version.
    pub(super) notes: Vec<String>,
}

/// The entries, and the results of the releases so far.
pub(super) struct RecallTracker {
    waiting: std::vec::IntoIter<Entry>,
    next: Option<Entry>,
    releases: Vec<SubjectSpec>,
    answers: BTreeMap<SubjectSpec, Release>,
    unknown: BTreeMap<String, String>,
    reports: Vec<EntryReport>,
}

impl RecallTracker {
    pub(super) fn new(entries: Vec<Entry>, known: &BTreeMap<String, Subject>) -> Self {
        let mut unknown = BTreeMap::new();
        let mut releases = Vec::new();
        for entry in &entries {
            let why = match known.get(&entry.subject) {
                Some(known) if known.description.role == Role::Server => {
                    for spec in entry.releases() {
                        if !releases.contains(&spec) {
                            releases.push(spec);
                        }
                    }
                    continue;
                }
                Some(_) => format!("`{}` is not a server", entry.subject),
                None => format!("there is no subject `{}`", entry.subject),
            };
            unknown.insert(entry.subject.clone(), why);
        }
        let mut waiting = entries.into_iter();
        Self {
            next: waiting.next(),
            waiting,
            releases,
            answers: BTreeMap::new(),
            unknown,
            reports: Vec::new(),
        }
    }

    /// Returns the releases that must run, each once, in the order in which the entries need them.
    pub(super) fn releases(&self) -> &[SubjectSpec] {
        &self.releases
    }

    /// Adds the results of a release. Returns the reports that are complete now, in the order of the entries.
    pub(super) fn take(&mut self, spec: &SubjectSpec, release: &Release) -> &[EntryReport] {
        self.answers.insert(spec.clone(), release.clone());
        self.advance()
    }

    /// Returns all reports, once every release has finished.
    pub(super) fn reports(&mut self) -> &[EntryReport] {
        self.advance();
        &self.reports
    }

    fn advance(&mut self) -> &[EntryReport] {
        let before = self.reports.len();
        while let Some(entry) = self.next.take() {
            let [bad, good] = entry.releases();
            let (finding, notes) = if let Some(why) = self.unknown.get(&entry.subject) {
                (Finding::Unrun(vec![why.clone()]), Vec::new())
            } else if let (Some(worse), Some(better)) = (self.answers.get(&bad), self.answers.get(&good)) {
                let notes = [worse.doubt(&bad), better.doubt(&good)];
                (judge(&entry, worse, better), notes.into_iter().flatten().collect())
            } else {
                self.next = Some(entry);
                break;
            };
            self.reports.push(EntryReport { entry, finding, notes });
            self.next = self.waiting.next();
        }
        &self.reports[before..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosscheck_results::Verdict;
    use crosscheck_runner::release::ReleaseResult;

    fn entry(id: &str, subject: &str, bad: &str, good: &str) -> Entry {
        Entry {
            id: id.to_owned(),
            subject: subject.to_owned(),
            bad: bad.to_owned(),
            good: good.to_owned(),
            rules: vec!["vary".to_owned()],
            source: Vec::new(),
        }
    }

    fn release(version: &str, broken: &[&str]) -> Release {
        let result = ReleaseResult {
            verdict: Verdict::Hygiene,
            broken: broken.iter().map(|r| (*r).to_owned()).collect(),
            refused: false,
        };
        Release {
            version: version.to_owned(),
            cases: [("a".into(), result)].into(),
            ..Release::default()
        }
    }

    #[test]
    fn entries_are_reported_in_order_once_both_releases_have_finished() {
        let known = crosscheck::subjects::all().unwrap();
        let entries = vec![
            entry("one", "rs-cors", "1", "v2"),
            entry("two", "no-such", "1", "2"),
            entry("three", "rs-cors", "v1", "3"),
            entry("four", "chromium", "1", "2"),
        ];
        let mut tracker = RecallTracker::new(entries, &known);
        let releases = tracker.releases().to_vec();
        let names: Vec<String> = releases.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["rs-cors@1", "rs-cors@2", "rs-cors@3"]);
        let mut reports = Vec::new();
        for (spec, broken) in releases.iter().zip([&["vary"][..], &[], &["vary"]]) {
            let version = spec.version.clone().unwrap();
            let new = tracker.take(spec, &release(&version, broken)).iter();
            reports.push(new.map(|t| t.entry.id.clone()).collect::<Vec<_>>().join(" "));
        }
        assert_eq!(reports, ["", "one two", "three four"]);
        let kinds: Vec<&str> = tracker
            .reports()
            .iter()
            .map(|t| match t.finding {
                Finding::Caught(_) => "caught",
                Finding::Missed { .. } => "missed",
                Finding::Unrun(_) => "unrun",
            })
            .collect();
        assert_eq!(kinds, ["caught", "unrun", "missed", "unrun"]);
    }
}
