//! The report of `crosscheck probe`: the causes first, the worst of them with one example each, then the grade.

mod example;
mod grade;
mod group;
mod likely;
mod subject;
mod why;

pub use grade::{NoGrade, probe_grade, unexpected_grade};

use crate::counts::verdicts;
use crate::terminal::{Options, write_case};
use crate::text::{Style, clean};
use crosscheck_results::{Run, Verdict};
use serde_json::{Value, json};
use std::io::{self, Write};

/// What the report of a probe shows.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// How cases are shown in full.
    pub cases: Options,
    /// How many examples each cause has.
    pub examples: usize,
    /// Show the selected cases in full, with the wire and the trace.
    pub full: bool,
    /// Write the grades alone.
    pub quiet: bool,
}

/// Writes the report of all runs, the grades last.
///
/// # Errors
/// Where `out` fails.
pub fn write_probe(out: &mut dyn Write, runs: &[Run], options: &ProbeOptions) -> io::Result<()> {
    let style = options.cases.style;
    if !options.quiet {
        for run in runs {
            subject::write(out, run, options)?;
            if options.full {
                write_cases(out, run, options)?;
            }
            writeln!(out)?;
        }
    }
    match runs {
        [run] => writeln!(out, "{}", grade_line(run, style)),
        _ => write_summary(out, runs, style),
    }
}

/// Writes the cases in full, as many as are wanted.
fn write_cases(out: &mut dyn Write, run: &Run, options: &ProbeOptions) -> io::Result<()> {
    let deviating: Vec<_> = run.cases.iter().filter(|c| c.verdict < Verdict::NotJudged).collect();
    for case in deviating.iter().take(options.cases.details) {
        write_case(out, case, &run.header, &options.cases)?;
    }
    match deviating.len().saturating_sub(options.cases.details) {
        0 => Ok(()),
        more => writeln!(out, "\n  {more} more; --details {} shows them", deviating.len()),
    }
}

/// The grade of one run, or why it has none.
fn grade_line(run: &Run, style: Style) -> String {
    match probe_grade(run) {
        Ok(grade) => {
            let letter = format!("grade {}", grade.as_str());
            format!("{}: {}", style.verdict_text(grade.verdict(), &letter), grade.meaning())
        }
        Err(why) => format!(
            "{}: {}",
            style.verdict_text(Verdict::NotJudged, "no grade"),
            clean(&why.to_string())
        ),
    }
}

/// One line for each run: its grade, its URL, and how many cases have each verdict.
fn write_summary(out: &mut dyn Write, runs: &[Run], style: Style) -> io::Result<()> {
    for run in runs {
        let url = clean(&run.header.subject);
        match probe_grade(run) {
            Ok(grade) => {
                let letter = style.verdict_text(grade.verdict(), &format!("grade {}", grade.as_str()));
                let deviating = verdicts(run).into_iter().filter(|(v, _)| v.counts());
                let counts: Vec<_> = deviating.map(|(v, n)| format!("{v} {n}")).collect();
                let counts = match counts.is_empty() {
                    true => "nothing deviates".to_owned(),
                    false => counts.join("  "),
                };
                writeln!(out, "{letter}   {url}   {counts}")?;
            }
            Err(why) => {
                let none = style.verdict_text(Verdict::NotJudged, "no grade");
                writeln!(out, "{none}  {url}   {}", clean(&why.to_string()))?;
            }
        }
    }
    Ok(())
}

/// The summary as JSON: that of other runs, and per subject `grade`, or `no_grade` with the reason.
#[must_use]
pub fn probe_summary(runs: &[Run]) -> Value {
    let mut summary = crate::summary(runs);
    let subjects = summary.get_mut("subjects").and_then(Value::as_array_mut);
    for (entry, run) in subjects.into_iter().flatten().zip(runs) {
        let Some(entry) = entry.as_object_mut() else { continue };
        match probe_grade(run) {
            Ok(grade) => _ = entry.insert("grade".to_owned(), grade.as_str().into()),
            Err(why) => {
                entry.remove("grade");
                entry.insert("no_grade".to_owned(), json!(why.to_string()));
            }
        }
    }
    summary
}
