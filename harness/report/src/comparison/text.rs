//! The comparison as text.

use super::{Comparison, Totals};
use crate::text::{Style, clean};
use crosscheck_results::diff::{CauseDiff, State, StateDiff, SubjectDiff};
use crosscheck_results::{CaseId, Verdict};
use std::io::{self, Write};

/// The most cases that are named under one cause, and of those that only one file has.
const NAMED: usize = 4;

/// Writes what differs, subject by subject, then the counts.
///
/// # Errors
/// If the text cannot be written.
pub fn write_diff(out: &mut dyn Write, comparison: &Comparison<'_>, style: Style) -> io::Result<()> {
    for note in comparison.notes() {
        writeln!(out, "note: {}", clean(&note))?;
    }
    let names = [comparison.before.name, comparison.after.name];
    for subject in &comparison.diff.subjects {
        Part { out, style, names }.subject(subject)?;
    }
    let Totals {
        new,
        changed,
        worse,
        fixed,
    } = comparison.totals();
    let subjects = match comparison.diff.subjects.len() {
        1 => "1 subject".to_owned(),
        n => format!("{n} subjects"),
    };
    writeln!(
        out,
        "{subjects} compared: {new} new, {changed} changed ({worse} for the worse), {fixed} fixed"
    )
}

struct Part<'o> {
    out: &'o mut dyn Write,
    style: Style,
    names: [&'o str; 2],
}

impl Part<'_> {
    fn subject(&mut self, subject: &SubjectDiff) -> io::Result<()> {
        let cases = [&subject.only_before, &subject.only_after];
        let is_same = subject.new.is_empty() && subject.changed.is_empty() && subject.fixed.is_empty();
        if is_same && cases.iter().all(|ids| ids.is_empty()) {
            return Ok(());
        }
        let versions = match &subject.versions {
            [before, after] if before == after => after.clone(),
            [before, after] => format!("{before} -> {after}"),
        };
        let name = format!("{} {versions}", subject.subject);
        writeln!(self.out, "{}", self.style.bold(&clean(name.trim())))?;
        for cause in &subject.new {
            self.cause("new", cause)?;
        }
        for change in &subject.changed {
            self.change(change)?;
        }
        for cause in &subject.fixed {
            self.cause("fixed", cause)?;
        }
        for (ids, name) in cases.into_iter().zip(self.names) {
            if !ids.is_empty() {
                writeln!(self.out, "  only in {}: {}", clean(name), count(ids.len()))?;
                self.ids(ids)?;
            }
        }
        writeln!(self.out)
    }

    fn cause(&mut self, kind: &str, cause: &CauseDiff) -> io::Result<()> {
        let deviation = &cause.deviation;
        let verdict = self.verdict(deviation.verdict);
        let rule = deviation.broken.as_deref().filter(|rule| *rule != deviation.cause);
        let rule = rule.map(|rule| format!(" ({})", clean(rule))).unwrap_or_default();
        let cases = count(cause.cases.len());
        writeln!(
            self.out,
            "  {kind:<8} {verdict} {}{rule}  {cases}",
            clean(&deviation.cause)
        )?;
        self.ids(&cause.cases)
    }

    fn change(&mut self, change: &StateDiff) -> io::Result<()> {
        let (before, after) = (self.state(&change.before), self.state(&change.after));
        let worse = if change.is_worse { ", for the worse" } else { "" };
        let cases = count(change.cases.len());
        writeln!(self.out, "  {:<8} {before} -> {after}  {cases}{worse}", "changed")?;
        self.ids(&change.cases)
    }

    fn state(&self, state: &State) -> String {
        let mut text = self.verdict(state.verdict);
        for rule in &state.broken {
            text.push(' ');
            text.push_str(&clean(rule));
        }
        text
    }

    fn verdict(&self, verdict: Verdict) -> String {
        self.style.verdict_text(verdict, verdict.as_str())
    }

    fn ids(&mut self, ids: &[CaseId]) -> io::Result<()> {
        for id in ids.iter().take(NAMED) {
            writeln!(self.out, "             {}", self.style.dim(&clean(id.as_str())))?;
        }
        if ids.len() > NAMED {
            let more = format!("and {} more", ids.len() - NAMED);
            writeln!(self.out, "             {}", self.style.dim(&more))?;
        }
        Ok(())
    }
}

/// How many cases, in words.
fn count(cases: usize) -> String {
    format!("{cases} {}", if cases == 1 { "case" } else { "cases" })
}
