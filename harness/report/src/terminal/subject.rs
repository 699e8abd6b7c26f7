//! The part of one subject: its counts, its causes, then its deviations.

use super::Options;
use super::case::write_case;
use crate::counts::{causes, incomplete, not_judged, results, verdicts};
use crate::text::{clean, clean_lines};
use crosscheck_results::{CaseResult, Cause, Run, Status, Verdict};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The most cases that are named under one cause.
const NAMED: usize = 4;

/// A subject to write.
pub(super) struct Subject<'a> {
    pub(super) run: &'a Run,
    pub(super) options: &'a Options,
}

impl Subject<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let style = self.options.style;
        let header = &self.run.header;
        // NAME@VERSION contains it already.
        let version = Some(&*header.version).filter(|v| !header.subject.ends_with(&format!("@{v}")));
        let name = [&*header.subject, version.unwrap_or_default()].join(" ");
        write!(out, "{}", style.bold(clean(name.trim()).as_ref()))?;
        // A subject without a line has no role.
        if !header.role.is_empty() {
            write!(out, " ({})", clean(&header.role))?;
        }
        if let Some(shard) = header.shard {
            write!(out, ", shard {shard}")?;
        }
        let footer = self.run.footer.as_ref();
        let error = footer.and_then(|f| f.error.as_deref());
        if let Some(error) = error.filter(|_| verdicts(self.run).is_empty()) {
            writeln!(out, ": {}", style.verdict_text(Verdict::Broken, "could not run"))?;
            self.error(out, error)?;
            return writeln!(out);
        }
        match footer {
            Some(footer) => writeln!(out, ": {} in {:.1} s", cases(footer.cases), footer.seconds)?,
            None => writeln!(out, ": {}", cases(self.run.cases.len()))?,
        }
        if let Some(text) = incomplete(self.run) {
            let text = format!("incomplete: {text}");
            writeln!(out, "  {}", style.verdict_text(Verdict::Broken, &text))?;
        }
        if let Some(error) = error {
            writeln!(
                out,
                "  {}",
                style.verdict_text(Verdict::Broken, "subject failed outside of any case")
            )?;
            self.error(out, error)?;
        }
        self.missing(out)?;
        self.counts(out)?;
        self.not_judged(out)?;
        self.causes(out)?;
        self.stale(out)?;
        self.deviations(out)?;
        writeln!(out)
    }

    fn error(&self, out: &mut dyn Write, error: &str) -> io::Result<()> {
        clean_lines(error).try_for_each(|line| writeln!(out, "  {line}"))
    }

    /// Lists the cases without a result: a fault of this program, which nothing else would show.
    fn missing(&self, out: &mut dyn Write) -> io::Result<()> {
        let missing = self.run.footer.as_ref().map_or(&[][..], |f| f.missing.as_slice());
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!(
            "{} without a result: a fault of crosscheck, please report it",
            cases(missing.len())
        );
        writeln!(out, "  {}", self.options.style.verdict_text(Verdict::Broken, &text))?;
        missing
            .iter()
            .try_for_each(|id| writeln!(out, "    {}", clean(id.as_str())))
    }

    fn counts(&self, out: &mut dyn Write) -> io::Result<()> {
        let style = self.options.style;
        let counts = verdicts(self.run)
            .into_iter()
            .map(|(v, n)| style.verdict_text(v, &format!("{v} {n}")));
        writeln!(out, "  {}", counts.collect::<Vec<_>>().join("  "))?;
        let Some(footer) = &self.run.footer else { return Ok(()) };
        let statuses: Vec<_> = footer
            .statuses
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(s, n)| format!("{s} {n}"))
            .collect();
        if !statuses.is_empty() {
            writeln!(out, "  against the baseline: {}", statuses.join("  "))?;
        }
        let idle: Vec<_> = footer
            .examined
            .iter()
            .filter(|(_, n)| **n == 0)
            .map(|(rule, _)| clean(rule))
            .collect();
        // A run without a case has examined nothing in any event.
        if !idle.is_empty() && results(self.run) > 0 {
            writeln!(
                out,
                "  {}",
                style.dim(&format!("examined nothing: {}", idle.join(", ")))
            )?;
        }
        Ok(())
    }

    /// States why cases were not judged, each reason once.
    fn not_judged(&self, out: &mut dyn Write) -> io::Result<()> {
        for (reason, count) in not_judged(self.run) {
            let text = format!("{} not judged: {}", cases(count), clean(reason));
            writeln!(out, "  {}", self.options.style.verdict_text(Verdict::NotJudged, &text))?;
        }
        Ok(())
    }

    fn causes(&self, out: &mut dyn Write) -> io::Result<()> {
        let causes = causes(self.run);
        if causes.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n  {}", self.options.style.bold("causes"))?;
        for cause in &causes {
            self.cause(out, cause)?;
        }
        Ok(())
    }

    fn cause(&self, out: &mut dyn Write, cause: &Cause) -> io::Result<()> {
        let style = self.options.style;
        let status = cause.status.map_or("", Status::as_str);
        let count = cause.cases.len();
        let verdict = style.verdict_text(cause.verdict, &format!("{:<10}", cause.verdict.as_str()));
        writeln!(out, "    {verdict} {}  {}  {status}", clean(&cause.cause), cases(count))?;
        for id in cause.cases.iter().take(NAMED) {
            writeln!(out, "               {}", style.dim(&clean(id.as_str())))?;
        }
        if count > NAMED {
            writeln!(
                out,
                "               {}",
                style.dim(&format!("and {} more", count - NAMED))
            )?;
        }
        if let Some(last) = cause.expired {
            let text = format!("the cause `{}` expired on {last}", clean(&cause.cause));
            writeln!(out, "               {}", style.verdict_text(Verdict::Broken, &text))?;
        }
        if let Some(reason) = &cause.reason {
            writeln!(out, "               reason: {}", clean(reason))?;
        }
        if let Some(upstream) = &cause.upstream {
            writeln!(out, "               upstream: {}", clean(upstream))?;
        }
        Ok(())
    }

    fn stale(&self, out: &mut dyn Write) -> io::Result<()> {
        let stale = self.run.footer.as_ref().map(|f| f.stale.as_slice()).unwrap_or_default();
        if stale.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n  {}",
            self.options
                .style
                .bold("stale: in the baseline, and no longer deviating")
        )?;
        for id in stale {
            writeln!(out, "    {}", clean(id.as_str()))?;
        }
        // All releases of a subject have one file.
        let subject = self.run.header.subject.split('@').next().unwrap_or_default();
        writeln!(
            out,
            "    they are listed in reports/baselines/cases/{}.txt; --update-baseline removes them",
            clean(subject)
        )
    }

    fn deviations(&self, out: &mut dyn Write) -> io::Result<()> {
        let deviating = |c: &&CaseResult| c.verdict < Verdict::NotJudged;
        let in_full = |c: &&CaseResult| c.verdict.counts() && (self.options.known || c.status != Some(Status::Known));
        let all: Vec<_> = self.run.cases.iter().filter(deviating).collect();
        let mut full: Vec<_> = all.iter().copied().filter(in_full).collect();
        full.sort_by(|a, b| a.verdict.cmp(&b.verdict).then_with(|| a.id.cmp(&b.id)));
        let left_out = full.len().saturating_sub(self.options.details);
        let folded = all.len() - full.len();
        for case in spread(&full, self.options.details) {
            self.case(out, case)?;
        }
        if left_out > 0 {
            writeln!(
                out,
                "\n  {left_out} more like these: name cases, or write them all with `crosscheck report FILE --html DIR`"
            )?;
        }
        if folded > 0 {
            writeln!(out, "\n  {folded} not shown: known, or advice")?;
        }
        Ok(())
    }

    fn case(&self, out: &mut dyn Write, case: &CaseResult) -> io::Result<()> {
        write_case(out, case, &self.run.header, self.options)
    }
}

/// How many cases, in words.
fn cases(count: usize) -> String {
    format!("{count} {}", if count == 1 { "case" } else { "cases" })
}

/// So many of the cases, in their order, taken from each cause in turn: the first of every cause before the second of any.
fn spread<'a>(cases: &[&'a CaseResult], most: usize) -> Vec<&'a CaseResult> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let ranked = cases.iter().enumerate().map(|(i, case)| {
        let cause = case.deviations.first().map_or("", |d| d.cause.as_str());
        let rank = seen.entry(cause).or_default();
        *rank += 1;
        (*rank, i, *case)
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(rank, i, _)| (*rank, *i));
    ranked.truncate(most);
    ranked.sort_by_key(|(_, i, _)| *i);
    ranked.into_iter().map(|(.., case)| case).collect()
}
