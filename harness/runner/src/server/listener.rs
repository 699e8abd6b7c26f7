//! Sends requests to one listener of a subject, one after the other, each twice.

use super::added_headers::AddedHeaders;
use super::browse::FailedExchange;
use crate::net::{Client, ExchangeError, Limits, Outgoing, Tls, browser_headers};
use crosscheck_fetch::{HeaderList, WireRequest, WireResponse};
use crosscheck_judge::server::{Application, retry_after};
use crosscheck_judge::{KeptReply, Key, Reasked, Reply, Unstable, key, summary};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long to wait for a rate limiter that does not say how long.
const UNSTATED_WAIT: Duration = Duration::from_secs(2);
/// How many waits in a row may not help until a limiter is not waited for any more.
const MAX_FUTILE: usize = 3;
/// The longest pause between two requests that a rate limiter leads to.
const SLOWEST: Duration = Duration::from_secs(2);

/// Limits on the requests that are sent. A subject of this project has none; a server that a user probes has some.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLimits {
    /// The Host header to send instead of the case's.
    pub(crate) host: Option<String>,
    /// Headers that every request carries.
    pub(crate) headers: AddedHeaders,
    /// Whether only GET, HEAD and OPTIONS requests are sent.
    pub(crate) safe_methods_only: bool,
    /// The shortest time between two requests.
    pub(crate) pause: Option<Duration>,
    /// Whether each request is sent only once.
    pub(crate) once: bool,
    /// TLS, if requests are sent over it.
    pub(crate) tls: Option<Tls>,
    /// Whether the paths of the server are those of the application contract.
    pub(crate) application: Application,
    /// How long to wait in all for a rate limiter to let requests pass again.
    pub(crate) patience: Duration,
}

/// An answer that may be of something in front of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubtful {
    /// The status.
    pub(super) status: u16,
    /// How many requests were answered before the first one of them.
    pub(super) after: usize,
}

/// A rate limiter that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limited {
    /// The seconds after which requests pass again, if the answer says so.
    pub(super) retry_after: Option<u64>,
}

/// A listener and its connection.
#[derive(Debug)]
pub(crate) struct Listener {
    client: Client,
    pub(super) limits: RequestLimits,
    /// When the last request was sent.
    pub(super) last: Option<Instant>,
    pub(super) plain_answers: HashMap<Key, Reasked>,
    /// Answers to preflights, by URL and headers.
    preflights: HashMap<(String, Vec<u8>), Arc<KeptReply>>,
    /// How many exchanges have taken place.
    pub(crate) exchanges: usize,
    /// The first answer that may be of something in front of the application, since [`Self::begin`] was called.
    pub(super) doubtful: Option<Doubtful>,
    /// The last answer of a rate limiter since then.
    pub(super) limited: Option<Limited>,
    /// How many waits in a row for a rate limiter did not help.
    pub(super) futile_waits: usize,
    /// Whether the case in progress ends before its actual requests.
    pub(super) preflights_only: bool,
}

impl Listener {
    pub(crate) fn new(address: SocketAddr, limits: RequestLimits) -> Self {
        Self {
            client: Client::new(address, Limits::default()).with_tls(limits.tls.clone()),
            limits,
            last: None,
            plain_answers: HashMap::new(),
            preflights: HashMap::new(),
            exchanges: 0,
            doubtful: None,
            limited: None,
            futile_waits: 0,
            preflights_only: false,
        }
    }

    /// Connects, over TLS if the server speaks it, so that a failed handshake is no fault of a case.
    ///
    /// # Errors
    /// Returns an error if there is no connection within the limit.
    pub(super) async fn connect(&mut self, limit: Duration) -> Result<(), ExchangeError> {
        timeout(limit, self.client.connect_once())
            .await
            .unwrap_or_else(|_| Err(ExchangeError::Io("no connection in time".to_owned())))
    }

    /// Begins a case: what is noted of answers is of this case.
    pub(super) fn begin(&mut self) {
        self.doubtful = None;
        self.limited = None;
    }

    /// Drops the answers that are kept, which something in front of the application may have given.
    pub(super) fn forget(&mut self) {
        self.plain_answers.clear();
        self.preflights.clear();
    }

    /// Waits as long as a rate limiter requires, within the time that is left for it, and sends at half the rate from now on. Returns
    /// whether there was time.
    pub(super) async fn wait_for(&mut self, limited: Limited) -> bool {
        let wait = limited
            .retry_after
            .map_or(UNSTATED_WAIT, |s| Duration::from_secs(s.max(1)));
        if wait > self.limits.patience || self.futile_waits >= MAX_FUTILE {
            return false;
        }
        self.futile_waits += 1;
        self.limits.patience -= wait;
        self.limits.pause = self.limits.pause.map(|pause| (pause * 2).min(SLOWEST));
        self.forget();
        tokio::time::sleep(wait).await;
        true
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.client.address()
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.limits.host.as_deref()
    }

    /// The Host header to send instead of the request's own. A request of a page of the server's own origin keeps its own, by which a
    /// server knows that it is one; a server that a user probes has one name.
    pub(super) fn host_for(&self, wire: &WireRequest) -> Option<&str> {
        let own = wire
            .headers
            .get(b"origin")
            .is_some_and(|o| *o == *wire.url.origin().ascii_serialization().as_bytes());
        let keeps = own && self.limits.application == Application::OfTheContract;
        self.host().filter(|_| !keeps)
    }

    /// Returns whether the case ends before a request, or the limits forbid it.
    pub(super) fn stops_before(&self, wire: &WireRequest) -> bool {
        if self.preflights_only && !wire.preflight {
            return true;
        }
        self.limits.safe_methods_only && !matches!(&*wire.method, b"GET" | b"HEAD" | b"OPTIONS")
    }

    /// Drops the connection after an unfinished exchange, and returns the bytes that were sent and received.
    pub(super) fn reset(&mut self) -> (Vec<u8>, Vec<u8>) {
        let remains = self.client.remains();
        self.client.reset();
        remains
    }

    /// Sends a request once.
    pub(super) async fn send(&mut self, outgoing: &Outgoing) -> Result<Reply, FailedExchange> {
        if let Some(pause) = self.limits.pause {
            if let Some(last) = self.last {
                sleep_until(last + pause).await;
            }
            self.last = Some(Instant::now());
        }
        self.exchanges += 1;
        let adapted;
        let outgoing = if self.limits.headers.list().is_empty() {
            outgoing
        } else {
            adapted = self.adapted(outgoing);
            &adapted
        };
        match self.client.exchange(outgoing).await {
            Ok(reply) => {
                self.note(&outgoing.target, &reply.response);
                Ok(reply)
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    /// Notes whether something in front of the application may have answered.
    fn note(&mut self, target: &str, response: &WireResponse) {
        let path = target.split('?').next().unwrap_or(target);
        let application = self.limits.application;
        // A limiter may share its answer by CORS headers, and still refuses what the application would not.
        let is_limited = application.is_limited(path, response);
        if self.doubtful.is_none() && (is_limited || application.may_be_of_another(path, response)) {
            self.doubtful = Some(Doubtful {
                status: response.status,
                after: self.exchanges - 1,
            });
        }
        if is_limited {
            self.limited = Some(Limited {
                retry_after: retry_after(response),
            });
        }
    }

    fn adapted(&self, outgoing: &Outgoing) -> Outgoing {
        let mut adapted = outgoing.clone();
        for header in self.limits.headers.list() {
            // A header of the user replaces what every browser sends, and one without a value only removes it, as with curl.
            let is_of_browsers = browser_headers::NAMES
                .iter()
                .any(|n| header.name.eq_ignore_ascii_case(n));
            if header.value.is_empty() || is_of_browsers {
                adapted.headers.delete(&header.name);
            }
            if !header.value.is_empty() {
                adapted.headers.push(header.name.clone(), header.value.clone());
            }
        }
        adapted
    }

    fn failure(&mut self, error: ExchangeError) -> FailedExchange {
        let (sent, received) = self.reset();
        FailedExchange {
            error: error.into(),
            sent,
            received,
        }
    }

    /// Sends a request twice and returns the first answer, with the difference of the second one if there is any.
    pub(super) async fn send_twice(
        &mut self,
        outgoing: &Outgoing,
    ) -> Result<(Reply, Option<Unstable>), FailedExchange> {
        let first = self.send(outgoing).await?;
        if self.limits.once {
            return Ok((first, None));
        }
        let second = self.send(outgoing).await?;
        let unstable = summary(&first.response)
            .difference(&summary(&second.response))
            .map(|what| Unstable {
                what,
                sent: second.sent,
                received: second.received,
            });
        Ok((first, unstable))
    }

    /// Returns the answer to a plain request from that origin. The request is sent once and its answer kept.
    pub(super) async fn send_plain(
        &mut self,
        wire: &WireRequest,
        origin: Option<&[u8]>,
    ) -> Result<Reasked, FailedExchange> {
        let key = key(wire, origin);
        if let Some(known) = self.plain_answers.get(&key) {
            return Ok(known.clone());
        }
        let mut outgoing = Outgoing::of(wire, self.host());
        outgoing.headers = HeaderList::new();
        outgoing.headers.push(&b"Accept"[..], &b"*/*"[..]);
        if let Some(origin) = origin {
            outgoing.headers.push(&b"Origin"[..], origin.to_vec());
        }
        outgoing.body.clear();
        let reply = self.send(&outgoing.of_a_browser(false)).await?;
        let reasked = Reasked::new(origin, &wire.method, reply);
        self.plain_answers.insert(key, reasked.clone());
        Ok(reasked)
    }

    /// Returns the answer to a preflight with these headers. The preflight is sent once and its answer kept.
    pub(super) async fn preflight(
        &mut self,
        wire: &WireRequest,
        headers: &HeaderList,
    ) -> Result<Arc<KeptReply>, FailedExchange> {
        let mut outgoing = Outgoing::of(wire, self.host());
        outgoing.headers = headers.clone();
        let mut lines = Vec::new();
        for header in headers {
            for part in [&header.name[..], b": ", &header.value[..], b"\n"] {
                lines.extend_from_slice(part);
            }
        }
        let key = (outgoing.target.clone(), lines);
        if let Some(known) = self.preflights.get(&key) {
            return Ok(Arc::clone(known));
        }
        let reply = Arc::new(KeptReply::from(self.send(&outgoing.of_a_browser(true)).await?));
        self.preflights.insert(key, Arc::clone(&reply));
        Ok(reply)
    }
}
