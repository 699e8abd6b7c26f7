//! The site of `crosscheck serve-cases`: the cases, their list, the authority's certificate and the endpoints for outcomes.

use super::{ServedResults, shape};
use crate::client::case_queue::Answer;
use crate::client::origin::{Incoming, Site};
use crate::client::outcome::Reported;
use crate::client::relocate;
use crate::client::run::{blank, result};
use crate::client::site::{CaseSite, text};
use crosscheck_fetch::Url;
use crosscheck_results::{CaseResult, FORMAT, SERVED_CLIENT, Verdict};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Instant;

/// Why a case that no client has begun has no verdict.
const NOT_REQUESTED: &str = "no client has requested anything of the case";
/// Why a case that a client has begun has no verdict.
const NOT_FINISHED: &str = "the client has not reported the outcome of every fetch";

/// The site of `crosscheck serve-cases`.
#[derive(Debug)]
pub(super) struct StandaloneSite {
    cases: CaseSite,
}

/// An endpoint of the site. Every host has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Cases,
    Outcome,
    /// An outcome in the format of the self-driving page.
    Result,
    Reset,
}

impl Endpoint {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/~cases" => Some(Self::Cases),
            "/~outcome" => Some(Self::Outcome),
            "/~/result" => Some(Self::Result),
            "/~reset" => Some(Self::Reset),
            _ => None,
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Cases => "GET",
            Self::Outcome | Self::Result | Self::Reset => "POST",
        }
    }
}

/// The body of a reported outcome.
#[derive(Deserialize)]
struct OutcomeReport {
    n: usize,
    leg: usize,
    outcome: Reported,
}

/// The body of a request to restart a case.
#[derive(Deserialize)]
struct Restart {
    n: usize,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("use {0}")]
    Method(&'static str),
    #[error("the body is not the JSON that this endpoint expects: {0}")]
    Json(#[from] serde_json::Error),
    #[error("there is no case {0}; there are {1} cases, numbered from 0")]
    NoCase(usize, usize),
    #[error("case {0} has ended; send POST /~reset {{\"n\":{0}}} to restart it")]
    Ended(usize),
    #[error("case {0} expects the outcome of leg {1}, not of leg {2}")]
    OtherLeg(usize, usize, usize),
}

impl Refusal {
    const fn status(&self) -> u16 {
        match self {
            Self::Method(_) => 405,
            Self::Json(_) => 400,
            Self::NoCase(..) => 404,
            Self::Ended(_) | Self::OtherLeg(..) => 409,
        }
    }
}

impl StandaloneSite {
    pub(super) const fn new(cases: CaseSite) -> Self {
        Self { cases }
    }

    /// Returns the results of the cases so far.
    pub(super) fn results(&self) -> ServedResults {
        let state = self.cases.state();
        let queue = &state.queue;
        let mut served = ServedResults::default();
        for (n, case) in (0..).map_while(|n| Some((n, queue.case(n)?))) {
            let reason = match queue.ended(n) {
                Some(ended) => {
                    served.results.push(result(SERVED_CLIENT, &ended));
                    continue;
                }
                None if queue.has_begun(n) => {
                    served.not_finished.push(case.id.clone());
                    NOT_FINISHED
                }
                None => {
                    served.not_requested.push(case.id.clone());
                    NOT_REQUESTED
                }
            };
            served.results.push(CaseResult {
                reason: Some(reason.to_owned()),
                ..blank(SERVED_CLIENT, case, Verdict::NotJudged)
            });
        }
        served
    }

    fn respond(&self, endpoint: Endpoint, incoming: &Incoming) -> Result<Value, Refusal> {
        if incoming.method != endpoint.method().as_bytes() {
            return Err(Refusal::Method(endpoint.method()));
        }
        match endpoint {
            Endpoint::Cases => Ok(shape::cases(&self.cases.state().queue)),
            Endpoint::Outcome | Endpoint::Result => self.outcome(body(incoming)?, endpoint),
            Endpoint::Reset => {
                let Restart { n } = body(incoming)?;
                let mut state = self.cases.state();
                match state.queue.restart(n) {
                    true => Ok(json!({ "crosscheck": FORMAT, "n": n })),
                    false => Err(Refusal::NoCase(n, state.queue.count().1)),
                }
            }
        }
    }

    fn outcome(&self, OutcomeReport { n, leg, outcome }: OutcomeReport, endpoint: Endpoint) -> Result<Value, Refusal> {
        let mut state = self.cases.state();
        let queue = &mut state.queue;
        let Some(case) = queue.case(n).cloned() else {
            return Err(Refusal::NoCase(n, queue.count().1));
        };
        let due = queue.due(n).ok_or(Refusal::Ended(n))?;
        if due != leg {
            return Err(Refusal::OtherLeg(n, due, leg));
        }
        // A client that works from the list has not been handed the fetch.
        queue.hand(n, Instant::now());
        let next = queue.report(n, leg, outcome, Instant::now());
        let next = match endpoint {
            Endpoint::Result => next.map(|handed| handed.json()),
            _ => queue.due(n).map(|leg| json!(leg)),
        };
        let judged = queue.ended(n).map(|ended| result(SERVED_CLIENT, &ended));
        drop(state);
        Ok(shape::report(n, &case, next.unwrap_or_default(), judged.as_ref()))
    }

    /// Responds to each visit of a URL that sets cookies.
    fn seed(&self, url: &Url) -> Option<Answer> {
        if url.query() != Some("~seed") {
            return None;
        }
        let (n, _) = relocate::split(url.path())?;
        let case = self.cases.state().queue.case(n).cloned()?;
        let is_it = |text: &str| Url::parse(text).is_ok_and(|u| u == *url);
        let (_, values) = shape::seeds(n, &case).into_iter().find(|(text, _)| is_it(text))?;
        let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\n".to_vec();
        for value in values {
            bytes.extend([b"Set-Cookie: ", value.as_slice(), b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        Some(Answer::Bytes { bytes, close: false })
    }
}

fn body<T: DeserializeOwned>(incoming: &Incoming) -> Result<T, Refusal> {
    Ok(serde_json::from_slice(&incoming.body)?)
}

impl Site for StandaloneSite {
    fn knows(&self, host: &str) -> bool {
        self.cases.knows(host)
    }

    fn serves(&self, url: &Url) -> bool {
        Endpoint::of(url.path()).is_some() || self.cases.serves(url)
    }

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        if let Some(endpoint) = Endpoint::of(url.path()) {
            // A test in a page may have any origin.
            let json = "Access-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n";
            return match self.respond(endpoint, &incoming) {
                Ok(value) => text(200, json, &value.to_string()),
                Err(refusal) => {
                    let error = json!({ "error": refusal.to_string() });
                    text(refusal.status(), json, &error.to_string())
                }
            };
        }
        match self.seed(&url) {
            Some(answer) => answer,
            None => self.cases.answer(url, incoming),
        }
    }

    fn report_unknown(&self, what: &str) {
        self.cases.report_unknown(what);
    }
}
