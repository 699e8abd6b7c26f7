//! The content of the origin server: the cases, the pages, the URLs that set cookies, and the endpoints for the pages.

use super::case_queue::{Answer, Arrived, CaseQueue, End, Seed};
use super::origin::{Incoming, Site};
use super::outcome::Reported;
use super::page::{self, PageKey, RUNNER_HOST};
use super::relocate;
use crate::subject::BrowserPage;
use crosscheck_fetch::{Origin, Url, is_redirect_status};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The maximum length of a chain of redirects that sets cookies; browsers follow twenty.
const CHAIN: usize = 12;
/// The maximum number of recorded unknown requests.
const MAX_UNKNOWN: usize = 200;
/// The maximum number of consecutive visits of a page that get no fetch. The page of an earlier visit may come late.
const MAX_EMPTY: usize = 10;
/// The path of the authority's certificate, which every host has.
const AUTHORITY: &str = "/~ca.pem";
/// The URL to which a page navigates at the end.
const END: &str = "about:blank";

/// How many fetches a client gets, and how long they may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The maximum number of fetches that one page has in flight.
    pub(super) concurrency: usize,
    /// The number of cases in one visit of a page.
    pub(super) batch: usize,
    /// How long a page waits for one fetch.
    pub(super) limit: Duration,
    /// Whether the response for a cookie's URL redirects to the next URL, as a self-driving client needs.
    pub(super) walks: bool,
    /// The page that drives a self-driving client.
    pub(super) page: BrowserPage,
}

/// The state behind the server.
#[derive(Debug)]
pub(super) struct ServerState {
    pub(super) queue: CaseQueue,
    seeds: VecDeque<Seed>,
    then: String,
    hops: usize,
    /// Cases that had ended when the client last moved on: none of their requests can still be in flight.
    ended: VecDeque<usize>,
    collected: BTreeSet<usize>,
    /// Whether the client got the response that ends the run.
    pub(super) over: bool,
    /// How a page was lost while the client went on.
    pub(super) lost: Option<&'static str>,
    /// The number of requests so far.
    requests: u64,
    /// The number of consecutive visits of a page that got no fetch.
    empty_visits: usize,
}

/// The server's view of a run.
#[derive(Debug)]
pub(super) struct CaseSite {
    state: Mutex<ServerState>,
    hosts: BTreeSet<String>,
    pace: Pace,
    /// The certificate of the authority, in PEM.
    authority: String,
    moved: watch::Sender<u64>,
}

impl CaseSite {
    pub(super) fn new(queue: CaseQueue, hosts: BTreeSet<String>, pace: Pace) -> Self {
        Self {
            state: Mutex::new(ServerState {
                queue,
                seeds: VecDeque::new(),
                then: END.to_owned(),
                hops: 0,
                ended: VecDeque::new(),
                collected: BTreeSet::new(),
                over: false,
                lost: None,
                requests: 0,
                empty_visits: 0,
            }),
            hosts,
            pace,
            authority: String::new(),
            moved: watch::channel(0).0,
        }
    }

    /// Serves the certificate of the authority.
    pub(super) fn with_authority(self, pem: String) -> Self {
        Self { authority: pem, ..self }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a receiver that changes with every request.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    fn control(&self, what: &str, body: &[u8]) -> Option<Value> {
        #[derive(Deserialize)]
        struct Message {
            page: String,
            n: Option<usize>,
            leg: Option<usize>,
            outcome: Option<Reported>,
        }
        let message: Message = serde_json::from_slice(body).ok()?;
        let mut state = self.state();
        match what {
            "legs" => {
                state.lose();
                let page = state
                    .queue
                    .next_page()
                    .filter(|p| p.name() == message.page && state.lost.is_none());
                let concurrency = state.queue.concurrency(self.pace.concurrency);
                let legs = page.map(|p| state.queue.hand_out(&p, self.pace.batch, Instant::now()));
                let legs = legs.unwrap_or_default();
                state.count_visit(legs.is_empty());
                let legs: Vec<Value> = legs.iter().map(super::case_queue::Handed::json).collect();
                let limit = u64::try_from(self.pace.limit.as_millis()).unwrap_or(u64::MAX);
                Some(json!({ "legs": legs, "lanes": concurrency, "limit": limit }))
            }
            "result" => {
                let next = state
                    .queue
                    .report(message.n?, message.leg?, message.outcome?, Instant::now());
                Some(json!({ "leg": next.map(|l| l.json()) }))
            }
            "complete" => Some(json!({ "complete": state.queue.is_complete(message.n?, message.leg?) })),
            "next" => Some(json!({ "url": state.go(&self.pace) })),
            _ => None,
        }
    }

    fn page(&self, url: &Url) -> Answer {
        let origin = Origin::of(url);
        let top = match self.state().queue.next_page() {
            Some(PageKey::Framed { origin: framed, top }) if *framed == *origin.serialize() => top,
            _ => String::new(),
        };
        let document = page::document(&origin, url.query(), self.pace.page, &top);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n{}\r\n",
            document.html.len(),
            document.headers
        );
        Answer::Bytes {
            bytes: [head.as_bytes(), document.html.as_bytes()].concat(),
            close: false,
        }
    }
}

impl ServerState {
    /// Collects the cases that have ended by now.
    pub(super) fn collect_ended(&mut self) {
        for n in self.queue.done() {
            if self.collected.insert(n) {
                self.ended.push_back(n);
            }
        }
    }

    /// Takes the next case that can be judged.
    pub(super) fn next_ended(&mut self) -> Option<usize> {
        self.ended.pop_front()
    }

    /// Prepares the cookies of a case; returns the URLs that set them.
    pub(super) fn seed_case(&mut self, n: usize) -> Vec<String> {
        let seeds = self.queue.seeds_of(n);
        let urls = seeds.iter().map(|s| seeding(&s.url)).collect();
        self.seeds.extend(seeds);
        urls
    }

    /// Detects a lost page. A client is at one page at a time, and a page goes on when all its fetches have ended. If fetches are
    /// still running when a page begins or goes on, their page is lost: its process has crashed and the engine has reloaded it,
    /// without the cookies that it needs. That client gets no further fetches.
    fn lose(&mut self) {
        if self.queue.is_in_hand() {
            self.lost = Some("the engine lost a page and reloaded it");
        }
    }

    /// Detects a client that goes from page to page and never gets a fetch: its pages are not those that it is sent to.
    fn count_visit(&mut self, is_empty: bool) {
        self.empty_visits = if is_empty { self.empty_visits + 1 } else { 0 };
        if self.empty_visits > MAX_EMPTY {
            self.empty_visits = 0;
            self.lost = Some("the engine opens other pages than the one that it is sent to");
        }
    }

    /// Returns the next URL of the client: first those that set cookies, then the page with the next fetches.
    fn go(&mut self, pace: &Pace) -> String {
        self.collect_ended();
        self.lose();
        if self.lost.is_some() {
            return END.to_owned();
        }
        let Some(page) = self.queue.next_page() else {
            self.over = true;
            return END.to_owned();
        };
        self.seeds.extend(self.queue.seeds(&page, pace.batch));
        self.then = page.url();
        self.hops = 0;
        self.step()
    }

    /// The URL that sets the next cookie, or the page once all cookies are set.
    fn step(&self) -> String {
        match self.seeds.front() {
            None => self.then.clone(),
            Some(seed) => seeding(&seed.url),
        }
    }

    /// Responds to the visit of a URL that sets a cookie.
    fn seed(&mut self, url: &str, walks: bool) -> Answer {
        let at = self
            .seeds
            .iter()
            .position(|s| Url::parse(&seeding(&s.url)).is_ok_and(|u| u.as_str() == url));
        let Some(seed) = at.and_then(|at| self.seeds.remove(at)) else {
            return text(404, "", "");
        };
        let mut cookie = b"Set-Cookie: ".to_vec();
        cookie.extend_from_slice(&seed.set);
        cookie.extend_from_slice(b"\r\n");
        self.hops += 1;
        let next = self.step();
        let (head, body) = if !walks {
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_owned(), String::new())
        } else if self.hops.is_multiple_of(CHAIN) {
            let body = format!("<!doctype html><script>location.replace({})</script>", json!(next));
            (
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n",
                    body.len()
                ),
                body,
            )
        } else {
            (
                format!("HTTP/1.1 302 Found\r\nLocation: {next}\r\nContent-Length: 0\r\n"),
                String::new(),
            )
        };
        Answer::Bytes {
            bytes: [
                head.as_bytes(),
                b"Cache-Control: no-store\r\n",
                &cookie,
                b"\r\n",
                body.as_bytes(),
            ]
            .concat(),
            close: false,
        }
    }
}

/// The URL that sets a cookie: the cookie's own URL, so that its default path is right, with the query `~seed`.
pub(super) fn seeding(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or(url);
    format!("{bare}?~seed")
}

pub(super) fn text(status: u16, headers: &str, body: &str) -> Answer {
    let head = format!(
        "HTTP/1.1 {status} \r\nContent-Length: {}\r\nCache-Control: no-store\r\n{headers}\r\n",
        body.len()
    );
    Answer::Bytes {
        bytes: [head.as_bytes(), body.as_bytes()].concat(),
        close: is_redirect_status(status),
    }
}

impl Site for CaseSite {
    fn knows(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        self.hosts.contains(&host) || host == "crosscheck.test" || host.ends_with(".crosscheck.test")
    }

    fn serves(&self, url: &Url) -> bool {
        url.path() == AUTHORITY || url.host_str().is_some_and(|host| self.knows(host))
    }

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        let answer = self.answer_to(url, incoming);
        let mut state = self.state();
        state.requests += 1;
        let requests = state.requests;
        drop(state);
        self.moved.send_replace(requests);
        answer
    }

    fn report_unsent(&self, url: Option<&Url>, error: &io::Error) {
        let how = format!("the operating system could not send a response of this program: {error}");
        let mut state = self.state();
        let cases = match url {
            Some(url) => relocate::split(url.path()).map(|(n, _)| n).into_iter().collect(),
            // It may be the connection of any of them.
            None => state.queue.running(),
        };
        for n in cases {
            state.queue.end(n, End::Broke(how.clone()));
        }
    }

    fn report_unknown(&self, what: &str) {
        let mut state = self.state();
        if state.queue.unknown_requests.len() < MAX_UNKNOWN {
            state
                .queue
                .unknown_requests
                .push(crosscheck_text::escape_truncated(what.as_bytes(), 200));
        }
    }
}

impl CaseSite {
    /// A test in a page may have any origin.
    fn authority(&self, method: &[u8]) -> Answer {
        let shared = "Access-Control-Allow-Origin: *\r\n";
        match method {
            b"GET" => {
                let headers = format!("{shared}Content-Type: application/x-pem-file\r\n");
                text(200, &headers, &self.authority)
            }
            _ => text(405, shared, ""),
        }
    }

    fn answer_to(&self, url: Url, incoming: Incoming) -> Answer {
        let path = url.path();
        if path == AUTHORITY {
            return self.authority(&incoming.method);
        }
        if let Some(what) = path.strip_prefix("/~/") {
            // Sandboxed pages and pages of data: URLs have an opaque origin.
            let shared = "Access-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n";
            return match self.control(what, &incoming.body) {
                Some(value) => text(200, shared, &value.to_string()),
                None => text(400, shared, "{}"),
            };
        }
        if relocate::split(path).is_some() {
            if url.query() == Some("~seed") {
                return self.state().seed(url.as_str(), self.pace.walks);
            }
            let arrived = Arrived {
                method: incoming.method,
                url,
                headers: incoming.headers,
                body: incoming.body,
                head: incoming.head,
            };
            let shown = arrived.url.to_string();
            let answer = self.state().queue.answer(arrived);
            return answer.unwrap_or_else(|| {
                self.report_unknown(&shown);
                text(502, "", "")
            });
        }
        if path == "/" && incoming.method == b"GET" {
            if url.host_str() == Some(RUNNER_HOST) {
                let to = self.state().go(&self.pace);
                return text(302, &format!("Location: {to}\r\n"), "");
            }
            return self.page(&url);
        }
        self.report_unknown(url.as_str());
        text(502, "", "")
    }
}
