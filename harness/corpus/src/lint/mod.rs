//! Finds faults of files that load. `crosscheck lint` reports them; `crosscheck run` does not.

#[cfg(test)]
mod cost;
mod coverage;
mod hosts;
mod judge;
mod pages;
mod style;

pub use coverage::{StepCoverage, coverage};

use crate::case::Case;
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::Corpus;
use crate::location::Location;
use crate::replay;

/// All faults, in the order of files and lines. Does not repeat the corpus's `problems`.
#[must_use]
pub fn lint(corpus: &Corpus) -> Vec<Diagnostic> {
    let mut out = corpus.remarks.clone();
    style::files(corpus, &mut out);
    for policy in corpus.policies.values() {
        hosts::policy(corpus, policy, &mut out);
    }
    for case in corpus.cases.iter().chain(&corpus.withheld) {
        style::case(corpus, case, &mut out);
        hosts::case(corpus, case, &mut out);
        if case.for_clients() {
            model(corpus, case, &mut out);
        }
    }
    coverage::lint(corpus, &mut out);
    pages::lint(corpus, &mut out);
    style::policies(corpus, &mut out);
    out.sort_by(|a, b| (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message)));
    out.dedup_by(|a, b| (&a.file, a.line, a.column, &a.message) == (&b.file, b.line, b.column, &b.message));
    out
}

/// Compares the model with the case, and the case's outcome with its policy.
fn model(corpus: &Corpus, case: &Case, out: &mut Vec<Diagnostic>) {
    let policy = corpus.policy_of(case);
    let mismatches = match policy {
        None => replay::mismatches(case),
        Some(policy) => {
            let replayed = replay::replay(case);
            judge::contradictions(case, policy, &replayed, out);
            replayed.mismatches
        }
    };
    for mismatch in mismatches {
        let message = format!("the model disagrees with {}: {mismatch}", case.id);
        out.push(match &mismatch.decided_by {
            Some(step) => at_decided_by(corpus, case, step.as_str(), message),
            None => at_case(
                case,
                message,
                "either the case or the model is wrong: `crosscheck explain CASE` shows what the model does; compare both with the standard",
            ),
        });
    }
}

/// A diagnostic at the `decided_by` of a case, or at the row that fills it in.
fn at_decided_by(corpus: &Corpus, case: &Case, step: &str, message: String) -> Diagnostic {
    let help =
        "write a step of the deciding event, which `crosscheck explain CASE` prints; for a grant, a step of any event";
    let written = format!("decided_by: {step}");
    let place = place(case);
    let line_of = |text: &str| {
        let found = corpus.sources.locate(&place.file, place.line, text);
        found.map(|(line, ..)| line)
    };
    // A row has the step on its own line, and fills in the `decided_by` above.
    if line_of(step) == Some(place.line) || line_of(&written).is_none() {
        return at_text(corpus, &place, step, message, help, Some(case.id.to_string()));
    }
    let mut found = at_text(corpus, &place, &written, message, help, Some(case.id.to_string()));
    let key = written.len() - step.len();
    found.column += key;
    found.span = found.span.map(|span| span.start + key..span.end);
    found
}

/// A diagnostic at a case.
fn at_case(case: &Case, message: String, help: impl Into<String>) -> Diagnostic {
    at(&place(case), message, help, Some(case.id.to_string()))
}

/// Where a case is written; the default for a probe, which is not linted.
fn place(case: &Case) -> Location {
    case.at().cloned().unwrap_or_default()
}

fn at(at: &Location, message: String, help: impl Into<String>, case: Option<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Lint,
        file: at.file.to_string(),
        line: at.line,
        column: at.column,
        span: None,
        message,
        help: Some(help.into()),
        case,
    }
}

/// A diagnostic at the first occurrence of a text after a place.
fn at_text(
    corpus: &Corpus,
    place: &Location,
    text: &str,
    message: String,
    help: &str,
    case: Option<String>,
) -> Diagnostic {
    let mut found = at(place, message, help, case);
    let text = text.trim_end_matches('/');
    if let Some((line, column, span)) = corpus.sources.locate(&place.file, place.line, text) {
        (found.line, found.column, found.span) = (line, column, Some(span));
    }
    found
}
