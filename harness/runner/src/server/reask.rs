//! Plain requests to one URL by several askers, for what depends on who asks.

use crate::net::Reply;
use crosscheck_fetch::{CredentialsMode, HeaderList, WireRequest, WireResponse, cors_check, trim_tab_space};
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Position;

/// Method, URL, origin.
pub(super) type Key = (Vec<u8>, String, Option<Vec<u8>>);

pub(super) fn key(wire: &WireRequest, origin: Option<&[u8]>) -> Key {
    let url = wire.url[Position::BeforePath..Position::AfterQuery].to_owned();
    (wire.method.to_vec(), url, origin.map(<[u8]>::to_vec))
}

/// What two answers are compared on: the status, whether the handler ran, the Access-Control lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    status: u16,
    hit: bool,
    /// Sorted; the items of lists are sorted too, since their order means nothing.
    lines: Vec<(String, Vec<Vec<u8>>)>,
}

pub(crate) fn summary(response: &WireResponse) -> Answered {
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
    /// In what two answers differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.status != other.status {
            return Some(format!("the status is {}, then {}", self.status, other.status));
        }
        self.cors_difference(other)
    }

    /// In what two answers differ that matters to who may read, the status apart.
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

/// The answer to one asker.
#[derive(Clone, Debug)]
pub struct Reasked {
    /// Who asked; `None` sent no Origin.
    pub origin: Option<Arc<[u8]>>,
    /// What is compared.
    pub answered: Answered,
    /// Whether a cache may store it.
    pub storable: bool,
    /// Whether its Vary names Origin.
    pub varies: bool,
    /// The wire.
    pub reply: Arc<Reply>,
}

impl Reasked {
    pub(super) fn new(origin: Option<&[u8]>, method: &[u8], reply: Reply) -> Self {
        Self {
            origin: origin.map(Arc::from),
            answered: summary(&reply.response),
            storable: is_storable(method, &reply.response),
            varies: varies_by(&reply.response.headers, b"origin"),
            reply: Arc::new(reply),
        }
    }

    /// Who asked, in words.
    #[must_use]
    pub fn who(&self) -> String {
        self.origin
            .as_ref()
            .map_or_else(|| "a request without Origin".to_owned(), |o| crate::record::cut(o, 200))
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

/// Whether Vary names a header, or is `*`.
#[must_use]
pub(crate) fn varies_by(headers: &HeaderList, name: &[u8]) -> bool {
    vary_names(headers)
        .iter()
        .any(|n| n.as_slice() == b"*" || n.eq_ignore_ascii_case(name))
}

/// The names in Vary, lower-case.
#[must_use]
pub(crate) fn vary_names(headers: &HeaderList) -> BTreeSet<Vec<u8>> {
    let items = headers.get_all(b"vary").flat_map(|line| line.split(|b| *b == b','));
    items
        .map(|i| trim_tab_space(i).to_ascii_lowercase())
        .filter(|i| !i.is_empty())
        .collect()
}

/// The value of a Cache-Control directive; empty for one without a value.
#[must_use]
pub(crate) fn directive(headers: &HeaderList, name: &str) -> Option<String> {
    let value = headers.get(b"cache-control")?;
    let text = String::from_utf8_lossy(&value).to_ascii_lowercase();
    text.split(',').find_map(|item| {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Whether a shared cache may store an answer: GET or HEAD, a status that is cacheable or explicit freshness, nothing against it.
pub(crate) fn is_storable(method: &[u8], response: &WireResponse) -> bool {
    let headers = &response.headers;
    let explicit = directive(headers, "max-age")
        .or_else(|| directive(headers, "s-maxage"))
        .is_some()
        || headers.contains(b"expires");
    let status = matches!(
        response.status,
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    );
    matches!(method, b"GET" | b"HEAD")
        && (status || explicit)
        && directive(headers, "no-store").is_none()
        && directive(headers, "private").is_none()
}
