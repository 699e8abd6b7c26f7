//! The judge of clients: outcome, wire, readable headers, against the case and what it allows besides.

mod alternatives;
mod filter;

pub use alternatives::{Alternative, Observed, Progress, alternatives, answer};

use crate::cause::header_of;
use crosscheck_corpus::replay::{OutcomeDifference, check_outcome, replay, shows_nothing};
use crosscheck_corpus::{Case, Expect, ExpectedOutcome, ExpectedResponse, FetchSpec, StepId};
use crosscheck_fetch::{Leniency, Outcome, ResponseType, Via};
use crosscheck_results::{Deviation, Verdict};
use crosscheck_text::escape_truncated;

/// What became of one fetch of a case on a client.
pub struct ObservedFetch<'a> {
    /// What the case states of it.
    pub spec: &'a FetchSpec,
    /// The requests that arrived, in order.
    pub requests: &'a [Observed],
    /// The outcome that was reported.
    pub outcome: &'a Outcome,
    /// The name of the error that the page caught, escaped only where it is shown; empty if there was none.
    pub error_name: &'a str,
    /// Whether a no-cors request to the same answer succeeded, where that was tried: it shows whether the answer parses.
    pub control: Option<bool>,
}

/// The judgement of a case.
#[derive(Debug, Default)]
pub struct Judged {
    /// The deviations, one at the most: what follows the first starts from another state.
    pub deviations: Vec<Deviation>,
    /// The leniencies that were made use of.
    pub allowed: Vec<Leniency>,
}

/// Judges the fetches of a case.
pub fn judge(case: &Case, fetches: &[ObservedFetch<'_>]) -> Judged {
    let mut judged = Judged::default();
    let replayed = replay(case);
    for (i, fetch) in fetches.iter().enumerate() {
        let filtered = replayed.fetches.get(i).and_then(|f| f.outcome.as_ref().ok());
        match fetch.judge(filtered) {
            Ok(leniency) => judged.allowed.extend(leniency),
            Err(fault) => {
                let step = step(case);
                let what = match i {
                    0 => fault.what,
                    _ => format!("fetch {}: {}", i + 1, fault.what),
                };
                let header = header_of(step.as_str());
                judged.deviations.push(Deviation {
                    expected: Some(expected(&fetch.spec.expect)),
                    actual: Some(actual(fetch.outcome, fetch.error_name)),
                    ..Deviation::of_step(step, header, fault.verdict, what)
                });
                // Later fetches start from another state than the case describes.
                break;
            }
        }
    }
    judged
}

/// The requirement that the case is for: the one that decides, else its own, else what decided on the model.
pub fn step(case: &Case) -> StepId {
    let decided = case.fetches().iter().find_map(|f| f.expect.decided_by.clone());
    let own = || case.steps.last().or(case.not_steps.last()).cloned();
    let model = || {
        let replayed = replay(case);
        let last = replayed.fetches.last()?;
        last.trace.deciding()?.steps.first().map(|step| step.as_str().into())
    };
    decided.or_else(own).or_else(model).unwrap_or_else(|| "unnamed".into())
}

/// One way in which a client leaves the standard.
struct Fault {
    verdict: Verdict,
    what: String,
}

impl ObservedFetch<'_> {
    /// The leniency it holds by, if any; else what is wrong by the case's own words. `filtered` is the response as the standard filters
    /// it for the page.
    fn judge(&self, filtered: Option<&Outcome>) -> Result<Option<Leniency>, Fault> {
        let mut own = None;
        for alternative in alternatives(self.spec) {
            let progress = alternative.progress(self.requests);
            let faults = self.faults(&alternative, &progress, filtered);
            if faults.is_empty() {
                return Ok(alternative.also.map(|a| a.leniency).or(progress.by));
            }
            own.get_or_insert(faults);
        }
        // One fault causes others: an unexpected request is answered 599, and the page gets nothing.
        let faults = own.unwrap_or_default();
        let worst = faults.iter().map(|f| f.verdict).min().unwrap_or(Verdict::Wire);
        let what: Vec<&str> = faults.iter().map(|f| f.what.as_str()).collect();
        Err(Fault {
            verdict: worst,
            what: what.join("; "),
        })
    }

    fn faults(&self, alternative: &Alternative<'_>, progress: &Progress<'_>, filtered: Option<&Outcome>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (i, why) in &progress.unmatched {
            let verdict = if self.slips_past_a_preflight(alternative, *i) {
                Verdict::OverGrant
            } else {
                Verdict::Wire
            };
            faults.push(Fault {
                verdict,
                what: why.clone(),
            });
        }
        faults.extend(progress.missing.iter().map(|what| Fault {
            verdict: Verdict::Wire,
            what: what.clone(),
        }));
        // Of a form and a navigation only the wire is judged.
        if !matches!(self.spec.request.via, Via::Form | Via::Navigate) {
            self.outcome_faults(alternative.expect, &mut faults);
            // With a leniency, another response may have been given to the page.
            if let (Some(filtered), None) = (filtered, alternative.also) {
                let leaked = filter::leaked_headers(alternative.expect, filtered, self.outcome);
                faults.extend(leaked.map(|difference| Fault {
                    verdict: Verdict::OverGrant,
                    what: difference.to_string(),
                }));
            }
        }
        faults
    }

    /// An actual request on the wire where a preflight had to come first, or after one that failed.
    fn slips_past_a_preflight(&self, alternative: &Alternative<'_>, i: usize) -> bool {
        let (Some(request), Some(before)) = (self.requests.get(i), self.requests.get(..i)) else {
            return false;
        };
        if request.is_preflight() {
            return false;
        }
        match alternative.awaits(before) {
            Some(next) => alternative.is_preflight(next),
            // The case ends with a preflight that fails.
            None => {
                alternative.expect.response_type() == Some(ResponseType::Error)
                    && before.last().is_some_and(Observed::is_preflight)
            }
        }
    }

    fn outcome_faults(&self, expect: &Expect, faults: &mut Vec<Fault>) {
        let got = self.outcome;
        let ExpectedOutcome::Response(response) = &expect.outcome else {
            let refused = ExpectedResponse {
                response_type: Some(ResponseType::Error),
                ..ExpectedResponse::default()
            };
            if got.response_type == ResponseType::Error {
                let leaked = check_outcome(&refused, &self.spec.request.url, got);
                faults.extend(leaked.iter().map(|difference| Fault {
                    verdict: leak(ResponseType::Error, difference),
                    what: difference.to_string(),
                }));
            } else {
                faults.push(Fault {
                    verdict: Verdict::OverGrant,
                    what: format!(
                        "the API does not refuse the request; the outcome is {}",
                        got.response_type
                    ),
                });
            }
            return;
        };
        let verdict = verdict(expect, got);
        let mut differences = check_outcome(response, &self.spec.request.url, got);
        // XMLHttpRequest exposes neither the type of a response that can be read nor whether it was redirected.
        if self.spec.request.via == Via::Xhr {
            differences.retain(|d| match d {
                OutcomeDifference::Redirected { .. } => false,
                OutcomeDifference::Type { got, expected } => rank(*got) != rank(*expected),
                _ => true,
            });
        }
        if got.response_type == ResponseType::Error && response.response_type != Some(ResponseType::Error) {
            // The rest follows from it.
            differences.truncate(1);
        }
        for difference in differences {
            let verdict = match response.response_type {
                Some(kind) if shows_nothing(kind) => verdict.min(leak(kind, &difference)),
                _ => verdict,
            };
            let mut what = difference.to_string();
            if got.response_type == ResponseType::Error && self.control == Some(false) {
                what.push_str("; a no-cors request fails on the same answer too, so that it does not parse");
            }
            faults.push(Fault { verdict, what });
        }
    }
}

/// How bad it is that a response which shows nothing differs: what the page learns through it is an over-grant.
fn leak(expected: ResponseType, difference: &OutcomeDifference) -> Verdict {
    match difference {
        OutcomeDifference::Status { .. }
        | OutcomeDifference::StatusText { .. }
        | OutcomeDifference::Readable { .. }
        | OutcomeDifference::Body { .. } => Verdict::OverGrant,
        OutcomeDifference::Url { got, .. } if !got.is_empty() => Verdict::OverGrant,
        // The type `opaqueredirect` itself tells the page of a redirect.
        OutcomeDifference::Redirected { .. } if expected != ResponseType::OpaqueRedirect => Verdict::OverGrant,
        OutcomeDifference::Type { .. }
        | OutcomeDifference::Value { .. }
        | OutcomeDifference::Unreadable(_)
        | OutcomeDifference::Url { .. }
        | OutcomeDifference::Redirected { .. } => Verdict::Wire,
    }
}

/// More readable than expected is an over-grant, less an over-deny, anything else the wire.
pub fn verdict(expect: &Expect, outcome: &Outcome) -> Verdict {
    let ExpectedOutcome::Response(response) = &expect.outcome else {
        return match outcome.response_type {
            ResponseType::Error => Verdict::Wire,
            _ => Verdict::OverGrant,
        };
    };
    let Some(expected) = response.response_type else {
        return names(response, outcome);
    };
    match rank(outcome.response_type).cmp(&rank(expected)) {
        std::cmp::Ordering::Greater => Verdict::OverGrant,
        std::cmp::Ordering::Less => Verdict::OverDeny,
        std::cmp::Ordering::Equal => names(response, outcome),
    }
}

/// Nothing, then what is there but cannot be read, then what can.
const fn rank(kind: ResponseType) -> u8 {
    match kind {
        ResponseType::Error => 0,
        ResponseType::Opaque | ResponseType::OpaqueRedirect => 1,
        ResponseType::Basic | ResponseType::Cors => 2,
    }
}

fn names(expect: &ExpectedResponse, outcome: &Outcome) -> Verdict {
    if expect.hidden.iter().any(|name| outcome.headers.contains(name)) {
        Verdict::OverGrant
    } else if expect.readable.iter().any(|(name, _)| !outcome.headers.contains(name)) {
        Verdict::OverDeny
    } else {
        Verdict::Wire
    }
}

/// What the case expects, in a line.
pub fn expected(expect: &Expect) -> String {
    let mut out = match &expect.outcome {
        ExpectedOutcome::Throws => "throws TypeError".to_owned(),
        ExpectedOutcome::Response(response) => {
            let kind = response.response_type.map(|kind| kind.to_string());
            let status = response.status.map(|status| format!(", status {status}"));
            kind.unwrap_or_else(|| "any outcome".to_owned()) + &status.unwrap_or_default()
        }
    };
    if let Some(step) = &expect.decided_by {
        out.push_str(&format!(", decided by {step}"));
    }
    out
}

fn actual(outcome: &Outcome, error_name: &str) -> String {
    let mut out = outcome.response_type.to_string();
    if outcome.status > 0 {
        out.push_str(&format!(", status {}", outcome.status));
    }
    if !error_name.is_empty() {
        out.push_str(&format!(" ({})", escape_truncated(error_name.as_bytes(), 60)));
    }
    out
}
