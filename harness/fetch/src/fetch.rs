//! A [fetch](https://fetch.spec.whatwg.org/#concept-fetch) as a state machine: it says what to send and takes what came back.

use crate::browser::Browser;
use crate::header_list::{ByteString, HeaderList};
use crate::http_cache::Found;
use crate::request::Request;
use crate::steps::Step;
use crate::trace::{Event, Off, Trace, Tracer};
use crate::wire::{Answer, WireRequest, WireResponse};
use crate::words::{CredentialsMode, Leniencies, Leniency, ResponseType};
use std::borrow::Cow;
use url::Url;

/// What the caller has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this request and hand the answer to [`Fetch::receive`].
    Send(WireRequest),
    /// The fetch has ended.
    Done(Outcome),
}

/// What the page gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The response type.
    pub response_type: ResponseType,
    /// The status, 0 where it is hidden.
    pub status: u16,
    /// The status text, empty where it is hidden.
    pub status_text: ByteString,
    /// The headers that the page sees.
    pub headers: HeaderList,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// The response's URL without fragment, empty where it is hidden.
    pub url: String,
    /// The body, empty where it is null.
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
    /// The preflight goes out, or is out.
    Preflight,
    /// HTTP-network-or-cache fetch comes next.
    NetworkOrCache,
    /// The actual request goes out, or is out.
    Network,
    /// A response is there, from the network or the cache.
    Response { response: WireResponse, from_cache: bool },
    /// The end.
    Done(Outcome),
}

/// One fetch. It owns its state and borrows nothing, so that several may be in flight over one [`Browser`].
#[derive(Debug)]
pub struct Fetch<T: Tracer = Off> {
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
    /// Whether connections are HTTP/2, which alone carries a stream body.
    pub(crate) over_http2: bool,
    /// Whether the response at hand is a stored one that a 304 has updated.
    pub(crate) revalidated: bool,
    /// Whether informational responses preceded the answer to the exchange under way.
    pub(crate) saw_informational: bool,
    pub(crate) exchanges: usize,
    tracer: T,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Found")
    }
}

impl Fetch<Off> {
    /// Starts a fetch that keeps no trace.
    #[must_use]
    pub fn new(request: Request, leniencies: Leniencies) -> Self {
        Self::start(request, leniencies)
    }
}

impl Fetch<Trace> {
    /// Starts a fetch that keeps its trace.
    #[must_use]
    pub fn traced(request: Request, leniencies: Leniencies) -> Self {
        let mut fetch: Self = Self::start(request, leniencies);
        fetch.describe_request();
        fetch
    }

    /// The events so far; call it at the end.
    #[must_use]
    pub fn into_trace(self) -> Trace {
        self.tracer
    }
}

impl<T: Tracer> Fetch<T> {
    fn start(request: Request, leniencies: Leniencies) -> Self {
        let serialized_origin = request.page.origin.serialize();
        Self {
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
            over_http2: false,
            revalidated: false,
            saw_informational: false,
            exchanges: 0,
            tracer: T::default(),
        }
    }

    /// The next thing to do. Calling it again without [`Self::receive`] in between answers the same.
    pub fn next(&mut self, browser: &mut Browser) -> Next {
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

    /// The servers speak HTTP/2 or later. Without it they speak HTTP/1.1, over which a stream body is a network error.
    pub fn set_over_http2(&mut self) {
        self.over_http2 = true;
    }

    /// Takes note that informational (1xx) responses precede the answer that [`Self::receive`] will be given. The network layer
    /// consumes them: nothing they carry counts.
    pub fn note_informational(&mut self) {
        self.saw_informational = matches!(self.state, State::Preflight | State::Network);
    }

    /// Takes the answer to the request that [`Self::next`] gave out. An answer that nothing waits for is ignored.
    pub fn receive(&mut self, browser: &mut Browser, answer: Answer) {
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

    pub(crate) fn include(&self) -> bool {
        self.request.credentials == CredentialsMode::Include
    }

    pub(crate) fn lenient(&self, leniency: Leniency) -> bool {
        self.leniencies.has(leniency)
    }

    /// Keeps an event, if a trace is kept.
    pub(crate) fn event(
        &mut self,
        algorithm: &'static str,
        anchor: &'static str,
        steps: impl FnOnce(&Self) -> Vec<Step>,
        detail: impl FnOnce(&Self) -> String,
    ) {
        self.record(algorithm, anchor, false, steps, detail);
    }

    /// Keeps an event that decides the outcome unless a later one does.
    pub(crate) fn decide(
        &mut self,
        algorithm: &'static str,
        anchor: &'static str,
        steps: impl FnOnce(&Self) -> Vec<Step>,
        detail: impl FnOnce(&Self) -> String,
    ) {
        self.record(algorithm, anchor, true, steps, detail);
    }

    /// Ends in a network error, for the reason given.
    pub(crate) fn network_error(
        &mut self,
        browser: &mut Browser,
        algorithm: &'static str,
        anchor: &'static str,
        steps: impl FnOnce(&Self) -> Vec<Step>,
        detail: impl FnOnce(&Self) -> String,
    ) {
        let steps = |f: &Self| f.and_network_error(steps(f), f.took_preflight_branch);
        self.record(algorithm, anchor, true, steps, detail);
        self.clear_preflight_cache(browser);
        self.end_in_network_error();
    }

    /// The same for what main fetch finds only after the response is there, where the CORS-preflight cache stays as it is.
    pub(crate) fn late_network_error(
        &mut self,
        algorithm: &'static str,
        anchor: &'static str,
        steps: impl FnOnce(&Self) -> Vec<Step>,
        detail: impl FnOnce(&Self) -> String,
    ) {
        let steps = |f: &Self| f.and_network_error(steps(f), false);
        self.record(algorithm, anchor, true, steps, detail);
        self.end_in_network_error();
    }

    fn end_in_network_error(&mut self) {
        self.event(
            "fetch()",
            "#dom-global-fetch",
            |_| vec![Step::FilterNetworkErrorTypeerror],
            |_| "the page gets a TypeError without details".to_owned(),
        );
        self.state = State::Done(Outcome::error());
    }

    /// The steps of what ends in a network error: where there is room, what any such end means as well. `clears`: whether
    /// it clears the CORS-preflight cache.
    fn and_network_error(&self, mut steps: Vec<Step>, clears: bool) -> Vec<Step> {
        let preflight = matches!(self.state, State::Preflight);
        let again = preflight && self.request.url_list.len() > 1;
        let general = [
            (
                again && self.request.use_cors_preflight,
                Step::RedirectForcedFlagPersists,
            ),
            (again && !self.unsafe_names.is_empty(), Step::RedirectOtherHeadersKept),
            (again, Step::RedirectPreflightForNewUrl),
            (preflight, Step::HttpFetchPreflightBeforeActual),
            (clears, Step::MainFetchClearCacheOnFailure),
            (true, Step::FilterNetworkErrorTypeerror),
        ];
        for (holds, step) in general {
            if holds && !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps
    }

    fn record(
        &mut self,
        algorithm: &'static str,
        anchor: &'static str,
        decisive: bool,
        steps: impl FnOnce(&Self) -> Vec<Step>,
        detail: impl FnOnce(&Self) -> String,
    ) {
        if !T::ON {
            return;
        }
        let exchange = match self.state {
            State::Preflight | State::Network => Some(self.exchanges),
            _ => self.exchanges.checked_sub(1),
        };
        let event = Event {
            algorithm,
            anchor,
            steps: steps(self),
            detail: detail(self),
            exchange,
            decisive,
        };
        self.tracer.record(event);
    }
}
