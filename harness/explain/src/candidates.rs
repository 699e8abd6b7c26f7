//! Candidates for a fix: edits of the answer at which the fetch failed. They may be more than needed; the search drops the others.

use super::change::{Change, Edit, text};
use super::recorded::{Exchanged, FetchRun, RecordedFetches};
use crosscheck_fetch::{
    Answer, Event, Extracted, HeaderList, HttpFetchReason, MainFetchReason, NetworkReason, Reason, RedirectRefusal,
    ResponseReason, Url, WireRequest, WireResponse, extract_header_list_values, is_ok_status, is_token, trim_tab_space,
};

/// A preflight's list with more names than this is one edit, instead of one edit per name.
const MOST_PARTS: usize = 32;

const ACAO: &str = "Access-Control-Allow-Origin";
const ACAC: &str = "Access-Control-Allow-Credentials";
const ACAM: &str = "Access-Control-Allow-Methods";
const ACAH: &str = "Access-Control-Allow-Headers";

/// Alternatives, each with several changes; or why there is none.
type Alternatives = Result<Vec<Vec<Change>>, String>;

/// The alternatives that might fix the fault at which the last fetch ended, the most likely one first.
///
/// # Errors
/// The reason why there is none.
pub(super) fn alternatives(recorded: &RecordedFetches, runs: &[FetchRun]) -> Alternatives {
    let Some((run, earlier)) = runs.split_last() else {
        return Err("there is no fetch".to_owned());
    };
    if let Err(error) = &run.outcome {
        return Err(format!(
            "the API throws a TypeError before anything is sent: {error}; change the call"
        ));
    }
    let Some(event) = run.trace.deciding() else {
        return Err("the model gives no reason".to_owned());
    };
    let fault = Fault {
        recorded,
        fetch: earlier.len(),
        run,
        event,
    };
    if fault.is_of_the_cache() {
        return fault.stored(earlier);
    }
    match &event.reason {
        Reason::Request(_) => Err(fault.why()),
        Reason::MainFetch(reason) => fault.of_main_fetch(reason),
        Reason::Preflight(_) => fault.last(preflight),
        Reason::HttpFetch(reason) => fault.of_http_fetch(reason),
        Reason::Network(reason) => fault.of_network(reason),
        Reason::Response(reason) => fault.of_response(reason),
    }
}

struct Fault<'a> {
    recorded: &'a RecordedFetches,
    fetch: usize,
    run: &'a FetchRun,
    event: &'a Event,
}

impl Fault<'_> {
    fn of_main_fetch(&self, reason: &MainFetchReason) -> Alternatives {
        match reason {
            MainFetchReason::BadPort { .. }
            | MainFetchReason::MixedContent { .. }
            | MainFetchReason::CrossOriginInSameOriginMode { .. }
            | MainFetchReason::RedirectModeInNoCors { .. }
            | MainFetchReason::NotHttp { .. }
            | MainFetchReason::SchemeNotFetched { .. }
            | MainFetchReason::BadDataUrl => self.location(),
            MainFetchReason::TaintingBasic { .. }
            | MainFetchReason::TaintingOpaque { .. }
            | MainFetchReason::PreflightNeeded { .. }
            | MainFetchReason::NoPreflightNeeded { .. }
            | MainFetchReason::LocalResponse { .. }
            | MainFetchReason::PreflightCacheCleared { .. }
            | MainFetchReason::TypeErrorWithoutDetails => Err(self.why()),
        }
    }

    fn of_http_fetch(&self, reason: &HttpFetchReason) -> Alternatives {
        match reason {
            HttpFetchReason::CorsCheck(_) => self.last(|e, r| Some(vec![check(e, r)])),
            HttpFetchReason::CorpBlocks { .. } => {
                self.last(|_, r| Some(vec![vec![set(r, "Cross-Origin-Resource-Policy", "cross-origin")]]))
            }
            HttpFetchReason::RedirectModeError { .. } | HttpFetchReason::RedirectModeManual { .. } => self.status(200),
            HttpFetchReason::BadLocation { .. } | HttpFetchReason::RedirectRefused { .. } => self.location(),
            _ => Err(self.why()),
        }
    }

    fn of_network(&self, reason: &NetworkReason) -> Alternatives {
        match reason {
            NetworkReason::SwitchingProtocols | NetworkReason::ProxyAuthentication => self.status(200),
            NetworkReason::NulInValue | NetworkReason::ConnectionFailed => self.last(|_, r| Some(vec![network(r)])),
            _ => Err(self.why()),
        }
    }

    fn of_response(&self, reason: &ResponseReason) -> Alternatives {
        match reason {
            ResponseReason::HandshakeStatus { .. } => self.status(101),
            ResponseReason::ScriptStatus { .. } => self.status(200),
            ResponseReason::ScriptType { .. } => {
                self.last(|_, r| Some(vec![vec![set(r, "Content-Type", "text/javascript")]]))
            }
            _ => Err(self.why()),
        }
    }

    /// Changes the status of the last answer.
    fn status(&self, status: u16) -> Alternatives {
        self.last(|_, _| Some(vec![vec![Edit::Status { status }]]))
    }

    /// The event as a sentence, and what to do if no response helps.
    fn why(&self) -> String {
        let advice = match &self.event.reason {
            Reason::MainFetch(MainFetchReason::CrossOriginInSameOriginMode { .. }) => {
                "use mode cors, or request the page's own origin"
            }
            Reason::MainFetch(MainFetchReason::RedirectModeInNoCors { .. }) => "use redirect mode follow, or mode cors",
            Reason::MainFetch(MainFetchReason::BadPort { .. }) => "serve on a port that browsers do not block",
            Reason::MainFetch(MainFetchReason::NotHttp { .. }) => "use an http or https URL",
            Reason::MainFetch(MainFetchReason::MixedContent { .. }) => "serve over https",
            Reason::Network(NetworkReason::StreamOverHttp1) => "send a body that is not a stream, or serve HTTP/2",
            Reason::Network(NetworkReason::OnlyIfCached) => "use another cache mode, or fetch the URL before",
            Reason::Response(ResponseReason::Integrity(_)) => "use mode cors with a hash of the body that is sent",
            _ => "change the request",
        };
        format!(
            "{}: {}; no response can change that: {advice}",
            self.event.algorithm, self.event.reason
        )
    }

    fn changes(&self, fetch: usize, exchange: usize, alternatives: Vec<Vec<Edit>>) -> Vec<Vec<Change>> {
        let change = |edit| Change { fetch, exchange, edit };
        let parts = |edits: Vec<Edit>| edits.into_iter().map(change).collect();
        alternatives.into_iter().map(parts).collect()
    }

    /// Edits the last answer; `edits` returns `None` if there is no edit.
    fn last(&self, edits: impl FnOnce(&WireRequest, Option<&WireResponse>) -> Option<Vec<Vec<Edit>>>) -> Alternatives {
        let (exchange, Exchanged { request, answer }) = self
            .run
            .exchanges
            .iter()
            .enumerate()
            .next_back()
            .ok_or_else(|| self.why())?;
        let response = match answer {
            Some(Answer::Response(response)) => Some(response),
            _ => None,
        };
        let found = edits(request, response).ok_or_else(|| self.why())?;
        Ok(self.changes(self.fetch, exchange, found))
    }

    /// Whether the failing answer came from the HTTP cache: the event names the exchange that was not made.
    fn is_of_the_cache(&self) -> bool {
        let checked = matches!(
            self.event.reason,
            Reason::HttpFetch(HttpFetchReason::CorsCheck(_) | HttpFetchReason::CorpBlocks { .. })
        );
        let reused = |e: &&Event| e.reason == Reason::Network(NetworkReason::FromHttpCache);
        let event = self.run.trace.events.iter().rev().find(reused);
        checked && event.is_some_and(|e| e.exchange == Some(self.run.exchanges.len()))
    }

    /// Adds `Vary: Origin` to the answer that was stored: without it, the stored response was reused for another origin.
    fn stored(&self, earlier: &[FetchRun]) -> Alternatives {
        let url = self
            .recorded
            .fetches
            .get(self.fetch)
            .and_then(|f| Url::parse(&f.init.url).ok());
        let hops = self.run.exchanges.iter().rev().filter_map(redirect_target);
        let urls: Vec<Url> = hops.chain(url).collect();
        for (fetch, run) in earlier.iter().enumerate().rev() {
            for (exchange, seen) in run.exchanges.iter().enumerate().rev() {
                let same = urls
                    .iter()
                    .any(|u| without_fragment(u) == without_fragment(&seen.request.url));
                if same && *seen.request.method == *b"GET" && matches!(seen.answer, Some(Answer::Response(_))) {
                    let vary = Edit::Add {
                        name: "Vary".to_owned(),
                        items: vec!["Origin".to_owned()],
                    };
                    let corp =
                        matches!(self.event.reason, Reason::HttpFetch(HttpFetchReason::CorpBlocks { .. })).then(|| {
                            Edit::Set {
                                name: "Cross-Origin-Resource-Policy".to_owned(),
                                value: "cross-origin".to_owned(),
                                lines: 1,
                            }
                        });
                    return Ok(self.changes(fetch, exchange, vec![vec![corp.unwrap_or(vary)]]));
                }
            }
        }
        Err(format!(
            "{}; the response came from the HTTP cache, and the input does not have the exchange that stored it",
            self.event.reason
        ))
    }

    /// Changes the redirect whose target the browser refuses.
    fn location(&self) -> Alternatives {
        let limit = matches!(
            self.event.reason,
            Reason::HttpFetch(HttpFetchReason::RedirectRefused {
                by: RedirectRefusal::Limit,
                ..
            })
        );
        let mixed = matches!(
            self.event.reason,
            Reason::MainFetch(MainFetchReason::MixedContent { .. })
        );
        self.last(|request, response| {
            let response = response?;
            let lines: Vec<&[u8]> = response.headers.get_all(b"location").collect();
            let mut found = Vec::new();
            if limit {
                found.push(vec![Edit::Status { status: 200 }]);
            }
            let targets: Vec<Url> = lines.iter().filter_map(|l| request.url.join(&text(l)).ok()).collect();
            if lines.len() > 1
                && let Some(first) = targets.first()
            {
                found.push(vec![set(Some(response), "Location", first.as_str())]);
            }
            for target in targets {
                found.extend(cleaned(&target, mixed).map(|url| vec![set(Some(response), "Location", url.as_str())]));
            }
            if !lines.is_empty() {
                found.push(vec![Edit::Delete {
                    name: "Location".to_owned(),
                }]);
            }
            (!found.is_empty()).then_some(found)
        })
    }
}

/// The target without username and password, or over https; `None` if that changes nothing.
fn cleaned(target: &Url, mixed: bool) -> Option<Url> {
    let mut url = target.clone();
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    if mixed {
        url.set_scheme("https").ok()?;
    }
    (url != *target).then_some(url)
}

fn redirect_target(exchanged: &Exchanged) -> Option<Url> {
    let Some(Answer::Response(response)) = &exchanged.answer else {
        return None;
    };
    let location = response.headers.get(b"location")?;
    exchanged.request.url.join(&text(&location)).ok()
}

fn without_fragment(url: &Url) -> &str {
    url.as_str().split('#').next().unwrap_or_default()
}

fn set(response: Option<&WireResponse>, name: &str, value: &str) -> Edit {
    Edit::Set {
        name: name.to_owned(),
        value: value.to_owned(),
        lines: response.map_or(0, |r| r.headers.get_all(name.as_bytes()).count()),
    }
}

/// Edits with which the CORS check passes: the request's origin, and credentials.
fn check(request: &WireRequest, response: Option<&WireResponse>) -> Vec<Edit> {
    let origin = request
        .headers
        .get(b"origin")
        .map_or_else(|| "null".to_owned(), |o| text(&o));
    vec![set(response, ACAO, &origin), set(response, ACAC, "true")]
}

/// Edits with which the preflight passes.
fn preflight(request: &WireRequest, response: Option<&WireResponse>) -> Option<Vec<Vec<Edit>>> {
    let mut edits = match response {
        None => vec![Edit::Answer { status: 204 }],
        Some(r) if !is_ok_status(r.status) => vec![Edit::Status { status: 204 }],
        Some(_) => Vec::new(),
    };
    edits.extend(check(request, response));
    let none = HeaderList::new();
    let headers = response.map_or(&none, |r| &r.headers);
    let requested = |name: &[u8]| request.headers.get(name).unwrap_or_default().into_owned();
    let method = requested(b"access-control-request-method");
    edits.extend(list(headers, ACAM, vec![text(&method)], |a, b| a == b));
    let names = requested(b"access-control-request-headers");
    let names = names
        .split(|b| *b == b',')
        .filter(|n| !n.is_empty())
        .map(text)
        .collect();
    edits.extend(list(headers, ACAH, names, str::eq_ignore_ascii_case));
    Some(vec![edits])
}

/// Edits with which the list parses and has the items.
fn list(headers: &HeaderList, name: &str, items: Vec<String>, same: impl Fn(&str, &str) -> bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    let listed: Vec<String> = match extract_header_list_values(name.as_bytes(), headers) {
        Extracted::Null => Vec::new(),
        Extracted::Values(values) => values.into_iter().map(text).collect(),
        Extracted::Failure => {
            let lines = headers.get_all(name.as_bytes()).collect::<Vec<_>>();
            let tokens = lines.iter().flat_map(|l| l.split(|b| *b == b',')).map(trim_tab_space);
            let good: Vec<String> = tokens.filter(|t| is_token(t)).map(text).collect();
            edits.push(if good.is_empty() {
                Edit::Delete { name: name.to_owned() }
            } else {
                Edit::Set {
                    name: name.to_owned(),
                    value: good.join(", "),
                    lines: lines.len(),
                }
            });
            good
        }
    };
    let missing: Vec<String> = items
        .into_iter()
        .filter(|i| !listed.iter().any(|l| same(l, i)))
        .collect();
    let add = |items| Edit::Add {
        name: name.to_owned(),
        items,
    };
    if missing.len() > MOST_PARTS {
        edits.push(add(missing));
    } else {
        edits.extend(missing.into_iter().map(|i| add(vec![i])));
    }
    edits
}

/// Edits with which there is an answer, and it is HTTP.
fn network(response: Option<&WireResponse>) -> Vec<Edit> {
    let Some(response) = response else {
        return vec![Edit::Answer { status: 200 }];
    };
    let bad = response.headers.iter().filter(|h| h.value.contains(&0));
    let mut edits: Vec<Edit> = bad.map(|h| Edit::Delete { name: text(&h.name) }).collect();
    edits.dedup();
    edits
}
