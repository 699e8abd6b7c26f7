//! Which releases are to be asked, and which entries that settles: each in its turn, as soon as both of its releases have answered.

use crosscheck_runner::recall::{Entry, Finding, judge};
use crosscheck_runner::release::Release;
use crosscheck_runner::subject::{Role, Subject, SubjectSpec};
use std::collections::BTreeMap;

/// What is said of an entry.
pub(super) struct Told {
    pub(super) entry: Entry,
    pub(super) finding: Finding,
    /// What else a reader should know.
    pub(super) notes: Vec<String>,
}

/// The entries, and what is known of them so far.
pub(super) struct Board {
    waiting: std::vec::IntoIter<Entry>,
    next: Option<Entry>,
    releases: Vec<SubjectSpec>,
    answers: BTreeMap<SubjectSpec, Release>,
    unknown: BTreeMap<String, String>,
    told: Vec<Told>,
}

impl Board {
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
                Some(_) => format!("`{}` is no server", entry.subject),
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
            told: Vec::new(),
        }
    }

    /// The releases that must be asked, each once, in the order in which the entries need them.
    pub(super) fn releases(&self) -> &[SubjectSpec] {
        &self.releases
    }

    /// Takes the answers of a release in; what can be said now, in the order of the entries.
    pub(super) fn take(&mut self, spec: &SubjectSpec, release: &Release) -> &[Told] {
        self.answers.insert(spec.clone(), release.clone());
        self.advance()
    }

    /// What has been said, once every release has answered.
    pub(super) fn told(&mut self) -> &[Told] {
        self.advance();
        &self.told
    }

    fn advance(&mut self) -> &[Told] {
        let before = self.told.len();
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
            self.told.push(Told { entry, finding, notes });
            self.next = self.waiting.next();
        }
        &self.told[before..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosscheck_results::Verdict;
    use crosscheck_runner::release::Answered;
    use crosscheck_runner::subject::subjects_folder;

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
        let answered = Answered {
            verdict: Verdict::Hygiene,
            broken: broken.iter().map(|r| (*r).to_owned()).collect(),
            refused: false,
        };
        Release {
            version: version.to_owned(),
            cases: [("a".to_owned(), answered)].into(),
            ..Release::default()
        }
    }

    #[test]
    fn entries_are_told_in_order_once_both_releases_have_answered() {
        let known = Subject::all(&subjects_folder()).unwrap();
        let entries = vec![
            entry("one", "rs-cors", "1", "v2"),
            entry("two", "no-such", "1", "2"),
            entry("three", "rs-cors", "v1", "3"),
            entry("four", "chromium", "1", "2"),
        ];
        let mut board = Board::new(entries, &known);
        let releases = board.releases().to_vec();
        let names: Vec<String> = releases.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["rs-cors@1", "rs-cors@2", "rs-cors@3"]);
        let mut told = Vec::new();
        for (spec, broken) in releases.iter().zip([&["vary"][..], &[], &["vary"]]) {
            let version = spec.version.clone().unwrap();
            let new = board.take(spec, &release(&version, broken)).iter();
            told.push(new.map(|t| t.entry.id.clone()).collect::<Vec<_>>().join(" "));
        }
        assert_eq!(told, ["", "one two", "three four"]);
        let kinds: Vec<&str> = board
            .told()
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
