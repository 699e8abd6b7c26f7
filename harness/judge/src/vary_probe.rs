//! Plain requests to one URL by several requesters, which show what depends on the requester.

use crate::observation::{KeptReply, Reply};
use crate::storable::is_storable;
use crosscheck_fetch::{CredentialsMode, HeaderList, Vary, WireRequest, WireResponse, cors_check, trim_tab_space};
use std::sync::Arc;
use url::Position;

/// Method, URL, origin.
pub type Key = (Vec<u8>, String, Option<Vec<u8>>);

/// Identifies a plain request of a requester: what an answer may depend on.
#[must_use]
pub fn key(wire: &WireRequest, origin: Option<&[u8]>) -> Key {
    let url = wire.url[Position::BeforePath..Position::AfterQuery].to_owned();
    (wire.method.to_vec(), url, origin.map(<[u8]>::to_vec))
}

/// The parts of an answer that are compared: the status, whether the handler ran, the Access-Control lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    status: u16,
    hit: bool,
    /// Sorted; the items of lists are sorted too, since their order has no meaning.
    lines: Vec<(String, Vec<Vec<u8>>)>,
}

/// Summarizes an answer for comparison.
#[must_use]
pub fn summary(response: &WireResponse) -> Answered {
    let mut lines: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for header in &response.headers {
        let Some(name) = header.name.get(..15) else { continue };
        if !name.eq_ignore_ascii_case(b"access-control-") {
            continue;
        }
        let name = String::from_utf8_lossy(&header.name).to_ascii_lowercase();
        let is_list = matches!(
            name.as_str(),
            "access-control-allow-methods" | "access-control-allow-headers" | "access-control-expose-headers"
        );
        let value = if is_list {
            let mut items: Vec<Vec<u8>> = header
                .value
                .split(|b| *b == b',')
                .map(|i| trim_tab_space(i).to_vec())
                .collect();
            items.sort_unstable();
            items
        } else {
            vec![trim_tab_space(&header.value).to_vec()]
        };
        lines.push((name, value));
    }
    lines.sort_unstable();
    Answered {
        status: response.status,
        hit: response.headers.contains(b"x-hit"),
        lines,
    }
}

impl Answered {
    /// How two answers differ, in words.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("the status is {}, then {}", self.status, other.status));
        }
        self.cors_difference(other)
    }

    /// How two answers differ in what decides who may read them; the status does not count.
    #[must_use]
    pub fn cors_difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        if self.hit != other.hit {
            return Some("the handler runs for one and not for the other".to_owned());
        }
        let only = |a: &Self, b: &Self| {
            a.lines
                .iter()
                .find(|l| !b.lines.contains(l))
                .map(|(name, _)| name.clone())
        };
        let name = only(self, other).or_else(|| only(other, self))?;
        Some(format!("{name} differs"))
    }

    /// The header that differs, for the cause.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Option<&str> {
        let only = |a: &'_ Self, b: &Self| a.lines.iter().position(|l| !b.lines.contains(l));
        match only(self, other) {
            Some(i) => self.lines.get(i).map(|(n, _)| n.as_str()),
            None => None,
        }
    }
}

/// The answer to one requester.
#[derive(Clone, Debug)]
pub struct Reasked {
    /// The requester's origin; `None` sent no Origin header.
    pub origin: Option<Arc<[u8]>>,
    /// What is compared.
    pub answered: Answered,
    /// Whether a cache may store it.
    pub storable: bool,
    /// Whether its Vary names Origin.
    pub varies: bool,
    /// The wire.
    pub reply: Arc<KeptReply>,
}

impl Reasked {
    /// Records the answer to a requester.
    #[must_use]
    pub fn new(origin: Option<&[u8]>, method: &[u8], reply: Reply) -> Self {
        Self {
            origin: origin.map(Arc::from),
            answered: summary(&reply.response),
            storable: is_storable(method, &reply.response),
            varies: Vary::of(&reply.response.headers).covers(b"origin"),
            reply: Arc::new(reply.into()),
        }
    }

    /// The requester, in words.
    #[must_use]
    pub fn requester(&self) -> String {
        self.origin
            .as_ref()
            .map_or_else(|| "a request without Origin".to_owned(), |o| crosscheck_text::escape(o))
    }

    /// Whether a page of that origin reads an answer with these headers, without credentials.
    #[must_use]
    pub fn reads(&self, headers: &HeaderList) -> bool {
        self.origin
            .as_ref()
            .and_then(|o| std::str::from_utf8(o).ok())
            .is_some_and(|origin| cors_check(origin, CredentialsMode::Omit, headers).is_success())
    }
}
