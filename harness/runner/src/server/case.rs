//! One case on one listener.

use super::browse::{self, Broke, BrokeError, browse};
use super::control::is_turned_away;
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

/// What a case is judged against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) subject: &'a str,
    pub(super) case: &'a Case,
    /// The policy as written; without one only what needs none is judged.
    pub(super) policy: Option<&'a Policy>,
    pub(super) documented: &'a DocumentedBehavior,
    pub(super) limit: Duration,
    /// Whether the paths are ours: the rules that need them apply.
    pub(super) own_paths: bool,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) result: CaseResult,
    pub(super) findings: Findings,
    /// How the subject broke, if it did.
    pub(super) broke: Option<BrokeError>,
}

/// A result of a case that states no more than its verdict.
pub(super) fn blank(subject: &str, case: &Case, verdict: Verdict) -> CaseResult {
    CaseResult {
        title: case.title.clone(),
        steps: case.steps.clone(),
        asked: case.fetches.iter().map(record::page_request).collect(),
        ..CaseResult::new(subject, &case.id, verdict)
    }
}

/// What was seen of a case so far; it outlives a timeout.
#[derive(Default)]
struct Seen {
    findings: Findings,
    runs: Vec<FetchRun>,
    /// How many deviations there were before each of the runs.
    before: Vec<usize>,
    records: Vec<ExchangeRecord>,
    /// A request that could not be asked, since it goes elsewhere.
    elsewhere: Option<String>,
}

impl Ask<'_> {
    /// Asks and judges, within the time limit.
    pub(super) async fn run(&self, listener: &mut Listener) -> Asked {
        let started = Instant::now();
        let mut seen = Seen::default();
        let ended = match timeout(self.limit, self.ask(listener, &mut seen)).await {
            Ok(ended) => ended,
            Err(_) => {
                let (sent, received) = listener.reset();
                Err(Broke {
                    error: BrokeError::Hang(self.limit.as_secs_f64()),
                    sent,
                    received,
                })
            }
        };
        let mut asked = self.judged(seen, ended);
        asked.result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        asked
    }

    fn judged(&self, seen: Seen, ended: Result<(), Broke>) -> Asked {
        let Seen {
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
        let broke = ended.err().map(|broke| {
            let reason = broke.error.to_string();
            findings.examine(&rules::CRASH);
            if let Some(d) = findings.found(&rules::CRASH, broke.error.word(), reason.clone()) {
                d.actual = Some(crosscheck_text::escape_truncated(&broke.received, 200));
                d.exchange = (!broke.sent.is_empty()).then_some(result.transcript.len());
            }
            if !broke.sent.is_empty() {
                result
                    .transcript
                    .push(record::exchange("broken", &broke.sent, &broke.received));
            }
            result.reason = Some(reason);
            broke.error
        });
        finish(&mut result, &findings.deviations);
        if let (true, Some(url)) = (result.deviations.is_empty(), elsewhere) {
            result.verdict = Verdict::NotApplicable;
            result.reason = Some(format!("the answer redirects to {url}, and nobody else is asked"));
        }
        Asked {
            result,
            findings,
            broke,
        }
    }

    /// Transcript and trace; the step that decided a fetch names the cause of a refusal in it. Returns where in the transcript each
    /// exchange of each fetch is.
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
                decided(deviation, deciding.as_deref());
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

    async fn ask(&self, listener: &mut Listener, seen: &mut Seen) -> Result<(), Broke> {
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

    /// What contradicts only because a cache answered is the fault of Vary; what contradicts as well without the cache is not.
    async fn through_cache(
        &self,
        listener: &mut Listener,
        seen: &mut Seen,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), Broke> {
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

    /// A refusal on an error answer is a fault of its own if the same request is shared at `/`.
    async fn refused_error(
        &self,
        listener: &mut Listener,
        seen: &mut Seen,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), Broke> {
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

    /// The rules that look at each answer.
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

    /// At a stranger's server no path but those of the policy's routes means anything to us, and no handler of ours is there
    /// to run.
    fn judged_path<'p>(&self, path: &'p str) -> &'p str {
        let routed = |policy: &Policy| policy.routes.iter().any(|r| r.path == path);
        let known = self.own_paths || self.policy.is_some_and(routed);
        if known { path } else { "/throw" }
    }

    async fn vary(&self, listener: &mut Listener, seen: &mut Seen, at: usize) -> Result<(), Broke> {
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

    async fn vary_preflight(&self, listener: &mut Listener, seen: &mut Seen, at: usize) -> Result<(), Broke> {
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
            // One clash per header is enough.
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

    /// Whether the policy does not reach the path, by what the library's documentation promises.
    fn is_free(&self, path: &str) -> bool {
        !self.documented.covers_unrouted_paths && path == "/missing"
    }

    async fn vary_of(
        &self,
        listener: &mut Listener,
        seen: &mut Seen,
        request: &crosscheck_fetch::WireRequest,
        origin: Option<&[u8]>,
    ) -> Result<(), Broke> {
        let own = listener.reask(request, origin).await?;
        let path = request.url.path();
        let mut others = Vec::new();
        for requester in judge::requesters(self.policy, path) {
            others.push(listener.reask(request, requester.as_deref()).await?);
        }
        if let Some(other) = judge::vary(&mut seen.findings, path, &own, &others, seen.records.len()) {
            for (what, reasked) in [("asked plainly", &own), ("asked plainly by another", other)] {
                seen.records
                    .push(record::exchange(what, &reasked.reply.sent, &reasked.reply.received));
            }
        }
        Ok(())
    }

    async fn send(&self, listener: &mut Listener, send: &Send, seen: &mut Seen) -> Result<(), Broke> {
        let outgoing = Outgoing::of_send(send, listener.host());
        let asked = listener.ask_twice(&outgoing).await;
        seen.findings.examine(&rules::CRASH);
        let (reply, unstable) = match asked {
            Ok(answers) => answers,
            Err(broke) if is_turned_away(listener, &outgoing, &broke).await => return Ok(()),
            Err(broke) => return Err(broke),
        };
        let findings = &mut seen.findings;
        findings.look_at_record(seen.records.len());
        if !listener.manners.once {
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

/// Gives a deviation that was found by effect the step that decided its fetch; of a refusal that is the cause.
fn decided(deviation: &mut Deviation, deciding: Option<&str>) {
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

/// The verdict of the case, its deviations worst first.
pub(super) fn finish(result: &mut CaseResult, deviations: &[Deviation]) {
    let mut deviations = deviations.to_vec();
    deviations.sort_by(|a, b| (a.verdict, &a.rule, &a.what).cmp(&(b.verdict, &b.rule, &b.what)));
    result.verdict = deviations.first().map_or(Verdict::Pass, |d| d.verdict);
    result.deviations = deviations;
}
