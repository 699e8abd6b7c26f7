//! Runs one case on one listener.

mod attribution;
mod exchanges;
mod send;
mod transcript;
mod vary;
mod without_cors;

use super::browse::{FailedExchange, FailureKind, browse};
use super::case_result::{blank, finish};
use super::listener::Listener;
use crosscheck_corpus::{Case, Policy};
use crosscheck_fetch::Browser;
use crosscheck_judge::record;
use crosscheck_judge::server as judge;
use crosscheck_judge::{DocumentedBehavior, FetchRun, Findings, Place, SharedCache};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, ExchangeRecord, Verdict};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A case, and what it is judged against.
#[derive(Clone, Copy, Debug)]
pub(super) struct CaseRun<'a> {
    pub(super) subject: &'a str,
    pub(super) case: &'a Case,
    /// The policy as written. Without one, only the rules that need no policy apply.
    pub(super) policy: Option<&'a Policy>,
    pub(super) documented: &'a DocumentedBehavior,
    pub(super) limit: Duration,
    /// Whether the server has the paths of the application contract, so that the rules about them apply.
    pub(super) own_paths: bool,
}

/// The result of a case.
#[derive(Debug)]
pub(super) struct JudgedCase {
    pub(super) result: CaseResult,
    pub(super) findings: Findings,
    /// How the subject broke, if it did.
    pub(super) failure: Option<FailureKind>,
}

/// The observations of a case so far. They are kept after a timeout.
#[derive(Default)]
struct Observations {
    findings: Findings,
    runs: Vec<FetchRun>,
    /// How many deviations there were before each of the runs.
    before: Vec<usize>,
    records: Vec<ExchangeRecord>,
    /// The URL of a request that was not sent because it goes to another host.
    elsewhere: Option<String>,
}

impl CaseRun<'_> {
    /// Runs and judges the case within the time limit.
    pub(super) async fn run(&self, listener: &mut Listener) -> JudgedCase {
        let started = Instant::now();
        let mut seen = Observations::default();
        let ended = match timeout(self.limit, self.perform(listener, &mut seen)).await {
            Ok(ended) => ended,
            Err(_) => {
                let (sent, received) = listener.reset();
                Err(FailedExchange {
                    error: FailureKind::Hang(self.limit.as_secs_f64()),
                    sent,
                    received,
                })
            }
        };
        let mut judged = self.judged(seen, ended);
        judged.result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        judged
    }

    /// Runs the case, and again as often as a rate limiter interferes and there is time to wait for it.
    pub(super) async fn run_patiently(&self, listener: &mut Listener) -> JudgedCase {
        let mut first = None;
        loop {
            listener.begin();
            let judged = self.run(listener).await;
            let Some(limited) = listener.limited else {
                listener.futile_waits = 0;
                return judged;
            };
            first = first.or(listener.doubtful);
            if !listener.wait_for(limited).await {
                listener.doubtful = first;
                return judged;
            }
        }
    }

    fn judged(&self, seen: Observations, ended: Result<(), FailedExchange>) -> JudgedCase {
        let Observations {
            mut findings,
            runs,
            before,
            records,
            elsewhere,
        } = seen;
        let mut result = blank(self.subject, self.case, Verdict::Pass);
        result.outcome = runs.iter().map(|r| record::outcome(&r.outcome)).collect();
        if !findings.deviations.is_empty() || ended.is_err() {
            let shown = self.explain(&mut result, &mut findings, &runs, &before);
            let first_record = result.transcript.len();
            result.transcript.extend(records);
            for (deviation, place) in findings.deviations.iter_mut().zip(&findings.places) {
                deviation.exchange = match *place {
                    Some(Place::Exchange { run, at }) => shown.get(run).and_then(|run| run.get(at)).copied(),
                    Some(Place::Record(at)) => Some(first_record + at),
                    None => None,
                };
            }
        }
        let failure = ended.err().map(|failure| {
            let reason = failure.error.to_string();
            findings.examine(&rules::CRASH);
            if let Some(d) = findings.found(&rules::CRASH, failure.error.word(), reason.clone()) {
                d.actual = Some(crosscheck_text::escape_truncated(&failure.received, 200));
                d.exchange = (!failure.sent.is_empty()).then_some(result.transcript.len());
            }
            if !failure.sent.is_empty() {
                result
                    .transcript
                    .push(record::exchange("broken", &failure.sent, &failure.received));
            }
            result.reason = Some(reason);
            failure.error
        });
        finish(&mut result, &findings.deviations);
        if let (true, Some(url)) = (result.deviations.is_empty(), elsewhere) {
            result.verdict = Verdict::NotApplicable;
            result.reason = Some(format!(
                "the answer redirects to {url}; no request is sent to another host"
            ));
        }
        JudgedCase {
            result,
            findings,
            failure,
        }
    }

    fn browser(&self) -> Browser {
        let mut browser = Browser::new();
        for cookie in self.case.cookies() {
            browser.set_cookie(&cookie.url, &cookie.set);
        }
        browser
    }

    async fn perform(&self, listener: &mut Listener, seen: &mut Observations) -> Result<(), FailedExchange> {
        listener.preflights_only = self.case.is_preflight_only();
        if let Some(send) = self.case.send() {
            return self.send(listener, send, seen).await;
        }
        let mut browser = self.browser();
        let mut cache = self.case.has_shared_cache().then(SharedCache::default);
        for (index, spec) in self.case.fetches().iter().enumerate() {
            browser.advance(spec.after);
            let run = browse(listener, &spec.page, &spec.request, &mut browser, cache.as_mut()).await?;
            let before = seen.findings.deviations.len();
            seen.findings.look_at_run(index);
            if let Some(policy) = self.policy {
                judge::effect(&mut seen.findings, policy, spec, &run, self.documented);
                if self.own_paths {
                    judge::blocks_actual(&mut seen.findings, policy, &run);
                }
            } else {
                judge::default_grant(&mut seen.findings, &run);
            }
            self.through_cache(listener, seen, before, index, &run).await?;
            self.refused_error(listener, seen, before, index, &run).await?;
            self.forbidden_preflight(listener, seen, before, &run).await?;
            self.refused_own(listener, seen, spec, &run).await?;
            self.failures(listener, seen, spec, &run).await?;
            self.exchanges(&mut seen.findings, &run);
            if self.own_paths && index == 0 {
                judge::assertions(&mut seen.findings, self.case, &run.exchanges);
            }
            let exchanges = run.exchanges.len();
            if !self.own_paths && exchanges > 1 {
                let unsent = run.exchanges.last().filter(|e| e.sent.is_empty() && !e.from_cache);
                let left = unsent.filter(|e| !listener.stops_before(&e.request));
                seen.elsewhere =
                    left.map(|e| crosscheck_text::escape_truncated(e.request.url.as_str().as_bytes(), 200));
            }
            seen.runs.push(run);
            seen.before.push(before);
            for at in 0..exchanges {
                self.vary(listener, seen, at).await?;
                self.vary_preflight(listener, seen, at).await?;
            }
        }
        Ok(())
    }

    /// Returns the path by which an answer is judged. A server that a user probes has only the paths of the policy's routes and none
    /// of the application's handlers, so every other path is judged like `/throw`.
    fn judged_path<'p>(&self, path: &'p str) -> &'p str {
        let routed = |policy: &Policy| policy.routes.iter().any(|r| r.path == path);
        let known = self.own_paths || self.policy.is_some_and(routed);
        if known { path } else { "/throw" }
    }

    /// Returns whether the policy does not cover the path, according to the library's documentation.
    fn is_free(&self, path: &str) -> bool {
        !self.documented.covers_unrouted_paths && path == "/missing"
    }
}
