//! The committed list of a subject's known deviations, and what a run says of it.

use crate::results::{CaseResult, Cause, Footer, Status, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest baseline.
const MAX_FILE: u64 = 16 << 20;

/// One cause of known deviations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub cause: String,
    /// The rule that is broken; for servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The step that is broken; for clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// How bad it is.
    pub verdict: Verdict,
    /// The versions it holds for: `>=2.8`, `<3`, `=1.2.3`, several joined by `,`; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Where it is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// The cases.
    pub cases: Vec<String>,
}

/// The known deviations of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Entry>,
}

/// Why a baseline does not load.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("cannot read {}: {what}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// It is no baseline.
    #[error("{}: {what}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

impl Baseline {
    /// Reads the baseline of a subject; a subject without a file has an empty one.
    ///
    /// # Errors
    /// Where the file cannot be read or is no baseline.
    pub fn load(folder: &Path, subject: &str) -> Result<Self, BaselineError> {
        let path = folder.join(format!("{subject}.yaml"));
        let read = |what: String| BaselineError::Read {
            path: path.clone(),
            what,
        };
        match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(read(e.to_string())),
            Ok(meta) if meta.len() > MAX_FILE => return Err(read(format!("longer than {MAX_FILE} bytes"))),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(&path).map_err(|e| read(e.to_string()))?;
        Self::parse(&text).map_err(|what| BaselineError::Yaml { path, what })
    }

    /// Reads a baseline's text.
    ///
    /// # Errors
    /// Where it is no list of causes, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Option<Vec<Entry>> = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let entries = entries.unwrap_or_default();
        for entry in &entries {
            if entry.rule.is_some() == entry.step.is_some() {
                return Err(format!(
                    "the cause `{}` needs exactly one of rule and step",
                    entry.cause
                ));
            }
            if let Some(versions) = &entry.versions
                && matches_version(versions, "0").is_none()
            {
                return Err(format!(
                    "`{versions}` is no version range; write >=2.8, <3 or =1.2.3, joined by commas"
                ));
            }
        }
        Ok(Self { entries })
    }

    /// Its causes.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// What tells one cause from another: its name, the rule or step, the verdict, the status.
type Key = (String, Option<String>, Verdict, Option<Status>);

/// A baseline against the cases of a run, one by one.
#[derive(Debug)]
pub struct Settling {
    /// The entries that hold for this version; `None` for a run without baseline, where every deviation is unexpected.
    entries: Vec<Entry>,
    /// Which case ids of each entry have deviated.
    seen: Vec<BTreeSet<String>>,
    causes: BTreeMap<Key, BTreeSet<String>>,
}

impl Settling {
    /// Begins with a baseline, for a version of the subject.
    #[must_use]
    pub fn new(baseline: Option<&Baseline>, version: &str) -> Self {
        let holds = |e: &&Entry| {
            e.versions
                .as_deref()
                .is_none_or(|v| matches_version(v, version).unwrap_or(true))
        };
        let entries: Vec<Entry> = baseline
            .map(|b| b.entries.iter().filter(holds).cloned().collect())
            .unwrap_or_default();
        Self {
            seen: vec![BTreeSet::new(); entries.len()],
            entries,
            causes: BTreeMap::new(),
        }
    }

    /// Gives each deviation of a case its status and its cause, and the case its status.
    pub fn settle(&mut self, case: &mut CaseResult) {
        let mut worst = None;
        for deviation in &mut case.deviations {
            let entry = self.entries.iter().position(|e| {
                let names = match (&e.rule, &e.step) {
                    (Some(rule), _) => deviation.rule.as_ref() == Some(rule),
                    (None, step) => deviation.rule.is_none() && deviation.step == *step,
                };
                names && e.cases.contains(&case.id)
            });
            let known = entry.and_then(|i| Some((i, self.entries.get(i)?)));
            if let Some((i, entry)) = known {
                deviation.cause.clone_from(&entry.cause);
                if let Some(seen) = self.seen.get_mut(i) {
                    seen.insert(case.id.clone());
                }
            }
            if !deviation.verdict.counts() {
                continue;
            }
            let status = if known.is_some() {
                Status::Known
            } else {
                Status::Unexpected
            };
            deviation.status = Some(status);
            worst = worst.max(Some(status));
            let named = deviation.rule.clone().or_else(|| deviation.step.clone());
            let cause = (deviation.cause.clone(), named, deviation.verdict, deviation.status);
            self.causes.entry(cause).or_default().insert(case.id.clone());
        }
        case.status = worst;
    }

    /// The ids that the baseline lists, that ran, and that deviate no longer.
    fn stale(&self, ran: &BTreeSet<String>) -> BTreeSet<String> {
        let listed = self.entries.iter().zip(&self.seen);
        listed
            .flat_map(|(e, seen)| {
                e.cases
                    .iter()
                    .filter(|id| ran.contains(*id) && !seen.contains(*id))
                    .cloned()
            })
            .collect()
    }

    /// The counts at the end.
    pub fn finish(&self, footer: &mut Footer, ran: &BTreeSet<String>) {
        let stale = self.stale(ran);
        if !stale.is_empty() {
            footer.statuses.insert(Status::Stale, stale.len());
        }
        footer.stale = stale.into_iter().collect();
        footer.causes = self
            .causes
            .iter()
            .map(|((cause, rule, verdict, status), cases)| {
                let entry = self
                    .entries
                    .iter()
                    .find(|e| e.cause == *cause && *status == Some(Status::Known));
                Cause {
                    cause: cause.clone(),
                    rule: rule.clone(),
                    verdict: *verdict,
                    status: *status,
                    cases: cases.iter().cloned().collect(),
                    reason: entry.map(|e| e.reason.clone()),
                    upstream: entry.and_then(|e| e.upstream.clone()),
                }
            })
            .collect();
        footer.causes.sort_by(|a, b| {
            (a.verdict, b.cases.len(), &a.cause, a.status).cmp(&(b.verdict, a.cases.len(), &b.cause, b.status))
        });
    }
}

/// Whether a version lies in a range of dotted numbers; `None` if the range is none.
#[must_use]
pub fn matches_version(range: &str, version: &str) -> Option<bool> {
    let mut all = true;
    for part in range.split(',') {
        let part = part.trim();
        let (word, bound) = [">=", "<=", ">", "<", "="]
            .iter()
            .find_map(|w| Some((*w, part.strip_prefix(w)?.trim())))?;
        if bound.is_empty() || !bound.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return None;
        }
        let order = numbers(version).cmp(&numbers(bound));
        all &= match word {
            ">=" => order != Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            _ => order == Ordering::Equal,
        };
    }
    Some(all)
}

/// The numbers of a version, without trailing zeros: 1.2 is 1.2.0.
fn numbers(version: &str) -> Vec<u64> {
    let leading = |part: &str| {
        part.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    };
    let mut numbers: Vec<u64> = version.split('.').map(leading).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}
