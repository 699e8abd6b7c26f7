//! The lines of a results file. These shapes are API: they only grow.

use crate::date::Date;
use crate::interruption::Interruption;
use crate::rules::Rule;
use crate::shard::Shard;
use crate::verdict::{Level, Status, Verdict};
use crate::wire::WireBytes;
use crosscheck_text::{CaseId, StepId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format. Since 2 an exchange holds the bytes of the wire; in 1 it held escaped lines.
pub const FORMAT: u32 = 2;

/// One line of a results file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Line {
    /// The first line of a subject.
    Header(Header),
    /// One case, as it finished.
    Case(Box<CaseResult>),
    /// The last line of a subject. A subject without it is incomplete.
    Footer(Footer),
}

/// What a subject and its run are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Header {
    /// The version of the format: 2.
    pub crosscheck: u32,
    /// The version of the harness.
    pub tool: String,
    /// The digest of the corpus.
    pub corpus: String,
    /// The subject, as the command line named it.
    pub subject: String,
    /// All subjects of the run, this one among them, in the order of the command line. One without a line is incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// `server` or `client`.
    pub role: String,
    /// The library under test.
    #[serde(default)]
    pub library: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// Operating system and architecture.
    #[serde(default)]
    pub platform: String,
    /// The filters that selected the cases.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Which part of the run this is, where several jobs share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Whether only the cases were selected that had failed in an earlier run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rerun: bool,
    /// The arguments that belong into a command that repeats a case, such as `--cases PATH`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeat: Vec<String>,
    /// The URL of a server that was not started by the run, and that has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The file of causes with which the results were compared, if the subject has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// How many cases were selected for the subject.
    #[serde(default)]
    pub cases: usize,
    /// Seconds since 1970 at which the run began.
    #[serde(default)]
    pub started: u64,
}

impl Header {
    /// The URL of the server, if it was not started by the run; its subject is the URL itself, or a name for it.
    #[must_use]
    pub fn server_url(&self) -> Option<&str> {
        // No name of a subject has a colon.
        let subject = Some(self.subject.as_str()).filter(|subject| subject.contains("://"));
        self.url.as_deref().or(subject)
    }
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseResult {
    /// The subject.
    pub subject: String,
    /// The case.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub id: CaseId,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// The worst of the deviations, else `not-judged`, `allowed` or `pass`.
    pub verdict: Verdict,
    /// Against the baseline: `unexpected` if any deviation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// In what it deviates, worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<Deviation>,
    /// What the page got, of each fetch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<OutcomeRecord>,
    /// Whether the library rejected the case's policy because the policy is risky, which is right; the case is then not applicable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rejected_policy: bool,
    /// Why it is not applicable or not judged, or how the subject broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The requests of the page, fetch by fetch, where a server deviates and a page can make them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<PageRequest>,
    /// The wire, where it deviates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<ExchangeRecord>,
    /// The events that led to the outcome, where it deviates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TraceEvent>,
    /// The steps that the case claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub steps: Vec<StepId>,
    /// How long it took.
    #[serde(default)]
    pub millis: u64,
}

impl CaseResult {
    /// A result without deviations, outcome or wire.
    #[must_use]
    pub fn new(subject: impl Into<String>, id: impl Into<CaseId>, verdict: Verdict) -> Self {
        Self {
            subject: subject.into(),
            id: id.into(),
            title: String::new(),
            verdict,
            status: None,
            deviations: Vec::new(),
            outcome: Vec::new(),
            rejected_policy: false,
            reason: None,
            asked: Vec::new(),
            transcript: Vec::new(),
            trace: Vec::new(),
            steps: Vec::new(),
            millis: 0,
        }
    }
}

/// One way in which a subject deviates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deviation {
    /// The rule that a server broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The step that a client broke, or that decided a server's outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub step: Option<StepId>,
    /// How bad it is.
    pub verdict: Verdict,
    /// How binding the requirement is.
    pub level: Level,
    /// The header that it is about, lower-case; `status` where it is about the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// A sentence.
    pub what: String,
    /// What had to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Which exchange of the transcript shows it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<usize>,
    /// Against the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The cause that it belongs to.
    pub cause: String,
}

impl Deviation {
    /// A deviation of a rule. Its cause is the rule, with the header if there is one.
    #[must_use]
    pub fn of_rule(rule: &Rule, header: Option<&str>, what: impl Into<String>) -> Self {
        Self {
            rule: Some(rule.id.to_owned()),
            step: None,
            verdict: rule.verdict,
            level: rule.level,
            header: header.map(str::to_owned),
            what: what.into(),
            expected: None,
            actual: None,
            exchange: None,
            status: None,
            cause: header.map_or_else(|| rule.id.to_owned(), |header| format!("{}/{header}", rule.id)),
        }
    }

    /// The rule and the step, as far as it has them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let step = self.step.as_ref().map(StepId::as_str);
        self.rule.as_deref().into_iter().chain(step)
    }

    /// A deviation of a client from a step of the standard. Its cause is the step with the header that it is about.
    #[must_use]
    pub fn of_step(step: impl Into<StepId>, header: &str, verdict: Verdict, what: impl Into<String>) -> Self {
        let step = step.into();
        Self {
            cause: format!("{step}/{header}"),
            rule: None,
            step: Some(step),
            verdict,
            level: Level::Must,
            header: Some(header.to_owned()),
            what: what.into(),
            expected: None,
            actual: None,
            exchange: None,
            status: None,
        }
    }
}

/// What the page got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutcomeRecord {
    /// The response type, or `throws` where the API refused the request.
    #[serde(rename = "type")]
    pub response_type: String,
    /// The status, 0 where it is hidden.
    #[serde(default)]
    pub status: u16,
    /// The names of the headers that the page reads, lower-case and sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readable: Vec<String>,
    /// Whether a redirect was followed.
    #[serde(default)]
    pub redirected: bool,
}

/// The request of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PageRequest {
    /// The page's origin, `null` for an opaque one.
    pub origin: String,
    /// The request with the keys of `request` in a case; bytes are isomorphic-decoded.
    pub request: serde_json::Value,
}

/// One request and its answer, byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeRecord {
    /// What it is: `preflight`, `actual`, `again`, `control`, ...
    pub what: String,
    /// The bytes of the request.
    pub request: WireBytes,
    /// The bytes of the answer; empty where none came.
    pub response: WireBytes,
}

/// An event of the model's trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceEvent {
    /// The algorithm under the standard's own name.
    pub algorithm: String,
    /// Its anchor in the standard.
    pub anchor: String,
    /// The steps it rests on.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub steps: Vec<StepId>,
    /// What happened.
    pub detail: String,
    /// The index of the exchange it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<usize>,
    /// Whether it decided the outcome.
    #[serde(default)]
    pub decisive: bool,
}

/// The counts of a subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Footer {
    /// The subject.
    pub subject: String,
    /// How many cases were selected.
    pub cases: usize,
    /// How many have each verdict; they sum up to `cases` if the run is complete.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// How many have each status.
    #[serde(default)]
    pub statuses: BTreeMap<Status, usize>,
    /// Cases that deviate unexpectedly.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub unexpected: Vec<CaseId>,
    /// Cases that a baseline lists and that deviate no longer.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub stale: Vec<CaseId>,
    /// The causes, most cases first.
    pub causes: Vec<Cause>,
    /// How often each rule was examined. A rule that is missing or 0 examined nothing.
    #[serde(default)]
    pub examined: BTreeMap<String, usize>,
    /// How long it took.
    pub seconds: f64,
    /// Why the subject could not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What ended the run before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Interruption>,
    /// The shards whose results are missing from a merged file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_shards: Vec<Shard>,
    /// Selected cases without a result, though the subject ran to its end: a fault of the harness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub missing: Vec<CaseId>,
    /// Whether every selected case has its line.
    pub complete: bool,
}

/// The root of a group of deviations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cause {
    /// Its name: the baseline's, or `<rule or step>/<header>`.
    pub cause: String,
    /// The rule, or the step on clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Against the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The cases, sorted.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub cases: Vec<CaseId>,
    /// The last day on which the baseline accepted it, if that has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<Date>,
    /// Why the baseline accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
}

/// The JSON Schema of a results file's line.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Line).to_value()
}
