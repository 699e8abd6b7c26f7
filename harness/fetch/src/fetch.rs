//! A [fetch](https://fetch.spec.whatwg.org/#concept-fetch) as a state machine: it returns requests and takes answers.

use crate::algorithm::Algorithm;
use crate::browser::Browser;
use crate::header_list::{ByteString, HeaderList};
use crate::http_cache::Found;
use crate::keywords::{CredentialsMode, Leniencies, Leniency, ResponseType};
use crate::reason::MainFetchReason;
use crate::request::Request;
use crate::steps::Step;
use crate::trace::{Event, Finding, Off, Tracer};
use crate::wire::{Answer, WireRequest, WireResponse};
use std::borrow::Cow;
use url::Url;

/// What the caller has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this request and hand the reply to [`crate::Driver::resume`].
    Send(WireRequest),
    /// The fetch has ended.
    Done(Outcome),
}

/// The outcome for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The response type.
    pub response_type: ResponseType,
    /// The status; 0 if it is hidden.
    pub status: u16,
    /// The status text; empty if it is hidden.
    pub status_text: ByteString,
    /// The headers that the page sees.
    pub headers: HeaderList,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// The response's URL without fragment; empty if it is hidden.
    pub url: String,
    /// The body; empty if it is null.
    pub body: Vec<u8>,
}

impl Outcome {
    /// A network error.
    #[must_use]
    pub const fn error() -> Self {
        Self {
            response_type: ResponseType::Error,
            status: 0,
            status_text: Cow::Borrowed(b""),
            headers: HeaderList::new(),
            redirected: false,
            url: String::new(),
            body: Vec::new(),
        }
    }
}

/// A request's [response tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Main fetch comes next, for the current URL.
    MainFetch,
    /// The preflight is sent next, or has been sent.
    Preflight,
    /// HTTP-network-or-cache fetch comes next.
    NetworkOrCache,
    /// The actual request is sent next, or has been sent.
    Network,
    /// There is a response, from the network or the cache.
    Response { response: WireResponse, from_cache: bool },
    /// The end.
    Done(Outcome),
}

/// One fetch. It owns its state and borrows nothing, so that several may be in flight over one [`Browser`].
#[derive(Debug)]
pub(crate) struct Fetch<T: Tracer = Off> {
    pub(crate) request: Request,
    pub(crate) leniencies: Leniencies,
    pub(crate) state: State,
    pub(crate) tainting: Tainting,
    pub(crate) redirect_count: u32,
    /// The byte-serialized request origin, for the URL list as it is now.
    pub(crate) serialized_origin: Cow<'static, str>,
    /// The CORS-unsafe request-header names of this hop.
    pub(crate) unsafe_names: Vec<ByteString>,
    /// Whether some hop went through the preflight branch of main fetch.
    pub(crate) took_preflight_branch: bool,
    /// The URLs and origins of the hops that did, kept only for the leniency that needs them.
    pub(crate) preflight_branch_keys: Vec<(Cow<'static, str>, Url)>,
    /// Whether the exchange under way repeats one that was answered 421.
    pub(crate) is_new_connection_fetch: bool,
    pub(crate) revalidating: Option<Found>,
    /// Whether connections are HTTP/2; only HTTP/2 carries a stream body.
    pub(crate) over_http2: bool,
    /// Whether the response at hand is a stored one that a 304 has updated.
    pub(crate) revalidated: bool,
    /// The headers of the informational responses that preceded the answer to the exchange under way; kept for the trace only.
    pub(crate) informational: Vec<HeaderList>,
    pub(crate) exchanges: usize,
    tracer: T,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Found")
    }
}

impl<T: Tracer> Fetch<T> {
    /// Starts a [fetch](https://fetch.spec.whatwg.org/#concept-fetch) over HTTP/2, which is required for a stream body, or over
    /// HTTP/1.1. The origin of the request is that of the page (step 4).
    pub(crate) fn new(request: Request, leniencies: Leniencies, over_http2: bool) -> Self {
        let serialized_origin = request.page.origin.serialize();
        let mut fetch = Self {
            request,
            leniencies,
            state: State::MainFetch,
            tainting: Tainting::Basic,
            redirect_count: 0,
            serialized_origin,
            unsafe_names: Vec::new(),
            took_preflight_branch: false,
            preflight_branch_keys: Vec::new(),
            is_new_connection_fetch: false,
            revalidating: None,
            over_http2,
            revalidated: false,
            informational: Vec::new(),
            exchanges: 0,
            tracer: T::default(),
        };
        fetch.note_request();
        fetch
    }

    fn note_request(&mut self) {
        if T::ON {
            for finding in self.request.findings() {
                self.event(|_| finding);
            }
        }
    }

    /// The events so far.
    pub(crate) fn into_tracer(self) -> T {
        self.tracer
    }

    /// Returns the next thing to do. Returns the same again if [`Self::receive`] is not called in between.
    pub(crate) fn next(&mut self, browser: &mut Browser) -> Next {
        loop {
            match std::mem::replace(&mut self.state, State::MainFetch) {
                State::MainFetch => self.main_fetch(browser),
                State::Preflight => {
                    let wire = self.preflight_request();
                    self.state = State::Preflight;
                    return Next::Send(wire);
                }
                State::NetworkOrCache => self.http_network_or_cache_fetch(browser),
                State::Network => {
                    let wire = self.network_request(browser);
                    self.state = State::Network;
                    return Next::Send(wire);
                }
                State::Response { response, from_cache } => self.http_fetch_response(browser, response, from_cache),
                State::Done(outcome) => {
                    self.state = State::Done(outcome.clone());
                    return Next::Done(outcome);
                }
            }
        }
    }

    /// Records the informational (1xx) responses that precede the answer for [`Self::receive`]. The network layer consumes them:
    /// their content has no effect.
    pub(crate) fn note_informational(&mut self, heads: Vec<HeaderList>) {
        if T::ON && matches!(self.state, State::Preflight | State::Network) {
            self.informational = heads;
        }
    }

    /// Takes the answer to the request that [`Self::next`] returned. An answer without a pending request is ignored.
    pub(crate) fn receive(&mut self, browser: &mut Browser, answer: Answer) {
        match self.state {
            State::Preflight => self.cors_preflight_response(browser, answer),
            State::Network => self.http_network_response(browser, answer),
            _ => return,
        }
        self.exchanges += 1;
    }

    /// The URL being fetched now.
    pub(crate) fn current_url(&self) -> &Url {
        self.request.current_url()
    }

    /// The URL being fetched now as text, for the trace.
    pub(crate) fn url_text(&self) -> Box<str> {
        self.current_url().as_str().into()
    }

    pub(crate) fn include(&self) -> bool {
        self.request.credentials == CredentialsMode::Include
    }

    pub(crate) fn lenient(&self, leniency: Leniency) -> bool {
        self.leniencies.has(leniency)
    }

    /// Records an event, if there is a trace.
    pub(crate) fn event(&mut self, finding: impl FnOnce(&Self) -> Finding) {
        self.record(false, finding);
    }

    /// Records an event, but only if it has a step; without one there is nothing to explain.
    pub(crate) fn remark(&mut self, finding: impl FnOnce(&Self) -> Finding) {
        if T::ON {
            let finding = finding(self);
            if !finding.steps.is_empty() {
                self.record(false, |_| finding);
            }
        }
    }

    /// Records an event that decides the outcome, unless a later event does.
    pub(crate) fn decide(&mut self, finding: impl FnOnce(&Self) -> Finding) {
        self.record(true, finding);
    }

    /// Ends in a network error, for the reason given. On the preflight branch this clears the CORS-preflight cache, as step 12 of
    /// [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch) does.
    pub(crate) fn network_error(&mut self, browser: &mut Browser, finding: impl FnOnce(&Self) -> Finding) {
        self.record(true, finding);
        self.clear_preflight_cache(browser);
        self.end_in_network_error();
    }

    /// Ends in a network error that main fetch finds only after there is a response (its steps 19 and 22); the CORS-preflight cache is
    /// unchanged.
    pub(crate) fn late_network_error(&mut self, finding: impl FnOnce(&Self) -> Finding) {
        self.record(true, finding);
        self.end_in_network_error();
    }

    fn end_in_network_error(&mut self) {
        self.event(|_| {
            Finding::new(Algorithm::FetchMethod, MainFetchReason::TypeErrorWithoutDetails)
                .on(Step::FilterNetworkErrorTypeerror)
        });
        self.state = State::Done(Outcome::error());
    }

    fn record(&mut self, decisive: bool, finding: impl FnOnce(&Self) -> Finding) {
        if !T::ON {
            return;
        }
        let exchange = match self.state {
            State::Preflight | State::Network => Some(self.exchanges),
            _ => self.exchanges.checked_sub(1),
        };
        let Finding {
            algorithm,
            reason,
            steps,
        } = finding(self);
        self.tracer.record(Event {
            algorithm,
            reason,
            steps,
            exchange,
            decisive,
        });
    }
}
