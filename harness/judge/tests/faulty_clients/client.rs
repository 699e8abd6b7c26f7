//! A client that is the model of the standard with one wrong line. It reports what a page would, and the judge of clients judges it.

use crosscheck_corpus::replay::shows_nothing;
use crosscheck_corpus::wire::refusal;
use crosscheck_corpus::{Case, FetchSpec};
use crosscheck_fetch::invert::with_inverted;
use crosscheck_fetch::{
    Answer, Browser, Driver, HeaderList, Init, Mode, Next, Off, Options, Outcome, Reply, Request, ResponseType, Url,
    Via, WireRequest, WireResponse,
};
use crosscheck_judge::client::{Judged, Observed, ObservedFetch, answer, judge};

/// One exchange of a fetch.
pub(crate) struct Hop {
    pub(crate) request: WireRequest,
    /// The response; none if the connection failed.
    pub(crate) response: Option<WireResponse>,
}

/// What a fault may look at.
pub(crate) struct Context<'c> {
    pub(crate) spec: &'c FetchSpec,
    /// The fetches of the case before this one, each with its exchanges.
    pub(crate) earlier: &'c [Vec<Hop>],
    /// The exchanges of this fetch so far.
    pub(crate) hops: &'c [Hop],
}

impl Context<'_> {
    pub(crate) fn via(&self) -> Via {
        self.spec.request.via
    }

    /// Whether the URL is of the page's own origin.
    pub(crate) fn is_home(&self, url: &Url) -> bool {
        self.spec.page.origin.same_origin_with_url(url)
    }

    /// Whether an actual request went to another URL before this one.
    pub(crate) fn is_redirected(&self, url: &Url) -> bool {
        let mut actual = self.hops.iter().filter(|h| !h.request.preflight);
        actual.any(|h| h.request.url != *url)
    }

    /// The last response to an actual request.
    pub(crate) fn last(&self) -> Option<&WireResponse> {
        let mut actual = self.hops.iter().rev().filter(|h| !h.request.preflight);
        actual.next()?.response.as_ref()
    }
}

type Predicate<A> = Box<dyn Fn(&Context<'_>, &A) -> bool>;
type Change<A> = Box<dyn Fn(&Context<'_>, &mut A)>;

type Failure = Box<dyn Fn(&Context<'_>, &WireRequest, &WireResponse) -> bool>;

/// One wrong line.
pub(crate) enum Fault {
    /// None: the client is right.
    Nothing,
    /// Changes what the page asks for.
    Init(Box<dyn Fn(&mut Init)>),
    /// Changes a request on its way to the server.
    Wire(Change<WireRequest>),
    /// A preflight is left out, and counts as passed.
    SkipsPreflight(Predicate<WireRequest>),
    /// The CORS check of a response passes whatever its headers are.
    SkipsCheck(Predicate<WireRequest>),
    /// A response counts as a failed connection.
    Fails(Failure),
    /// A redirect that ended the fetch is followed.
    Follows(Box<dyn Fn(&Context<'_>) -> bool>),
    /// A branch of the model is inverted.
    Inverted(&'static str, Box<dyn Fn(&Context<'_>) -> bool>),
    /// Changes what the page reads.
    Outcome(Change<Outcome>),
}

/// Runs a case on the client with that fault, and judges it.
pub(crate) fn run(case: &Case, fault: &Fault) -> Judged {
    let mut browser = Browser::new();
    for cookie in case.cookies() {
        browser.set_cookie(&cookie.url, &cookie.set);
    }
    let mut earlier = Vec::new();
    let mut ended = Vec::new();
    for spec in case.fetches() {
        browser.advance(spec.after);
        let (requests, outcome, hops) = fetch(spec, &earlier, fault, &mut browser);
        earlier.push(hops);
        ended.push((spec, requests, outcome));
    }
    let fetches: Vec<ObservedFetch<'_>> = ended
        .iter()
        .map(|(spec, requests, outcome)| ObservedFetch {
            spec,
            requests,
            outcome,
            error_name: "",
            control: None,
        })
        .collect();
    judge(case, &fetches)
}

fn fetch(
    spec: &FetchSpec,
    earlier: &[Vec<Hop>],
    fault: &Fault,
    browser: &mut Browser,
) -> (Vec<Observed>, Outcome, Vec<Hop>) {
    let mut requests = Vec::new();
    let mut hops: Vec<Hop> = Vec::new();
    let mut init = spec.request.clone();
    if let Fault::Init(change) = fault {
        change(&mut init);
    }
    let request = step(spec, earlier, &hops, fault, || Request::new(&spec.page, init));
    let mut outcome = match request {
        Err(_) => Outcome::error(),
        Ok(request) => {
            let options = Options {
                over_http2: spec.is_over_http2(&spec.exchange),
                ..Options::default()
            };
            let mut driver = Driver::<Off>::new(request, options);
            let mut next = step(spec, earlier, &hops, fault, || driver.start(browser));
            loop {
                let wire = match next {
                    Next::Done(outcome) => break outcome,
                    Next::Send(wire) => wire,
                };
                let reply = exchange(spec, earlier, fault, &mut requests, &mut hops, wire);
                next = step(spec, earlier, &hops, fault, || driver.resume(browser, reply));
            }
        }
    };
    let context = Context {
        spec,
        earlier,
        hops: &hops,
    };
    outcome = as_page_sees(spec, outcome);
    match fault {
        Fault::Follows(applies) if outcome.response_type == ResponseType::Error && applies(&context) => {
            follow(spec, &context, &mut requests);
        }
        Fault::Outcome(change) => change(&context, &mut outcome),
        _ => {}
    }
    (requests, outcome, hops)
}

/// Runs one step of the model, with a branch inverted if that is the fault.
fn step<R>(spec: &FetchSpec, earlier: &[Vec<Hop>], hops: &[Hop], fault: &Fault, f: impl FnOnce() -> R) -> R {
    match fault {
        Fault::Inverted(branch, applies) if applies(&Context { spec, earlier, hops }) => with_inverted(branch, f),
        _ => f(),
    }
}

fn exchange(
    spec: &FetchSpec,
    earlier: &[Vec<Hop>],
    fault: &Fault,
    requests: &mut Vec<Observed>,
    hops: &mut Vec<Hop>,
    mut wire: WireRequest,
) -> Reply {
    let context = Context { spec, earlier, hops };
    match fault {
        Fault::SkipsPreflight(applies) if wire.preflight && applies(&context, &wire) => {
            return Answer::Response(permission(&wire)).into();
        }
        Fault::Wire(change) => change(&context, &mut wire),
        _ => {}
    }
    requests.push(observed(&wire));
    let response = answer(spec, requests).map_or_else(refusal, |m| m.response.into_owned());
    let mut reply = response.reply_to(&wire.method);
    if let Answer::Response(response) = &mut reply.answer {
        match fault {
            Fault::SkipsCheck(applies) if !wire.preflight && applies(&context, &wire) => share(&wire, response),
            Fault::Fails(applies) if applies(&context, &wire, response) => reply = Answer::Failure.into(),
            _ => {}
        }
    }
    hops.push(Hop {
        request: wire,
        response: match &reply.answer {
            Answer::Response(response) => Some(response.clone()),
            Answer::Failure => None,
        },
    });
    reply
}

/// Sends the request that a redirect leads to.
fn follow(spec: &FetchSpec, context: &Context<'_>, requests: &mut Vec<Observed>) {
    let Some(last) = context.hops.last() else { return };
    let location = last.response.as_ref().and_then(|r| r.headers.get(b"location"));
    let target = location.and_then(|l| last.request.url.join(&String::from_utf8_lossy(&l)).ok());
    if let Some(url) = target {
        requests.push(observed(&WireRequest {
            url,
            ..last.request.clone()
        }));
        answer(spec, requests);
    }
}

fn observed(wire: &WireRequest) -> Observed {
    Observed {
        method: wire.method.to_vec(),
        url: wire.url.clone(),
        headers: wire.headers.clone(),
        body: wire.body.clone(),
        sent: Vec::new(),
        answered: Vec::new(),
    }
}

/// The response to a preflight that grants what it asks for, and is not stored.
fn permission(wire: &WireRequest) -> WireResponse {
    let asked = |name: &[u8]| wire.headers.get(name).unwrap_or_default().into_owned();
    let headers = [
        ("Access-Control-Allow-Origin", asked(b"origin")),
        ("Access-Control-Allow-Credentials", b"true".to_vec()),
        ("Access-Control-Allow-Methods", asked(b"access-control-request-method")),
        ("Access-Control-Allow-Headers", asked(b"access-control-request-headers")),
        ("Access-Control-Max-Age", b"0".to_vec()),
    ];
    WireResponse {
        status: 204,
        headers: headers.map(|(n, v)| (n.as_bytes().to_vec(), v)).into_iter().collect(),
        ..WireResponse::default()
    }
}

/// Makes a response pass the CORS check.
fn share(wire: &WireRequest, response: &mut WireResponse) {
    if let Some(origin) = wire.headers.get(b"origin") {
        response
            .headers
            .set(&b"Access-Control-Allow-Origin"[..], origin.into_owned());
        response
            .headers
            .set(&b"Access-Control-Allow-Credentials"[..], &b"true"[..]);
    }
}

/// What the page of the harness reports: an element is loaded or not, and headers of one name are combined.
fn as_page_sees(spec: &FetchSpec, outcome: Outcome) -> Outcome {
    let of = |response_type| Outcome {
        response_type,
        ..Outcome::error()
    };
    match spec.request.via {
        Via::Form | Via::Navigate => of(ResponseType::Opaque),
        _ if shows_nothing(outcome.response_type) => outcome,
        Via::Img | Via::Script if spec.request.mode == Some(Mode::Cors) => of(ResponseType::Cors),
        Via::Img | Via::Script => of(ResponseType::Opaque),
        Via::WebSocket => of(ResponseType::Basic),
        Via::Fetch | Via::Xhr => {
            let mut combined = HeaderList::new();
            for header in &outcome.headers {
                if !combined.contains(&header.name) {
                    let value = outcome.headers.get(&header.name).unwrap_or_default().into_owned();
                    combined.push(header.name.clone(), value);
                }
            }
            Outcome {
                headers: combined,
                ..outcome
            }
        }
    }
}
