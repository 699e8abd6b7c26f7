//! The cases, and besides them what their asker needs: the list, the authority, a place for outcomes.

use super::shape;
use crate::client::book::Answer;
use crate::client::origin::{Incoming, Site};
use crate::client::outcome::Reported;
use crate::client::relocate;
use crate::client::run::result;
use crate::client::site::{CaseSite, text};
use crosscheck_fetch::Url;
use crosscheck_results::FORMAT;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Instant;

/// The name of whatever asks, in results.
const CLIENT: &str = "client";

/// The site of `crosscheck serve-cases`.
#[derive(Debug)]
pub(super) struct StandSite {
    cases: CaseSite,
    authority: String,
}

/// A question about cases. Any host has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Cases,
    Authority,
    Outcome,
    /// An outcome in the words of the self-driving page.
    Result,
    Reset,
}

impl Question {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/~cases" => Some(Self::Cases),
            "/~ca.pem" => Some(Self::Authority),
            "/~outcome" => Some(Self::Outcome),
            "/~/result" => Some(Self::Result),
            "/~reset" => Some(Self::Reset),
            _ => None,
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Cases | Self::Authority => "GET",
            Self::Outcome | Self::Result | Self::Reset => "POST",
        }
    }
}

/// An outcome that is told.
#[derive(Deserialize)]
struct Told {
    n: usize,
    leg: usize,
    outcome: Reported,
}

/// A case that is to be asked again.
#[derive(Deserialize)]
struct Again {
    n: usize,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("use {0}")]
    Method(&'static str),
    #[error("the body is not the JSON of this question: {0}")]
    Json(#[from] serde_json::Error),
    #[error("there is no case {0}; there are {1}, counted from 0")]
    NoCase(usize, usize),
    #[error("case {0} has ended; POST /~reset {{\"n\":{0}}} before it is asked again")]
    Ended(usize),
    #[error("case {0} waits for the outcome of leg {1}, not of leg {2}")]
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

impl StandSite {
    pub(super) const fn new(cases: CaseSite, authority: String) -> Self {
        Self { cases, authority }
    }

    fn ask(&self, question: Question, incoming: &Incoming) -> Result<Value, Refusal> {
        if incoming.method != question.method().as_bytes() {
            return Err(Refusal::Method(question.method()));
        }
        match question {
            Question::Cases => Ok(shape::cases(&self.cases.stage().book)),
            Question::Authority => Ok(json!(self.authority)),
            Question::Outcome | Question::Result => self.outcome(body(incoming)?, question),
            Question::Reset => {
                let Again { n } = body(incoming)?;
                let mut stage = self.cases.stage();
                match stage.book.restart(n) {
                    true => Ok(json!({ "crosscheck": FORMAT, "n": n })),
                    false => Err(Refusal::NoCase(n, stage.book.count().1)),
                }
            }
        }
    }

    fn outcome(&self, Told { n, leg, outcome }: Told, question: Question) -> Result<Value, Refusal> {
        let mut stage = self.cases.stage();
        let book = &mut stage.book;
        let Some(case) = book.case(n).cloned() else {
            return Err(Refusal::NoCase(n, book.count().1));
        };
        let due = book.due(n).ok_or(Refusal::Ended(n))?;
        if due != leg {
            return Err(Refusal::OtherLeg(n, due, leg));
        }
        // Who has the list asks without having been handed anything.
        book.hand(n, Instant::now());
        let next = book.report(n, leg, outcome, Instant::now());
        let next = match question {
            Question::Result => next.map(|handed| handed.json()),
            _ => book.due(n).map(|leg| json!(leg)),
        };
        let judged = book.ended(n).map(|ended| result(CLIENT, &ended));
        drop(stage);
        Ok(shape::told(n, &case, next.unwrap_or_default(), judged.as_ref()))
    }

    /// The visit of a URL that sets cookies, as often as it is visited.
    fn seed(&self, url: &Url) -> Option<Answer> {
        if url.query() != Some("~seed") {
            return None;
        }
        let (n, _) = relocate::split(url.path())?;
        let case = self.cases.stage().book.case(n).cloned()?;
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

impl Site for StandSite {
    fn knows(&self, host: &str) -> bool {
        self.cases.knows(host)
    }

    fn serves(&self, url: &Url) -> bool {
        Question::of(url.path()).is_some() || self.cases.serves(url)
    }

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        if let Some(question) = Question::of(url.path()) {
            // A test in a page asks from whatever origin it has.
            let headers = |kind: &str| format!("Access-Control-Allow-Origin: *\r\nContent-Type: {kind}\r\n");
            let json = headers("application/json");
            return match self.ask(question, &incoming) {
                Ok(Value::String(pem)) => text(200, &headers("application/x-pem-file"), &pem),
                Ok(value) => text(200, &json, &value.to_string()),
                Err(refusal) => {
                    let error = json!({ "error": refusal.to_string() });
                    text(refusal.status(), &json, &error.to_string())
                }
            };
        }
        match self.seed(&url) {
            Some(answer) => answer,
            None => self.cases.answer(url, incoming),
        }
    }

    fn stranger(&self, what: &str) {
        self.cases.stranger(what);
    }
}
