//! The file `finding.yaml`.

use super::finding::{Finding, Stability};
use crosscheck_results::{Date, Verdict};
use serde::{Deserialize, Serialize};

/// What is done about a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Nothing yet.
    #[default]
    New,
    /// It is reported to the authors of the server.
    Reported,
    /// They accept it as a fault.
    Accepted,
    /// They do not change it.
    WontFix,
    /// The fault is one of Crosscheck.
    Ours,
}

/// A finding as it is written. People change `status`, `upstream` and `note`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingFile {
    /// What happens, in a sentence.
    pub title: String,
    /// The server.
    pub subject: String,
    /// The versions on which it was found.
    pub versions: Vec<String>,
    /// The first version that has it, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The rule that is broken.
    pub rule: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The header that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Whether it appeared each time.
    pub stable: bool,
    /// The kind of page that sends the origin.
    pub alphabet: String,
    /// What an attacker needs to use an over-grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attacker_needs: Option<String>,
    /// The flags that the minimised policy needs.
    pub flags: Vec<String>,
    /// The kind of the host of the listed origin.
    pub host: String,
    /// The operators that show it.
    #[serde(default)]
    pub operators: Vec<String>,
    /// The methods that show it.
    #[serde(default)]
    pub methods: Vec<String>,
    /// How many deviations were folded.
    pub deviations: usize,
    /// The seed of the search.
    pub seed: u64,
    /// The generation that showed it first, from 0.
    pub generation: usize,
    /// The day on which it was found.
    pub date: Date,
    /// What is done about it.
    #[serde(default)]
    pub status: FindingStatus,
    /// Where it is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a finding does not know of itself.
#[derive(Clone, Debug)]
pub struct Found<'f> {
    /// What happens, in a sentence.
    pub title: &'f str,
    /// The server.
    pub subject: &'f str,
    /// Its version.
    pub version: &'f str,
    /// The seed of the search.
    pub seed: u64,
    /// The day.
    pub date: Date,
    /// What an attacker needs to use an over-grant.
    pub attacker_needs: Option<&'static str>,
}

impl FindingFile {
    /// The file of a new finding.
    #[must_use]
    pub fn new(finding: &Finding, found: &Found<'_>) -> Self {
        let symptom = &finding.symptom;
        Self {
            title: found.title.to_owned(),
            subject: found.subject.to_owned(),
            versions: vec![found.version.to_owned()],
            since: None,
            rule: symptom.rule.clone(),
            verdict: symptom.verdict,
            header: symptom.header.clone(),
            stable: finding.stability == Stability::Stable,
            alphabet: finding.shape.alphabet.as_str().to_owned(),
            attacker_needs: found.attacker_needs.map(str::to_owned),
            flags: finding
                .shape
                .flags
                .iter()
                .map(|flag| flag.as_str().to_owned())
                .collect(),
            host: finding.shape.host.as_str().to_owned(),
            operators: finding.operators.iter().map(|name| (*name).to_owned()).collect(),
            methods: finding.methods.iter().cloned().collect(),
            deviations: finding.raw,
            seed: found.seed,
            generation: finding.generation,
            date: found.date,
            status: FindingStatus::New,
            upstream: None,
            note: None,
        }
    }
}

/// A value as YAML.
#[must_use]
pub fn to_yaml(value: &impl Serialize) -> String {
    serde_yaml::to_string(value).unwrap_or_default()
}

/// Reads the text of a `finding.yaml`.
///
/// # Errors
/// If it is not in the format; the error has the line and the column.
pub fn read_finding(text: &str) -> Result<FindingFile, serde_yaml::Error> {
    serde_yaml::from_str(text)
}
