//! Fetches with recorded answers, run on the model.

use super::change::{Change, apply};
use crosscheck_fetch::{
    Answer, Browser, Driver, HeaderList, Init, InitBody, Leniencies, Options, Outcome, Page, Reply, Request,
    ResponseType, Trace, TypeError, WireRequest,
};

/// A recorded answer, and the kind of request it answered, if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whether it answered a preflight; `None` if unknown, which fits any request.
    pub preflight: Option<bool>,
    /// The headers of the informational (1xx) responses that came before it.
    pub informational: Vec<HeaderList>,
    /// The answer.
    pub answer: Answer,
}

impl Recorded {
    /// An answer without informational responses before it.
    #[must_use]
    pub const fn new(preflight: Option<bool>, answer: Answer) -> Self {
        Self {
            preflight,
            informational: Vec::new(),
            answer,
        }
    }
}

/// One fetch with its recorded answers.
#[derive(Clone, Debug)]
pub struct RecordedFetch {
    /// Seconds that pass before it.
    pub after: u64,
    /// The page.
    pub page: Page,
    /// The request.
    pub init: Init,
    /// The answers, in wire order.
    pub answers: Vec<Recorded>,
}

impl RecordedFetch {
    /// Whether the exchange was over HTTP/2: a request whose body is a stream, which HTTP/1.1 cannot carry, has an answer.
    pub(crate) fn is_over_http2(&self) -> bool {
        matches!(self.init.body, Some(InitBody::Stream(_))) && self.answers.iter().any(|a| a.preflight == Some(false))
    }
}

/// The fetches of one browser; the last one is the one to explain.
#[derive(Clone, Debug, Default)]
pub struct RecordedFetches {
    /// The browser before the first fetch.
    pub browser: Browser,
    /// The leniencies that the browser uses.
    pub leniencies: Leniencies,
    /// The fetches; those before the last fill its caches and its cookie jar.
    pub fetches: Vec<RecordedFetch>,
}

/// One request that the model sent.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// The request.
    pub request: WireRequest,
    /// The answer; `None` if it is not known, which the page sees as a failed connection.
    pub answer: Option<Answer>,
}

/// The result of one fetch.
#[derive(Clone, Debug)]
pub struct FetchRun {
    /// The outcome for the page, or why the API throws.
    pub outcome: Result<Outcome, TypeError>,
    /// The events that led to it.
    pub trace: Trace,
    /// The exchanges.
    pub exchanges: Vec<Exchanged>,
    /// The number of recorded answers that no request used.
    pub unused: usize,
}

impl FetchRun {
    /// Whether the page got something other than an error.
    #[must_use]
    pub fn shared(&self) -> bool {
        self.outcome
            .as_ref()
            .is_ok_and(|o| o.response_type != ResponseType::Error)
    }

    /// The first request for which no answer is known, with its index.
    #[must_use]
    pub fn unanswered(&self) -> Option<(usize, &WireRequest)> {
        let mut all = self.exchanges.iter().enumerate();
        all.find(|(_, e)| e.answer.is_none()).map(|(i, e)| (i, &e.request))
    }
}

/// The answers of one fetch, handed out in order.
struct Script<'a> {
    answers: &'a [Recorded],
    next: usize,
    skipped: usize,
}

impl Script<'_> {
    fn reply(&mut self, request: &WireRequest) -> Option<&Recorded> {
        // Skips the answer to a recorded preflight that the model does not send, so that the following answers are used.
        while !request.preflight && self.answers.get(self.next).is_some_and(|a| a.preflight == Some(true)) {
            self.next += 1;
            self.skipped += 1;
        }
        let recorded = self.answers.get(self.next)?;
        if recorded.preflight.is_some_and(|p| p != request.preflight) {
            return None;
        }
        self.next += 1;
        Some(recorded)
    }

    fn unused(&self) -> usize {
        self.skipped + self.answers.len().saturating_sub(self.next)
    }
}

impl RecordedFetches {
    /// One fetch by a browser with empty caches and an empty cookie jar.
    #[must_use]
    pub fn single(page: Page, init: Init, answers: Vec<Recorded>) -> Self {
        Self {
            fetches: vec![RecordedFetch {
                after: 0,
                page,
                init,
                answers,
            }],
            ..Self::default()
        }
    }

    /// Runs all fetches with the changes applied; the result has one entry per fetch.
    #[must_use]
    pub fn run(&self, changes: &[Change]) -> Vec<FetchRun> {
        let mut browser = self.browser.clone();
        let fetches = self.fetches.iter().enumerate();
        fetches
            .map(|(i, f)| self.run_one(i, f, changes, &mut browser))
            .collect()
    }

    fn run_one(&self, index: usize, spec: &RecordedFetch, changes: &[Change], browser: &mut Browser) -> FetchRun {
        browser.advance(spec.after);
        let mut script = Script {
            answers: &spec.answers,
            next: 0,
            skipped: 0,
        };
        let mut exchanges = Vec::new();
        let request = match Request::new(&spec.page, spec.init.clone()) {
            Ok(request) => request,
            Err(error) => {
                return FetchRun {
                    outcome: Err(error),
                    trace: Trace::default(),
                    exchanges,
                    unused: script.unused(),
                };
            }
        };
        let options = Options {
            leniencies: self.leniencies,
            over_http2: spec.is_over_http2(),
        };
        let ended = Driver::<Trace>::new(request, options).run(browser, |request| {
            let at = exchanges.len();
            let recorded = script.reply(&request);
            let informational = recorded.map(|r| r.informational.clone()).unwrap_or_default();
            let edits = changes
                .iter()
                .filter(|c| c.fetch == index && c.exchange == at)
                .map(|c| &c.edit);
            let answer = apply(recorded.map(|r| r.answer.clone()), edits);
            exchanges.push(Exchanged {
                request,
                answer: answer.clone(),
            });
            Reply {
                informational,
                answer: answer.unwrap_or(Answer::Failure),
            }
        });
        FetchRun {
            outcome: Ok(ended.outcome),
            trace: ended.tracer,
            exchanges,
            unused: script.unused(),
        }
    }
}
