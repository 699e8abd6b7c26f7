//! Counts the results of a subject and compares them with its baseline.

use super::recorder::SubjectEnd;
use crosscheck_corpus::Case;
use crosscheck_judge::Examined;
use crosscheck_results::baseline::{Baseline, BaselineComparison};
use crosscheck_results::{CaseId, CaseResult, Date, Footer, Header, Status, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The running counts of a subject.
pub(super) struct Tally {
    pub(super) footer: Footer,
    /// The ids of the selected cases, in their order.
    selected: Vec<CaseId>,
    comparison: BaselineComparison,
    ran: BTreeSet<CaseId>,
    /// Those of them that say nothing about the subject.
    not_judged: Vec<CaseId>,
}

impl Tally {
    pub(super) fn new(subject: &str, cases: &[Arc<Case>]) -> Self {
        Self {
            footer: Footer {
                subject: subject.to_owned(),
                cases: cases.len(),
                ..Footer::default()
            },
            selected: cases.iter().map(|case| case.id.clone()).collect(),
            comparison: BaselineComparison::new(None, ""),
            ran: BTreeSet::new(),
            not_judged: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, header: &Header, baseline: Option<&Baseline>) {
        self.comparison = BaselineComparison::new(baseline, &header.version).on(Date::of_unix(header.started));
        if header.role == "server" {
            // A rule that examines nothing appears with a count of 0.
            self.footer.examined = crosscheck_results::rules::RULES
                .iter()
                .map(|r| (r.id.to_owned(), 0))
                .collect();
        }
    }

    /// Returns the result with its status against the baseline.
    pub(super) fn add(&mut self, mut case: CaseResult, examined: &Examined) -> CaseResult {
        self.comparison.classify(&mut case);
        if case.verdict >= Verdict::NotJudged {
            // The requests serve to repeat a failure; a case that passes does not need them.
            case.asked.clear();
        }
        self.ran.insert(case.id.clone());
        if case.verdict == Verdict::NotJudged {
            self.not_judged.push(case.id.clone());
        }
        *self.footer.verdicts.entry(case.verdict).or_default() += 1;
        if let Some(status) = case.status {
            *self.footer.statuses.entry(status).or_default() += 1;
            if status == Status::Unexpected {
                self.footer.unexpected.push(case.id.clone());
            }
        }
        for (rule, times) in examined {
            *self.footer.examined.entry((*rule).to_owned()).or_default() += times;
        }
        case
    }

    pub(super) fn end(mut self, end: SubjectEnd) -> Footer {
        // Results are counted in the order in which they come.
        self.footer.unexpected.sort();
        self.footer.seconds = (end.took.as_secs_f64() * 1000.0).round() / 1000.0;
        self.footer.error = end.error;
        self.footer.interrupted = end.interrupted;
        self.footer.complete = self.ran.len() == self.footer.cases;
        if !self.ran.is_empty() && end.interrupted.is_none() {
            let ran = &self.ran;
            self.footer.missing = self.selected.into_iter().filter(|id| !ran.contains(id)).collect();
        }
        for id in &self.not_judged {
            self.ran.remove(id);
        }
        self.comparison.finish(&mut self.footer, &self.ran);
        self.footer
    }
}
