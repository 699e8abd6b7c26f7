//! Attributes a deviation that was found by its effect to the rule and the step that name its reason.

use super::super::browse::{FailedExchange, browse};
use super::super::listener::Listener;
use super::transcript::wire_record;
use super::{CaseRun, Observations};
use crosscheck_corpus::probes;
use crosscheck_fetch::{CredentialsMode, HeaderList, Outcome, ResponseType, Url, cors_check};
use crosscheck_judge::server as judge;
use crosscheck_judge::{FetchRun, Findings, header_of};
use crosscheck_results::{Deviation, Verdict, rules};

impl CaseRun<'_> {
    /// Attributes a contradiction to Vary if it appears only because a cache answered. One that appears without the cache too keeps its
    /// rule.
    pub(super) async fn through_cache(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let (Some(spec), Some(policy)) = (self.case.fetches().get(index), self.policy) else {
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
    pub(super) async fn refused_error(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        before: usize,
        index: usize,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let Some(spec) = self.case.fetches().get(index) else {
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

    /// Reports a preflight that fails with 403 as one that a login or a firewall answers, if another preflight and that of another allowed
    /// origin get 403, too, and the plain request is shared. Otherwise the CORS code refuses the origin, the method or the headers.
    pub(super) async fn forbidden_preflight(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        before: usize,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let Some(last) = run
            .exchanges
            .last()
            .filter(|e| e.request.preflight && e.response.status == 403)
        else {
            return Ok(());
        };
        let refused = |d: &Deviation| d.rule.as_deref() == Some(rules::REFUSE.id);
        let Some(origin) = last.request.headers.get(b"origin") else {
            return Ok(());
        };
        if !seen.findings.deviations.iter().skip(before).any(refused) {
            return Ok(());
        }
        let mut plain = last.request.clone();
        plain.method = (&b"GET"[..]).into();
        plain.preflight = false;
        let plain = listener.send_plain(&plain, Some(&origin)).await?;
        let is_shared = std::str::from_utf8(&origin)
            .is_ok_and(|o| cors_check(o, CredentialsMode::Omit, &plain.reply.response.headers).is_success());
        // Another preflight than the one that fails: of a GET without headers, or of a POST if that is the one.
        let is_simplest = last.request.headers.get(b"access-control-request-method").as_deref() == Some(b"GET")
            && !last.request.headers.contains(b"access-control-request-headers");
        let method: &[u8] = if is_simplest { b"POST" } else { b"GET" };
        let mut simplest = HeaderList::new();
        simplest.push(&b"Accept"[..], &b"*/*"[..]);
        simplest.push(&b"Origin"[..], origin.to_vec());
        simplest.push(&b"Access-Control-Request-Method"[..], method.to_vec());
        let other = listener.preflight(&last.request, &simplest).await?;
        let policy = self
            .policy
            .and_then(|policy| policy.at(last.request.url.path(), &String::from_utf8_lossy(method)));
        let allowed = policy
            .map(|policy| probes::samples(&policy.origins))
            .unwrap_or_default();
        if let Some(another) = allowed.iter().find(|o| o.as_bytes() != &*origin && *o != "null") {
            // Where another origin's preflight passes, the origin is refused.
            simplest.delete(b"origin");
            simplest.push(&b"Origin"[..], another.as_bytes().to_vec());
            let by_another = listener.preflight(&last.request, &simplest).await?;
            if by_another.response.status != 403 {
                return Ok(());
            }
        }
        if !is_shared || matches!(plain.reply.response.status, 401 | 403) || other.response.status != 403 {
            return Ok(());
        }
        for deviation in seen.findings.deviations.iter_mut().skip(before).filter(|d| refused(d)) {
            deviation.rule = Some(rules::PREFLIGHT_AUTH.id.to_owned());
            deviation.header = Some("status".to_owned());
            deviation.cause = format!("{}/status", rules::PREFLIGHT_AUTH.id);
            deviation
                .what
                .push_str("; each preflight gets 403, and the GET of this origin is shared");
        }
        seen.records.push(other.record("another preflight"));
        seen.records.push(plain.reply.record("plain request"));
        Ok(())
    }
}

/// Adds the step that decided a fetch to a deviation that was found by its effect. For a refusal, the step is also the cause.
pub(super) fn add_deciding_step(deviation: &mut Deviation, deciding: Option<&str>) {
    let (Some(rule), Some(step)) = (deviation.rule.as_deref(), deciding) else {
        return;
    };
    let is_grant = rules::rule(rule).is_some_and(|known| known.verdict == Verdict::OverGrant);
    let is_refusal = [&rules::REFUSE, &rules::REFUSE_ERROR]
        .iter()
        .any(|known| known.id == rule);
    let is_preflight = [&rules::PREFLIGHT_AUTH, &rules::PREFLIGHT_REDIRECT]
        .iter()
        .any(|known| known.id == rule);
    let by_effect = is_grant || is_refusal || is_preflight;
    if is_refusal {
        deviation.cause = format!("{rule}/{}", header_of(step));
    }
    if by_effect && deviation.step.is_none() {
        deviation.step = Some(step.into());
    }
}
