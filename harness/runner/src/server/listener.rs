//! One listener of a subject: serial requests, each asked twice.

use super::browse::Broke;
use crate::net::{Client, ExchangeError, Limits, Outgoing, Tls};
use crosscheck_fetch::{HeaderList, WireRequest};
use crosscheck_judge::{Key, Reasked, Reply, Unstable, key, summary};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What may go out, and how fast. Without limits for a subject of our own, with them for a stranger's server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// Another Host header than the case's.
    pub(crate) host: Option<String>,
    /// Headers on every request.
    pub(crate) headers: HeaderList,
    /// Only GET, HEAD and OPTIONS go out.
    pub(crate) safe_methods_only: bool,
    /// The least time between two requests.
    pub(crate) pause: Option<Duration>,
    /// Each request is asked once.
    pub(crate) once: bool,
    /// Over TLS.
    pub(crate) tls: Option<Tls>,
}

/// A listener and its connection.
#[derive(Debug)]
pub(crate) struct Listener {
    client: Client,
    pub(super) manners: Manners,
    last: Option<Instant>,
    pub(super) reasked: HashMap<Key, Reasked>,
    /// Answers to preflights, by URL and headers.
    preflights: HashMap<(String, Vec<u8>), Arc<Reply>>,
    /// How many exchanges there were.
    pub(crate) exchanges: usize,
}

impl Listener {
    pub(crate) fn new(address: SocketAddr, manners: Manners) -> Self {
        Self {
            client: Client::new(address, Limits::default()).with_tls(manners.tls.clone()),
            manners,
            last: None,
            reasked: HashMap::new(),
            preflights: HashMap::new(),
            exchanges: 0,
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.client.address()
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.manners.host.as_deref()
    }

    /// Whether a request must not go out.
    pub(super) fn stops_before(&self, wire: &WireRequest) -> bool {
        self.manners.safe_methods_only && !matches!(&*wire.method, b"GET" | b"HEAD" | b"OPTIONS")
    }

    /// Drops the connection after an exchange that did not end, and gives what crossed the wire.
    pub(super) fn reset(&mut self) -> (Vec<u8>, Vec<u8>) {
        let remains = self.client.remains();
        self.client.reset();
        remains
    }

    /// Asks once.
    pub(super) async fn ask(&mut self, outgoing: &Outgoing) -> Result<Reply, Broke> {
        if let Some(pause) = self.manners.pause {
            if let Some(last) = self.last {
                sleep_until(last + pause).await;
            }
            self.last = Some(Instant::now());
        }
        self.exchanges += 1;
        let adapted;
        let outgoing = if self.manners.headers.is_empty() {
            outgoing
        } else {
            adapted = self.adapted(outgoing);
            &adapted
        };
        match self.client.exchange(outgoing).await {
            Ok(reply) => Ok(reply),
            Err(error) => Err(self.broke(error)),
        }
    }

    fn adapted(&self, outgoing: &Outgoing) -> Outgoing {
        let mut adapted = outgoing.clone();
        for header in &self.manners.headers {
            adapted.headers.push(header.name.clone(), header.value.clone());
        }
        adapted
    }

    fn broke(&mut self, error: ExchangeError) -> Broke {
        let (sent, received) = self.reset();
        Broke {
            error: error.into(),
            sent,
            received,
        }
    }

    /// Asks twice; the first answer counts.
    pub(super) async fn ask_twice(&mut self, outgoing: &Outgoing) -> Result<(Reply, Option<Unstable>), Broke> {
        let first = self.ask(outgoing).await?;
        if self.manners.once {
            return Ok((first, None));
        }
        let second = self.ask(outgoing).await?;
        let unstable = summary(&first.response)
            .difference(&summary(&second.response))
            .map(|what| Unstable {
                what,
                sent: second.sent,
                received: second.received,
            });
        Ok((first, unstable))
    }

    /// The answer to a plain request of that origin, asked for once and kept.
    pub(super) async fn reask(&mut self, wire: &WireRequest, origin: Option<&[u8]>) -> Result<Reasked, Broke> {
        let key = key(wire, origin);
        if let Some(known) = self.reasked.get(&key) {
            return Ok(known.clone());
        }
        let mut outgoing = Outgoing::of(wire, self.host());
        outgoing.headers = HeaderList::new();
        outgoing.headers.push(&b"Accept"[..], &b"*/*"[..]);
        if let Some(origin) = origin {
            outgoing.headers.push(&b"Origin"[..], origin.to_vec());
        }
        outgoing.body.clear();
        let reply = self.ask(&outgoing).await?;
        let reasked = Reasked::new(origin, &wire.method, reply);
        self.reasked.insert(key, reasked.clone());
        Ok(reasked)
    }

    /// The answer to a preflight with these headers, asked for once and kept.
    pub(super) async fn preflight(&mut self, wire: &WireRequest, headers: &HeaderList) -> Result<Arc<Reply>, Broke> {
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
        let reply = Arc::new(self.ask(&outgoing).await?);
        self.preflights.insert(key, Arc::clone(&reply));
        Ok(reply)
    }
}
