//! Runs one case on one listener.

use super::baseline_request::is_rejected_without_cors;
use super::browse::{self, FailedExchange, FailureKind, browse};
use super::listener::Listener;
use crate::net::Outgoing;
use crosscheck_corpus::{Case, Policy, Send};
use crosscheck_fetch::{Browser, Outcome, ResponseType, Url};
use crosscheck_judge::record;
use crosscheck_judge::server as judge;
use crosscheck_judge::{DocumentedBehavior, Exchanged, FetchRun, Findings, Place, SharedCache, header_of};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Verdict};
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

/// Creates a result that states only the verdict of the case.
pub(super) fn blank(subject: &str, case: &Case, verdict: Verdict) -> CaseResult {
    CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        asked: case.fetches.iter().map(record::page_request).collect(),
        ..CaseResult::new(subject, &case.id, verdict)
    }
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

    /// Adds the transcript and the trace to the result. The step that decided a fetch becomes the cause of a refusal in it. Returns the
    /// index in the transcript of each exchange of each fetch.
    fn explain(
        &self,
        result: &mut CaseResult,
        findings: &mut Findings,
        runs: &[FetchRun],
        before: &[usize],
    ) -> Vec<Vec<usize>> {
        let mut shown = Vec::new();
        let mut browser = self.browser();
        for (index, (spec, run)) in self.case.fetches.iter().zip(runs).enumerate() {
            browser.advance(spec.after);
            let trace = browse::trace(&spec.page, &spec.request, &mut browser, run);
            let decisive = trace.deciding().or_else(|| trace.events.last());
            let deciding = decisive.and_then(|e| e.steps.first()).map(ToString::to_string);
            let from = before.get(index).copied().unwrap_or_default();
            let to = before.get(index + 1).copied().unwrap_or(findings.deviations.len());
            for deviation in findings.deviations.get_mut(from..to).unwrap_or_default() {
                add_deciding_step(deviation, deciding.as_deref());
            }
            result.trace.extend(trace.events.iter().map(record::event));
            let mut shown_of_run = Vec::new();
            for exchanged in &run.exchanges {
                shown_of_run.push(result.transcript.len());
                let what = match (exchanged.request.preflight, exchanged.from_cache) {
                    (true, _) => "preflight",
                    (false, true) => "actual, from the shared cache",
                    (false, false) => "actual",
                };
                result.transcript.push(wire_record(what, exchanged));
                if let Some(unstable) = &exchanged.unstable {
                    result
                        .transcript
                        .push(record::exchange("again", &unstable.sent, &unstable.received));
                }
            }
            shown.push(shown_of_run);
        }
        shown
    }

    fn browser(&self) -> Browser {
        let mut browser = Browser::new();
        for cookie in &self.case.cookies {
            browser.set_cookie(&cookie.url, &cookie.set);
        }
        browser
    }

    async fn perform(&self, listener: &mut Listener, seen: &mut Observations) -> Result<(), FailedExchange> {
        if let Some(send) = &self.case.send {
            return self.send(listener, send, seen).await;
        }
        let mut browser = self.browser();
        let mut cache = self.case.shared_cache.then(SharedCache::default);
        for (index, spec) in self.case.fetches.iter().enumerate() {
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

    /// Attributes a contradiction to Vary if it appears only because a cache answered. One that appears without the cache too keeps its
    /// rule.
    async fn through_cache(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let (Some(spec), Some(policy)) = (self.case.fetches.get(index), self.policy) else {
            return Ok(());
        };
        if !run.exchanges.iter().any(|e| e.from_cache) {
            return Ok(());
        }
        seen.findings.examine(&rules::VARY);
        if seen.findings.deviations.len() == before {
            return Ok(());
        }
        let direct = browse(listener, &spec.page, &spec.request, &mut self.browser(), None).await?;
        let mut without = Findings::default();
        judge::effect(&mut without, policy, spec, &direct, self.documented);
        for deviation in seen.findings.deviations.iter_mut().skip(before) {
            if without.deviations.iter().any(|d| d.rule == deviation.rule) {
                continue;
            }
            deviation.rule = Some(rules::VARY.id.to_owned());
            deviation.verdict = rules::VARY.verdict;
            deviation.cause = format!("{}/shared-cache", rules::VARY.id);
            deviation.what = format!("through a shared cache, {}", deviation.what);
        }
        Ok(())
    }

    /// Reports a refusal of an error answer by its own rule if the same request is shared at `/`.
    async fn refused_error(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let Some(spec) = self.case.fetches.get(index) else {
            return Ok(());
        };
        let is_error = run
            .exchanges
            .last()
            .is_some_and(|e| !e.request.preflight && e.response.status >= 400);
        if is_error && self.own_paths {
            seen.findings.examine(&rules::REFUSE_ERROR);
        }
        let refused = seen
            .findings
            .deviations
            .iter()
            .skip(before)
            .any(|d| d.rule.as_deref() == Some(rules::REFUSE.id));
        if !is_error || !refused || !self.own_paths {
            return Ok(());
        }
        let Ok(mut url) = Url::parse(&spec.request.url) else {
            return Ok(());
        };
        url.set_path("/");
        let mut init = spec.request.clone();
        init.url = url.into();
        let control = browse(listener, &spec.page, &init, &mut self.browser(), None).await?;
        let shared = |o: &Outcome| o.response_type == ResponseType::Cors;
        if control.outcome.as_ref().is_ok_and(shared) {
            for deviation in seen.findings.deviations.iter_mut().skip(before) {
                deviation.rule = Some(rules::REFUSE_ERROR.id.to_owned());
                deviation.what.push_str(", as it is on 200");
            }
            seen.records
                .extend(control.exchanges.iter().map(|e| wire_record("control", e)));
        }
        Ok(())
    }

    /// Applies the rules that examine each answer.
    fn exchanges(&self, findings: &mut Findings, run: &FetchRun) {
        for (i, exchanged) in run.exchanges.iter().enumerate() {
            if exchanged.from_cache || exchanged.received.is_empty() {
                continue;
            }
            findings.look_at_exchange(i);
            let path = exchanged.request.url.path();
            let request = &exchanged.request;
            judge::headers(
                findings,
                self.policy,
                self.judged_path(path),
                &request.method,
                &request.headers,
                &exchanged.response,
            );
            if let Some(policy) = self.policy
                && request.preflight
                && run.exchanges.get(i + 1).is_some_and(|next| !next.request.preflight)
            {
                judge::max_age(findings, policy, path, &exchanged.response);
            }
            findings.examine(&rules::CRASH);
            if exchanged.sent_twice {
                findings.examine(&rules::UNSTABLE);
            }
            if let Some(unstable) = &exchanged.unstable {
                findings.found(
                    &rules::UNSTABLE,
                    "",
                    format!("the same request twice: {}", unstable.what),
                );
            }
        }
    }

    /// Returns the path by which an answer is judged. A server that a user probes has only the paths of the policy's routes and none
    /// of the application's handlers, so every other path is judged like `/throw`.
    fn judged_path<'p>(&self, path: &'p str) -> &'p str {
        let routed = |policy: &Policy| policy.routes.iter().any(|r| r.path == path);
        let known = self.own_paths || self.policy.is_some_and(routed);
        if known { path } else { "/throw" }
    }

    async fn vary(&self, listener: &mut Listener, seen: &mut Observations, at: usize) -> Result<(), FailedExchange> {
        let Some(exchanged) = seen.runs.last().and_then(|r| r.exchanges.get(at)) else {
            return Ok(());
        };
        let request = &exchanged.request;
        let free = self.is_free(request.url.path());
        if request.preflight || exchanged.received.is_empty() || !matches!(&*request.method, b"GET" | b"HEAD") || free {
            return Ok(());
        }
        let request = request.clone();
        let origins: Vec<&[u8]> = request.headers.get_all(b"origin").collect();
        let origin = match origins.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => return Ok(()),
        };
        self.vary_of(listener, seen, &request, origin).await
    }

    async fn vary_preflight(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        at: usize,
    ) -> Result<(), FailedExchange> {
        let Some(exchanged) = seen.runs.last().and_then(|r| r.exchanges.get(at)) else {
            return Ok(());
        };
        let (request, own) = (exchanged.request.clone(), exchanged.response.clone());
        let path = request.url.path();
        if !request.preflight || exchanged.received.is_empty() || self.is_free(path) {
            return Ok(());
        }
        seen.findings.look_at_exchange(at);
        seen.findings.examine(&rules::VARY_PREFLIGHT);
        let mut clashed = "";
        for variant in judge::variants(self.policy, path, &request.headers) {
            // One difference per header is enough.
            if variant.is_named_by(&own) || variant.header == clashed {
                continue;
            }
            let reply = listener.preflight(&request, &variant.headers).await?;
            if judge::vary_preflight(&mut seen.findings, path, &own, &variant, &reply.response) {
                clashed = variant.header;
                seen.records
                    .push(record::exchange("preflight, changed", &reply.sent, &reply.received));
            }
        }
        Ok(())
    }

    /// Returns whether the policy does not cover the path, according to the library's documentation.
    fn is_free(&self, path: &str) -> bool {
        !self.documented.covers_unrouted_paths && path == "/missing"
    }

    async fn vary_of(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        request: &crosscheck_fetch::WireRequest,
        origin: Option<&[u8]>,
    ) -> Result<(), FailedExchange> {
        let own = listener.send_plain(request, origin).await?;
        let path = request.url.path();
        let mut others = Vec::new();
        for requester in judge::requesters(self.policy, path) {
            others.push(listener.send_plain(request, requester.as_deref()).await?);
        }
        if let Some(other) = judge::vary(&mut seen.findings, path, &own, &others, seen.records.len()) {
            for (what, plain) in [("plain request", &own), ("plain request from another origin", other)] {
                seen.records
                    .push(record::exchange(what, &plain.reply.sent, &plain.reply.received));
            }
        }
        Ok(())
    }

    async fn send(&self, listener: &mut Listener, send: &Send, seen: &mut Observations) -> Result<(), FailedExchange> {
        let outgoing = Outgoing::of_send(send, listener.host());
        let exchanged = listener.send_twice(&outgoing).await;
        seen.findings.examine(&rules::CRASH);
        let (reply, unstable) = match exchanged {
            Ok(answers) => answers,
            Err(failure) if is_rejected_without_cors(listener, &outgoing, &failure).await => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let findings = &mut seen.findings;
        findings.look_at_record(seen.records.len());
        if !listener.limits.once {
            findings.examine(&rules::UNSTABLE);
        }
        if let Some(unstable) = &unstable {
            findings.found(
                &rules::UNSTABLE,
                "",
                format!("the same request twice: {}", unstable.what),
            );
        }
        let path = send.url.path();
        if let Some(policy) = self.policy {
            judge::sent_effect(findings, policy, self.documented, send, &reply.response);
            judge::lenient_match(findings, policy, send, &reply.response);
        }
        judge::headers(
            findings,
            self.policy,
            self.judged_path(path),
            &send.method,
            &send.headers,
            &reply.response,
        );
        if self.own_paths {
            judge::on_answer(findings, self.case, &send.method, &reply.response);
        }
        seen.records
            .push(record::exchange("sent", &reply.sent, &reply.received));
        if let Some(unstable) = unstable {
            seen.records
                .push(record::exchange("again", &unstable.sent, &unstable.received));
        }
        if send.headers.contains(b"origin") || !matches!(&*send.method, b"GET" | b"HEAD") {
            return Ok(());
        }
        let request = crosscheck_fetch::WireRequest {
            method: send.method.clone(),
            url: send.url.clone(),
            headers: send.headers.clone(),
            body: Vec::new(),
            preflight: false,
        };
        self.vary_of(listener, seen, &request, None).await
    }
}

fn wire_record(what: &str, exchanged: &Exchanged) -> ExchangeRecord {
    if exchanged.sent.is_empty() && !exchanged.from_cache {
        let request = [
            &exchanged.request.method[..],
            b" ",
            exchanged.request.url.as_str().as_bytes(),
        ]
        .concat();
        return record::exchange(&format!("{what}, not sent"), &request, b"");
    }
    if !exchanged.from_cache {
        return record::exchange(what, &exchanged.sent, &exchanged.received);
    }
    let mut answer = format!("HTTP/1.1 {}\r\n", exchanged.response.status).into_bytes();
    for header in &exchanged.response.headers {
        answer.extend([&header.name[..], b": ", &header.value[..], b"\r\n"].concat());
    }
    record::exchange(what, &exchanged.sent, &answer)
}

/// Adds the step that decided a fetch to a deviation that was found by its effect. For a refusal, the step is also the cause.
fn add_deciding_step(deviation: &mut Deviation, deciding: Option<&str>) {
    let (Some(rule), Some(step)) = (deviation.rule.as_deref(), deciding) else {
        return;
    };
    let by_effect = rule.starts_with("grant-")
        || matches!(
            rule,
            "refuse" | "refuse-error" | "preflight-auth" | "preflight-redirect" | "default-grant"
        );
    if matches!(rule, "refuse" | "refuse-error") {
        deviation.cause = format!("{rule}/{}", header_of(step));
    }
    if by_effect && deviation.step.is_none() {
        deviation.step = Some(step.to_owned());
    }
}

/// Sets the verdict of the case and its deviations, worst first.
pub(super) fn finish(result: &mut CaseResult, deviations: &[Deviation]) {
    let mut deviations = deviations.to_vec();
    deviations.sort_by(|a, b| (a.verdict, &a.rule, &a.what).cmp(&(b.verdict, &b.rule, &b.what)));
    result.verdict = deviations.first().map_or(Verdict::Pass, |d| d.verdict);
    result.deviations = deviations;
}
