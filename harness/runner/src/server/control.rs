//! Control requests: whether the server is still itself, or something in front of it answers in its place.

use super::listener::Listener;
use crate::net::Outgoing;
use crosscheck_corpus::{Policy, probes};
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_judge::Reply;
use std::time::Duration;
use tokio::time::timeout;
use url::Position;

/// A plain GET that the application answers: by a listed origin, and without an Origin header.
#[derive(Debug)]
pub(super) struct Control {
    requests: Vec<Plain>,
    limit: Duration,
}

/// One of the requests.
#[derive(Debug)]
struct Plain {
    outgoing: Outgoing,
    /// The status of the first answer, if it was of the application.
    first: Option<u16>,
}

/// What the control requests showed.
#[derive(Debug)]
pub(super) enum ControlResult {
    /// The application answers.
    Itself,
    /// Something else answers in its place.
    Other(Box<Reply>),
    /// Nothing answers.
    Silent,
}

impl Control {
    /// Sends the requests for the first time. Without a policy, or if it lists no origin, the only request is the one without an Origin
    /// header.
    pub(super) async fn open(
        listener: &mut Listener,
        at: &Target,
        policy: Option<&Policy>,
        limit: Duration,
    ) -> (Self, ControlResult) {
        let listed = policy.and_then(|p| probes::samples(&p.origins).into_iter().find(|o| o != "null"));
        let requests = listed
            .map(Some)
            .into_iter()
            .chain([None])
            .map(|origin| Plain {
                outgoing: at.plain(origin.as_deref(), listener.host()),
                first: None,
            })
            .collect();
        let mut control = Self { requests, limit };
        let result = control.first(listener).await;
        (control, result)
    }

    async fn first(&mut self, listener: &mut Listener) -> ControlResult {
        let application = listener.limits.application;
        let mut other = None;
        for plain in &mut self.requests {
            let reply = match send(listener, plain, self.limit).await {
                Sent::Answered(reply) => reply,
                Sent::Failed => continue,
                Sent::Hung => return ControlResult::Silent,
            };
            let path = plain.outgoing.target.split('?').next().unwrap_or_default();
            if application.may_be_of_another(path, &reply.response) {
                other = other.or(Some(reply));
            } else {
                plain.first = Some(reply.response.status);
            }
        }
        match other {
            _ if self.requests.iter().any(|plain| plain.first.is_some()) => ControlResult::Itself,
            Some(reply) => ControlResult::Other(reply),
            None => ControlResult::Silent,
        }
    }

    /// Sends them again. The server is itself if it answers one of the requests as it did at first.
    pub(super) async fn again(&mut self, listener: &mut Listener) -> ControlResult {
        if self.requests.iter().all(|plain| plain.first.is_none()) {
            return self.first(listener).await;
        }
        let mut other = None;
        for plain in self.requests.iter().filter(|plain| plain.first.is_some()) {
            match send(listener, plain, self.limit).await {
                Sent::Answered(reply) if Some(reply.response.status) == plain.first => return ControlResult::Itself,
                Sent::Answered(reply) => other = other.or(Some(reply)),
                Sent::Failed => {}
                Sent::Hung => return ControlResult::Silent,
            }
        }
        other.map_or(ControlResult::Silent, ControlResult::Other)
    }
}

/// What came of a control request.
enum Sent {
    Answered(Box<Reply>),
    Failed,
    /// No answer came in time. Another request would take as long.
    Hung,
}

async fn send(listener: &mut Listener, plain: &Plain, limit: Duration) -> Sent {
    match timeout(limit, listener.send(&plain.outgoing)).await {
        Ok(Ok(reply)) => Sent::Answered(Box::new(reply)),
        Ok(Err(_)) => Sent::Failed,
        Err(_) => {
            listener.reset();
            Sent::Hung
        }
    }
}

/// What the control requests ask for.
#[derive(Debug)]
pub(super) struct Target {
    host: String,
    target: String,
}

impl Target {
    /// The root of an application of the contract.
    pub(super) fn of_the_contract() -> Self {
        Self {
            host: "api.example".to_owned(),
            target: "/".to_owned(),
        }
    }

    /// The URL that is probed.
    pub(super) fn of(url: &Url) -> Self {
        Self {
            host: url[Position::BeforeHost..Position::AfterPort].to_owned(),
            target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        }
    }

    pub(super) fn plain(&self, origin: Option<&str>, host: Option<&str>) -> Outgoing {
        let mut headers = HeaderList::new();
        headers.push(&b"Accept"[..], &b"*/*"[..]);
        if let Some(origin) = origin {
            headers.push(&b"Origin"[..], origin.as_bytes().to_vec());
        }
        self.outgoing(b"GET", headers, host).of_a_browser(false)
    }

    /// A preflight of a page, for a request with a method and the names of headers as they are in one line.
    pub(super) fn preflight(&self, origin: &str, method: &str, names: &str, host: Option<&str>) -> Outgoing {
        let mut headers = HeaderList::new();
        headers.push(&b"Accept"[..], &b"*/*"[..]);
        headers.push(&b"Access-Control-Request-Method"[..], method.as_bytes().to_vec());
        if !names.is_empty() {
            headers.push(&b"Access-Control-Request-Headers"[..], names.as_bytes().to_vec());
        }
        headers.push(&b"Origin"[..], origin.as_bytes().to_vec());
        self.outgoing(b"OPTIONS", headers, host).of_a_browser(true)
    }

    fn outgoing(&self, method: &[u8], headers: HeaderList, host: Option<&str>) -> Outgoing {
        Outgoing {
            method: method.to_vec(),
            target: self.target.clone(),
            host: host.unwrap_or(&self.host).to_owned(),
            headers,
            body: Vec::new(),
        }
    }
}
