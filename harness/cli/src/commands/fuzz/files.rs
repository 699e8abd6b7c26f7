//! The folder of a finding.

use super::super::findings::today;
use super::text::Report;
use crate::corpus::requirements;
use crate::exit::Failure;
use crosscheck_fetch::Origin;
use crosscheck_report::finding_report;
use crosscheck_results::CaseResult;
use crosscheck_search::fuzz::{Finding, FindingFile, Found, policy_document, to_yaml};
use crosscheck_search::infer::{AttackerNeeds, attacks};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The line for editors, for a folder of findings in a checkout.
const SCHEMA: &str = "# yaml-language-server: $schema=../../../../cases/schema/case.schema.json";

/// A finding, and its folder.
pub(super) struct Written<'f> {
    pub(super) finding: &'f Finding,
    pub(super) title: String,
    pub(super) folder: PathBuf,
}

impl Written<'_> {
    /// The request and the response that show the deviation.
    pub(super) fn wire(&self) -> Vec<String> {
        wire(&self.finding.result)
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "folder": self.folder,
            "title": self.title,
            "rule": self.finding.symptom.rule,
            "verdict": self.finding.symptom.verdict,
            "deviations": self.finding.raw,
        })
    }
}

/// Writes the folders of the new findings. A folder that exists is left as it is: a person may have edited it.
pub(super) fn write<'f>(root: &Path, report: &Report<'f>, seed: u64) -> Result<Vec<Written<'f>>, Failure> {
    let mut written: Vec<Written<'f>> = Vec::new();
    for finding in report.new_findings() {
        let slug = slug(finding);
        let taken = |folder: &PathBuf| written.iter().any(|other| other.folder == *folder);
        let parent = root.join(file_name(&report.subject));
        let mut folder = parent.join(&slug);
        let mut number = 2;
        while taken(&folder) {
            folder = parent.join(format!("{slug}-{number}"));
            number += 1;
        }
        let title = title(finding, &report.subject);
        if folder.symlink_metadata().is_err() {
            write_folder(&folder, finding, &title, report, seed).map_err(|(path, error)| {
                Failure::message(
                    format!("cannot write {}: {error}", path.display()),
                    "name another folder with --findings, or free some space, and run the command again with the same seed",
                )
            })?;
        }
        written.push(Written { finding, title, folder });
    }
    Ok(written)
}

fn write_folder(
    folder: &Path,
    finding: &Finding,
    title: &str,
    report: &Report<'_>,
    seed: u64,
) -> Result<(), (PathBuf, std::io::Error)> {
    std::fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| (path, error))
    };
    let found = Found {
        title,
        subject: &report.subject,
        version: &report.version,
        seed,
        date: today(),
        attacker_needs: attacker_needs(finding),
    };
    let file = FindingFile::new(finding, &found);
    write("finding.yaml", &to_yaml(&file))?;
    let case = finding.case_document("finding", title);
    if let Some(case) = &case {
        let text = to_yaml(case);
        write("case.yaml", &format!("{SCHEMA}\n{text}"))?;
    }
    let policy = policy_document(&finding.trial.policy);
    let text = finding_report(
        &finding.result,
        title,
        &to_yaml(&policy),
        &report.subject,
        &report.version,
        &requirements(),
    );
    // Last, so that a folder with it is complete.
    write("upstream.md", &text)
}

/// The name of a subject as the name of a folder.
fn file_name(subject: &str) -> String {
    subject.replace('/', "-")
}

fn slug(finding: &Finding) -> String {
    let mut parts = vec![finding.symptom.rule.clone()];
    parts.extend(
        finding
            .shape
            .flags
            .iter()
            .filter_map(|flag| flag.as_str().strip_prefix("origins-"))
            .map(str::to_owned),
    );
    if finding.shape.host.as_str() != "domain" {
        parts.push(finding.shape.host.as_str().to_owned());
    }
    parts.extend(
        finding
            .trial
            .visit
            .requester
            .operators
            .iter()
            .map(|name| (*name).to_owned()),
    );
    parts.join("-")
}

fn title(finding: &Finding, subject: &str) -> String {
    let requester = &finding.trial.visit.requester;
    let deviation = finding
        .result
        .deviations
        .iter()
        .find(|deviation| deviation.rule.as_deref() == Some(finding.symptom.rule.as_str()));
    let what = deviation.map_or("", |deviation| deviation.what.as_str());
    let origin = &requester.origin;
    match requester.operators.as_slice() {
        [] => format!("{subject}, for {origin}: {what}"),
        operators => format!(
            "{subject}, for {origin}, which is {} of {}: {what}",
            operators.join(" and "),
            requester.base
        ),
    }
}

/// What an attacker needs to have the origin that was granted.
fn attacker_needs(finding: &Finding) -> Option<&'static str> {
    if finding.symptom.verdict != crosscheck_results::Verdict::OverGrant {
        return None;
    }
    let requester = &finding.trial.visit.requester;
    let origin = Origin::parse_serialized(&requester.origin).ok()?;
    let base = Origin::parse_serialized(&requester.base).ok()?;
    attacks(std::iter::once(&origin), &base)
        .first()
        .map(|attack| match attack.needs {
            AttackerNeeds::SandboxedFrame => "sandboxed-frame",
            AttackerNeeds::RegisteredDomain => "registered-domain",
            AttackerNeeds::Subdomain => "subdomain",
            AttackerNeeds::NetworkPosition => "network-position",
        })
}

/// The lines that matter of the exchange that shows the deviation.
fn wire(result: &CaseResult) -> Vec<String> {
    let matters = |line: &String| {
        let lower = line.to_ascii_lowercase();
        ["origin:", "access-control-", "vary:"]
            .iter()
            .any(|name| lower.starts_with(name))
    };
    let mut lines = Vec::new();
    for exchange in result
        .transcript
        .iter()
        .filter(|exchange| matches!(exchange.what.as_str(), "preflight" | "actual"))
    {
        for (sign, bytes) in [('>', &exchange.request), ('<', &exchange.response)] {
            let all = bytes.lines();
            let first = all.first().cloned().into_iter();
            let rest = all.into_iter().skip(1).filter(matters);
            lines.extend(first.chain(rest).map(|line| format!("{sign} {line}")));
        }
    }
    lines
}
