//! The loop that drives a fetch. Scripts, sockets, recordings, fuzzers and benchmarks all use it.

use crate::browser::Browser;
use crate::fetch::{Fetch, Next, Outcome};
use crate::header_list::HeaderList;
use crate::keywords::Leniencies;
use crate::request::Request;
use crate::trace::{Off, Tracer};
use crate::wire::{Answer, WireRequest};

/// The maximum number of exchanges in one fetch: 21 hops, each with a preflight, each exchange answered 421 once, and a margin. Any
/// further request is answered by a connection failure.
pub const MOST_EXCHANGES: usize = 128;

/// Options of a fetch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The leniencies that the model uses.
    pub leniencies: Leniencies,
    /// Whether the servers speak HTTP/2 or later. Over HTTP/1.1 a stream body is a network error.
    pub over_http2: bool,
}

impl From<Leniencies> for Options {
    fn from(leniencies: Leniencies) -> Self {
        Self {
            leniencies,
            ..Self::default()
        }
    }
}

/// The reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The headers of the informational (1xx) responses that came first, in order. The network layer consumes them: their
    /// content has no effect.
    pub informational: Vec<HeaderList>,
    /// How the exchange ended.
    pub answer: Answer,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            informational: Vec::new(),
            answer,
        }
    }
}

/// A fetch that has ended.
#[derive(Clone, Debug)]
pub struct Ended<T: Tracer = Off> {
    /// The outcome for the page.
    pub outcome: Outcome,
    /// The number of requests that were sent.
    pub exchanges: usize,
    /// The events that led to the outcome.
    pub tracer: T,
}

/// Drives one fetch from its first request to its outcome. A caller that can answer immediately uses [`Driver::run`], which is the whole
/// loop. A caller that has to wait for a socket calls [`Driver::start`], and then [`Driver::resume`] with each reply.
///
/// ```
/// use crosscheck_fetch::{Answer, Browser, Driver, Init, Off, Options, Origin, Page, Request, WireResponse};
///
/// let page = Page::new(Origin::parse_serialized("https://app.example")?);
/// let request = Request::new(&page, Init::new("https://api.example/"))?;
/// let ended = Driver::<Off>::new(request, Options::default())
///     .run(&mut Browser::new(), |_| Answer::Response(WireResponse { status: 200, ..WireResponse::default() }));
/// assert_eq!(ended.exchanges, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Driver<T: Tracer = Off> {
    fetch: Fetch<T>,
    exchanges: usize,
}

impl<T: Tracer> Driver<T> {
    /// A fetch that has not begun.
    #[must_use]
    pub fn new(request: Request, options: impl Into<Options>) -> Self {
        let Options { leniencies, over_http2 } = options.into();
        Self {
            fetch: Fetch::new(request, leniencies, over_http2),
            exchanges: 0,
        }
    }

    /// Starts the fetch; returns its first request, or its outcome if it sends no request.
    pub fn start(&mut self, browser: &mut Browser) -> Next {
        self.next(browser)
    }

    /// Takes the reply to the last request; returns the next request or the outcome.
    pub fn resume(&mut self, browser: &mut Browser, reply: impl Into<Reply>) -> Next {
        let Reply { informational, answer } = reply.into();
        if !informational.is_empty() {
            self.fetch.note_informational(informational);
        }
        self.fetch.receive(browser, answer);
        self.next(browser)
    }

    fn next(&mut self, browser: &mut Browser) -> Next {
        loop {
            match self.fetch.next(browser) {
                Next::Send(_) if self.exchanges >= MOST_EXCHANGES => self.fetch.receive(browser, Answer::Failure),
                Next::Send(request) => {
                    self.exchanges += 1;
                    return Next::Send(request);
                }
                done @ Next::Done(_) => return done,
            }
        }
    }

    /// Runs the fetch to its end; `answer` plays the servers.
    pub fn run<R: Into<Reply>>(mut self, browser: &mut Browser, mut answer: impl FnMut(WireRequest) -> R) -> Ended<T> {
        let mut next = self.start(browser);
        loop {
            match next {
                Next::Send(request) => next = self.resume(browser, answer(request)),
                Next::Done(outcome) => return self.end(outcome),
            }
        }
    }

    /// Returns the trace, after [`Next::Done`].
    #[must_use]
    pub fn end(self, outcome: Outcome) -> Ended<T> {
        Ended {
            outcome,
            exchanges: self.exchanges,
            tracer: self.fetch.into_tracer(),
        }
    }
}
