//! The report on a terminal: causes first, then each deviation with its diff, its wire, its trace and the command to repeat it.

use crate::counts::{causes, verdicts};
use crate::diff;
use crate::repeat::{Curl, Fetch, curl, exhibit, fetch};
use crate::standard::{Requirements, standard_url};
use crate::text::{Style, clean, clean_lines, quoted};
use crosscheck_results::{CaseResult, Cause, Deviation, ExchangeRecord, Header, Run, Status, TraceEvent, Verdict};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// What is shown, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Colour or none.
    pub style: Style,
    /// Deviations shown in full per subject; the others are counted.
    pub details: usize,
    /// Show the deviations that the baseline knows in full as well.
    pub known: bool,
    /// The requirements that steps link to.
    pub requirements: Arc<Requirements>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            style: Style::Plain,
            details: 12,
            known: false,
            requirements: Arc::default(),
        }
    }
}

/// The most cases that are named under one cause.
const NAMED: usize = 4;
/// The most lines of one message on the wire.
const WIRE_LINES: usize = 60;

/// Writes the report of all runs.
///
/// # Errors
/// Where `out` fails.
pub fn write_terminal(out: &mut dyn Write, runs: &[Run], options: &Options) -> io::Result<()> {
    for run in runs {
        write_subject(out, run, options)?;
    }
    write_closing(out, runs, options)
}

/// Writes the part of one run.
///
/// # Errors
/// Where `out` fails.
pub fn write_subject(out: &mut dyn Write, run: &Run, options: &Options) -> io::Result<()> {
    Subject { run, options }.write(out)
}

/// Writes what follows the last run: the comparison of clients, and the matrix of servers.
///
/// # Errors
/// Where `out` fails.
pub fn write_closing(out: &mut dyn Write, runs: &[Run], options: &Options) -> io::Result<()> {
    crate::interop::write(out, runs, options.style)?;
    if runs.iter().filter(|r| r.header.role == "server").count() > 1 {
        crate::matrix::write_matrix(out, runs, options.style)?;
    }
    Ok(())
}

struct Subject<'a> {
    run: &'a Run,
    options: &'a Options,
}

impl Subject<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let style = self.options.style;
        let header = &self.run.header;
        // NAME@VERSION contains it already.
        let version = Some(&*header.version).filter(|v| !header.subject.ends_with(&format!("@{v}")));
        let name = [&*header.subject, version.unwrap_or_default()].join(" ");
        write!(out, "{}", style.bold(clean(name.trim()).as_ref()))?;
        write!(out, " ({})", clean(&header.role))?;
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
        if !self.run.is_complete() {
            writeln!(
                out,
                "  {}",
                style.verdict_text(
                    Verdict::Broken,
                    "incomplete: the run was interrupted, these are the results so far"
                )
            )?;
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
        missing.iter().try_for_each(|id| writeln!(out, "    {}", clean(id)))
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
        if !idle.is_empty() {
            writeln!(
                out,
                "  {}",
                style.dim(&format!("examined nothing: {}", idle.join(", ")))
            )?;
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
            writeln!(out, "               {}", style.dim(&clean(id)))?;
        }
        if count > NAMED {
            writeln!(
                out,
                "               {}",
                style.dim(&format!("and {} more", count - NAMED))
            )?;
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
            writeln!(out, "    {}", clean(id))?;
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
        let deviating = |c: &&CaseResult| c.verdict < Verdict::Allowed;
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

/// One case in full.
fn write_case(out: &mut dyn Write, case: &CaseResult, header: &Header, options: &Options) -> io::Result<()> {
    let style = options.style;
    let status = case.status.map_or(String::new(), |s| format!("  {s}"));
    writeln!(
        out,
        "\n  {}  {}{status}",
        style.verdict(case.verdict),
        style.bold(&clean(&case.id))
    )?;
    if !case.title.is_empty() {
        writeln!(out, "    {}", clean(&case.title))?;
    }
    if let Some(reason) = &case.reason {
        for line in clean_lines(reason) {
            writeln!(out, "    {line}")?;
        }
    }
    for deviation in &case.deviations {
        write_deviation(out, deviation, style)?;
    }
    for (i, exchange) in case.transcript.iter().enumerate() {
        write_exchange(out, i + 1, exchange, style)?;
    }
    if !case.trace.is_empty() {
        writeln!(out, "    {}", style.dim("trace"))?;
        for event in &case.trace {
            write_event(out, event, options.style, &options.requirements)?;
        }
    }
    let is_client = header.role == "client";
    let flag = if is_client { "--client" } else { "--server" };
    // A subject that is a URL was probed at that address; no name of a subject has a colon.
    let mut command = vec!["crosscheck".to_owned()];
    if case.subject.contains("://") {
        command.extend(["probe".to_owned(), quoted(&case.subject), quoted(&case.id)]);
        command.extend(header.repeat.iter().map(|a| quoted(a)));
    } else {
        command.push("run".to_owned());
        command.extend(header.repeat.iter().map(|a| quoted(a)));
        command.extend([quoted(&case.id), flag.to_owned(), quoted(&case.subject)]);
    }
    writeln!(out, "    {} {}", style.dim("repeat:"), clean(&command.join(" ")))?;
    if is_client {
        return Ok(());
    }
    write_snippets(out, case, header, style)
}

/// How to repeat it without this program.
fn write_snippets(out: &mut dyn Write, case: &CaseResult, header: &Header, style: Style) -> io::Result<()> {
    if let Some(exchange) = exhibit(case) {
        let number = case
            .transcript
            .iter()
            .position(|e| std::ptr::eq(e, exchange))
            .map_or(0, |i| i + 1);
        let text = match curl(&exchange.request, &case.subject) {
            Curl::Command(command) => command,
            Curl::None(why) => format!("none: {why}"),
        };
        if !case.subject.contains("://") {
            let words = header.repeat.iter().chain([&case.subject, &case.id]);
            let words: Vec<String> = words.map(|word| quoted(word)).collect();
            let command = format!("crosscheck subjects serve {}", words.join(" "));
            writeln!(out, "    {} {}", style.dim("$SERVER, from:"), clean(&command))?;
        }
        writeln!(
            out,
            "    {} {}",
            style.dim(&format!("curl, wire {number}:")),
            clean(&text)
        )?;
    }
    for request in &case.asked {
        match fetch(request) {
            Fetch::Code(code) => {
                writeln!(out, "    {}", style.dim("fetch:"))?;
                clean_lines(&code).try_for_each(|line| writeln!(out, "      {line}"))?;
            }
            Fetch::None(why) => writeln!(out, "    {} none: {why}", style.dim("fetch:"))?,
        }
    }
    Ok(())
}

fn write_deviation(out: &mut dyn Write, deviation: &Deviation, style: Style) -> io::Result<()> {
    let names = [deviation.rule.as_deref(), deviation.step.as_deref()];
    let names: Vec<_> = names.into_iter().flatten().map(clean).collect();
    let verdict = style.verdict(deviation.verdict);
    writeln!(out, "    {verdict} [{}] {}", names.join(", "), clean(&deviation.what))?;
    if let (None, None) = (&deviation.expected, &deviation.actual) {
        return Ok(());
    }
    writeln!(out, "      {} {}", style.red("- expected"), style.green("+ got"))?;
    let side = |s: &Option<String>| s.clone().unwrap_or_default();
    for line in diff::lines(&side(&deviation.expected), &side(&deviation.actual), style) {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

fn write_exchange(out: &mut dyn Write, number: usize, exchange: &ExchangeRecord, style: Style) -> io::Result<()> {
    writeln!(
        out,
        "    {}",
        style.dim(&format!("wire {number}: {}", clean(&exchange.what)))
    )?;
    for (sign, lines) in [('>', exchange.request.lines()), ('<', exchange.response.lines())] {
        for line in lines.iter().take(WIRE_LINES) {
            writeln!(out, "{}", format!("      {sign} {}", clean(line)).trim_end())?;
        }
        if lines.len() > WIRE_LINES {
            writeln!(out, "      {sign} … {} more lines", lines.len() - WIRE_LINES)?;
        }
    }
    if exchange.response.is_empty() {
        writeln!(out, "      < (no answer)")?;
    }
    Ok(())
}

/// One event of a trace, the decisive one marked and each of its steps linked.
///
/// # Errors
/// Where `out` fails.
pub fn write_event(
    out: &mut dyn Write,
    event: &TraceEvent,
    style: Style,
    requirements: &Requirements,
) -> io::Result<()> {
    let mark = if event.decisive { "*" } else { "-" };
    let at = event
        .exchange
        .map_or(String::new(), |i| format!(" (exchange {})", i + 1));
    let line = format!("{mark} {}{at}: {}", clean(&event.algorithm), clean(&event.detail));
    writeln!(out, "      {}", if event.decisive { style.bold(&line) } else { line })?;
    if event.decisive {
        for step in &event.steps {
            let requirement = requirements.get(step);
            let link = standard_url(requirement.map_or(&event.anchor, |r| &r.anchor));
            writeln!(out, "        {} {}", clean(step), style.dim(&clean(&link)))?;
        }
        if event.steps.is_empty() {
            writeln!(out, "        {}", style.dim(&clean(&standard_url(&event.anchor))))?;
        }
    }
    Ok(())
}
