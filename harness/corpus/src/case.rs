//! A case: the request of a page, the answers of the servers, the outcome that the page must get.

use crate::location::Location;
use crate::policy::{Mode, Policy};
use crate::words::{FailKind, Level, Need, OpaqueKind, Phase};
use crosscheck_fetch::{ByteString, HeaderList, Init, InitBody, Leniency, Origin, Page, ResponseType, Site};
use std::collections::BTreeSet;
use url::Url;

/// A case, its rows expanded and its file's defaults merged.
#[derive(Clone, Debug)]
pub struct Case {
    /// `<file below the corpus>#<case>`, with `/<row>` for a row; permanent.
    pub id: String,
    /// A statement of what it shows.
    pub title: String,
    /// Catalogue ids that hold here and matter: those of the file, then its own.
    pub steps: Vec<String>,
    /// Catalogue ids whose condition is just not met.
    pub not_steps: Vec<String>,
    /// Free words to select by.
    pub tags: Vec<String>,
    /// Where it comes from.
    pub see: Vec<String>,
    /// An explanation for the reader.
    pub note: Option<String>,
    /// The page.
    pub origin: PageOrigin,
    /// The top-level site where it is not the page's own.
    pub top_level: Option<Site>,
    /// The cookie jar before the first fetch.
    pub cookies: Vec<SeedCookie>,
    /// The policy that a server is configured with; without one the case is for clients only.
    pub policy: Option<PolicyRef>,
    /// Bytes that no browser would send; then [`Self::fetches`] is empty.
    pub send: Option<Send>,
    /// What a server must show beyond the outcome.
    pub server: Vec<ServerAssertion>,
    /// Whether the fetches pass through one simulated shared cache on the way to a server.
    pub shared_cache: bool,
    /// What a subject must offer, what shows in the case itself included.
    pub needs: BTreeSet<Need>,
    /// The case's own fetch, then those of `then`.
    pub fetches: Vec<FetchSpec>,
    /// Derived from a policy by program, for servers only.
    pub probe: bool,
    /// Where it is written.
    pub at: Location,
}

impl Case {
    /// Whether the case runs on clients and on the model.
    #[must_use]
    pub const fn for_clients(&self) -> bool {
        self.send.is_none() && !self.probe
    }

    /// Whether the case runs on servers.
    #[must_use]
    pub const fn for_servers(&self) -> bool {
        self.policy.is_some()
    }

    /// The mode of the case, where it names one in place of a policy.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        match &self.policy {
            Some(PolicyRef::Named(name)) => Mode::named(name),
            _ => None,
        }
    }

    /// The file's part of the id.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.split_once('#').map_or(self.id.as_str(), |(topic, _)| topic)
    }
}

/// The origin of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOrigin {
    /// A tuple origin.
    Tuple(Origin),
    /// An origin that serializes to `null`.
    Opaque(OpaqueKind),
}

impl PageOrigin {
    /// The origin as the model takes it.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Tuple(origin) => origin.clone(),
            Self::Opaque(_) => Origin::Opaque,
        }
    }

    /// What makes it opaque.
    #[must_use]
    pub const fn opaque(&self) -> Option<OpaqueKind> {
        match self {
            Self::Tuple(_) => None,
            Self::Opaque(kind) => Some(*kind),
        }
    }
}

/// A cookie in the jar before the first fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedCookie {
    /// The URL whose answer set it.
    pub url: Url,
    /// The value of that answer's `Set-Cookie`.
    pub set: ByteString,
}

/// The policy of a case.
#[derive(Clone, Debug)]
pub enum PolicyRef {
    /// A file under `policies/`.
    Named(String),
    /// Written in the case.
    Inline(Box<Policy>),
}

impl PolicyRef {
    /// The id under which a subject gets the policy: the name, or the id of the case that writes it.
    #[must_use]
    pub fn id<'a>(&'a self, case: &'a Case) -> &'a str {
        match self {
            Self::Named(name) => name,
            Self::Inline(_) => &case.id,
        }
    }
}

/// A request that no browser would send.
#[derive(Clone, Debug)]
pub struct Send {
    /// The method.
    pub method: ByteString,
    /// The URL, absolute.
    pub url: Url,
    /// The headers, in order.
    pub headers: HeaderList,
    /// The body.
    pub body: Vec<u8>,
}

/// What a server must show beyond the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAssertion {
    /// How much it weighs.
    pub level: Level,
    /// Which answer it looks at.
    pub at: Phase,
    /// Names that `Vary` must list.
    pub vary: Vec<String>,
    /// Headers that must be there.
    pub present: Vec<String>,
    /// Headers that must not.
    pub absent: Vec<String>,
    /// The status.
    pub status: Option<StatusPattern>,
}

/// A status, or a class of them such as `2xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// The hundreds.
    Class(u16),
    /// That status.
    Exactly(u16),
}

impl StatusPattern {
    /// Whether a status matches.
    #[must_use]
    pub const fn matches(self, status: u16) -> bool {
        match self {
            Self::Class(hundreds) => status / 100 == hundreds,
            Self::Exactly(exactly) => status == exactly,
        }
    }
}

impl std::fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Class(hundreds) => write!(f, "{hundreds}xx"),
            Self::Exactly(status) => write!(f, "{status}"),
        }
    }
}

/// One fetch of a case.
#[derive(Clone, Debug)]
pub struct FetchSpec {
    /// Seconds that pass before it, since the fetch before.
    pub after: u64,
    /// The page's origin; opaque origins keep their kind.
    pub origin: PageOrigin,
    /// The page.
    pub page: Page,
    /// The request of the page.
    pub request: Init,
    /// The wire, in order.
    pub exchange: Vec<Exchange>,
    /// The outcome by the standard.
    pub expect: Expect,
    /// What the standard permits besides.
    pub also_allowed: Vec<AlsoAllowed>,
}

impl FetchSpec {
    /// Whether a wire is one that carries the stream that is the request's body, which HTTP/1.1 does not: it shows more than
    /// the preflight.
    #[must_use]
    pub fn is_over_http2(&self, exchange: &[Exchange]) -> bool {
        let foreign = Url::parse(&self.request.url).is_ok_and(|url| !self.page.origin.same_origin_with_url(&url));
        let is_actual = |(i, entry): (usize, &Exchange)| match entry.request.as_ref().and_then(|r| r.method.as_deref())
        {
            Some(method) => *method != *b"OPTIONS",
            None => i > 0 || !foreign,
        };
        matches!(self.request.body, Some(InitBody::Stream(_))) && exchange.iter().enumerate().any(is_actual)
    }
}

/// A request that must come, and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What must be seen; `None` matches any request.
    pub request: Option<RequestMatch>,
    /// The answer.
    pub response: CaseResponse,
    /// The leniency by which the exchange comes; by the letter of the standard it does not.
    pub optional: Option<Leniency>,
}

/// What must be seen of a request. What is not stated is free.
#[derive(Clone, Debug, Default)]
pub struct RequestMatch {
    /// The method, byte for byte.
    pub method: Option<ByteString>,
    /// The URL, compared parsed and without fragment.
    pub url: Option<Url>,
    /// Headers that must be there, same-named lines joined by `, `.
    pub headers: Vec<(ByteString, HeaderMatch)>,
    /// Headers that must not.
    pub absent: Vec<ByteString>,
    /// The body.
    pub body: Option<BodyMatch>,
}

/// What a header must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderMatch {
    /// Exactly this value.
    Is(ByteString),
    /// There, with whatever value.
    Any,
    /// There, with another value.
    Not(ByteString),
}

/// What a body must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyMatch {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A `multipart/form-data` body with these fields, whatever the boundary.
    Form(Vec<(String, String)>),
}

/// An answer as a case writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseResponse {
    /// Status, headers, body.
    Parts {
        /// The status.
        status: u16,
        /// The reason phrase; empty if absent.
        status_text: ByteString,
        /// The headers as written, in order.
        headers: HeaderList,
        /// The body.
        body: Vec<u8>,
    },
    /// The bytes on the wire, after which the connection closes.
    Raw(Vec<u8>),
    /// No answer.
    Fail(FailKind),
}

/// An outcome. What is not stated is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// The API refuses the request: nothing reaches the wire.
    pub throws: bool,
    /// The type of the response.
    pub response_type: Option<ResponseType>,
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub status_text: Option<ByteString>,
    /// Headers that the page sees, with their values.
    pub readable: Vec<(ByteString, ByteString)>,
    /// Headers that the page must not see.
    pub hidden: Vec<ByteString>,
    /// Whether the response was redirected.
    pub redirected: Option<bool>,
    /// The response's URL.
    pub url: Option<String>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The step that decided an error; checked on the model.
    pub decided_by: Option<String>,
}

/// What the standard permits besides.
#[derive(Clone, Debug)]
pub struct AlsoAllowed {
    /// The freedom that permits it.
    pub leniency: Leniency,
    /// Why.
    pub reason: String,
    /// The wire, where it differs.
    pub exchange: Option<Vec<Exchange>>,
    /// The outcome, where it differs.
    pub expect: Option<Expect>,
}
