//! A server that implements every policy correctly on every path. A flaw changes one of its lines.

use super::application::application;
pub(crate) use super::flaws::{CHOICES, Flaw};
use super::in_front::InFront;
use bytes::Bytes;
use crosscheck_corpus::Policy;
use crosscheck_corpus::policy::{Anchoring, Names, Origins, Predicate, SAFELISTED_METHODS};
use crosscheck_fetch::is_token;
use crosscheck_runner::subject::{Configurations, InProcess, PolicySupport, Starting};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;

pub(crate) struct Mini(pub(crate) Flaw);

impl InProcess for Mini {
    fn start<'a>(&'a self, policies: &'a Configurations) -> Starting<'a> {
        Box::pin(async move {
            let mut listeners = BTreeMap::new();
            for (id, policy) in policies {
                let policy = policy.policy();
                let risky = policy.is_some_and(Policy::risky);
                if self.0 == Flaw::RefusesPolicies || (self.0 == Flaw::RefusesRiskyPolicies && risky) {
                    listeners.insert(id.clone(), PolicySupport::Refused("no".to_owned()));
                    continue;
                }
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                listeners.insert(id.clone(), PolicySupport::Ready(listener.local_addr()?));
                let server = Arc::new(Server {
                    policy: policy.cloned().unwrap_or_else(|| by_default(self.0)),
                    // A choice applies to policies only. Without a policy, it would break the rule `default-grant`.
                    flaw: if policy.is_none() && CHOICES.contains(&self.0) {
                        Flaw::None
                    } else {
                        self.0
                    },
                    requests: AtomicUsize::new(0),
                    is_banned: AtomicBool::new(false),
                    kept: OnceLock::new(),
                });
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        let server = Arc::clone(&server);
                        tokio::spawn(async move {
                            let _ = stream.set_nodelay(true);
                            let service = service_fn(move |request| {
                                let server = Arc::clone(&server);
                                async move {
                                    let answer = server.answer(&request);
                                    answer.map(|a| server.compressed(&request, a)).ok_or("dies")
                                }
                            });
                            let _ = Builder::new()
                                .max_headers(2000)
                                .serve_connection(TokioIo::new(stream), service)
                                .await;
                        });
                    }
                });
            }
            Ok(listeners.into())
        })
    }
}

/// Returns the policy of a library that is used without options.
fn by_default(flaw: Flaw) -> Policy {
    match flaw {
        Flaw::ReflectsByDefault => Policy::of(Origins::Predicate(Predicate::Always)),
        Flaw::ReflectsByDefaultWithCredentials => Policy {
            credentials: true.into(),
            ..Policy::of(Origins::Predicate(Predicate::Always))
        },
        _ => Policy::of(Origins::Any),
    }
}

pub(super) struct Server {
    policy: Policy,
    pub(super) flaw: Flaw,
    requests: AtomicUsize,
    pub(super) is_banned: AtomicBool,
    /// The origin that is written into all answers.
    kept: OnceLock<String>,
}

/// Returns whether an origin has that host, with any scheme and port.
fn is_host_of(host: &str, origin: &str) -> bool {
    let bare = |text: &str| {
        text.rsplit("://")
            .next()
            .and_then(|t| t.split(':').next())
            .map(str::to_owned)
    };
    bare(host) == bare(origin)
}

pub(super) fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
}

impl Server {
    /// Answers a request. `None` ends the connection.
    #[expect(clippy::too_many_lines, reason = "one server, of which each flaw changes a line")]
    fn answer(&self, request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        let flaw = self.flaw;
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        match self.in_front(request, number) {
            InFront::Application => {}
            InFront::Answers(status) => return Some(empty(status)),
            InFront::EndsTheConnection => return None,
        }
        let path = request.uri().path();
        let by_get = flaw == Flaw::AppliesRoutesToGetOnly && request.method() != Method::GET;
        let asked =
            one(request.headers(), "access-control-request-method").filter(|_| request.method() == Method::OPTIONS);
        let asked = asked.unwrap_or(request.method().as_str());
        let policy = if flaw == Flaw::OnePolicyForAllRoutes || by_get {
            Some(&self.policy)
        } else if flaw == Flaw::IgnoresTheMethodsOfRoutes {
            let first = self.policy.routes.iter().find(|r| r.path == path);
            first.map_or(Some(&self.policy), |route| route.policy.as_ref())
        } else if flaw == Flaw::IgnoresTheCaseOfRoutes {
            self.policy.at(&path.to_ascii_lowercase(), asked)
        } else {
            self.policy.at(path, asked)
        };
        let received = request.headers();
        let origin = one(received, "origin");
        let is_preflight = request.method() == Method::OPTIONS
            && (flaw == Flaw::EveryOptionsIsAPreflight
                || (received.contains_key("origin") && received.contains_key("access-control-request-method")));
        if flaw == Flaw::FailsUnderRiskyPolicies && self.policy.risky() {
            return Some(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        if let (Flaw::OfPreflights(flaw), Some(policy), true) = (flaw, policy, is_preflight)
            && let Some(response) = flaw.answer(policy, path, received)
        {
            return Some(response);
        }
        if flaw == Flaw::DiesOnPut && request.method() == Method::PUT {
            return None;
        }
        if flaw == Flaw::SlowOnLongOrigins {
            // Each KiB of the origin doubles the time.
            let steps = 500_000_u64 << origin.map_or(0, |o| o.len() >> 10).min(8);
            let _ = (0..steps).map(std::hint::black_box).max();
        }
        if flaw == Flaw::ExitsOnPut && request.method() == Method::PUT {
            std::process::exit(7);
        }
        let mut response = match (policy, is_preflight) {
            (Some(_), true) if flaw == Flaw::LoginBeforePreflights => empty(StatusCode::UNAUTHORIZED),
            (Some(_), true) if flaw == Flaw::RedirectsPreflights => empty(StatusCode::FOUND),
            (Some(_), true) if flaw == Flaw::ForbidsEveryPreflight => return Some(empty(StatusCode::FORBIDDEN)),
            (Some(p), false) if flaw == Flaw::RefusesItsOwnPages && origin.is_some_and(|o| !p.origins.allow(o)) => {
                empty(StatusCode::FORBIDDEN)
            }
            (Some(p), false) if flaw == Flaw::BlocksForeignRequests && origin.is_some_and(|o| !p.origins.allow(o)) => {
                empty(StatusCode::FORBIDDEN)
            }
            (Some(p), true) if flaw == Flaw::ForbidsForeignPreflights && origin.is_none_or(|o| !p.origins.allow(o)) => {
                empty(StatusCode::FORBIDDEN)
            }
            (Some(_), true) if flaw != Flaw::ForwardsPreflights => empty(StatusCode::NO_CONTENT),
            (Some(_), true) => forwarded(request),
            _ => application(request),
        };
        let Some(policy) = policy else { return Some(response) };
        let status = response.status();
        let searches = matches!(
            flaw,
            Flaw::SearchesExpressions | Flaw::SearchesExpressionsAndFailsForOthers
        );
        let refuses = |o: &str| matches!(flaw, Flaw::OfMatching(matching) if matching.refuses(o));
        let allowed = origin.filter(|o| {
            (policy.origins.allow(o) && !refuses(o))
                || matches!(flaw, Flaw::OfMatching(matching) if matching.allows(&policy.origins, o))
                || matches!(flaw, Flaw::Reflects | Flaw::ReflectsWithCredentials)
                || matches!(flaw, Flaw::LimitsAReflection | Flaw::BansAfterAnOddOrigin)
                || (flaw == Flaw::AllowsNull && *o == "null")
                || (flaw == Flaw::AllowsItsOwnHost && one(received, "host").is_some_and(|host| is_host_of(host, o)))
                || (flaw == Flaw::AllowsHead && request.method() == Method::HEAD)
                || (policy.origins.meant() == Some(o) && flaw != Flaw::NeverMatchesAsWritten)
                || globs_let_in(flaw, &policy.origins, o)
                || (flaw == Flaw::JoinsListedHosts && joins_listed_hosts(&policy.origins, o))
                || (searches && policy.origins.matches(o, Anchoring::Search))
                || (flaw == Flaw::FoldsCase && policy.origins.allow(&o.to_ascii_lowercase()))
        });
        if flaw == Flaw::SearchesExpressionsAndFailsForOthers && origin.is_some() && allowed.is_none() {
            return Some(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let headers = response.headers_mut();
        if let (Flaw::RedirectsByTheHostHeader, true, Some(host)) =
            (flaw, headers.contains_key("location"), one(received, "host"))
        {
            set(headers, "location", &format!("http://{host}/"));
        }
        let cookie = flaw == Flaw::ReflectsRequestsWithCookie && received.contains_key("cookie");
        let reflects = flaw == Flaw::ReflectsAnyWithoutCredentials
            && !policy.credentials.for_all()
            && origin.is_some_and(|o| !o.is_empty());
        let credentialed = origin.is_some_and(|o| policy.credentials.listed().iter().any(|listed| listed == o));
        let any = policy.origins == Origins::Any && !cookie && !reflects && !credentialed;
        // What differs from method to method, or by the requested names, is no constant.
        let is_constant = !policy.headers.has_pattern() && self.policy.routes.iter().all(|r| r.methods.is_none());
        let constant = only_origin(policy).filter(|_| flaw == Flaw::ConstantForOneOrigin && is_constant);
        let allowed = constant.or(allowed);
        let skip = (flaw == Flaw::NoCorsOnErrors && status.as_u16() >= 400)
            || (flaw == Flaw::NoCorsOnTheLogin && path == "/auth" && status == StatusCode::UNAUTHORIZED)
            || (flaw == Flaw::TwoAnswers && number % 2 == 1);
        let silent = flaw == Flaw::NoVary
            || (flaw == Flaw::VaryOnlyOnSuccess && allowed.is_none())
            || (flaw == Flaw::NoVaryOnPreflights && is_preflight)
            || matches!(flaw, Flaw::VariesByEverything | Flaw::VariesAlwaysInOneLine)
            || constant.is_some();
        match flaw {
            Flaw::VariesByEverything => set(headers, "vary", "*"),
            Flaw::VariesAlwaysInOneLine => {
                let own = headers.remove("vary");
                let own = own
                    .as_ref()
                    .and_then(|v| v.to_str().ok())
                    .map_or(String::new(), |v| format!(", {v}"));
                let all = "origin,access-control-request-method , Access-Control-Request-Headers";
                set(headers, "vary", &format!("{all}{own}"));
            }
            _ => {}
        }
        if is_preflight && !silent {
            let names = "Access-Control-Request-Method, Access-Control-Request-Headers";
            headers.append("vary", HeaderValue::from_static(names));
        }
        if let (Flaw::TakesTheClientsVary, Some(theirs)) = (flaw, received.get("vary")) {
            headers.append("vary", theirs.clone());
        }
        let is_same_for_all = policy.credentials.listed().is_empty();
        let varies =
            !any || !is_same_for_all || (flaw == Flaw::ReflectsAnyWithoutCredentials && !policy.credentials.for_all());
        if varies && !silent {
            if flaw == Flaw::LosesTheApplicationsVary {
                headers.insert("vary", HeaderValue::from_static("Origin"));
            } else {
                headers.append("vary", HeaderValue::from_static("Origin"));
            }
        }
        if skip {
            return Some(response);
        }
        if let (Flaw::KeepsTheFirstOriginWithACookie, Some(origin), true) =
            (flaw, origin.filter(|o| !o.is_empty()), received.contains_key("cookie"))
        {
            self.kept.get_or_init(|| origin.to_owned());
        }
        if let (true, Some(kept)) = (any, self.kept.get()) {
            set(headers, "access-control-allow-origin", kept);
        } else if any {
            set(headers, "access-control-allow-origin", "*");
        } else if let Some(origin) = allowed {
            set(headers, "access-control-allow-origin", origin);
        } else if let (Flaw::FirstOfTheList, Origins::List { list, .. }) = (flaw, &policy.origins)
            && let Some(first) = list.first()
        {
            set(headers, "access-control-allow-origin", first);
        }
        if flaw == Flaw::TwoOrigins && allowed.is_some() {
            headers.append(
                "access-control-allow-origin",
                HeaderValue::from_static("https://again.test"),
            );
        }
        if !any && allowed.is_none() {
            if flaw == Flaw::NamesListsWithoutAnOrigin {
                set(headers, "access-control-expose-headers", "x-two");
            }
            return Some(response);
        }
        let credentials = policy.credentials.for_all()
            || credentialed
            || matches!(
                flaw,
                Flaw::AlwaysCredentials
                    | Flaw::ReflectsWithCredentials
                    | Flaw::LimitsAReflection
                    | Flaw::BansAfterAnOddOrigin
            );
        if credentials && (!any || flaw == Flaw::CredentialsWithTheWildcard) {
            set(
                headers,
                "access-control-allow-credentials",
                if flaw == Flaw::CapitalTrue { "True" } else { "true" },
            );
        } else if flaw == Flaw::SendsFalse {
            set(headers, "access-control-allow-credentials", "false");
        }
        if !is_preflight {
            match &policy.expose {
                _ if flaw == Flaw::ForgetsExpose => {}
                Names::List(_) if flaw == Flaw::ExposesAll => {
                    set(headers, "access-control-expose-headers", "x-two, x-hit")
                }
                Names::Any => {
                    let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
                    let names = names.join(", ");
                    set(headers, "access-control-expose-headers", &names);
                }
                Names::List(names) if names.is_empty() => {}
                Names::List(names) => set(headers, "access-control-expose-headers", &names.join(", ")),
            }
        }
        if is_preflight || flaw == Flaw::MethodsOnActual {
            self.preflight(policy, received, headers);
        }
        Some(response)
    }

    fn preflight(&self, policy: &Policy, request: &HeaderMap, headers: &mut HeaderMap) {
        let flaw = self.flaw;
        let method = one(request, "access-control-request-method").filter(|m| is_token(m.as_bytes()));
        let omits = flaw == Flaw::OmitsListsThatNothingNeeds;
        match &policy.methods {
            Names::List(_) if flaw == Flaw::ForgetsListedMethods => {}
            _ if omits && method.is_some_and(|m| SAFELISTED_METHODS.contains(&m)) => {}
            Names::List(list) if flaw == Flaw::NamesOnlyWhatIsRequested => {
                let named = method.filter(|method| list.iter().any(|m| m == method));
                set(headers, "access-control-allow-methods", named.unwrap_or_default());
            }
            Names::List(list) if flaw != Flaw::AnyMethod => {
                set(headers, "access-control-allow-methods", &list.join(", "))
            }
            _ => set(headers, "access-control-allow-methods", method.unwrap_or("GET")),
        }
        let lines = request.get_all("access-control-request-headers");
        let names: Vec<&str> = lines
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .map(str::trim)
            .collect();
        let names: Vec<&str> = names.into_iter().filter(|n| is_token(n.as_bytes())).collect();
        match &policy.headers {
            _ if omits && names.is_empty() => {}
            Names::List(_) if flaw == Flaw::NamesOnlyWhatIsRequested || policy.headers.has_pattern() => {
                let stems = policy
                    .headers
                    .listed()
                    .iter()
                    .map(|entry| entry.trim_matches(['*', '-']));
                let stems: Vec<&str> = stems.collect();
                let anywhere =
                    |n: &str| flaw == Flaw::HeaderPatternAnywhere && stems.iter().any(|stem| n.contains(stem));
                let named = names
                    .into_iter()
                    .filter(|n| policy.headers.allow_header(n) || anywhere(n));
                let named: Vec<&str> = named.collect();
                set(headers, "access-control-allow-headers", &named.join(", "));
            }
            Names::List(list) if flaw != Flaw::AnyHeader => {
                set(headers, "access-control-allow-headers", &list.join(", "))
            }
            _ => set(headers, "access-control-allow-headers", &names.join(", ")),
        }
        if let Some(seconds) = policy.max_age {
            let seconds = if flaw == Flaw::DoublesMaxAge {
                seconds * 2 + 1
            } else {
                seconds
            };
            let text = if flaw == Flaw::EmptyMaxAge {
                String::new()
            } else {
                seconds.to_string()
            };
            set(headers, "access-control-max-age", &text);
        }
        let is_requested = request.contains_key("access-control-request-private-network");
        if is_requested && (policy.private_network || flaw == Flaw::PrivateNetwork) {
            set(headers, "access-control-allow-private-network", "true");
        }
    }
}

/// Returns whether an origin consists of the first labels of a listed host and a whole listed host.
/// Whether a flaw in the reading of patterns lets an origin in.
fn globs_let_in(flaw: Flaw, origins: &Origins, origin: &str) -> bool {
    let Origins::List { glob, .. } = origins else {
        return false;
    };
    let star = match flaw {
        Flaw::GlobSpansEverything => ".*",
        Flaw::GlobDotIsAnyCharacter => "[a-z0-9-]+",
        _ => return false,
    };
    let expression = |pattern: &String| match flaw {
        Flaw::GlobDotIsAnyCharacter => pattern.replace('*', star),
        _ => pattern.replace('.', r"\.").replace('*', star),
    };
    let anchored = glob.patterns.iter().map(|p| format!("^{}$", expression(p)));
    Origins::Regex(anchored.collect()).allow(origin)
}

fn joins_listed_hosts(origins: &Origins, origin: &str) -> bool {
    let Origins::List { list, .. } = origins else {
        return false;
    };
    let hosts = || list.iter().filter_map(|o| o.strip_prefix("https://"));
    let mut heads = hosts().filter_map(|host| host.rsplit_once('.').map(|(head, _)| head));
    heads.any(|head| hosts().any(|host| origin == format!("https://{head}{host}")))
}

/// Returns the origin of a policy that lists exactly one.
fn only_origin(policy: &Policy) -> Option<&str> {
    policy.origins.single().filter(|_| policy.origins.meant().is_none())
}

/// Answers a preflight that reaches the application. The status is 200, since an error would deny the preflight.
fn forwarded(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = application(request);
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().remove("location");
    response.headers_mut().remove("access-control-allow-origin");
    response
}

/// Returns the value of a header that has one line.
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    if lines.next().is_some() {
        None
    } else {
        first.to_str().ok()
    }
}

pub(super) fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
