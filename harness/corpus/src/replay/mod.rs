//! Runs a case on the model: the harness plays the servers, the model plays the browser.

mod check;
mod compare;
mod difference;
mod implied;
mod script;

use check::Disagreement;
pub use check::check_outcome;
pub use difference::OutcomeDifference;
pub use implied::shows_nothing;
pub use script::{Matched, Script, Seen, request_differences};

use crate::case::{AlsoAllowed, Case, Exchange, FetchSpec};
use crate::expect::Expect;
use crosscheck_fetch::{
    Browser, Driver, Leniencies, Leniency, MOST_EXCHANGES, Options, Outcome, Reply, Request, Step, Trace, Tracer,
    TypeError, WireRequest,
};
use crosscheck_text::StepId;

/// The result of a case on the model.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The fetches in order, without leniencies.
    pub fetches: Vec<FetchReplay>,
    /// The disagreements between the model and the case.
    pub mismatches: Vec<Mismatch>,
}

/// The result of one fetch.
#[derive(Clone, Debug)]
pub struct FetchReplay {
    /// The outcome for the page, or why the API throws.
    pub outcome: Result<Outcome, TypeError>,
    /// The exchanges.
    pub exchanges: Vec<ReplayedExchange>,
    /// The events that led to the outcome.
    pub trace: Trace,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct ReplayedExchange {
    /// The request.
    pub request: WireRequest,
    /// The entry of the case that it matched.
    pub entry: Option<usize>,
    /// The reply.
    pub reply: Reply,
}

/// A disagreement between the model and a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The index of the fetch.
    pub fetch: usize,
    /// The leniency that was switched on, for an entry of `also_allowed`.
    pub leniency: Option<Leniency>,
    /// The difference.
    pub what: String,
    /// The step in `decided_by`, if the disagreement is about it.
    pub decided_by: Option<StepId>,
    /// The deciding event, as a sentence.
    pub decided: Option<String>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.fetch > 0 {
            write!(f, "fetch {}: ", self.fetch + 1)?;
        }
        if let Some(leniency) = self.leniency {
            write!(f, "with the leniency {leniency}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(decided) = &self.decided {
            write!(f, " (decided by {decided})")?;
        }
        Ok(())
    }
}

/// Runs a case on the model, without leniencies and with each leniency of `also_allowed`, and compares the results.
#[must_use]
pub fn replay(case: &Case) -> Replay {
    let mut mismatches = Vec::new();
    let fetches = run::<Trace>(case, None, &mut mismatches);
    lenient(case, &mut mismatches);
    Replay { fetches, mismatches }
}

/// Like [`replay`], but returns only the disagreements. It runs without a trace unless there is a disagreement.
#[must_use]
pub fn mismatches(case: &Case) -> Vec<Mismatch> {
    let traced = case.fetches().iter().any(|f| {
        let also = f.also_allowed.iter().filter_map(|a| a.expect.as_ref());
        std::iter::once(&f.expect).chain(also).any(|e| e.decided_by.is_some())
    });
    if traced {
        return replay(case).mismatches;
    }
    let mut mismatches = Vec::new();
    run::<crosscheck_fetch::Off>(case, None, &mut mismatches);
    lenient(case, &mut mismatches);
    if mismatches.is_empty() {
        return mismatches;
    }
    // Runs again with a trace, for the deciding event.
    replay(case).mismatches
}

/// Runs each entry of `also_allowed` with its leniency switched on; the other fetches use their own entry for that leniency.
fn lenient(case: &Case, mismatches: &mut Vec<Mismatch>) {
    for (i, fetch) in case.fetches().iter().enumerate() {
        for (j, also) in fetch.also_allowed.iter().enumerate() {
            run::<Trace>(case, Some((i, j, also.leniency)), mismatches);
        }
    }
}

/// The expected exchanges and outcome of a fetch: those of the case, or those of an `also_allowed` entry.
fn script_of(spec: &FetchSpec, also: Option<&AlsoAllowed>) -> (Vec<Exchange>, Expect) {
    let exchange = also
        .and_then(|a| a.exchange.clone())
        .unwrap_or_else(|| spec.exchange.clone());
    let expect = also
        .and_then(|a| a.expect.clone())
        .unwrap_or_else(|| spec.expect.clone());
    (exchange, expect)
}

fn run<T: Tracer>(
    case: &Case,
    with: Option<(usize, usize, Leniency)>,
    mismatches: &mut Vec<Mismatch>,
) -> Vec<FetchReplay> {
    let mut browser = Browser::new();
    for cookie in case.cookies() {
        browser.set_cookie(&cookie.url, &cookie.set);
    }
    let leniency = with.map(|(.., leniency)| leniency);
    let leniencies = leniency.map_or(Leniencies::NONE, |l| Leniencies::NONE.with(l));
    let mut fetches = Vec::with_capacity(case.fetches().len());
    for (i, spec) in case.fetches().iter().enumerate() {
        browser.advance(spec.after);
        let also = with.and_then(|(fetch, entry, leniency)| {
            if fetch == i {
                spec.also_allowed.get(entry)
            } else {
                spec.also_allowed.iter().find(|a| a.leniency == leniency)
            }
        });
        let mut found = Vec::new();
        let replayed = match also {
            None => one::<T>(spec, &spec.exchange, &spec.expect, leniencies, &mut browser, &mut found),
            Some(_) => {
                let (exchange, expect) = script_of(spec, also);
                one::<T>(spec, &exchange, &expect, leniencies, &mut browser, &mut found)
            }
        };
        // A fetch without an entry for the leniency has no expectation for a browser that uses it.
        if with.is_some() && also.is_none() {
            found.clear();
        }
        if !found.is_empty() {
            let last = replayed.trace.deciding().or_else(|| replayed.trace.events.last());
            let decided = last.map(|e| format!("{}: {} [{}]", e.algorithm, e.reason, Step::join(&e.steps)));
            mismatches.extend(found.into_iter().map(|Disagreement { what, decided_by }| Mismatch {
                fetch: i,
                leniency,
                what,
                decided_by,
                decided: decided.clone(),
            }));
        }
        fetches.push(replayed);
    }
    fetches
}

fn one<T: Tracer>(
    spec: &FetchSpec,
    exchange: &[Exchange],
    expect: &Expect,
    leniencies: Leniencies,
    browser: &mut Browser,
    found: &mut Vec<Disagreement>,
) -> FetchReplay {
    let mut script = Script::new(exchange);
    let mut exchanges = Vec::with_capacity(exchange.len());
    let (outcome, trace) = match Request::new(&spec.page, spec.request.clone()) {
        Err(error) => (Err(error), Trace::default()),
        Ok(request) => {
            let options = Options {
                leniencies,
                over_http2: spec.is_over_http2(exchange),
            };
            let ended = Driver::<T>::new(request, options).run(browser, |wire| {
                let matched = script.reply(&Seen::from(&wire));
                let reply = matched.response.reply_to(&wire.method);
                if let Some(what) = matched.unmatched {
                    found.push(what.into());
                }
                let entry = matched.entry.and_then(|entry| exchange.get(entry));
                if let Some(leniency) = entry.and_then(|e| e.optional)
                    && leniencies == Leniencies::NONE
                {
                    let what = format!(
                        "request {} is marked `optional: {leniency}`, but the standard sends it",
                        exchanges.len() + 1
                    );
                    found.push(what.into());
                }
                exchanges.push(ReplayedExchange {
                    request: wire,
                    entry: matched.entry,
                    reply: reply.clone(),
                });
                reply
            });
            if ended.exchanges >= MOST_EXCHANGES {
                found.push(format!("more than {MOST_EXCHANGES} requests; the fetch was cut off").into());
            }
            (Ok(ended.outcome), ended.tracer.into_trace())
        }
    };
    found.extend(script.finish().into_iter().map(Disagreement::from));
    check::compare(spec, expect, &outcome, &trace, T::ON, found);
    FetchReplay {
        outcome,
        exchanges,
        trace,
    }
}
