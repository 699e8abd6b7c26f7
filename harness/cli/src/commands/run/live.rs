//! Writes the report during the run.

use super::collector::{Collector, selected_results};
use crate::output::Out;
use crosscheck_report::terminal::Options;
use crosscheck_report::{clean, write_subject};
use crosscheck_results::{CaseResult, Deviation, Events, Footer, Header, Run};
use std::io::{self, Write as _};

/// The maximum number of subjects that the first line names.
const NAMED: usize = 8;

/// Writes the report during the run: the number of cases and the subjects first, then each subject as soon as it has finished.
pub(super) struct Live<'a> {
    /// `None` for JSON, which is written as one value at the end.
    pub(super) out: Option<&'a mut Out>,
    pub(super) options: &'a Options,
    pub(super) collector: &'a mut Collector,
    /// The number of subjects that have been written.
    pub(super) written: usize,
    /// The first write error.
    pub(super) failed: Option<io::Error>,
}

impl Live<'_> {
    /// Writes, with the progress bar hidden.
    fn write(&mut self, write: impl FnOnce(&mut Out, &Options, &[Run]) -> io::Result<()>) {
        let Some(out) = self.out.as_deref_mut() else { return };
        if self.failed.is_some() {
            return;
        }
        let Collector { progress, runs, .. } = &mut *self.collector;
        let written = progress.aside(|| write(out, self.options, runs).and_then(|()| out.flush()));
        self.failed = written.err();
    }

    /// Writes the finished subjects that have not been written.
    fn subjects(&mut self) {
        let from = self.written;
        self.written = self.collector.runs.len();
        let filters = self.collector.filters.clone();
        self.write(|out, options, runs| {
            let mut left = runs.iter().skip(from);
            left.try_for_each(|run| write_subject(out, &selected_results(run, &filters), options))
        });
        for case in self.collector.runs.iter_mut().skip(from).flat_map(|run| &mut run.cases) {
            forget_details(case);
        }
    }

    /// Writes the remaining subjects at the end; returns the first write error.
    pub(super) fn rest(mut self) -> io::Result<()> {
        self.subjects();
        self.failed.map_or(Ok(()), Err)
    }
}

impl Events for Live<'_> {
    fn run_started(&mut self, subjects: &[String], cases: usize) {
        let mut names: Vec<String> = subjects.iter().take(NAMED).cloned().collect();
        if subjects.len() > NAMED {
            names.push(format!("{} more", subjects.len() - NAMED));
        }
        let plural = if cases == 1 { "case" } else { "cases" };
        let line = format!("running {cases} {plural} on {}", names.join(", "));
        self.write(|out, options, _| writeln!(out, "{}\n", options.style.dim(&clean(&line))));
    }

    fn results_kept(&mut self, subjects: usize, cases: usize) {
        let of = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let parts = [
            (subjects, of(subjects, "subject")),
            (cases, format!("{} of interrupted clients", of(cases, "case"))),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(_, text)| text)
            .collect();
        let line = format!("kept from the earlier run: {}", parts.join(", "));
        self.write(|out, options, _| writeln!(out, "{}\n", options.style.dim(&line)));
    }

    fn subject_started(&mut self, header: &Header) {
        self.collector.subject_started(header);
    }

    fn noticed(&mut self, subject: &str, notice: &str) {
        let line = format!("note: {subject} has been {notice}");
        // If stderr is closed, the text cannot be shown.
        let show = || writeln!(io::stderr(), "{}", clean(&line));
        let _ = self.collector.progress.aside(show);
    }

    fn case_finished(&mut self, case: &CaseResult) {
        self.collector.case_finished(case);
    }

    fn subject_finished(&mut self, footer: &Footer) {
        self.collector.subject_finished(footer);
        self.subjects();
    }
}

/// Keeps only the deviations of a case, which the comparison with other subjects needs. Their details are already on the terminal
/// and in the results file.
fn forget_details(case: &mut CaseResult) {
    let deviations = std::mem::take(&mut case.deviations);
    let deviations = deviations.into_iter().map(|d| Deviation {
        expected: None,
        actual: None,
        ..d
    });
    *case = CaseResult {
        deviations: deviations.collect(),
        ..CaseResult::new("", std::mem::take(&mut case.id), case.verdict)
    };
}
