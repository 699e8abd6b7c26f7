//! The report of a search as text and as JSON.

use super::files::Written;
use super::known::Known;
use super::worker::Worker;
use crate::output::Out;
use crosscheck_report::clean;
use crosscheck_results::baseline::CauseName;
use crosscheck_search::fuzz::{Finding, Search, Stability};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::time::Duration;

/// How many reasons are shown why visits were not applicable.
const REASONS: usize = 4;

/// What a search on a server has found.
pub(super) struct Report<'s> {
    pub(super) search: &'s Search,
    /// The server as the user named it.
    pub(super) subject: String,
    pub(super) version: String,
    searched: usize,
    minimised: usize,
    took: Duration,
    /// The findings, each with the known cause that explains it.
    findings: Vec<(&'s Finding, Option<&'s CauseName>)>,
}

impl<'s> Report<'s> {
    pub(super) fn new(search: &'s Search, worker: &Worker, known: &Known<'s>, took: Duration) -> Self {
        worker.clear();
        let findings = search.findings().iter();
        Self {
            search,
            subject: worker.name(),
            version: worker.version().to_owned(),
            searched: worker.searched(),
            minimised: worker.minimised(),
            took,
            findings: findings
                .map(|finding| (finding, known.cause(finding).map(|cause| &cause.name)))
                .collect(),
        }
    }

    /// The findings that no baseline explains, the worst first.
    pub(super) fn new_findings(&self) -> Vec<&'s Finding> {
        let new = self
            .findings
            .iter()
            .filter(|(finding, cause)| cause.is_none() && !finding.is_advice());
        let mut new: Vec<&Finding> = new.map(|(finding, _)| *finding).collect();
        new.sort_by_key(|finding| (finding.stability, finding.symptom.verdict));
        new
    }

    fn advice(&self) -> impl Iterator<Item = &'s Finding> {
        let all = self.findings.iter();
        all.filter(|(finding, cause)| cause.is_none() && finding.is_advice())
            .map(|(finding, _)| *finding)
    }

    fn known_findings(&self) -> impl Iterator<Item = (&'s Finding, &'s CauseName)> {
        self.findings
            .iter()
            .filter_map(|(finding, cause)| Some((*finding, (*cause)?)))
    }

    pub(super) fn json(&self, written: &[Written]) -> Value {
        let counts = &self.search.counts;
        json!({
            "server": self.subject,
            "version": self.version,
            "generations": self.search.generations(),
            "requests": self.searched,
            "requests_to_minimise": self.minimised,
            "seconds": self.took.as_secs_f64(),
            "visits": {
                "judged": counts.judged,
                "not_applicable": counts.not_applicable,
                "not_judged": counts.not_judged,
            },
            "new": written.iter().map(Written::json).collect::<Vec<_>>(),
            "advice": self.advice().map(|finding| json!({
                "verdict": finding.symptom.verdict,
                "operators": finding.operators,
            })).collect::<Vec<_>>(),
            "known": self.known_findings().map(|(finding, cause)| json!({
                "cause": cause.as_str(),
                "rule": finding.symptom.rule,
                "verdict": finding.symptom.verdict,
                "deviations": finding.raw,
            })).collect::<Vec<_>>(),
        })
    }
}

pub(super) fn write(out: &mut Out, report: &Report<'_>, written: &[Written], shows_known: bool) -> io::Result<()> {
    let counts = &report.search.counts;
    writeln!(
        out,
        "\n{} {}: {} generations, {} requests, and {} to minimise, in {:.1} s",
        clean(&report.subject),
        clean(&report.version),
        report.search.generations(),
        report.searched,
        report.minimised,
        report.took.as_secs_f64()
    )?;
    let visits = counts.judged + counts.not_applicable + counts.not_judged;
    writeln!(
        out,
        "  {visits} visits: {} judged, {} not applicable, {} not judged",
        counts.judged, counts.not_applicable, counts.not_judged
    )?;
    let mut reasons: Vec<_> = counts.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (reason, count) in reasons.into_iter().take(REASONS) {
        writeln!(out, "    not applicable, {count}: {}", clean(reason))?;
    }
    let known = report.known_findings().count();
    writeln!(out, "  {} new findings, {known} known", written.len())?;
    for finding in written {
        let unstable = match finding.finding.stability {
            Stability::Stable => "",
            Stability::Unstable => " (not each time)",
        };
        writeln!(
            out,
            "\n  {}{unstable}  {}",
            finding.finding.symptom.verdict,
            clean(&finding.title)
        )?;
        for line in finding.wire() {
            writeln!(out, "    {}", clean(&line))?;
        }
        writeln!(out, "    {}", clean(&finding.folder.to_string_lossy()))?;
    }
    for finding in report.advice() {
        let operators: Vec<&str> = finding.operators.iter().copied().collect();
        writeln!(
            out,
            "\n  advice: {} for hosts that no name server knows ({})",
            finding.symptom.verdict,
            operators.join(", ")
        )?;
    }
    if shows_known {
        writeln!(out)?;
        for (finding, cause) in report.known_findings() {
            writeln!(
                out,
                "  known: {} {} ({} deviations of {})",
                finding.symptom.verdict,
                clean(cause.as_str()),
                finding.raw,
                finding.symptom.rule
            )?;
        }
    }
    Ok(())
}
