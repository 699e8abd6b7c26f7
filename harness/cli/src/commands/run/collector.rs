//! Collects the results of a run for its report.

use crosscheck_corpus::Filter;
use crosscheck_report::Progress;
use crosscheck_results::{CaseResult, Events, Footer, Header, Run, Verdict};
use std::borrow::Cow;

/// Collects the results for the report.
pub(crate) struct Collector {
    pub(crate) progress: Progress,
    /// Filters over results: only the selected results are shown in full.
    pub(crate) filters: Vec<Filter>,
    /// Whether it keeps every case whole. Otherwise it keeps those that deviate; the results file has all.
    pub(crate) keeps_all: bool,
    pub(crate) runs: Vec<Run>,
}

impl Events for Collector {
    fn subject_started(&mut self, header: &Header) {
        self.progress.subject(&header.subject, header.cases);
        self.runs.push(Run {
            header: header.clone(),
            ..Run::default()
        });
    }

    fn case_finished(&mut self, case: &CaseResult) {
        self.progress.case();
        let Some(run) = self.runs.last_mut() else { return };
        if self.keeps_all || case.verdict < Verdict::Allowed {
            run.cases.push(case.clone());
        } else if run.header.role == "server" {
            // The matrix of servers has the topics whose cases all pass.
            run.cases.push(CaseResult::new("", &case.id, case.verdict));
        }
        // Other cases that do not deviate are only counted, which the footer does.
    }

    fn subject_finished(&mut self, footer: &Footer) {
        if let Some(run) = self.runs.last_mut() {
            run.footer = Some(footer.clone());
        }
    }
}

/// A run with only the results that the filters over results select; its counts are unchanged.
pub(crate) fn selected_results<'r>(run: &'r Run, filters: &[Filter]) -> Cow<'r, Run> {
    if filters.is_empty() {
        return Cow::Borrowed(run);
    }
    let selects = |case: &&CaseResult| {
        filters.iter().all(|filter| match filter {
            Filter::Rule(rule) => case.deviations.iter().any(|d| d.rule.as_ref() == Some(rule)),
            Filter::Verdict(verdict) => case.verdict.as_str() == verdict,
            _ => true,
        })
    };
    Cow::Owned(Run {
        header: run.header.clone(),
        cases: run.cases.iter().filter(selects).cloned().collect(),
        footer: run.footer.clone(),
        discrepancy: run.discrepancy,
    })
}
