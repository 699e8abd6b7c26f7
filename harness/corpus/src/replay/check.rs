//! Compares the outcome of a fetch with the expectation of the case.

use super::difference::OutcomeDifference;
use super::implied;
use crate::case::FetchSpec;
use crate::expect::{Expect, ExpectedOutcome, ExpectedResponse};
use crosscheck_fetch::{Mode, Outcome, ResponseType, Step, Trace, TypeError, Via};
use crosscheck_text::StepId;
use std::borrow::Cow;

/// The differences between an outcome and the expectation, empty if there is none. The expected type implies more than the case
/// states: an opaque response, an opaque redirect and a network error show nothing. `url` is the URL of the request.
#[must_use]
pub fn check_outcome(expect: &ExpectedResponse, url: &str, outcome: &Outcome) -> Vec<OutcomeDifference> {
    // Of a response that the page can read, all the rest follows from the wrong type.
    let expect = &*match implied::shows_nothing(outcome.response_type) {
        true => implied::completed(expect, url),
        false => Cow::Borrowed(expect),
    };
    let mut out = Vec::new();
    if let Some(expected) = expect.response_type
        && expected != outcome.response_type
    {
        let got = outcome.response_type;
        out.push(OutcomeDifference::Type { got, expected });
    }
    if let Some(expected) = expect.status
        && expected != outcome.status
    {
        let got = outcome.status;
        out.push(OutcomeDifference::Status { got, expected });
    }
    if let Some(expected) = &expect.status_text
        && *expected != outcome.status_text
    {
        let (got, expected) = (outcome.status_text.clone(), expected.clone());
        out.push(OutcomeDifference::StatusText { got, expected });
    }
    for (name, expected) in &expect.readable {
        match outcome.headers.get_as_read(name) {
            Some(got) if got == *expected => {}
            Some(got) => out.push(OutcomeDifference::Value {
                name: name.clone(),
                got: got.into_owned(),
                expected: expected.clone(),
            }),
            None => out.push(OutcomeDifference::Unreadable(name.clone())),
        }
    }
    for name in &expect.hidden {
        if let Some(value) = outcome.headers.get_as_read(name) {
            let (name, value) = (name.clone(), value.into_owned());
            out.push(OutcomeDifference::Readable { name, value });
        }
    }
    if implied::shows_nothing(outcome.response_type) && expect.response_type.is_some_and(implied::shows_nothing) {
        out.extend(implied::leaked_headers(expect, outcome));
    }
    if let Some(expected) = expect.redirected
        && expected != outcome.redirected
    {
        out.push(OutcomeDifference::Redirected { expected });
    }
    if let Some(expected) = &expect.url
        && *expected != outcome.url
    {
        let (got, expected) = (outcome.url.clone(), expected.clone());
        out.push(OutcomeDifference::Url { got, expected });
    }
    if let Some(expected) = &expect.body
        && *expected != outcome.body
    {
        let (got, expected) = (outcome.body.clone(), expected.clone());
        out.push(OutcomeDifference::Body { got, expected });
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
    pub(super) decided_by: Option<StepId>,
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
                let differences = check_outcome(expected, &spec.request.url, &as_element_sees(spec, expected, outcome));
                found.extend(differences.iter().map(|d| Disagreement::from(d.to_string())));
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
fn not_decided_by(id: &StepId, outcome: &Result<Outcome, TypeError>, trace: &Trace) -> Option<String> {
    let Ok(step) = id.as_str().parse::<Step>() else {
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
