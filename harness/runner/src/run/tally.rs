//! Counts the results of a subject, and reports them to the results file and to the receiver of the events.

use crosscheck_corpus::Case;
use crosscheck_judge::Examined;
use crosscheck_results::baseline::{Baseline, BaselineComparison};
use crosscheck_results::{CaseId, CaseResult, Events, Footer, Header, Line, Status, Verdict, WriteError, Writer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Writes result lines and emits their events.
pub(super) struct Output<'a> {
    pub(super) writer: Option<&'a mut Writer>,
    pub(super) events: &'a mut dyn Events,
}

impl Output<'_> {
    fn line(&mut self, line: &Line) -> Result<(), WriteError> {
        self.writer.as_mut().map_or(Ok(()), |w| w.line(line))
    }
}

/// The running counts of a subject.
pub(super) struct Tally {
    pub(super) footer: Footer,
    /// The ids of the selected cases, in their order.
    selected: Vec<CaseId>,
    comparison: BaselineComparison,
    ran: BTreeSet<CaseId>,
    /// Those of them that say something about the subject.
    judged: BTreeSet<CaseId>,
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
            judged: BTreeSet::new(),
        }
    }

    pub(super) fn begin(
        &mut self,
        header: &Header,
        baseline: Option<&Baseline>,
        output: &mut Output<'_>,
    ) -> Result<(), WriteError> {
        self.comparison = BaselineComparison::new(baseline, &header.version);
        if header.role == "server" {
            // A rule that examines nothing appears with a count of 0.
            self.footer.examined = crosscheck_results::rules::RULES
                .iter()
                .map(|r| (r.id.to_owned(), 0))
                .collect();
        }
        output.line(&Line::Header(header.clone()))?;
        output.events.subject_started(header, self.footer.cases);
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        mut case: CaseResult,
        examined: &Examined,
        output: &mut Output<'_>,
    ) -> Result<(), WriteError> {
        self.comparison.classify(&mut case);
        if case.verdict >= Verdict::NotJudged {
            // The requests serve to repeat a failure; a case that passes does not need them.
            case.asked.clear();
        }
        self.ran.insert(case.id.clone());
        if case.verdict != Verdict::NotJudged {
            self.judged.insert(case.id.clone());
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
        output.events.case_finished(&case);
        output.line(&Line::Case(Box::new(case)))
    }

    pub(super) fn end(mut self, seconds: f64, output: &mut Output<'_>) -> Result<Footer, WriteError> {
        self.comparison.finish(&mut self.footer, &self.judged);
        self.footer.seconds = (seconds * 1000.0).round() / 1000.0;
        self.footer.complete = self.ran.len() == self.footer.cases;
        if !self.ran.is_empty() {
            let ran = &self.ran;
            self.footer.missing = self.selected.into_iter().filter(|id| !ran.contains(id)).collect();
        }
        output.line(&Line::Footer(self.footer.clone()))?;
        output.events.subject_finished(&self.footer);
        Ok(self.footer)
    }
}
