//! The faults: each is one line of a client that is wrong, most in one way to request or only behind a redirect.

use crate::client::{Context, Fault};
use crate::hops;
use crosscheck_fetch::{CredentialsMode, HeaderList, Mode, Outcome, ResponseType, Via, WireRequest, is_ok_status};

pub(crate) const SCRIPTS: [Via; 2] = [Via::Fetch, Via::Xhr];
const ELEMENTS: [Via; 2] = [Via::Img, Via::Script];
pub(crate) const SIMPLE: [&str; 3] = ["GET", "HEAD", "POST"];
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"];

/// All faults, each with a name.
pub(crate) fn all() -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    leaks(&mut faults);
    of_xhr(&mut faults);
    credentials(&mut faults);
    cookies_and_origin(&mut faults);
    checks(&mut faults);
    hops::preflights(&mut faults);
    hops::stored_preflights(&mut faults);
    hops::redirects(&mut faults);
    faults
}

pub(crate) type Faults = Vec<(String, Fault)>;

fn outcome(change: impl Fn(&Context<'_>, &mut Outcome) + 'static) -> Fault {
    Fault::Outcome(Box::new(change))
}

pub(crate) fn wire(change: impl Fn(&Context<'_>, &mut WireRequest) + 'static) -> Fault {
    Fault::Wire(Box::new(change))
}

fn skips_check(applies: impl Fn(&Context<'_>, &WireRequest) -> bool + 'static) -> Fault {
    Fault::SkipsCheck(Box::new(applies))
}

pub(crate) fn skips_preflight(applies: impl Fn(&Context<'_>, &WireRequest) -> bool + 'static) -> Fault {
    Fault::SkipsPreflight(Box::new(applies))
}

/// A response that shows nothing shows one facet.
fn leaks(out: &mut Faults) {
    type Leak = fn(&Context<'_>, &mut Outcome);
    let facets: [(&str, Leak); 6] = [
        ("status", |c, o| o.status = c.last().map_or(0, |r| r.status)),
        ("status text", |c, o| {
            o.status_text = c.last().map(|r| r.status_text.clone()).unwrap_or_default()
        }),
        ("headers", |c, o| {
            o.headers = c.last().map(|r| r.headers.clone()).unwrap_or_default()
        }),
        ("body", |c, o| {
            o.body = c.last().map(|r| r.body.clone()).unwrap_or_default()
        }),
        ("last URL", |c, o| {
            o.url = c.hops.last().map(|h| h.request.url.to_string()).unwrap_or_default()
        }),
        ("redirected", |c, o| {
            o.redirected = c.hops.last().is_some_and(|h| c.is_redirected(&h.request.url))
        }),
    ];
    for kind in [ResponseType::Opaque, ResponseType::OpaqueRedirect, ResponseType::Error] {
        for (name, leak) in facets {
            // An opaque redirect has the URL of its request, and was not redirected.
            let has_it = kind == ResponseType::OpaqueRedirect && matches!(name, "last URL" | "redirected");
            // fetch() rejects with an error that has no facets.
            let via = if kind == ResponseType::Error {
                Via::Xhr
            } else {
                Via::Fetch
            };
            if has_it || (via == Via::Xhr && name == "redirected") {
                continue;
            }
            out.push((
                format!("{kind} shows its {name}"),
                outcome(move |c, o| {
                    if o.response_type == kind && c.via() == via {
                        leak(c, o);
                    }
                }),
            ));
        }
    }
    out.push((
        "an opaque redirect shows its target".to_owned(),
        outcome(|c, o| {
            if o.response_type == ResponseType::OpaqueRedirect
                && let Some(location) = c.last().and_then(|r| r.headers.get(b"location"))
            {
                o.url = String::from_utf8_lossy(&location).into_owned();
            }
        }),
    ));
}

/// What XMLHttpRequest shows.
fn of_xhr(out: &mut Faults) {
    type Wrong = fn(&Context<'_>, &mut Outcome);
    let faults: [(&str, Wrong); 10] = [
        ("shows no header of a shared response", |_, o| {
            o.headers = HeaderList::new()
        }),
        ("shows every header of a shared response", |c, o| {
            o.headers = c.last().map(|r| r.headers.clone()).unwrap_or_default();
        }),
        ("shows the safelisted headers only", |_, o| {
            o.headers.retain(|h| h.name.eq_ignore_ascii_case(b"content-type"))
        }),
        ("shows the status 200", |_, o| o.status = 200),
        ("shows no status text", |_, o| o.status_text = Vec::new().into()),
        ("shows no body of an error status", |_, o| {
            if !is_ok_status(o.status) {
                o.body.clear();
            }
        }),
        ("shows the URL of the request", |c, o| {
            o.url = c.spec.request.url.clone()
        }),
        ("shows the first of repeated headers", |c, o| {
            let first = |name: &[u8]| {
                c.last()?
                    .headers
                    .iter()
                    .find(|h| h.name.eq_ignore_ascii_case(name))
                    .cloned()
            };
            let firsts: Vec<_> = o.headers.iter().filter_map(|h| first(&h.name)).collect();
            o.headers = firsts.into_iter().map(|h| (h.name, h.value)).collect();
        }),
        ("trims combined values", |_, o| {
            let trimmed = o
                .headers
                .iter()
                .map(|h| (h.name.clone(), h.value.trim_ascii().to_vec()));
            o.headers = trimmed.collect();
        }),
        ("shows every header behind a redirect", |c, o| {
            if c.hops.last().is_some_and(|h| c.is_redirected(&h.request.url)) {
                o.headers = c.last().map(|r| r.headers.clone()).unwrap_or_default();
            }
        }),
    ];
    for (name, wrong) in faults {
        out.push((
            format!("XMLHttpRequest {name}"),
            outcome(move |c, o| {
                if c.via() == Via::Xhr && matches!(o.response_type, ResponseType::Basic | ResponseType::Cors) {
                    wrong(c, o);
                }
            }),
        ));
    }
    out.push((
        "XMLHttpRequest shows every header to a page with an opaque origin".to_owned(),
        outcome(|c, o| {
            if c.via() == Via::Xhr && o.response_type == ResponseType::Cors && c.spec.page.origin.serialize() == "null"
            {
                o.headers = c.last().map(|r| r.headers.clone()).unwrap_or_default();
            }
        }),
    ));
}

/// Which credentials mode an element or an XMLHttpRequest has.
fn credentials(out: &mut Faults) {
    use CredentialsMode::{Include, Omit, SameOrigin};
    for via in ELEMENTS.into_iter().chain([Via::Xhr]) {
        for (from, to) in [
            (SameOrigin, Omit),
            (SameOrigin, Include),
            (Include, SameOrigin),
            (Include, Omit),
        ] {
            out.push((
                format!("{via} in mode cors uses {to} for {from}"),
                Fault::Init(Box::new(move |init| {
                    let is_cors = via == Via::Xhr || init.mode == Some(Mode::Cors);
                    if init.via == via && is_cors && init.credentials.unwrap_or(SameOrigin) == from {
                        init.credentials = Some(to);
                    }
                })),
            ));
        }
        if via == Via::Xhr {
            continue;
        }
        for to in [SameOrigin, Omit] {
            out.push((
                format!("{via} without crossorigin uses {to}"),
                Fault::Init(Box::new(move |init| {
                    if init.via == via && init.mode != Some(Mode::Cors) {
                        init.credentials = Some(to);
                    }
                })),
            ));
        }
        out.push((
            format!("{via} ignores crossorigin"),
            Fault::Init(Box::new(move |init| {
                if init.via == via {
                    init.mode = Some(Mode::NoCors);
                }
            })),
        ));
    }
}

/// Which cookies and which Origin a request carries.
fn cookies_and_origin(out: &mut Faults) {
    for via in [Via::Fetch, Via::Xhr, Via::Img, Via::Script, Via::Navigate, Via::Form] {
        out.push((
            format!("{via} sends no cookies behind a redirect"),
            wire(move |c, w| {
                if c.via() == via && c.is_redirected(&w.url) {
                    w.headers.delete(b"cookie");
                }
            }),
        ));
    }
    for via in [Via::Fetch, Via::Xhr, Via::Img, Via::Script] {
        out.push((
            format!("{via} repeats the first cookies behind a redirect"),
            wire(move |c, w| {
                let first = c.hops.iter().find_map(|h| h.request.headers.get(b"cookie"));
                if c.via() == via
                    && c.is_redirected(&w.url)
                    && !w.preflight
                    && let Some(cookie) = first
                {
                    w.headers.set(&b"Cookie"[..], cookie.into_owned());
                }
            }),
        ));
    }
    for (name, via) in [
        ("a form", Via::Form),
        ("a link", Via::Navigate),
        ("a WebSocket", Via::WebSocket),
    ] {
        for home in [true, false] {
            out.push((
                format!("{name} sends no cookies {}", if home { "at home" } else { "abroad" }),
                wire(move |c, w| {
                    if c.via() == via && c.is_home(&w.url) == home {
                        w.headers.delete(b"cookie");
                    }
                }),
            ));
        }
    }
    for via in [Via::Img, Via::Script, Via::Form, Via::WebSocket, Via::Xhr] {
        out.push((
            format!("{via} sends no Origin"),
            wire(move |c, w| {
                if c.via() == via {
                    w.headers.delete(b"origin");
                }
            }),
        ));
        out.push((
            format!("{via} of a page with an opaque origin sends the origin of the document"),
            wire(move |c, w| {
                if c.via() == via && c.spec.page.origin.serialize() == "null" && w.headers.contains(b"origin") {
                    w.headers.set(&b"Origin"[..], &b"https://app.example"[..]);
                }
            }),
        ));
    }
    for via in ELEMENTS.into_iter().chain([Via::Navigate]) {
        out.push((
            format!("{via} always sends Origin"),
            wire(move |c, w| {
                if c.via() == via {
                    w.headers
                        .set(&b"Origin"[..], c.spec.page.origin.serialize().into_owned().into_bytes());
                }
            }),
        ));
    }
}

/// The CORS check is left out.
fn checks(out: &mut Faults) {
    for via in SCRIPTS {
        for method in METHODS {
            out.push((
                format!("{via} does not check the response to {method}"),
                skips_check(move |c, w| c.via() == via && *w.method == *method.as_bytes()),
            ));
        }
        for method in SIMPLE {
            out.push((
                format!("{via} does not check the response to {method} behind a redirect"),
                skips_check(move |c, w| c.via() == via && *w.method == *method.as_bytes() && c.is_redirected(&w.url)),
            ));
        }
    }
    for via in SCRIPTS.into_iter().chain(ELEMENTS) {
        let is = move |c: &Context<'_>| c.via() == via;
        out.push((format!("{via} checks nothing"), skips_check(move |c, _| is(c))));
        out.push((
            format!("{via} does not check a redirect"),
            skips_check(move |c, w| is(c) && has_redirect(c, w)),
        ));
        out.push((
            format!("{via} checks nothing back at home"),
            skips_check(move |c, w| is(c) && c.is_home(&w.url)),
        ));
        out.push((
            format!("{via} checks nothing with credentials"),
            skips_check(move |c, _| is(c) && c.spec.request.credentials == Some(CredentialsMode::Include)),
        ));
        out.push((
            format!("{via} checks nothing for a page with an opaque origin"),
            skips_check(move |c, _| is(c) && c.spec.page.origin.serialize() == "null"),
        ));
        out.push((
            format!("{via} checks nothing after the first hop"),
            skips_check(move |c, w| is(c) && c.is_redirected(&w.url)),
        ));
    }
    for via in SCRIPTS {
        out.push((
            format!("{via} does not check the second redirect"),
            skips_check(move |c, w| c.via() == via && c.is_redirected(&w.url) && has_redirect(c, w)),
        ));
        out.push((
            format!("{via} does not check a response whose preflight was stored"),
            skips_check(move |c, w| {
                c.via() == via && !c.earlier.is_empty() && !SIMPLE.iter().any(|m| *w.method == *m.as_bytes())
            }),
        ));
        out.push((
            format!("{via} does not check a response behind a preflight"),
            skips_check(move |c, _| c.via() == via && c.hops.iter().any(|h| h.request.preflight)),
        ));
        out.push((
            format!("{via} does not check a response to a method that was rewritten"),
            skips_check(move |c, w| {
                let rewritten = |h: &crate::client::Hop| !h.request.preflight && h.request.method != w.method;
                c.via() == via && c.hops.iter().any(rewritten)
            }),
        ));
    }
}

/// Whether the case answers the next request with a redirect.
fn has_redirect(c: &Context<'_>, _: &WireRequest) -> bool {
    let next = c.spec.exchange.get(c.hops.len());
    next.is_some_and(|entry| {
        matches!(&entry.response, crosscheck_corpus::CaseResponse::Parts { headers, .. } if headers.contains(b"location"))
    })
}
