//! The state of every case: the next fetch of a client, the responses to its requests, the reported outcomes. It does no I/O and
//! reads no clock; the caller passes the time in.

use super::outcome::Reported;
use super::page::PageKey;
use super::relocate;
use super::scheduling::SchedulingClass;
use crosscheck_corpus::wire::refusal;
use crosscheck_corpus::{Case, CaseResponse, FetchSpec, Need};
use crosscheck_fetch::{HeaderList, Outcome, Url};
use crosscheck_judge::client::{Observed, ObservedFetch, alternatives, answer};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The maximum number of requests of one fetch; the connections of further requests are closed.
const MAX_REQUESTS: usize = 64;

/// A received request; its URL still has the prefix of the case.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) method: Vec<u8>,
    pub(super) url: Url,
    pub(super) headers: HeaderList,
    pub(super) body: Vec<u8>,
    /// The bytes of the head.
    pub(super) head: Vec<u8>,
}

/// The response of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Sends these bytes, and then closes the connection if `close` is set.
    Bytes { bytes: Vec<u8>, close: bool },
    /// Sends these bytes. The connection is then no longer HTTP and ends with the first bytes of the client.
    Upgrade(Vec<u8>),
    /// Resets the connection.
    Reset,
    /// Closes the connection.
    Close,
}

/// The phase of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its next fetch can be handed out.
    Waiting,
    /// A client is running its fetch.
    Running,
    /// It has ended.
    Done,
}

/// The requests and the outcome of one fetch so far.
#[derive(Debug, Default)]
struct FetchProgress {
    requests: Vec<Observed>,
    /// Whether the connection of the last request ended without a response. HTTP allows a client to retry, and some clients do.
    failed: bool,
    ended: Option<(Reported, Outcome)>,
}

/// A case and its progress.
#[derive(Debug)]
struct CaseState {
    case: Arc<Case>,
    class: SchedulingClass,
    leg: usize,
    phase: Phase,
    progress: Vec<FetchProgress>,
    seeded: bool,
    /// When the previous fetch ended.
    since: Option<Instant>,
    /// Why the case ended without an outcome.
    end: Option<End>,
}

/// An end without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client crashed, hung, or sent an invalid report.
    Broke(String),
    /// The client cannot express the request.
    Unsupported(String),
}

/// A fetch for a client.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    pub(super) n: usize,
    pub(super) leg: usize,
    pub(super) wait: Duration,
    pub(super) page: PageKey,
    /// The request, relocated, with the keys of a case.
    pub(super) request: Value,
    /// The URL at which a no-cors control request gets the last response again.
    pub(super) control: Option<String>,
}

impl Handed {
    /// Renders the fetch for the self-driving page.
    pub(super) fn json(&self) -> Value {
        json!({
            "n": self.n,
            "leg": self.leg,
            "wait": u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX),
            "request": self.request,
            "control": self.control,
        })
    }
}

/// A cookie that the client stores when it visits the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    pub(super) url: String,
    pub(super) set: Vec<u8>,
}

/// A case that has ended, in the form that the judge needs.
pub(super) struct Ended<'b> {
    pub(super) case: &'b Arc<Case>,
    pub(super) fetches: Vec<ObservedFetch<'b>>,
    pub(super) end: Option<&'b End>,
    /// Every request, fetch by fetch.
    pub(super) requests: Vec<&'b [Observed]>,
}

/// All cases of a run.
#[derive(Debug, Default)]
pub(super) struct CaseQueue {
    cases: Vec<CaseState>,
    /// Cases that run one at a time, because one of them may have broken the client.
    solo: VecDeque<usize>,
    /// Requests for hosts and paths that no case has.
    pub(super) unknown_requests: Vec<String>,
    /// The number of state changes.
    pub(super) moves: u64,
}

impl CaseQueue {
    pub(super) fn new(cases: &[Arc<Case>]) -> Self {
        let cases = cases.iter().map(|case| CaseState {
            case: Arc::clone(case),
            class: SchedulingClass::of(case),
            leg: 0,
            phase: Phase::Waiting,
            progress: vec![FetchProgress::default()],
            seeded: case.cookies.is_empty(),
            since: None,
            end: None,
        });
        Self {
            cases: cases.collect(),
            ..Self::default()
        }
    }

    /// The page with the next fetches; `None` at the end.
    pub(super) fn next_page(&self) -> Option<PageKey> {
        if let Some(page) = self.solo.front().and_then(|n| self.cases.get(*n)?.page()) {
            return Some(page);
        }
        let class = self.class()?;
        self.waiting_of(class)
            .filter_map(|(_, case_state)| case_state.page())
            .min()
    }

    /// The number of fetches that a page may have in flight now, at most `most`.
    pub(super) fn concurrency(&self, most: usize) -> usize {
        self.class().map_or(most, |class| class.concurrency(most))
    }

    /// The class of the cases that run next.
    fn class(&self) -> Option<SchedulingClass> {
        if !self.solo.is_empty() {
            return Some(SchedulingClass::Travels);
        }
        let waiting = self.cases.iter().filter(|s| s.phase == Phase::Waiting);
        waiting.map(|s| s.class).min()
    }

    /// The waiting cases of a class. For `Travels` it is one case only: the one that has begun, otherwise the first.
    fn waiting_of(&self, class: SchedulingClass) -> impl Iterator<Item = (usize, &CaseState)> {
        let waiting = move |(_, case_state): &(usize, &CaseState)| {
            case_state.phase == Phase::Waiting && case_state.class == class
        };
        let one = (class == SchedulingClass::Travels).then(|| {
            let due = || self.cases.iter().enumerate().filter(waiting);
            due()
                .find(|(_, case_state)| case_state.leg > 0)
                .or_else(|| due().next())
        });
        let all = self.cases.iter().enumerate().filter(waiting);
        all.filter(move |(n, _)| one.is_none_or(|one| one.is_some_and(|(m, _)| m == *n)))
    }

    fn of(&self, page: &PageKey, most: usize) -> Vec<usize> {
        let is_here = |case_state: &CaseState| case_state.page().as_ref() == Some(page);
        if let Some(n) = self.solo.front() {
            let case_state = self.cases.get(*n);
            let is_due = case_state.is_some_and(|s| s.phase == Phase::Waiting && is_here(s));
            return is_due.then_some(*n).into_iter().collect();
        }
        let Some(class) = self.class() else {
            return Vec::new();
        };
        let here = self.waiting_of(class).filter(|(_, case_state)| is_here(case_state));
        here.map(|(n, _)| n).take(class.batch(most)).collect()
    }

    /// The cookies that must be set before that page sends its requests.
    pub(super) fn seeds(&mut self, page: &PageKey, most: usize) -> Vec<Seed> {
        let mut seeds = Vec::new();
        for n in self.of(page, most) {
            seeds.extend(self.seeds_of(n));
        }
        seeds
    }

    /// The cookies of one case, unless they are already set.
    pub(super) fn seeds_of(&mut self, n: usize) -> Vec<Seed> {
        let Some(case_state) = self.cases.get_mut(n).filter(|s| !s.seeded) else {
            return Vec::new();
        };
        case_state.seeded = true;
        let seed = |cookie: &crosscheck_corpus::SeedCookie| Seed {
            url: relocate::url(cookie.url.as_str(), n),
            set: relocate::cookie(&cookie.set, n),
        };
        case_state.case.cookies.iter().map(seed).collect()
    }

    /// Hands out the fetches of a page.
    pub(super) fn hand_out(&mut self, page: &PageKey, most: usize, now: Instant) -> Vec<Handed> {
        self.moves += 1;
        let due = self.of(page, most);
        due.into_iter().filter_map(|n| self.hand(n, now)).collect()
    }

    /// Hands out the next fetch of one case.
    pub(super) fn hand(&mut self, n: usize, now: Instant) -> Option<Handed> {
        let case_state = self.cases.get_mut(n).filter(|s| s.phase == Phase::Waiting)?;
        case_state.phase = Phase::Running;
        let spec = case_state.case.fetches.get(case_state.leg)?;
        let passed = case_state
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let control = case_state.case.needs.contains(&Need::RawBytes) && spec.request.url.starts_with("http");
        Some(Handed {
            n,
            leg: case_state.leg,
            wait: Duration::from_secs(spec.after).saturating_sub(passed),
            page: PageKey::of(spec),
            request: request(spec, n),
            control: control
                .then(|| Url::parse(&spec.request.url).ok())
                .flatten()
                .map(|u| format!("{}{}/~control", u.origin().ascii_serialization(), relocate::prefix(n))),
        })
    }

    /// Records an outcome; returns the next fetch of the case if it is on the same page.
    pub(super) fn report(&mut self, n: usize, leg: usize, reported: Reported, now: Instant) -> Option<Handed> {
        self.moves += 1;
        let case_state = self.cases.get_mut(n)?;
        if case_state.leg != leg || case_state.phase != Phase::Running {
            return None;
        }
        let page = case_state.page();
        if reported.hung {
            self.end(n, End::Broke("the page got no outcome in time".to_owned()));
            return None;
        }
        match reported.outcome(n) {
            Ok(outcome) => case_state.progress.last_mut()?.ended = Some((reported, outcome)),
            Err(error) => {
                self.end(n, End::Broke(error.to_string()));
                return None;
            }
        }
        case_state.since = Some(now);
        if leg + 1 < case_state.case.fetches.len() {
            case_state.leg += 1;
            case_state.phase = Phase::Waiting;
            case_state.progress.push(FetchProgress::default());
        } else {
            case_state.finish(None);
        }
        if self.solo.front() == Some(&n) && self.cases.get(n)?.phase == Phase::Done {
            self.solo.pop_front();
        }
        let same = self.cases.get(n)?.page() == page;
        if same { self.hand(n, now) } else { None }
    }

    /// Ends a case without an outcome.
    pub(super) fn end(&mut self, n: usize, end: End) {
        self.moves += 1;
        if let Some(case_state) = self.cases.get_mut(n).filter(|s| s.phase != Phase::Done) {
            case_state.finish(Some(end));
        }
        self.solo.retain(|s| *s != n);
    }

    /// Handles the loss of the client. Its running cases restart from the beginning, one at a time, because one of them may have
    /// ended the client. If only one case was running, it is the cause and ends as broken.
    pub(super) fn client_is_gone(&mut self, how: &str) {
        let mut running: Vec<usize> = Vec::new();
        for (n, case_state) in self.cases.iter_mut().enumerate() {
            if case_state.phase == Phase::Running {
                running.push(n);
            }
        }
        let alone = match running.as_slice() {
            // The report shows its recorded requests.
            [n] => Some(*n),
            _ => None,
        };
        for (n, case_state) in self.cases.iter_mut().enumerate() {
            // A new client has neither the cookies nor the caches of the lost one.
            if case_state.phase != Phase::Done && Some(n) != alone {
                case_state.restart();
            }
        }
        match running.as_slice() {
            [n] => self.end(*n, End::Broke(how.to_owned())),
            many => {
                for n in many {
                    if !self.solo.contains(n) {
                        self.solo.push_back(*n);
                    }
                }
            }
        }
    }

    /// A case by its number.
    pub(super) fn case(&self, n: usize) -> Option<&Arc<Case>> {
        self.cases.get(n).map(|case_state| &case_state.case)
    }

    /// The index of the fetch whose outcome is expected next; `None` once the case has ended.
    pub(super) fn due(&self, n: usize) -> Option<usize> {
        let case_state = self.cases.get(n).filter(|s| s.phase != Phase::Done)?;
        Some(case_state.leg)
    }

    /// Restarts a case; returns whether it exists.
    pub(super) fn restart(&mut self, n: usize) -> bool {
        self.moves += 1;
        self.cases.get_mut(n).map(CaseState::restart).is_some()
    }

    /// Whether all required requests of a fetch have arrived, or can no longer arrive as required.
    pub(super) fn is_complete(&self, n: usize, leg: usize) -> bool {
        let Some(case_state) = self.cases.get(n).filter(|s| s.leg == leg && s.phase == Phase::Running) else {
            return true;
        };
        let (Some(spec), Some(progress)) = (case_state.case.fetches.get(leg), case_state.progress.last()) else {
            return true;
        };
        let alternatives = alternatives(spec);
        let mut progress = alternatives.iter().map(|a| a.progress(&progress.requests));
        let mut is_lost = true;
        let is_there = progress.any(|s| {
            is_lost &= !s.unmatched.is_empty();
            s.missing.is_empty() && s.unmatched.is_empty()
        });
        is_there || is_lost
    }

    /// Responds to a request for the path of a case; `None` if there is no such case.
    pub(super) fn answer(&mut self, arrived: Arrived) -> Option<Answer> {
        self.moves += 1;
        let (n, inner) = relocate::split(arrived.url.path())?;
        let case_state = self.cases.get_mut(n)?;
        let spec = case_state.case.fetches.get(case_state.leg)?;
        let progress = case_state.progress.last_mut()?;
        if inner == "/~control" {
            return Some(control(progress));
        }
        let url = relocate::restored_url(&arrived.url);
        if progress.failed
            && progress
                .requests
                .last()
                .is_some_and(|r| r.method == arrived.method && r.url == url)
        {
            return Some(self::again(spec, &progress.requests, n));
        }
        let headers: HeaderList = arrived
            .headers
            .iter()
            .map(|h| (h.name.clone(), relocate::restored(&h.value, n)))
            .collect();
        let mut sent = relocate::restored(&arrived.head, n);
        sent.extend_from_slice(&arrived.body);
        if progress.requests.len() >= MAX_REQUESTS {
            return Some(Answer::Close);
        }
        progress.requests.push(Observed {
            method: arrived.method,
            url,
            headers,
            body: arrived.body,
            sent,
            answered: Vec::new(),
        });
        let reply = answer(spec, &progress.requests);
        let response = reply.map_or_else(refusal, |r| r.response.into_owned());
        if let CaseResponse::Fail(_) = response {
            progress.failed = true;
            return Some(failure(spec, &progress.requests));
        }
        progress.failed = false;
        let request = progress.requests.last_mut()?;
        let response = with_accept_key(response, &request.headers);
        let bytes = relocate::bytes(&response, &request.method, n, &request.url);
        request.answered = relocate::restored(&bytes, n);
        if matches!(response, CaseResponse::Parts { status: 101, .. }) {
            progress.failed = !request.headers.contains(b"sec-websocket-key");
            return Some(Answer::Upgrade(bytes));
        }
        Some(Answer::Bytes {
            close: matches!(response, CaseResponse::Raw(_)) || must_close(&response),
            bytes,
        })
    }

    /// The cases that have ended.
    pub(super) fn done(&self) -> Vec<usize> {
        let done = self.cases.iter().enumerate().filter(|(_, s)| s.phase == Phase::Done);
        done.map(|(n, _)| n).collect()
    }

    /// The waiting cases. While cases must run alone, it is the first of them only.
    pub(super) fn waiting(&self) -> Vec<usize> {
        if let Some(n) = self.solo.front() {
            return vec![*n];
        }
        let waiting = self.cases.iter().enumerate().filter(|(_, s)| s.phase == Phase::Waiting);
        waiting.map(|(n, _)| n).collect()
    }

    /// Whether a client is running fetches.
    pub(super) fn is_in_hand(&self) -> bool {
        self.cases.iter().any(|s| s.phase == Phase::Running)
    }

    /// Whether all cases have ended.
    pub(super) fn is_done(&self) -> bool {
        self.cases.iter().all(|s| s.phase == Phase::Done)
    }

    /// The number of ended cases and the number of all cases.
    pub(super) fn count(&self) -> (usize, usize) {
        let done = self.cases.iter().filter(|s| s.phase == Phase::Done).count();
        (done, self.cases.len())
    }

    /// The recorded data of a case that has ended.
    pub(super) fn ended(&self, n: usize) -> Option<Ended<'_>> {
        let case_state = self.cases.get(n).filter(|s| s.phase == Phase::Done)?;
        let fetches = case_state
            .case
            .fetches
            .iter()
            .zip(&case_state.progress)
            .filter_map(|(spec, progress)| {
                let (reported, outcome) = progress.ended.as_ref()?;
                Some(ObservedFetch {
                    spec,
                    requests: &progress.requests,
                    outcome,
                    error_name: &reported.name,
                    control: reported.control,
                })
            });
        Some(Ended {
            case: &case_state.case,
            fetches: fetches.collect(),
            end: case_state.end.as_ref(),
            requests: case_state.progress.iter().map(|w| w.requests.as_slice()).collect(),
        })
    }
}

impl CaseState {
    fn page(&self) -> Option<PageKey> {
        self.case.fetches.get(self.leg).map(PageKey::of)
    }

    /// Resets the case to its initial state.
    fn restart(&mut self) {
        self.leg = 0;
        self.phase = Phase::Waiting;
        self.progress = vec![FetchProgress::default()];
        self.seeded = self.case.cookies.is_empty();
        self.since = None;
        self.end = None;
    }

    fn finish(&mut self, end: Option<End>) {
        self.phase = Phase::Done;
        self.end = end;
    }
}

/// Renders the request for the client: everything that a page can set, with relocated URLs, and no expectations.
pub(super) fn request(spec: &FetchSpec, n: usize) -> Value {
    let mut request = spec.request_json();
    for key in ["url", "referrer"] {
        if let Some(text) = request.get(key).and_then(Value::as_str) {
            let relocated = relocate::url(text, n);
            if let Some(value) = request.get_mut(key) {
                *value = json!(relocated);
            }
        }
    }
    request
}

/// Responds to the no-cors control request with the bytes of the last response.
fn control(progress: &FetchProgress) -> Answer {
    match progress.requests.last() {
        Some(last) if !last.answered.is_empty() => Answer::Bytes {
            bytes: last.answered.clone(),
            close: true,
        },
        _ => Answer::Close,
    }
}

/// Repeats the previous response for a client that retries by itself.
fn again(spec: &FetchSpec, requests: &[Observed], n: usize) -> Answer {
    let reply = answer(spec, requests).map(|r| r.response.into_owned());
    match (reply, requests.last()) {
        (Some(response @ CaseResponse::Parts { .. }), Some(last)) => {
            Answer::Upgrade(relocate::bytes(&response, &last.method, n, &last.url))
        }
        _ => failure(spec, requests),
    }
}

fn failure(spec: &FetchSpec, requests: &[Observed]) -> Answer {
    let reply = answer(spec, requests);
    match reply.map(|r| r.response.into_owned()) {
        Some(CaseResponse::Fail(crosscheck_corpus::FailKind::Reset)) => Answer::Reset,
        _ => Answer::Close,
    }
}

fn must_close(response: &CaseResponse) -> bool {
    let CaseResponse::Parts { headers, status, .. } = response else {
        return true;
    };
    let close = |name: &[u8]| headers.get(name).is_some_and(|v| v.eq_ignore_ascii_case(b"close"));
    // A length or coding that the case sets may be wrong.
    close(b"connection")
        || headers.contains(b"content-length")
        || headers.contains(b"transfer-encoding")
        || *status < 200
}

/// Adds `Sec-WebSocket-Accept` to a 101, unless the case sets it: no case can know the key of a WebSocket handshake in advance.
fn with_accept_key(response: CaseResponse, request: &HeaderList) -> CaseResponse {
    let CaseResponse::Parts {
        status: 101,
        status_text,
        mut headers,
        body,
    } = response
    else {
        return response;
    };
    if let Some(key) = request.get(b"sec-websocket-key")
        && !headers.contains(b"sec-websocket-accept")
    {
        use base64::Engine as _;
        use sha1::{Digest, Sha1};
        let mut hash = Sha1::new();
        hash.update(&key);
        hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        let accept = base64::engine::general_purpose::STANDARD.encode(hash.finalize());
        headers.push(&b"Sec-WebSocket-Accept"[..], accept.into_bytes());
    }
    CaseResponse::Parts {
        status: 101,
        status_text,
        headers,
        body,
    }
}
