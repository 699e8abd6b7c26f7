//! Annotations: the workflow commands of GitHub, a line each.

use crate::counts::not_judged;
use crate::findings::{Severity, cases, faults, shortened, stale, subject, unexpected_causes};
use crate::places::{Place, Places};
use crate::repeat::command;
use crate::text::{clean, clean_lines};
use crosscheck_results::{CaseId, Deviation, Run, Verdict};
use std::fmt::Write as _;
use std::io::{self, Write};

/// How many errors, and how many warnings, GitHub shows of one step.
const SHOWN: usize = 10;
/// The most characters of a title, and of a text that came from outside.
const TITLE: usize = 200;
const TEXT: usize = 1_000;

/// An annotation.
#[derive(Clone, Debug)]
struct Annotation {
    severity: Severity,
    /// Within a severity, worst first.
    verdict: Verdict,
    title: String,
    message: String,
    place: Option<Place>,
}

/// Writes one command for each cause of unexpected deviations, and for whatever else makes the runs fail. Of each severity, those that
/// GitHub does not show are counted.
pub(crate) fn write(out: &mut dyn Write, runs: &[Run], places: &Places) -> io::Result<()> {
    let mut all: Vec<Annotation> = runs.iter().flat_map(|run| of_run(run, places)).collect();
    // The sort is stable: within a verdict, the order is that of the subjects and of their causes.
    all.sort_by_key(|a| (a.severity, a.verdict));
    let mut left_out = Vec::new();
    for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let of_severity: Vec<&Annotation> = all.iter().filter(|a| a.severity == severity).collect();
        for annotation in of_severity.iter().take(SHOWN) {
            write_command(out, word, annotation)?;
        }
        let more = of_severity.len().saturating_sub(SHOWN);
        if more > 0 {
            left_out.push(format!("{more} more {word}{}", if more == 1 { "" } else { "s" }));
        }
    }
    if !left_out.is_empty() {
        let annotation = Annotation {
            severity: Severity::Note,
            verdict: Verdict::Advice,
            title: "Crosscheck".to_owned(),
            message: format!(
                "{} left out: GitHub shows at most {SHOWN} errors and {SHOWN} warnings of a step",
                left_out.join(" and ")
            ),
            place: None,
        };
        write_command(out, "notice", &annotation)?;
    }
    Ok(())
}

fn of_run(run: &Run, places: &Places) -> Vec<Annotation> {
    let name = subject(&run.header);
    let at_file = || places.at(&run.header, std::iter::empty());
    let of_faults = faults(run).into_iter().map(|fault| Annotation {
        severity: Severity::Error,
        verdict: Verdict::Broken,
        title: format!("{name}: {}", fault.kind.as_str()),
        message: fault.text,
        place: at_file(),
    });
    let of_reasons = not_judged(run).into_iter().map(|(reason, count)| Annotation {
        severity: Severity::Error,
        verdict: Verdict::NotJudged,
        title: format!("{name}: {} not judged", cases(count)),
        message: reason.to_owned(),
        place: at_file(),
    });
    let mut all: Vec<Annotation> = of_faults
        .chain(of_reasons)
        .chain(of_causes(run, &name, places))
        .collect();
    let stale = stale(run);
    if let Some(first) = stale.first() {
        all.push(Annotation {
            severity: Severity::Warning,
            verdict: Verdict::Advice,
            title: format!("{name}: {} stale", cases(stale.len())),
            message: format!(
                "listed in the baseline, and no longer deviating, for example {first}\n`crosscheck run --update-baseline` removes them"
            ),
            place: at_file(),
        });
    }
    all
}

/// One annotation for each unexpected cause, with an example.
fn of_causes(run: &Run, name: &str, places: &Places) -> Vec<Annotation> {
    let causes = unexpected_causes(run).into_iter();
    let annotations = causes.map(|found| Annotation {
        severity: Severity::of(found.cause.verdict),
        verdict: found.cause.verdict,
        title: format!("{name}: {} {}", found.cause.verdict, found.cause.cause),
        message: message(run, &found.case.id, found.deviation, found.cause.cases.len()),
        place: places.of(&run.header, found.deviation),
    });
    annotations.collect()
}

fn message(run: &Run, id: &CaseId, deviation: &Deviation, count: usize) -> String {
    let mut text = match count {
        0 | 1 => id.to_string(),
        more => format!("{}, for example {id}", cases(more)),
    };
    let mut line = |label: &str, value: &str| {
        let _ = write!(text, "\n{label}{}", shortened(value, TEXT));
    };
    line("", &deviation.what);
    if let Some(expected) = &deviation.expected {
        line("expected: ", expected);
    }
    if let Some(actual) = &deviation.actual {
        line("actual: ", actual);
    }
    line("repeat: ", &command(&run.header, id));
    text
}

fn write_command(out: &mut dyn Write, word: &str, annotation: &Annotation) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(place) = &annotation.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
    }
    properties.push(format!("title={}", property(&shortened(&annotation.title, TITLE))));
    let lines: Vec<_> = clean_lines(&annotation.message).collect();
    writeln!(out, "::{word} {}::{}", properties.join(","), data(&lines.join("\n")))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command, on one line.
fn property(text: &str) -> String {
    data(&clean(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn commands_are_escaped_as_the_runner_reads_them() {
        assert_eq!(data("100% a\r\nb: c, d"), "100%25 a%0D%0Ab: c, d");
        assert_eq!(property("100% a::b,c"), "100%25 a%3A%3Ab%2Cc");
        assert_eq!(property("a\nb\u{1b}"), "a\\nb\\u{1b}");
    }
}
