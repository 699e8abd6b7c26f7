//! Faults of preflights, of stored preflights and of redirects.

use crate::client::{Context, Fault};
use crate::faults::{Faults, SCRIPTS, SIMPLE, skips_preflight, wire};
use crosscheck_fetch::{HeaderList, Via, WireRequest};

/// When a preflight is sent, and what its response must be.
pub(crate) fn preflights(out: &mut Faults) {
    for via in SCRIPTS {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            out.push((
                format!("{via} does not preflight {method}"),
                skips_preflight(move |c, w| c.via() == via && requests(w, method)),
            ));
        }
        out.push((
            format!("{via} does not preflight a header"),
            skips_preflight(move |c, w| {
                c.via() == via
                    && w.headers.contains(b"access-control-request-headers")
                    && SIMPLE.iter().any(|m| requests(w, m))
            }),
        ));
        out.push((
            format!("{via} does not preflight behind a redirect"),
            skips_preflight(move |c, w| c.via() == via && c.is_redirected(&w.url)),
        ));
    }
    let is_cut = |body: &[u8], headers: &HeaderList| {
        let length = headers
            .get(b"content-length")
            .and_then(|l| String::from_utf8_lossy(&l).parse::<usize>().ok());
        length.is_some_and(|length| length > body.len())
    };
    for via in SCRIPTS {
        out.push((
            format!("{via} waits for the body of a preflight"),
            Fault::Fails(Box::new(move |c, w, r| {
                c.via() == via && w.preflight && is_cut(&r.body, &r.headers)
            })),
        ));
        for status in [201, 204, 299] {
            out.push((
                format!("{via} refuses a preflight with status {status}"),
                Fault::Fails(Box::new(move |c, w, r| {
                    c.via() == via && w.preflight && r.status == status
                })),
            ));
        }
    }
    out.push((
        "a preflight with a chunked body fails".to_owned(),
        Fault::Fails(Box::new(|_, w, r| {
            w.preflight && r.headers.contains(b"transfer-encoding")
        })),
    ));
    out.push((
        "a preflight with a body fails".to_owned(),
        Fault::Fails(Box::new(|_, w, r| w.preflight && !r.body.is_empty())),
    ));
    for status in [202, 203, 205, 206, 207, 208, 210, 226, 250, 298] {
        out.push((
            format!("a preflight with status {status} fails"),
            Fault::Fails(Box::new(move |_, w, r| w.preflight && r.status == status)),
        ));
    }
}

fn requests(wire: &WireRequest, method: &str) -> bool {
    wire.headers.get(b"access-control-request-method").as_deref() == Some(method.as_bytes())
}

/// What a stored preflight serves: each fault leaves one part out of the key, or keeps an entry for too long.
pub(crate) fn stored_preflights(out: &mut Faults) {
    for via in SCRIPTS {
        let stored = move |c: &Context<'_>, w: &WireRequest, serves: fn(&WireRequest, &WireRequest) -> bool| {
            let mut fetches = c.earlier.iter().flatten();
            c.via() == via && fetches.any(|h| h.request.preflight && serves(&h.request, w))
        };
        type Serves = fn(&WireRequest, &WireRequest) -> bool;
        let keys: [(&str, Serves); 5] = [
            ("another origin", |a, b| a.url == b.url && same_request(a, b)),
            ("another URL of the server", |a, b| {
                a.url.host() == b.url.host() && same_origin(a, b) && same_request(a, b)
            }),
            ("another method", |a, b| {
                a.url == b.url && same_origin(a, b) && same(a, b, b"access-control-request-headers")
            }),
            ("another header", |a, b| {
                a.url == b.url && same_origin(a, b) && same(a, b, b"access-control-request-method")
            }),
            ("credentials, a failure or an expiry", |a, b| {
                a.url == b.url && same_origin(a, b) && same_request(a, b)
            }),
        ];
        for (name, serves) in keys {
            out.push((
                format!("a stored preflight serves {via} with {name}"),
                skips_preflight(move |c, w| stored(c, w, serves)),
            ));
        }
    }
}

fn same(a: &WireRequest, b: &WireRequest, name: &[u8]) -> bool {
    a.headers.get(name) == b.headers.get(name)
}

fn same_origin(a: &WireRequest, b: &WireRequest) -> bool {
    same(a, b, b"origin")
}

fn same_request(a: &WireRequest, b: &WireRequest) -> bool {
    same(a, b, b"access-control-request-method") && same(a, b, b"access-control-request-headers")
}

/// What a redirect changes, and how many are followed.
pub(crate) fn redirects(out: &mut Faults) {
    out.push((
        "the limit of redirects starts anew at another origin".to_owned(),
        Fault::Follows(Box::new(|c| {
            let first = c.hops.first().map(|h| h.request.url.origin());
            c.hops.len() == 21 && c.hops.iter().any(|h| Some(h.request.url.origin()) != first)
        })),
    ));
    for via in [Via::Xhr, Via::Img, Via::Script] {
        out.push((
            format!("{via} has no limit of redirects"),
            Fault::Follows(Box::new(move |c| c.via() == via && c.hops.len() == 21)),
        ));
    }
    for via in SCRIPTS {
        out.push((
            format!("{via} keeps Authorization abroad"),
            wire(move |c, w| authorize(c, w, via, |c, w| !c.is_home(&w.url))),
        ));
        out.push((
            format!("{via} restores Authorization back at home"),
            wire(move |c, w| authorize(c, w, via, |c, w| c.is_home(&w.url))),
        ));
        out.push((
            format!("{via} keeps its origin behind foreign redirects"),
            wire(move |c, w| {
                let own = c.spec.page.origin.serialize().into_owned();
                if c.via() == via && c.is_redirected(&w.url) && w.headers.contains(b"origin") {
                    w.headers.set(&b"Origin"[..], own.into_bytes());
                }
            }),
        ));
        out.push((
            format!("{via} keeps the method where a redirect rewrites it"),
            wire(move |c, w| {
                let first = c
                    .hops
                    .iter()
                    .find(|h| !h.request.preflight)
                    .map(|h| h.request.method.clone());
                if c.via() == via
                    && !w.preflight
                    && let Some(first) = first
                {
                    w.method = first;
                }
            }),
        ));
        out.push((
            format!("{via} turns HEAD into GET behind a redirect"),
            wire(move |c, w| {
                if c.via() == via && c.is_redirected(&w.url) && *w.method == *b"HEAD" {
                    w.method = b"GET"[..].into();
                }
            }),
        ));
    }
    for via in [Via::Img, Via::Script, Via::Form] {
        out.push((
            format!("{via} keeps its origin behind foreign redirects"),
            wire(move |c, w| {
                if c.via() == via && c.is_redirected(&w.url) && w.headers.contains(b"origin") {
                    w.headers
                        .set(&b"Origin"[..], c.spec.page.origin.serialize().into_owned().into_bytes());
                }
            }),
        ));
    }
}

fn authorize(c: &Context<'_>, w: &mut WireRequest, via: Via, applies: fn(&Context<'_>, &WireRequest) -> bool) {
    let set = c
        .spec
        .request
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(b"authorization"));
    if let Some((name, value)) = set
        && c.via() == via
        && !w.preflight
        && c.is_redirected(&w.url)
        && applies(c, w)
    {
        w.headers.set(name.clone(), value.clone());
    }
}
