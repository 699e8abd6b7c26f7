//! A case: the request of a page, the answers of the servers, the outcome that the page must get.

use crate::expect::Expect;
use crate::location::Location;
use crate::policy::{Mode, Policy};
use crate::words::{FailKind, Level, Need, OpaqueKind, Phase};
use crosscheck_fetch::{ByteString, HeaderList, Init, InitBody, Leniency, Origin, Page};
use crosscheck_text::{CaseId, StepId};
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// A case, its rows expanded and its file's defaults merged.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id; permanent.
    pub id: CaseId,
    /// A statement of what it shows.
    pub title: String,
    /// Catalogue ids that hold here and matter: those of the file, then its own.
    pub steps: Vec<StepId>,
    /// Catalogue ids whose condition is just not met.
    pub not_steps: Box<[StepId]>,
    /// Free words to select by.
    pub tags: Box<[String]>,
    /// Links to related reports and specifications.
    pub see: Box<[String]>,
    /// An explanation for the reader.
    pub note: Option<String>,
    /// What a subject must offer, what shows in the case itself included. The cases of a file share equal sets.
    pub needs: Arc<BTreeSet<Need>>,
    /// Where it comes from.
    pub source: CaseSource,
    /// What is sent.
    pub kind: CaseKind,
}

/// Where a case comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseSource {
    /// A person wrote it, at this place.
    Written(Location),
    /// A program derived it from a policy, for servers only.
    Probe,
}

/// What a case sends.
#[derive(Clone, Debug)]
pub enum CaseKind {
    /// Pages of one browser fetch, one after the other.
    Pages(Pages),
    /// A request that no browser would send, for servers only.
    Raw(Box<RawRequest>),
}

/// The fetches of a case.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The cookie jar before the first fetch.
    pub cookies: Vec<SeedCookie>,
    /// The case's own fetch, then those of `then`.
    pub fetches: Fetches,
    /// What the case has for servers; without it the case is for clients only.
    pub server: Option<Box<ServerSide>>,
}

/// How a server is configured for the fetches of a case, and judged.
#[derive(Clone, Debug)]
pub struct ServerSide {
    /// The policy that the server is configured with.
    pub policy: PolicyRef,
    /// What the server must show beyond the outcome.
    pub assertions: Vec<ServerAssertion>,
    /// Whether the fetches pass through one simulated shared cache on the way to the server.
    pub shared_cache: bool,
    /// Whether only preflights are sent: the case is about them, and ends before the actual request.
    pub preflight_only: bool,
}

/// A request that no browser would send, and the server that gets it.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The request.
    pub send: Send,
    /// The policy that the server is configured with.
    pub policy: PolicyRef,
    /// What the server must show.
    pub assertions: Vec<ServerAssertion>,
}

impl Case {
    /// The fetches of pages; none if the case has a raw request.
    #[must_use]
    pub fn fetches(&self) -> &[FetchSpec] {
        match &self.kind {
            CaseKind::Pages(pages) => &pages.fetches,
            CaseKind::Raw(_) => &[],
        }
    }

    /// Like [`Self::fetches`], to change them.
    pub fn fetches_mut(&mut self) -> &mut [FetchSpec] {
        match &mut self.kind {
            CaseKind::Pages(pages) => &mut pages.fetches,
            CaseKind::Raw(_) => &mut [],
        }
    }

    /// The raw request, if the case has one in place of fetches.
    #[must_use]
    pub const fn send(&self) -> Option<&Send> {
        match &self.kind {
            CaseKind::Pages(_) => None,
            CaseKind::Raw(raw) => Some(&raw.send),
        }
    }

    /// The cookie jar before the first fetch.
    #[must_use]
    pub fn cookies(&self) -> &[SeedCookie] {
        match &self.kind {
            CaseKind::Pages(pages) => &pages.cookies,
            CaseKind::Raw(_) => &[],
        }
    }

    /// The policy that a server is configured with; without one the case is for clients only.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyRef> {
        match &self.kind {
            CaseKind::Pages(pages) => pages.server.as_ref().map(|server| &server.policy),
            CaseKind::Raw(raw) => Some(&raw.policy),
        }
    }

    /// Like [`Self::policy`], to change it.
    pub fn policy_mut(&mut self) -> Option<&mut PolicyRef> {
        match &mut self.kind {
            CaseKind::Pages(pages) => pages.server.as_mut().map(|server| &mut server.policy),
            CaseKind::Raw(raw) => Some(&mut raw.policy),
        }
    }

    /// What a server must show beyond the outcome.
    #[must_use]
    pub fn assertions(&self) -> &[ServerAssertion] {
        match &self.kind {
            CaseKind::Pages(pages) => pages.server.as_ref().map_or(&[], |server| &server.assertions),
            CaseKind::Raw(raw) => &raw.assertions,
        }
    }

    /// Whether the fetches pass through one simulated shared cache on the way to a server.
    #[must_use]
    pub fn has_shared_cache(&self) -> bool {
        match &self.kind {
            CaseKind::Pages(pages) => pages.server.as_ref().is_some_and(|server| server.shared_cache),
            CaseKind::Raw(_) => false,
        }
    }

    /// Whether only preflights are sent to a server.
    #[must_use]
    pub fn is_preflight_only(&self) -> bool {
        match &self.kind {
            CaseKind::Pages(pages) => pages.server.as_ref().is_some_and(|server| server.preflight_only),
            CaseKind::Raw(_) => false,
        }
    }

    /// Where the case is written; `None` for a probe.
    #[must_use]
    pub const fn at(&self) -> Option<&Location> {
        match &self.source {
            CaseSource::Written(at) => Some(at),
            CaseSource::Probe => None,
        }
    }

    /// Whether a program derived the case from a policy.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        matches!(self.source, CaseSource::Probe)
    }

    /// Whether the case runs on clients and on the model.
    #[must_use]
    pub const fn for_clients(&self) -> bool {
        matches!(self.kind, CaseKind::Pages(_)) && !self.is_probe()
    }

    /// Whether the case runs on servers.
    #[must_use]
    pub fn for_servers(&self) -> bool {
        self.policy().is_some()
    }

    /// The mode of the case, where it names one in place of a policy.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        match self.policy() {
            Some(PolicyRef::Mode(mode)) => Some(*mode),
            _ => None,
        }
    }
}

/// One fetch or several.
#[derive(Clone, Debug)]
pub struct Fetches(Vec<FetchSpec>);

impl Fetches {
    /// The fetches in order; `None` if there is none.
    #[must_use]
    pub fn new(fetches: Vec<FetchSpec>) -> Option<Self> {
        (!fetches.is_empty()).then_some(Self(fetches))
    }
}

impl std::ops::Deref for Fetches {
    type Target = [FetchSpec];

    fn deref(&self) -> &[FetchSpec] {
        &self.0
    }
}

impl std::ops::DerefMut for Fetches {
    fn deref_mut(&mut self) -> &mut [FetchSpec] {
        &mut self.0
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
    /// No policy: the library in one of its own modes.
    Mode(Mode),
    /// Written in the case.
    Inline(Box<Policy>),
}

impl PolicyRef {
    /// The id under which a subject gets the policy: the name, or the id of the case that writes it.
    #[must_use]
    pub fn id<'a>(&'a self, case: &'a Case) -> &'a str {
        match self {
            Self::Inline(_) => case.id.as_str(),
            Self::Named(_) | Self::Mode(_) => self.name().unwrap_or_default(),
        }
    }

    /// The name of the file or of the mode.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Mode(mode) => Some(mode.as_str()),
            Self::Inline(_) => None,
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
    /// The page's origin; opaque origins keep their kind. The cases of a file share it, as well as the page.
    pub origin: Arc<PageOrigin>,
    /// The page.
    pub page: Arc<Page>,
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
    pub url: Option<Box<Url>>,
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
