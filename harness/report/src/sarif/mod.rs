//! SARIF 2.1.0, for code scanning: a result per deviation, worst first.

mod model;
mod rules;

use crate::counts::not_judged;
use crate::findings::{Severity, cases, faults, is_unexpected, reasons, shortened, stale, subject};
use crate::places::{Place, Places};
use crate::repeat::command;
use crate::standard::Requirements;
use crate::text::clean;
use crosscheck_results::{CaseId, Deviation, Run, Status, Verdict};
use model::{
    ArtifactLocation, BaselineState, Driver, Finding, FindingProperties, Invocation, Level, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Region, Suppression, Tool, ToolRun,
};
use rules::{STALE, descriptor, rule_id};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// How many results GitHub takes of one run.
const RESULTS: usize = 25_000;
/// The most characters of a text that came from outside.
const TEXT: usize = 2_000;
/// GitHub takes results with equal values for one alert.
const OF_GITHUB: &str = "primaryLocationLineHash";
const OF_CASE: &str = "crosscheckDeviation/v1";

/// Writes the file.
pub(crate) fn write(out: &mut dyn Write, runs: &[Run], requirements: &Requirements, places: &Places) -> io::Result<()> {
    let mut found = found(runs);
    let left_out = found.len().saturating_sub(RESULTS);
    found.truncate(RESULTS);
    let mut worst: BTreeMap<&str, Verdict> = BTreeMap::new();
    for item in &found {
        let known = worst.entry(&item.rule).or_insert(item.verdict());
        *known = item.verdict().min(*known);
    }
    let index: HashMap<&str, usize> = worst.keys().enumerate().map(|(i, id)| (*id, i)).collect();
    let context = Findings {
        found: &found,
        index: &index,
        reasons: runs.iter().map(reasons).collect(),
        runs,
        places,
    };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [ToolRun {
            tool: Tool {
                driver: Driver {
                    name: "Crosscheck",
                    version: runs
                        .first()
                        .map(|run| clean(&run.header.tool).into_owned())
                        .unwrap_or_default(),
                    rules: worst
                        .iter()
                        .map(|(id, verdict)| descriptor(id, *verdict, requirements))
                        .collect(),
                },
            },
            invocations: [invocation(runs, left_out)],
            column_kind: "unicodeCodePoints",
            results: context,
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

const fn level(verdict: Verdict) -> Level {
    match Severity::of(verdict) {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Note => Level::Note,
    }
}

/// What the run itself says: whether all cases were judged, and why not.
fn invocation(runs: &[Run], left_out: usize) -> Invocation {
    let mut notifications = Vec::new();
    let mut notify = |level, text: String| {
        let message = Message::new(shortened(&clean(&text), TEXT).into_owned());
        notifications.push(Notification { level, message });
    };
    for run in runs {
        let name = subject(&run.header);
        for fault in faults(run) {
            notify(Level::Error, format!("{name}: {}: {}", fault.kind.as_str(), fault.text));
        }
        for (reason, count) in not_judged(run) {
            notify(Level::Error, format!("{name}: {} not judged: {reason}", cases(count)));
        }
    }
    let execution_successful = notifications.is_empty();
    if left_out > 0 {
        let message = Message::new(format!(
            "{left_out} results are left out: code scanning takes {RESULTS} of a run"
        ));
        let level = Level::Warning;
        notifications.push(Notification { level, message });
    }
    Invocation {
        execution_successful,
        tool_execution_notifications: notifications,
    }
}

/// What becomes a result.
struct Found<'a> {
    run: usize,
    case: &'a CaseId,
    /// `None`: the case is stale.
    deviation: Option<&'a Deviation>,
    rule: Cow<'a, str>,
    /// How many deviations before it in its case break the same rule about the same header.
    occurrence: usize,
}

impl<'a> Found<'a> {
    fn verdict(&self) -> Verdict {
        self.deviation.map_or(Verdict::Advice, |deviation| deviation.verdict)
    }

    /// Unexpected ones come first, then stale ones, then known ones, then advice.
    fn rank(&self) -> (u8, Verdict) {
        let rank = match self.deviation {
            Some(deviation) if is_unexpected(deviation) => 0,
            None => 1,
            Some(deviation) if deviation.verdict.counts() => 2,
            Some(_) => 3,
        };
        (rank, self.verdict())
    }
}

/// All results, in their order.
fn found(runs: &[Run]) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for (run, results) in runs.iter().enumerate() {
        for case in &results.cases {
            let mut occurrences: HashMap<(Cow<'_, str>, Option<&str>), usize> = HashMap::new();
            for deviation in &case.deviations {
                let key = (rule_id(deviation), deviation.header.as_deref());
                let earlier = occurrences.entry(key).or_default();
                found.push(Found {
                    run,
                    case: &case.id,
                    deviation: Some(deviation),
                    rule: rule_id(deviation),
                    occurrence: *earlier,
                });
                *earlier += 1;
            }
        }
        found.extend(stale(results).into_iter().map(|case| Found {
            run,
            case,
            deviation: None,
            rule: STALE.into(),
            occurrence: 0,
        }));
    }
    // The sort is stable: within a rank, the order is that of the subjects and of their cases.
    found.sort_by_key(Found::rank);
    found
}

/// The results, which are made one by one while they are written.
struct Findings<'a> {
    found: &'a [Found<'a>],
    index: &'a HashMap<&'a str, usize>,
    /// Of each run, the reasons of its baseline.
    reasons: Vec<BTreeMap<&'a str, &'a str>>,
    runs: &'a [Run],
    places: &'a Places,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.found.iter().filter_map(|item| self.finding(item)))
    }
}

impl<'a> Findings<'a> {
    fn finding(&self, item: &'a Found<'a>) -> Option<Finding<'a>> {
        let run = self.runs.get(item.run)?;
        let header = &run.header;
        let place = match item.deviation {
            Some(deviation) => self.places.of(header, deviation),
            None => self.places.at(header, std::iter::empty()),
        };
        let justification = item
            .deviation
            .filter(|d| d.status == Some(Status::Known))
            .map(|deviation| {
                let reason = self
                    .reasons
                    .get(item.run)
                    .and_then(|of_run| of_run.get(deviation.cause.as_str()));
                reason.map(|reason| shortened(&clean(reason), TEXT).into_owned())
            });
        let fingerprint = fingerprint(&header.subject, item);
        Some(Finding {
            rule_id: &item.rule,
            rule_index: *self.index.get(&*item.rule)?,
            level: item.deviation.map_or(Level::Warning, |d| level(d.verdict)),
            message: Message::new(message(&subject(header), item)),
            locations: [location(place, item.case)],
            partial_fingerprints: BTreeMap::from([(OF_GITHUB, fingerprint.clone()), (OF_CASE, fingerprint)]),
            baseline_state: match item.deviation {
                None => Some(BaselineState::Absent),
                Some(deviation) if is_unexpected(deviation) => Some(BaselineState::New),
                Some(deviation) => deviation.status.map(|_| BaselineState::Unchanged),
            },
            suppressions: justification.map(suppression).into_iter().collect(),
            properties: FindingProperties {
                subject: clean(&header.subject).into_owned(),
                case: clean(item.case.as_str()).into_owned(),
                verdict: item.deviation.map(|d| d.verdict.as_str()),
                cause: item.deviation.map(|d| clean(&d.cause).into_owned()),
                repeat: clean(&command(header, item.case)).into_owned(),
            },
        })
    }
}

fn suppression(justification: Option<String>) -> Suppression {
    Suppression {
        kind: "external",
        status: "accepted",
        justification,
    }
}

fn message(name: &str, item: &Found<'_>) -> String {
    let mut text = format!("{name}, {}: ", item.case);
    match item.deviation {
        None => text.push_str("the baseline lists a deviation of this case that no longer occurs"),
        Some(deviation) => {
            text.push_str(&shortened(&deviation.what, TEXT));
            if let Some(expected) = &deviation.expected {
                text.push_str(&format!("; expected: {}", shortened(expected, TEXT)));
            }
            if let Some(actual) = &deviation.actual {
                text.push_str(&format!("; actual: {}", shortened(actual, TEXT)));
            }
        }
    }
    // In SARIF, `[text](target)` is a link.
    clean(&text).replace("](", "] (")
}

fn location(place: Option<Place>, case: &CaseId) -> Location {
    Location {
        physical_location: place.map(|place| PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: relative_uri(&place.file),
                uri_base_id: "%SRCROOT%",
            },
            region: Region { start_line: place.line },
        }),
        logical_locations: [LogicalLocation {
            fully_qualified_name: clean(case.as_str()).into_owned(),
        }],
    }
}

/// A relative path as a relative reference: everything but unreserved characters and `/` is percent-encoded.
fn relative_uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// What stays the same while the deviation does: it depends neither on a version nor on the baseline nor on a text for people.
fn fingerprint(subject: &str, item: &Found<'_>) -> String {
    let name = if subject.contains("://") {
        subject
    } else {
        subject.split('@').next().unwrap_or_default()
    };
    let about = item.deviation.and_then(|d| d.header.as_deref()).unwrap_or_default();
    let occurrence = item.occurrence.to_string();
    let mut hash = Sha256::new();
    for part in [name, item.case.as_str(), &*item.rule, about, &occurrence] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
