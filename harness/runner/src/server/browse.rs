//! Runs one fetch of the model over the wire.

use super::listener::Listener;
use super::location;
use crate::net::{ExchangeError, Outgoing, browser_headers};
use crosscheck_fetch::{
    Answer, Browser, Driver, Init, Next, Off, Options, Page, Request, Trace, Url, WireRequest, WireResponse,
};
use crosscheck_judge::{Exchanged, FetchRun, SharedCache};

/// The most requests of one fetch: 20 redirects with a preflight each, and some room.
const MAX_REQUESTS: usize = 48;

/// The subject gave no answer that a browser accepts.
#[derive(Debug)]
pub struct FailedExchange {
    /// What went wrong.
    pub error: FailureKind,
    /// The bytes of the exchange that failed.
    pub sent: Vec<u8>,
    /// The bytes of the answer that arrived.
    pub received: Vec<u8>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum FailureKind {
    /// The exchange failed.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// No answer came in time.
    #[error("no answer within {0} s")]
    Hang(f64),
}

impl FailureKind {
    /// Returns the last part of the cause.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Hang(_) => "hang",
            Self::Exchange(ExchangeError::Connect(..)) => "down",
            Self::Exchange(ExchangeError::Closed) => "closed",
            Self::Exchange(ExchangeError::Truncated(_)) => "half-answer",
            Self::Exchange(ExchangeError::BadHttp(_)) => "bad-http",
            Self::Exchange(ExchangeError::TooLong(_)) => "endless-body",
            Self::Exchange(ExchangeError::HeadTooLong(..)) => "endless-head",
            Self::Exchange(ExchangeError::Io(_)) => "connection",
        }
    }
}

/// Runs a fetch over the wire, without leniencies: servers are judged by the text of the standard.
pub(super) async fn browse(
    listener: &mut Listener,
    page: &Page,
    init: &Init,
    browser: &mut Browser,
    mut cache: Option<&mut SharedCache>,
) -> Result<FetchRun, FailedExchange> {
    let request = match Request::new(page, init.clone()) {
        Ok(request) => request,
        Err(error) => {
            return Ok(FetchRun {
                outcome: Err(error),
                exchanges: Vec::new(),
            });
        }
    };
    let base = Url::parse(&init.url).ok();
    let mut driver = Driver::<Off>::new(request, Options::default());
    let mut next = driver.start(browser);
    let mut exchanges: Vec<Exchanged> = Vec::with_capacity(2);
    loop {
        let wire = match next {
            Next::Done(outcome) => {
                return Ok(FetchRun {
                    outcome: Ok(outcome),
                    exchanges,
                });
            }
            Next::Send(wire) => wire,
        };
        let leaves =
            exchanges.len() >= MAX_REQUESTS || !base.as_ref().is_some_and(|b| location::is_listener(&wire.url, b));
        let exchanged = if leaves || listener.stops_before(&wire) {
            // No request is sent to another host than the listener, so that nothing leaves loopback.
            Exchanged {
                request: wire,
                sent: Vec::new(),
                received: Vec::new(),
                response: WireResponse::default(),
                answer: Answer::Failure,
                from_cache: false,
                sent_twice: false,
                unstable: None,
            }
        } else {
            perform_exchange(listener, wire, (page, init), browser.now(), cache.as_deref_mut()).await?
        };
        next = driver.resume(browser, exchanged.answer.clone());
        exchanges.push(exchanged);
    }
}

async fn perform_exchange(
    listener: &mut Listener,
    wire: WireRequest,
    (page, init): (&Page, &Init),
    now: u64,
    mut cache: Option<&mut SharedCache>,
) -> Result<Exchanged, FailedExchange> {
    if let Some(response) = cache.as_deref_mut().and_then(|c| c.find(&wire, now)) {
        return Ok(Exchanged {
            answer: Answer::Response(response.clone()),
            request: wire,
            sent: Vec::new(),
            received: Vec::new(),
            response,
            from_cache: true,
            sent_twice: false,
            unstable: None,
        });
    }
    let outgoing = outgoing(listener, &wire, page, init);
    let (reply, unstable) = listener.send_twice(&outgoing).await?;
    let mut mapped = reply.response.clone();
    location::map(&mut mapped.headers, &wire.url, &outgoing.host, listener.address());
    if let Some(cache) = cache {
        cache.store(&wire, &mapped, now);
    }
    Ok(Exchanged {
        request: wire,
        sent: reply.sent,
        received: reply.received,
        response: reply.response,
        answer: Answer::Response(mapped),
        from_cache: false,
        sent_twice: !listener.limits.once,
        unstable,
    })
}

/// The request of the model as a browser sends it.
pub(super) fn outgoing(listener: &Listener, wire: &WireRequest, page: &Page, init: &Init) -> Outgoing {
    let mut outgoing = Outgoing::of(wire, listener.host_for(wire)).of_a_browser(wire.preflight);
    browser_headers::add_metadata(&mut outgoing.headers, page, init, &wire.url);
    outgoing
}

/// Runs a fetch again on the recorded answers and returns its events.
pub(crate) fn trace(page: &Page, init: &Init, browser: &mut Browser, run: &FetchRun) -> Trace {
    let Ok(request) = Request::new(page, init.clone()) else {
        return Trace::default();
    };
    let mut answers = run.exchanges.iter().map(|e| e.answer.clone());
    Driver::<Trace>::new(request, Options::default())
        .run(browser, |_| answers.next().unwrap_or(Answer::Failure))
        .tracer
}
