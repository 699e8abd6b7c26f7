//! What the origin server serves: the cases, the pages, the cookies that are put into the jar, and the pages' own questions.

use super::book::{Answer, Arrived, Book, Seed};
use super::origin::{Incoming, Site};
use super::outcome::Reported;
use super::page::{self, RUNNER_HOST};
use super::relocate;
use crosscheck_fetch::{Origin, Url, is_redirect_status};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The longest chain of redirects that seeds cookies; browsers follow twenty.
const CHAIN: usize = 12;
/// The most lines that are kept of requests that are not ours.
const MAX_STRANGERS: usize = 200;
/// Where a page goes at the end.
const END: &str = "about:blank";

/// How fast a client is fed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Fetches that one page has in flight, at the most.
    pub(super) lanes: usize,
    /// Cases that one visit of a page takes.
    pub(super) batch: usize,
    /// How long a page waits for one fetch.
    pub(super) limit: Duration,
    /// Whether the visit of a cookie's URL leads to the next one, as for a client that walks by itself.
    pub(super) walks: bool,
}

/// The state behind the server.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) book: Book,
    seeds: VecDeque<Seed>,
    then: String,
    hops: usize,
    /// Cases that had ended when the client last moved on: nothing of theirs can be in flight.
    settled: VecDeque<usize>,
    is_settled: BTreeSet<usize>,
    /// The client was told that there is nothing more.
    pub(super) over: bool,
    /// How a page was lost while the client went on.
    pub(super) lost: Option<&'static str>,
    /// How many requests there were.
    requests: u64,
}

/// The server's view of a run.
#[derive(Debug)]
pub(super) struct CaseSite {
    stage: Mutex<Stage>,
    hosts: BTreeSet<String>,
    pace: Pace,
    moved: watch::Sender<u64>,
}

impl CaseSite {
    pub(super) fn new(book: Book, hosts: BTreeSet<String>, pace: Pace) -> Self {
        Self {
            stage: Mutex::new(Stage {
                book,
                seeds: VecDeque::new(),
                then: END.to_owned(),
                hops: 0,
                settled: VecDeque::new(),
                is_settled: BTreeSet::new(),
                over: false,
                lost: None,
                requests: 0,
            }),
            hosts,
            pace,
            moved: watch::channel(0).0,
        }
    }

    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees everything that happens.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    fn control(&self, what: &str, body: &[u8]) -> Option<Value> {
        #[derive(Deserialize)]
        struct Asks {
            page: String,
            n: Option<usize>,
            leg: Option<usize>,
            outcome: Option<Reported>,
        }
        let asks: Asks = serde_json::from_slice(body).ok()?;
        let mut stage = self.stage();
        match what {
            "legs" => {
                stage.lose();
                let page = stage
                    .book
                    .next_page()
                    .filter(|p| p.name() == asks.page && stage.lost.is_none());
                let lanes = stage.book.lanes(self.pace.lanes);
                let legs = page.map(|p| stage.book.hand_out(&p, self.pace.batch, Instant::now()));
                let legs: Vec<Value> = legs.unwrap_or_default().iter().map(super::book::Handed::json).collect();
                let limit = u64::try_from(self.pace.limit.as_millis()).unwrap_or(u64::MAX);
                Some(json!({ "legs": legs, "lanes": lanes, "limit": limit }))
            }
            "result" => {
                let next = stage.book.report(asks.n?, asks.leg?, asks.outcome?, Instant::now());
                Some(json!({ "leg": next.map(|l| l.json()) }))
            }
            "complete" => Some(json!({ "complete": stage.book.is_complete(asks.n?, asks.leg?) })),
            "next" => Some(json!({ "url": stage.go(&self.pace) })),
            _ => None,
        }
    }

    fn page(&self, url: &Url) -> Answer {
        let document = page::document(&Origin::of(url), url.query());
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

impl Stage {
    /// Notes which cases have ended by now.
    pub(super) fn settle(&mut self) {
        for n in self.book.done() {
            if self.is_settled.insert(n) {
                self.settled.push_back(n);
            }
        }
    }

    /// A case that can be judged.
    pub(super) fn next_settled(&mut self) -> Option<usize> {
        self.settled.pop_front()
    }

    /// Puts the cookies of a case where their URLs find them; the URLs.
    pub(super) fn seed_case(&mut self, n: usize) -> Vec<String> {
        let seeds = self.book.seeds_of(n);
        let urls = seeds.iter().map(|s| seeding(&s.url)).collect();
        self.seeds.extend(seeds);
        urls
    }

    /// A client is at one page at a time, and a page goes on when all that it has in hand has ended. What is still in hand when
    /// one begins or goes on was that of a page that is gone: its process has crashed and the engine has loaded it anew, without
    /// the cookies that it needs. Nothing more is asked of that client.
    fn lose(&mut self) {
        if self.book.is_in_hand() {
            self.lost = Some("the engine lost a page and loaded it anew");
        }
    }

    /// Where the client goes next: cookies first, then the page that has something to ask.
    fn go(&mut self, pace: &Pace) -> String {
        self.settle();
        self.lose();
        if self.lost.is_some() {
            return END.to_owned();
        }
        let Some(page) = self.book.next_page() else {
            self.over = true;
            return END.to_owned();
        };
        self.seeds.extend(self.book.seeds(&page, pace.batch));
        self.then = page.url();
        self.hops = 0;
        self.step()
    }

    /// The URL of the next cookie, or of the page behind all of them.
    fn step(&self) -> String {
        match self.seeds.front() {
            None => self.then.clone(),
            Some(seed) => seeding(&seed.url),
        }
    }

    /// Answers the visit of a cookie's URL.
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

/// The URL at which a cookie is set: its own, so that the default path is right, marked by its query.
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

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        let answer = self.answer_to(url, incoming);
        let mut stage = self.stage();
        stage.requests += 1;
        let requests = stage.requests;
        drop(stage);
        self.moved.send_replace(requests);
        answer
    }

    fn stranger(&self, what: &str) {
        let mut stage = self.stage();
        if stage.book.strangers.len() < MAX_STRANGERS {
            stage
                .book
                .strangers
                .push(crosscheck_text::escape_truncated(what.as_bytes(), 200));
        }
    }
}

impl CaseSite {
    fn answer_to(&self, url: Url, incoming: Incoming) -> Answer {
        let path = url.path();
        if let Some(what) = path.strip_prefix("/~/") {
            // Sandboxed pages and those of data: URLs ask from an opaque origin.
            let shared = "Access-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n";
            return match self.control(what, &incoming.body) {
                Some(value) => text(200, shared, &value.to_string()),
                None => text(400, shared, "{}"),
            };
        }
        if relocate::split(path).is_some() {
            if url.query() == Some("~seed") {
                return self.stage().seed(url.as_str(), self.pace.walks);
            }
            let arrived = Arrived {
                method: incoming.method,
                url,
                headers: incoming.headers,
                body: incoming.body,
                head: incoming.head,
            };
            let shown = arrived.url.to_string();
            let answer = self.stage().book.answer(arrived);
            return answer.unwrap_or_else(|| {
                self.stranger(&shown);
                text(502, "", "")
            });
        }
        if path == "/" && incoming.method == b"GET" {
            if url.host_str() == Some(RUNNER_HOST) {
                let to = self.stage().go(&self.pace);
                return text(302, &format!("Location: {to}\r\n"), "");
            }
            return self.page(&url);
        }
        self.stranger(url.as_str());
        text(502, "", "")
    }
}
