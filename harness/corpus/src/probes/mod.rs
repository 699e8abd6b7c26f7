//! Cases derived from a policy by program: what it lists must work, what it does not list must not.
//!
//! Each generator is a family of faults that repeats across languages. The ids are permanent: a slug names the request, never
//! at which place in a list.

mod alphabet;
mod grants;
mod meant;
mod modes;
mod origins;
mod own;
mod paths;
mod preflights;
mod sequence;
mod slow;
mod visited;

pub use modes::derive_mode;
pub use origins::{look_alikes, samples};
pub use sequence::is_after_all;
pub use slow::{SIZES, growing, grown};
pub use visited::visit_case;

use crate::case::{
    Case, CaseKind, CaseSource, FetchSpec, Fetches, PageOrigin, Pages, PolicyRef, RawRequest, SeedCookie, Send,
    ServerSide,
};
use crate::expect::Expect;
use crate::expected::{Expected, Facet, PolicyQuery};
use crate::needs;
use crate::policy::{Mode as PolicyMode, Origins, Policy, SAFELISTED_METHODS};
use crate::words::{Need, OpaqueKind};
use crosscheck_fetch::{ByteString, CredentialsMode, HeaderList, Init, Mode, Origin, Page, ResponseType, Via};
use crosscheck_text::CaseId;
use origins::Requester;
use std::collections::HashSet;
use std::sync::Arc;
use url::{Position, Url};

/// The cases that a policy implies, sorted by id.
#[must_use]
pub fn derive(policy_id: &str, policy: &Policy) -> Vec<Case> {
    all(Probes::new(policy_id, policy))
}

/// The cases that a policy implies for a server whose paths are its own: only the URL that is given and the paths of the
/// policy's routes are requested, and nothing that only our own application could answer. `own` is the origin that a page of the server
/// itself has, by the scheme over which the server is reached.
#[must_use]
pub fn derive_at(policy_id: &str, policy: &Policy, url: &Url, own: &str) -> Vec<Case> {
    let mut probes = Probes::new(policy_id, policy);
    probes.server = url.origin().ascii_serialization();
    own.clone_into(&mut probes.own);
    probes.requesters = origins::requesters(policy, &probes.server);
    probes.url = Some(url);
    let mut cases = all(probes);
    // The CPU time of a remote server cannot be measured.
    let is_local = |case: &Case| matches!(case.id.generated(), Some(("plain-options" | "slow", _)));
    cases.retain(|case| !is_local(case));
    cases
}

fn all(mut probes: Probes<'_>) -> Vec<Case> {
    if let Some(meant) = probes.policy.origins.meant() {
        meant::derive(&mut probes, meant);
        return probes.cases;
    }
    grants::derive(&mut probes);
    paths::derive(&mut probes);
    preflights::derive(&mut probes);
    own::derive(&mut probes);
    sequence::derive(&mut probes);
    alphabet::derive(&mut probes);
    slow::derive(&mut probes);
    let mut cases = probes.cases;
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

/// What the generators share.
struct Probes<'p> {
    id: &'p str,
    policy: &'p Policy,
    /// The mode that the cases are of, in place of the policy.
    mode: Option<PolicyMode>,
    /// The server's own origin, which no policy of ours lists.
    server: String,
    /// The origin of a page of the server itself: over http, since a listener of a subject has no TLS.
    own: String,
    /// The URL used for `/` where the paths are not those of our application.
    url: Option<&'p Url>,
    /// The requesters: allowed origins first, then the others.
    requesters: Vec<Requester>,
    taken: HashSet<CaseId>,
    cases: Vec<Case>,
}

/// One request of a page, as the generators write it.
#[derive(Clone, Default)]
struct ProbeRequest<'a> {
    path: &'a str,
    method: Option<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
    include: bool,
    after: u64,
    /// Whether only the preflight is sent, and one precedes the request whatever it is.
    preflight_only: bool,
    /// Whether the URL is of the server's own origin, as a page of the server itself sees it.
    own: bool,
}

impl<'a> ProbeRequest<'a> {
    fn get(path: &'a str) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    fn method(mut self, method: &'a str) -> Self {
        self.method = Some(method);
        self
    }

    fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    const fn include(mut self, include: bool) -> Self {
        self.include = include;
        self
    }

    const fn preflight_only(mut self) -> Self {
        self.preflight_only = true;
        self
    }
}

impl<'p> Probes<'p> {
    fn new(id: &'p str, policy: &'p Policy) -> Self {
        let mut probes = Self::without_requesters(id, policy);
        probes.requesters = origins::requesters(policy, &probes.server);
        probes
    }

    fn without_requesters(id: &'p str, policy: &'p Policy) -> Self {
        const SERVERS: [&str; 3] = ["https://api.example", "https://server.example", "https://listener.test"];
        // With `any` nothing is foreign, the server's own origin included; it is no probe all the same.
        let listed = |s: &&&str| !matches!(policy.origins, Origins::Any) && policy.origins.facet(s) != Facet::MustNot;
        let server = SERVERS.iter().find(|s| !listed(s)).copied().unwrap_or(SERVERS[0]);
        Self {
            id,
            policy,
            mode: None,
            server: server.to_owned(),
            own: server.replacen("https://", "http://", 1),
            url: None,
            requesters: Vec::new(),
            taken: HashSet::new(),
            cases: Vec::new(),
        }
    }

    /// The URL of a path; none where a server whose paths are its own does not have it.
    fn url(&self, path: &str) -> Option<String> {
        match self.url {
            None => Some(format!("{}{path}", self.server)),
            Some(url) if path == "/" => Some(url.as_str().to_owned()),
            Some(_) => {
                let routed = self.policy.routes.iter().any(|r| r.path == path);
                routed.then(|| format!("{}{path}", self.server))
            }
        }
    }

    /// An origin that the policy lets in.
    fn allowed(&self) -> Option<String> {
        self.requesters
            .iter()
            .find(|a| self.policy.origins.allow(&a.origin) && a.origin != "null")
            .map(|a| a.origin.clone())
    }

    /// Origins that the policy lets in, two at the most.
    fn allowed_two(&self) -> Vec<String> {
        let allowed = self.requesters.iter().filter(|a| self.policy.origins.allow(&a.origin));
        allowed.map(|a| a.origin.clone()).take(2).collect()
    }

    /// An origin that the policy does not allow.
    fn foreign(&self) -> Option<String> {
        self.requesters
            .iter()
            .find(|a| self.policy.origins.facet(&a.origin) == Facet::MustNot && a.origin != "null")
            .map(|a| a.origin.clone())
    }

    /// Adds a case of one request.
    fn page(&mut self, generator: &str, slug: &str, title: String, origin: &str, request: &ProbeRequest<'_>) {
        self.pages(generator, slug, title, &[(origin, request.clone())]);
    }

    /// Adds a case of several requests, each by its own page.
    fn pages(&mut self, generator: &str, slug: &str, title: String, requests: &[(&str, ProbeRequest<'_>)]) {
        // Of the known length: there are thousands of probes, and a list that grows has room for four.
        let mut fetches = Vec::with_capacity(requests.len());
        for (origin, request) in requests {
            let Some(fetch) = self.fetch(origin, request) else {
                return;
            };
            fetches.push(fetch);
        }
        let Some(fetches) = Fetches::new(fetches) else {
            return;
        };
        let preflight_only = requests.iter().all(|(_, request)| request.preflight_only);
        let kind = CaseKind::Pages(Pages {
            cookies: self.jar(&fetches),
            fetches,
            server: Some(Box::new(ServerSide {
                policy: self.policy_ref(),
                assertions: Vec::new(),
                shared_cache: generator == "cache",
                preflight_only,
            })),
        });
        self.add(generator, slug, title, kind);
    }

    /// Adds a request that no browser would send.
    fn send(
        &mut self,
        generator: &str,
        slug: &str,
        title: String,
        path: &str,
        method: &str,
        headers: &[(&str, &[u8])],
    ) {
        let Some(url) = self.url(path).and_then(|url| Url::parse(&url).ok()) else {
            return;
        };
        let headers: HeaderList = headers
            .iter()
            .map(|(n, v)| (n.as_bytes().to_vec(), v.to_vec()))
            .collect();
        let send = Send {
            method: method.as_bytes().to_vec().into(),
            url,
            headers,
            body: Vec::new(),
        };
        let kind = CaseKind::Raw(Box::new(RawRequest {
            send,
            policy: self.policy_ref(),
            assertions: Vec::new(),
        }));
        self.add(generator, slug, title, kind);
    }

    fn policy_ref(&self) -> PolicyRef {
        self.mode
            .map_or_else(|| PolicyRef::Named(self.id.to_owned()), PolicyRef::Mode)
    }

    fn add(&mut self, generator: &str, slug: &str, title: String, kind: CaseKind) {
        let id = CaseId::probe(self.id, generator, slug);
        if !self.taken.insert(id.clone()) {
            return;
        }
        let mut case = Case {
            id,
            title,
            steps: Vec::new(),
            not_steps: Box::default(),
            tags: Box::new(["probe".to_owned()]),
            see: Box::default(),
            note: None,
            needs: Arc::default(),
            source: CaseSource::Probe,
            kind,
        };
        needs::derive(&mut case);
        // The listener speaks http as behind a TLS proxy, and the model plays the page.
        Arc::make_mut(&mut case.needs).retain(|need| *need == Need::RawBytes);
        self.cases.push(case);
    }

    /// The cookies of a credentialed request: some servers allow any request with a cookie.
    fn jar(&self, fetches: &[FetchSpec]) -> Vec<SeedCookie> {
        let credentialed = |f: &FetchSpec| f.request.credentials == Some(CredentialsMode::Include);
        // A cookie that other sites may send must be Secure, and in the case our listener is behind TLS.
        let url = fetches.iter().find(|f| credentialed(f)).map(|f| f.request.url.as_str());
        let url = url
            .and_then(|url| Url::parse(url).ok())
            .filter(|u| u.scheme() == "https");
        let seed = |url| SeedCookie {
            url,
            set: bytes("c=1; Path=/; Secure; SameSite=None"),
        };
        url.map(seed).into_iter().collect()
    }

    fn fetch(&self, origin: &str, request: &ProbeRequest<'_>) -> Option<FetchSpec> {
        let parsed = Origin::parse_serialized(origin).ok()?;
        let origin = match &parsed {
            Origin::Opaque => PageOrigin::Opaque(OpaqueKind::Sandbox),
            tuple @ Origin::Tuple { .. } => PageOrigin::Tuple(tuple.clone()),
        };
        let mut url = self.url(request.path)?;
        if request.own {
            let path = Url::parse(&url).ok()?[Position::BeforePath..].to_owned();
            url = format!("{}{path}", self.own);
        }
        let mut init = Init::new(url);
        init.mode = Some(Mode::Cors);
        init.method = request.method.map(bytes);
        init.credentials = request.include.then_some(CredentialsMode::Include);
        init.headers = request.headers.iter().map(|(n, v)| (bytes(n), bytes(v))).collect();
        // Without an unsafe method and header, it takes a listener of uploads to get a preflight.
        init.upload_listener = request.preflight_only && !needs_preflight(request);
        if init.upload_listener {
            init.via = Via::Xhr;
        }
        let mut fetch = FetchSpec {
            after: request.after,
            origin: Arc::new(origin),
            page: Arc::new(Page::new(parsed)),
            request: init,
            exchange: Vec::new(),
            expect: Expect::of_type(None),
            also_allowed: Vec::new(),
        };
        if request.preflight_only {
            return self.is_judged(&fetch).then_some(fetch);
        }
        let expected = PolicyQuery::by(&fetch).map(|query| Expected::of(self.policy, &query));
        fetch.expect = Expect::of_type(expected.and_then(|e| match e.read {
            Facet::Must => Some(ResponseType::Cors),
            Facet::MustNot => Some(ResponseType::Error),
            Facet::Unspecified => None,
        }));
        Some(fetch)
    }

    /// Whether the policy says anything about the preflight of a request.
    fn is_judged(&self, fetch: &FetchSpec) -> bool {
        PolicyQuery::by(fetch).is_some_and(|query| {
            query.needs_preflight() && Expected::of(self.policy, &query).preflight != Facet::Unspecified
        })
    }
}

/// Whether method or headers alone require a preflight. The headers of probes have values that are not safelisted.
fn needs_preflight(request: &ProbeRequest<'_>) -> bool {
    let method = request.method.unwrap_or("GET");
    !request.headers.is_empty() || !SAFELISTED_METHODS.contains(&method)
}

fn bytes(text: &str) -> ByteString {
    text.as_bytes().to_vec().into()
}

/// A text for an id: letters, digits, dots and underscores stay, the rest becomes one dash.
fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => out.push(c),
            _ if out.is_empty() || out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}
