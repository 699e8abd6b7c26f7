//! A minimal browser with optional bad habits. It calls the queue directly, as the origin server does.

use crate::client::case_queue::{Answer, Arrived, CaseQueue, Handed};
use crate::client::run::result;
use crosscheck_corpus::wire::read_raw_for;
use crosscheck_fetch::{HeaderList, Url, WireResponse};
use crosscheck_results::CaseResult;
use serde_json::{Value, json};
use std::time::Instant;

/// What the browser does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Habit {
    /// Nothing.
    #[default]
    Good,
    /// Every page can read every response.
    IgnoresCors,
    /// No preflight.
    NeverPreflights,
    /// A preflight before every cross-origin request.
    AlwaysPreflights,
    /// Sends the actual request whatever the preflight returns.
    IgnoresPreflights,
    /// `Origin: null`.
    OriginNull,
    /// No page can read a response of another origin.
    Mistrusts,
    /// Sends each request twice.
    Stutters,
    /// Sends other request headers than the page set.
    Mangles,
    /// Shows the response's headers unfiltered.
    ShowsAllHeaders,
    /// Reports an error and sends nothing.
    Lazy,
}

/// Runs one case to its end.
pub(super) fn run(queue: &mut CaseQueue, n: usize, habit: Habit) -> CaseResult {
    let mut next = queue.hand(n, Instant::now());
    while let Some(handed) = next {
        let outcome = Little { queue, habit }.fetch(&handed);
        let reported = serde_json::from_value(outcome).expect("a report");
        let same_page = queue.report(n, handed.leg, reported, Instant::now());
        next = same_page.or_else(|| queue.hand(n, Instant::now()));
    }
    result("little", &queue.ended(n).expect("the case has ended"))
}

struct Little<'b> {
    queue: &'b mut CaseQueue,
    habit: Habit,
}

impl Little<'_> {
    fn fetch(&mut self, handed: &Handed) -> Value {
        let error = || json!({ "type": "error", "name": "TypeError" });
        let request = &handed.request;
        let text = |key: &str| request.get(key).and_then(Value::as_str);
        let url = Url::parse(text("url").expect("a URL")).expect("a URL");
        let method = text("method").unwrap_or("GET");
        let page = handed.page.json();
        let own = page["origin"].as_str().expect("an origin").to_owned();
        let crosses = url.origin().ascii_serialization() != own;
        if self.habit == Habit::Lazy {
            return error();
        }
        let origin = if self.habit == Habit::OriginNull { "null" } else { &own };
        let headers: Vec<(String, String)> = request
            .get("headers")
            .map_or_else(Vec::new, |h| serde_json::from_value(h.clone()).expect("pairs"));
        let unsafe_request = !matches!(method, "GET" | "HEAD" | "POST") || !headers.is_empty();
        let preflights = match self.habit {
            Habit::NeverPreflights => false,
            Habit::AlwaysPreflights => crosses,
            _ => crosses && unsafe_request,
        };
        if preflights {
            let names: Vec<String> = headers.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
            let mut preflight = vec![("Access-Control-Request-Method".to_owned(), method.to_owned())];
            if !names.is_empty() {
                preflight.push(("Access-Control-Request-Headers".to_owned(), names.join(",")));
            }
            let answer = self.send("OPTIONS", &url, origin, &preflight);
            let passes = answer.is_some_and(|a| {
                let listed = |name: &[u8]| a.headers.get(name).unwrap_or_default().to_ascii_lowercase();
                self.shares(&a, &own)
                    && (200..300).contains(&a.status)
                    && names
                        .iter()
                        .all(|n| contains(&listed(b"access-control-allow-headers"), n))
                    && (matches!(method, "GET" | "HEAD" | "POST")
                        || contains(&listed(b"access-control-allow-methods"), &method.to_ascii_lowercase()))
            });
            if !passes && self.habit != Habit::IgnoresPreflights {
                return error();
            }
        }
        let mut answer = self.send(method, &url, origin, &headers);
        if self.habit == Habit::Stutters {
            answer = self.send(method, &url, origin, &headers);
        }
        let Some(answer) = answer else { return error() };
        if crosses && !self.shares(&answer, &own) {
            return error();
        }
        let exposed = answer.headers.get(b"access-control-expose-headers").unwrap_or_default();
        let sees = |name: &[u8]| {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            !crosses
                || self.habit == Habit::ShowsAllHeaders
                || name == "content-type"
                || contains(&exposed.to_ascii_lowercase(), &name)
        };
        let readable = answer.headers.iter().filter(|h| sees(&h.name));
        let text = |bytes: &[u8]| bytes.iter().map(|b| char::from(*b)).collect::<String>();
        json!({
            "type": if crosses { "cors" } else { "basic" },
            "status": answer.status,
            "url": url.as_str(),
            "headers": readable.map(|h| [text(&h.name), text(&h.value)]).collect::<Vec<_>>(),
        })
    }

    fn shares(&self, answer: &WireResponse, origin: &str) -> bool {
        match self.habit {
            Habit::IgnoresCors => true,
            Habit::Mistrusts => false,
            _ => {
                let value = answer.headers.get(b"access-control-allow-origin").unwrap_or_default();
                *value == *b"*" || *value == *origin.as_bytes()
            }
        }
    }

    fn send(&mut self, method: &str, url: &Url, origin: &str, more: &[(String, String)]) -> Option<WireResponse> {
        let mut headers = HeaderList::new();
        headers.push(b"Origin".to_vec(), origin.as_bytes().to_vec());
        for (name, value) in more {
            let value = if self.habit == Habit::Mangles { "mangled" } else { value };
            headers.push(name.clone().into_bytes(), value.as_bytes().to_vec());
        }
        let arrived = Arrived {
            method: method.as_bytes().to_vec(),
            url: url.clone(),
            headers,
            body: Vec::new(),
            head: format!("{method} {url} HTTP/1.1\r\n\r\n").into_bytes(),
        };
        match self.queue.answer(arrived)? {
            Answer::Bytes { bytes, .. } => match read_raw_for(method.as_bytes(), &bytes) {
                crosscheck_fetch::Answer::Response(response) => Some(response),
                crosscheck_fetch::Answer::Failure => None,
            },
            _ => None,
        }
    }
}

/// Whether a comma-separated header value contains an item.
fn contains(list: &[u8], word: &str) -> bool {
    String::from_utf8_lossy(list).split(',').any(|item| item.trim() == word)
}
