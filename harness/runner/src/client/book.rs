//! Which case is where: what a client is asked next, what its requests are answered, what it said. No I/O and no clock but the
//! time of day that the caller hands in.

use super::outcome::Reported;
use super::page::PageKey;
use super::relocate;
use super::turn::Turn;
use crosscheck_corpus::wire::refusal;
use crosscheck_corpus::{Case, CaseResponse, FetchSpec, Need};
use crosscheck_fetch::{HeaderList, Outcome, Url};
use crosscheck_judge::client::{Observed, ObservedFetch, alternatives, answer};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most requests of one fetch that are kept; a client that asks more is cut off.
const MAX_REQUESTS: usize = 64;

/// A request off the wire, its URL still relocated.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) method: Vec<u8>,
    pub(super) url: Url,
    pub(super) headers: HeaderList,
    pub(super) body: Vec<u8>,
    /// The bytes of the head.
    pub(super) head: Vec<u8>,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These bytes; then the connection closes, or not.
    Bytes { bytes: Vec<u8>, close: bool },
    /// These bytes; then the connection is no longer HTTP, and ends with the client's first word.
    Upgrade(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// The connection is closed.
    Close,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its next fetch can be asked.
    Waiting,
    /// A client has it.
    Running,
    /// It has ended.
    Done,
}

/// One fetch of a case as it went.
#[derive(Debug, Default)]
struct Went {
    requests: Vec<Observed>,
    /// The last answer ended the connection without a response: HTTP lets a client ask again by itself, and some do at times.
    failed: bool,
    ended: Option<(Reported, Outcome)>,
}

/// A case and how far it is.
#[derive(Debug)]
struct Slot {
    case: Arc<Case>,
    turn: Turn,
    leg: usize,
    phase: Phase,
    went: Vec<Went>,
    seeded: bool,
    /// When the fetch before ended.
    since: Option<Instant>,
    /// Why the client could not be asked at all, or how it broke.
    end: Option<End>,
}

/// An end without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client crashed, hung, or spoke nonsense.
    Broke(String),
    /// The client cannot express it.
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
    /// Where a no-cors control of the last answer is to be had.
    pub(super) control: Option<String>,
}

impl Handed {
    /// As the page takes it.
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

/// A cookie to be put into the jar by visiting its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    pub(super) url: String,
    pub(super) set: Vec<u8>,
}

/// A case that has ended, as the judge takes it.
pub(super) struct Ended<'b> {
    pub(super) case: &'b Arc<Case>,
    pub(super) fetches: Vec<ObservedFetch<'b>>,
    pub(super) end: Option<&'b End>,
    /// Every request, fetch by fetch.
    pub(super) requests: Vec<&'b [Observed]>,
}

/// All cases of a run.
#[derive(Debug, Default)]
pub(super) struct Book {
    slots: Vec<Slot>,
    /// Cases that are asked one at a time, since one of them broke the client.
    solo: VecDeque<usize>,
    /// Requests for hosts and paths that no case has.
    pub(super) strangers: Vec<String>,
    /// How often anything has moved on.
    pub(super) moves: u64,
}

impl Book {
    pub(super) fn new(cases: &[Arc<Case>]) -> Self {
        let slots = cases.iter().map(|case| Slot {
            case: Arc::clone(case),
            turn: Turn::of(case),
            leg: 0,
            phase: Phase::Waiting,
            went: vec![Went::default()],
            seeded: case.cookies.is_empty(),
            since: None,
            end: None,
        });
        Self {
            slots: slots.collect(),
            ..Self::default()
        }
    }

    /// The page that has something to ask, `None` at the end.
    pub(super) fn next_page(&self) -> Option<PageKey> {
        if let Some(page) = self.solo.front().and_then(|n| self.slots.get(*n)?.page()) {
            return Some(page);
        }
        let turn = self.turn()?;
        self.at_turn(turn).filter_map(|(_, slot)| slot.page()).min()
    }

    /// How many fetches a page may have in flight now, of at most `most`.
    pub(super) fn lanes(&self, most: usize) -> usize {
        self.turn().map_or(most, |turn| turn.lanes(most))
    }

    /// Whose turn it is.
    fn turn(&self) -> Option<Turn> {
        if !self.solo.is_empty() {
            return Some(Turn::Travels);
        }
        let waiting = self.slots.iter().filter(|s| s.phase == Phase::Waiting);
        waiting.map(|s| s.turn).min()
    }

    /// The cases of a turn that can be asked. Of those that travel, the one that is on its way.
    fn at_turn(&self, turn: Turn) -> impl Iterator<Item = (usize, &Slot)> {
        let waiting = move |(_, slot): &(usize, &Slot)| slot.phase == Phase::Waiting && slot.turn == turn;
        let one = (turn == Turn::Travels).then(|| {
            let due = || self.slots.iter().enumerate().filter(waiting);
            due().find(|(_, slot)| slot.leg > 0).or_else(|| due().next())
        });
        let all = self.slots.iter().enumerate().filter(waiting);
        all.filter(move |(n, _)| one.is_none_or(|one| one.is_some_and(|(m, _)| m == *n)))
    }

    fn of(&self, page: &PageKey, most: usize) -> Vec<usize> {
        let is_here = |slot: &Slot| slot.page().as_ref() == Some(page);
        if let Some(n) = self.solo.front() {
            let slot = self.slots.get(*n);
            let is_due = slot.is_some_and(|s| s.phase == Phase::Waiting && is_here(s));
            return is_due.then_some(*n).into_iter().collect();
        }
        let Some(turn) = self.turn() else {
            return Vec::new();
        };
        let here = self.at_turn(turn).filter(|(_, slot)| is_here(slot));
        here.map(|(n, _)| n).take(turn.batch(most)).collect()
    }

    /// Cookies that must be in the jar before that page asks.
    pub(super) fn seeds(&mut self, page: &PageKey, most: usize) -> Vec<Seed> {
        let mut seeds = Vec::new();
        for n in self.of(page, most) {
            seeds.extend(self.seeds_of(n));
        }
        seeds
    }

    /// The cookies of one case, unless they are in the jar.
    pub(super) fn seeds_of(&mut self, n: usize) -> Vec<Seed> {
        let Some(slot) = self.slots.get_mut(n).filter(|s| !s.seeded) else {
            return Vec::new();
        };
        slot.seeded = true;
        let seed = |cookie: &crosscheck_corpus::SeedCookie| Seed {
            url: relocate::url(cookie.url.as_str(), n),
            set: relocate::cookie(&cookie.set, n),
        };
        slot.case.cookies.iter().map(seed).collect()
    }

    /// Hands out what a page asks.
    pub(super) fn hand_out(&mut self, page: &PageKey, most: usize, now: Instant) -> Vec<Handed> {
        self.moves += 1;
        let due = self.of(page, most);
        due.into_iter().filter_map(|n| self.hand(n, now)).collect()
    }

    /// Hands out the next fetch of one case.
    pub(super) fn hand(&mut self, n: usize, now: Instant) -> Option<Handed> {
        let slot = self.slots.get_mut(n).filter(|s| s.phase == Phase::Waiting)?;
        slot.phase = Phase::Running;
        let spec = slot.case.fetches.get(slot.leg)?;
        let passed = slot
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let control = slot.case.needs.contains(&Need::RawBytes) && spec.request.url.starts_with("http");
        Some(Handed {
            n,
            leg: slot.leg,
            wait: Duration::from_secs(spec.after).saturating_sub(passed),
            page: PageKey::of(spec),
            request: request(spec, n),
            control: control
                .then(|| Url::parse(&spec.request.url).ok())
                .flatten()
                .map(|u| format!("{}{}/~control", u.origin().ascii_serialization(), relocate::prefix(n))),
        })
    }

    /// Takes an outcome; the next fetch of the case if it is for the same page.
    pub(super) fn report(&mut self, n: usize, leg: usize, reported: Reported, now: Instant) -> Option<Handed> {
        self.moves += 1;
        let slot = self.slots.get_mut(n)?;
        if slot.leg != leg || slot.phase != Phase::Running {
            return None;
        }
        let page = slot.page();
        if reported.hung {
            self.end(n, End::Broke("the page got no outcome in time".to_owned()));
            return None;
        }
        match reported.outcome(n) {
            Ok(outcome) => slot.went.last_mut()?.ended = Some((reported, outcome)),
            Err(error) => {
                self.end(n, End::Broke(error.to_string()));
                return None;
            }
        }
        slot.since = Some(now);
        if leg + 1 < slot.case.fetches.len() {
            slot.leg += 1;
            slot.phase = Phase::Waiting;
            slot.went.push(Went::default());
        } else {
            slot.finish(None);
        }
        if self.solo.front() == Some(&n) && self.slots.get(n)?.phase == Phase::Done {
            self.solo.pop_front();
        }
        let same = self.slots.get(n)?.page() == page;
        if same { self.hand(n, now) } else { None }
    }

    /// Ends a case without an outcome.
    pub(super) fn end(&mut self, n: usize, end: End) {
        self.moves += 1;
        if let Some(slot) = self.slots.get_mut(n).filter(|s| s.phase != Phase::Done) {
            slot.finish(Some(end));
        }
        self.solo.retain(|s| *s != n);
    }

    /// The client is gone: what it had is asked anew from the start, each alone, since one of them may have ended it. Where it
    /// had only one, that one did; it is ended.
    pub(super) fn client_is_gone(&mut self, how: &str) {
        let mut had: Vec<usize> = Vec::new();
        for (n, slot) in self.slots.iter_mut().enumerate() {
            if slot.phase == Phase::Running {
                had.push(n);
            }
        }
        let alone = match had.as_slice() {
            // What it has seen stays for the report.
            [n] => Some(*n),
            _ => None,
        };
        for (n, slot) in self.slots.iter_mut().enumerate() {
            // A new client has neither the cookies nor the caches of the old one.
            if slot.phase != Phase::Done && Some(n) != alone {
                slot.restart();
            }
        }
        match had.as_slice() {
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
        self.slots.get(n).map(|slot| &slot.case)
    }

    /// The fetch of a case whose outcome is still to come, `None` at its end.
    pub(super) fn due(&self, n: usize) -> Option<usize> {
        let slot = self.slots.get(n).filter(|s| s.phase != Phase::Done)?;
        Some(slot.leg)
    }

    /// Forgets how a case went; whether there is such a case.
    pub(super) fn restart(&mut self, n: usize) -> bool {
        self.moves += 1;
        self.slots.get_mut(n).map(Slot::restart).is_some()
    }

    /// Whether everything that must come on the wire of a fetch has come, or can no longer come as it must.
    pub(super) fn is_complete(&self, n: usize, leg: usize) -> bool {
        let Some(slot) = self.slots.get(n).filter(|s| s.leg == leg && s.phase == Phase::Running) else {
            return true;
        };
        let (Some(spec), Some(went)) = (slot.case.fetches.get(leg), slot.went.last()) else {
            return true;
        };
        let alternatives = alternatives(spec);
        let mut progress = alternatives.iter().map(|a| a.progress(&went.requests));
        let mut is_lost = true;
        let is_there = progress.any(|s| {
            is_lost &= !s.unmatched.is_empty();
            s.missing.is_empty() && s.unmatched.is_empty()
        });
        is_there || is_lost
    }

    /// Answers a request for the path of a case; `None` where there is no such case.
    pub(super) fn answer(&mut self, arrived: Arrived) -> Option<Answer> {
        self.moves += 1;
        let (n, inner) = relocate::split(arrived.url.path())?;
        let slot = self.slots.get_mut(n)?;
        let spec = slot.case.fetches.get(slot.leg)?;
        let went = slot.went.last_mut()?;
        if inner == "/~control" {
            return Some(control(went));
        }
        let url = relocate::restored_url(&arrived.url);
        if went.failed
            && went
                .requests
                .last()
                .is_some_and(|r| r.method == arrived.method && r.url == url)
        {
            return Some(self::again(spec, &went.requests, n));
        }
        let headers: HeaderList = arrived
            .headers
            .iter()
            .map(|h| (h.name.clone(), relocate::restored(&h.value, n)))
            .collect();
        let mut sent = relocate::restored(&arrived.head, n);
        sent.extend_from_slice(&arrived.body);
        if went.requests.len() >= MAX_REQUESTS {
            return Some(Answer::Close);
        }
        went.requests.push(Observed {
            method: arrived.method,
            url,
            headers,
            body: arrived.body,
            sent,
            answered: Vec::new(),
        });
        let reply = answer(spec, &went.requests);
        let response = reply.map_or_else(refusal, |r| r.response.into_owned());
        if let CaseResponse::Fail(_) = response {
            went.failed = true;
            return Some(failure(spec, &went.requests));
        }
        went.failed = false;
        let request = went.requests.last_mut()?;
        let response = with_accept_key(response, &request.headers);
        let bytes = relocate::bytes(&response, &request.method, n, &request.url);
        request.answered = relocate::restored(&bytes, n);
        if matches!(response, CaseResponse::Parts { status: 101, .. }) {
            went.failed = !request.headers.contains(b"sec-websocket-key");
            return Some(Answer::Upgrade(bytes));
        }
        Some(Answer::Bytes {
            close: matches!(response, CaseResponse::Raw(_)) || asks_to_close(&response),
            bytes,
        })
    }

    /// The cases that have ended.
    pub(super) fn done(&self) -> Vec<usize> {
        let done = self.slots.iter().enumerate().filter(|(_, s)| s.phase == Phase::Done);
        done.map(|(n, _)| n).collect()
    }

    /// The cases that can be asked, those that must be asked alone first and then only one.
    pub(super) fn waiting(&self) -> Vec<usize> {
        if let Some(n) = self.solo.front() {
            return vec![*n];
        }
        let waiting = self.slots.iter().enumerate().filter(|(_, s)| s.phase == Phase::Waiting);
        waiting.map(|(n, _)| n).collect()
    }

    /// Whether a client has fetches in hand.
    pub(super) fn is_in_hand(&self) -> bool {
        self.slots.iter().any(|s| s.phase == Phase::Running)
    }

    /// Whether everything has ended.
    pub(super) fn is_done(&self) -> bool {
        self.slots.iter().all(|s| s.phase == Phase::Done)
    }

    /// How many have ended, and how many there are.
    pub(super) fn count(&self) -> (usize, usize) {
        let done = self.slots.iter().filter(|s| s.phase == Phase::Done).count();
        (done, self.slots.len())
    }

    /// A case that has ended.
    pub(super) fn ended(&self, n: usize) -> Option<Ended<'_>> {
        let slot = self.slots.get(n).filter(|s| s.phase == Phase::Done)?;
        let fetches = slot.case.fetches.iter().zip(&slot.went).filter_map(|(spec, went)| {
            let (reported, outcome) = went.ended.as_ref()?;
            Some(ObservedFetch {
                spec,
                requests: &went.requests,
                outcome,
                error_name: &reported.name,
                control: reported.control,
            })
        });
        Some(Ended {
            case: &slot.case,
            fetches: fetches.collect(),
            end: slot.end.as_ref(),
            requests: slot.went.iter().map(|w| w.requests.as_slice()).collect(),
        })
    }
}

impl Slot {
    fn page(&self) -> Option<PageKey> {
        self.case.fetches.get(self.leg).map(PageKey::of)
    }

    /// As if nobody had asked it.
    fn restart(&mut self) {
        self.leg = 0;
        self.phase = Phase::Waiting;
        self.went = vec![Went::default()];
        self.seeded = self.case.cookies.is_empty();
        self.since = None;
        self.end = None;
    }

    fn finish(&mut self, end: Option<End>) {
        self.phase = Phase::Done;
        self.end = end;
    }
}

/// The request for the client: everything that a page can say, relocated, and nothing of what is expected.
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

/// A no-cors request gets the bytes that the last request got.
fn control(went: &Went) -> Answer {
    match went.requests.last() {
        Some(last) if !last.answered.is_empty() => Answer::Bytes {
            bytes: last.answered.clone(),
            close: true,
        },
        _ => Answer::Close,
    }
}

/// The same answer as before, to a client that asks again by itself.
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

fn asks_to_close(response: &CaseResponse) -> bool {
    let CaseResponse::Parts { headers, status, .. } = response else {
        return true;
    };
    let close = |name: &[u8]| headers.get(name).is_some_and(|v| v.eq_ignore_ascii_case(b"close"));
    // A length or coding of the case's own may not be true.
    close(b"connection")
        || headers.contains(b"content-length")
        || headers.contains(b"transfer-encoding")
        || *status < 200
}

/// No case can know the key of a WebSocket handshake: a 101 gets the answer to it, unless the case has one.
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
