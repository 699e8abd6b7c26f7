//! The loop that drives a fetch: one for a script, a socket, a recording, a fuzzer and a benchmark alike.

use crate::browser::Browser;
use crate::fetch::{Fetch, Next, Outcome};
use crate::header_list::HeaderList;
use crate::request::Request;
use crate::trace::{Off, Tracer};
use crate::wire::{Answer, WireRequest};
use crate::words::Leniencies;

/// The most exchanges of one fetch: 21 hops, a preflight each, each exchange answered 421 once, and some room. Whatever comes
/// after is answered by a connection failure.
pub const MOST_EXCHANGES: usize = 128;

/// In what the world around a fetch differs from the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The freedoms of the standard that the model makes use of.
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

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The headers of the informational (1xx) responses that came first, in order. The network layer consumes them: nothing
    /// they carry counts.
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
    /// What the page gets.
    pub outcome: Outcome,
    /// The number of requests that were sent.
    pub exchanges: usize,
    /// The events that led to the outcome.
    pub tracer: T,
}

/// Drives one fetch from its first request to its outcome. [`Driver::run`] is the whole loop, for whoever can answer at once;
/// who has to wait for a socket in between calls [`Driver::start`], and [`Driver::resume`] with each reply.
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

    /// Begins the fetch: its first request, or its outcome where nothing goes onto the wire.
    pub fn start(&mut self, browser: &mut Browser) -> Next {
        self.next(browser)
    }

    /// Takes the reply to the request that was handed out last; what comes next.
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

    /// The trace, once [`Next::Done`] has come.
    #[must_use]
    pub fn end(self, outcome: Outcome) -> Ended<T> {
        Ended {
            outcome,
            exchanges: self.exchanges,
            tracer: self.fetch.into_tracer(),
        }
    }
}
