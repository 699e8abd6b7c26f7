//! Compares the outcome of a fetch with the expectation of the case.

use super::compare::shown;
use crate::case::FetchSpec;
use crate::expect::{Expect, ExpectedOutcome, ExpectedResponse};
use crosscheck_fetch::{Mode, Outcome, ResponseType, Step, Trace, TypeError, Via};
use std::borrow::Cow;

/// The differences between an outcome and the expectation, empty if there is none.
#[must_use]
pub fn check_outcome(expect: &ExpectedResponse, outcome: &Outcome) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(expected) = expect.response_type
        && expected != outcome.response_type
    {
        out.push(format!("the type is {}, not {expected}", outcome.response_type));
    }
    if let Some(status) = expect.status
        && status != outcome.status
    {
        out.push(format!("the status is {}, not {status}", outcome.status));
    }
    if let Some(text) = &expect.status_text
        && *text != outcome.status_text
    {
        out.push(format!(
            "the status text is {:?}, not {:?}",
            shown(&outcome.status_text),
            shown(text)
        ));
    }
    for (name, value) in &expect.readable {
        match outcome.headers.get(name) {
            Some(got) if got == *value => {}
            Some(got) => out.push(format!(
                "the page reads {} as {:?}, not {:?}",
                shown(name),
                shown(&got),
                shown(value)
            )),
            None => out.push(format!("the page cannot read {}", shown(name))),
        }
    }
    for name in &expect.hidden {
        if let Some(value) = outcome.headers.get(name) {
            out.push(format!(
                "the page reads {} ({:?}), which must be hidden",
                shown(name),
                shown(&value)
            ));
        }
    }
    if let Some(redirected) = expect.redirected
        && redirected != outcome.redirected
    {
        let not = if redirected { "not " } else { "" };
        out.push(format!("the response is {not}redirected"));
    }
    if let Some(url) = &expect.url
        && *url != outcome.url
    {
        out.push(format!("the response's URL is {}, not {url}", outcome.url));
    }
    if let Some(body) = &expect.body
        && *body != outcome.body
    {
        out.push(format!("the body is {:?}, not {:?}", shown(&outcome.body), shown(body)));
    }
    out
}

/// An image or a script only learns that it is loaded. A case writes this as `opaque`, or as `cors` with that mode; a basic response
/// (from the page's own origin or a data: URL) counts as the one that the case expects.
fn as_element_sees<'o>(spec: &FetchSpec, expect: &ExpectedResponse, outcome: &'o Outcome) -> Cow<'o, Outcome> {
    let element = matches!(spec.request.via, Via::Img | Via::Script);
    if !element || outcome.response_type != ResponseType::Basic {
        return Cow::Borrowed(outcome);
    }
    let cors = spec.request.mode == Some(Mode::Cors);
    match expect.response_type {
        Some(ResponseType::Opaque) if !cors => Cow::Owned(Outcome {
            response_type: ResponseType::Opaque,
            ..Outcome::error()
        }),
        Some(ResponseType::Cors) if cors => Cow::Owned(Outcome {
            response_type: ResponseType::Cors,
            ..outcome.clone()
        }),
        _ => Cow::Borrowed(outcome),
    }
}

/// One disagreement between the model and a fetch of a case.
pub(super) struct Disagreement {
    pub(super) what: String,
    /// The step in `decided_by`, if the disagreement is about it.
    pub(super) decided_by: Option<String>,
}

impl From<String> for Disagreement {
    fn from(what: String) -> Self {
        Self { what, decided_by: None }
    }
}

/// Compares the outcome with the expectation, as the requesting element sees it: an image or a script is loaded or not.
pub(super) fn compare(
    spec: &FetchSpec,
    expect: &Expect,
    outcome: &Result<Outcome, TypeError>,
    trace: &Trace,
    traced: bool,
    found: &mut Vec<Disagreement>,
) {
    // For a form and a navigation, only the wire is compared.
    let wire_only = matches!(spec.request.via, Via::Form | Via::Navigate);
    let throws = matches!(expect.outcome, ExpectedOutcome::Throws);
    match (&expect.outcome, outcome) {
        (ExpectedOutcome::Throws, Err(_)) => {}
        (ExpectedOutcome::Throws, Ok(outcome)) => {
            let what = format!(
                "the API does not refuse the request; the outcome is {}",
                outcome.response_type
            );
            found.push(what.into());
            return;
        }
        (ExpectedOutcome::Response(expected), Err(error)) => {
            if !wire_only || expected.response_type.is_some_and(|t| t != ResponseType::Error) {
                found.push(format!("the API refuses the request: {error}").into());
            }
        }
        (ExpectedOutcome::Response(expected), Ok(outcome)) => {
            if !wire_only {
                let differences = check_outcome(expected, &as_element_sees(spec, expected, outcome));
                found.extend(differences.into_iter().map(Disagreement::from));
            }
        }
    }
    if let Some(step) = &expect.decided_by
        && (traced || throws)
        && let Some(what) = not_decided_by(step, outcome, trace)
    {
        found.push(Disagreement {
            what,
            decided_by: Some(step.clone()),
        });
    }
}

/// Why an outcome was not decided by this step: the deciding event does not rest on it. A grant rests on every test that the fetch
/// passed, so for a grant no event rests on it.
fn not_decided_by(id: &str, outcome: &Result<Outcome, TypeError>, trace: &Trace) -> Option<String> {
    let Ok(step) = id.parse::<Step>() else {
        return Some(format!("`decided_by` is {id}, which is not a step of the model"));
    };
    let outcome = match outcome {
        Err(error) if error.steps().contains(&step) => return None,
        Err(error) => {
            let steps = Step::join(error.steps());
            return Some(format!("the refusal rests on [{steps}], not on {id}: {error}"));
        }
        Ok(outcome) => outcome,
    };
    if outcome.response_type != ResponseType::Error {
        let rests = trace.events.iter().any(|e| e.steps.contains(&step));
        return (!rests).then(|| format!("no event of the fetch rests on {id}"));
    }
    match trace.deciding() {
        Some(event) if event.steps.contains(&step) => None,
        Some(event) => Some(format!("decided by [{}], not by {id}", Step::join(&event.steps))),
        None => Some(format!("no event decided the outcome, but {id} is expected to")),
    }
}
