//! Law: for arbitrary pages, requests and response scripts, a page gets a cross-origin response only if a grant on the wire allows it.
//! The laws are derived independently from the bytes that were sent and received, without a function of the model.

use crate::{Divergence, law, seeded};
use arbitrary::{Arbitrary, Unstructured};
use crosscheck_fetch::{
    Answer, Browser, CredentialsMode, Driver, HeaderList, Init, InitBody, Mode, Off, Options, Outcome, Page,
    RedirectMode, Request, ResponseType, Url, WireRequest, WireResponse,
};
use std::borrow::Cow;

const ORIGINS: [&str; 4] = [
    "https://app.example",
    "https://app.example:8443",
    "http://app.example",
    "null",
];
const URLS: [&str; 6] = [
    "https://api.example/a",
    "https://api.example/b?c",
    "https://cdn.example/",
    "https://app.example/",
    "http://api.example/",
    "data:,x",
];
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "DELETE", "patch", "*"];
const NAMES: [&str; 7] = ["X-A", "x-b", "Authorization", "Content-Type", "Accept", "Range", "*"];
const VALUES: [&str; 6] = ["1", "text/plain", "application/json", "bytes=0-9", "a\"b", ""];
const GRANTS: [&str; 12] = [
    "*",
    "null",
    "https://app.example",
    "https://app.example:8443",
    "http://app.example",
    "https://app.example/",
    "HTTPS://APP.EXAMPLE",
    "https://app.example.evil.example",
    "",
    "*, *",
    "https://APP.example",
    "https://app.exampl",
];
const LISTS: [&str; 10] = [
    "",
    "*",
    "PUT",
    "PUT,DELETE",
    "patch",
    "PATCH",
    "x-a, x-b",
    "authorization",
    "*,authorization",
    "b d",
];
const STATUSES: [u16; 10] = [200, 204, 302, 307, 303, 304, 404, 421, 500, 299];
/// The most exchanges of a fetch; none needs so many.
const MOST_EXCHANGES: usize = 100;

/// A page, a request, and the answers of the servers, which are repeated.
#[derive(Clone, Debug, Arbitrary)]
pub struct Input {
    origin: u8,
    url: u8,
    method: u8,
    credentials: u8,
    mode: u8,
    redirect: u8,
    body: bool,
    headers: Vec<(u8, u8)>,
    script: Vec<Scripted>,
    again: bool,
    wait: u8,
}

#[derive(Clone, Debug, Arbitrary)]
struct Scripted {
    status: u8,
    acao: Option<u8>,
    acac: Option<bool>,
    methods: Option<u8>,
    names: Option<u8>,
    expose: Option<u8>,
    max_age: Option<u8>,
    location: Option<u8>,
    fails: bool,
}

fn pick<T: Copy>(from: &[T], by: u8) -> T {
    from[usize::from(by) % from.len()]
}

impl Scripted {
    fn answer(&self) -> Answer {
        if self.fails {
            return Answer::Failure;
        }
        let mut headers = HeaderList::new();
        let mut add = |name: &'static str, value: &str| headers.push(name.as_bytes(), value.as_bytes().to_vec());
        if let Some(acao) = self.acao {
            add("Access-Control-Allow-Origin", pick(&GRANTS, acao));
        }
        if let Some(acac) = self.acac {
            add("Access-Control-Allow-Credentials", if acac { "true" } else { "TRUE" });
        }
        for (name, list) in [
            ("Access-Control-Allow-Methods", self.methods),
            ("Access-Control-Allow-Headers", self.names),
            ("Access-Control-Expose-Headers", self.expose),
        ] {
            if let Some(list) = list {
                add(name, pick(&LISTS, list));
            }
        }
        if let Some(max_age) = self.max_age {
            add("Access-Control-Max-Age", pick(&["0", "5", "600", "-1", "x"], max_age));
        }
        if let Some(location) = self.location {
            add("Location", pick(&URLS, location));
        }
        Answer::Response(WireResponse {
            status: pick(&STATUSES, self.status),
            headers,
            ..WireResponse::default()
        })
    }
}

/// Decodes the bytes and checks the laws.
///
/// # Errors
/// Returns the law that does not hold.
pub fn check(data: &[u8]) -> Result<(), Divergence> {
    let Ok(input) = Input::arbitrary(&mut Unstructured::new(data)) else {
        return Ok(());
    };
    match seeded::active() {
        Some(branch) if cfg!(feature = "seeded-bugs") => {
            crosscheck_fetch::invert::with_inverted(branch, || hold(&input))
        }
        _ => hold(&input),
    }
}

fn hold(input: &Input) -> Result<(), Divergence> {
    let Ok(origin) = crosscheck_fetch::Origin::parse_serialized(pick(&ORIGINS, input.origin)) else {
        return Ok(());
    };
    let page = Page::new(origin);
    let mut browser = Browser::new();
    for round in 0..=u8::from(input.again) {
        let init = init(input);
        let include = init.credentials == Some(CredentialsMode::Include);
        let Ok(request) = Request::new(&page, init) else {
            return Ok(());
        };
        let (outcome, wire) = run(&mut browser, request, input)?;
        laws(&page, include, round, &outcome, &wire).map_err(|d| Divergence {
            what: format!("{}\n{input:?}\n{wire:?}\n{outcome:?}", d.what),
            ..d
        })?;
        browser.advance(u64::from(input.wait));
    }
    Ok(())
}

fn init(input: &Input) -> Init {
    Init {
        method: Some(Cow::Borrowed(pick(&METHODS, input.method).as_bytes())),
        credentials: Some(pick(CredentialsMode::ALL, input.credentials)),
        mode: Some(pick(
            &[Mode::Cors, Mode::Cors, Mode::NoCors, Mode::SameOrigin],
            input.mode,
        )),
        redirect: Some(pick(RedirectMode::ALL, input.redirect)),
        headers: input
            .headers
            .iter()
            .take(8)
            .map(|(n, v)| {
                (
                    Cow::Borrowed(pick(&NAMES, *n).as_bytes()),
                    Cow::Borrowed(pick(&VALUES, *v).as_bytes()),
                )
            })
            .collect(),
        body: (input.body && !matches!(pick(&METHODS, input.method), "GET" | "HEAD"))
            .then(|| InitBody::Text("x".into())),
        ..Init::new(pick(&URLS, input.url))
    }
}

type Wire = Vec<(WireRequest, Answer)>;

fn run(browser: &mut Browser, request: Request, input: &Input) -> Result<(Outcome, Wire), Divergence> {
    let mut wire = Wire::new();
    let ended = Driver::<Off>::new(request, Options::default()).run(browser, |sent| {
        let answer = if input.script.is_empty() {
            Answer::Failure
        } else {
            input.script[wire.len() % input.script.len().min(24)].answer()
        };
        wire.push((sent, answer.clone()));
        answer
    });
    law("next always ends", wire.len() <= MOST_EXCHANGES, || {
        format!("{} exchanges", wire.len())
    })?;
    Ok((ended.outcome, wire))
}

fn header<'a>(headers: &'a HeaderList, name: &str) -> Option<&'a [u8]> {
    headers
        .iter()
        .find(|h| h.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|h| &*h.value)
}

fn items(headers: &HeaderList, name: &str) -> Vec<String> {
    let value = String::from_utf8_lossy(header(headers, name).unwrap_or_default()).into_owned();
    value
        .split(',')
        .map(|i| i.trim().to_owned())
        .filter(|i| !i.is_empty())
        .collect()
}

fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Checks the laws with the bytes of the wire only.
fn laws(page: &Page, include: bool, round: u8, outcome: &Outcome, wire: &Wire) -> Result<(), Divergence> {
    let shares = |sent: &WireRequest, headers: &HeaderList| {
        let origin = header(&sent.headers, "Origin").unwrap_or_default();
        let acao = header(headers, "Access-Control-Allow-Origin");
        if include {
            acao == Some(origin) && header(headers, "Access-Control-Allow-Credentials") == Some(b"true")
        } else {
            acao == Some(b"*") || acao == Some(origin)
        }
    };
    if outcome.response_type == ResponseType::Cors {
        let last = wire.last();
        let ok = matches!(last, Some((sent, Answer::Response(r))) if shares(sent, &r.headers));
        law("a cors response was shared by its own headers", ok, || {
            "last exchange".to_owned()
        })?;
    }
    for (i, (sent, answer)) in wire.iter().enumerate() {
        let foreign = site(&sent.url) != page.origin.serialize();
        law(
            "a preflight carries no cookie and no body",
            !sent.preflight || (sent.body.is_empty() && header(&sent.headers, "Cookie").is_none()),
            || format!("exchange {i}"),
        )?;
        law(
            "a preflight is OPTIONS with ACRM and Origin",
            !sent.preflight
                || (*sent.method == *b"OPTIONS"
                    && header(&sent.headers, "Access-Control-Request-Method").is_some()
                    && header(&sent.headers, "Origin").is_some()),
            || format!("exchange {i}"),
        )?;
        let acrh = items(&sent.headers, "Access-Control-Request-Headers");
        law(
            "ACRH is lower-case, sorted and unique",
            acrh.windows(2).all(|w| w[0] < w[1]) && acrh.iter().all(|n| *n == n.to_lowercase()),
            || format!("exchange {i}"),
        )?;
        let unsafe_method = !matches!(&*sent.method, b"GET" | b"HEAD" | b"POST");
        if sent.preflight || !foreign || !unsafe_method || outcome_is_local(sent) || round > 0 {
            continue;
        }
        // The first round starts with an empty cache, so a preflight on this wire must have granted the method at this URL.
        let granted = wire[..i].iter().any(|(p, a)| {
            let Answer::Response(r) = a else { return false };
            p.preflight
                && p.url == sent.url
                && (200..300).contains(&r.status)
                && shares(p, &r.headers)
                && items(&r.headers, "Access-Control-Allow-Methods")
                    .iter()
                    .any(|m| m.as_bytes() == &*sent.method || (!include && m == "*"))
        });
        law(
            "an unsafe method crosses origins only after a preflight that granted it",
            granted,
            || format!("exchange {i}: {answer:?}"),
        )?;
    }
    Ok(())
}

/// Returns whether the request needs no preflight because it is not sent to a server. A request in mode same-origin never leaves its
/// origin, so it needs no exception here.
fn outcome_is_local(sent: &WireRequest) -> bool {
    sent.url.scheme() == "data"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_holds() {
        for n in 0_u32..4000 {
            let seed: Vec<u8> = (0..96_u32)
                .map(|i| (n.wrapping_mul(2_654_435_761).rotate_left(i) ^ i.wrapping_mul(n + 7)).to_le_bytes()[0])
                .collect();
            check(&seed).unwrap();
        }
    }
}
