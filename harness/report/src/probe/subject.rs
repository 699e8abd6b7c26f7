//! The part of one URL: its counts, its causes with examples, what is known and what is advice.

use super::ProbeOptions;
use super::example;
use super::group::{Group, groups};
use super::likely::{likely, origins};
use super::why::why;
use crate::counts::{incomplete, not_judged, verdicts};
use crate::text::{Style, clean, clean_lines};
use crosscheck_results::{Run, Verdict};
use std::io::{self, Write};

/// How many causes have examples, if each has one.
const WITH_EXAMPLES: usize = 5;
/// How many lines of causes without examples there are of each kind.
const IN_SHORT: usize = 4;
/// How many origins are named.
const ORIGINS: usize = 3;
/// How many stale cases are named.
const STALE: usize = 5;

/// Writes the part of one URL.
pub(super) fn write(out: &mut dyn Write, run: &Run, options: &ProbeOptions) -> io::Result<()> {
    let style = options.cases.style;
    head(out, run, style)?;
    let groups = groups(run);
    let (counting, advice): (Vec<_>, Vec<_>) = groups.iter().partition(|g| g.verdict.counts());
    let (known, new): (Vec<&Group<'_>>, Vec<_>) = counting.into_iter().partition(|g| g.known);
    for (i, group) in new.iter().take(WITH_EXAMPLES).enumerate() {
        cause(out, i + 1, group, run, options)?;
    }
    let rest = new.get(WITH_EXAMPLES..).unwrap_or_default();
    in_short(out, "further causes", rest, style)?;
    in_short(out, "known, by the baseline", &known, style)?;
    in_short(out, "advice: no fault, and not counted", &advice, style)?;
    stale(out, run, style)?;
    match new.first() {
        Some(group) => writeln!(
            out,
            "\n`crosscheck explain {}` explains this rule, `explain grades` the grades",
            clean(group.rule)
        ),
        None => Ok(()),
    }
}

fn head(out: &mut dyn Write, run: &Run, style: Style) -> io::Result<()> {
    let footer = run.footer.as_ref();
    let name = style.bold(&clean(&run.header.subject));
    if let Some(error) = footer.and_then(|f| f.error.as_deref()) {
        writeln!(out, "{name}: {}", style.verdict_text(Verdict::Broken, "could not run"))?;
        return clean_lines(error).try_for_each(|line| writeln!(out, "  {line}"));
    }
    match footer {
        Some(footer) => writeln!(out, "{name}: {} in {:.1} s", cases(footer.cases), footer.seconds)?,
        None => writeln!(out, "{name}: {}", cases(run.cases.len()))?,
    }
    let counts = verdicts(run)
        .into_iter()
        .map(|(v, n)| style.verdict_text(v, &format!("{v} {n}")));
    writeln!(out, "  {}", counts.collect::<Vec<_>>().join("  "))?;
    let statuses = footer.iter().flat_map(|f| &f.statuses).filter(|(_, n)| **n > 0);
    let statuses: Vec<_> = statuses.map(|(s, n)| format!("{s} {n}")).collect();
    // Without a baseline, every deviation is unexpected.
    if statuses.len() > 1 || !statuses.iter().all(|s| s.starts_with("unexpected")) {
        writeln!(out, "  against the baseline: {}", statuses.join("  "))?;
    }
    if let Some(text) = incomplete(run) {
        writeln!(
            out,
            "  {}",
            style.verdict_text(Verdict::Broken, &format!("incomplete: {}", clean(&text)))
        )?;
    }
    let reasons = not_judged(run);
    for (reason, count) in reasons.iter().take(IN_SHORT) {
        let text = format!("{} not judged: {}", cases(*count), clean(reason));
        writeln!(out, "  {}", style.verdict_text(Verdict::NotJudged, &text))?;
    }
    more(out, reasons.len(), "reason", "reasons")
}

/// One cause with its examples.
fn cause(out: &mut dyn Write, number: usize, group: &Group<'_>, run: &Run, options: &ProbeOptions) -> io::Result<()> {
    let style = options.cases.style;
    writeln!(out, "\n{number}. {}", title(group, style))?;
    writeln!(out, "   why it matters: {}", why(group.rule))?;
    let likely = likely(group);
    if let Some(likely) = &likely {
        writeln!(out, "   what the server probably does: {}", likely.text)?;
    }
    let origins = origins(group);
    if group.header == Some("access-control-allow-origin") && origins.len() > 1 {
        let named: Vec<_> = origins.iter().take(ORIGINS).map(|o| clean(o)).collect();
        let left = match origins.len().saturating_sub(ORIGINS) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let verb = match group.verdict {
            Verdict::OverGrant => "allowed, and not by the policy",
            _ => "origins",
        };
        writeln!(out, "   {verb}: {}{left}", named.join(", "))?;
    }
    let best = likely.and_then(|likely| likely.example).unwrap_or_default();
    let (before, from) = group.cases.split_at(best.min(group.cases.len()));
    let best = from.iter().take(1);
    let others = before.iter().chain(from.iter().skip(1));
    for (case, deviation) in best.chain(others).take(options.examples) {
        writeln!(out, "   for example: {}", clean(&deviation.what))?;
        for line in example::lines(case, deviation, &run.header) {
            writeln!(out, "     {line}")?;
        }
    }
    let left = group.cases.len().saturating_sub(options.examples);
    if left > 0 && options.examples > 1 {
        writeln!(out, "   {left} more cases of this cause")?;
    }
    Ok(())
}

/// `over-grant: grant-anonymous (access-control-allow-origin), 64 cases`
fn title(group: &Group<'_>, style: Style) -> String {
    let mut about: Vec<String> = group.header.iter().map(|h| clean(h).into_owned()).collect();
    about.extend(group.status.map(|s| format!("answered with {s}")));
    // The status is named already.
    about.retain(|a| a != "status");
    let about = match about.is_empty() {
        true => String::new(),
        false => format!(" ({})", about.join(", ")),
    };
    let name = format!(
        "{}{about}, {}",
        style.bold(&clean(group.rule)),
        cases(group.cases.len())
    );
    match group.verdict {
        Verdict::Advice => name,
        verdict => format!("{}: {name}", style.verdict(verdict)),
    }
}

/// Causes of one kind, a line each.
fn in_short(out: &mut dyn Write, kind: &str, groups: &[&Group<'_>], style: Style) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.bold(kind))?;
    for group in groups.iter().take(IN_SHORT) {
        let text = match group.known {
            true => format!("cause {}", clean(group.cause)),
            false => why(group.rule).to_owned(),
        };
        writeln!(out, "   {}: {text}", title(group, style))?;
    }
    more(out, groups.len(), "cause", "causes")
}

/// How many of a list are not shown.
fn more(out: &mut dyn Write, all: usize, one: &str, many: &str) -> io::Result<()> {
    match all.saturating_sub(IN_SHORT) {
        0 => Ok(()),
        1 => writeln!(out, "   and 1 more {one}"),
        n => writeln!(out, "   and {n} more {many}"),
    }
}

fn stale(out: &mut dyn Write, run: &Run, style: Style) -> io::Result<()> {
    let stale = run.footer.as_ref().map(|f| f.stale.as_slice()).unwrap_or_default();
    if stale.is_empty() {
        return Ok(());
    }
    let text = "stale: in the baseline, and no longer deviating; --update-baseline removes them";
    writeln!(out, "\n{}", style.bold(text))?;
    for id in stale.iter().take(STALE) {
        writeln!(out, "   {}", clean(id.as_str()))?;
    }
    match stale.len().saturating_sub(STALE) {
        0 => Ok(()),
        n => writeln!(out, "   and {n} more"),
    }
}

/// How many cases, in words.
fn cases(count: usize) -> String {
    format!("{count} {}", if count == 1 { "case" } else { "cases" })
}
